"""What is seen beside the verdict, and what is not worth a finding."""

import pytest

from probe.judge.findings import MAX_FINDINGS, findings_of
from tests.judge.records import (
    EOF,
    FOREIGN,
    GOOD,
    GOOD6,
    NO_ANSWER,
    NXDOMAIN,
    OTHER,
    REFUSED,
    RESET,
    TIMEOUT,
    UDP,
    UNREACHABLE,
    Story,
)


def seen(story: Story) -> list[tuple[str, str, str | None]]:
    """Rule, mechanism and detail of each."""
    return [(one.rule, one.mechanism.value, one.detail) for one in findings_of(story.evidence())]


def test_nothing_to_find() -> None:
    """A clean network, names of IPv4 only included."""
    story = (
        Story()
        .system(GOOD)
        .udp(GOOD)
        .doh(GOOD)
        .doh(failure=NO_ANSWER, query_type="AAAA")
        .flow(GOOD, status=200)
    )
    assert seen(story) == []


def test_a_resolver_beside_the_systems_lies() -> None:
    """An address that no public host can have."""
    story = Story().system(GOOD).udp("10.10.34.36").flow(GOOD, status=200)
    assert seen(story) == [("finding.resolver_bogon", "dns.bogon", f"{UDP}: 10.10.34.36")]
    assert findings_of(story.evidence())[0].transaction_ids == [2]


def test_a_private_address_that_the_site_has_is_no_lie() -> None:
    """An encrypted resolver says so too."""
    assert seen(Story().system(GOOD).udp("10.1.2.3").doh("10.1.2.3").flow(GOOD, status=200)) == []


def test_the_systems_lie_is_a_verdict_and_no_finding() -> None:
    """Unless another of its addresses is right."""
    assert seen(Story().system("10.1.2.3")) == []
    assert seen(Story().system("10.1.2.3", GOOD).doh(GOOD)) == [
        ("finding.resolver_bogon", "dns.bogon", "system: 10.1.2.3")
    ]


def test_a_question_answered_twice() -> None:
    """With addresses, or in words."""
    story = Story().system(GOOD).udp(GOOD).late(FOREIGN).late(failure=NXDOMAIN)
    assert seen(story) == [
        ("finding.conflicting_answers", "dns.forged_answer", f"{UDP}: {FOREIGN}"),
        ("finding.conflicting_answers", "dns.forged_answer", f"{UDP}: {NXDOMAIN}"),
    ]


@pytest.mark.parametrize(
    ("step", "failure", "mechanism"),
    [
        ("tcp", TIMEOUT, "tcp.timeout"), ("tcp", REFUSED, "tcp.refused"), ("tcp", RESET, "tcp.reset"),
        ("tcp", "host_unreachable", "tcp.unreachable"), ("tls", RESET, "tls.reset"), ("tls", EOF, "tls.eof"),
        ("tls", TIMEOUT, "tls.timeout"), ("tls", "ssl_failed_handshake", "tls.alert"),
        ("tls", "ssl_unknown_authority", "tls.intercepted"), ("tls", "ssl_invalid_hostname", "tls.intercepted"),
    ],
)  # fmt: skip
def test_one_address_of_many_fails(step: str, failure: str, mechanism: str) -> None:
    """While another works."""
    story = Story().system(GOOD, OTHER).flow(OTHER, status=200).flow(GOOD, **{step: failure})  # type: ignore[arg-type]
    assert seen(story) == [("finding.one_address", mechanism, GOOD)]
    alone = Story().system(GOOD).flow(GOOD, **{step: failure})  # type: ignore[arg-type]
    assert seen(alone) == []


@pytest.mark.parametrize(
    "failure", [UNREACHABLE, "interrupted", "too_many_files_open", "unknown_failure: Bug"]
)
def test_our_own_faults_are_no_findings(failure: str) -> None:
    """Nor is IPv6 that is off, nor what is not known, nor a hot endpoint."""
    story = Story().system(GOOD, OTHER, GOOD6).flow(OTHER, status=200)
    assert (
        seen(story.flow(GOOD, tcp=failure).flow(GOOD6, tcp=UNREACHABLE).flow(GOOD, tls=RESET, hot=True)) == []
    )


@pytest.mark.parametrize(
    ("failure", "mechanism"),
    [(RESET, "tcp.reset"), (TIMEOUT, "tcp.timeout"), (REFUSED, "tcp.refused"), (EOF, "tls.eof")],
)
def test_an_encrypted_resolver_that_cannot_be_asked(failure: str, mechanism: str) -> None:
    """The resolver is named."""
    story = Story().system(GOOD).doh(failure=failure).flow(GOOD, status=200)
    assert seen(story) == [("finding.encrypted_resolver", mechanism, "https://1.1.1.1/dns-query")]


def test_findings_are_few() -> None:
    """A record with a thousand oddities has sixteen."""
    story = Story().system(GOOD)
    for _ in range(50):
        story.udp("10.1.2.3")
    assert len(seen(story)) == MAX_FINDINGS
    assert len(story.flow(GOOD, status=200).judged().findings) == MAX_FINDINGS


def test_findings_of_all_hops_stand_in_the_verdict() -> None:
    """The first hop's too."""
    story = (
        Story()
        .system(GOOD)
        .doh(failure=RESET)
        .flow(GOOD, status=302, headers={"Location": "https://example.com/"})
    )
    story.hop("https://example.com/").system(OTHER).doh(failure=TIMEOUT).flow(OTHER, status=200)
    assert [one.mechanism for one in story.judged().findings] == ["tcp.reset", "tcp.timeout"]
