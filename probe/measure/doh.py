"""DNS over HTTPS (RFC 8484) to a resolver reached by address: our own connect, handshake and fetch.

All measurements of a run share one connection to each resolver, several questions at a time: the name asked
is hidden in it, so sharing changes nothing a censor could see, and one connection a target would hammer the
resolver. The measurement that had to open the connection carries its rows, under `x_doh`. A connection that could
not be opened, or broke before its first answer, is left alone for a while (`backoff.py`), and the questions
asked meanwhile carry its failure; one that broke later is opened again at once. A question that times out leaves
the others alone.
"""

import asyncio
import ipaddress
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import httpx

from probe.measure.backoff import Backoff
from probe.measure.connect import connect
from probe.measure.connection import Http1, Http2, transport_over
from probe.measure.failure import name_failure
from probe.measure.fetch import Answer, CookieJar, exchange
from probe.measure.handshake import handshake
from probe.measure.message import Question, Reply, read_reply
from probe.measure.network import Network
from probe.measure.place import endpoint, locate
from probe.measure.resolve import Found, reply_row
from probe.measure.stream import Stream
from probe.measure.trace import Trace
from probe.measure.trust import Trust
from probe.record import Failure, MarkKind

MESSAGE_CAP = 65535
MEDIA_TYPE = "application/dns-message"
MAX_IN_FLIGHT = 100
"""Questions at a time on one HTTP/2 connection: what resolvers allow."""
HTTP_OK = 200

SHARE = 0.45
"""Part of the deadline of a question that each of connect and handshake may use, so that their own failure is seen."""


@dataclass(frozen=True, slots=True)
class DohResolver:
    """A DoH resolver: its URL, and the address to reach it at without asking anyone for its name."""

    url: str
    ip: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """`https://dns.google/dns-query@8.8.8.8`, as typed or as `named` writes it. Raises `ValueError`."""
        url, _, address = text.rpartition("@")
        parts, ip = urlsplit(url), ipaddress.ip_address(address.strip("[]"))
        if parts.scheme != "https" or not parts.hostname or parts.port == 0:
            raise ValueError(f"no https URL: {url[:60]}")
        return cls(url, str(ip))

    @property
    def named(self) -> str:
        """`URL@ADDRESS`."""
        return f"{self.url}@{self.ip}"


class _NoAnswerError(Exception):
    """The exchange failed; `failure` says how."""

    def __init__(self, failure: str) -> None:
        super().__init__(failure)
        self.failure = failure


class _WornOutError(_NoAnswerError):
    """A connection that had brought answers before brings none any more."""


@dataclass(slots=True, eq=False)
class _Link:
    """An open connection; `turn` lets one question at a time onto HTTP/1.1.

    `users` are waiting for answers on it: their last one closes it when it is no longer the session's, since
    closing a socket that somebody reads leaves the reader waiting, and confuses the loop about the next socket.
    """

    transport: Http1 | Http2
    stream: Stream
    turn: asyncio.Semaphore
    opened: float
    users: int = 0
    answers: int = 0


class DohSession:
    """The run's connection to one resolver, opened when first needed and again when it broke."""

    def __init__(self, network: Network, trust: Trust, resolver: DohResolver) -> None:
        self.resolver = resolver
        self._network, self._trust = network, trust
        self._place = locate(resolver.url)
        self._link: _Link | None = None
        self._opening = asyncio.Lock()
        self.backoff = Backoff()

    async def ask(
        self, question: Question, trace: Trace, tags: list[str], deadline: float, found: Found
    ) -> None:
        """Ask `question` within `deadline` seconds; one `queries` row, engine doh."""
        flow = trace.open_flow(trace.doh, "", "tcp", tags)
        t0, reply, failure = flow.now(), Reply(b""), None
        try:
            async with asyncio.timeout(deadline):
                reply = await self._ask(question, trace, tags, deadline)
        except _NoAnswerError as error:
            failure = error.failure
        except TimeoutError as error:
            failure = name_failure(error)
        except asyncio.CancelledError as error:
            failure = name_failure(error)
            raise
        finally:
            reply.failure = failure or reply.failure
            trace.seen.queries.append(reply_row(flow, "doh", question, self.resolver.url, t0, reply))
        if reply.answers_lost:
            trace.mark(MarkKind.ANSWERS_CAPPED, flow.transaction_id, f"{reply.answers_lost} more")
        found(reply.addresses)

    async def _ask(self, question: Question, trace: Trace, tags: list[str], deadline: float) -> Reply:
        """A connection that the resolver closed while it was idle is no failure: open another, once."""
        for _ in range(2):
            link = self._link or await self._open(trace, tags, deadline * SHARE)
            try:
                return await self._exchange(link, question)
            except _WornOutError as error:
                reason = error
        raise reason

    async def _open(self, trace: Trace, tags: list[str], deadline: float) -> _Link:
        async with self._opening:
            if self._link is not None:
                return self._link
            now = asyncio.get_running_loop().time()
            standing = self.backoff.standing(now)
            if standing is not None:
                raise _NoAnswerError(standing)
            stream = await self._connect(trace, tags, deadline, now)
            transport = transport_over(stream, httpx.URL(self.resolver.url), shared=True)
            turns = MAX_IN_FLIGHT if transport.is_http2 else 1
            self._link = _Link(transport, stream, asyncio.Semaphore(turns), now)
            return self._link

    async def _connect(self, trace: Trace, tags: list[str], deadline: float, begun: float) -> Stream:
        place, rows = self._place, trace.doh
        flow = trace.open_flow(rows, endpoint(self.resolver.ip, place.port), "tcp", tags)
        stream = await connect(self._network, self.resolver.ip, place.port, flow, rows, deadline)
        if stream is None:
            raise self._fail(rows.tcp_connect[-1].status.failure or None, begun)
        if not await handshake(stream, self._trust.context, place.host, rows, deadline):
            raise self._fail(rows.tls_handshakes[-1].failure, begun)
        return stream

    def _fail(self, failure: str | None, begun: float) -> _NoAnswerError:
        reason = failure or Failure.HTTP_REQUEST_FAILED
        self.backoff.fail(reason, begun, asyncio.get_running_loop().time())
        return _NoAnswerError(reason)

    async def _exchange(self, link: _Link, question: Question) -> Reply:
        headers = {"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE}
        request = httpx.Request("POST", self.resolver.url, headers=headers, content=question.wire)
        answer, before = Answer(), -1
        link.users += 1
        try:
            async with link.turn:
                before = link.answers
                await exchange(link.transport, request, answer, CookieJar(), MESSAGE_CAP)
            link.answers += 1
            self.backoff.succeed()
        except asyncio.CancelledError:
            if link.answers == before:  # silent since we asked: it may be dead
                self._retire(link)
            raise
        except Exception as error:
            raise self._broken(link) from error
        finally:
            link.users -= 1
            self._close_if_done(link)
        if answer.status != HTTP_OK:
            raise _NoAnswerError(Failure.HTTP_UNEXPECTED_STATUS_CODE)
        return read_reply(answer.raw, question)

    def _broken(self, link: _Link) -> _NoAnswerError:
        """Of one that brought answers, or that a cancelled question has spoilt, the end says nothing of the resolver."""
        reason = name_failure(link.stream.error) if link.stream.error else Failure.HTTP_REQUEST_FAILED
        worn_out = link.answers > 0 or self._link is not link
        self._retire(link)
        return _WornOutError(reason) if worn_out else self._fail(reason, link.opened)

    def _retire(self, link: _Link) -> None:
        """The next question opens another connection; those that wait for an answer on this one may."""
        if self._link is link:
            self._link = None

    def _close_if_done(self, link: _Link) -> None:
        if self._link is not link and not link.users:
            link.stream.close()

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        if self._link is not None:
            link, self._link = self._link, None
            self._close_if_done(link)
