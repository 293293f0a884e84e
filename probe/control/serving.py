"""A helper put together, and put on a socket: uvicorn, with the bounds that it does not have.

uvicorn waits for ever for a request's head and for a client that does not read. Here every connection has a time by
which its request must have begun and one by which it is cut, and neither all clients together nor one alone hold
more than their number. No log of uvicorn's is kept: it names clients.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from probe.control.guard import Block
from probe.control.limits import Limits
from probe.control.measurement import Asn, Measurer, unknown_asn
from probe.control.outlook import DEADLINES, Outlook
from probe.control.server import Log, Service, build, log_to_stderr, utc_stamp
from probe.measure.doh import DohResolver, DohSession
from probe.measure.network import Network
from probe.measure.noted import NotedNetwork
from probe.measure.resolve import UdpResolver
from probe.measure.setting import DEFAULT_DOH, DEFAULT_UDP, Deadlines, Setting
from probe.measure.trust import Trust
from probe.safety.scrub import Identity, Scrubber

BACKLOG = 256
GOODBYE = 5
"""Seconds that answers in the making get when the helper is stopped."""


def assemble(
    network: Network,
    trust: Trust,
    *,
    udp: Sequence[UdpResolver] = DEFAULT_UDP,
    doh: Sequence[DohResolver] = DEFAULT_DOH,
    own: Iterable[str] = (),
    refused: Iterable[Block] = (),
    limits: Limits | None = None,
    deadlines: Deadlines = DEADLINES,
    token: str | None = None,
    asn: Asn = unknown_asn,
    log: Log = log_to_stderr,
    log_urls: bool = False,
) -> Service:
    """A helper that looks out through `network`.

    `own` addresses of this machine are neither contacted nor shown in answers, `refused` blocks are not contacted.
    The resolvers must be public ones: what they say of a name is told to whoever asks.
    """
    limits, own = limits or Limits(), tuple(own)
    scrubber = Scrubber(Identity(own))
    network = NotedNetwork(network, scrubber.learn)
    sessions = [DohSession(network, trust, resolver) for resolver in doh]
    setting = Setting(network, trust, udp, sessions, deadlines)
    measurer = Measurer(Outlook.over(setting, limits, own, refused), limits, utc_stamp, asn)
    return Service(measurer, limits, token, scrubber, log, log_urls=log_urls, close=setting.close)


def serve(
    service: Service,
    host: str,
    port: int,
    *,
    certificate: tuple[Path, Path] | None = None,
    proxies: Sequence[str] = (),
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve on `host`:`port`, 0 for any free one, until a signal ends it; raises `OSError` when that cannot be.

    `certificate`: files of chain and key, PEM, for https. `proxies`: addresses of reverse proxies whose
    X-Forwarded-For is believed. `ready` hears the URL once clients can connect.
    """
    with listen(host, port) as sock:
        name, number = sock.getsockname()[:2]
        server = server_for(build(service), service.limits, certificate=certificate, proxies=proxies)
        scheme, shown = "https" if certificate else "http", f"[{name}]" if ":" in name else name
        ready(f"{scheme}://{shown}:{number}/")
        server.run(sockets=[sock])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def server_for(
    app: Starlette,
    limits: Limits,
    *,
    certificate: tuple[Path, Path] | None = None,
    proxies: Sequence[str] = (),
) -> uvicorn.Server:
    """Uvicorn as a helper needs it."""
    chain, key = certificate or (None, None)
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=bounded_protocol(limits, limits.connections if proxies else limits.connections_each),
            loop="asyncio",
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=",".join(proxies),
            server_header=False,
            ssl_certfile=chain,
            ssl_keyfile=key,
            timeout_graceful_shutdown=GOODBYE,
        )
    )


def bounded_protocol(limits: Limits, each: int) -> type[H11Protocol]:
    """Uvicorn's HTTP/1.1 for connections that end; `each`: how many one address may hold."""

    class BoundedProtocol(H11Protocol):
        timers: Sequence[asyncio.TimerHandle] = ()

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """As asyncio calls it: count the connection, or refuse one too many."""
            super().connection_made(transport)
            if len(self.connections) > limits.connections or self._held_by_client() > each:
                transport.abort()
                return
            self.timers = (
                self.loop.call_later(limits.head, self._require_request),
                self.loop.call_later(limits.life, transport.abort),
            )

        def connection_lost(self, exc: Exception | None) -> None:
            """As asyncio calls it."""
            for timer in self.timers:
                timer.cancel()
            super().connection_lost(exc)

        def _require_request(self) -> None:
            if self.cycle is None:
                self.transport.abort()

        def _held_by_client(self) -> int:
            clients = (getattr(other, "client", None) for other in self.connections)
            return sum(1 for client in clients if client and self.client and client[0] == self.client[0])

    return BoundedProtocol
