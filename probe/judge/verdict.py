"""A record and its control to one verdict: the walk through the rules, hop by hop. Pure and total.

record → hops (observed.py) → evidence (evidence.py) → rules (rules.py) → the first hop that is interfered with,
else what the last hop concludes
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from probe.judge.case import Case, Sighting
from probe.judge.control_view import ControlView
from probe.judge.evidence import HopEvidence
from probe.judge.findings import MAX_FINDINGS, findings_of
from probe.judge.fingerprints import Fingerprints
from probe.judge.observed import Hop, hops_of
from probe.judge.on_names import fake_address
from probe.judge.rules import CONCLUSIONS, INTERFERENCE, RULESET, Rule
from probe.judge.site import same_site
from probe.record import WebMeasurement
from probe.record.verdict import Confidence, Finding, Status, Verdict

Fired = tuple[Rule, Sighting]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and the evidence of all hops that it was found with."""

    verdict: Verdict
    hops: tuple[HopEvidence, ...]


def judge(record: WebMeasurement, control: ControlView, known: Fingerprints) -> Judgement:
    """The verdict on `record`; any valid record has exactly one."""
    hops = hops_of(record)
    network, client = record.test_keys.x_network, record.test_keys.x_client
    lateness = client.loop_lateness_ms if client else None
    evidence = tuple(
        HopEvidence(hop, control, known, record.probe_cc, network, lateness=lateness) for hop in hops
    )
    for number, facts in enumerate(evidence):
        authentic = is_authentic(hops[: number + 1], control)
        fired = interference(facts, authentic=authentic)
        if fired:
            return Judgement(_blocked(facts, fired, _findings(evidence[: number + 1])), evidence)
    last, own_way = evidence[-1], all(map(was_passed, evidence[:-1]))
    case = Case(last, names_wrong=False, authentic=is_authentic(hops, control), own_way=own_way)
    return Judgement(_concluded(case, _findings(evidence)), evidence)


def was_served(facts: HopEvidence) -> bool:
    """Whether a whole answer came inside TLS, with a certificate for the name, from an address that the system named."""
    exchange = facts.hop.exchange
    if exchange is None or exchange.status is None or exchange.failure is not None:
        return False
    if not exchange.encrypted or not exchange.own_way:
        return False
    number = exchange.transaction_id
    return any(flow.transaction_id == number and flow.proves_name for flow in facts.attempts)


def was_passed(facts: HopEvidence) -> bool:
    """Whether the network's own way led through this hop: not another resolver's address, and not a tunnel."""
    exchange = facts.hop.exchange
    own = exchange is not None and exchange.own_way
    tunnel = fake_address(Case(facts, names_wrong=False, authentic=True))
    return (own or any(flow.proves_name for flow in facts.attempts)) and not tunnel


def _findings(hops: Sequence[HopEvidence]) -> list[Finding]:
    return [finding for facts in hops for finding in findings_of(facts)][:MAX_FINDINGS]


def interference(facts: HopEvidence, *, authentic: bool) -> list[Fired]:
    """The rules of interference that fire, the first of each layer, in the order of a packet's way."""
    if fake_address(Case(facts, names_wrong=False, authentic=authentic)):
        return []  # what was measured is the tunnel
    if authentic and was_served(facts):
        return []  # no rule can fire, and most records are of this kind
    first = next(_fire(STEPS[0], Case(facts, names_wrong=False, authentic=authentic)), None)
    case = Case(facts, names_wrong=first is not None, authentic=authentic)
    found = [first, *(next(_fire(rules, case), None) for rules in STEPS[1:])]
    return [one for one in found if one is not None]


STEPS = tuple(
    tuple(rule for rule in INTERFERENCE if rule.id.startswith(step))
    for step in ("dns.", "tcp.", "tls.", ("http.", "transfer."))
)
"""The rules of interference by the step that is looked at."""


def _fire(rules: Sequence[Rule], case: Case) -> Iterator[Fired]:
    for rule in rules:
        sighting = rule.test(case)
        if sighting is not None:
            yield rule, sighting


def is_authentic(hops: Sequence[Hop], control: ControlView) -> bool:
    """Whether nobody on the way can have led us to the last of `hops`.

    A redirect inside TLS is the site's own. One in the clear is believed when it stays on the site, as one to https
    does, or leads where the control was led as well.
    """
    for before, after in pairwise(hops):
        encrypted = before.exchange is not None and before.exchange.encrypted
        if not encrypted and not same_site(before.host, after.host) and after.host not in control.hosts():
            return False
    return True


SURER_FIRST = list(Confidence)


def _blocked(facts: HopEvidence, fired: Sequence[Fired], findings: list[Finding]) -> Verdict:
    (leading, sighting), hop = fired[0], facts.hop
    families = {rule.id.partition(".")[0] for rule, _ in fired}
    mechanisms = [rule.mechanism for rule, _ in fired if rule.mechanism is not None]
    return Verdict(
        status=Status.BLOCKED,
        confidence=min((one.confidence for _, one in fired), key=SURER_FIRST.index),
        layer=leading.layer,
        mechanisms=list(dict.fromkeys(mechanisms)),
        rules=[rule.id for rule, _ in fired],
        detail=sighting.detail or None,
        hop=hop.depth,
        host=hop.host or None,
        evidence=sorted({number for _, one in fired for number in one.evidence}),
        ruled_out=[family for family in ruled_out(facts) if family not in families],
        findings=findings,
        control=facts.control.used,
        ruleset=RULESET,
    )


def _concluded(case: Case, findings: list[Finding]) -> Verdict:
    (rule, sighting), facts = next(_fire(CONCLUSIONS, case)), case.evidence
    return Verdict(
        status=rule.status,
        confidence=sighting.confidence,
        layer=rule.layer if rule.status in (Status.DOWN, Status.REFUSED) else None,
        mechanisms=[],
        rules=[rule.id],
        detail=sighting.detail or None,
        hop=facts.hop.depth,
        host=facts.hop.host or None,
        evidence=sorted(set(sighting.evidence)),
        ruled_out=ruled_out(facts) if rule.status is not Status.REACHABLE else [],
        findings=findings,
        control=facts.control.used,
        ruleset=RULESET,
    )


def ruled_out(facts: HopEvidence) -> list[str]:
    """The families of rules that what was seen at this hop speaks against, as `dns`, `tcp`, `tls`."""
    passed = [
        ("dns", facts.names_right),
        ("tcp", any(flow.connected for flow in facts.attempts)),
        ("tls", any(flow.proves_name for flow in facts.attempts)),
    ]
    return [family for family, right in passed if right]
