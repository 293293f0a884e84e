"""What one hop of a record shows, taken together: its look-ups, its endpoints, its exchange. No knowledge, no opinion.

Total on any valid record, ours or OONI's of any year. In a record without tags each request is a hop; in one that knows
no "classic" way a flow is on it if the system's resolver named its address, or nobody else was asked.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple
from urllib.parse import urljoin

from probe.judge.lazy import lazy
from probe.judge.levels import Rows, levels_of, scheme_and_host
from probe.record import (
    Binary,
    HttpTransaction,
    MarkKind,
    Query,
    TlsHandshake,
    WebMeasurement,
    to_bytes,
)
from probe.record.model import Observation
from probe.record.web import WebConnectivity

CLASSIC = "classic"
SYSTEM_ENGINES = frozenset({"getaddrinfo", "system", "golang_net_resolver"})
ENCRYPTED_ENGINES = frozenset({"doh", "doh3", "dot"})
ADDRESS_TYPES = frozenset({"A", "AAAA", "ANY"})
"""What is asked for when addresses are wanted; whether a name has other data says nothing of it."""


class LookUp(NamedTuple):
    """One answer to one question, or the lack of one. `system`: the resolver a browser here would ask."""

    engine: str
    resolver: str
    query_type: str
    failure: str | None
    addresses: tuple[str, ...]
    names: tuple[str, ...]
    transaction_id: int | None

    @property
    def system(self) -> bool:
        """Whether the system's resolver was asked."""
        return self.engine in SYSTEM_ENGINES

    @property
    def encrypted(self) -> bool:
        """Whether nobody on the way could read or change it."""
        return self.engine in ENCRYPTED_ENGINES


class Attempt(NamedTuple):
    """One flow to one endpoint. `tls`: None when there was no handshake; its `failure` is None when it succeeded."""

    ip: str
    port: int
    transaction_id: int | None
    own_way: bool
    fetches: bool
    hot: bool
    connected: bool
    tcp_failure: str | None
    tls: TlsHandshake | None

    @property
    def endpoint(self) -> str:
        """`ip:port`, `[v6]:port`."""
        return _endpoint(self.ip, self.port)

    @property
    def failure(self) -> str | None:
        """What ended it: of the connect, else of the handshake."""
        return self.tcp_failure or (self.tls.failure if self.tls else None)

    @property
    def proves_name(self) -> bool:
        """Whether a certificate was shown here that is valid for the asked name."""
        return self.tls is not None and self.tls.failure is None and not self.tls.no_tls_verify


@dataclass(frozen=True)
class Exchange:
    """One request and the answer as far as it came. `silence`: part of its time, at the end, in which no byte came.

    `content`: the body as the record holds it; most verdicts never look into it.
    """

    url: str
    encrypted: bool
    own_way: bool
    address: str
    failure: str | None
    status: int | None
    headers: tuple[tuple[str, str], ...]
    content: str | Binary | bytes | None
    truncated: bool
    silence: float | None
    transaction_id: int | None

    @lazy
    def body(self) -> bytes:
        """The bytes of the body; none when the record holds something that is no base64."""
        return self.content if isinstance(self.content, bytes) else _bytes(self.content)

    @property
    def size(self) -> int:
        """How long the body is: of text the characters, else the bytes."""
        return len(self.content) if isinstance(self.content, str) else len(self.body)

    def header(self, name: str) -> str | None:
        """The first value of header `name`, given in lower case."""
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True, slots=True)
class Hop:
    """One URL on the way. `conflicts`: answers beside the first one to the same question, by transaction."""

    depth: int
    url: str
    scheme: str
    host: str
    is_name: bool
    look_ups: tuple[LookUp, ...]
    conflicts: tuple[LookUp, ...]
    attempts: tuple[Attempt, ...]
    exchange: Exchange | None
    strange: tuple[tuple[int, bytes], ...]

    @property
    def own_attempts(self) -> tuple[Attempt, ...]:
        """Flows to the addresses of the system's resolver, on the port of the URL."""
        return tuple(attempt for attempt in self.attempts if attempt.own_way and attempt.fetches)


Way = Callable[[Observation, str], bool]
"""Whether a row about an address is on the network's own way."""


def hops_of(record: WebMeasurement) -> tuple[Hop, ...]:
    """The hops of `record`, the URL itself first; at least one."""
    keys, has_way = record.test_keys, _has_way(record.test_keys)
    hops: list[Hop] = []
    for depth, rows in enumerate(levels_of(keys)):
        hops.append(_hop(record, depth, rows, hops[-1] if hops else None, has_way=has_way))
    return tuple(hops)


def _has_way(keys: WebConnectivity) -> bool:
    rows: Iterable[Observation] = chain(
        keys.queries or (), keys.tcp_connect or (), keys.tls_handshakes or (), keys.requests or ()
    )
    return any(CLASSIC in (row.tags or ()) for row in rows)


def _hop(record: WebMeasurement, depth: int, rows: Rows, before: Hop | None, *, has_way: bool) -> Hop:
    request = rows.requests[0] if rows.requests else None  # older clients retried: the newest is the first
    url = _url(record, request, before)
    scheme, host = scheme_and_host(url)
    host = (host or next((row.hostname for row in rows.queries), "")).lower().rstrip(".")
    is_name = _is_name(host)
    look_ups = tuple(_look_up(row) for row in rows.queries if row.query_type.upper() in ADDRESS_TYPES)
    own_way = _own_way(look_ups, is_name=is_name, has_way=has_way)
    attempts = tuple(_attempts(record.test_keys, rows, host if is_name else "", own_way))
    flows = {attempt.transaction_id for attempt in attempts}
    unparsed = record.test_keys.x_unparsed or ()
    strange = tuple((one.transaction_id, _bytes(one.data)) for one in unparsed if one.transaction_id in flows)
    return Hop(
        depth=depth, url=url, scheme=scheme, host=host, is_name=is_name, look_ups=look_ups,
        conflicts=tuple(_conflicts(record.test_keys, rows)), attempts=attempts,
        exchange=_exchange(record, request, own_way) if request else None, strange=strange,
    )  # fmt: skip


def _own_way(look_ups: Sequence[LookUp], *, is_name: bool, has_way: bool) -> Way:
    if not is_name:
        return lambda _row, _ip: True
    if has_way:
        return lambda row, _ip: CLASSIC in (row.tags or ())
    if not any(one.addresses and not one.system for one in look_ups):
        return lambda _row, _ip: True
    named = {ip for one in look_ups if one.system for ip in one.addresses}
    return lambda _row, ip: ip in named


def _exchange(record: WebMeasurement, row: HttpTransaction, own_way: Way) -> Exchange:
    response, url = row.response, row.request.url or ""
    pairs = (response.headers_list if response else None) or list(
        (response.headers or {}).items() if response else ()
    )
    headers = tuple((_text(name), _text(value)) for name, value in pairs)
    return Exchange(
        url=url,
        encrypted=url.lower().startswith("https:"),
        own_way=own_way(row, (row.address or "").rpartition(":")[0].strip("[]")),
        address=row.address or "",
        failure=row.failure or None,
        status=(response.code or None) if response else None,
        headers=headers,
        content=response.body if response else None,
        truncated=bool(response and response.body_is_truncated),
        silence=_silence(record, row) if row.failure else None,
        transaction_id=row.transaction_id,
    )


def _silence(record: WebMeasurement, row: HttpTransaction) -> float | None:
    """None when the events do not tell: there are none, or the flow had more than are kept."""
    capped = any(
        mark.kind is MarkKind.EVENTS_CAPPED and mark.transaction_id == row.transaction_id
        for mark in record.test_keys.x_marks or ()
    )
    if capped or row.t0 is None or row.t is None or row.t <= row.t0:
        return None
    reads = [
        event.t
        for event in record.test_keys.network_events or ()
        if event.transaction_id == row.transaction_id
        and event.operation == "read"
        and event.num_bytes
        and event.t
    ]
    return (row.t - max(reads)) / (row.t - row.t0) if reads else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else _bytes(value).decode("latin-1")


def _bytes(value: object) -> bytes:
    try:
        return to_bytes(value)  # type: ignore[arg-type]
    except ValueError:  # base64 that is none
        return b""


def _url(record: WebMeasurement, request: HttpTransaction | None, before: Hop | None) -> str:
    if request is not None and request.request.url:
        return request.request.url
    if before is None:
        return record.input or ""
    location = before.exchange.header("location") if before.exchange else None
    try:
        return urljoin(before.url, location or "")
    except ValueError:
        return ""


def _is_name(host: str) -> bool:
    return bool(host) and ":" not in host and not host.rpartition(".")[2].isdigit()


def _look_up(row: Query) -> LookUp:
    answers = row.answers or ()
    return LookUp(
        engine=row.engine,
        resolver=row.resolver_address or "",
        query_type=row.query_type,
        failure=row.failure or None,
        addresses=tuple(row.addresses()),
        names=tuple([answer.hostname for answer in answers if answer.hostname]),
        transaction_id=row.transaction_id,
    )


def _conflicts(keys: WebConnectivity, rows: Rows) -> Iterable[LookUp]:
    """Well-formed answers that have nothing in common with the first one to the same question over the same socket."""
    first = {
        (row.transaction_id, row.query_type): set(row.addresses())
        for row in rows.queries
        if row.engine == "udp"
    }
    for row in keys.x_dns_duplicate_responses or ():
        question = (row.transaction_id, row.query_type)
        if row.transaction_id is None or question not in first:
            continue
        told, other = first[question], set(row.addresses())
        well_formed = bool(other) or row.failure in ANSWERED_WITHOUT_ADDRESS
        if well_formed and told != other and not told & other:
            yield _look_up(row)


ANSWERED_WITHOUT_ADDRESS = frozenset(
    {"dns_nxdomain_error", "dns_no_answer", "dns_servfail_error", "dns_refused_error"}
)


def _attempts(keys: WebConnectivity, rows: Rows, name: str, own_way: Way) -> Iterable[Attempt]:
    """Connects with their handshakes; a handshake belongs to the connect of its flow, else to that of its address.

    `name`: the host, when it is a name. A handshake that asked for another one proves nothing of this one.
    """
    by_flow: dict[object, TlsHandshake] = {}
    for handshake in rows.tls_handshakes:
        if _asks_for(handshake.server_name, name):
            by_flow.setdefault(_flow(handshake.transaction_id, handshake.address), handshake)
    hot = {mark.transaction_id for mark in keys.x_marks or () if mark.kind is MarkKind.ENDPOINT_HOT}
    for row in rows.tcp_connect:
        endpoint = _endpoint(row.ip, row.port)
        tags = row.tags or ()
        yield Attempt(
            ip=row.ip,
            port=row.port,
            transaction_id=row.transaction_id,
            own_way=own_way(row, row.ip),
            fetches="fetch_body=false" not in tags,
            hot=row.transaction_id is not None and row.transaction_id in hot,
            connected=row.status.success and not row.status.failure,
            tcp_failure=row.status.failure or (None if row.status.success else "unknown_failure"),
            tls=by_flow.get(_flow(row.transaction_id, endpoint)),
        )


def _endpoint(ip: str, port: int) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _flow(transaction_id: int | None, endpoint: str | None) -> object:
    """What joins the rows of one flow: its number; in records without numbers (or with 0 for all) its endpoint."""
    return transaction_id or endpoint


def _asks_for(server_name: str | None, name: str) -> bool:
    """Whether a ClientHello was about `name`; names outside ASCII have two spellings, and are not compared."""
    return not server_name or not name or not name.isascii() or server_name.lower().rstrip(".") == name
