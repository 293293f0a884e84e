"""The table of rules itself: ids, words, closed sets, and the page that explains them."""

import re
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

import pytest

from probe.judge.findings import TCP, TLS, findings_of
from probe.judge.rules import CONCLUSIONS, INTERFERENCE, RULES, RULESET, Rule
from probe.record.failure import Failure
from probe.record.verdict import Confidence, Layer, Mechanism, Status
from tests.judge.records import GOOD, GOOD6, OTHER, RESET, TIMEOUT, Story, control

PAGE = Path(__file__).parents[2] / "docs" / "verdicts.md"
SENTENCE = re.compile(r"[A-Z][^.]*(?:\d\.\d[^.]*)?\.")
ID = re.compile(r"[a-z]+\.[a-z][a-z_]*")
RULES_BY_ID = {rule.id: rule for rule in RULES}

FINDINGS: Mapping[str, frozenset[Mechanism]] = {
    "finding.rewritten": frozenset({Mechanism.DNS_REWRITTEN}),
    "finding.resolver_bogon": frozenset({Mechanism.DNS_BOGON}),
    "finding.conflicting_answers": frozenset({Mechanism.DNS_FORGED_ANSWER}),
    "finding.one_address": frozenset({*TCP.values(), *TLS.values()}),
    "finding.encrypted_resolver": frozenset({*TCP.values(), *TLS.values()}),
}

UNDECIDED: Mapping[Mechanism, str] = {
    Mechanism.TRANSFER_SLOW: "needs a neutral name on the same address beside it, at the same time",
}
"""Mechanisms that one pass does not decide, and why."""


# --- ids and words


def test_ids_are_unique() -> None:
    """Findings included."""
    assert len({rule.id for rule in RULES} | set(FINDINGS)) == len(RULES) + len(FINDINGS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_row_is_complete(rule: Rule) -> None:
    """An id of two parts, one sentence, a source; a docstring on what is looked for."""
    assert ID.fullmatch(rule.id)
    assert SENTENCE.fullmatch(rule.reason), rule.reason
    assert rule.source
    assert rule.test.__doc__ or rule.test.__qualname__.endswith(".<locals>.test")


@pytest.mark.parametrize("rule", INTERFERENCE, ids=lambda rule: rule.id)
def test_rules_of_interference_have_the_layer_of_their_mechanism(rule: Rule) -> None:
    """And block; the id begins with the step that is looked at."""
    assert rule.mechanism is not None
    assert (rule.status, rule.layer) == (Status.BLOCKED, rule.mechanism.layer)
    assert rule.id.partition(".")[0] in {*map(str, Layer), "transfer"}


@pytest.mark.parametrize("rule", CONCLUSIONS, ids=lambda rule: rule.id)
def test_conclusions_have_no_mechanism(rule: Rule) -> None:
    """Nothing interfered; the id begins with the status."""
    assert rule.mechanism is None
    assert rule.status is not Status.BLOCKED
    assert rule.id.partition(".")[0] == rule.status.value


def test_the_rows_stand_in_the_order_of_a_packets_way() -> None:
    """Names, connections, handshakes, requests; then the conclusions."""
    steps = [
        step
        for step, _ in groupby(rule.id.partition(".")[0].replace("transfer", "http") for rule in INTERFERENCE)
    ]
    assert steps == ["dns", "tcp", "tls", "http"]
    assert RULES == INTERFERENCE + CONCLUSIONS


def test_the_last_conclusion_always_fires() -> None:
    """So that there is a verdict on anything, and it is the only one that says nothing at all."""
    assert CONCLUSIONS[-1].id == "inconclusive.nothing"
    assert CONCLUSIONS[-1].test(Story().case()) is not None
    assert [rule.id for rule in CONCLUSIONS if rule.test(Story().case()) is not None] == [
        "inconclusive.nothing"
    ]


def test_the_rule_set_has_a_version() -> None:
    """A number that is counted up."""
    assert int(RULESET) > 0


# --- mechanisms


def test_every_mechanism_is_said_by_somebody() -> None:
    """By a rule, by a finding, or by nobody for a reason."""
    ruled = {rule.mechanism for rule in INTERFERENCE}
    found = {mechanism for mechanisms in FINDINGS.values() for mechanism in mechanisms}
    assert ruled | found | set(UNDECIDED) == set(Mechanism)
    assert not (ruled | found) & set(UNDECIDED)
    assert {mechanism.layer for mechanism in Mechanism} == set(Layer) - {Layer.QUIC}


def test_findings_have_known_rules_and_mechanisms() -> None:
    """One story with all kinds of them."""
    story = Story().system(GOOD, OTHER, "216.239.38.120").udp("10.1.2.3").late(GOOD).doh(failure=RESET)
    story.flow(GOOD, status=200).flow(OTHER, tls=TIMEOUT)
    found = findings_of(story.evidence())
    assert {one.rule for one in found} == set(FINDINGS)
    assert all(one.mechanism in FINDINGS[one.rule] for one in found)


# --- failures


NAMES, CONNECT, SHAKE, ASK = "dns", "tcp", "tls", "http"

DECIDING: Mapping[Failure, Mapping[str, str]] = {
    Failure.CONNECTION_REFUSED: {CONNECT: "tcp.refused"},
    Failure.CONNECTION_RESET: {CONNECT: "tcp.reset", SHAKE: "tls.reset", ASK: "http.reset"},
    Failure.CONNECTION_ABORTED: {CONNECT: "tcp.reset", SHAKE: "tls.reset", ASK: "http.reset"},
    Failure.EOF_ERROR: {SHAKE: "tls.eof", ASK: "http.eof"},
    Failure.GENERIC_TIMEOUT_ERROR: {
        NAMES: "dns.no_reply",
        CONNECT: "tcp.timeout",
        SHAKE: "tls.timeout",
        ASK: "http.timeout",
    },
    Failure.TIMED_OUT: {CONNECT: "tcp.timeout", SHAKE: "tls.timeout", ASK: "http.timeout"},
    Failure.HOST_UNREACHABLE: {CONNECT: "tcp.unreachable"},
    Failure.DNS_NXDOMAIN_ERROR: {NAMES: "dns.nxdomain"},
    Failure.DNS_NO_ANSWER: {NAMES: "dns.empty"},
    Failure.ANDROID_DNS_CACHE_NO_DATA: {NAMES: "dns.empty"},
    Failure.DNS_SERVFAIL_ERROR: {NAMES: "dns.servfail"},
    Failure.DNS_SERVER_MISBEHAVING: {NAMES: "dns.servfail"},
    Failure.DNS_REFUSED_ERROR: {NAMES: "dns.refused"},
    Failure.DNS_NON_RECOVERABLE_FAILURE: {NAMES: "dns.refused"},
    Failure.DNS_TEMPORARY_FAILURE: {NAMES: "dns.no_reply"},
    Failure.DNS_BOGON_ERROR: {NAMES: "dns.private_address"},
    Failure.SSL_UNKNOWN_AUTHORITY: {SHAKE: "tls.intercepted"},
    Failure.SSL_INVALID_HOSTNAME: {SHAKE: "tls.intercepted"},
    Failure.SSL_FAILED_HANDSHAKE: {SHAKE: "refused.handshake"},
    Failure.SSL_INVALID_CERTIFICATE: {SHAKE: "inconclusive.dates"},
}
"""Name of df-007 → step at which it ends a measurement → the rule that fires, while the control sees the site at work."""

OWN = "our own machine or decision"
NO_STEP = "no step of a web measurement ends so"
SERVER = "a server's or a resolver's own mistake as likely as anybody's"
ODD = "the kernel's word for something no censor is known to cause"
IGNORED: Mapping[Failure, str] = {
    Failure.INTERRUPTED: OWN,
    Failure.PERMISSION_DENIED: OWN,
    Failure.ADDRESS_FAMILY_NOT_SUPPORTED: OWN,
    Failure.ADDRESS_IN_USE: OWN,
    Failure.ADDRESS_NOT_AVAILABLE: OWN,
    Failure.BAD_FILE_DESCRIPTOR: OWN,
    Failure.INVALID_ARGUMENT: OWN,
    Failure.NO_BUFFER_SPACE: OWN,
    Failure.TOO_MANY_FILES_OPEN: OWN,
    Failure.TOO_MANY_FILES_OPEN_IN_SYSTEM: OWN,
    Failure.NOT_ENOUGH_MEMORY: OWN,
    Failure.OPERATION_WOULD_BLOCK: OWN,
    Failure.NETWORK_UNREACHABLE: OWN,
    Failure.NETWORK_DOWN: OWN,
    Failure.NETWORK_RESET: ODD,
    Failure.NOT_CONNECTED: ODD,
    Failure.MESSAGE_SIZE: ODD,
    Failure.CONNECTION_ALREADY_CLOSED: ODD,
    Failure.DNS_REPLY_WITH_WRONG_QUERY_ID: SERVER,
    Failure.HTTP_REQUEST_FAILED: SERVER,
    Failure.HTTP_INVALID_REDIRECT_LOCATION_HOST: SERVER,
    Failure.HTTP_UNEXPECTED_STATUS_CODE: NO_STEP,
    Failure.HTTP_UNEXPECTED_REDIRECT_URL: SERVER,
    Failure.JSON_PARSE_ERROR: NO_STEP,
    Failure.QUIC_INCOMPATIBLE_VERSION: NO_STEP,
}
"""Names that decide nothing at any step, and why."""


def ended(step: str, failure: str) -> Story:
    """A measurement that `failure` ended at `step`."""
    if step == NAMES:
        return Story().system(failure=failure).network(system=True)
    return Story().system(GOOD, OTHER).flow(GOOD, **{step: failure}).network(system=True)  # type: ignore[arg-type]


def test_every_failure_is_listed_once() -> None:
    """A new name must be thought of here."""
    assert set(DECIDING) | set(IGNORED) == set(Failure)
    assert not set(DECIDING) & set(IGNORED)


@pytest.mark.parametrize("step", [NAMES, CONNECT, SHAKE, ASK])
@pytest.mark.parametrize("failure", Failure)
def test_every_failure_at_every_step(failure: Failure, step: str) -> None:
    """It fires its rule, and at no other step one that blocks."""
    verdict = ended(step, failure).judged(control(GOOD, OTHER, GOOD6))
    rule = DECIDING.get(failure, {}).get(step)
    if rule is not None:
        assert verdict.rules == [rule]
    else:
        assert verdict.status is Status.INCONCLUSIVE


@pytest.mark.parametrize("step", [NAMES, CONNECT, SHAKE, ASK])
@pytest.mark.parametrize("failure", ["unknown_failure: KeyError", "no such name", "CONNECTION_RESET"])
def test_names_that_are_none_decide_nothing(failure: str, step: str) -> None:
    """Other clients have words of their own."""
    assert ended(step, failure).judged(control(GOOD, OTHER)).status is Status.INCONCLUSIVE


# --- the page


def test_the_page_has_a_heading_for_each_rule_in_the_order_of_the_table() -> None:
    """And no others."""
    assert re.findall(r"^### (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE) == [
        rule.id for rule in RULES
    ]


def test_the_page_has_every_finding_once() -> None:
    """In a table of their own, in the order in which they are found."""
    assert re.findall(r"^\| `(finding\.[a-z_]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE) == list(
        FINDINGS
    )


def test_the_page_explains_every_status_and_confidence() -> None:
    """In the words that records use."""
    text = PAGE.read_text(encoding="utf-8")
    words = [*map(str, Status), *map(str, Confidence)]
    assert [word for word in words if f"| `{word}` |" not in text] == []


def test_the_page_gives_the_reason_and_the_source_of_each_rule() -> None:
    """As the table has them, so that the two cannot drift apart."""
    parts = PAGE.read_text(encoding="utf-8").split("\n### ")[1:]
    for part in parts:
        name = part.partition("\n")[0]
        rule = RULES_BY_ID[name]
        outcome = f"{rule.status.value} `{rule.mechanism.value}`" if rule.mechanism else rule.status.value
        assert rule.reason in part, name
        assert f"**Outcome**: {outcome}. **Source**: {rule.source}." in part, name
