"""The walk through the rules: which hop speaks, what leads, what is ruled out, what is said of the control."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.judge.case import Case
from probe.judge.control_view import ControlView
from probe.judge.rules import INTERFERENCE, RULESET
from probe.judge.verdict import interference, is_authentic, judge, was_served
from probe.record.verdict import ControlKind, Verdict
from tests.judge.records import (
    ALERT,
    BLOCK_PRIVATE,
    BLOCK_PUBLIC,
    CAPTCHA,
    CLEAR,
    EOF,
    FOREIGN,
    GOOD,
    GOOD6,
    IRAN,
    NO_ANSWER,
    NXDOMAIN,
    OTHER,
    REFUSED,
    RESET,
    TIMEOUT,
    UNREACHABLE,
    UNTRUSTED,
    URL,
    WRONG_HOST,
    Story,
    control,
    down,
    hop,
    known,
)


def test_the_control_is_named() -> None:
    """Kind, age and source, also when it decided nothing; none if it was of no use."""
    used = (
        Story()
        .system(GOOD)
        .flow(GOOD, status=200)
        .judged(control(GOOD, age=5.0, kind=ControlKind.HELPER))
        .control
    )
    assert (used.kind, used.age_s, used.source) == ("helper", 5.0, "elsewhere")
    assert Story().judged(control(GOOD, age=1e9)).control.kind == "none"
    assert Story().judged().control.kind == "none"


def test_the_rule_set_is_named() -> None:
    """In every verdict."""
    assert {Story().judged().ruleset, Story().system(BLOCK_PRIVATE).judged().ruleset} == {RULESET}


def test_the_first_hop_that_is_interfered_with_speaks() -> None:
    """What came after it came through the network's hands."""
    story = (
        Story(CLEAR)
        .system(GOOD)
        .flow(GOOD, status=302, headers={"Location": "http://10.10.34.35/?type="}, body=b"")
    )
    verdict = story.hop("http://10.10.34.35/?type=").flow("10.10.34.35", status=200, body=IRAN).judged()
    assert (verdict.hop, verdict.host) == (0, "www.example.com")


def test_the_last_hop_concludes() -> None:
    """When no hop was interfered with."""
    story = Story().system(GOOD).flow(GOOD, status=302, headers={"Location": "https://example.com/"})
    verdict = story.hop("https://example.com/").system(OTHER).flow(OTHER, status=200).judged()
    assert (verdict.status, verdict.hop, verdict.host) == ("reachable", 1, "example.com")


def test_one_rule_of_each_layer_speaks() -> None:
    """In the order of a packet's way; the surest of them says how sure."""
    story = (
        Story()
        .system(FOREIGN)
        .doh(GOOD, OTHER)
        .flow(FOREIGN, tcp=TIMEOUT)
        .flow(GOOD, tls=RESET)
        .flow(OTHER, status=200)
    )
    verdict = story.judged()
    assert verdict.rules == ["dns.unlike_others"]
    assert [(one.mechanism.value, one.detail) for one in verdict.findings] == []


def test_ruled_out_is_what_worked() -> None:
    """And nothing of a layer that the verdict names."""
    assert Story().system(GOOD).doh(GOOD).flow(GOOD, tls=RESET).judged().ruled_out == ["dns", "tcp"]
    assert Story(CLEAR).system(GOOD).flow(GOOD, check=True).flow(GOOD, http=RESET).judged().ruled_out == [
        "dns",
        "tcp",
    ]
    assert Story().system(GOOD).flow(GOOD, status=200).judged().ruled_out == []
    assert Story().system(GOOD).flow(GOOD, http=RESET).judged(control(GOOD)).ruled_out == [
        "dns",
        "tcp",
        "tls",
    ]
    story = Story().system(GOOD).doh(GOOD).flow(GOOD, tls=RESET).hop(URL)
    assert "tls" not in story.judged().ruled_out


def test_a_measurement_of_the_way_by_hand() -> None:
    """The whole verdict on one record, every field."""
    story = Story().system(GOOD, OTHER).doh(failure=RESET).flow(GOOD, tls=RESET).flow(OTHER, tls=RESET)
    assert story.judged(control(GOOD, OTHER)) == Verdict.model_validate(
        {
            "status": "blocked",
            "confidence": "likely",
            "layer": "tls",
            "mechanisms": ["tls.reset"],
            "rules": ["tls.reset"],
            "detail": f"{GOOD}:443",
            "hop": 0,
            "host": "www.example.com",
            "evidence": [3, 4],
            "ruled_out": ["dns", "tcp"],
            "findings": [
                {
                    "mechanism": "tcp.reset",
                    "rule": "finding.encrypted_resolver",
                    "detail": "https://1.1.1.1/dns-query",
                    "transaction_ids": [2],
                }
            ],
            "control": {"kind": "file", "age_s": 60.0, "source": "elsewhere"},
            "ruleset": RULESET,
        }
    )


@pytest.mark.parametrize(
    ("first", "second", "view", "authentic"),
    [
        (URL, "https://other.example/", ControlView(), True),  # inside TLS
        (CLEAR, URL, ControlView(), True),  # to https of the same name
        (CLEAR, "https://example.com/", ControlView(), True),  # of the same site
        (CLEAR, "https://other.example/", ControlView(), False),
        (CLEAR, "https://other.example/", control(GOOD), False),
        (
            CLEAR,
            "https://other.example/",
            control(GOOD, hops=[hop(CLEAR), hop("https://other.example/")]),
            True,
        ),
        (CLEAR, f"https://{GOOD}/", down(), False),
    ],
)
def test_who_can_have_led_us(first: str, second: str, view: ControlView, authentic: bool) -> None:  # noqa: FBT001
    """A redirect in the clear is anybody's."""
    story = Story(first).system(GOOD).flow(GOOD, status=302, headers={"Location": second}).hop(second)
    hops = [evidence.hop for evidence in judge(story.system(OTHER).record(), view, known()).hops]
    assert is_authentic(hops, view) is authentic
    assert is_authentic(hops[:1], view)


def test_a_hop_that_nobody_led_to_is_not_authentic() -> None:
    """The row of the answer before it is gone from the record."""
    story = Story().system(GOOD).hop("https://other.example/").system(OTHER).flow(OTHER, status=200)
    assert story.judged().status == "inconclusive"


def test_interference_of_a_clean_hop_is_none() -> None:
    """Every rule is asked, and none fires."""
    assert interference(Story().system(GOOD).flow(GOOD, status=200).evidence(), authentic=True) == []
    assert all(rule.mechanism is not None for rule in INTERFERENCE)


ADDRESSES = st.sampled_from([GOOD, OTHER, GOOD6, FOREIGN, BLOCK_PRIVATE, BLOCK_PUBLIC])
ENDS = st.sampled_from([RESET, TIMEOUT, EOF, REFUSED, UNREACHABLE, UNTRUSTED, WRONG_HOST, ALERT])
STATUSES = st.sampled_from([200, 302, 403, 451, 503])
VIEWS = st.sampled_from(
    [ControlView(), control(GOOD), control(FOREIGN), down(GOOD), control(OTHER, bad=[f"{GOOD}:443"])]
)


@st.composite
def served_stories(draw: st.DrawFn) -> Story:
    """One address served us inside TLS; anything may have happened to names and to the other addresses."""
    named = draw(st.lists(ADDRESSES, min_size=1, max_size=3, unique=True))
    serving = draw(st.sampled_from(named))
    story = Story(country=draw(st.sampled_from(["ZZ", "IR"]))).system(*named)
    for _ in range(draw(st.integers(0, 2))):
        udp = draw(st.lists(ADDRESSES, max_size=2, unique=True))
        story.udp(*udp, failure=None if udp else draw(st.sampled_from([TIMEOUT, NXDOMAIN, NO_ANSWER])))
        if draw(st.booleans()):
            story.late(draw(ADDRESSES))
    if draw(st.booleans()):
        story.doh(draw(ADDRESSES))
    for ip in dict.fromkeys([*named, *draw(st.lists(ADDRESSES, max_size=2))]):
        if ip == serving:
            location = {"Location": f"http://{BLOCK_PRIVATE}/"} if draw(st.booleans()) else {}
            body = draw(st.sampled_from([IRAN, CAPTCHA, b"", b"<html></html>"]))
            story.flow(ip, status=draw(STATUSES), body=body, headers=location, truncated=draw(st.booleans()))
        elif draw(st.booleans()):
            story.flow(ip, tls=draw(ENDS))
        else:
            story.flow(ip, tcp=draw(ENDS))
    return story


@settings(max_examples=300)
@given(served_stories(), VIEWS)
def test_no_rule_of_interference_fires_where_the_site_served_us(story: Story, view: ControlView) -> None:
    """Which is why they need not be asked there."""
    facts = story.evidence(view)
    if not was_served(facts):
        return  # a tunnel's address is no site's
    case = Case(facts, names_wrong=False, authentic=True)
    assert [rule.id for rule in INTERFERENCE if rule.test(case) is not None] == []


def test_judging_changes_nothing() -> None:
    """Neither the record nor the control."""
    record, view = Story().system(GOOD).flow(GOOD, tls=RESET).record(), control(GOOD)
    assert view.control is not None
    before = record.model_dump_json(), view.control.model_dump_json()
    assert judge(record, view, known()) is not None
    assert (record.model_dump_json(), view.control.model_dump_json()) == before
