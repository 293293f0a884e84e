"""What was seen beside the verdict: other resolvers that lie, one address of many that fails, rewritten answers.

None of it decides; all of it is what a researcher would want to know.
"""

from collections.abc import Iterator, Mapping

from probe.judge.case import failed, speaks
from probe.judge.evidence import HopEvidence
from probe.judge.forged import Forgery
from probe.judge.observed import Attempt, LookUp
from probe.record.failure import Failure
from probe.record.verdict import Finding, Mechanism

MAX_FINDINGS = 16

TCP: Mapping[str, Mechanism] = {
    Failure.GENERIC_TIMEOUT_ERROR: Mechanism.TCP_TIMEOUT,
    Failure.TIMED_OUT: Mechanism.TCP_TIMEOUT,
    Failure.CONNECTION_REFUSED: Mechanism.TCP_REFUSED,
    Failure.CONNECTION_RESET: Mechanism.TCP_RESET,
    Failure.HOST_UNREACHABLE: Mechanism.TCP_UNREACHABLE,
}
TLS: Mapping[str, Mechanism] = {
    Failure.CONNECTION_RESET: Mechanism.TLS_RESET,
    Failure.EOF_ERROR: Mechanism.TLS_EOF,
    Failure.GENERIC_TIMEOUT_ERROR: Mechanism.TLS_TIMEOUT,
    Failure.TIMED_OUT: Mechanism.TLS_TIMEOUT,
    Failure.SSL_FAILED_HANDSHAKE: Mechanism.TLS_ALERT,
    Failure.SSL_UNKNOWN_AUTHORITY: Mechanism.TLS_INTERCEPTED,
    Failure.SSL_INVALID_HOSTNAME: Mechanism.TLS_INTERCEPTED,
}


def findings_of(facts: HopEvidence) -> list[Finding]:
    """At most sixteen."""
    found = [
        *_rewritten(facts),
        *_lying_resolvers(facts),
        *_single_addresses(facts),
        *_encrypted_resolvers(facts),
    ]
    return found[:MAX_FINDINGS]


def _rewritten(facts: HopEvidence) -> Iterator[Finding]:
    """Addresses of the same operator that enforce safe search, and proxies here that the site's certificate comes through."""
    for one in facts.named:
        safe_search = one.forged is not None and one.forged.meaning is Forgery.REWRITTEN
        if safe_search or (one.bogon is not None and one.valid):
            yield Finding(mechanism=Mechanism.DNS_REWRITTEN, rule="finding.rewritten", detail=one.ip)


def _lying_resolvers(facts: HopEvidence) -> Iterator[Finding]:
    """Resolvers whose answer holds what no public host can have, and does not decide; or that were answered for."""
    for look_up in facts.plain:
        bogus = next((ip for ip in look_up.addresses if facts.bogon(ip) and ip not in facts.reference), None)
        if bogus and (facts.names_right or not look_up.system):
            yield _of_look_up(look_up, Mechanism.DNS_BOGON, "finding.resolver_bogon", bogus)
    for conflict in facts.hop.conflicts:
        said = ", ".join(conflict.addresses) or conflict.failure or ""
        yield _of_look_up(conflict, Mechanism.DNS_FORGED_ANSWER, "finding.conflicting_answers", said)


def _single_addresses(facts: HopEvidence) -> Iterator[Finding]:
    """Addresses that fail while others of the same name work."""
    if not any(one.connected and not failed(one) for one in facts.attempts):
        return
    for flow in facts.attempts:
        mechanism = _mechanism(flow)
        if mechanism is not None and not flow.hot and speaks(flow, facts):
            numbers = [flow.transaction_id] if flow.transaction_id is not None else []
            yield Finding(
                mechanism=mechanism, rule="finding.one_address", detail=flow.ip, transaction_ids=numbers
            )


def _mechanism(flow: Attempt) -> Mechanism | None:
    if not flow.connected:
        return TCP.get(flow.tcp_failure or "")
    return TLS.get((flow.tls.failure or "") if flow.tls else "")


def _encrypted_resolvers(facts: HopEvidence) -> Iterator[Finding]:
    """Encrypted resolvers that could not be asked."""
    for look_up in facts.hop.look_ups:
        failure = "" if facts.is_mute(look_up.failure) else look_up.failure or ""
        mechanism = TCP.get(failure) or TLS.get(
            failure
        )  # which of the two steps it was, a look-up does not say
        if look_up.encrypted and mechanism is not None:
            yield _of_look_up(look_up, mechanism, "finding.encrypted_resolver", look_up.resolver)


def _of_look_up(look_up: LookUp, mechanism: Mechanism, rule: str, detail: str) -> Finding:
    numbers = [look_up.transaction_id] if look_up.transaction_id is not None else []
    place = f"{look_up.resolver or 'system'}: {detail}" if detail != look_up.resolver else detail
    return Finding(mechanism=mechanism, rule=rule, detail=place, transaction_ids=numbers)
