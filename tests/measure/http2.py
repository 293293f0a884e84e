"""The server's end of HTTP/2, frame by frame, for scripts that keep to it and scripts that do not."""

from collections.abc import Awaitable, Callable, Sequence

import h2.config
import h2.connection
import h2.events

from tests.measure.servers import Peer

Headers = Sequence[tuple[str, str]]
OK: Headers = ((":status", "200"),)


class Http2Server:
    """Speaks HTTP/2 on `peer`, whose TLS is up."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        config = h2.config.H2Configuration(
            client_side=False, validate_outbound_headers=False, normalize_outbound_headers=False
        )
        self.state = h2.connection.H2Connection(config)
        self._waiting: list[h2.events.Event] = []
        self._bodies: dict[int, bytes] = {}

    async def start(self) -> None:
        """Send our settings."""
        self.state.initiate_connection()
        await self.flush()

    async def event(self) -> h2.events.Event:
        """The client's next event."""
        while not self._waiting:
            self._waiting = self.state.receive_data(await self.peer.receive())
            await self.flush()
        return self._waiting.pop(0)

    async def request(self) -> tuple[int, bytes]:
        """The stream and the body of the next request that is complete."""
        bodies = self._bodies
        while True:
            event = await self.event()
            if isinstance(event, h2.events.DataReceived):
                assert event.stream_id is not None
                bodies[event.stream_id] = bodies.get(event.stream_id, b"") + (event.data or b"")
            if isinstance(event, h2.events.StreamEnded):
                assert event.stream_id is not None
                return event.stream_id, bodies.pop(event.stream_id, b"")

    async def answer(self, stream: int, body: bytes, headers: Headers = OK) -> None:
        """A whole answer, in frames of at most 16 KiB."""
        self.state.send_headers(stream, list(headers), end_stream=not body)
        for start in range(0, len(body), 16384):
            self.state.send_data(stream, body[start : start + 16384], end_stream=start + 16384 >= len(body))
        await self.flush()

    async def flush(self) -> None:
        """Send what the state machine wants sent."""
        if data := self.state.data_to_send():
            await self.peer.send(data)


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame as bytes (RFC 9113 §4.1)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def speaking_http2(play: Callable[[Http2Server], Awaitable[None]]) -> Callable[[Peer], Awaitable[None]]:
    """`play` on a peer that has begun to speak HTTP/2."""

    async def script(peer: Peer) -> None:
        server = Http2Server(peer)
        await server.start()
        await play(server)

    return script
