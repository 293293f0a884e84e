"""OONI's classic keys, by OONI's documented definitions (ts-017, `analysisclassic.go`), from the judge's evidence.

Only what clients before 0.5 would have seen: the system's look-ups, the flows to the addresses they named, the fetch.
Our own opinion is `verdict.py`'s, and may differ. `docs/classic-keys.md` says where we leave OONI's client:

- No control and no name: its client writes `accessible: true`; we write null, since nothing is known.
- A hop without a control of its own counts as blocked only if the control's GET worked; its client asks only
  whether the control tried one.
- A failure of our own machine or network, or at an endpoint that another name had made hot, decides nothing.
- A page that cannot be compared is not called different.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from probe.judge.addresses import parse_address
from probe.judge.control_view import ControlView
from probe.judge.difference import Difference, compare
from probe.judge.evidence import HopEvidence
from probe.judge.flags import flags_of, is_other
from probe.judge.observed import LookUp
from probe.judge.step import WAY, Outcome, Step, asked_host, control_fetched, is_name, is_valid, steps_of
from probe.record import WebMeasurement
from probe.record.verdict import Layer

CONSISTENT, INCONSISTENT = "consistent", "inconsistent"
NOT_COMPARED = Difference(None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Ruling:
    """`blocking`: False, None (not known), or how; `failure`: what decided, as `http_experiment_failure` has it."""

    blocking: str | bool | None
    accessible: bool | None
    failure: str | None = None


ACCESSIBLE = Ruling(blocking=False, accessible=True)
UNKNOWN = Ruling(blocking=None, accessible=None)

BLOCKED_AT = {Layer.DNS: "dns", Layer.TCP: "tcp_ip", Layer.TLS: "http-failure", Layer.HTTP: "http-failure"}
"""What `blocking` says when a step fails here and the same step did not fail there."""


def classic_keys(
    hops: Sequence[HopEvidence],
    record: WebMeasurement,
    control: ControlView,
    asn: Callable[[str], int | None],
) -> dict[str, object]:
    """Name of each key → its value. `asn`: address → number of its system; 0 or None: not known."""
    asked = asked_host(record.input) or hops[0].hop.host
    steps = steps_of(hops, asked, control)
    own = [step for step in steps if step.own_way]
    consistency = _dns_consistency(own, asked, control, asn)
    ruling = _rule(own, asked, control, consistency)
    difference = _difference(own, control)
    flags = flags_of(hops, steps, asked, control, asn)
    return {
        "dns_experiment_failure": next((step.failure for step in _first_names(own) if step.failure), None),
        "dns_consistency": consistency,
        "http_experiment_failure": ruling.failure,
        "body_proportion": difference.proportion,
        "body_length_match": difference.length_matches,
        "headers_match": difference.headers_match,
        "status_code_match": difference.status_matches,
        "title_match": difference.title_matches,
        "blocking": ruling.blocking,
        "accessible": ruling.accessible,
        "x_blocking_flags": int(flags.blocking),
        "x_dns_flags": int(flags.dns),
        "x_null_null_flags": int(flags.null_null),
    }


def _first_names(own: Sequence[Step]) -> list[Step]:
    """The system's look-ups of the name that was asked for: the only ones the control can be held against."""
    return [step for step in own if step.layer is Layer.DNS and step.depth == 0]


def _dns_consistency(
    own: Sequence[Step], asked: str, control: ControlView, asn: Callable[[str], int | None]
) -> str | None:
    """consistent, inconsistent, or None; an address instead of a name is always consistent (ts-017)."""
    if asked and not is_name(asked):
        return CONSISTENT
    there = control.addresses(asked, 0)
    found = {_consistency(step, there, asn) for step in _first_names(own) if step.speaks}
    return INCONSISTENT if INCONSISTENT in found else CONSISTENT if CONSISTENT in found else None


def _consistency(step: Step, there: frozenset[str], asn: Callable[[str], int | None]) -> str | None:
    if step.there is None or not isinstance(step.seen, LookUp):
        return None
    if step.outcome is Outcome.EXPECTED_SUCCESS:
        return CONSISTENT if is_valid(step.seen, there, asn) else INCONSISTENT
    return CONSISTENT if step.outcome is Outcome.EXPECTED_FAILURE else INCONSISTENT


def _difference(own: Sequence[Step], control: ControlView) -> Difference:
    """The final response beside the control's, inside TLS too: these keys only describe."""
    final = next((step.final for step in reversed(own) if step.final is not None), None)
    http = control.control.http_request if control.control else None
    return compare(final, http) if final and http and control_fetched(control) else NOT_COMPARED


def _rule(own: Sequence[Step], asked: str, control: ControlView, consistency: str | None) -> Ruling:
    """What the first step says that decides, the last hop and its highest layer first; unknown when none does."""
    rulings = (_ruling(step, asked, control) for step in sorted(own, key=_rank))
    ruling = next((ruling for ruling in rulings if ruling is not None), None)
    if ruling is None:
        return UNKNOWN
    if not ruling.accessible and any(step.mute for step in own):
        return Ruling(blocking=None, accessible=None, failure=ruling.failure)
    if consistency == INCONSISTENT and not ruling.accessible:
        return Ruling("dns", accessible=False, failure=ruling.failure)
    return ruling


def _rank(step: Step) -> tuple[int, int, bool, str, int]:
    """Depth falling, layer falling, failure rising, flow falling; what says nothing after what does."""
    silent = step.failure is not None and not step.speaks
    return -step.depth, -WAY.index(step.layer), silent, step.failure or "", -(step.seen.transaction_id or 0)


def _ruling(step: Step, asked: str, control: ControlView) -> Ruling | None:
    if step.failure is not None:
        return _of_failure(step, control)
    return _of_final(step, control) if step.final is not None else _of_loopback(step, asked, control)


def _of_failure(step: Step, control: ControlView) -> Ruling:
    """Against the same step of the control; where there is none, against its GET."""
    there = step.there if step.there is not None else control_fetched(control)
    if there is None or not step.speaks:
        return Ruling(blocking=None, accessible=None, failure=step.failure)
    if not there:
        return Ruling(blocking=False, accessible=False, failure=step.failure)
    indirect = step.layer is Layer.TCP and step.there is None
    return Ruling(
        "http-failure" if indirect else BLOCKED_AT[step.layer], accessible=False, failure=step.failure
    )


def _of_final(step: Step, control: ControlView) -> Ruling:
    """Inside TLS nobody can have changed it; in the clear it is what it is compared with."""
    final = step.final
    if final is None or final.encrypted:
        return ACCESSIBLE
    other = is_other(final, control)
    if other is None:
        return UNKNOWN
    return Ruling("http-diff", accessible=False) if other else ACCESSIBLE


def _of_loopback(step: Step, asked: str, control: ControlView) -> Ruling | None:
    """A name that is this machine: nothing is connected to, so that the name alone decides, if the control knows it."""
    if not isinstance(step.seen, LookUp) or step.there is None or not _only_loopback(step.seen.addresses):
        return None
    down = _only_loopback(control.addresses(asked, 0))
    return Ruling(blocking=False if down else "dns", accessible=False)


def _only_loopback(addresses: Sequence[str] | frozenset[str]) -> bool:
    parsed = [address for ip in addresses if (address := parse_address(ip)) is not None]
    return bool(parsed) and all(address.is_loopback for address in parsed)
