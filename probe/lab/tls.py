"""The server's end of TLS over a wire, by memory BIOs: the censor has read the bytes before."""

import ssl

from probe.lab.wire import Wire

READ_SIZE = 65536


class TlsWire:
    """An encrypted wire; the same `read` and `write` as a plain one."""

    def __init__(self, wire: Wire, context: ssl.SSLContext) -> None:
        self._wire = wire
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    @property
    def protocol(self) -> str:
        """What ALPN agreed on."""
        return self._tls.selected_alpn_protocol() or "http/1.1"

    async def handshake(self) -> bool:
        """Agree with the client; False when it goes away or will not trust us."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                if not await self._feed():
                    return False
            except ssl.SSLError:
                await self._flush()
                return False
            else:
                await self._flush()
                return True

    async def read(self) -> bytes:
        """The next bytes of the client, empty at their end."""
        while True:
            try:
                return self._tls.read(READ_SIZE)
            except ssl.SSLWantReadError:
                if not await self._feed():
                    return b""
            except ssl.SSLError:
                return b""

    async def write(self, data: bytes) -> None:
        """Send `data`."""
        if data:
            self._tls.write(data)
            await self._flush()

    async def _feed(self) -> bool:
        await self._flush()
        data = await self._wire.read()
        self._incoming.write(data)
        return bool(data)

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._wire.write(self._outgoing.read())
