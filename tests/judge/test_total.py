"""The judge is total: any valid record has exactly one verdict, and some things it never says."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from probe.judge.control_view import ControlView
from probe.judge.inscribe import inscribe_verdict
from probe.judge.knowledge import Knowledge
from probe.judge.rules import RULES
from probe.judge.verdict import judge
from probe.record import UnreadableRecordError, WebMeasurement, read_measurement, to_line
from probe.record.control import Control
from probe.record.verdict import Confidence, ControlKind, ControlUsed, Status, Verdict
from tests.judge.records import GOOD, IRAN, NXDOMAIN, OTHER, RESET, TIMEOUT, URL, Story, known
from tests.record.documents import Document, damaged, documents, to_text, web_documents

KNOWLEDGE = Knowledge.packaged()
IDS = {rule.id for rule in RULES}
SOME = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
THOUSANDS = settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
BROKEN = frozenset(
    {"tcp.timeout", "tls.reset", "tls.eof", "tls.timeout", "http.reset", "http.eof", "http.timeout"}
)

STORIES = (
    Story(URL).system(GOOD, OTHER).doh(GOOD).flow(GOOD, status=200).flow(OTHER, tls=RESET).record(),
    Story(URL).system(GOOD).doh(GOOD).flow(GOOD, tls=RESET).record(),
    Story(URL).system(failure=NXDOMAIN).doh(GOOD).flow(GOOD, status=200).record(),
    Story("http://www.example.com/").system(GOOD).flow(GOOD, status=403, body=IRAN).record(),
    Story(URL).system(GOOD).flow(GOOD, status=302).hop("https://other.example/").system(OTHER).flow(OTHER, tcp=TIMEOUT).record(),
)  # fmt: skip


def read(document: Document) -> WebMeasurement:
    """The record that `document` is; examples that are none are not counted."""
    try:
        record = read_measurement(to_text(document))
    except UnreadableRecordError:
        reject()
    if not isinstance(record, WebMeasurement):  # the name of the test was what was damaged
        reject()
    return record


def numbers_in(record: WebMeasurement) -> Iterator[int]:
    """All transaction numbers of a record."""
    keys = record.test_keys
    for row in (
        *(keys.queries or ()),
        *(keys.x_dns_duplicate_responses or ()),
        *(keys.tcp_connect or ()),
        *(keys.tls_handshakes or ()),
        *(keys.requests or ()),
        *(keys.x_unparsed or ()),
    ):
        if row.transaction_id is not None:
            yield row.transaction_id


def check(record: WebMeasurement, control: ControlView) -> Verdict:
    """What holds of every verdict."""
    verdict = judge(record, control, known()).verdict
    assert judge(record, control, known()).verdict == verdict
    assert Verdict.model_validate(json.loads(json.dumps(verdict.model_dump(mode="python")))) == verdict
    assert bool(verdict.mechanisms) == (verdict.status in (Status.BLOCKED, Status.THROTTLED))
    assert verdict.rules
    assert set(verdict.rules) <= IDS
    assert set(verdict.evidence) <= set(numbers_in(record))
    assert (verdict.status is Status.INCONCLUSIVE) == (verdict.confidence is Confidence.NONE)
    if verdict.status is Status.REACHABLE:
        assert any(row.response is not None and row.response.code for row in record.test_keys.requests or ())
        assert verdict.rules == ["reachable.valid"] or control.control is not None
    return verdict


CONTROLS = st.none() | documents(Control, extra=False)


def view(document: Document | None, age: float) -> ControlView:
    """A control of any content and age."""
    control = None if document is None else Control.model_validate(document)
    return ControlView.of(control, ControlUsed(kind=ControlKind.FILE, age_s=age))


@SOME
@given(web_documents(), CONTROLS, st.sampled_from([0.0, 8 * 86_400.0, -5.0]))
def test_any_valid_record_has_one_verdict(document: Document, control: Document | None, age: float) -> None:
    """Whatever it holds, with any control."""
    check(read(document), view(control, age))


@SOME
@given(damaged())
def test_a_damaged_record_that_is_still_valid_has_one_verdict(document: Document) -> None:
    """Values missing, null or of another kind, at any depth."""
    check(read(document), ControlView())


@SOME
@given(st.sampled_from(STORIES), st.data())
def test_a_record_with_parts_missing_has_one_verdict(record: WebMeasurement, data: st.DataObject) -> None:
    """Good records from which rows and keys are taken: never reachable by what is left of a failure."""
    document = json.loads(to_line(record))
    keys = document["test_keys"]
    for name in data.draw(st.lists(st.sampled_from(sorted(keys)), unique=True, max_size=4)):
        if isinstance(keys[name], list) and keys[name] and data.draw(st.booleans()):
            del keys[name][data.draw(st.integers(0, len(keys[name]) - 1))]
        else:
            keys[name] = None
    check(read(document), ControlView())


@SOME
@given(web_documents())
def test_without_a_control_a_broken_flow_is_never_more_than_possible(document: Document) -> None:
    """A timeout or a reset, seen once, proves nothing."""
    record = read(document)
    verdict = check(record, ControlView())
    flows = {number for number in verdict.evidence if number is not None}
    if verdict.status is Status.BLOCKED and verdict.rules[0] in BROKEN and len(flows) <= 1:
        assert verdict.confidence is Confidence.POSSIBLE


@SOME
@given(web_documents())
def test_a_verdict_can_be_written_into_any_record(document: Document) -> None:
    """With OONI's classic keys beside it; and the record is still one."""
    record = read(document)
    verdict = inscribe_verdict(record, ControlView(), KNOWLEDGE)
    again = read_measurement(to_line(record))
    assert isinstance(again, WebMeasurement)
    assert again.test_keys.x_verdict == verdict


@pytest.mark.slow
@THOUSANDS
@given(web_documents(extra=False), CONTROLS, st.sampled_from([0.0, 8 * 86_400.0]))
def test_thousands_of_records_have_one_verdict_each(
    document: Document, control: Document | None, age: float
) -> None:
    """The same, for longer."""
    check(read(document), view(control, age))
