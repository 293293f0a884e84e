"""Everything observed in one measurement, in the order it happened, under one clock.

Steps append what they saw to a `Trace`, also when they are cancelled half-way. In the hot path socket events
are plain tuples; `events` makes records of them once, at the end. Nothing here touches a socket.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from probe.record import (
    HttpTransaction,
    Mark,
    MarkKind,
    NetworkEvent,
    Query,
    TcpConnect,
    TlsHandshake,
    Unparsed,
)

if TYPE_CHECKING:
    from probe.record.model import Observation

MAX_EVENTS = 64
"""Socket events kept per flow: what OONI's client buffers (measurexlite/trace.go)."""


class Event(NamedTuple):
    """One row of `network_events` before it is one; times in seconds since the start of the measurement."""

    operation: str
    t0: float
    t: float
    num_bytes: int
    failure: str | None


@dataclass(slots=True)
class Flow:
    """One connection or look-up: its number, its tags, its address and its events."""

    transaction_id: int
    tags: list[str]
    address: str
    proto: str
    now: Callable[[], float]
    events: list[Event] = field(default_factory=list)
    events_lost: int = 0
    certificates_lost: int = 0

    def log(self, operation: str, t0: float, num_bytes: int = 0, failure: str | None = None) -> None:
        """Append an event that ends now; beyond `MAX_EVENTS` only their number is kept."""
        if len(self.events) < MAX_EVENTS:
            self.events.append(Event(operation, t0, self.now(), num_bytes, failure))
        else:
            self.events_lost += 1


@dataclass(slots=True)
class Observed:
    """Rows of a record, in the order they were seen."""

    queries: list[Query] = field(default_factory=list)
    duplicates: list[Query] = field(default_factory=list)
    tcp_connect: list[TcpConnect] = field(default_factory=list)
    tls_handshakes: list[TlsHandshake] = field(default_factory=list)
    requests: list[HttpTransaction] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)

    def events(self) -> list[NetworkEvent]:
        """All socket events as rows, in order of their end."""
        rows = [_row(flow, event) for flow in self.flows for event in flow.events]
        return sorted(rows, key=lambda row: row.t or 0.0)


class Trace:
    """The notebook of one measurement.

    `seen` is about the target; `doh` about the connections to the DoH resolver that this measurement had to
    open; `do53` holds the datagrams. `clock` counts seconds, `now()` is relative to `zero`, the creation of the trace.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.zero = clock()
        self._ids = itertools.count(1)
        self.seen = Observed()
        self.doh = Observed()
        self.do53 = Observed()
        self.marks: list[Mark] = []
        self.unparsed: list[Unparsed] = []
        self.client_hello_bytes: int | None = None

    def now(self) -> float:
        """Seconds since the measurement began."""
        return round(self._clock() - self.zero, 6)

    def open_flow(self, where: Observed, address: str, proto: str, tags: list[str]) -> Flow:
        """A new transaction whose events will be rows of `where`."""
        flow = Flow(next(self._ids), tags, address, proto, self.now)
        where.flows.append(flow)
        return flow

    def mark(self, kind: MarkKind, transaction_id: int | None = None, detail: str | None = None) -> None:
        """Note a limit that was reached or something left undone, once per kind, flow and detail."""
        mark = Mark(kind=kind, transaction_id=transaction_id, detail=detail)
        if mark not in self.marks:
            self.marks.append(mark)

    def conclude(self) -> None:
        """Bring tags that were added late to the rows made before, and mark what was left out."""
        flows = {flow.transaction_id: flow for flow in self._all_flows()}
        rows: Iterator[Observation] = itertools.chain(
            self.seen.tcp_connect, self.seen.tls_handshakes, self.seen.requests
        )
        for row in rows:
            if row.transaction_id in flows:
                row.tags = flows[row.transaction_id].tags
        for flow in flows.values():
            if flow.events_lost:
                detail = f"{flow.events_lost} events beyond {MAX_EVENTS}"
                self.mark(MarkKind.EVENTS_CAPPED, flow.transaction_id, detail)
            if flow.certificates_lost:
                detail = f"{flow.certificates_lost} certificates more"
                self.mark(MarkKind.CERTIFICATES_CAPPED, flow.transaction_id, detail)

    def _all_flows(self) -> Iterator[Flow]:
        return itertools.chain(self.seen.flows, self.doh.flows, self.do53.flows)


def _row(flow: Flow, event: Event) -> NetworkEvent:
    sized = {"num_bytes": event.num_bytes} if event.num_bytes else {}
    placed = {"address": flow.address, "proto": flow.proto} if flow.address else {}
    return NetworkEvent(
        operation=event.operation,
        failure=event.failure,
        t0=event.t0,
        t=event.t,
        tags=flow.tags,
        transaction_id=flow.transaction_id,
        **sized,
        **placed,
    )
