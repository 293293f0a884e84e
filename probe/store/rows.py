"""A record and its verdict → one row of `measurements` and one row of `observations` a step. Pure.

Rows are tuples in the order of `columns.py`. A row of `observations` leaves out what it shares with its measurement
(day, uid, country, network, domain: `SHARED`); the table is put together in `batch.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from urllib.parse import urlsplit

from probe.record import Binary, HttpTransaction, Measurement, Query, TlsHandshake, WebMeasurement
from probe.record.model import Observation
from probe.record.verdict import ControlKind, Verdict
from probe.record.x import MarkKind
from probe.store.columns import OBSERVATIONS
from probe.testlist import BadUrlError, normalise
from probe.testlist.bundled import load_bundled

SHARED = ("measurement_start_day", "measurement_uid", "probe_cc", "probe_asn", "domain")
OWN = tuple(name for name in OBSERVATIONS if name not in SHARED)

MAX_TEXT = 2_048
"""Characters of a cell; longer text ends in an ellipsis."""

MAX_STEPS = 500
"""Rows of `observations` a measurement may have of each step; ours have under fifty in all."""

MAX_ANSWERS = 32
"""Addresses and names of one DNS answer that are kept."""

MAX_ASN = (1 << 32) - 1

EARLIEST = datetime(2012, 1, 1, tzinfo=UTC)
"""The first measurements of OONI's are of 2012."""

SLACK = 86_400
"""Seconds that a clock may be ahead."""

Cell = str | int | float | bool | None
Row = tuple[Cell, ...]


class UnusableRecordError(ValueError):
    """A valid record that cannot stand in the store; the message says why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict by today's rules and the one as recorded; None: there is none."""

    today: Verdict | None = None
    recorded: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a line came from: first digits of the file's digest, and the line's number."""

    source: str
    line: int


def measurement_row(record: Measurement, uid: str, judged: Judged, origin: Origin, now: float) -> Row:
    """The row of `record`; `now`: seconds since the epoch. Raises `UnusableRecordError`."""
    day, second = _start(record.measurement_start_time, now)
    keys = record.test_keys if isinstance(record, WebMeasurement) else None
    listed, placed = (keys.x_list, keys.x_platform) if keys else (None, None)
    domain = domain_of(record.input)
    platform, role = (placed.platform, placed.role) if placed else _known_platform(domain)
    today, recorded = judged.today, judged.recorded
    return (
        day,
        uid,
        cut((record.annotations or {}).get("run_id") or record.report_id),
        second,
        record.probe_cc,
        _asn(record.probe_asn),
        cut(record.test_name),
        cut(record.software_name),
        cut(record.software_version),
        cut(record.input),
        domain,
        cut(listed.category_code) if listed else None,
        cut(listed.name) if listed else None,
        cut(platform.lower()) if platform else None,
        cut(role),
        *_today(today),
        *_recorded(recorded),
        (today.control.kind if today else ControlKind.NONE).value,
        bool(keys and any(mark.kind is MarkKind.ENDPOINT_HOT for mark in keys.x_marks or ())),
        _resolver_asn(record.resolver_asn),
        record.test_runtime,
        origin.source,
        origin.line,
    )


def _today(verdict: Verdict | None) -> Row:
    if verdict is None:
        return (None,) * 7
    mechanisms = [found.value for found in verdict.mechanisms]
    return (
        verdict.status.value,
        verdict.confidence.value,
        verdict.layer.value if verdict.layer else None,
        mechanisms[0] if mechanisms else None,
        " ".join(mechanisms),
        cut(verdict.rules[0]) if verdict.rules else None,
        cut(verdict.ruleset),
    )


def _recorded(verdict: Verdict | None) -> Row:
    if verdict is None:
        return (None,) * 4
    first = verdict.mechanisms[0].value if verdict.mechanisms else None
    return verdict.status.value, verdict.confidence.value, first, cut(verdict.ruleset)


def _start(text: str, now: float) -> tuple[int, int]:
    """Day and second since the epoch. Raises `UnusableRecordError` for moments that are none, or cannot be true."""
    try:
        second = _epoch(text)
    except ValueError as error:
        raise UnusableRecordError(f"measurement_start_time: {text} is no moment: {error}") from error
    if not EARLIEST.timestamp() <= second <= now + SLACK:
        raise UnusableRecordError(
            f"measurement_start_time: {text} is before {EARLIEST:%Y} or in the future: the clock was wrong"
        )
    return second // 86_400, second


@lru_cache(maxsize=4096)
def _epoch(text: str) -> int:
    return int(datetime.fromisoformat(text + "+00:00").timestamp())


@lru_cache(maxsize=4096)
def _asn(text: str) -> int:
    digits = text.removeprefix("AS")
    number = int(digits) if len(digits) <= len(str(MAX_ASN)) else MAX_ASN + 1
    if number > MAX_ASN:
        raise UnusableRecordError(f"probe_asn: {text[:20]} is no AS number: they have 32 bits")
    return number


def _resolver_asn(text: str | None) -> int:
    try:
        return _asn(text or "AS0")
    except ValueError:
        return 0


@lru_cache(maxsize=65_536)
def domain_of(text: str | None) -> str | None:
    """Host of the input, as punycode; None when it has none."""
    if not text:
        return None
    try:
        return urlsplit(normalise(text)).hostname
    except BadUrlError:
        pass
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
        return cut(host.encode("idna").decode() if host and not host.isascii() else host) or None
    except ValueError:
        return None


@lru_cache(maxsize=1)
def _platforms() -> dict[str, tuple[str, str | None]]:
    hosts = ((domain_of(target.url), target) for target in load_bundled("platforms").targets)
    return {host: (target.platform, target.role) for host, target in hosts if host and target.platform}


def _known_platform(domain: str | None) -> tuple[str | None, str | None]:
    """For records of others, which do not say: by the hosts of the bundled list."""
    return _platforms().get(domain or "", (None, None))


def observation_rows(record: Measurement) -> Iterator[Row]:
    """The rows of each step of a web measurement, cells in the order of `OWN`; none for other tests."""
    if not isinstance(record, WebMeasurement):
        return
    keys = record.test_keys
    for query in islice(keys.queries or (), MAX_STEPS):
        yield _query_row(query)
    for connect in islice(keys.tcp_connect or (), MAX_STEPS):
        failure = connect.status.failure or None
        yield ("tcp", *_when(connect), None, cut(connect.ip), connect.port, cut(failure), *(None,) * 8)
    for handshake in islice(keys.tls_handshakes or (), MAX_STEPS):
        yield _tls_row(handshake)
    for request in islice(keys.requests or (), MAX_STEPS):
        yield _http_row(request)


def _when(row: Observation) -> tuple[int | None, float | None, float | None]:
    """Transaction, end, duration."""
    duration = row.t - row.t0 if row.t is not None and row.t0 is not None else None
    return _number(row.transaction_id), row.t, duration


def _query_row(row: Query) -> Row:
    answers = list(islice(row.answers or (), MAX_ANSWERS))
    found = [text for one in answers if (text := one.ipv4 or one.ipv6 or one.hostname)]
    asn = next((one.asn for one in answers if one.ipv4 or one.ipv6), None)
    resolver, port = split_endpoint(row.resolver_address or None)
    return (
        "dns", *_when(row), cut(row.hostname), resolver, port, cut(row.failure),
        cut(row.engine), cut(row.query_type), cut(" ".join(found)) if found else None, _number(asn), None, None, None, None,
    )  # fmt: skip


def _tls_row(row: TlsHandshake) -> Row:
    ip, port = split_endpoint(row.address)
    return (
        "tls", *_when(row), cut(row.server_name), ip, port, cut(row.failure),
        None, None, None, None, cut(row.tls_version or None), _leaf_digest(row), None, None,
    )  # fmt: skip


def _http_row(row: HttpTransaction) -> Row:
    ip, port = split_endpoint(row.address)
    response = row.response
    return (
        "http", *_when(row), _host_of(row.request.url), ip, port, cut(row.failure), None, None, None, None, None, None,
        _number(response.code) if response else None, _length(response.body) if response else None,
    )  # fmt: skip


@lru_cache(maxsize=16_384)
def split_endpoint(text: str | None) -> tuple[str | None, int | None]:
    """`1.2.3.4:53`, `[2001:db8::1]:443` → address and port; other text, as a resolver's URL, as it is."""
    if not text:
        return None, None
    head, colon, tail = text.rpartition(":")
    bare = head.strip("[]")
    if not colon or not (tail.isascii() and tail.isdigit() and len(tail) <= 5) or "/" in head:  # noqa: PLR2004 - 65535
        return cut(text), None
    return cut(bare), int(tail)


@lru_cache(maxsize=16_384)
def _host_of(url: str | None) -> str | None:
    try:
        return cut(urlsplit(url or "").hostname)
    except ValueError:
        return None


def _leaf_digest(row: TlsHandshake) -> str | None:
    leaf = row.peer_certificates[0] if row.peer_certificates else None
    if not isinstance(leaf, Binary):
        return None
    try:
        return sha256(leaf.raw()).hexdigest()
    except ValueError:
        return None


def _length(body: str | Binary | None) -> int | None:
    """Bytes."""
    if isinstance(body, Binary):
        return len(body.data) * 3 // 4 - body.data[-2:].count("=")
    if body is None:
        return None
    return len(body) if body.isascii() else len(body.encode("utf-8", "surrogatepass"))


def _number(value: int | None) -> int | None:
    """`value`, when 64 bits hold it."""
    return value if value is not None and -(1 << 63) <= value < 1 << 63 else None


def cut(text: str | None) -> str | None:
    """`text`, no longer than a cell may be."""
    return text if text is None or len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
