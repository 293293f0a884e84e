"""OONI's three sums of flags: `x_blocking_flags`, `x_dns_flags`, `x_null_null_flags`.

Over all observations, whoever named the addresses; bits by OONI's `analysiscore.go`, when they are raised by its
`analysisext.go`. Beyond the first hop there is no control: failures there count only when no final response came
at all, and the control's GET brought one.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import IntFlag
from typing import NamedTuple

from probe.judge.control_view import ControlView
from probe.judge.difference import differs
from probe.judge.evidence import HopEvidence
from probe.judge.observed import Attempt, Exchange, LookUp
from probe.judge.step import Outcome, Step, control_fetched, is_valid
from probe.record.verdict import Layer


class BlockingFlags(IntFlag):
    """`x_blocking_flags`."""

    DNS = 1
    """A look-up failed here and not there, or an answer holds addresses judged invalid (analysisExtDNS)."""
    TCP_IP = 2
    """A connect failed here, and there not to the same endpoint (analysisExtEndpointFailure)."""
    TLS = 4
    """A handshake failed here, and there not with the same endpoint (analysisExtEndpointFailure)."""
    HTTP = 8
    """A fetch failed here, and the control's did not (analysisExtEndpointFailure)."""
    HTTP_DIFF = 16
    """The final response came in the clear and differs from the control's (analysisExtHTTPFinalResponse)."""
    SUCCESS = 32
    """The final response came inside TLS, or in the clear and does not differ (analysisExtHTTPFinalResponse)."""


class DnsFlags(IntFlag):
    """`x_dns_flags`."""

    BOGON = 1
    """Any answer held an address that no public host has; no blocking by itself (analysisExtDNS)."""
    UNEXPECTED_FAILURE = 2
    """A look-up failed here and not there (analysisExtDNS)."""
    UNEXPECTED_ADDRESSES = 4
    """An answer holds addresses judged invalid (analysisExtDNS)."""


class NullNullFlags(IntFlag):
    """`x_null_null_flags`: why a site that does not work is not blocked, or why nothing can be said."""

    EXPECTED_DNS_FAILURE = 1
    """A look-up failed here and there (analysisExtExpectedFailures)."""
    EXPECTED_TCP_FAILURE = 2
    """A connect failed here and there (analysisExtExpectedFailures)."""
    EXPECTED_TLS_FAILURE = 4
    """A handshake failed here and there (analysisExtExpectedFailures)."""
    SUCCESSFUL_HTTPS = 8
    """The final response came inside TLS, and there is no control (analysisExtHTTPFinalResponse)."""
    UNEXPECTED_DNS_SUCCESS = 16
    """The control found no address, and a look-up here did (analysisExtExpectedFailures)."""


BLOCKING = {
    Layer.DNS: BlockingFlags.DNS,
    Layer.TCP: BlockingFlags.TCP_IP,
    Layer.TLS: BlockingFlags.TLS,
    Layer.HTTP: BlockingFlags.HTTP,
}
EXPECTED = {
    Layer.DNS: NullNullFlags.EXPECTED_DNS_FAILURE,
    Layer.TCP: NullNullFlags.EXPECTED_TCP_FAILURE,
    Layer.TLS: NullNullFlags.EXPECTED_TLS_FAILURE,
}


class Flags(NamedTuple):
    """The three sums."""

    blocking: BlockingFlags
    dns: DnsFlags
    null_null: NullNullFlags


def flags_of(
    hops: Sequence[HopEvidence],
    steps: Sequence[Step],
    asked: str,
    control: ControlView,
    asn: Callable[[str], int | None],
) -> Flags:
    """The flags of `steps`, which are those of all `hops`, for the host `asked`; `asn` as for `is_valid`."""
    final = next((step.final for step in reversed(steps) if step.final is not None), None)
    names = _of_names(hops, steps, control.addresses(asked, 0), asn)
    blocking = _of_failures(steps, unexplained=final is None and control_fetched(control) is True)
    if names & DnsFlags.UNEXPECTED_ADDRESSES:
        blocking |= BlockingFlags.DNS
    return Flags(blocking | _of_final(final, control), names, _of_agreement(steps, final, control))


def _of_failures(steps: Iterable[Step], *, unexplained: bool) -> BlockingFlags:
    raised = BlockingFlags(0)
    for step in steps:
        if step.failure is None or not step.speaks:
            continue
        if _outcome(step) is Outcome.UNEXPECTED_FAILURE or (step.depth > 0 and unexplained):
            raised |= BLOCKING[step.layer]
    return raised


def _of_names(
    hops: Iterable[HopEvidence],
    steps: Sequence[Step],
    there: frozenset[str],
    asn: Callable[[str], int | None],
) -> DnsFlags:
    raised = DnsFlags(0)
    if any(facts.bogon(ip) for facts in hops for look_up in facts.hop.look_ups for ip in look_up.addresses):
        raised |= DnsFlags.BOGON
    unheard = {step.seen.ip for step in steps if isinstance(step.seen, Attempt) and step.mute}
    proven = {step.seen.ip for step in steps if isinstance(step.seen, Attempt) and step.seen.proves_name}
    for step in steps:
        if not isinstance(step.seen, LookUp) or not step.speaks:
            continue
        if _outcome(step) is Outcome.UNEXPECTED_FAILURE:
            raised |= DnsFlags.UNEXPECTED_FAILURE
        valid = proven.intersection(step.seen.addresses) or is_valid(step.seen, there, asn)
        valid = valid or unheard.intersection(step.seen.addresses)  # which might have proved it
        if _outcome(step) is Outcome.EXPECTED_SUCCESS and not valid:
            raised |= DnsFlags.UNEXPECTED_ADDRESSES
    return raised


def _of_final(final: Exchange | None, control: ControlView) -> BlockingFlags:
    """Nothing where there is nothing to compare with."""
    if final is None:
        return BlockingFlags(0)
    if final.encrypted:
        return BlockingFlags.SUCCESS
    return {True: BlockingFlags.HTTP_DIFF, False: BlockingFlags.SUCCESS, None: BlockingFlags(0)}[
        is_other(final, control)
    ]


def _of_agreement(steps: Iterable[Step], final: Exchange | None, control: ControlView) -> NullNullFlags:
    raised = NullNullFlags(0)
    for step in steps:
        if _outcome(step) is Outcome.EXPECTED_FAILURE and step.speaks:
            raised |= EXPECTED.get(step.layer, NullNullFlags(0))
        if step.layer is Layer.DNS and _outcome(step) is Outcome.UNEXPECTED_SUCCESS:
            raised |= NullNullFlags.UNEXPECTED_DNS_SUCCESS
    if final is not None and final.encrypted and control_fetched(control) is None:
        raised |= NullNullFlags.SUCCESSFUL_HTTPS
    return raised


def is_other(final: Exchange, control: ControlView) -> bool | None:
    """Whether `final`, which came in the clear, differs from the control's; None when there is nothing to compare with."""
    http = control.control.http_request if control.control else None
    return differs(final, http) if http is not None and control_fetched(control) else None


def _outcome(step: Step) -> Outcome | None:
    """Only the control's GET speaks for a hop after the first."""
    return step.outcome if step.depth == 0 or step.layer is Layer.HTTP else None
