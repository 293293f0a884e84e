"""How far a measurement got: DNS, TCP, TLS, HTTP of its last hop, and what ended it. A fact, not an opinion."""

from collections.abc import Iterable
from dataclasses import dataclass

from probe.record.model import Observation
from probe.record.web import WebConnectivity, WebMeasurement


@dataclass(frozen=True, slots=True)
class Reach:
    """Each step of the last hop: True done, False failed, None not needed or not attempted.

    `status` is the HTTP status of the answer; `failure` the name of what ended it, None when an answer came.
    """

    url: str
    hops: int
    dns: bool | None
    tcp: bool | None
    tls: bool | None
    http: bool | None
    status: int | None
    failure: str | None

    @property
    def furthest(self) -> str:
        """The last step that was done: HTTP, TLS, TCP, DNS, or nothing."""
        steps = (("HTTP", self.http), ("TLS", self.tls), ("TCP", self.tcp), ("DNS", self.dns))
        return next((name for name, done in steps if done), "")


def reach_of(measurement: WebMeasurement) -> Reach:
    """How far the last hop of `measurement` got."""
    keys = measurement.test_keys
    depth = _depth(keys)
    requests = [row for row in keys.requests or () if _at(row, depth)]
    request = requests[0] if requests else None
    status = request.response.code if request and request.response else None
    flow = request.transaction_id if request else None
    outcomes = [_dns(keys, depth), _tcp(keys, depth), _tls(keys, depth, flow)]
    failures = [failure for done, failure in outcomes if done is False]
    if request is not None:
        failures = [request.failure]
    url = _last_url(measurement, request.request.url if request else None)
    dns, tcp, tls = (done for done, _ in outcomes)
    http = None if request is None else request.failure is None
    return Reach(url, depth + 1, dns, tcp, tls, http, status, failures[0] if failures else None)


def _last_url(measurement: WebMeasurement, asked: str | None) -> str:
    return asked or measurement.input or ""


def _depth(keys: WebConnectivity) -> int:
    rows: Iterable[Observation] = [*(keys.queries or ()), *(keys.tcp_connect or ()), *(keys.requests or ())]
    depths = [int(tag[6:]) for row in rows for tag in row.tags or () if tag[:6] == "depth=" and tag[6:].isdigit()]
    return max(depths, default=0)


def _at(row: Observation, depth: int) -> bool:
    return f"depth={depth}" in (row.tags or ())


def _may_fetch(row: Observation) -> bool:
    return "fetch_body=false" not in (row.tags or ())


def _dns(keys: WebConnectivity, depth: int) -> tuple[bool | None, str | None]:
    rows = [row for row in keys.queries or () if _at(row, depth)]
    return _outcome([(bool(row.addresses()), row.failure) for row in rows])


def _tcp(keys: WebConnectivity, depth: int) -> tuple[bool | None, str | None]:
    rows = [row for row in keys.tcp_connect or () if _at(row, depth) and _may_fetch(row)]
    return _outcome([(row.status.success, row.status.failure) for row in rows])


def _tls(keys: WebConnectivity, depth: int, flow: int | None) -> tuple[bool | None, str | None]:
    rows = [row for row in keys.tls_handshakes or () if _at(row, depth) and _may_fetch(row)]
    chosen = [row for row in rows if row.transaction_id == flow] or rows
    return _outcome([(row.failure is None, row.failure) for row in chosen])


def _outcome(results: list[tuple[bool, str | None]]) -> tuple[bool | None, str | None]:
    """One success is enough; otherwise the first failure speaks, the system's resolver and address first."""
    if not results:
        return None, None
    if any(done for done, _ in results):
        return True, None
    return False, next((failure for _, failure in results if failure), None)
