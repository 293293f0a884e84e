"""Rules about requests and pages: who can have spoken, and whether it is what others are told."""

import pytest

from probe.judge.control_view import ControlView
from probe.record.verdict import ControlKind
from tests.judge.records import (
    BLOCK_PRIVATE,
    CAPTCHA,
    CLEAR,
    DAY,
    EOF,
    FOREIGN,
    GOOD,
    IRAN,
    OTHER,
    PAGE,
    RESET,
    TIMEOUT,
    UNKNOWN,
    URL,
    Story,
    control,
    down,
    hop,
)
from tests.judge.test_on_names import blocked, said

THERE = control(GOOD, up=[f"{GOOD}:443", f"{GOOD}:80"])
NONE = ControlView()
IRAN_QUERY = "http://10.10.34.35/?type=Invalid Site&policy=MainPolicy"


def clear(**flow: object) -> Story:
    """A URL in the clear whose name is right, and one flow to it."""
    return Story(CLEAR).system(GOOD).flow(GOOD, **flow)  # type: ignore[arg-type]


def sent_to(location: str, status: int = 302) -> Story:
    """The same, redirected."""
    return clear(status=status, headers={"Location": location}, body=b"")


# --- known block pages


@pytest.mark.parametrize("view", [THERE, NONE])
@pytest.mark.parametrize("status", [200, 403, 404, 451, 503])
def test_a_known_block_page_in_the_clear(view: ControlView, status: int) -> None:
    """Whatever its status."""
    verdict = clear(status=status, body=IRAN).judged(view)
    assert said(verdict) == blocked("http.known_page", "confirmed")
    assert (verdict.mechanisms, verdict.detail, verdict.evidence) == (["http.blockpage"], "ir-frame-v4", [2])


@pytest.mark.parametrize(
    "view", [THERE, NONE, control(GOOD, hops=[hop(CLEAR, GOOD, status=301, location=URL)])]
)
def test_a_redirect_to_a_known_block_page(view: ControlView) -> None:
    """`Location` is read as well."""
    assert said(sent_to(IRAN_QUERY).judged(view)) == blocked("http.known_page", "confirmed")


@pytest.mark.parametrize("view", [THERE, NONE])
def test_a_block_page_inside_tls_is_not_the_networks_doing(view: ControlView) -> None:
    """Nobody on the way can write there: a page about censorship, or the site's own."""
    verdict = Story().system(GOOD).flow(GOOD, status=403, body=IRAN).judged(view)
    assert said(verdict) == ("reachable", "reachable.valid", "confirmed")


def test_a_block_page_inside_tls_where_the_clear_led_us() -> None:
    """The certificate is that of the block page's own host."""
    story = sent_to("https://notice.provider.example/").hop("https://notice.provider.example/")
    verdict = story.system(FOREIGN).flow(FOREIGN, status=200, body=IRAN).judged()
    assert said(verdict) == blocked("http.known_page", "confirmed")
    assert verdict.hop == 1


def test_what_everybody_is_told_is_no_block_page() -> None:
    """A notice of seizure, or a quotation: the control got it too."""
    verdict = clear(status=200, body=IRAN).judged(control(GOOD, body=IRAN))
    assert said(verdict) == ("reachable", "reachable.alike", "likely")
    there = control(GOOD, hops=[hop(CLEAR, GOOD, status=302, location=IRAN_QUERY)])
    assert sent_to(IRAN_QUERY).judged(there).status == "inconclusive"


def test_a_block_page_without_a_status_line() -> None:
    """What came in place of HTTP."""
    verdict = clear(http="http_request_failed").strange(IRAN).judged()
    assert said(verdict) == blocked("http.known_page", "confirmed")


def test_a_block_page_at_a_forged_address() -> None:
    """Names first on the path; the page makes it sure."""
    story = Story(CLEAR).system("10.1.2.3").doh(GOOD).flow("10.1.2.3", status=200, body=IRAN)
    verdict = story.judged()
    assert said(verdict) == blocked("dns.private_address", "confirmed")
    assert verdict.mechanisms == ["dns.bogon", "http.blockpage"]
    assert verdict.rules == ["dns.private_address", "http.known_page"]


def test_what_a_forged_address_answers_is_no_further_interference() -> None:
    """Its silence and its pages are its own; only the true addresses tell of other layers."""
    story = Story(CLEAR).system(BLOCK_PRIVATE).flow(BLOCK_PRIVATE, http=TIMEOUT)
    assert story.judged(control(GOOD)).mechanisms == ["dns.bogon"]
    other = Story(CLEAR).system(BLOCK_PRIVATE).flow(BLOCK_PRIVATE, status=200, body=UNKNOWN)
    assert other.judged(control(GOOD)).mechanisms == ["dns.bogon"]


def test_all_layers_that_interfere_are_listed() -> None:
    """Forged names, and a reset at the true address: the first on the path leads."""
    verdict = Story().system(BLOCK_PRIVATE).doh(GOOD).flow(GOOD, tls=RESET).judged(THERE)
    assert verdict.mechanisms == ["dns.bogon", "tls.reset"]
    assert verdict.rules == ["dns.known_private_address", "tls.reset"]
    assert (verdict.layer, verdict.confidence) == ("dns", "confirmed")


# --- redirects


def test_a_redirect_to_an_address_of_no_public_host() -> None:
    """A login page of the place one is in does the same: likely only if a helper was asked through this network."""
    story = sent_to("http://192.168.1.1/login")
    assert said(story.judged()) == blocked("http.block_address", "possible")
    assert said(story.judged(THERE)) == blocked("http.block_address", "possible")
    assert said(story.judged(control(GOOD, kind=ControlKind.HELPER))) == blocked(
        "http.block_address", "likely"
    )


def test_a_redirect_to_a_known_block_address() -> None:
    """Known for its address, whatever the path."""
    assert said(sent_to("http://188.186.157.49/x").judged()) == blocked("http.block_address", "confirmed")


def test_a_redirect_to_a_private_address_that_everybody_gets() -> None:
    """A server whose owner left it pointing at his own network."""
    there = control(
        GOOD, hops=[hop(CLEAR, GOOD, status=302, location="http://192.168.1.1/")], failure=TIMEOUT
    )
    assert sent_to("http://192.168.1.1/login").judged(there).status == "inconclusive"


@pytest.mark.parametrize("location", ["", "http://[", "http:///x", "//", "https://www.example.com/"])
def test_a_redirect_that_points_nowhere_or_home_blocks_nothing(location: str) -> None:
    """A broken server's."""
    for view in (NONE, THERE):
        assert sent_to(location).judged(view).status == "inconclusive"


def test_a_redirect_inside_tls_to_a_private_address_is_the_sites() -> None:
    """Nobody else can have written it."""
    story = Story().system(GOOD).flow(GOOD, status=302, headers={"Location": IRAN_QUERY}, body=b"")
    assert story.judged().status == "reachable"


# --- no answer


HTTP = [
    (RESET, "http.reset"),
    ("connection_aborted", "http.reset"),
    (EOF, "http.eof"),
    (TIMEOUT, "http.timeout"),
    ("timed_out", "http.timeout"),
]


@pytest.mark.parametrize(("failure", "rule"), HTTP)
def test_no_answer_to_a_request_in_the_clear(failure: str, rule: str) -> None:
    """The Host header can be why; once is never more than possible."""
    for view in (NONE, THERE):
        assert said(clear(http=failure).judged(view)) == blocked(rule, "possible")
    assert said(clear(http=failure).judged(down(GOOD))) == ("down", "down.answer", "likely")


@pytest.mark.parametrize(("failure", "rule"), HTTP)
def test_no_answer_to_a_request_inside_tls(failure: str, rule: str) -> None:
    """What is asked cannot be read: without a control it may be the server."""
    story = Story().system(GOOD).flow(GOOD, http=failure)
    assert said(story.judged()) == ("inconclusive", "inconclusive.failed", "none")
    assert said(story.judged(THERE)) == blocked(rule, "possible")
    assert story.judged(down(GOOD)).status == "down"


def test_a_certificate_elsewhere_is_no_answer_to_a_request() -> None:
    """The control's request failed as ours did, though another address shakes hands."""
    story = Story().system(GOOD).doh(OTHER).flow(OTHER).flow(GOOD, http=TIMEOUT)
    assert story.judged(down(GOOD, OTHER)).status != "blocked"
    assert story.judged().status == "inconclusive"


@pytest.mark.parametrize("failure", ["http_request_failed", "interrupted", "unknown_failure: Bug"])
def test_failures_that_no_censor_makes(failure: str) -> None:
    """An answer that is no HTTP, our own stop, a bug of ours."""
    for view in (NONE, THERE):
        assert clear(http=failure).judged(view).status == "inconclusive"


# --- broken off


def frozen(last_byte: float | None, *, body: bytes = b"x" * 16_000, **flow: object) -> Story:
    """An answer inside TLS that began and never ended; the exchange took ten seconds."""
    return Story().system(GOOD).flow(GOOD, status=200, http=TIMEOUT, body=body, last_byte=last_byte, **flow)  # type: ignore[arg-type]


def test_a_transfer_that_freezes() -> None:
    """16 kB and then nothing, while others get all of it; never reachable."""
    verdict = frozen(0.3).judged(THERE)
    assert said(verdict) == blocked("transfer.frozen", "possible")
    assert (verdict.layer, verdict.detail) == ("http", "16000 bytes")
    assert said(frozen(0.3).judged()) == ("inconclusive", "inconclusive.failed", "none")
    assert frozen(0.3).judged(down(GOOD)).status == "inconclusive"


def test_a_transfer_that_was_still_coming_is_slow() -> None:
    """Slow sites, and throttled ones, which one pass cannot tell apart."""
    assert frozen(9.5).judged(THERE).status == "inconclusive"
    assert frozen(None).judged(THERE).status == "inconclusive"
    assert frozen(0.3, body=b"x" * 100).judged(THERE).status == "inconclusive"
    assert frozen(0.3, hot=True).judged(THERE).status == "inconclusive"


@pytest.mark.parametrize("failure", [RESET, TIMEOUT, "connection_aborted", "interrupted"])
def test_an_answer_that_was_broken_off_is_not_reachable(failure: str) -> None:
    """Resets and silence may be the network's, inside TLS too."""
    story = Story().system(GOOD).flow(GOOD, status=200, http=failure)
    for view in (NONE, THERE):
        assert story.judged(view).status == "inconclusive"
    assert clear(status=200, http=failure).judged(THERE).status == "inconclusive"


@pytest.mark.parametrize("failure", [EOF, "http_request_failed"])
def test_an_answer_that_a_server_cut_short(failure: str) -> None:
    """Servers do that as often as anybody; it was the site that spoke."""
    verdict = Story().system(GOOD).flow(GOOD, status=200, http=failure).judged()
    assert said(verdict) == ("reachable", "reachable.valid", "likely")


# --- pages beside the control's


def test_a_page_that_has_nothing_in_common() -> None:
    """Length, headers and title are all others'."""
    verdict = clear(status=200, body=UNKNOWN, headers={"X-Filter": "1"}).judged(
        control(GOOD, headers={"X-Site": "a"})
    )
    assert said(verdict) == blocked("http.different", "possible")


@pytest.mark.parametrize("status", [401, 403, 404, 406, 410, 429, 451, 500, 502, 503, 521])
def test_an_error_page_is_no_other_page(status: int) -> None:
    """Servers refuse in the clear as well, in words that no list knows."""
    verdict = clear(status=status, body=UNKNOWN, headers={"X-Filter": "1"}).judged(
        control(GOOD, headers={"X-Site": "a"})
    )
    assert said(verdict) == ("inconclusive", "inconclusive.in_the_clear", "none")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (UNKNOWN, {"X-Site": "b"}),  # a header of the site's
        (
            UNKNOWN.replace(b"Notice from your provider", b"Example of today"),
            {"X-Filter": "1"},
        ),  # a word of the title
        (UNKNOWN + b"x" * len(PAGE), {"X-Filter": "1"}),  # about as long
    ],
)
def test_a_page_that_shares_anything_is_not_called_different(body: bytes, headers: dict[str, str]) -> None:
    """News pages, pages in another language."""
    assert (
        clear(status=200, body=body, headers=headers).judged(control(GOOD, headers={"X-Site": "a"})).status
        != "blocked"
    )


def test_an_incomplete_page_is_not_compared() -> None:
    """A body that was cut has no length."""
    story = clear(status=200, body=UNKNOWN, headers={"X-Filter": "1"}, truncated=True)
    assert story.judged(control(GOOD, headers={"X-Site": "a"})).status == "inconclusive"


def test_a_page_like_the_controls() -> None:
    """Title, exact length, or a header of the site's own."""
    view = control(GOOD, headers={"X-Site": "a"})
    for body, headers in ((PAGE, {}), (PAGE + b"x" * 9000, {}), (UNKNOWN, {"X-Site": "b"})):
        verdict = clear(status=200, body=body, headers=headers).judged(view)
        assert said(verdict) == ("reachable", "reachable.alike", "likely")
    exact = clear(status=200, body=PAGE.replace(b"Example Domain", b"Anything Other")).judged(view)
    assert said(exact) == ("reachable", "reachable.alike", "likely")


@pytest.mark.parametrize(
    "header", ["X-Frame-Options", "X-Content-Type-Options", "X-Powered-By", "P3P", "Server"]
)
def test_a_header_that_filters_send_too_is_no_likeness(header: str) -> None:
    """A filter's page with a header of everybody's is neither the site's nor surely another."""
    verdict = clear(status=200, body=UNKNOWN, headers={header: "x"}).judged(
        control(GOOD, headers={header: "x", "X-Site": "a"})
    )
    assert verdict.status != "reachable"


def test_a_page_in_the_clear_without_control_is_never_reachable() -> None:
    """Anybody on the way could have written it, however good it looks; nor with an old control."""
    for view in (NONE, control(GOOD, age=30 * DAY), down(GOOD)):
        verdict = clear(status=200).flow(GOOD, check=True).judged(view)
        assert said(verdict) == ("inconclusive", "inconclusive.in_the_clear", "none")


# --- redirects to other sites


def test_a_redirect_to_https_of_the_same_site() -> None:
    """As most sites do: the certificate is of the name that was asked for."""
    story = sent_to(URL, 301).hop(URL).system(GOOD).flow(GOOD, status=200)
    verdict = story.judged()
    assert said(verdict) == ("reachable", "reachable.valid", "confirmed")
    assert verdict.hop == 1


def test_a_redirect_in_the_clear_to_another_site_is_not_authentic() -> None:
    """A valid certificate of the page's own host proves nothing about the site."""
    story = (
        sent_to("https://login.example/")
        .hop("https://login.example/")
        .system(FOREIGN)
        .flow(FOREIGN, status=200)
    )
    assert said(story.judged()) == ("inconclusive", "inconclusive.other_way", "none")
    assert said(story.judged(control(GOOD))) == ("inconclusive", "inconclusive.other_way", "none")


def test_a_refusal_where_the_clear_led_us_is_nobodys_word() -> None:
    """A filter may have its page behind a content network too."""
    story = sent_to("https://login.example/").hop("https://login.example/").system(FOREIGN)
    assert said(story.flow(FOREIGN, status=451).judged()) == (
        "inconclusive",
        "inconclusive.other_way",
        "none",
    )


def test_a_redirect_to_another_site_that_the_control_got_too() -> None:
    """It is the site's own way."""
    story = (
        sent_to("https://new.example/").hop("https://new.example/").system(FOREIGN).flow(FOREIGN, status=200)
    )
    there = control(GOOD, hops=[hop(CLEAR, GOOD, status=302), hop("https://new.example/", FOREIGN)])
    assert said(story.judged(there)) == ("reachable", "reachable.valid", "confirmed")


def test_a_redirect_inside_tls_to_another_site() -> None:
    """Nobody else can have written it."""
    story = Story().system(GOOD).flow(GOOD, status=302, headers={"Location": "https://new.example/"})
    story.hop("https://new.example/").system(FOREIGN).flow(FOREIGN, status=200)
    assert story.judged().status == "reachable"


def test_a_redirect_that_is_blocked_at_its_target() -> None:
    """The hop is named."""
    story = Story().system(GOOD).flow(GOOD, status=302, headers={"Location": "https://new.example/"})
    verdict = story.hop("https://new.example/").system(FOREIGN).flow(FOREIGN, tls=RESET).judged()
    assert said(verdict) == blocked("tls.reset", "possible")
    assert (verdict.hop, verdict.host) == (1, "new.example")


def test_a_redirect_whose_target_is_down_for_all() -> None:
    """The control got no further either."""
    story = Story().system(GOOD).flow(GOOD, status=302, headers={"Location": "https://new.example/"})
    story.hop("https://new.example/").system(FOREIGN).flow(FOREIGN, tcp=TIMEOUT)
    there = down(
        GOOD, hops=[hop(URL, GOOD, status=302), hop("https://new.example/", FOREIGN, failure=TIMEOUT)]
    )
    assert story.judged(there).status == "down"
    assert story.judged(down(GOOD)).status == "down"


def test_a_hop_that_the_control_may_not_have_seen_is_never_likely() -> None:
    """OONI's control says how the whole ended, not where: it supports and does not prove."""
    story = Story().system(GOOD).flow(GOOD, status=302, headers={"Location": "https://new.example/"})
    story.hop("https://new.example/").system(FOREIGN, OTHER).flow(FOREIGN, tcp=TIMEOUT).flow(
        OTHER, tcp=TIMEOUT
    )
    assert said(story.judged(control(GOOD))) == blocked("tcp.timeout", "possible")
    there = control(GOOD, hops=[hop(URL, GOOD, status=302), hop("https://new.example/", FOREIGN)])
    assert said(story.judged(there)) == blocked("tcp.timeout", "likely")


def test_a_hop_passed_by_another_resolvers_address_spoils_the_last() -> None:
    """What follows was not reached by the network's own way."""
    story = Story().system(GOOD).doh(OTHER).flow(GOOD, tcp=TIMEOUT, hot=True)
    story.flow(OTHER, status=302, headers={"Location": "https://example.com/"})
    story.hop("https://example.com/").system(GOOD).flow(GOOD, status=200)
    assert story.judged().status == "inconclusive"


# --- answers inside TLS


def test_an_answer_at_another_resolvers_address_is_not_reachable() -> None:
    """The network's own way is the system's resolver."""
    story = (
        Story()
        .system(failure="dns_temporary_failure")
        .doh(OTHER)
        .flow(OTHER, status=200)
        .network(system=False)
    )
    assert story.judged().status == "inconclusive"
    assert Story().doh(OTHER).flow(OTHER, status=200).judged().rules == ["inconclusive.other_resolver"]


def test_an_answer_elsewhere_and_a_certificate_on_the_own_way() -> None:
    """The other address was only quicker."""
    verdict = Story().system(GOOD).doh(OTHER).flow(GOOD).flow(OTHER, status=200).judged()
    assert said(verdict) == ("reachable", "reachable.valid", "likely")


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 403, 404, 500, 503])
def test_any_status_inside_tls_is_reached(status: int) -> None:
    """It was the site that spoke."""
    assert Story().system(GOOD).flow(GOOD, status=status).judged().status == "reachable"


def test_a_handshake_without_an_answer_is_not_reachable() -> None:
    """The request may be what is blocked."""
    assert said(Story().system(GOOD).flow(GOOD).judged()) == ("inconclusive", "inconclusive.nothing", "none")


def test_an_answer_whose_handshake_was_not_verified_is_not_reachable() -> None:
    """Clients that verify nothing, and records that contradict themselves."""
    story = Story().system(GOOD).flow(GOOD, status=200)
    assert story.keys.tls_handshakes
    story.keys.tls_handshakes[0].no_tls_verify = True
    assert story.judged(THERE).status == "inconclusive"
    story.keys.tls_handshakes[0].no_tls_verify = False
    story.keys.tls_handshakes[0].failure = "unknown_failure: x"
    assert story.judged().status == "inconclusive"


# --- refusals


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (403, b"<html>error code: 1009</html>", {"Server": "cloudflare"}),
        (403, CAPTCHA, {}),
        (403, b"", {"CF-Mitigated": "challenge"}),
        (429, PAGE, {}),
        (451, b"", {}),
    ],
)
def test_the_sites_own_side_refuses(status: int, body: bytes, headers: dict[str, str]) -> None:
    """Inside TLS with a certificate for the name; whether others are served does not matter."""
    story = Story().system(GOOD).flow(GOOD, status=status, body=body, headers=headers)
    for view in (NONE, THERE, down(GOOD)):
        verdict = story.judged(view)
        assert said(verdict) == ("refused", "refused.page", "likely")
        assert (verdict.layer, verdict.mechanisms) == ("http", [])


def test_a_refusal_in_the_clear_is_anybodys_word() -> None:
    """It counts if the control is told the same."""
    story = clear(status=403, body=CAPTCHA)
    for view in (NONE, THERE):
        assert said(story.judged(view)) == ("inconclusive", "inconclusive.in_the_clear", "none")
    assert story.judged(control(GOOD, status=403, body=CAPTCHA)).status == "refused"
