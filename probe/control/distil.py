"""A record → the control it holds. Pure.

`control_of` makes of a record measured in an open network what a helper there would have answered; `control_in` finds
the answer that a record carries, as OONI's own do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from probe.control.faults import is_own_fault
from probe.control.hops import certificate_validity, hop_of, http_of, redirect_failure
from probe.control.lookup import LookedUp, most_telling
from probe.control.measurement import Asn, flags_of, unknown_asn
from probe.measure.fetch import Answer
from probe.measure.place import Place, endpoint, literal_address, locate
from probe.measure.redirect import MAX_REDIRECTS, follow
from probe.measure.vitals import shows_life
from probe.record import Failure, HttpTransaction, Measurement, WebMeasurement, to_bytes
from probe.record.control import (
    Control,
    ControlAddress,
    ControlDns,
    ControlHop,
    ControlTcp,
    ControlTls,
    dns_failure,
    tcp_failure,
)
from probe.record.model import Observation
from probe.record.web import WebConnectivity

DEPTH, DIGITS = "depth=", 2
"""OONI's tag, and the digits of the deepest redirect."""

Row = TypeVar("Row", bound=Observation)


@dataclass(frozen=True, slots=True)
class _Level:
    """What was seen at one depth."""

    named: LookedUp
    failures: Sequence[tuple[str, str | None]]
    """Address and failure of each connect, in their order, its handshake's failure in place of success."""
    handshakes: Sequence[str | None]
    exchange: HttpTransaction | None


def control_in(measurement: Measurement) -> Control | None:
    """The helper's answer that `measurement` carries; None when there is none, or one that cannot be read."""
    control = measurement.test_keys.control if isinstance(measurement, WebMeasurement) else None
    if not isinstance(control, Control):
        return None
    told = (control.dns, control.http_request, control.tcp_connect)
    return control if any(part is not None for part in told) else None


def control_of(measurement: WebMeasurement, asn: Asn = unknown_asn) -> Control | None:
    """What a helper where `measurement` was made would have answered.

    None when the record says nothing of its target: no sign of life of the network, a fault of the measuring machine
    or failures while it stood still, rows without OONI's depth tags (older than 2022), or an input that is no URL.
    """
    place, keys = _place(measurement.input), measurement.test_keys
    if place is None or not shows_life(measurement) or not _has_depths(keys) or _was_late(keys):
        return None
    levels = [_level(keys, depth) for depth in range(_deepest(keys) + 1)]
    hops, answers = _hops(levels, place)
    if not hops:
        return None
    tcp, tls, named = _tcp(keys), _tls(keys), levels[0].named
    return Control(
        tcp_connect=tcp,
        **({"tls_handshake": tls} if tls else {}),
        quic_handshake={},
        http_request=http_of(hops, answers[0], answers[-1]),
        http3_request=None,
        dns=ControlDns(failure=dns_failure(named.failure), addrs=list(named.addresses)),
        ip_info=_describe(named.addresses, tls, asn),
        x_hops=hops,
        x_time=measurement.measurement_start_time,
        x_software=f"{measurement.software_name} {measurement.software_version}",
    )


def _was_late(keys: WebConnectivity) -> bool:
    """Whether something failed that may have failed because this machine itself stood still."""
    unheard = keys.x_client.loop_lateness_ms.unheard if keys.x_client else frozenset()
    if not unheard:
        return False
    rows = (*(keys.queries or ()), *(keys.tls_handshakes or ()), *(keys.requests or ()))
    failures = {row.failure for row in rows} | {row.status.failure for row in keys.tcp_connect or ()}
    return not failures.isdisjoint(unheard | {Failure.DNS_TEMPORARY_FAILURE})


def _place(url: str | None) -> Place | None:
    try:
        return locate(url or "")
    except ValueError:
        return None


# --- rows by depth


def _depth_of(row: Observation) -> int | None:
    for tag in row.tags or ():
        if tag.startswith(DEPTH) and len(tag) <= len(DEPTH) + DIGITS and tag[len(DEPTH) :].isdecimal():
            return int(tag[len(DEPTH) :])
    return None


def _rows(keys: WebConnectivity) -> Iterable[Observation]:
    yield from (*(keys.queries or ()), *(keys.tcp_connect or ()), *(keys.requests or ()))


def _has_depths(keys: WebConnectivity) -> bool:
    return any(_depth_of(row) is not None for row in _rows(keys))


def _deepest(keys: WebConnectivity) -> int:
    return min(max((_depth_of(row) or 0 for row in _rows(keys)), default=0), MAX_REDIRECTS)


def _at(rows: Sequence[Row] | None, depth: int) -> list[Row]:
    return [row for row in rows or () if _depth_of(row) == depth]


def _level(keys: WebConnectivity, depth: int) -> _Level:
    tls = {row.transaction_id: row.failure for row in _at(keys.tls_handshakes, depth)}
    connects = [row for row in _at(keys.tcp_connect, depth) if "fetch_body=false" not in (row.tags or ())]
    failures = [
        (row.ip, (row.status.failure or None) if not row.status.success else tls.get(row.transaction_id))
        for row in connects
    ]
    exchanges = sorted(_at(keys.requests, depth), key=lambda row: row.response is None)
    handshakes = [tls[row.transaction_id] for row in connects if row.transaction_id in tls]
    return _Level(_named(keys, depth), failures, handshakes, exchanges[0] if exchanges else None)


def _named(keys: WebConnectivity, depth: int) -> LookedUp:
    rows = _at(keys.queries, depth)
    found = dict.fromkeys(ip for row in rows for ip in row.addresses() if literal_address(ip))
    addresses = sorted(found, key=lambda ip: ":" in ip)
    failures = [row.failure for row in rows if row.failure]
    return LookedUp(tuple(addresses), most_telling(failures) if rows and not addresses else None)


# --- the GET


def _hops(levels: Sequence[_Level], start: Place) -> tuple[list[ControlHop], list[Answer]]:
    """A hop and an answer for each level that can be placed; none when the last says nothing of the target."""
    hops, answers = list[ControlHop](), list[Answer]()
    place: Place | None = start
    for depth, level in enumerate(levels):
        if place is None:
            break
        answer = _answer(level)
        if answer is None:
            return [], []
        last = depth == len(levels) - 1
        failure = answer.failure or (redirect_failure(answer, place, depth) if last else None)
        addrs = level.named.addresses or ((place.address,) if place.address else ())
        answers.append(answer)
        hops.append(_hop(place, addrs, level, answer, failure))
        step = follow(answer, place)
        place = step.place if step else None
    return hops, answers


def _hop(
    place: Place, addrs: Sequence[str], level: _Level, answer: Answer, failure: str | None
) -> ControlHop:
    exchange = level.exchange
    handshakes = level.handshakes if place.scheme == "https" else ()
    valid = None if not handshakes else certificate_validity(None if exchange else handshakes[-1])
    address = exchange.address if exchange else None
    hop = hop_of(place.url, addrs, answer, address=address, tls_valid=valid)
    hop.failure = failure
    return hop


def _answer(level: _Level) -> Answer | None:
    """What came at `level`, or why nothing did; None when that was the measuring machine's doing."""
    if level.exchange is not None:
        answer, ip = _read(level.exchange), (level.exchange.address or "").rpartition(":")[0]
        return None if answer.status is None and is_own_fault(ip, answer.failure) else answer
    if level.named.failure is not None:
        return Answer(failure=level.named.failure)
    told = [failure for ip, failure in level.failures if not is_own_fault(ip, failure)]
    if level.failures and not told:
        return None
    return Answer(failure=next((failure for failure in told if failure), Failure.GENERIC_TIMEOUT_ERROR))


def _read(exchange: HttpTransaction) -> Answer:
    """OONI's client writes status 0 when there was no answer."""
    response = exchange.response
    if response is None or not response.code:
        return Answer(failure=exchange.failure or Failure.HTTP_REQUEST_FAILED)
    pairs = response.headers_list or list((response.headers or {}).items())
    return Answer(
        failure=exchange.failure,
        status=response.code,
        headers=[(to_bytes(name), to_bytes(value)) for name, value in pairs],
        body=to_bytes(response.body),
        truncated=bool(response.body_is_truncated),
    )


# --- endpoints and addresses of the first hop


def _tcp(keys: WebConnectivity) -> dict[str, ControlTcp]:
    """One success is enough; what failed for reasons of the measuring machine is left out."""
    found: dict[str, ControlTcp] = {}
    for row in _at(keys.tcp_connect, 0):
        where, failure = endpoint(row.ip, row.port), row.status.failure or None
        known = found.get(where)
        if (known is None or not known.status) and not is_own_fault(row.ip, failure):
            found[where] = ControlTcp(status=row.status.success, failure=tcp_failure(failure))
    return found


def _tls(keys: WebConnectivity) -> dict[str, ControlTls]:
    found: dict[str, ControlTls] = {}
    for row in _at(keys.tls_handshakes, 0):
        where = row.address or ""
        known = found.get(where)
        if (known is None or not known.status) and not is_own_fault(where.rpartition(":")[0], row.failure):
            found[where] = ControlTls(
                server_name=row.server_name, status=row.failure is None, failure=row.failure
            )
    return found


def _describe(addresses: Iterable[str], tls: dict[str, ControlTls], asn: Asn) -> dict[str, ControlAddress]:
    valid = {where.rpartition(":")[0].strip("[]") for where, row in tls.items() if row.status}
    return {
        ip: ControlAddress(asn=asn(ip), flags=flags_of(ip, helper=True, valid=ip in valid))
        for ip in addresses
    }
