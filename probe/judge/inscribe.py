"""A verdict into its record: `x_verdict`, OONI's classic keys, and whose the addresses are.

The one place that changes a record, and only keys that are the judge's.
"""

from probe.judge.classic import classic_keys
from probe.judge.control_view import ControlView
from probe.judge.knowledge import Knowledge
from probe.judge.verdict import judge
from probe.record import WebMeasurement
from probe.record.verdict import Verdict


def inscribe_verdict(record: WebMeasurement, control: ControlView, knowledge: Knowledge) -> Verdict:
    """Judge `record` and write what was found into it; returns the verdict."""
    judgement = judge(record, control, knowledge.fingerprints)
    verdict = judgement.verdict.model_copy(update={"knowledge": knowledge.version})
    _name_systems(record, knowledge)
    for key, value in classic_keys(judgement.hops, record, control, knowledge.asn).items():
        setattr(record.test_keys, key, value)
    record.test_keys.x_verdict = verdict
    return verdict


def _name_systems(record: WebMeasurement, knowledge: Knowledge) -> None:
    """`asn` and `as_org_name` of each address in an answer, as OONI's client fills them in."""
    for query in record.test_keys.queries or ():
        for answer in query.answers or ():
            origin = knowledge.netinfo.lookup(answer.ipv4 or answer.ipv6 or "")
            if origin is not None:
                answer.asn, answer.as_org_name = origin.asn, origin.name
