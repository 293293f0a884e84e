"""Each step of a measurement beside the same step of the control: what OONI's definitions compare.

A step is a look-up, a connect, a handshake or an exchange. Left out is what OONI leaves out: failures of encrypted
resolvers, which tell of the resolver; AAAA without an answer; IPv6 addresses on a machine without IPv6. What follows
for the keys is `classic.py`'s and `flags.py`'s.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from probe.judge.addresses import parse_address
from probe.judge.case import endpoint_of, failed, speaks
from probe.judge.control_view import ControlView
from probe.judge.evidence import UNREACHABLE, HopEvidence, is_own_fault
from probe.judge.observed import Attempt, Exchange, LookUp
from probe.record.failure import Failure
from probe.record.verdict import Layer

WAY = (Layer.DNS, Layer.TCP, Layer.TLS, Layer.HTTP)
"""The layers in the order of a packet's way."""

FINAL_CLASSES = frozenset({2, 4, 5})


class Outcome(StrEnum):
    """The six ways of a step here and there (OONI ts-017, "Preliminary definitions")."""

    EXPECTED_SUCCESS = "expected success"
    EXPECTED_FAILURE = "expected failure"
    UNEXPECTED_SUCCESS = "unexpected success"
    UNEXPECTED_FAILURE = "unexpected failure"
    UNEXPLAINED_SUCCESS = "unexplained success"
    UNEXPLAINED_FAILURE = "unexplained failure"


OUTCOMES = {
    (True, True): Outcome.EXPECTED_SUCCESS,
    (False, False): Outcome.EXPECTED_FAILURE,
    (True, False): Outcome.UNEXPECTED_SUCCESS,
    (False, True): Outcome.UNEXPECTED_FAILURE,
    (True, None): Outcome.UNEXPLAINED_SUCCESS,
    (False, None): Outcome.UNEXPLAINED_FAILURE,
}
"""(whether it succeeded here, there; None: the control did not try it) → the outcome."""


@dataclass(frozen=True, slots=True)
class Step:
    """`there`: whether the control succeeded at this very step. `own_way`: as a browser here would go, body and all.

    `speaks`: False of a failure that tells of our machine or of a network that nothing came from at the time, or of an
    endpoint that another name had made hot. `mute`: of those, one that says that our network or machine was not there.
    """

    depth: int
    layer: Layer
    seen: LookUp | Attempt | Exchange
    failure: str | None
    there: bool | None
    own_way: bool
    speaks: bool
    mute: bool = False

    @property
    def outcome(self) -> Outcome:
        """Here against there."""
        return OUTCOMES[self.failure is None, self.there]

    @property
    def final(self) -> Exchange | None:
        """The exchange, when it brought a final response: an answer to the end that sends us nowhere else."""
        exchange = self.seen if isinstance(self.seen, Exchange) else None
        if exchange is None or self.failure is not None or exchange.status is None:
            return None
        return exchange if exchange.status // 100 in FINAL_CLASSES else None


def steps_of(hops: Sequence[HopEvidence], asked: str, control: ControlView) -> tuple[Step, ...]:
    """The steps of all `hops`; `asked`: the host of the URL that was asked for, which is the one the control knows."""
    fetched = control_fetched(control)
    found: list[Step] = []
    for facts in hops:
        hop = facts.hop
        known = hop.depth == 0 or hop.host == asked
        if is_name(asked) if hop.depth == 0 else hop.is_name:
            found += _look_ups(facts, there=control.has_name(asked, 0) if known else None)
        found += _flows(facts, control, known=known)
        found += _exchange(facts, there=fetched)
    return tuple(found)


def asked_host(url: str | None) -> str:
    """The host of `url`, lower case; empty when it has none."""
    try:
        return (urlsplit(url or "").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_name(host: str) -> bool:
    """Whether `host` is a name, and no address."""
    return bool(host) and parse_address(host) is None


def control_fetched(control: ControlView) -> bool | None:
    """Whether the control's own GET, redirects and all, brought an answer; None: there is no control of it."""
    http = control.control.http_request if control.control else None
    if http is None:
        return None
    return False if http.failure else (http.status_code or 0) > 0 or None


def is_valid(look_up: LookUp, there: frozenset[str], asn: Callable[[str], int | None]) -> bool:
    """Whether an address of the answer is one of `there`, or of the same system as one of them (`asn`; 0, None: unknown)."""
    if there.intersection(look_up.addresses):
        return True
    ours, theirs = ({asn(ip) for ip in addresses} - {0, None} for addresses in (look_up.addresses, there))
    return bool(ours & theirs)


def _look_ups(facts: HopEvidence, *, there: bool | None) -> Iterator[Step]:
    hop = facts.hop
    for look_up in hop.look_ups:
        failure = look_up.failure or (None if look_up.addresses else str(Failure.DNS_NO_ANSWER))
        no_ipv6 = look_up.query_type == "AAAA" and failure == Failure.DNS_NO_ANSWER
        if failure is not None and (look_up.encrypted or no_ipv6):
            continue
        said = not is_own_fault(failure) and not facts.is_for_all(look_up)
        mute = facts.is_mute(failure)
        yield Step(hop.depth, Layer.DNS, look_up, failure, there, look_up.system, said, mute)


def _flows(facts: HopEvidence, control: ControlView, *, known: bool) -> Iterator[Step]:
    hop = facts.hop
    for flow in hop.attempts:
        if ":" in flow.ip and flow.tcp_failure in UNREACHABLE:
            continue
        endpoint = endpoint_of(flow)
        own_way = flow.own_way and flow.fetches
        said, mute = speaks(flow, facts), facts.is_mute(flow.failure)
        failure = None if flow.connected else flow.tcp_failure
        yield Step(hop.depth, Layer.TCP, flow, failure, control.connects(endpoint), own_way, said, mute)
        if flow.tls is not None:
            there = control.encrypts(endpoint) if known else None
            yield Step(hop.depth, Layer.TLS, flow, flow.tls.failure or None, there, own_way, said, mute)


def _exchange(facts: HopEvidence, *, there: bool | None) -> Iterator[Step]:
    """The exchange, if there was one: clients before 0.5 wrote one for a flow that never came to it."""
    hop, exchange = facts.hop, facts.hop.exchange
    if exchange is None:
        return
    begun = exchange.status is not None or any(not failed(flow) for flow in hop.attempts)
    if begun and (exchange.status is not None or exchange.failure is not None):
        hot = any(flow.hot and flow.transaction_id == exchange.transaction_id for flow in hop.attempts)
        mute = facts.is_mute(exchange.failure)
        said = not mute and not is_own_fault(exchange.failure) and not (hot and exchange.failure)
        yield Step(hop.depth, Layer.HTTP, exchange, exchange.failure, there, exchange.own_way, said, mute)
