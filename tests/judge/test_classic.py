"""OONI's classic keys: each line of its definitions as a measurement, where we leave its client, and arbitrary records."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.judge.classic import classic_keys
from probe.judge.control_view import ControlView
from probe.judge.flags import BlockingFlags, DnsFlags, NullNullFlags
from probe.judge.step import is_valid
from probe.judge.verdict import judge
from probe.record import UnreadableRecordError, WebConnectivity, WebMeasurement, read_measurement
from probe.record.control import Control, ControlDns, ControlHttp
from probe.record.verdict import ControlKind, ControlUsed
from tests.judge import records
from tests.judge.records import CLEAR, FOREIGN, GOOD, GOOD6, OTHER, Story, control, down, known
from tests.record.documents import Document, damaged, documents, to_text, web_documents
from tests.record.examples import ooni_0_4, ooni_0_5_28, ooni_legacy

DOC = Path(__file__).parents[2] / "docs" / "classic-keys.md"
WIDE = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

SYSTEMS = {GOOD: 15133, OTHER: 15133, FOREIGN: 13414}
DNS, TCP_IP, TLS, HTTP, HTTP_DIFF, SUCCESS = BlockingFlags
BOGON, FAILED, ADDRESSES = DnsFlags
NO_NAME, NO_CONNECTION, NO_HANDSHAKE, NO_CONTROL, GHOST = NullNullFlags
NXDOMAIN, NO_ANSWER, TIMEOUT, RESET = records.NXDOMAIN, records.NO_ANSWER, records.TIMEOUT, records.RESET
REFUSED, UNTRUSTED = records.REFUSED, records.UNTRUSTED
NONE = ControlView()
HERE, THERE = f"{GOOD}:443", f"{OTHER}:443"
CLEAR_HERE = f"{GOOD}:80"
NEXT = "https://next.example.org/"
BLOCK = records.BLOCK_PRIVATE


ACCESSIBLE, DOWN, UNKNOWN = (False, True), (False, False), (None, None)
MISNAMED, UNCONNECTED, FAILS, DIFFERS = (
    (how, False) for how in ("dns", "tcp_ip", "http-failure", "http-diff")
)


class Case(NamedTuple):
    """A measurement, what the control saw, and the keys: `blocking` and `accessible`, `dns_consistency`, flags, what decided."""

    story: Story
    control: ControlView
    ruling: tuple[str | bool | None, bool | None]
    consistency: str | None
    flags: tuple[int, int, int]
    failure: str | None = None


def named(*ips: str, url: str = records.URL) -> Story:
    """A measurement whose name the system's resolver answers."""
    return Story(url).system(*ips)


def led_on(url: str = NEXT) -> Story:
    """One whose first hop answers with a redirect to `url`."""
    return named(GOOD).flow(GOOD, status=302, headers={"Location": url}).hop(url)


def keys_of(story: Story, seen: ControlView) -> dict[str, object]:
    """The keys of a measurement."""
    return keys_of_record(story.record(), seen)


def keys_of_record(record: WebMeasurement, seen: ControlView) -> dict[str, object]:
    """The keys of a record."""
    return classic_keys(judge(record, seen, known()).hops, record, seen, SYSTEMS.get)


CASES = {
    # The final response, inside TLS and in the clear.
    "an answer inside TLS": Case(named(GOOD).flow(GOOD, status=200), control(GOOD, up=[HERE]), ACCESSIBLE, "consistent", (SUCCESS, 0, 0)),
    "an answer inside TLS, no control": Case(named(GOOD).flow(GOOD, status=200), NONE, ACCESSIBLE, None, (SUCCESS, 0, NO_CONTROL)),
    "an error page inside TLS is an answer": Case(named(GOOD).flow(GOOD, status=503), control(GOOD, up=[HERE]), ACCESSIBLE, "consistent", (SUCCESS, 0, 0)),
    "the same page in the clear": Case(named(GOOD, url=CLEAR).flow(GOOD, status=200), control(GOOD), ACCESSIBLE, "consistent", (SUCCESS, 0, 0)),
    "another page in the clear": Case(named(GOOD, url=CLEAR).flow(GOOD, status=403, body=records.UNKNOWN), control(GOOD), DIFFERS, "consistent", (HTTP_DIFF, 0, 0)),
    "a page in the clear, no control": Case(named(GOOD, url=CLEAR).flow(GOOD, status=200), NONE, UNKNOWN, None, (0, 0, 0)),
    "a page in the clear, and the control was refused": Case(named(GOOD, url=CLEAR).flow(GOOD, status=200), control(GOOD, status=403), UNKNOWN, "consistent", (0, 0, 0)),
    "a page in the clear, and the control's fetch failed": Case(named(GOOD, url=CLEAR).flow(GOOD, status=200), down(GOOD), UNKNOWN, "consistent", (0, 0, 0)),
    # Fetches.
    "the fetch fails here": Case(named(GOOD, url=CLEAR).flow(GOOD, http=RESET), control(GOOD), FAILS, "consistent", (HTTP, 0, 0), RESET),
    "the fetch fails here and there": Case(named(GOOD, url=CLEAR).flow(GOOD, http=RESET), down(GOOD), DOWN, "consistent", (0, 0, 0), RESET),
    "the fetch fails, no control": Case(named(GOOD, url=CLEAR).flow(GOOD, http=RESET), NONE, UNKNOWN, None, (0, 0, 0), RESET),
    "the answer stops in its middle": Case(named(GOOD).flow(GOOD, status=200, http=TIMEOUT), control(GOOD, up=[HERE]), FAILS, "consistent", (HTTP, 0, 0), TIMEOUT),
    # Handshakes.
    "the handshake fails here": Case(named(GOOD).flow(GOOD, tls=RESET), control(GOOD, up=[HERE]), FAILS, "consistent", (TLS, 0, 0), RESET),
    "the handshake fails here and there": Case(named(GOOD).flow(GOOD, tls=UNTRUSTED), control(GOOD, bad=[HERE]), DOWN, "consistent", (0, 0, NO_HANDSHAKE), UNTRUSTED),
    "the handshake fails, no control": Case(named(GOOD).flow(GOOD, tls=RESET), NONE, UNKNOWN, None, (0, 0, 0), RESET),
    "one of two handshakes fails": Case(named(GOOD, OTHER).flow(GOOD, tls=RESET).flow(OTHER, status=200), control(GOOD, up=[HERE, THERE]), ACCESSIBLE, "consistent", (TLS | SUCCESS, 0, 0)),
    # Connections.
    "the connection fails here": Case(named(GOOD).flow(GOOD, tcp=TIMEOUT), control(GOOD, up=[HERE]), UNCONNECTED, "consistent", (TCP_IP, 0, 0), TIMEOUT),
    "the connection fails here, and the control's fetch alone speaks for the site": Case(named(GOOD).flow(GOOD, tcp=TIMEOUT), control(GOOD), FAILS, "consistent", (0, 0, 0), TIMEOUT),
    "the connection fails here and there": Case(named(GOOD).flow(GOOD, tcp=REFUSED), down(GOOD, dead=[HERE]), DOWN, "consistent", (0, 0, NO_CONNECTION), REFUSED),
    "the connection fails, no control": Case(named(GOOD).flow(GOOD, tcp=TIMEOUT), NONE, UNKNOWN, None, (0, 0, 0), TIMEOUT),
    # Names.
    "no such name here, and the others' address works": Case(
        Story().system(failure=NXDOMAIN).udp(GOOD).flow(GOOD, status=200), control(GOOD, up=[HERE]), MISNAMED, "inconsistent", (DNS | SUCCESS, FAILED, 0), NXDOMAIN),
    "no such name here and there": Case(Story().system(failure=NXDOMAIN), down(dns="dns_name_error"), DOWN, "consistent", (0, 0, NO_NAME), NXDOMAIN),
    "no address here and there": Case(Story().system(failure=NO_ANSWER), down(), DOWN, "consistent", (0, 0, NO_NAME), NO_ANSWER),
    "an empty answer is a failure": Case(Story().system(), control(GOOD), MISNAMED, "inconsistent", (DNS, FAILED, 0), NO_ANSWER),
    "no such name, no control": Case(Story().system(failure=NXDOMAIN), NONE, UNKNOWN, None, (0, 0, 0), NXDOMAIN),
    "an address of another system that is dead": Case(
        named(FOREIGN).flow(FOREIGN, tcp=TIMEOUT), control(GOOD, up=[HERE]), MISNAMED, "inconsistent", (DNS, ADDRESSES, 0), TIMEOUT),
    "an address of the same system that is dead": Case(
        named(OTHER).flow(OTHER, tcp=TIMEOUT), control(GOOD, up=[HERE, THERE]), UNCONNECTED, "consistent", (TCP_IP, 0, 0), TIMEOUT),
    "an address of another system with a certificate for the name": Case(
        named(FOREIGN).flow(FOREIGN, status=200), control(GOOD, up=[HERE]), ACCESSIBLE, "inconsistent", (SUCCESS, 0, 0)),
    "a block page at a private address": Case(
        named(BLOCK, url=CLEAR).flow(BLOCK, status=403, body=records.IRAN), control(GOOD), MISNAMED, "inconsistent", (DNS | HTTP_DIFF, BOGON | ADDRESSES, 0)),
    "a private address here and there": Case(named(BLOCK).flow(BLOCK, tcp=TIMEOUT), down(BLOCK), DOWN, "consistent", (0, BOGON, 0), TIMEOUT),
    "an address here and no name there": Case(
        named(FOREIGN).flow(FOREIGN, tcp=TIMEOUT), down(dns="dns_name_error", dead=[f"{FOREIGN}:443"]), MISNAMED, "inconsistent", (0, 0, NO_CONNECTION | GHOST), TIMEOUT),
    "this machine, for a name that has an address": Case(named("127.0.0.1"), control(GOOD), MISNAMED, "inconsistent", (DNS, BOGON | ADDRESSES, 0)),
    "this machine, here and there": Case(named("127.0.0.1", "::1"), control("127.0.0.1"), DOWN, "consistent", (0, BOGON, 0)),
    "this machine, no control": Case(named("127.0.0.1"), NONE, UNKNOWN, None, (0, BOGON, 0)),
    "an address in the URL": Case(Story(f"https://{GOOD}/").flow(GOOD, tls=RESET), control(), FAILS, "consistent", (0, 0, 0), RESET),
    # Redirects: what comes after the first hop has no control of its own.
    "the next hop answers": Case(led_on().system(FOREIGN).flow(FOREIGN, status=200), control(GOOD, up=[HERE]), ACCESSIBLE, "consistent", (SUCCESS, 0, 0)),
    "the next hop's handshake fails": Case(led_on().system(FOREIGN).flow(FOREIGN, tls=RESET), control(GOOD, up=[HERE]), FAILS, "consistent", (TLS, 0, 0), RESET),
    "the next hop's connection fails": Case(led_on().system(FOREIGN).flow(FOREIGN, tcp=TIMEOUT), control(GOOD, up=[HERE]), FAILS, "consistent", (TCP_IP, 0, 0), TIMEOUT),
    "the next hop has no name": Case(led_on().system(failure=NXDOMAIN), control(GOOD, up=[HERE]), MISNAMED, "consistent", (DNS, 0, 0), NXDOMAIN),
    "the next hop's connection fails, for the control too": Case(led_on().system(FOREIGN).flow(FOREIGN, tcp=TIMEOUT), down(GOOD, up=[HERE]), DOWN, "consistent", (0, 0, 0), TIMEOUT),
    "the next hop's handshake fails, for the control too": Case(led_on().system(FOREIGN).flow(FOREIGN, tls=RESET), down(GOOD, up=[HERE]), DOWN, "consistent", (0, 0, 0), RESET),
    "the next hop has no name, for the control too": Case(led_on().system(failure=NXDOMAIN), down(GOOD, up=[HERE]), DOWN, "consistent", (0, 0, 0), NXDOMAIN),
    "the next hop's connection fails, no control": Case(led_on().system(FOREIGN).flow(FOREIGN, tcp=TIMEOUT), NONE, UNKNOWN, None, (0, 0, 0), TIMEOUT),
    "the next hop is the same host on 443, which the control connected to": Case(
        named(GOOD, url=CLEAR).flow(GOOD, status=301).hop(records.URL).system(GOOD).flow(GOOD, tcp=TIMEOUT), control(GOOD, up=[CLEAR_HERE, HERE]),
        UNCONNECTED, "consistent", (TCP_IP, 0, 0), TIMEOUT),
    "a handshake for another host at an endpoint of the first": Case(
        led_on().system(GOOD).flow(GOOD, tls=UNTRUSTED), down(GOOD, up=[HERE]), DOWN, "consistent", (0, 0, 0), UNTRUSTED),
    "the next hop answers at one address of two": Case(
        led_on().system(FOREIGN, OTHER).flow(OTHER, tls=RESET).flow(FOREIGN, status=200), control(GOOD, up=[HERE]), ACCESSIBLE, "consistent", (SUCCESS, 0, 0)),
    "the same host on 443 answers at one address of two": Case(
        named(GOOD, url=CLEAR).flow(GOOD, status=301).hop(records.URL).system(GOOD, OTHER).flow(OTHER, tcp=TIMEOUT).flow(GOOD, status=200),
        control(GOOD, up=[CLEAR_HERE, HERE, THERE]), ACCESSIBLE, "consistent", (SUCCESS, 0, 0)),
    "the last redirect leads nowhere": Case(led_on(), control(GOOD, up=[HERE]), UNKNOWN, "consistent", (0, 0, 0)),
    # What is left out.
    "no IPv6 on this machine": Case(named(GOOD, GOOD6).flow(GOOD6, tcp=records.UNREACHABLE).flow(GOOD, status=200), control(GOOD, up=[HERE, f"[{GOOD6}]:443"]), ACCESSIBLE, "consistent", (SUCCESS, 0, 0)),
    "nothing but IPv6, and none on this machine": Case(named(GOOD6).flow(GOOD6, tcp=records.UNREACHABLE), control(GOOD6, up=[f"[{GOOD6}]:443"]), UNKNOWN, "consistent", (0, 0, 0)),
    "an encrypted resolver that cannot be asked": Case(named(GOOD).doh(failure=RESET).flow(GOOD, status=200), control(GOOD, up=[HERE]), ACCESSIBLE, "consistent", (SUCCESS, 0, 0)),
    "no address of the other family": Case(
        named(GOOD).doh(failure=NO_ANSWER, query_type="AAAA").flow(GOOD, status=200), control(GOOD, up=[HERE]), ACCESSIBLE, "consistent", (SUCCESS, 0, 0)),
    "a fault of this machine": Case(named(GOOD).flow(GOOD, tcp="too_many_files_open"), control(GOOD, up=[HERE]), UNKNOWN, "consistent", (0, 0, 0), "too_many_files_open"),
    "a fault of this machine beside a failure": Case(
        named(GOOD, OTHER).flow(GOOD, tcp="address_in_use").flow(OTHER, tcp=TIMEOUT), control(GOOD, up=[HERE, THERE]), UNCONNECTED, "consistent", (TCP_IP, 0, 0), TIMEOUT),
    "an endpoint that another name had made hot": Case(named(GOOD).flow(GOOD, tls=RESET, hot=True), control(GOOD, up=[HERE]), UNKNOWN, "consistent", (0, 0, 0), RESET),
    "a hot endpoint that ends the fetch": Case(named(GOOD, url=CLEAR).flow(GOOD, http=RESET, hot=True), control(GOOD), UNKNOWN, "consistent", (0, 0, 0), RESET),
    "a hot endpoint that serves": Case(named(GOOD).flow(GOOD, status=200, hot=True), control(GOOD, up=[HERE]), ACCESSIBLE, "consistent", (SUCCESS, 0, 0)),
    "a fault of this machine, and the control's connection failed": Case(named(GOOD).flow(GOOD, tcp="address_in_use"), down(GOOD, dead=[HERE]), UNKNOWN, "consistent", (0, 0, 0), "address_in_use"),
    "a fault of this machine at the name": Case(Story().system(failure="too_many_files_open"), control(GOOD), UNKNOWN, None, (0, 0, 0), "too_many_files_open"),
    "a silent resolver that is silent for all names": Case(Story().system(failure=TIMEOUT).network(system=False), control(GOOD), UNKNOWN, None, (0, 0, 0), TIMEOUT),
    "a resolver's word while this machine has nothing left": Case(
        Story().system(failure="dns_temporary_failure").udp(failure="too_many_files_open"), control(GOOD), UNKNOWN, None, (0, 0, 0), "dns_temporary_failure"),
    "a silence while nothing gives a sign of life": Case(
        named(GOOD).flow(GOOD, tls=TIMEOUT).network(alive=False), control(GOOD, up=[HERE]), UNKNOWN, "consistent", (0, 0, 0), TIMEOUT),
    "a fetch that we cut off": Case(named(GOOD).flow(GOOD, http="interrupted"), control(GOOD, up=[HERE]), UNKNOWN, "consistent", (0, 0, 0), "interrupted"),
    "a check of 443 beside a URL in the clear": Case(
        named(GOOD, url=CLEAR).flow(GOOD, tcp=TIMEOUT).flow(GOOD, tls=RESET, check=True), control(GOOD, up=[CLEAR_HERE, HERE]),
        UNCONNECTED, "consistent", (TCP_IP | TLS, 0, 0), TIMEOUT),
    "a control that says neither what it got nor what failed": Case(named(GOOD).flow(GOOD, tcp=TIMEOUT), control(GOOD, status=-1), UNKNOWN, "consistent", (0, 0, 0), TIMEOUT),
    "nothing was seen": Case(Story(), control(GOOD), UNKNOWN, None, (0, 0, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_definitions(name: str) -> None:
    """Each line of OONI's definitions, and each place where we leave its client."""
    case = CASES[name]
    keys = keys_of(case.story, case.control)
    flags = (keys["x_blocking_flags"], keys["x_dns_flags"], keys["x_null_null_flags"])
    ruling = (keys["blocking"], keys["accessible"])
    found = (ruling, keys["dns_consistency"], flags, keys["http_experiment_failure"])
    assert found == (case.ruling, case.consistency, case.flags, case.failure)


def test_the_last_hop_and_its_highest_layer_decide() -> None:
    """Of what failed the deepest hop speaks first, of a hop HTTP before TLS before TCP before DNS, then the failure's name."""
    story = (
        led_on()
        .system(FOREIGN)
        .flow(FOREIGN, tcp=TIMEOUT)
        .flow(FOREIGN, tls=RESET)
        .flow(FOREIGN, tls=TIMEOUT)
    )
    assert keys_of(story, control(GOOD, up=[HERE]))["http_experiment_failure"] == RESET


def test_the_last_hop_decides_at_a_lower_layer_too() -> None:
    """A name that fails after a redirect says more than an address of the first hop that failed at its handshake."""
    story = (
        named(GOOD, OTHER).flow(OTHER, tls=RESET).flow(GOOD, status=302, headers={"Location": NEXT}).hop(NEXT)
    )
    assert (
        keys_of(story.system(failure=NXDOMAIN), control(GOOD, up=[HERE]))["http_experiment_failure"]
        == NXDOMAIN
    )


def test_an_address_in_a_redirect_is_on_the_own_way() -> None:
    """Nobody named it, so that nothing tags its flows."""
    url = f"https://{FOREIGN}/"
    record = led_on(url).flow(FOREIGN, status=200).record()
    keys = record.test_keys
    for row in (*(keys.tcp_connect or ()), *(keys.tls_handshakes or ()), *(keys.requests or ())):
        if "depth=1" in (row.tags or []):
            row.tags = [tag for tag in row.tags or [] if tag != "classic"]
    assert keys_of_record(record, NONE)["accessible"] is True
    for handshake in keys.tls_handshakes or ():
        handshake.failure = RESET if "depth=1" in (handshake.tags or []) else None
    keys.requests = (keys.requests or [])[1:]
    assert keys_of_record(record, control(GOOD, up=[HERE]))["http_experiment_failure"] == RESET


def test_questions_for_other_things_than_addresses_are_left_out() -> None:
    """A resolver that fails on a question for HTTPS records says nothing of the addresses."""
    story = named(GOOD).udp(failure=records.SERVFAIL).flow(GOOD, status=200)
    assert keys_of(story, control(GOOD, up=[HERE]))["x_dns_flags"] == FAILED
    assert story.keys.queries
    story.keys.queries[-1].query_type = "HTTPS"
    assert keys_of(story, control(GOOD, up=[HERE]))["x_dns_flags"] == 0


def test_what_a_failed_fetch_of_the_control_s_left_is_not_compared() -> None:
    """A control that names a failure has no page, whatever stands beside the failure."""
    http = ControlHttp(failure="unknown_error", status_code=200, body_length=len(records.PAGE))
    seen = ControlView.of(Control(http_request=http), ControlUsed(kind=ControlKind.HELPER))
    keys = keys_of(named(GOOD, url=CLEAR).flow(GOOD, status=200), seen)
    assert (keys["accessible"], keys["body_proportion"], keys["x_blocking_flags"]) == (None, None, 0)


def test_of_equal_failures_the_last_flow_decides() -> None:
    """As OONI's order has it: the flow with the highest number, here the one that failed for the control too."""
    story = named(GOOD, OTHER).flow(GOOD, tcp=TIMEOUT).flow(OTHER, tcp=TIMEOUT)
    assert keys_of(story, control(GOOD, up=[HERE], dead=[THERE]))["blocking"] is False
    assert keys_of(story, control(GOOD, up=[THERE], dead=[HERE]))["blocking"] == "tcp_ip"


def test_the_first_name_alone_is_the_experiment_s() -> None:
    """`dns_experiment_failure` is the system's, of the URL's own name; other resolvers and hops have none of their own."""
    assert keys_of(Story().system(failure=NXDOMAIN), NONE)["dns_experiment_failure"] == NXDOMAIN
    assert keys_of(named(GOOD).udp(failure=NXDOMAIN), NONE)["dns_experiment_failure"] is None
    assert keys_of(led_on().system(failure=NXDOMAIN), NONE)["dns_experiment_failure"] is None


def test_pages_are_compared_inside_tls_too() -> None:
    """The four comparisons describe the final response, whatever decides."""
    keys = keys_of(named(GOOD).flow(GOOD, status=200), control(GOOD, up=[HERE]))
    assert (keys["body_proportion"], keys["body_length_match"]) == (1.0, True)
    assert (keys["status_code_match"], keys["title_match"]) == (True, True)


@pytest.mark.parametrize("seen", [NONE, down(GOOD)])
def test_nothing_is_compared_without_the_control_s_page(seen: ControlView) -> None:
    """Null, and not zero: nothing in common is something else."""
    keys = keys_of(named(GOOD).flow(GOOD, status=200), seen)
    assert {
        keys[key] for key in ("body_proportion", "body_length_match", "headers_match", "title_match")
    } == {None}


def test_an_answer_elsewhere_is_not_compared() -> None:
    """What only other resolvers led to is no classic response, though it counts among the flags."""
    keys = keys_of(
        Story().system(failure=NXDOMAIN).udp(GOOD).flow(GOOD, status=200), control(GOOD, up=[HERE])
    )
    assert (keys["body_proportion"], keys["x_blocking_flags"]) == (None, DNS | SUCCESS)


def test_systems_that_are_not_known_match_nothing() -> None:
    """Two addresses of which nothing is known are not of one system."""
    look_up = Story().system(FOREIGN).evidence().hop.look_ups[0]
    assert not is_valid(look_up, frozenset({GOOD}), lambda _: 0)
    assert not is_valid(look_up, frozenset({GOOD}), lambda _: None)
    assert is_valid(look_up, frozenset({GOOD}), lambda _: 15133)


def own_control(record: WebMeasurement) -> ControlView:
    """The control that stands in the record itself."""
    control = record.test_keys.control
    assert control is None or isinstance(control, Control)
    return ControlView.of(control, ControlUsed(kind=ControlKind.RECORD))


@pytest.mark.parametrize(
    ("build", "expected"),
    [(ooni_0_5_28, (False, True)), (ooni_0_4, (None, None)), (ooni_legacy, (None, None))],
)
def test_records_of_other_clients(build: Callable[[], Document], expected: tuple[object, object]) -> None:
    """Records of all ages have keys; those without a control of theirs say nothing of a failure."""
    record = read_measurement(to_text(build()))
    assert isinstance(record, WebMeasurement)
    keys = keys_of_record(record, own_control(record))
    assert (keys["blocking"], keys["accessible"]) == expected


def test_a_fetch_of_a_client_that_wrote_no_handshakes() -> None:
    """Before 0.5 the exchange holds the failure of the whole: with a control it is one of HTTP, as that client said."""
    record = read_measurement(to_text(ooni_0_4()))
    assert isinstance(record, WebMeasurement)
    keys = keys_of_record(record, control("93.184.216.34"))
    theirs = record.test_keys
    assert (
        (keys["blocking"], keys["accessible"])
        == (theirs.blocking, theirs.accessible)
        == ("http-failure", False)
    )


def test_a_fetch_that_never_began_is_no_failure_of_http() -> None:
    """Before 0.5 a failed connection stands among the requests as well: it is the connection's."""
    story = named(GOOD).flow(GOOD, tcp=TIMEOUT, http=TIMEOUT)
    keys = keys_of(story, control(GOOD, up=[HERE]))
    assert (keys["blocking"], keys["x_blocking_flags"]) == ("tcp_ip", TCP_IP)


def controls() -> st.SearchStrategy[ControlView]:
    """Arbitrary controls, none among them."""
    made = documents(Control).map(Control.model_validate)
    return made.map(lambda found: ControlView.of(found, ControlUsed(kind=ControlKind.RECORD)))


@WIDE
@given(web_documents() | damaged(), controls() | st.just(NONE))
def test_total(document: Document, seen: ControlView) -> None:
    """Any record that can be read has keys that its model takes, and the two answers fit each other."""
    try:
        record = read_measurement(to_text(document))
    except UnreadableRecordError:
        return
    if not isinstance(record, WebMeasurement):
        return
    keys = keys_of_record(record, seen)
    WebConnectivity.model_validate(keys, strict=True)
    assert (keys["blocking"], keys["accessible"]) in {
        ACCESSIBLE,
        DOWN,
        UNKNOWN,
        MISNAMED,
        UNCONNECTED,
        FAILS,
        DIFFERS,
    }
    assert keys["x_blocking_flags"] in range(64)
    assert keys["x_dns_flags"] in range(8)
    assert keys["x_null_null_flags"] in range(32)


FAILURES = st.sampled_from([None, TIMEOUT, RESET, REFUSED, NXDOMAIN, "too_many_files_open"])


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A look-up, some flows and their ends, one or two hops."""
    story = Story(draw(st.sampled_from([records.URL, CLEAR])))
    for url in draw(st.sampled_from([[""], ["", NEXT], ["", CLEAR]])):
        if url:
            story.hop(url)
        ips = draw(
            st.lists(st.sampled_from([GOOD, OTHER, FOREIGN, BLOCK, "127.0.0.1"]), max_size=2, unique=True)
        )
        story.system(*ips, failure=None if ips else draw(FAILURES))
        for ip in ips:
            status = draw(st.sampled_from([None, 200, 302, 403, 503]))
            story.flow(
                ip,
                tcp=draw(FAILURES),
                tls=draw(FAILURES),
                http=draw(FAILURES),
                status=status,
                hot=draw(st.booleans()),
            )
    return story


@given(stories())
def test_without_a_control_nothing_is_blocked_or_down(story: Story) -> None:
    """Only an answer inside TLS says something by itself: a failure without a control is never "reachable" nor "down"."""
    record = story.record()
    keys = keys_of_record(record, NONE)
    assert keys["accessible"] in (True, None)
    assert keys["blocking"] in (False, None)
    if keys["accessible"]:
        urls = [row.request.url or "" for row in record.test_keys.requests or [] if row.failure is None]
        assert any(url.startswith("https:") for url in urls)


SEEN = [
    NONE,
    control(GOOD, up=[HERE, THERE]),
    control(GOOD, status=403),
    down(GOOD, dead=[HERE]),
    down(dns="dns_name_error"),
]
SEEN += [ControlView.of(Control(dns=ControlDns(addrs=[GOOD])), ControlUsed(kind=ControlKind.RECORD))]
SEEN += [
    ControlView.of(
        Control(http_request=ControlHttp(failure=None, status_code=200)), ControlUsed(kind=ControlKind.RECORD)
    )
]


@given(stories(), st.sampled_from(SEEN))
def test_accessible_has_an_answer_to_show(story: Story, seen: ControlView) -> None:
    """Whatever the control says, `accessible` is true only with a final response on the network's own way."""
    record = story.record()
    if keys_of_record(record, seen)["accessible"]:
        ends = [row for row in record.test_keys.requests or [] if row.failure is None and row.response]
        assert any((row.response.code or 0) // 100 in (2, 4, 5) for row in ends if row.response)


def test_the_page_on_these_keys_names_each() -> None:
    """docs/classic-keys.md has a line for every key that is written, and for every flag."""
    text = DOC.read_text("utf-8")
    assert {key for key in keys_of(Story(), NONE) if f"`{key}`" not in text} == set()
    flags = [*BlockingFlags, *DnsFlags, *NullNullFlags]
    assert [flag.name for flag in flags if flag.name and f"`{flag.name}`" not in text] == []
