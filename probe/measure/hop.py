"""One hop of a journey: one URL, all its answers, all its endpoints, one fetch.

Look-ups by every resolver run side by side; each new address is connected to (and handshaken) as soon as it is
known, late and conflicting answers included; the best stream that is ready carries the one fetch. Slow flows
go on while the journey moves to the next hop.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from probe.measure.connect import connect
from probe.measure.fetch import Answer, Ask, CookieJar, fetch, marks_of
from probe.measure.handshake import handshake
from probe.measure.message import Question
from probe.measure.patience import Patience
from probe.measure.place import Place, endpoint, is_public, may_contact
from probe.measure.resolve import Found, UdpResolver, ask_system, ask_tcp, ask_udp
from probe.measure.selection import Contender, Selection
from probe.measure.setting import Setting, Turn
from probe.measure.stream import HEAD_SIZE, Stream
from probe.measure.trace import Flow, Trace
from probe.record import Failure, MarkKind, Unparsed, maybe_binary

MAX_ADDRESSES = 16
"""Per hop. YouTube answers with 16 A records and 4 AAAA; more than this is a forged bomb or idle repetition."""

HTTPS_PORT = 443
QUERY_ID_BITS = 16

SYSTEM, UDP, DOH, PRIVATE = 0, 1, 2, 10
"""Ranks of an address by who named it first; a private one comes after all public ones."""

TRIGGERED = frozenset({Failure.CONNECTION_RESET, Failure.EOF_ERROR, Failure.GENERIC_TIMEOUT_ERROR})
"""Ends of a flow, after something was said on it, that residual censorship may follow."""

CLASSIC = "classic"
"""OONI's tag of look-ups by the system's resolver and of flows to the addresses it named."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An endpoint to try. Its stream carries the fetch if its `contender` wins; without one it is a TLS check alone."""

    ip: str
    port: int
    encrypted: bool
    contender: Contender | None


class Traveller(Protocol):
    """What a hop needs of its journey. `spawn` starts work that the journey waits for at its end."""

    trace: Trace
    cookies: CookieJar
    patience: Patience

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start `work`."""
        ...


class Hop:
    """One URL at one depth of a journey."""

    def __init__(self, setting: Setting, journey: Traveller, place: Place, depth: int) -> None:
        self.answer: Answer | None = None
        self._setting, self._journey, self._place, self._depth = setting, journey, place, depth
        self._trace, self._spawn = journey.trace, journey.spawn
        self._known: dict[str, Contender | None] = {}
        self._named_by_system: set[str] = set()
        self._flows: list[tuple[str, Flow]] = []
        self._selection = Selection(setting.deadlines.preference)

    async def run(self) -> Answer | None:
        """Measure the URL; returns what the fetch brought once it is done or known to be impossible."""
        selection = self._selection
        start = selection.expect(PRIVATE)  # until all look-ups are on their way
        if self._place.address is not None:
            self._try_addresses(SYSTEM, [self._place.address])
        else:
            self._look_up(self._place.host)
        selection.dismiss(start)
        await selection.over.wait()
        return self.answer

    # --- names

    def _look_up(self, host: str) -> None:
        setting, trace, limit = self._setting, self._trace, self._setting.deadlines.dns
        tags = [f"depth={self._depth}"]
        classic = [CLASSIC, *tags]
        self._expect(SYSTEM, partial(ask_system, setting.network, host, trace, classic, limit))
        for query_type in ("A", "AAAA"):
            try:
                question = Question.ask(host, query_type, setting.rng.getrandbits(QUERY_ID_BITS))
            except ValueError:
                continue  # the system's resolver has recorded what it thinks of such a name
            for resolver in setting.udp:
                self._expect(UDP, partial(self._ask_udp, resolver, question, tags))
            for session in setting.doh:
                self._expect(DOH, partial(session.ask, question, trace, tags, limit))

    def _expect(self, rank: int, ask: Callable[[Found], Coroutine[Any, Any, None]]) -> None:
        """Run a look-up that the selection waits for until its first answer, and that may go on listening."""
        look_up = self._selection.expect(rank)
        waiting = True

        def settle() -> None:
            """One look-up less to wait for."""
            nonlocal waiting
            if waiting:
                waiting = False
                self._selection.dismiss(look_up)

        def found(addresses: Sequence[str]) -> None:
            """Addresses of this look-up."""
            if rank == SYSTEM:
                self._prefer(addresses)
            self._try_addresses(rank, addresses)
            settle()

        async def run() -> None:
            """The look-up, to its end."""
            try:
                await ask(found)
            finally:
                settle()

        self._spawn(run())

    async def _ask_udp(
        self, resolver: UdpResolver, question: Question, tags: list[str], found: Found
    ) -> None:
        setting, limits = self._setting, self._setting.deadlines
        waits = (limits.dns, limits.linger)
        reply = await ask_udp(setting.network, resolver, question, self._trace, tags, waits, found)
        if reply is not None and reply.truncated:
            await ask_tcp(setting.network, resolver, question, self._trace, tags, limits.dns, found)

    # --- addresses

    def _try_addresses(self, rank: int, addresses: Sequence[str]) -> None:
        for ip in addresses:
            if ip in self._known:
                continue
            if len(self._known) >= MAX_ADDRESSES:
                self._trace.mark(
                    MarkKind.ADDRESSES_CAPPED, None, f"{MAX_ADDRESSES} addresses of {self._place.host}"
                )
                return
            self._known[ip] = None
            if may_contact(ip):
                self._try_address(ip, _rank(ip, rank))
            else:
                self._trace.mark(MarkKind.ADDRESS_NOT_CONTACTED, None, ip)

    def _try_address(self, ip: str, rank: int) -> None:
        place = self._place
        encrypted = place.scheme == "https"
        self._known[ip] = contender = self._selection.expect(rank)
        self._spawn(self._follow(Candidate(ip, place.port, encrypted, contender)))
        if not encrypted:
            self._spawn(self._follow(Candidate(ip, HTTPS_PORT, encrypted=True, contender=None)))

    async def _follow(self, candidate: Candidate) -> None:
        """The way of one endpoint: connect, handshake, and the fetch when it is chosen for it."""
        contender, competing = candidate.contender, False
        try:
            async with self._setting.endpoints.hold(
                candidate.ip, candidate.port, self._journey.patience
            ) as turn:
                stream = await self._open(candidate, turn)
                if stream is None or contender is None or not self._may_fetch(candidate, stream):
                    return
                competing = True
                try:
                    if await self._selection.compete(contender):
                        await self._fetch(stream)
                        self._note_trigger(candidate, self.answer.failure if self.answer else None)
                finally:
                    stream.close()
        finally:
            if contender is not None and not competing:
                self._selection.dismiss(contender)

    def _open_flow(self, candidate: Candidate) -> Flow:
        fetches = "true" if candidate.contender is not None else "false"
        classic = [CLASSIC] if candidate.ip in self._named_by_system else []
        tags = [*classic, "tcptls_experiment", f"depth={self._depth}", f"fetch_body={fetches}"]
        flow = self._trace.open_flow(self._trace.seen, endpoint(candidate.ip, candidate.port), "tcp", tags)
        self._flows.append((candidate.ip, flow))
        return flow

    def _prefer(self, addresses: Sequence[str]) -> None:
        """Another resolver may have named an address a moment before the system's did: tag and rank it afterwards."""
        self._named_by_system.update(addresses)
        for ip, flow in self._flows:
            if ip in self._named_by_system and CLASSIC not in flow.tags:
                flow.tags.insert(0, CLASSIC)
        for ip in addresses:
            if (contender := self._known.get(ip)) is not None:
                self._selection.promote(contender, _rank(ip, SYSTEM))

    async def _connect(self, candidate: Candidate, flow: Flow, turn: Turn) -> Stream | None:
        """Many names may be led to one address that is silent: their SYNs need not wait for each other's deadlines.

        Nothing is sent on the connection until it is the only one again.
        """
        setting, limits = self._setting, self._setting.deadlines
        with turn.let_go_after(limits.turn):
            stream = await connect(
                setting.network, candidate.ip, candidate.port, flow, self._trace.seen, limits.tcp
            )
        if stream is not None and not turn.held:
            try:
                await turn.take()
            except BaseException:
                stream.close()
                raise
            self._mark_hot(candidate, flow)
        return stream

    async def _open(self, candidate: Candidate, turn: Turn) -> Stream | None:
        setting, trace, limits = self._setting, self._trace, self._setting.deadlines
        flow = self._open_flow(candidate)
        self._mark_hot(candidate, flow)
        stream = await self._connect(candidate, flow, turn)
        if stream is None or not candidate.encrypted:
            return stream
        name = self._place.host
        agreed = await handshake(
            stream, setting.trust.context, name, trace.seen, limits.tls, setting.wall_clock
        )
        trace.client_hello_bytes = trace.client_hello_bytes or stream.first_write or None
        if not agreed:
            self._note_trigger(candidate, trace.seen.tls_handshakes[-1].failure)
            self._keep_strange_answer(stream, flow)
            return None
        if candidate.contender is None:
            stream.close()
        return stream

    def _mark_hot(self, candidate: Candidate, flow: Flow) -> None:
        """A censor that was triggered treats whatever follows to that endpoint alike: the record must say so."""
        since = self._setting.cooldowns.since((candidate.ip, candidate.port), self._setting.clock())
        if since is not None:
            detail = f"{endpoint(candidate.ip, candidate.port)}, {since:.1f} s after interference"
            self._trace.mark(MarkKind.ENDPOINT_HOT, flow.transaction_id, detail)

    def _note_trigger(self, candidate: Candidate, failure: str | None) -> None:
        if failure in TRIGGERED:
            self._setting.cooldowns.trigger((candidate.ip, candidate.port), self._setting.clock())

    def _keep_strange_answer(self, stream: Stream, flow: Flow) -> None:
        """An answer to a ClientHello that is not TLS, a block page mostly, is evidence in itself."""
        if not stream.spoke_tls:
            self._keep_head(stream, flow)

    def _keep_head(self, stream: Stream, flow: Flow) -> None:
        data = maybe_binary(stream.head[:HEAD_SIZE])
        self._trace.unparsed.append(Unparsed(transaction_id=flow.transaction_id, data=data))

    def _may_fetch(self, candidate: Candidate, stream: Stream) -> bool:
        """At depth 0 the list chose the URL; deeper a server did, and may point into the volunteer's own network."""
        if self._depth == 0 or is_public(candidate.ip):
            return True
        stream.close()
        self._trace.mark(MarkKind.PRIVATE_ADDRESS_NOT_FETCHED, stream.flow.transaction_id, candidate.ip)
        return False

    # --- the exchange

    async def _fetch(self, stream: Stream) -> None:
        trace, flow = self._trace, stream.flow
        self.answer = answer = Answer()
        try:
            self.answer = answer = await fetch(
                stream, Ask(self._place.url), trace.seen, self._setting.deadlines.http, self._journey.cookies
            )
        finally:
            self._selection.over.set()
        if answer.failure is not None and answer.status is None and stream.tls is None and stream.head:
            self._keep_head(
                stream, flow
            )  # however it ended: a page without a status line is one all the same
        for kind, detail in marks_of(answer):
            trace.mark(kind, flow.transaction_id, detail)


def _rank(ip: str, named_by: int) -> int:
    return named_by if is_public(ip) else named_by + PRIVATE
