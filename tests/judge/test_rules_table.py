"""The table of rules itself: identities, sentences, closed sets, and its page in the docs."""

import re
from pathlib import Path

import pytest

from probe.judge.findings import TCP, TLS
from probe.judge.rules import CONCLUSIONS, INTERFERENCE, RULES, Rule
from probe.record.failure import OWN_FAULTS, Failure
from probe.record.verdict import Confidence, Layer, Mechanism, Status

DOCS = Path(__file__).parents[2] / "docs" / "verdicts.md"
SOURCES = Path(__file__).parents[2] / "probe" / "judge"

UNDECIDED = {
    Mechanism.TRANSFER_SLOW: "wants a neutral name at the same address",
    Mechanism.TLS_ALERT: "a finding; an alert is the server's word more often than a censor's",
}
"""Mechanisms that no rule of one pass has as its outcome, and why."""

SILENT = {
    Failure.CONNECTION_ALREADY_CLOSED, Failure.NETWORK_RESET, Failure.NOT_CONNECTED, Failure.MESSAGE_SIZE,
    Failure.DNS_BOGON_ERROR, Failure.DNS_REPLY_WITH_WRONG_QUERY_ID, Failure.QUIC_INCOMPATIBLE_VERSION,
    Failure.HTTP_INVALID_REDIRECT_LOCATION_HOST, Failure.HTTP_UNEXPECTED_STATUS_CODE,
    Failure.HTTP_UNEXPECTED_REDIRECT_URL, Failure.JSON_PARSE_ERROR,
}  # fmt: skip
"""Names that no rule looks for: what fails so is a failure like any other, and decides nothing by itself."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_row_is_whole(rule: Rule) -> None:
    """An id of two parts, one sentence, a source."""
    assert re.fullmatch(
        r"(dns|tcp|tls|http|transfer|refused|reachable|down|inconclusive)\.[a-z0-9_]+", rule.id
    )
    assert rule.reason.endswith(".")
    assert rule.reason[0].isupper()
    assert "  " not in rule.reason
    assert rule.source
    assert rule.test.__doc__ or rule.test.__name__ == "test"


def test_ids_are_unique() -> None:
    """An id is one rule's for ever."""
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_interference_blocks_and_conclusions_do_not() -> None:
    """Only the first part of the table has mechanisms, and its layers are theirs."""
    assert all(rule.status is Status.BLOCKED and rule.mechanism for rule in INTERFERENCE)
    assert [
        rule.id for rule in INTERFERENCE if rule.mechanism and rule.layer is not rule.mechanism.layer
    ] == []
    assert [rule.id for rule in CONCLUSIONS if rule.mechanism or rule.status is Status.BLOCKED] == []


def test_an_id_begins_with_what_it_says() -> None:
    """A conclusion's with its status, an interference's with the step at which it is looked for."""
    assert all(rule.id.startswith(rule.status.value + ".") for rule in CONCLUSIONS)
    steps = [rule.id.partition(".")[0] for rule in INTERFERENCE]
    order = ["dns", "tcp", "tls", "http", "transfer"]
    assert [order.index(step) for step in steps if step != "transfer"] == sorted(
        order.index(step) for step in steps if step != "transfer"
    )


def test_every_mechanism_is_somebodys() -> None:
    """The outcome of a rule, a finding, or undecided with a reason."""
    outcomes = {rule.mechanism for rule in INTERFERENCE}
    findings = {Mechanism.DNS_REWRITTEN, *TCP.values(), *TLS.values()}
    assert set(Mechanism) == outcomes | findings | set(UNDECIDED)
    assert not outcomes & {Mechanism.TRANSFER_SLOW}


def test_every_failure_is_looked_for_or_said_to_be_silent() -> None:
    """Closed: a new name of df-007 makes this fail until somebody decides what it means."""
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.py"))
    named = {failure for failure in Failure if re.search(rf"\b(Failure|_F)\.{failure.name}\b", text)}
    assert set(Failure) - named - OWN_FAULTS == SILENT - named
    assert set() == SILENT & OWN_FAULTS


def test_the_last_conclusion_always_fires() -> None:
    """So that every record has a verdict."""
    sighting = CONCLUSIONS[-1].test(None)  # type: ignore[arg-type]
    assert sighting is not None
    assert sighting.confidence is Confidence.NONE


def test_the_page_has_one_heading_per_rule() -> None:
    """In the order of the table, with its sentence and its source."""
    text = DOCS.read_text(encoding="utf-8")
    assert re.findall(r"^### (.+)$", text, re.MULTILINE) == [rule.id for rule in RULES]
    for rule in RULES:
        section = text.partition(f"### {rule.id}\n")[2].partition("\n### ")[0]
        assert rule.reason in section
        assert rule.source in section


def test_the_page_has_every_finding() -> None:
    """The other ids that a verdict can hold."""
    source = (SOURCES / "findings.py").read_text(encoding="utf-8")
    ids = set(re.findall(r'"(finding\.[a-z_]+)"', source))
    assert ids
    assert set(re.findall(r"`(finding\.[a-z_]+)`", DOCS.read_text(encoding="utf-8"))) == ids


def test_layers_of_mechanisms() -> None:
    """A transfer is HTTP's; the others are what stands before the dot."""
    assert Mechanism.TRANSFER_FROZEN.layer is Layer.HTTP
    assert {mechanism.layer for mechanism in Mechanism} == set(Layer) - {Layer.QUIC}
