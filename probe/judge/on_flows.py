"""Rules about connections and handshakes: what ended the flows to addresses that are not shown to be wrong.

About a fifth of all TCP connections die early with no censor, so that a single failure is never more than possible.
Any certificate or alert proves that the name in the ClientHello passed.
"""

from collections.abc import Callable, Sequence

from probe.judge.case import Case, Sighting, endpoint_of, transactions
from probe.judge.evidence import CERTIFICATE_FAILURES
from probe.judge.observed import Attempt
from probe.record.failure import SILENCE, Failure


def connecting_fails_with(*names: str) -> Callable[[Case], Sighting | None]:
    """No flow got a connection, most of them in the way of `names`, and the site is there for others."""

    def test(case: Case) -> Sighting | None:
        """The rule."""
        flows = case.flows
        if not flows or case.partly_unheard or any(flow.connected for flow in flows):
            return None
        if not case.evidence.network_lives:
            return None
        alike = [flow for flow in flows if flow.tcp_failure in names]
        if not _is_most(alike, flows):
            return None
        other_port = _works_on_another_port(case)
        up = case.up(case.evidence.control.connects)
        # Without a control: a server that has no port 80 refuses; one that is cut off on it alone is silent.
        if up is False or (up is None and not (other_port and alike[0].tcp_failure in SILENCE)):
            return None
        note = ", while 443 works" if other_port else ""
        return Sighting(
            case.weigh(_endpoints(alike), up=up), f"{endpoint_of(alike[0])}{note}", transactions(alike)
        )

    return test


def handshake_fails_with(*names: str) -> Callable[[Case], Sighting | None]:
    """No handshake succeeded, most failed in the way of `names`, and it is not known that they fail for everybody."""

    def test(case: Case) -> Sighting | None:
        """The rule."""
        shaken = [flow for flow in case.flows if flow.tls is not None]
        if not shaken or case.partly_unheard or not case.encrypted:
            return None
        if any(flow.proves_name for flow in shaken):
            return None
        alike = [flow for flow in shaken if flow.tls and flow.tls.failure in names]
        up = case.up(case.encrypts_there)
        if not _is_most(alike, shaken) or up is False:
            return None
        return Sighting(case.weigh(_endpoints(alike), up=up), endpoint_of(alike[0]), transactions(alike))

    return test


def intercepted(case: Case) -> Sighting | None:
    """A certificate that is not the site's at an address where others see the true one."""
    shaken = [flow for flow in case.flows if flow.tls is not None]
    wrong = [flow for flow in shaken if flow.tls and flow.tls.failure in CERTIFICATE_FAILURES]
    if not wrong or len(wrong) < len(shaken) or case.partly_unheard or not case.encrypted:
        return None
    if not case.up(case.encrypts_there):
        return None
    sure = case.weigh(2, up=True)  # a forged certificate is no accident: one is enough
    return Sighting(sure, endpoint_of(wrong[0]), transactions(wrong))


def refused_handshake(case: Case) -> Sighting | None:
    """The peer said no in TLS's own words while others are served. What spoke something else than TLS is no server."""
    if case.evidence.hop.strange or case.partly_unheard:
        return None
    shaken = [flow for flow in case.flows if flow.tls is not None]
    alerted = [flow for flow in shaken if flow.tls and flow.tls.failure == Failure.SSL_FAILED_HANDSHAKE]
    if not alerted or len(alerted) < len(shaken) or not case.up(case.encrypts_there):
        return None
    return Sighting(case.weigh(1, up=True), endpoint_of(alerted[0]), transactions(alerted))


def _endpoints(flows: Sequence[Attempt]) -> int:
    """How many endpoints `flows` went to: the same one twice is one sighting."""
    return len({endpoint_of(flow) for flow in flows})


def _is_most(alike: list[Attempt], flows: "list[Attempt] | tuple[Attempt, ...]") -> bool:
    return bool(alike) and 2 * len(alike) >= len(flows)


def _works_on_another_port(case: Case) -> bool:
    """Whether the same addresses show a valid certificate on 443, while the URL's own port is closed."""
    ips = {flow.ip for flow in case.flows}
    return any(one.proves_name and one.ip in ips for one in case.evidence.hop.attempts)
