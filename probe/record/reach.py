"""How far a measurement got on the way a browser here would take, and what ended it. A fact, not an opinion.

That way is the system's resolver and the addresses it named ("classic" in OONI's tags). An answer that came
only because another resolver named another address is said beside it, and never counts as having got there.
Older records of OONI's have no such tag, the oldest no tags at all: in those every flow counts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from probe.record.http import HttpTransaction
from probe.record.model import Observation
from probe.record.web import WebConnectivity, WebMeasurement

CLASSIC = "classic"
DEPTH = re.compile("depth=([0-9]{1,4})")
SYSTEM = frozenset({"getaddrinfo", "golang_net_resolver", "system"})
"""Engines that are the system's resolver: today's, and what older records call it."""

STEPS = ("DNS", "TCP", "TLS", "HTTP")
Step = tuple[bool | None, str | None]
Row = TypeVar("Row", bound=Observation)


@dataclass(frozen=True, slots=True)
class Reach:
    """Each step of the last hop: True done, False failed, None not needed or not attempted.

    `status` is the HTTP status that came on this way, `failure` the name of what ended it. `elsewhere`: the
    status that came from an address which only other resolvers named.
    """

    url: str
    hops: int
    dns: bool | None
    tcp: bool | None
    tls: bool | None
    http: bool | None
    status: int | None
    failure: str | None
    elsewhere: int | None

    @property
    def ended_at(self) -> str | None:
        """The step that failed, or else the first that was left out on a way without an answer; None when one came."""
        done = dict(zip(STEPS, (self.dns, self.tcp, self.tls, self.http), strict=True))
        failed = next((step for step in STEPS if done[step] is False), None)
        if failed or self.http or self.status is not None:
            return failed
        last = max((number for number, step in enumerate(STEPS) if done[step]), default=-1)
        needed = [step for step in STEPS[last + 1 :] if step != "TLS" or not self.url.startswith("http:")]
        return needed[0]


def reach_of(measurement: WebMeasurement) -> Reach:
    """How far the last hop of `measurement` got."""
    keys = measurement.test_keys
    depth = _depth(keys)
    queries = [row for row in keys.queries or () if row.engine in SYSTEM and _depth_of(row) == depth]
    named = any(CLASSIC in (row.tags or ()) for row in queries)
    request = next((row for row in keys.requests or () if _depth_of(row) == depth), None)
    on_the_way = request is not None and (not named or CLASSIC in (request.tags or ()))
    flow = request.transaction_id if request and on_the_way else None
    steps = [
        _outcome([(bool(row.addresses()), row.failure) for row in queries]),
        _outcome(
            [
                (row.status.success, row.status.failure or None)
                for row in _way(keys.tcp_connect, depth, flow, named)
            ]
        ),
        _outcome(
            [(row.failure is None, row.failure) for row in _way(keys.tls_handshakes, depth, flow, named)]
        ),
        (request.failure is None, request.failure) if request and on_the_way else (None, None),
    ]
    dns, tcp, tls, http = (done for done, _ in steps)
    failure = next((failure for done, failure in steps if done is False), None)
    status = _status(request)
    url = (request.request.url if request else None) or measurement.input or ""
    on_way, elsewhere = (status, None) if on_the_way else (None, status)
    return Reach(url, depth + 1, dns, tcp, tls, http, on_way, failure, elsewhere)


def _status(request: HttpTransaction | None) -> int | None:
    return request.response.code if request and request.response else None


def _depth(keys: WebConnectivity) -> int:
    rows: Iterable[Observation] = [*(keys.queries or ()), *(keys.tcp_connect or ()), *(keys.requests or ())]
    return max(map(_depth_of, rows), default=0)


def _depth_of(row: Observation) -> int:
    """The hop of `row`; the first when it has no tag that says."""
    found = (DEPTH.fullmatch(tag) for tag in row.tags or ())
    return next((int(match[1]) for match in found if match), 0)


def _way(rows: Sequence[Row] | None, depth: int, flow: int | None, named: bool) -> list[Row]:  # noqa: FBT001
    """The rows of the flow that fetched; without one, of all flows that might have, on the system's addresses."""
    able = [
        row for row in rows or () if _depth_of(row) == depth and "fetch_body=false" not in (row.tags or ())
    ]
    if flow is not None:
        return [row for row in able if row.transaction_id == flow]
    return [row for row in able if not named or CLASSIC in (row.tags or ())]


def _outcome(results: Sequence[tuple[bool, str | None]]) -> Step:
    """One success is enough; otherwise the first failure speaks."""
    if not results:
        return None, None
    if any(done for done, _ in results):
        return True, None
    return False, next((failure for _, failure in results if failure), None)
