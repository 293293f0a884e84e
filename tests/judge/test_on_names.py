"""Rules about names: forged, private, wrong, missing; and honest answers that only look odd."""

import pytest

from probe.judge.control_view import ControlView
from probe.record.verdict import ControlKind, Verdict
from tests.judge.records import (
    BLOCK_PRIVATE,
    BLOCK_PUBLIC,
    CLEAR,
    DAY,
    DNS_REFUSED,
    FOREIGN,
    GOOD,
    GOOD6,
    NO_ANSWER,
    NXDOMAIN,
    OTHER,
    REFUSED,
    SERVFAIL,
    THIRD,
    TIMEOUT,
    URL,
    WRONG_HOST,
    Story,
    control,
    down,
    hop,
)

HONEST = control(GOOD, up=[f"{GOOD}:443"])


def said(verdict: Verdict) -> tuple[str, str | None, str]:
    """Status, first rule and confidence."""
    return verdict.status.value, verdict.rules[0], verdict.confidence.value


def blocked(rule: str, confidence: str) -> tuple[str, str, str]:
    """A verdict of that kind."""
    return "blocked", rule, confidence


# --- known and impossible addresses


@pytest.mark.parametrize("view", [HONEST, ControlView(), down()])
def test_a_known_private_block_address_is_enough(view: ControlView) -> None:
    """Iran's 10.10.34.36 needs no control, and counts for a site that is gone as well."""
    story = Story().system(BLOCK_PRIVATE).udp(BLOCK_PRIVATE).flow(BLOCK_PRIVATE, tcp=TIMEOUT)
    verdict = story.judged(view)
    assert said(verdict) == blocked("dns.known_private_address", "confirmed")
    assert verdict.mechanisms == ["dns.bogon"]
    assert verdict.detail == BLOCK_PRIVATE
    assert verdict.evidence == [1]


def test_a_known_public_block_address_is_enough() -> None:
    """A provider's address for block pages, which shows no certificate for the name."""
    verdict = Story().system(BLOCK_PUBLIC).flow(BLOCK_PUBLIC, tls=WRONG_HOST).judged()
    assert said(verdict) == blocked("dns.known_public_address", "confirmed")
    assert verdict.mechanisms == ["dns.forged_answer"]


@pytest.mark.parametrize("view", [control(BLOCK_PUBLIC), ControlView()])
def test_a_known_block_address_with_the_sites_own_certificate_is_the_sites(view: ControlView) -> None:
    """Tables grow old: what shows a certificate for the name is the site."""
    verdict = Story().system(BLOCK_PUBLIC).flow(BLOCK_PUBLIC, status=200).judged(view)
    assert said(verdict) == ("reachable", "reachable.valid", "confirmed")


def test_a_known_block_address_that_the_control_has_too_is_the_sites() -> None:
    """Whatever the table says, everybody is told the same."""
    verdict = Story().system(BLOCK_PUBLIC).flow(BLOCK_PUBLIC, tcp=TIMEOUT).judged(down(BLOCK_PUBLIC))
    assert said(verdict) == ("down", "down.answer", "likely")


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "10.1.2.3", "::1", "192.168.1.1", "100.64.0.1"])
def test_a_private_address_for_a_public_name(address: str) -> None:
    """Likely when somebody who cannot be lied for names another one, possible when nobody says anything."""
    told = Story().system(address).doh(GOOD)
    assert said(told.judged()) == blocked("dns.private_address", "likely")
    assert said(Story().system(address).judged(HONEST)) == blocked("dns.private_address", "likely")
    assert said(Story().system(address).judged()) == blocked("dns.private_address", "possible")


def test_a_private_address_by_a_stale_control_is_possible() -> None:
    """Sites move: a control of last month supports and does not prove."""
    verdict = Story().system("10.1.2.3").judged(control(GOOD, age=30 * DAY))
    assert said(verdict) == blocked("dns.private_address", "possible")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "0.0.0.0"])
@pytest.mark.parametrize("told_by", ["doh", "control"])
def test_an_owner_may_give_his_name_a_private_address(address: str, told_by: str) -> None:
    """Names of dead sites are often pointed at nothing by their owners."""
    story = Story().system(address)
    view = ControlView()
    if told_by == "doh":
        story.doh(address)
    else:
        view = down(address)
    assert story.judged(view).status != "blocked"


def test_a_private_address_beside_a_right_one_blocks_nothing() -> None:
    """A browser tries them all; what is odd about it is a finding."""
    verdict = Story().system("10.1.2.3", GOOD).flow("10.1.2.3", tcp=TIMEOUT).flow(GOOD, status=200).judged()
    assert said(verdict) == ("reachable", "reachable.valid", "confirmed")
    assert [(finding.rule, finding.mechanism) for finding in verdict.findings] == [
        ("finding.resolver_bogon", "dns.bogon"),
        ("finding.one_address", "tcp.timeout"),
    ]


def test_a_private_address_where_the_name_does_not_exist_is_no_block() -> None:
    """Some providers answer every name that does not exist with an address of theirs."""
    verdict = Story().system("10.1.2.3").flow("10.1.2.3", tcp=TIMEOUT).judged(down(dns="dns_name_error"))
    assert said(verdict) == ("down", "down.answer", "likely")


def test_a_proxy_of_the_network_with_the_sites_certificate_is_reachable() -> None:
    """A private address that leads to the site itself is a finding."""
    verdict = Story().system("10.1.2.3").flow("10.1.2.3", status=200).judged(HONEST)
    assert said(verdict) == ("reachable", "reachable.valid", "confirmed")
    assert [finding.rule for finding in verdict.findings] == ["finding.rewritten"]


def test_addresses_of_a_literal_url_are_not_answers() -> None:
    """A URL with an address asked nobody for a name."""
    assert Story("http://10.10.34.36/").flow(BLOCK_PRIVATE, tcp=TIMEOUT).judged().status == "inconclusive"


def test_a_client_that_hid_the_private_address_is_believed() -> None:
    """Some clients of OONI's wrote that they saw one, and not which."""
    verdict = Story().system(failure="dns_bogon_error").doh(GOOD).judged()
    assert said(verdict) == blocked("dns.private_address", "likely")


def test_a_name_collision_is_nobodys_block() -> None:
    """127.0.53.53 is the registry's."""
    assert Story().system("127.0.53.53").judged().status == "inconclusive"


def test_a_fake_address_is_a_tunnel_whatever_came_through_it() -> None:
    """198.18.0.0/15: what was measured is the tunnel, whether it let us through or not."""
    for story in (
        Story().system("198.18.0.7").flow("198.18.0.7", status=200),
        Story().system("198.18.0.7").flow("198.18.0.7", tcp=TIMEOUT),
        Story().system("198.18.0.7").flow("198.18.0.7", tls="connection_reset"),
    ):
        for view in (HONEST, ControlView()):
            assert said(story.judged(view)) == ("inconclusive", "inconclusive.fake_address", "none")


def test_a_tunnel_on_the_first_hop_spoils_the_last() -> None:
    """What a tunnel led to was not reached by the network's own way."""
    story = (
        Story()
        .system("198.18.0.7")
        .flow("198.18.0.7", status=301, headers={"Location": "https://example.com/"})
    )
    verdict = story.hop("https://example.com/").system(GOOD).flow(GOOD, status=200).judged()
    assert verdict.status == "inconclusive"


def test_safe_search_is_a_finding() -> None:
    """A true address of the same operator, certificate valid."""
    address = "216.239.38.120"
    verdict = Story("https://www.youtube.com/").system(address).flow(address, status=200).judged()
    assert said(verdict) == ("reachable", "reachable.valid", "confirmed")
    assert [(one.rule, one.mechanism) for one in verdict.findings] == [("finding.rewritten", "dns.rewritten")]


# --- two answers


def test_a_forged_answer_before_the_true_one() -> None:
    """The system got what came first; the true one came later, and an encrypted resolver agrees with it."""
    verdict = (
        Story().system(FOREIGN).udp(FOREIGN).late(GOOD).doh(GOOD)
        .flow(FOREIGN, tls=WRONG_HOST).flow(GOOD, status=200).judged()
    )  # fmt: skip
    assert said(verdict) == blocked("dns.conflicting_answers", "confirmed")
    assert verdict.evidence == [1, 2]


def test_two_answers_and_nobody_who_knows_better() -> None:
    """Without an address that is right, the first is taken for the forged one, and less is said."""
    story = Story().system(FOREIGN).udp(FOREIGN).late(GOOD)
    assert said(story.judged()) == blocked("dns.conflicting_answers", "likely")
    assert Story().system(GOOD).udp(FOREIGN).late(GOOD).judged().status == "inconclusive"


def test_a_forgery_for_another_resolver_alone_blocks_nothing() -> None:
    """The system was told an address that works: the conflict is a finding."""
    verdict = Story().system(GOOD).udp(FOREIGN).late(GOOD).flow(GOOD, status=200).judged()
    assert said(verdict) == ("reachable", "reachable.valid", "confirmed")
    assert [finding.rule for finding in verdict.findings] == ["finding.conflicting_answers"]


def test_answers_that_overlap_are_no_conflict() -> None:
    """A pool of addresses that turns round, asked twice by a packet that was doubled."""
    story = Story().system(GOOD).udp(GOOD, OTHER).late(OTHER, THIRD)
    assert not story.evidence().hop.conflicts
    assert story.judged().status == "inconclusive"


def test_answers_to_different_questions_are_no_conflict() -> None:
    """OONI's client numbers the questions for A and AAAA alike."""
    story = Story().udp(GOOD).late(GOOD).udp(GOOD6)
    assert story.keys.queries is not None
    assert story.keys.x_dns_duplicate_responses is not None
    for row in (*story.keys.queries, *story.keys.x_dns_duplicate_responses):
        row.transaction_id = 7
    assert not story.evidence().hop.conflicts


# --- wrong addresses


def test_a_certificate_for_somebody_else() -> None:
    """The address that the system was told is a stranger's, and the site is elsewhere."""
    verdict = Story().system(FOREIGN).doh(GOOD).flow(FOREIGN, tls=WRONG_HOST).flow(GOOD, status=200).judged()
    assert said(verdict) == blocked("dns.wrong_certificate", "likely")
    assert verdict.evidence == [1, 3]
    assert said(Story().system(FOREIGN).flow(FOREIGN, tls=WRONG_HOST).judged(HONEST)) == said(verdict)


def test_a_certificate_for_somebody_else_at_443_of_a_url_in_the_clear() -> None:
    """The check of 443 tells, if the site has a certificate at all."""
    story = (
        Story(CLEAR)
        .system(FOREIGN)
        .doh(GOOD)
        .flow(FOREIGN, status=200)
        .flow(FOREIGN, tls=WRONG_HOST, check=True)
    )
    assert story.judged(control(GOOD)).status != "blocked"
    verdict = story.flow(GOOD, status=200).flow(GOOD, check=True).judged()
    assert said(verdict) == blocked("dns.wrong_certificate", "likely")


def test_a_wrong_certificate_where_everybody_is_sent_is_no_forged_name() -> None:
    """The control is told the same address, and shown the true certificate there: that is somebody on the way."""
    verdict = Story().system(GOOD).flow(GOOD, tls=WRONG_HOST).judged(HONEST)
    assert said(verdict) == blocked("tls.intercepted", "likely")


def test_an_address_that_shows_the_control_the_true_certificate_is_right() -> None:
    """A content network has other addresses for us than for the control, which tried ours."""
    verdict = (
        Story()
        .system(OTHER)
        .flow(OTHER, tls=WRONG_HOST)
        .judged(control(GOOD, up=[f"{GOOD}:443", f"{OTHER}:443"]))
    )
    assert said(verdict) == blocked("tls.intercepted", "likely")


def test_a_wrong_certificate_at_every_address_is_no_forged_name() -> None:
    """Those that an encrypted resolver names show it too."""
    story = Story().system(OTHER).doh(GOOD).flow(OTHER, tls=WRONG_HOST).flow(GOOD, tls=WRONG_HOST)
    assert story.judged(control(GOOD)).mechanisms == ["tls.intercepted"]
    assert story.judged().status == "inconclusive"


def test_other_addresses_and_a_valid_certificate() -> None:
    """A content network: other addresses and another system than the control's."""
    verdict = Story().system(OTHER).udp(THIRD).flow(OTHER, status=200).judged(HONEST)
    assert said(verdict) == ("reachable", "reachable.valid", "confirmed")


def test_addresses_that_fail_while_those_of_others_work() -> None:
    """Nobody else names it, it does not answer, and what an encrypted resolver names does."""
    story = Story().system(FOREIGN).doh(GOOD).flow(FOREIGN, tcp=TIMEOUT).flow(GOOD, status=200)
    assert said(story.judged()) == blocked("dns.unlike_others", "possible")


def test_an_address_that_is_dead_for_the_control_too_is_no_sites_end() -> None:
    """A forged address where nobody lives: the site works at others, so that it is not down."""
    story = Story().system(FOREIGN).flow(FOREIGN, tcp=TIMEOUT)
    view = control(GOOD, up=[f"{GOOD}:443"], dead=[f"{FOREIGN}:443"])
    assert said(story.judged(view)) == blocked("dns.unlike_others", "possible")


def test_a_hot_address_that_fails_says_nothing_of_the_name() -> None:
    """Another name had triggered a censor at that endpoint."""
    story = Story().system(FOREIGN).doh(GOOD).flow(FOREIGN, tcp=TIMEOUT, hot=True).flow(GOOD, status=200)
    assert story.judged().status == "inconclusive"


# --- failures


CASES = [
    (NXDOMAIN, "dns.nxdomain", "likely"),
    (SERVFAIL, "dns.servfail", "possible"),
    (DNS_REFUSED, "dns.refused", "likely"),
    (NO_ANSWER, "dns.empty", "likely"),
]


@pytest.mark.parametrize(("failure", "rule", "confidence"), CASES)
def test_resolvers_deny_a_name_that_exists(failure: str, rule: str, confidence: str) -> None:
    """Two resolvers say it, and an encrypted one or the control says otherwise; one resolver alone is possible."""
    for story in (
        Story().system(failure=failure).udp(failure=failure),
        Story().udp(failure=failure).system(failure=failure),
    ):
        assert said(story.judged(HONEST)) == blocked(rule, confidence)
    assert said(Story().system(failure=failure).udp(failure=failure).doh(GOOD).judged()) == blocked(
        rule, confidence
    )
    assert said(Story().system(failure=failure).udp(GOOD).doh(GOOD).judged()) == blocked(rule, "possible")
    stale = control(GOOD, age=-30 * DAY)
    assert said(Story().system(failure=failure).udp(failure=failure).judged(stale)) == blocked(
        rule, "possible"
    )


@pytest.mark.parametrize("failure", [NXDOMAIN, SERVFAIL, DNS_REFUSED, NO_ANSWER, TIMEOUT])
def test_without_anybody_who_knows_the_name_nothing_is_said(failure: str) -> None:
    """Neither blocked nor reachable nor down."""
    story = Story().system(failure=failure).udp(failure=failure)
    assert said(story.judged()) == ("inconclusive", "inconclusive.failed", "none")
    assert said(story.judged(control(age=100 * DAY))) == ("inconclusive", "inconclusive.failed", "none")


def test_plain_answers_alone_do_not_prove_a_name() -> None:
    """Anybody on the way may have made them."""
    assert Story().system(failure=NXDOMAIN).udp(GOOD).judged().status == "inconclusive"


@pytest.mark.parametrize("dns", [None, "dns_name_error"])
def test_a_name_that_nobody_has(dns: str | None) -> None:
    """The control has no address for it either."""
    assert said(Story().system(failure=NXDOMAIN).judged(down(dns=dns))) == ("down", "down.name", "likely")


def test_an_encrypted_resolver_denies_it_too() -> None:
    """It cannot be lied for."""
    assert said(Story().system(failure=NXDOMAIN).doh(failure=NXDOMAIN).judged()) == (
        "down",
        "down.name",
        "likely",
    )
    nothing = Story().system(failure=NO_ANSWER).doh(failure=NO_ANSWER, query_type="A")
    assert nothing.doh(failure=NO_ANSWER, query_type="AAAA").judged().rules == ["down.name"]


def test_no_ipv6_is_no_denial() -> None:
    """No AAAA record, and the question for A was lost: that is no word about the name."""
    story = Story().system(failure=NXDOMAIN).doh(failure=TIMEOUT).doh(failure=NO_ANSWER, query_type="AAAA")
    assert story.judged().status == "inconclusive"
    assert said(story.judged(HONEST)) == blocked("dns.nxdomain", "possible")


def test_an_encrypted_resolver_and_the_control_contradict() -> None:
    """A name that is another one in other countries, or that died since: not blocked."""
    story = Story().system(failure=NXDOMAIN).udp(failure=NXDOMAIN).doh(failure=NXDOMAIN)
    assert story.judged(HONEST).status == "inconclusive"


def test_a_resolver_in_trouble_there_is_no_denial() -> None:
    """The control's own resolver failed: what its failure says of the name is nothing."""
    verdict = Story().system(failure=NXDOMAIN).judged(down(dns="dns_server_failure"))
    assert said(verdict) == ("down", "down.answer", "likely")


def test_a_name_with_ipv6_addresses_only() -> None:
    """A machine without IPv6 is told that there is no address, which is true for it."""
    story = Story().system(failure=NO_ANSWER).udp(failure=NO_ANSWER).udp(GOOD6).doh(GOOD6)
    assert story.judged().status == "inconclusive"


def test_vague_words_of_the_system_are_told_by_the_resolvers_beside_it() -> None:
    """EAI_AGAIN stands for SERVFAIL and for silence; our own faults beside it say nothing."""
    story = (
        Story()
        .system(failure="dns_temporary_failure")
        .udp(failure="network_unreachable", resolver="[2001::8]:53")
    )
    assert story.udp(failure=SERVFAIL).judged(HONEST).rules == ["dns.servfail"]
    assert Story().system(failure="dns_temporary_failure").doh(GOOD).judged().rules == ["dns.no_reply"]
    assert Story().system(failure="dns_non_recoverable_failure").doh(GOOD).judged().rules == ["dns.refused"]
    assert Story().system(failure="dns_server_misbehaving").doh(GOOD).judged().rules == ["dns.servfail"]
    assert Story().system(failure="android_dns_cache_no_data").doh(GOOD).judged().rules == ["dns.empty"]
    assert Story().system(failure=NXDOMAIN).udp(failure=NO_ANSWER).doh(GOOD).judged().rules == ["dns.empty"]


def test_no_reply_while_other_names_get_one() -> None:
    """Two resolvers that answer for a neutral name are silent about this one."""
    story = Story().system(failure=TIMEOUT).udp(failure=TIMEOUT).doh(GOOD).network(system=True, udp=True)
    assert said(story.judged()) == blocked("dns.no_reply", "likely")
    assert story.judged().evidence == [1, 2]


def test_no_reply_by_one_of_two_is_possible() -> None:
    """The other one's silence may be its own."""
    story = Story().system(failure=TIMEOUT).udp(failure=TIMEOUT).network(system=True, udp=False)
    assert said(story.judged(HONEST)) == blocked("dns.no_reply", "possible")
    assert said(Story().system(failure=TIMEOUT).udp(GOOD).doh(GOOD).judged()) == blocked(
        "dns.no_reply", "possible"
    )


def test_resolvers_that_answer_nobody_are_no_block() -> None:
    """It is the resolver, or the network."""
    story = Story().system(failure=TIMEOUT).udp(failure=TIMEOUT).network(system=False, udp=False)
    assert said(story.judged(HONEST)) == ("inconclusive", "inconclusive.resolver_dead", "none")
    denied = Story().system(failure=NXDOMAIN).network(system=False, udp=True)
    assert said(denied.judged(HONEST)) == ("inconclusive", "inconclusive.resolver_dead", "none")


def test_a_network_without_any_sign_of_life_blocks_nothing() -> None:
    """A control file says that the site is there; a helper that was asked over this very network says more."""
    story = Story().system(failure=TIMEOUT).udp(failure=TIMEOUT)
    assert said(story.judged(HONEST)) == ("inconclusive", "inconclusive.failed", "none")
    live = control(GOOD, kind=ControlKind.HELPER)
    assert said(story.judged(live)) == blocked("dns.no_reply", "possible")


def test_own_faults_are_no_silence() -> None:
    """A resolver that we could not ask is not one that is silent beside the system's."""
    story = Story().system(failure=TIMEOUT).doh(GOOD).network(system=True, udp=True)
    assert said(story.judged()) == blocked("dns.no_reply", "possible")
    for failure in ("too_many_files_open", "network_unreachable", "operation_would_block"):
        verdict = story.udp(failure=failure).judged()
        assert said(verdict) == blocked("dns.no_reply", "possible")
        assert (verdict.detail, verdict.evidence) == ("system", [1])


@pytest.mark.parametrize("beside", ["queries", "flows"])
def test_try_again_proves_nothing_on_a_machine_that_has_nothing_left(beside: str) -> None:
    """Glibc says so too when it cannot have a socket; what it says in so many words stays what it is."""
    for failure in ("dns_temporary_failure", "dns_server_misbehaving", "dns_non_recoverable_failure"):
        story = Story().system(failure=failure).udp(failure=TIMEOUT).doh(GOOD).network(system=True, udp=True)
        assert story.judged(HONEST).status == "blocked"
        if beside == "queries":
            story.udp(failure="too_many_files_open", resolver="9.9.9.10:53")
        else:
            story.flow(GOOD, tcp="too_many_files_open")
        assert said(story.judged(HONEST)) == ("inconclusive", "inconclusive.own_fault", "none")
    denied = Story().system(failure=NXDOMAIN).udp(failure="too_many_files_open").doh(GOOD)
    assert denied.judged().rules == ["dns.nxdomain"]


# --- hops


def test_a_name_deeper_on_the_way() -> None:
    """The control's own hop speaks of it; its first look-up does not."""
    story = Story().system(GOOD).flow(GOOD, status=301, headers={"Location": "https://other.example/"})
    story.hop("https://other.example/").system(failure=NXDOMAIN).udp(failure=NXDOMAIN)
    view = control(GOOD, hops=[hop(URL, GOOD, status=301), hop("https://other.example/", FOREIGN)])
    verdict = story.judged(view)
    assert said(verdict) == blocked("dns.nxdomain", "likely")
    assert (verdict.hop, verdict.host) == (1, "other.example")
    assert story.judged(HONEST).status == "inconclusive"


def test_our_own_answer_is_no_word_of_the_control_about_other_hops() -> None:
    """A refused connection at a hop the control never came by is not the network's."""
    story = Story(CLEAR).system(GOOD).flow(GOOD, status=302, headers={"Location": "http://tr.example/"})
    story.hop("http://tr.example/").system(OTHER).flow(OTHER, tcp=REFUSED)
    assert story.judged(control(GOOD, hops=[hop(CLEAR, GOOD)])).status == "inconclusive"
