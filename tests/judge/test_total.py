"""The judge is total: any valid record has exactly one verdict, and some things it never says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from probe.judge.control_view import ControlView
from probe.judge.inscribe import inscribe_verdict
from probe.judge.knowledge import Knowledge
from probe.judge.rules import RULES
from probe.judge.verdict import judge
from probe.record import FAILURES, UnreadableRecordError, WebMeasurement, read_measurement, to_line
from probe.record.control import Control
from probe.record.verdict import Confidence, ControlKind, ControlUsed, Status, Verdict
from tests.judge.records import (
    ALERT,
    CLEAR,
    FOREIGN,
    GOOD,
    GOOD6,
    IRAN,
    NXDOMAIN,
    OTHER,
    RESET,
    TIMEOUT,
    UNTRUSTED,
    URL,
    Story,
    control,
    down,
    hop,
    known,
)
from tests.record.documents import Document, damaged, documents, to_text, web_documents
from tests.record.examples import BUILDERS

KNOWLEDGE = Knowledge.packaged()
IDS = {rule.id for rule in RULES}
SOME = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
THOUSANDS = settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
BROKEN = frozenset(
    {"tcp.timeout", "tls.reset", "tls.eof", "tls.timeout", "http.reset", "http.eof", "http.timeout"}
)

NEW = "https://other.example/"
STORIES = (
    Story(URL).system(GOOD, OTHER).doh(GOOD).flow(GOOD, status=200).flow(OTHER, tls=RESET),
    Story(URL).system(GOOD).doh(GOOD).flow(GOOD, tls=RESET),
    Story(URL)
    .system(failure=NXDOMAIN)
    .udp(failure=NXDOMAIN)
    .doh(GOOD)
    .flow(GOOD, status=200)
    .network(system=True),
    Story(URL)
    .system(FOREIGN)
    .udp(FOREIGN)
    .late(GOOD)
    .doh(GOOD)
    .flow(FOREIGN, tls=UNTRUSTED)
    .flow(GOOD, status=200),
    Story(URL)
    .system("10.10.34.36")
    .flow("10.10.34.36", tls=ALERT)
    .strange(b"HTTP/1.1 403 No\r\n\r\n" + IRAN),
    Story(URL).system(GOOD, GOOD6).flow(GOOD6, tcp="network_unreachable").flow(GOOD, tcp=TIMEOUT, hot=True),
    Story(URL).system(GOOD).flow(GOOD, status=200, http=TIMEOUT, body=b"x" * 20_000, last_byte=0.5),
    Story(CLEAR).system(GOOD).flow(GOOD, status=403, body=IRAN).flow(GOOD, check=True),
    Story(CLEAR).system(GOOD).flow(GOOD, http=RESET),
    Story(URL).system(GOOD).flow(GOOD, status=302).hop(NEW).system(OTHER).flow(OTHER, tcp=TIMEOUT),
    Story(CLEAR)
    .system(GOOD)
    .flow(GOOD, status=302, headers={"Location": NEW})
    .hop(NEW)
    .system(OTHER)
    .flow(OTHER, status=200),
)
LINES = tuple(to_line(story.record()) for story in STORIES) + tuple(
    json.dumps(build()).encode() for build in BUILDERS.values()
)
SIGHTED = tuple(
    ControlView() if one is None else one
    for one in (
        None,
        control(GOOD, up=[f"{GOOD}:443"]),
        down(GOOD, dead=[f"{GOOD}:443"]),
        control(GOOD, hops=[hop(URL, GOOD), hop(NEW, OTHER)]),
    )
)

NASTY: Mapping[str, Sequence[object]] = {
    "tags": [
        None,
        [],
        ["depth=3"],
        ["depth=32"],
        ["depth=99999999"],
        ["classic"],
        ["classic", "depth=1", "fetch_body=false"],
        ["\ud800"],
    ],
    "failure": [None, *sorted(FAILURES), "unknown_failure: x", "", "no such failure"],
    "engine": ["getaddrinfo", "udp", "doh", "oracle", ""],
    "transaction_id": [None, 0, -1, 2**63, 1, 2],
    "ip": ["", "x", "::", "0.0.0.0", "999.1.1.1", "fe80::1%eth0", "198.18.0.1", "10.10.34.36"],
    "ipv4": ["", "x", "::1", "198.18.0.1", "188.186.157.49"],
    "url": [
        None,
        "",
        "x",
        "http://[",
        "https://[::1]/",
        "http://10.10.34.36/",
        "javascript:",
        "//",
        "https://\ud800/",
    ],
    "input": [None, "", "http://[", "example.com", "https://\u202e.example/"],
    "code": [None, 0, -1, 99, 451, 302, 10**40],
    "body": [
        None,
        "",
        {"format": "base64", "data": "%"},
        {"format": "base64", "data": "/w=="},
        "<title>M4-6</title></head><body><iframe",
    ],
    "headers_list": [
        None,
        [],
        [["Location", "http://["]],
        [["location", {"format": "base64", "data": "%"}]],
        [["Location", None]],
    ],
    "server_name": [None, "", "other.example", "\ud800"],
    "query_type": ["", "A", "AAAA", "HTTPS", "any"],
    "success": [True, False],
}
"""Values by the key that they are nasty for."""

ROWS = (
    "queries",
    "tcp_connect",
    "tls_handshakes",
    "requests",
    "x_dns_duplicate_responses",
    "x_unparsed",
    "x_marks",
    "network_events",
)


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
    assert verdict.layer is None or verdict.status in (Status.BLOCKED, Status.DOWN, Status.REFUSED)
    if verdict.status is Status.REACHABLE:
        assert is_answered_inside_tls(record) or (verdict.rules == ["reachable.alike"] and control.fresh)
    if verdict.status is Status.BLOCKED and verdict.rules[0] in BROKEN and len(verdict.evidence) <= 1:
        assert verdict.confidence is Confidence.POSSIBLE or "http.known_page" in verdict.rules
    if verdict.status is Status.DOWN:
        assert control.control is not None or verdict.rules == ["down.name"]
    return verdict


def is_answered_inside_tls(record: WebMeasurement) -> bool:
    """Whether an answer came over https on a flow whose handshake, if the record has it, did not fail."""
    failed = {row.transaction_id for row in record.test_keys.tls_handshakes or () if row.failure is not None}
    return any(
        (row.request.url or "").lower().startswith("https:")
        and row.response is not None
        and row.response.code
        and (row.transaction_id is None or row.transaction_id not in failed or row.transaction_id == 0)
        for row in record.test_keys.requests or ()
    )


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


@MANY
@given(st.sampled_from(LINES), st.sampled_from(SIGHTED), st.data())
def test_a_good_record_that_was_cut_and_bent_has_one_verdict(
    line: bytes, control: ControlView, data: st.DataObject
) -> None:
    """Rows and keys missing or null; wrong depths; failures, engines and addresses that nobody knows."""
    document = json.loads(line)
    for _ in range(data.draw(st.integers(1, 6))):
        wear(document["test_keys"], data)
    check(read(document), control)


def wear(value: Any, data: st.DataObject) -> None:  # noqa: ANN401 - JSON of any shape
    """Walk into `value` somewhere and take away, empty or bend what is found there."""
    while True:
        if not value or not isinstance(value, dict | list):
            return
        keys = sorted(value) if isinstance(value, dict) else range(len(value))
        key = data.draw(st.sampled_from(keys))
        if isinstance(value[key], dict | list) and data.draw(st.integers(0, 4)):
            value = value[key]
            continue
        act = data.draw(st.sampled_from(["bend", "bend", "delete", "null", "double"]))
        if act == "bend" and key in NASTY:
            value[key] = data.draw(st.sampled_from(NASTY[str(key)]))
        elif act == "double" and isinstance(value, list):
            value.append(value[key])
        elif act == "delete":
            del value[key]
        else:
            value[key] = None
        return


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("line", LINES[:11], ids=range(11))
def test_a_record_of_which_one_list_is_gone(line: bytes, name: str) -> None:
    """Null, empty, absent; what is left of a failure is never reachable."""
    whole = check(read(json.loads(line)), ControlView())
    for change in ("null", "empty", "absent"):
        document = json.loads(line)
        if change == "absent":
            del document["test_keys"][name]
        else:
            document["test_keys"][name] = None if change == "null" else []
        verdict = check(read(document), ControlView())
        assert (
            verdict.status is not Status.REACHABLE
            or whole.status is Status.REACHABLE
            or name not in ("requests", "tcp_connect")
        )


@pytest.mark.parametrize("name", ROWS)
def test_lists_that_are_huge_have_a_verdict(name: str) -> None:
    """Ten thousand rows of each kind, in a hundred hops: work that grew with their square would not end here."""
    document = json.loads(LINES[3])
    document["test_keys"][name] = [
        row | ({"tags": ["classic", f"depth={number % 100}"]} if "tags" in row else {})
        for number in range(10_000 // max(1, len(document["test_keys"][name])))
        for row in document["test_keys"][name]
    ]
    record = read(document)
    assert judge(record, ControlView(), known()).verdict.rules


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
