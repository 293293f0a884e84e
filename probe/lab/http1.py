"""HTTP/1.1 on the server's side: h11 does the protocol."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import h11

from probe.lab.web import MAX_BODY, Request, Response

PIECE = 8192
"""Bytes of a body sent at a time, each its own TLS record, as real servers begin: a path may freeze between them."""


class Bytes(Protocol):
    """A wire, plain or encrypted."""

    async def read(self) -> bytes:
        """The next bytes, empty at the end."""
        ...

    async def write(self, data: bytes) -> None:
        """Send them."""
        ...


Answer = Callable[[Request], Awaitable[Response | None]]
"""None: say nothing, the connection is dealt with."""


async def serve(wire: Bytes, answer: Answer) -> None:
    """Answer requests until the client goes away."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_BODY)
    try:
        while (request := await _receive(wire, connection)) is not None:
            response = await answer(request)
            if response is None:
                return
            await _send(wire, connection, request, response)
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                return
            connection.start_next_cycle()
    except h11.ProtocolError:
        return


async def _receive(wire: Bytes, connection: h11.Connection) -> Request | None:
    head: h11.Request | None = None
    body = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await wire.read())
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body = (body + bytes(event.data))[:MAX_BODY]
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
            return Request(
                head.method.decode(), headers.get("host", ""), head.target.decode("latin-1"), headers, body
            )
        else:
            return None


async def _send(wire: Bytes, connection: h11.Connection, request: Request, response: Response) -> None:
    body = b"" if request.method == "HEAD" else response.body
    headers = [*response.headers.items(), ("Content-Length", str(len(response.body)))]
    await wire.write(connection.send(h11.Response(status_code=response.status, headers=headers)) or b"")
    for start in range(0, len(body), PIECE):
        await wire.write(connection.send(h11.Data(data=body[start : start + PIECE])) or b"")
    await wire.write(connection.send(h11.EndOfMessage()) or b"")
