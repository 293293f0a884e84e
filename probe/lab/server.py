"""Behind the door: what happens on one connection to a simulated address, from its first byte to its last."""

from probe.lab.authority import Authority
from probe.lab.censor import Censor
from probe.lab.client_hello import is_complete, looks_like_tls, server_name
from probe.lab.http1 import Bytes, serve
from probe.lab.http2 import Http2Server
from probe.lab.resolvers import RESOLVERS, Resolvers
from probe.lab.scenario import Act, Rule
from probe.lab.tls import TlsWire
from probe.lab.web import Request, Response, Web, block_page, captcha_page, geoblock_page, unknown_page
from probe.lab.wire import Wire

DNS_PORT = 53
LENGTH = 2
"""Bytes before each message over TCP (RFC 1035 §4.2.2)."""

PAGES = {
    Act.HTTP_PAGE: block_page,
    Act.HTTP_OTHER: unknown_page,
    Act.SITE_GEOBLOCK: geoblock_page,
    Act.SITE_CAPTCHA: captcha_page,
}
ALERT_HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"


class Server:
    """Every server of the lab, with the censor in front."""

    def __init__(self, censor: Censor, authority: Authority, resolvers: Resolvers, web: Web) -> None:
        self._censor, self._authority, self._resolvers, self._web = censor, authority, resolvers, web

    async def serve(self, wire: Wire, ip: str, port: int) -> None:
        """Serve the connection on `wire`, which was accepted as one to `ip`:`port`."""
        if port == DNS_PORT and ip in RESOLVERS:
            await self._serve_dns(wire, ip)
            return
        first = await wire.read()
        if looks_like_tls(first):
            await self._serve_tls(wire, first, ip, port)
        else:
            wire.push_back(first)
            await self._serve_http(wire, wire, ip, port)
        wire.close()

    async def _serve_tls(self, wire: Wire, first: bytes, ip: str, port: int) -> None:
        while not is_complete(first):
            more = await wire.read()
            if not more:
                return
            first += more
        name = server_name(first)
        self._shape(wire, name, ip, port)
        rule = self._censor.on_client_hello(name, ip, port)
        if rule is not None and await self._interfere(wire, rule):
            return
        wire.push_back(first)
        wrong = rule.act if rule else self._web.certificate(name)
        tls = TlsWire(wire, self._authority.context(name or ip, wrong))
        if await tls.handshake():
            await self._serve_http(tls, wire, ip, port, name or ip, http2=tls.protocol == "h2")

    def _shape(self, wire: Wire, name: str, ip: str, port: int) -> None:
        rule = self._censor.on_flow(name, ip, port)
        if rule is not None and rule.act is Act.FREEZE:
            wire.freeze_after = int(rule.value)
        elif rule is not None:
            wire.bytes_per_second = float(rule.value)

    async def _interfere(self, wire: Wire, rule: Rule) -> bool:
        """Do what `rule` says to the flow; False when it only changes who answers."""
        act = rule.act
        if act in (Act.TLS_RESET, Act.HTTP_RESET):
            wire.reset()
        elif act in (Act.TLS_FIN, Act.HTTP_FIN):
            wire.close()
        elif act in (Act.TLS_DROP, Act.HTTP_DROP):
            await wire.stall()
        elif act is Act.TLS_ALERT:
            await wire.write(ALERT_HANDSHAKE_FAILURE)
            wire.close()
        elif act is Act.TLS_PLAIN:
            page = block_page()
            head = f"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: {len(page.body)}\r\n\r\n"
            await wire.write(head.encode() + page.body)
            wire.close()
        else:
            return False
        return True

    async def _serve_http(
        self, stream: Bytes, wire: Wire, ip: str, port: int, name: str | None = None, *, http2: bool = False
    ) -> None:
        async def answer(request: Request) -> Response | None:
            """To one request."""
            return await self._answer(wire, request, ip, port, encrypted=name is not None)

        if http2:
            await Http2Server(stream, answer).serve()
        else:
            await serve(stream, answer)

    async def _answer(
        self, wire: Wire, request: Request, ip: str, port: int, *, encrypted: bool
    ) -> Response | None:
        host = request.host.partition(":")[0].lower()
        rule = self._censor.on_request(host, ip, port, encrypted=encrypted) or self._censor.at_site(
            host, ip, port
        )
        if not encrypted:
            self._shape(wire, host, ip, port)
        if rule is None:
            return self._web.answer(request, ip, encrypted=encrypted)
        if rule.act in PAGES:
            return PAGES[rule.act]()
        if rule.act is Act.HTTP_REDIRECT:
            return Response(302, {"Location": rule.value})
        await self._interfere(wire, rule)
        return None

    async def _serve_dns(self, wire: Wire, ip: str) -> None:
        data = b""
        while part := await wire.read():
            data += part
            while len(data) >= LENGTH and len(data) >= (end := LENGTH + int.from_bytes(data[:LENGTH], "big")):
                message = self._resolvers.answer_whole(data[LENGTH:end], ip)
                if not message:
                    await wire.stall()
                    return
                await wire.write(len(message).to_bytes(LENGTH, "big") + message)
                data = data[end:]
