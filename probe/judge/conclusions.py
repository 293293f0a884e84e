"""Rules for what is left when no interference was seen: down for everyone, or not to be told. Blocks nothing."""

from probe.judge.case import Case, Sighting, failed, transactions, was_cut
from probe.judge.evidence import CERTIFICATE_FAILURES, is_own_fault
from probe.judge.on_names import plain_failure
from probe.record.failure import Failure
from probe.record.verdict import Confidence

UNSURE = Confidence.NONE


def no_such_name(case: Case) -> Sighting | None:
    """No address here, and none there."""
    evidence = case.evidence
    if evidence.named or evidence.name_exists is not False or evidence.system is None:
        return None
    numbers = tuple(one.transaction_id for one in evidence.plain if one.transaction_id is not None)
    return Sighting(_sure(case), evidence.hop.host, numbers)


def connects_nowhere(case: Case) -> Sighting | None:
    """Nothing accepted a connection, here and there."""
    flows = case.all_flows
    if not flows or any(flow.connected for flow in flows) or case.evidence.works_elsewhere:
        return None
    if case.told(case.evidence.control.connects) != {False}:
        return None
    return Sighting(_sure(case), flows[0].tcp_failure or "", transactions(flows))


def certificate_is_bad(case: Case) -> Sighting | None:
    """No certificate was valid, here and there."""
    shaken = [flow for flow in case.all_flows if flow.tls and flow.tls.failure]
    by_certificate = [flow for flow in shaken if flow.tls and flow.tls.failure in BAD_CERTIFICATE]
    if not by_certificate or case.evidence.works_elsewhere:
        return None
    there = case.evidence.control.hop_at(case.evidence.hop.url, case.evidence.hop.host)
    told = case.told(case.encrypts_there) | ({there.tls_valid} if there else set())
    if True in told or False not in told:
        return None
    failure = by_certificate[0].tls.failure if by_certificate[0].tls else ""
    return Sighting(_sure(case), failure or "", transactions(by_certificate))


def answers_nobody(case: Case) -> Sighting | None:
    """It failed here, at whatever step, and the control got no answer either."""
    evidence = case.evidence
    if evidence.works_elsewhere is not False or evidence.answered_elsewhere:
        return None
    exchange, failure = evidence.hop.exchange, _first_failure(case)
    if (exchange is not None and exchange.status is not None) or not failure:
        return None
    return Sighting(_sure(case), failure, transactions(case.all_flows))


def own_fault(case: Case) -> Sighting | None:
    """Every flow, or the look-up before them, failed for a reason of this machine's own."""
    flows = case.all_flows
    if flows:
        ours = all(not flow.connected and was_cut(flow) for flow in flows)
        return Sighting(UNSURE, _first_failure(case), transactions(flows)) if ours else None
    failure = plain_failure(case.evidence)
    return Sighting(UNSURE, failure or "") if is_own_fault(failure) else None


def cut_off(case: Case) -> Sighting | None:
    """Something got no answer while nothing beyond this network gave a sign of life."""
    failure = _first_mute(case)
    return (
        Sighting(UNSURE, failure, transactions(case.all_flows)) if case.evidence.cut_off and failure else None
    )


def late(case: Case) -> Sighting | None:
    """Something got no answer, or was ended, while this machine itself was not at work."""
    failure = _first_mute(case)
    return Sighting(UNSURE, failure, transactions(case.all_flows)) if case.evidence.late and failure else None


def hot_endpoint(case: Case) -> Sighting | None:
    """All that failed went to endpoints that were hot."""
    bad = [flow for flow in case.all_flows if failed(flow)]
    if not bad or len(bad) < len(case.all_flows) or not all(flow.hot for flow in bad):
        return None
    return Sighting(UNSURE, bad[0].ip, transactions(bad))


def resolver_is_dead(case: Case) -> Sighting | None:
    """No address for this name from a resolver that had none for a name that surely exists."""
    evidence = case.evidence
    if evidence.named or plain_failure(evidence) is None or evidence.alive.get("system") is not False:
        return None
    numbers = tuple(one.transaction_id for one in evidence.plain if one.transaction_id is not None)
    return Sighting(UNSURE, ", ".join(sorted(evidence.alive)), numbers)


def dates_are_wrong(case: Case) -> Sighting | None:
    """A certificate outside its dates, which the control did not complain of."""
    flows = [flow for flow in case.flows if flow.tls and flow.tls.failure == Failure.SSL_INVALID_CERTIFICATE]
    return Sighting(UNSURE, flows[0].ip, transactions(flows)) if flows else None


def certificate_is_unknown(case: Case) -> Sighting | None:
    """A certificate that is not valid for the name, and no control."""
    flows = [flow for flow in case.flows if flow.tls and flow.tls.failure in CERTIFICATE_FAILURES]
    return Sighting(UNSURE, flows[0].ip, transactions(flows)) if flows else None


def answered_only_elsewhere(case: Case) -> Sighting | None:
    """An answer, not on the network's own way."""
    exchange = case.evidence.hop.exchange
    if exchange is None or exchange.own_way or exchange.status is None:
        return None
    return Sighting(UNSURE, exchange.address, ())


def nobody_vouches(case: Case) -> Sighting | None:
    """An answer in the clear, which somebody else may have written."""
    exchange = case.exchange
    if exchange is None or exchange.status is None or exchange.encrypted:
        return None
    return Sighting(UNSURE, f"status {exchange.status}", ())


def something_failed(case: Case) -> Sighting | None:
    """A failure."""
    failure = _first_failure(case)
    return Sighting(UNSURE, failure, transactions(case.all_flows)) if failure else None


def nothing(_: Case) -> Sighting:
    """The last rule."""
    return Sighting(UNSURE)


BAD_CERTIFICATE = CERTIFICATE_FAILURES | {Failure.SSL_INVALID_CERTIFICATE}


def _sure(case: Case) -> Confidence:
    evidence = case.evidence
    told = evidence.control.proves(evidence.hop.host, evidence.hop.depth) or evidence.denied
    return Confidence.LIKELY if told else Confidence.POSSIBLE


def _first_mute(case: Case) -> str | None:
    """The first failure on the way that tells of our network or machine: of the name, else of a flow or the exchange."""
    named = plain_failure(case.evidence)
    if named:
        return named if case.evidence.is_mute(named) else None
    exchange = case.exchange
    if exchange is not None and exchange.status is not None and exchange.failure is None:
        return None
    ends = [*(flow.failure for flow in case.all_flows), exchange.failure if exchange else None]
    return next((failure for failure in ends if case.evidence.is_mute(failure)), None)


def _first_failure(case: Case) -> str:
    system = case.evidence.system
    exchange = case.evidence.hop.exchange
    names = [
        *(flow.failure for flow in case.all_flows),
        exchange.failure if exchange else None,
        system.failure if system else None,
    ]
    return next((name for name in names if name), "")
