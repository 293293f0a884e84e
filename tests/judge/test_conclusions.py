"""What is left when nothing interfered: one test for each end that the other files do not reach, and for their order."""

from collections.abc import Mapping
from copy import deepcopy

import pytest

from probe.judge.classic import classic_keys
from probe.judge.control_view import ControlView
from probe.judge.flags import DnsFlags
from probe.judge.rules import CONCLUSIONS
from probe.judge.verdict import judge
from tests.judge.records import (
    ALERT,
    CLEAR,
    DAY,
    FOREIGN,
    GOOD,
    GOOD6,
    IRAN,
    NXDOMAIN,
    OTHER,
    REFUSED,
    RESET,
    TIMEOUT,
    UNREACHABLE,
    UNTRUSTED,
    Story,
    control,
    down,
    hop,
    known,
)
from tests.judge.test_on_names import said


def test_an_empty_record_says_nothing() -> None:
    """The last rule fires on anything, and takes no control's word for a failure that was not seen."""
    for view in (ControlView(), control(GOOD), down(GOOD)):
        assert said(Story().judged(view)) == ("inconclusive", "inconclusive.nothing", "none")
        assert CONCLUSIONS[-1].test(Story().case(view)) is not None


def test_a_name_without_an_answer_for_anybody_rests_on_its_look_ups() -> None:
    """Their transactions."""
    verdict = Story().system(failure=NXDOMAIN).udp(failure=NXDOMAIN).judged(down(dns="dns_name_error"))
    assert (verdict.evidence, verdict.detail, verdict.layer) == ([1, 2], "www.example.com", "dns")


@pytest.mark.parametrize(("age", "confidence"), [(60.0, "likely"), (30 * DAY, "possible")])
def test_how_sure_down_is(age: float, confidence: str) -> None:
    """An old control's word is less."""
    story = Story().system(GOOD).flow(GOOD, tcp=TIMEOUT)
    assert said(story.judged(down(GOOD, dead=[f"{GOOD}:443"], age=age))) == (
        "down",
        "down.connection",
        confidence,
    )
    assert said(story.judged(down(GOOD, age=age))) == ("down", "down.answer", confidence)
    bad = Story().system(GOOD).flow(GOOD, tls=UNTRUSTED)
    assert said(bad.judged(down(GOOD, bad=[f"{GOOD}:443"], age=age))) == (
        "down",
        "down.certificate",
        confidence,
    )


def test_a_bad_certificate_by_the_controls_hop() -> None:
    """It tells of the certificate where its endpoints are others."""
    there = hop("https://www.example.com/", GOOD, failure=UNTRUSTED, status=None)
    there.tls_valid = False
    verdict = Story().system(GOOD).flow(GOOD, tls=UNTRUSTED).judged(down(hops=[there]))
    assert said(verdict) == ("down", "down.certificate", "likely")


def test_an_answer_here_is_not_down_whatever_the_control_says() -> None:
    """It got none, and we did."""
    assert Story(CLEAR).system(GOOD).flow(GOOD, status=200).judged(down(GOOD)).status == "inconclusive"
    assert Story().system(GOOD).flow(GOOD, status=200).judged(down(GOOD)).status == "reachable"


def test_a_machine_with_ipv6_only_names_and_no_ipv6() -> None:
    """Nothing was tried at all."""
    verdict = Story().system(GOOD6).flow(GOOD6, tcp=UNREACHABLE).judged(control(GOOD6))
    assert said(verdict) == ("inconclusive", "inconclusive.own_fault", "none")


def test_our_own_fault_goes_before_the_controls_failure() -> None:
    """That it is down as well was not seen here."""
    verdict = (
        Story().system(GOOD).flow(GOOD, tcp="too_many_files_open").judged(down(GOOD, dead=[f"{GOOD}:443"]))
    )
    assert said(verdict) == ("inconclusive", "inconclusive.own_fault", "none")


SILENT = [
    Story().system(failure=TIMEOUT).udp(failure=TIMEOUT).doh(GOOD),
    Story().system(failure="dns_temporary_failure").doh(GOOD),
    Story().system(GOOD).flow(GOOD, tcp=TIMEOUT),
    Story().system(GOOD, OTHER).flow(GOOD, tls=TIMEOUT).flow(OTHER, tls="timed_out"),
    Story(CLEAR).system(GOOD).flow(GOOD, http=TIMEOUT),
    Story(CLEAR).system(GOOD).flow(GOOD, status=200, http=TIMEOUT, last_byte=1.0),
    Story().system(FOREIGN).doh(GOOD).flow(FOREIGN, tcp=TIMEOUT).flow(GOOD),
]


@pytest.mark.parametrize("story", SILENT)
def test_silence_says_nothing_while_nothing_gives_a_sign_of_life(story: Story) -> None:
    """The network went away under it; what records of before say nothing of is judged as it was."""
    there = control(GOOD, OTHER, up=[f"{GOOD}:443", f"{OTHER}:443", f"{GOOD}:80"])
    assert story.network(system=True, udp=True).judged(there).status == "blocked"
    assert story.network(alive=True, system=True, udp=True).judged(there).status == "blocked"
    for system in (True, False):  # the system's resolver may know the neutral name from a cache
        verdict = story.network(alive=False, system=system, udp=False).judged(there)
        assert said(verdict) == ("inconclusive", "inconclusive.cut_off", "none")


@pytest.mark.parametrize("story", SILENT)
@pytest.mark.parametrize("lateness", [{"most": 2_000.0}, {"p50": 200.0}])
def test_silence_says_nothing_where_this_machine_stood_still(
    story: Story, lateness: Mapping[str, float]
) -> None:
    """A laptop that slept, a container that was halted, a processor that had too much to do."""
    there = control(GOOD, OTHER, up=[f"{GOOD}:443", f"{OTHER}:443", f"{GOOD}:80"])
    story = deepcopy(story).network(alive=True, system=True, udp=True)
    assert story.machine(p50=199.0, most=1_999.0).judged(there).status == "blocked"
    verdict = story.machine(**lateness).judged(there)
    assert said(verdict) == ("inconclusive", "inconclusive.late", "none")
    assert verdict.findings == []


@pytest.mark.parametrize(
    "story",
    [
        Story().system(GOOD, OTHER).flow(GOOD, tls=RESET).flow(OTHER, tls="eof_error"),
        Story(CLEAR).system(GOOD).flow(GOOD, http="eof_error"),
    ],
)
def test_servers_lose_patience_with_a_machine_that_stands_still(story: Story) -> None:
    """One that is slow all the time is heard before that."""
    there = control(GOOD, OTHER, up=[f"{GOOD}:443", f"{OTHER}:443", f"{GOOD}:80"])
    story = deepcopy(story)
    assert story.machine(p50=1_000.0, most=1_999.0).judged(there).status == "blocked"
    verdict = story.machine(most=2_000.0).judged(there)
    assert said(verdict) == ("inconclusive", "inconclusive.late", "none")


def test_what_a_late_machine_heard_counts() -> None:
    """A forged answer, a block page and a served page are none of its doing."""
    forged = Story().system("10.10.34.36").doh(GOOD).flow("10.10.34.36", tcp=TIMEOUT).flow(GOOD)
    assert forged.machine(most=9_000.0).judged(control(GOOD)).rules[0] == "dns.known_private_address"
    page = Story(CLEAR).system(GOOD).flow(GOOD, status=403, body=IRAN).machine(most=9_000.0)
    assert page.judged().rules == ["http.known_page"]
    served = Story().system(GOOD).flow(GOOD, status=200).doh(failure=TIMEOUT).machine(most=9_000.0)
    assert said(served.judged())[:2] == ("reachable", "reachable.valid")
    assert served.judged().findings == []


UP, DOWN = f"{GOOD}:443", f"{OTHER}:443"
MISNAMED, NO_HOST = "ssl_invalid_hostname", "host_unreachable"
MISSED = {
    "one address refuses": Story().system(GOOD, OTHER).flow(OTHER, tcp=REFUSED).flow(GOOD, tcp=TIMEOUT),
    "one is stale": Story().system(GOOD, OTHER).flow(OTHER, tls=MISNAMED).flow(GOOD, tls=TIMEOUT),
    "one is no server": Story().system(GOOD, OTHER).flow(OTHER, tls=ALERT).flow(GOOD, tls=TIMEOUT),
    "one is reset": Story().system(GOOD, OTHER).flow(OTHER, tls=RESET).flow(GOOD, tls=TIMEOUT),
    "a proxy at home": Story().system("192.168.1.2").doh(GOOD).flow("192.168.1.2", tls=TIMEOUT).flow(GOOD),
    "two true answers": Story().system(GOOD).udp(GOOD).late(OTHER).doh(OTHER).flow(GOOD, tls=TIMEOUT).flow(OTHER),
    "Wi-Fi is not back": Story().system(GOOD, OTHER).flow(GOOD, tcp=NO_HOST).flow(OTHER, tcp=NO_HOST),
    "we stopped the other": Story().system(GOOD, OTHER).flow(OTHER, tcp="interrupted").flow(GOOD, tcp=TIMEOUT),
}  # fmt: skip


@pytest.mark.parametrize("name", MISSED)
def test_all_addresses_fail_only_if_all_were_heard(name: str) -> None:
    """What one of them would have said, had this machine listened, may be that the site is there."""
    story = deepcopy(MISSED[name]).machine(most=9_000.0)
    there = control(GOOD, up=[UP], bad=[DOWN])
    assert said(story.judged(there)) == ("inconclusive", "inconclusive.late", "none")
    record = story.record()
    keys = classic_keys(judge(record, there, known()).hops, record, there, {GOOD: 1, OTHER: 2}.get)
    assert (keys["blocking"], keys["accessible"]) == (None, None)
    assert keys["x_dns_flags"] in (0, DnsFlags.BOGON)


def test_a_resolver_that_answers_from_a_cache_lets_nobody_out() -> None:
    """What the system's one says of the neutral name is no sign of life by itself."""
    assert Story().system(GOOD).network(system=True).evidence().let_out
    cut = Story().system(GOOD).network(alive=False, system=True).evidence(control(GOOD))
    assert not cut.let_out
    assert not cut.network_lives


def test_what_was_said_counts_whatever_came_later() -> None:
    """A reset and a block page are no silence."""
    reset = Story().system(GOOD).flow(GOOD, tls=RESET).network(alive=False, system=False)
    assert reset.judged(control(GOOD, up=[f"{GOOD}:443"])).rules == ["tls.reset"]
    page = Story(CLEAR).system(GOOD).flow(GOOD, status=403, body=IRAN).network(alive=False, system=False)
    assert page.judged().rules == ["http.known_page"]
    served = Story().system(GOOD).flow(GOOD, status=200).network(alive=False, system=False)
    assert served.judged().status == "reachable"


def test_the_first_failure_is_named() -> None:
    """Of the flows, then of the exchange, then of the names."""
    assert Story().system(GOOD).flow(GOOD, tcp=RESET).judged().detail == RESET
    assert Story().system(GOOD).flow(GOOD, http=TIMEOUT).judged().detail == TIMEOUT
    assert Story().system(failure=NXDOMAIN).judged().detail == NXDOMAIN


def test_a_certificate_that_nobody_vouches_for_names_its_address() -> None:
    """And its transaction."""
    verdict = Story().system(GOOD).flow(GOOD, tls=UNTRUSTED).judged()
    assert (verdict.detail, verdict.evidence) == (GOOD, [2])
