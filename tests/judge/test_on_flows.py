"""Rules about connections and handshakes: each fires on its failure, and on nothing that is our own or everybody's."""

import pytest

from probe.judge.control_view import ControlView
from probe.record.verdict import ControlKind
from tests.judge.records import (
    ALERT,
    CLEAR,
    DAY,
    EOF,
    GOOD,
    GOOD6,
    IRAN,
    OTHER,
    OTHER6,
    REFUSED,
    RESET,
    THIRD,
    TIMEOUT,
    UNREACHABLE,
    UNTRUSTED,
    WRONG_DATES,
    WRONG_HOST,
    Story,
    control,
    down,
)
from tests.judge.test_on_names import blocked, said

BOTH = control(GOOD, OTHER, up=[f"{GOOD}:443", f"{OTHER}:443"])
NONE = ControlView()

TCP = [
    (TIMEOUT, "tcp.timeout"),
    ("timed_out", "tcp.timeout"),
    (REFUSED, "tcp.refused"),
    (RESET, "tcp.reset"),
    ("connection_aborted", "tcp.reset"),
    ("host_unreachable", "tcp.unreachable"),
]
TLS = [(RESET, "tls.reset"), (EOF, "tls.eof"), (TIMEOUT, "tls.timeout"), ("timed_out", "tls.timeout")]


# --- connections


@pytest.mark.parametrize(("failure", "rule"), TCP)
def test_no_connection_while_others_get_one(failure: str, rule: str) -> None:
    """One address: possible; two that fail alike: likely."""
    one = Story().system(GOOD).flow(GOOD, tcp=failure).judged(BOTH)
    assert said(one) == blocked(rule, "possible")
    assert one.ruled_out == ["dns"]
    two = Story().system(GOOD, OTHER).flow(GOOD, tcp=failure).flow(OTHER, tcp=failure).judged(BOTH)
    assert said(two) == blocked(rule, "likely")
    assert (two.detail, two.evidence, two.layer) == (f"{GOOD}:443", [2, 3], "tcp")


@pytest.mark.parametrize(("failure", "_rule"), TCP)
def test_no_connection_and_no_control(failure: str, _rule: str) -> None:
    """A site that is down looks the same."""
    story = Story().system(GOOD, OTHER).flow(GOOD, tcp=failure).flow(OTHER, tcp=failure)
    assert said(story.judged()) == ("inconclusive", "inconclusive.failed", "none")


@pytest.mark.parametrize("failure", [failure for failure, _ in TCP])
def test_no_connection_for_anybody(failure: str) -> None:
    """The control cannot connect to these addresses either."""
    story = Story().system(GOOD).flow(GOOD, tcp=failure)
    assert said(story.judged(down(GOOD, dead=[f"{GOOD}:443"]))) == ("down", "down.connection", "likely")
    old = down(GOOD, dead=[f"{GOOD}:443"], age=30 * DAY)
    assert said(story.judged(old)) == ("down", "down.connection", "possible")


def test_a_dead_address_of_a_living_site_is_neither_blocked_nor_down() -> None:
    """One address of a content network that fails for the control as well."""
    story = Story().system(GOOD).doh(GOOD, OTHER).flow(GOOD, tcp=TIMEOUT)
    view = control(GOOD, OTHER, up=[f"{OTHER}:443"], dead=[f"{GOOD}:443"])
    assert story.judged(view).status == "inconclusive"
    assert story.flow(OTHER, status=200).judged(view).status == "inconclusive"


def test_one_address_of_many() -> None:
    """The others serve: reachable, with a finding."""
    verdict = Story().system(GOOD, OTHER).flow(GOOD, tcp=TIMEOUT).flow(OTHER, status=200).judged(BOTH)
    assert said(verdict) == ("reachable", "reachable.valid", "confirmed")
    assert [(one.mechanism, one.detail, one.transaction_ids) for one in verdict.findings] == [
        ("tcp.timeout", GOOD, [2])
    ]


def test_an_old_control_leaves_it_at_possible() -> None:
    """Sites die within weeks."""
    story = Story().system(GOOD, OTHER).flow(GOOD, tcp=TIMEOUT).flow(OTHER, tcp=TIMEOUT)
    assert said(story.judged(control(GOOD, OTHER, age=30 * DAY))) == blocked("tcp.timeout", "possible")
    assert story.judged(control(GOOD, OTHER, age=91 * DAY)).status == "inconclusive"


def test_one_endpoint_twice_is_one_sighting() -> None:
    """Two flows to it, or a row that is doubled."""
    story = Story().system(GOOD).flow(GOOD, tls=RESET).flow(GOOD, tls=RESET)
    assert said(story.judged(BOTH)) == blocked("tls.reset", "possible")


def test_failures_of_many_kinds_are_named_by_the_most() -> None:
    """Half of the flows or more must have failed alike."""
    story = Story().system(GOOD, OTHER, THIRD)
    story.flow(GOOD, tcp=RESET).flow(OTHER, tcp=TIMEOUT).flow(THIRD, tcp=TIMEOUT)
    assert said(story.judged(BOTH)) == blocked("tcp.timeout", "likely")


@pytest.mark.parametrize("failure", [TIMEOUT, "timed_out"])
def test_port_80_alone_is_silent(failure: str) -> None:
    """443 of the same address shows a certificate for the name: somebody drops the other port."""
    story = Story(CLEAR).system(GOOD).flow(GOOD, tcp=failure).flow(GOOD, check=True)
    verdict = story.judged()
    assert said(verdict) == blocked("tcp.timeout", "possible")
    assert verdict.detail == f"{GOOD}:80, while 443 works"
    assert said(story.judged(control(GOOD, up=[f"{GOOD}:80"]))) == blocked("tcp.timeout", "possible")


def test_port_80_that_is_closed_for_everybody() -> None:
    """Many servers have given it up, whatever 443 says."""
    refused = Story(CLEAR).system(GOOD).flow(GOOD, tcp=REFUSED).flow(GOOD, check=True)
    assert refused.judged().status == "inconclusive"
    silent = Story(CLEAR).system(GOOD).flow(GOOD, tcp=TIMEOUT).flow(GOOD, check=True)
    assert silent.judged(control(GOOD, dead=[f"{GOOD}:80"], up=[f"{GOOD}:443"])).status == "inconclusive"
    assert silent.judged(down(GOOD, dead=[f"{GOOD}:80"], up=[f"{GOOD}:443"])).status == "down"


def test_a_network_that_lets_nobody_out() -> None:
    """No sign of life from beyond this machine: a control file says nothing of why."""
    story = Story(f"https://{GOOD}/").flow(GOOD, tcp=TIMEOUT)
    assert story.judged(control()).status == "inconclusive"
    assert said(story.judged(control(kind=ControlKind.HELPER))) == blocked("tcp.timeout", "possible")
    assert (
        story.network(system=False, udp=False).judged(control(kind=ControlKind.HELPER)).status
        == "inconclusive"
    )


# --- our own machine


@pytest.mark.parametrize(
    "failure", [UNREACHABLE, "host_unreachable", "address_family_not_supported", TIMEOUT]
)
def test_no_ipv6_and_a_site_that_works(failure: str) -> None:
    """IPv6 that is off, or broken, is never a verdict."""
    story = Story().system(GOOD, GOOD6).doh(GOOD6).flow(GOOD6, tcp=failure).flow(GOOD, status=200)
    assert said(story.judged(BOTH)) == ("reachable", "reachable.valid", "confirmed")


def test_no_ipv6_and_a_site_that_is_reset() -> None:
    """What IPv4 shows is not hidden by the addresses that could not be tried."""
    story = Story().system(GOOD, GOOD6, OTHER6).flow(GOOD6, tcp=UNREACHABLE).flow(OTHER6, tcp=UNREACHABLE)
    assert said(story.flow(GOOD, tls=RESET).judged()) == blocked("tls.reset", "possible")


@pytest.mark.parametrize(
    "failure",
    [
        UNREACHABLE,
        "network_down",
        "too_many_files_open",
        "not_enough_memory",
        "interrupted",
        "permission_denied",
    ],
)
@pytest.mark.parametrize("view", [BOTH, NONE, down(GOOD)])
def test_faults_of_our_own_decide_nothing(failure: str, view: ControlView) -> None:
    """No descriptors, no route, stopped: named, and neither blocked nor down."""
    verdict = Story().system(GOOD).flow(GOOD, tcp=failure).judged(view)
    assert said(verdict) == ("inconclusive", "inconclusive.own_fault", "none")
    assert verdict.detail == failure
    asked = Story().system(failure=failure).judged(view)
    assert said(asked) == ("inconclusive", "inconclusive.own_fault", "none")


def test_an_interrupted_handshake_decides_nothing() -> None:
    """We stopped it ourselves."""
    assert Story().system(GOOD).flow(GOOD, tls="interrupted").judged(BOTH).status == "inconclusive"


@pytest.mark.parametrize("step", ["tcp", "tls", "http"])
@pytest.mark.parametrize("view", [BOTH, NONE])
def test_an_endpoint_that_is_still_hot_decides_nothing(step: str, view: ControlView) -> None:
    """The next host on an address that another name made hot is not called blocked."""
    for url in ("https://www.example.com/", CLEAR):
        if (step, url) == ("tls", CLEAR):
            continue
        story = Story(url).system(GOOD).flow(GOOD, hot=True, **{step: RESET})  # type: ignore[arg-type]
        assert story.judged(view).status == "inconclusive"


def test_hot_and_cold_endpoints() -> None:
    """Those that were not hot speak."""
    story = Story().system(GOOD, OTHER).flow(GOOD, tls=TIMEOUT, hot=True)
    assert said(story.judged(BOTH)) == ("inconclusive", "inconclusive.hot", "none")
    verdict = story.flow(OTHER, tls=RESET).judged(BOTH)
    assert said(verdict) == blocked("tls.reset", "possible")
    assert verdict.evidence == [3]


# --- handshakes


@pytest.mark.parametrize(("failure", "rule"), TLS)
def test_a_handshake_that_ends_early(failure: str, rule: str) -> None:
    """Never more than possible once, or without a control."""
    one = Story().system(GOOD).flow(GOOD, tls=failure)
    two = Story().system(GOOD, OTHER).flow(GOOD, tls=failure).flow(OTHER, tls=failure)
    assert said(one.judged()) == blocked(rule, "possible")
    assert said(two.judged()) == blocked(rule, "possible")
    assert said(one.judged(BOTH)) == blocked(rule, "possible")
    assert said(two.judged(BOTH)) == blocked(rule, "likely")
    assert two.judged(BOTH).ruled_out == ["dns", "tcp"]


@pytest.mark.parametrize(("failure", "_rule"), TLS)
def test_a_handshake_that_ends_early_for_all(failure: str, _rule: str) -> None:
    """Down, not blocked, whether the control knows the endpoint or only that there was no answer."""
    story = Story().system(GOOD).flow(GOOD, tls=failure)
    assert said(story.judged(down(GOOD))) == ("down", "down.answer", "likely")
    assert said(story.judged(down(GOOD, bad=[f"{GOOD}:443"]))) == ("down", "down.answer", "likely")


def test_one_handshake_that_works_is_enough() -> None:
    """The name passed once: what else failed is a finding."""
    verdict = Story().system(GOOD, OTHER).flow(GOOD, tls=RESET).flow(OTHER, status=200).judged()
    assert verdict.status == "reachable"
    assert [one.mechanism for one in verdict.findings] == ["tls.reset"]


def test_the_check_of_443_of_a_url_in_the_clear_decides_nothing() -> None:
    """The URL asks for no TLS."""
    story = Story(CLEAR).system(GOOD).flow(GOOD, check=True, tls=RESET).flow(GOOD, status=200)
    assert story.judged().status == "inconclusive"
    assert story.judged(control(GOOD)).status == "reachable"


def test_a_handshake_with_another_name_is_not_this_sites() -> None:
    """A neutral name on the same address proves nothing of this one, and neither does its failure."""
    story = Story().system(GOOD).flow(GOOD, status=None)
    assert story.keys.tls_handshakes
    story.keys.tls_handshakes[0].server_name = "neutral.example"
    assert story.evidence().proven == frozenset()
    story.keys.tls_handshakes[0].failure = RESET
    assert story.judged().status == "inconclusive"


# --- certificates


@pytest.mark.parametrize("failure", [UNTRUSTED, WRONG_HOST])
def test_a_certificate_that_is_not_the_sites(failure: str) -> None:
    """The control sees the true one at the same address: no accident, so that once is enough."""
    verdict = Story().system(GOOD).flow(GOOD, tls=failure).judged(BOTH)
    assert said(verdict) == blocked("tls.intercepted", "likely")
    assert verdict.mechanisms == ["tls.intercepted"]
    assert said(Story().system(GOOD).flow(GOOD, tls=failure).judged(control(GOOD, age=30 * DAY))) == blocked(
        "tls.intercepted", "possible"
    )


@pytest.mark.parametrize("failure", [UNTRUSTED, WRONG_HOST, WRONG_DATES])
def test_a_certificate_that_is_bad_for_all(failure: str) -> None:
    """A site with a certificate that nobody can accept is down, never blocked."""
    verdict = Story().system(GOOD).flow(GOOD, tls=failure).judged(down(GOOD, bad=[f"{GOOD}:443"]))
    assert said(verdict) == ("down", "down.certificate", "likely")


def test_a_bad_certificate_here_and_silence_there() -> None:
    """That it is the certificate there as well was not seen."""
    assert Story().system(GOOD).flow(GOOD, tls=UNTRUSTED).judged(down(GOOD)).rules == ["down.answer"]


@pytest.mark.parametrize("failure", [UNTRUSTED, WRONG_HOST])
def test_a_strange_certificate_without_control(failure: str) -> None:
    """It may be the site's own."""
    verdict = Story().system(GOOD).flow(GOOD, tls=failure).judged()
    assert said(verdict) == ("inconclusive", "inconclusive.certificate", "none")


@pytest.mark.parametrize("view", [BOTH, NONE])
def test_a_clock_that_is_wrong(view: ControlView) -> None:
    """Outside its dates here and fine there: perhaps it is our clock."""
    verdict = Story().system(GOOD).flow(GOOD, tls=WRONG_DATES).judged(view)
    assert said(verdict) == ("inconclusive", "inconclusive.dates", "none")


def test_one_address_with_a_strange_certificate() -> None:
    """The other shows the site's own."""
    verdict = Story().system(GOOD, OTHER).flow(GOOD, tls=UNTRUSTED).flow(OTHER, status=200).judged(BOTH)
    assert verdict.status == "reachable"
    assert [one.mechanism for one in verdict.findings] == ["tls.intercepted"]


# --- alerts and strangers


def test_an_alert_while_others_are_served() -> None:
    """The name passed: the server itself refuses."""
    verdict = Story().system(GOOD).flow(GOOD, tls=ALERT).judged(BOTH)
    assert said(verdict) == ("refused", "refused.handshake", "possible")
    assert verdict.layer == "tls"


def test_an_alert_for_all_or_without_control() -> None:
    """Down for all; without a control it is not known."""
    story = Story().system(GOOD).flow(GOOD, tls=ALERT)
    assert said(story.judged(down(GOOD))) == ("down", "down.answer", "likely")
    assert said(story.judged()) == ("inconclusive", "inconclusive.failed", "none")


@pytest.mark.parametrize("view", [BOTH, NONE])
def test_a_block_page_in_answer_to_a_client_hello(view: ControlView) -> None:
    """Raw bytes of a known page."""
    page = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n" + IRAN
    verdict = Story().system(GOOD).flow(GOOD, tls=ALERT).strange(page).judged(view)
    assert said(verdict) == blocked("tls.plain_answer", "confirmed")
    assert (verdict.mechanisms, verdict.evidence) == (["http.blockpage"], [2])


@pytest.mark.parametrize("view", [BOTH, NONE])
def test_an_unknown_page_in_answer_to_a_client_hello(view: ControlView) -> None:
    """Who spoke is not known, and no server of the site refuses that way."""
    story = Story().system(GOOD).flow(GOOD, tls=ALERT).strange(b"HTTP/1.1 400 Bad Request\r\n\r\nplain HTTP")
    assert story.judged(view).status == "inconclusive"


def test_a_block_page_beside_a_handshake_that_worked() -> None:
    """The name passed at another address."""
    story = Story().system(GOOD, OTHER).flow(GOOD, tls=ALERT).strange(b"HTTP/1.1 403 No\r\n\r\n" + IRAN)
    assert story.flow(OTHER, status=200).judged().status == "reachable"
