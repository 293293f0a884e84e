"""HTTP/2 on the server's side: h2 does the protocol."""

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from probe.lab.http1 import PIECE, Answer, Bytes
from probe.lab.web import MAX_BODY, Request, Response


class Http2Server:
    """One connection. Bodies are small against the client's window, so nothing waits for it."""

    def __init__(self, wire: Bytes, answer: Answer) -> None:
        self._wire, self._answer = wire, answer
        self._state = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="latin-1")
        )
        self._open: dict[int, tuple[dict[str, str], bytes]] = {}

    async def serve(self) -> None:
        """Answer requests until the client goes away."""
        self._state.initiate_connection()
        await self._wire.write(self._state.data_to_send())
        try:
            while data := await self._wire.read():
                for event in _still_wanted(self._state.receive_data(data)):
                    if not await self._handle(event):
                        return
                await self._wire.write(self._state.data_to_send())
        except h2.exceptions.ProtocolError:
            return

    async def _handle(self, event: h2.events.Event) -> bool:
        if isinstance(event, h2.events.RequestReceived):
            self._open[event.stream_id or 0] = (
                {str(name): str(value) for name, value in event.headers or ()},
                b"",
            )
        elif isinstance(event, h2.events.DataReceived) and event.stream_id in self._open:
            headers, body = self._open[event.stream_id]
            self._open[event.stream_id or 0] = (headers, (body + (event.data or b""))[:MAX_BODY])
            self._state.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
        elif isinstance(event, h2.events.StreamReset):
            self._open.pop(event.stream_id or 0, None)
        elif isinstance(event, h2.events.StreamEnded):
            return await self._respond(event.stream_id or 0)
        elif isinstance(event, h2.events.ConnectionTerminated):
            return False
        return True

    async def _respond(self, stream: int) -> bool:
        headers, body = self._open.pop(stream)
        host = headers.get(":authority", headers.get("host", ""))
        request = Request(headers[":method"], host, headers.get(":path", ""), headers, body)
        response = await self._answer(request)
        if response is None:
            return False
        await self._send(stream, response)
        return True

    async def _send(self, stream: int, response: Response) -> None:
        headers = [(":status", str(response.status)), *((n.lower(), v) for n, v in response.headers.items())]
        self._state.send_headers(stream, [*headers, ("content-length", str(len(response.body)))])
        for start in range(0, len(response.body), PIECE):
            await self._wire.write(self._state.data_to_send())
            self._state.send_data(stream, response.body[start : start + PIECE])
        self._state.end_stream(stream)


def _still_wanted(events: list[h2.events.Event]) -> list[h2.events.Event]:
    """Without what belongs to streams that the client has reset already: nothing may be sent on those."""
    reset = {event.stream_id for event in events if isinstance(event, h2.events.StreamReset)}
    return [
        event
        for event in events
        if isinstance(event, h2.events.StreamReset) or getattr(event, "stream_id", None) not in reset
    ]
