"""What one hop shows: rows joined, hops told apart, the own way found; in records of ours and of other years."""

import pytest

from probe.judge.levels import MAX_DEPTH, depth_of
from probe.judge.observed import hops_of
from probe.record import (
    Answer,
    Binary,
    HttpRequest,
    HttpResponse,
    HttpTransaction,
    Query,
    TcpConnect,
    TcpStatus,
    TlsHandshake,
    Unparsed,
    WebConnectivity,
    WebMeasurement,
)
from tests.judge.records import CLEAR, FOREIGN, GOOD, GOOD6, HOST, OTHER, RESET, TIMEOUT, URL, Story
from tests.record.examples import measurement_of


def asked(hostname: str, *ips: str, engine: str = "system", **more: object) -> Query:
    """A question as old clients wrote it."""
    answers = [Answer(answer_type="A", ipv4=ip) for ip in ips]
    return Query.model_validate(
        {
            "engine": engine,
            "failure": None,
            "hostname": hostname,
            "query_type": "A",
            "answers": answers,
            **more,
        }
    )


def got(url: str, code: int = 200, failure: str | None = None) -> HttpTransaction:
    """An exchange as old clients wrote it."""
    response = HttpResponse(code=code, headers={"Location": "x"}, body="b")
    return HttpTransaction(failure=failure, request=HttpRequest(url=url), response=response)


def connected(ip: str, port: int = 443, **more: object) -> TcpConnect:
    """A connect that worked."""
    return TcpConnect.model_validate(
        {"ip": ip, "port": port, "status": TcpStatus(failure=None, success=True), **more}
    )


def of(url: str = URL, **keys: object) -> WebMeasurement:
    """A measurement with these rows."""
    return measurement_of(WebConnectivity.model_validate(keys), url)


def test_an_empty_record_has_one_hop() -> None:
    """The URL itself, of which nothing is known."""
    (hop,) = hops_of(of())
    assert (hop.url, hop.scheme, hop.host, hop.is_name) == (URL, "https", HOST, True)
    assert (hop.look_ups, hop.attempts, hop.exchange, hop.strange) == ((), (), None, ())


def test_rows_go_to_their_hops() -> None:
    """By the tag `depth`; the deepest tells how many there are."""
    story = (
        Story(CLEAR)
        .system(GOOD)
        .flow(GOOD, status=301, headers={"Location": "/a"})
        .hop(URL)
        .system(OTHER)
        .flow(OTHER)
    )
    first, last = hops_of(story.record())
    assert [look_up.addresses for look_up in first.look_ups] == [(GOOD,)]
    assert [flow.ip for flow in last.attempts] == [OTHER]
    assert (first.url, last.depth) == (CLEAR, 1)


def test_a_hop_without_an_exchange_is_where_the_last_one_pointed() -> None:
    """Its Location, resolved."""
    story = Story(CLEAR).system(GOOD).flow(GOOD, status=301, headers={"Location": "//other.example/a"})
    assert (
        hops_of(story.hop("http://other.example/a").system(OTHER).record())[1].url == "http://other.example/a"
    )


@pytest.mark.parametrize(
    ("tags", "depth"),
    [
        (None, 0), ([], 0), (["depth=0"], 0), (["classic", "depth=7"], 7), (["depth=x"], 0), (["depth="], 0),
        (["depth=-1"], 0), (["depth=٣"], 0), (["depth=99999"], 0), (["xdepth=3"], 0), (["depth=2", "depth=3"], 2),
    ],
)  # fmt: skip
def test_the_depth_of_a_row(tags: list[str] | None, depth: int) -> None:
    """The first tag that says, else the first hop."""
    assert depth_of(connected(GOOD, tags=tags)) == depth


def test_a_depth_that_nobody_reaches_is_left_out() -> None:
    """A tag cannot make a thousand hops."""
    assert len(hops_of(of(tcp_connect=[connected(GOOD, tags=["depth=9999"])]))) == 1
    assert len(hops_of(of(tcp_connect=[connected(GOOD, tags=[f"depth={MAX_DEPTH}"])]))) == MAX_DEPTH + 1


@pytest.mark.parametrize(
    "url", ["", "x", "http://[", "http://[v1.x]/", "//", "http://a:b:c/", "\ud800", "https:"]
)
def test_urls_that_are_none(url: str) -> None:
    """Are hops without a host, or with one nobody would ask for."""
    (hop,) = hops_of(of(url))
    assert hop.scheme in ("", "http", "https")


def test_a_handshake_belongs_to_its_flow() -> None:
    """By its number, when there are two to one address."""
    story = Story().system(GOOD).flow(GOOD, tls=RESET).flow(GOOD, status=200)
    first, second = hops_of(story.record())[0].attempts
    assert (first.proves_name, second.proves_name) == (False, True)


@pytest.mark.parametrize("number", [None, 0])
def test_a_handshake_without_a_number_belongs_to_its_endpoint(number: int | None) -> None:
    """Records before 2022 have no numbers, some have nought for all."""
    shaken = TlsHandshake(address=f"[{GOOD6}]:443", failure=None, server_name=HOST, transaction_id=number)
    flows = [connected(GOOD, transaction_id=number), connected(GOOD6, transaction_id=number)]
    attempts = hops_of(of(tcp_connect=flows, tls_handshakes=[shaken]))[0].attempts
    assert [flow.proves_name for flow in attempts] == [False, True]


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        (HOST, True),
        (HOST.upper(), True),
        (HOST + ".", True),
        ("", True),
        (None, True),
        ("neutral.example", False),
    ],
)
def test_a_handshake_is_about_the_name_it_asked_for(name: str | None, counts: bool) -> None:  # noqa: FBT001
    """A neutral name's proves nothing of this one."""
    shaken = TlsHandshake(address=f"{GOOD}:443", failure=None, server_name=name)
    assert (
        hops_of(of(tcp_connect=[connected(GOOD)], tls_handshakes=[shaken]))[0].attempts[0].proves_name
        is counts
    )


def test_a_url_outside_ascii_and_its_punycode_are_one_name() -> None:
    """OONI's input is as people write it, its ClientHello as machines do."""
    shaken = TlsHandshake(address=f"{GOOD}:443", failure=None, server_name="xn--d1acpjx3f.xn--p1ai")
    (hop,) = hops_of(of("https://яндекс.рф/", tcp_connect=[connected(GOOD)], tls_handshakes=[shaken]))
    assert hop.attempts[0].proves_name


def test_the_own_way_is_what_the_system_named() -> None:
    """By the tag `classic`."""
    story = Story().system(GOOD).doh(OTHER).flow(GOOD).flow(OTHER, status=200)
    hop = hops_of(story.record())[0]
    assert [flow.ip for flow in hop.own_attempts] == [GOOD]
    assert hop.exchange is not None
    assert not hop.exchange.own_way


def test_the_own_way_in_a_record_without_that_tag() -> None:
    """What the system named, if others were asked as well; everything, if nobody was."""
    flows = [connected(GOOD), connected(OTHER)]
    both = of(queries=[asked(HOST, GOOD), asked(HOST, OTHER, engine="doh")], tcp_connect=flows)
    assert [flow.ip for flow in hops_of(both)[0].own_attempts] == [GOOD]
    alone = of(queries=[asked(HOST, GOOD)], tcp_connect=flows)
    assert [flow.ip for flow in hops_of(alone)[0].own_attempts] == [GOOD, OTHER]


def test_the_own_way_to_an_address() -> None:
    """A URL with an address asks nobody, and is on the own way also where others are tagged."""
    story = (
        Story(f"http://{GOOD}/")
        .flow(GOOD, status=302, headers={"Location": URL})
        .hop(URL)
        .system(OTHER)
        .flow(OTHER)
    )
    assert story.keys.tcp_connect
    story.keys.tcp_connect[0].tags = ["depth=0", "fetch_body=true"]
    assert [flow.ip for flow in hops_of(story.record())[0].own_attempts] == [GOOD]


def test_flows_that_only_check_443_are_no_way() -> None:
    """Of a URL in the clear."""
    hop = hops_of(Story(CLEAR).system(GOOD).flow(GOOD, check=True).flow(GOOD).record())[0]
    assert [flow.port for flow in hop.own_attempts] == [80]
    assert [flow.port for flow in hop.attempts] == [443, 80]


def test_old_records_have_a_hop_for_each_request() -> None:
    """Newest first, without tags; a retry is no hop; look-ups go by their names."""
    record = of(
        CLEAR,
        requests=[got("https://notice.example/"), got(CLEAR, 302), got(CLEAR, 0, RESET)],
        queries=[asked(HOST, GOOD), asked("notice.example", FOREIGN)],
        tcp_connect=[connected(GOOD, 80)],
    )
    first, last = hops_of(record)
    assert (first.host, last.host) == (HOST, "notice.example")
    assert first.exchange is not None
    assert first.exchange.status == 302
    assert [one.addresses for one in (*first.look_ups, *last.look_ups)] == [(GOOD,), (FOREIGN,)]
    assert ([flow.ip for flow in first.attempts], last.attempts) == ([GOOD], ())


def test_look_ups_of_other_kinds_say_nothing_of_addresses() -> None:
    """Whether a name has an HTTPS record or a mail server."""
    query = asked(HOST, engine="doh", failure="dns_nxdomain_error").model_copy(update={"query_type": "HTTPS"})
    assert hops_of(of(queries=[query]))[0].look_ups == ()


def test_failures_of_old_records() -> None:
    """`false` for none, and neither success nor a name."""
    rows = [
        connected(GOOD).model_copy(update={"status": TcpStatus(failure=False, success=True)}),
        connected(OTHER).model_copy(update={"status": TcpStatus(failure=None, success=False)}),
        connected(FOREIGN).model_copy(update={"status": TcpStatus(failure=TIMEOUT, success=True)}),
    ]
    flows = hops_of(of(tcp_connect=rows))[0].attempts
    assert [(flow.connected, flow.tcp_failure) for flow in flows] == [
        (True, None), (False, "unknown_failure"), (False, TIMEOUT),
    ]  # fmt: skip


def test_a_status_of_nought_is_no_answer() -> None:
    """OONI's old client wrote it for a request that failed."""
    (hop,) = hops_of(of(requests=[got(URL, 0, RESET)]))
    assert hop.exchange is not None
    assert (hop.exchange.status, hop.exchange.failure) == (None, RESET)


def test_bytes_that_are_no_base64_are_none() -> None:
    """Somebody wrote the record by hand."""
    bad = Binary(format="base64", data="%%%")
    row = HttpTransaction(
        failure=None, request=HttpRequest(url=URL),
        response=HttpResponse(code=200, body=bad, headers_list=[(bad, bad), ("A", bad)]),
    )  # fmt: skip
    story = Story().system(GOOD).flow(GOOD)
    assert story.keys.requests is not None
    story.keys.requests.append(row)
    story.keys.x_unparsed = [Unparsed(transaction_id=2, data=bad)]
    hop = hops_of(story.record())[0]
    assert hop.strange == ((2, b""),)
    assert hop.exchange is not None
    assert (hop.exchange.body, hop.exchange.headers) == (b"", (("", ""), ("A", "")))


def test_headers_of_old_records() -> None:
    """The map, when there is no list."""
    (hop,) = hops_of(of(requests=[got(URL)]))
    assert hop.exchange is not None
    assert (hop.exchange.header("location"), hop.exchange.header("server")) == ("x", None)


def test_how_long_nothing_came() -> None:
    """Part of the exchange after its last byte; unknown without events, or when there were more than are kept."""
    frozen = Story().system(GOOD).flow(GOOD, status=200, http=TIMEOUT, last_byte=2.5)
    exchange = hops_of(frozen.record())[0].exchange
    assert exchange is not None
    assert exchange.silence == pytest.approx(0.75)
    silent = Story().system(GOOD).flow(GOOD, status=200, http=TIMEOUT)
    assert (found := hops_of(silent.record())[0].exchange) is not None
    assert found.silence is None
