"""One GET with all its redirects, as a helper makes it: hop by hop, over the measuring core's own steps.

Every connection goes to a literal address that the guard allows at that moment, redirects included. Unlike a probe,
a helper wants one good answer per hop: addresses are tried in turn, and a name is looked up once per visit.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from probe.control.faults import OwnFaultError, is_own_fault
from probe.control.guard import BAD_PORTS
from probe.control.hops import BROKEN_REDIRECT, TOO_MANY_REDIRECTS, certificate_validity, hop_of, http_of
from probe.control.lookup import LookedUp, look_up
from probe.control.outlook import Outlook
from probe.measure.connect import connect
from probe.measure.fetch import Answer, Ask, CookieJar, fetch
from probe.measure.handshake import handshake
from probe.measure.place import Place, endpoint
from probe.measure.redirect import MAX_REDIRECTS, follow
from probe.measure.stream import Stream
from probe.measure.trace import Trace
from probe.record import Failure
from probe.record.control import ControlHop, ControlHttp

BODY_CAP = 1 << 20
"""Bytes of a page that are read: more than the probe's 512 KiB ÷ 0.7, so that no longer body could change whether
the proportion of the two is above OONI's threshold of 0.7."""

MAX_TRIES = 4
"""Addresses tried of one hop."""


class Visit:
    """A GET from its first URL to its last answer. `hops` holds what was seen; a visit is made once."""

    def __init__(self, outlook: Outlook, headers: Sequence[tuple[str, str]]) -> None:
        self.hops: list[ControlHop] = []
        self._outlook, self._headers = outlook, headers
        self._cookies, self._known = CookieJar(), dict[str, LookedUp]()
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + outlook.setting.deadlines.http

    async def go(self, start: Place, named: LookedUp) -> ControlHttp:
        """Visit `start`, whose host has the addresses `named`; raises `OwnFaultError`."""
        self._known[start.host] = named
        place, first = start, Answer()
        for depth in range(MAX_REDIRECTS + 1):
            answer = await self._hop(place)
            first = answer if depth == 0 else first
            step = follow(answer, place) if answer.failure is None else None
            if step is None:
                break
            if step.place is None or depth == MAX_REDIRECTS:
                self.hops[-1].failure = BROKEN_REDIRECT if step.place is None else TOO_MANY_REDIRECTS
                break
            place = step.place
        return http_of(self.hops, first, answer)

    async def _hop(self, place: Place) -> Answer:
        named = await self._name(place)
        allowed = [ip for ip in named.addresses if self._outlook.guard.allows(ip)]
        answer, address, valid = Answer(), None, None
        if not allowed or place.port in BAD_PORTS:
            answer.failure = named.failure or Failure.DNS_BOGON_ERROR
        else:
            answer, address, valid = await self._reach(place, allowed[:MAX_TRIES])
        self.hops.append(hop_of(place.url, named.addresses, answer, address=address, tls_valid=valid))
        return answer

    async def _name(self, place: Place) -> LookedUp:
        if place.address is not None:
            return LookedUp((place.address,), None)
        if place.host not in self._known:
            try:
                async with asyncio.timeout_at(self._end):
                    self._known[place.host] = await look_up(self._outlook.setting, place.host)
            except TimeoutError:
                return LookedUp((), Failure.GENERIC_TIMEOUT_ERROR)
        return self._known[place.host]

    async def _reach(self, place: Place, addresses: Sequence[str]) -> tuple[Answer, str, bool | None]:
        """The answer of the first address that can be reached, and whether its certificate is valid."""
        failures = list[tuple[str, str | None]]()
        valid = None
        for number, ip in enumerate(addresses, 1):
            trace = Trace(self._outlook.setting.clock)
            async with self._slot():
                share = self._left / (len(addresses) - number + 1)
                stream = await self._open(place, ip, trace, share)
                if stream is not None:
                    valid = True if stream.tls is not None else None
                    ask = Ask(place.url, headers=self._headers)
                    answer = await fetch(stream, ask, trace.seen, self._left, self._cookies, BODY_CAP)
                    return answer, endpoint(ip, place.port), valid
            tls = [row.failure for row in trace.seen.tls_handshakes]
            valid = certificate_validity(tls[-1]) if tls else valid
            failures.append((ip, tls[-1] if tls else trace.seen.tcp_connect[-1].status.failure or None))
        if all(is_own_fault(ip, failure) for ip, failure in failures):
            raise OwnFaultError("targets cannot be reached from here")
        ip, failure = next(pair for pair in failures if not is_own_fault(*pair))
        return Answer(failure=failure), endpoint(ip, place.port), valid

    async def _open(self, place: Place, ip: str, trace: Trace, limit: float) -> Stream | None:
        """Connect and shake hands within `limit` seconds together."""
        setting = self._outlook.setting
        flow = trace.open_flow(trace.seen, endpoint(ip, place.port), "tcp", [])
        stream = await connect(self._outlook.network, ip, place.port, flow, trace.seen, limit)
        if stream is None or place.scheme != "https":
            return stream
        context = setting.trust.context
        left = max(limit - trace.now(), 0.0)
        agreed = await handshake(stream, context, place.host, trace.seen, left, setting.wall_clock)
        return stream if agreed else None

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """A connection that may be opened; the time spent waiting for it is not the target's, and not counted."""
        began = self._loop.time()
        async with self._outlook.slots:
            self._end += self._loop.time() - began
            yield

    @property
    def _left(self) -> float:
        return max(self._end - self._loop.time(), 0.0)
