"""Rules about names: what the system's resolver said, against addresses that are proven and resolvers that cannot be lied for.

Comparing addresses or their systems with a control alone is wrong in most alarms; so the order is: a known forgery, an
answer that no public host can have, the certificate at the address, and only then that others say something else.
"""

from collections.abc import Callable, Sequence

from probe.judge.addresses import Special
from probe.judge.case import Case, Sighting, endpoint_of, failed, speaks, transactions
from probe.judge.evidence import CERTIFICATE_FAILURES, HopEvidence, Named, is_own_fault
from probe.judge.forged import Forgery
from probe.judge.observed import Attempt, LookUp
from probe.record.failure import Failure
from probe.record.verdict import Confidence

FAKE = frozenset({Special.FAKE_IP})
NOBODYS = FAKE | {Special.NAME_COLLISION}
"""What a tunnel here invents, and what registries answer of themselves (ICANN, name collisions)."""
HABITS = frozenset({Special.LOOPBACK, Special.THIS_NETWORK, Special.NAME_COLLISION})
"""What filters against advertising, parents' filters and registries answer too: telling, and no signature of anybody."""


def conflicting_answers(case: Case) -> Sighting | None:
    """Two answers to one question over one socket, and the system was given an address that nobody vouches for."""
    evidence, conflicts = case.evidence, case.evidence.hop.conflicts
    if not conflicts or evidence.names_right or evidence.names_unheard or not evidence.named:
        return None
    asked = {(one.transaction_id, one.query_type) for one in conflicts}
    first = {
        ip for one in evidence.plain if (one.transaction_id, one.query_type) in asked for ip in one.addresses
    }
    late = {ip for one in conflicts for ip in one.addresses}
    told = {one.ip for one in evidence.named} & (first | late)
    if not told or (not evidence.told_better and not told <= first - late):
        return None  # without an address that is right, the forged one is known only by being the first
    sure = Confidence.CONFIRMED if evidence.told_better else Confidence.LIKELY
    return Sighting(sure, ", ".join(sorted(told)), _numbers([*conflicts, *_of_system(evidence)]))


def known_private_block_address(case: Case) -> Sighting | None:
    """A known block address that no public host can have."""
    return _first(case, lambda one: _is_signature(one) and one.bogon is not None, Confidence.CONFIRMED)


def known_public_block_address(case: Case) -> Sighting | None:
    """A known block address that could be anybody's, and is not this site's."""
    if case.evidence.names_unheard:
        return None
    return _first(case, lambda one: _is_signature(one) and one.bogon is None, Confidence.CONFIRMED)


def known_block_name(case: Case) -> Sighting | None:
    """A CNAME to a known block page's name."""
    names = case.evidence.forged_names
    if not names or case.evidence.names_right:
        return None
    given = [look_up for look_up in case.evidence.plain if names[0] in look_up.names]
    return Sighting(Confidence.CONFIRMED, names[0], _numbers(given))


def private_address(case: Case) -> Sighting | None:
    """An address that no public host can have, for a public name; likely if somebody knows a better one."""
    evidence = case.evidence
    if evidence.name_exists is False or evidence.names_unheard:
        return None
    sure = Confidence.LIKELY if evidence.told_better else Confidence.POSSIBLE
    system = evidence.system
    if system is not None and system.failure == Failure.DNS_BOGON_ERROR and not evidence.named:
        return Sighting(
            sure, system.failure, _numbers(_of_system(evidence))
        )  # which one, its client did not write
    return _first(case, lambda one: one.bogon is not None and one.bogon not in NOBODYS, sure)


def wrong_certificate(case: Case) -> Sighting | None:
    """Addresses that nobody else names, with a certificate for somebody else, while the site is elsewhere."""
    evidence = case.evidence
    if evidence.names_right or evidence.names_unheard or not evidence.reference or not evidence.named:
        return None
    tried = evidence.attempts if case.encrypted else [one for one in evidence.hop.attempts if one.own_way]
    shown = [one for one in tried if one.tls and one.tls.failure in CERTIFICATE_FAILURES]
    if not shown or not _site_is_elsewhere(case):
        return None
    sure = Confidence.LIKELY if evidence.told_better else Confidence.POSSIBLE
    return Sighting(sure, shown[0].ip, (*_numbers(_of_system(evidence)), *transactions(shown)))


def unlike_others(case: Case) -> Sighting | None:
    """Addresses that nobody else names and that do not work, while those of others do: here and now, or for the control."""
    evidence = case.evidence
    if evidence.names_right or evidence.names_unheard or not evidence.named or evidence.cut_off:
        return None
    tried = [one for one in evidence.attempts if speaks(one, evidence) and not one.hot]
    if (
        not tried
        or not all(map(failed, tried))
        or not (evidence.answered_elsewhere or _is_dead_there(evidence, tried))
    ):
        return None
    return Sighting(Confidence.POSSIBLE, tried[0].ip, (*_numbers(_of_system(evidence)), *transactions(tried)))


def failing_with(*names: str) -> Callable[[Case], Sighting | None]:
    """The system's look-up failed in the way of `names`, and the name exists."""

    def test(case: Case) -> Sighting | None:
        """The rule."""
        evidence = case.evidence
        if evidence.named or evidence.name_exists is not True or plain_failure(evidence) not in names:
            return None
        if evidence.alive.get("system") is False or _has_only_ipv6(evidence):
            return None
        alike = [look_up for look_up in evidence.plain if look_up.system or look_up.failure in names]
        resolvers = {look_up.resolver or "system" for look_up in alike}
        return Sighting(_sure(evidence, len(resolvers)), ", ".join(sorted(resolvers)), _numbers(alike))

    return test


def no_reply(case: Case) -> Sighting | None:
    """No resolver in the clear answered for this name, and the name exists. Likely only if they answer for others."""
    evidence = case.evidence
    if (
        evidence.named
        or evidence.name_exists is not True
        or plain_failure(evidence) != Failure.GENERIC_TIMEOUT_ERROR
    ):
        return None
    asked = [look_up for look_up in evidence.plain if not is_own_fault(look_up.failure)]
    answered = {look_up.resolver or "system" for look_up in asked if look_up.addresses}
    resolvers = {look_up.resolver or "system" for look_up in asked} - answered
    answering = {resolver for resolver in resolvers if evidence.alive.get(resolver)}
    if evidence.cut_off or evidence.late or not (answering if evidence.alive else evidence.network_lives):
        return None
    silent = [look_up for look_up in asked if (look_up.resolver or "system") in resolvers]
    sure = Confidence.LIKELY if len(answering) > 1 and evidence.told_better else Confidence.POSSIBLE
    return Sighting(sure, ", ".join(sorted(resolvers)), _numbers(silent))


def plain_failure(evidence: HopEvidence) -> str | None:
    """What the system's failure was, told more exactly by the resolvers asked beside it where it is vague.

    Where this machine had nothing left for another row of the hop, a vague failure is taken for the same: a resolver
    that cannot have a socket says "try again".
    """
    system = evidence.system
    if system is None or system.addresses:
        return None
    others = [look_up for look_up in evidence.plain if not look_up.system and look_up.query_type != "AAAA"]
    beside = [VAGUE.get(one.failure or "", one.failure) for one in others if not is_own_fault(one.failure)]
    if system.failure in VAGUE and evidence.exhausted:
        return evidence.exhausted
    if system.failure in VAGUE:
        return next((failure for failure in beside if failure), VAGUE[system.failure])
    if system.failure in (Failure.DNS_NXDOMAIN_ERROR, None) and Failure.DNS_NO_ANSWER in beside:
        return Failure.DNS_NO_ANSWER  # getaddrinfo of some systems says the same for both
    return system.failure or Failure.DNS_NO_ANSWER


VAGUE: dict[str, Failure] = {
    Failure.DNS_TEMPORARY_FAILURE: Failure.GENERIC_TIMEOUT_ERROR,
    Failure.DNS_NON_RECOVERABLE_FAILURE: Failure.DNS_REFUSED_ERROR,
    Failure.DNS_SERVER_MISBEHAVING: Failure.DNS_SERVFAIL_ERROR,
    Failure.ANDROID_DNS_CACHE_NO_DATA: Failure.DNS_NO_ANSWER,
}
"""getaddrinfo's words that stand for several things, and the most frequent one."""


def fake_address(case: Case) -> Sighting | None:
    """Addresses that a local tunnel invents, whatever the name."""
    found = [one.ip for one in case.evidence.named if one.bogon in FAKE]
    return Sighting(Confidence.NONE, found[0], _numbers(_of_system(case.evidence))) if found else None


def _first(case: Case, fits: Callable[[Named], bool], confidence: Confidence) -> Sighting | None:
    evidence = case.evidence
    found = [one for one in evidence.named if fits(one)]
    if not found or evidence.names_right or not evidence.hop.is_name:
        return None
    return Sighting(confidence, found[0].ip, _numbers(_of_system(evidence)))


def _is_signature(one: Named) -> bool:
    """Whether the answer is a censor's own: not what anybody may answer who means "nowhere"."""
    if not one.known_forged or one.forged is None or one.bogon in HABITS:
        return False
    return one.forged.meaning is Forgery.BLOCK_PAGE or one.forged.country is not None


def _is_dead_there(evidence: HopEvidence, tried: Sequence[Attempt]) -> bool:
    """Whether the control, which knows the site at other addresses, cannot connect to these either."""
    control = evidence.control
    if not evidence.works_elsewhere or not control.addresses(evidence.hop.host, evidence.hop.depth):
        return False
    return all(control.connects(endpoint_of(flow)) is False for flow in tried)


def _has_only_ipv6(evidence: HopEvidence) -> bool:
    """Whether all addresses that are known are of IPv6, for which a machine without it is not even told."""
    return bool(evidence.reference) and all(":" in ip for ip in evidence.reference)


def _site_is_elsewhere(case: Case) -> bool:
    """Whether the site works at an address that the system did not name.

    Not if the addresses that others named show a wrong certificate as well: that is somebody on the way, whatever the
    names. The control alone is not believed of URLs in the clear: such sites may have no certificate of their own.
    """
    evidence, named = case.evidence, {one.ip for one in case.evidence.named}
    if evidence.proven - named:
        return True
    return case.encrypted and not evidence.disproven - named and bool(evidence.works_elsewhere)


def _sure(evidence: HopEvidence, resolvers: int) -> Confidence:
    """Two resolvers that say the same, and one that cannot be lied for, or a fresh control, that says otherwise."""
    vague = plain_failure(evidence) == Failure.DNS_SERVFAIL_ERROR
    return Confidence.LIKELY if resolvers > 1 and evidence.told_better and not vague else Confidence.POSSIBLE


def _of_system(evidence: HopEvidence) -> list[LookUp]:
    return [look_up for look_up in evidence.plain if look_up.system]


def _numbers(look_ups: "list[LookUp] | tuple[LookUp, ...]") -> tuple[int, ...]:
    return tuple(dict.fromkeys(one.transaction_id for one in look_ups if one.transaction_id is not None))
