"""A helper's answers: in the documented shape on a clean network, with the documented names on others."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from probe.control.protocol import is_intact, read_answer
from probe.lab.lab import Lab
from probe.lab.scenario import Act, Rule, Scenario, Site
from probe.measure.setting import Deadlines
from probe.record.control import Control
from probe.record.x import STANDSTILL
from tests.control.rooms import QUICK, Room, among, in_lab, question, scenario
from tests.measure.certificates import Pki
from tests.measure.running import run
from tests.measure.servers import Peer, Script, over_tls
from tests.measure.world import ADDRESS, HOST, OTHER, honest, world

SHAPE: dict[str, type] = {
    "tcp_connect": dict,
    "tls_handshake": dict,
    "quic_handshake": dict,
    "http_request": dict,
    "http3_request": type(None),
    "dns": dict,
    "ip_info": dict,
}
"""OONI's keys (internal/model/th.go); all others of ours begin with x_."""

HTTP_KEYS = {"body_length", "discovered_h3_endpoint", "failure", "title", "headers", "status_code"}
NO_ANSWER = {
    "body_length": -1,
    "discovered_h3_endpoint": "",
    "title": "",
    "headers": {},
    "status_code": -1,
}
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage"
BANNED = "https://www.instagram.com/"


@pytest.fixture(scope="module")
def clean() -> Iterator[Lab]:
    """The lab in which nothing interferes."""
    with scenario("clean") as lab:
        yield lab


def answered(lab: Lab, url: str, *endpoints: str, **more: object) -> dict[str, Any]:
    """The answer of a helper in `lab`."""

    async def ask() -> dict[str, Any]:
        async with in_lab(lab) as here:
            return await here.answer(url, *endpoints, **more)

    return run(ask())


def assert_shape(answer: dict[str, Any]) -> None:
    """Every key of OONI's with its type, no other that OONI's clients might take for theirs."""
    ours = {key for key in answer if key.startswith("x_")}
    assert ours == {"x_hops", "x_time", "x_software", "x_digest"}
    for key, kind in SHAPE.items():
        assert key == "tls_handshake" or isinstance(answer[key], kind), key
    assert set(answer) - ours <= set(SHAPE)
    assert set(answer["http_request"]) == HTTP_KEYS
    assert set(answer["dns"]) == {"failure", "addrs"}
    assert all(set(row) == {"status", "failure"} for row in answer["tcp_connect"].values())
    handshakes = answer.get("tls_handshake", {"-": dict.fromkeys(("server_name", "status", "failure"))})
    assert all(set(row) == {"server_name", "status", "failure"} for row in handshakes.values())
    assert all(set(row) == {"asn", "flags"} for row in answer["ip_info"].values())


@pytest.mark.parametrize("still", [0.0, STANDSTILL / 1000 + 0.2])
def test_what_fails_while_the_helper_stands_still_is_not_told(still: float) -> None:
    """It may be its own doing, and would make a blocked site one that is down for everybody."""

    async def ask() -> tuple[int, int]:
        async with in_lab(lab) as here:
            asking = asyncio.create_task(here.ask(question(BANNED)))
            await asyncio.sleep(0.1)
            time.sleep(still)  # noqa: ASYNC251 - that is the point
            free = await here.ask(question("https://www.example.com/"))
            return (await asking).status_code, free.status_code

    with Lab(Scenario("helper", "Handshakes fall silent.", (Rule(Act.TLS_DROP),))) as lab:
        assert run(ask()) == (503 if still else 200, 200)


@pytest.mark.parametrize("quic", [{}, {"x_quic_enabled": False}, {"x_quic_enabled": True}])
def test_a_clients_request_is_answered_in_the_documented_shape(clean: Lab, quic: dict[str, bool]) -> None:
    """With and without the QUIC switch; ports of the probe's list do not matter, the URL's do."""
    answer = answered(clean, BANNED, "104.40.1.1:443", "104.40.1.1:80", **quic)
    assert_shape(answer)
    (own,) = answer["dns"]["addrs"]
    assert answer["tcp_connect"] == {
        f"{own}:443": {"status": True, "failure": None},
        "104.40.1.1:443": {"status": True, "failure": None},
    }
    assert answer["tls_handshake"][f"{own}:443"] == {
        "server_name": "www.instagram.com",
        "status": True,
        "failure": None,
    }
    assert answer["http_request"]["title"] == "Welcome to www.instagram.com"
    assert answer["http_request"]["status_code"] == 200
    assert answer["quic_handshake"] == {}
    assert {ip: row["flags"] for ip, row in answer["ip_info"].items()} == {own: 2 + 8, "104.40.1.1": 1 + 8}


def test_what_ours_adds_is_there_and_sealed(clean: Lab) -> None:
    """Per hop URL, status, digest, length, title words and certificate; the time; a digest over all of it."""
    answer = answered(clean, "http://www.example.com/")
    first, second = answer["x_hops"]
    assert (first["url"], first["status_code"], first["location"], first["tls_valid"]) == (
        "http://www.example.com/",
        301,
        "https://www.example.com/",
        None,
    )
    assert (second["url"], second["status_code"], second["tls_valid"]) == (
        "https://www.example.com/",
        200,
        True,
    )
    assert second["body_length"] == answer["http_request"]["body_length"] > 1000
    assert len(second["body_sha256"]) == 64
    assert second["title_words"] == ["welcome", "www.example.com"]
    assert second["addrs"] == answer["dns"]["addrs"]
    assert answer["x_software"].startswith("reachprobe ")
    assert len(answer["x_time"]) == 19


def test_http_urls_are_checked_on_both_ports(clean: Lab) -> None:
    """80 and 443, so that a certificate can vouch for the address; IPv6 in brackets."""
    answer = answered(clean, "http://www.example.com/")
    ports = {endpoint.rpartition(":")[2] for endpoint in answer["tcp_connect"]}
    assert ports == {"80", "443"}
    assert any(endpoint.startswith("[2606:") for endpoint in answer["tls_handshake"])
    assert all(endpoint.endswith(":443") for endpoint in answer["tls_handshake"])


def test_ipv6_and_bogons_of_the_probe(clean: Lab) -> None:
    """A bogon is described and not contacted; an IPv6 address of the probe is checked like its IPv4 ones."""
    answer = answered(
        clean, BANNED, "10.10.34.36:443", "[2606:4700:10::6816:1]:443", "nonsense", "a.example:1"
    )
    assert answer["ip_info"]["10.10.34.36"]["flags"] == 1 + 4
    assert answer["tcp_connect"]["[2606:4700:10::6816:1]:443"]["status"] is True
    assert not any(endpoint.startswith("10.") for endpoint in answer["tcp_connect"])
    assert len(answer["ip_info"]) == 3


def test_an_address_in_the_url_needs_no_look_up(clean: Lab) -> None:
    """OONI's helper names no address then, and no failure."""
    answer = answered(clean, "https://104.40.1.1/", "104.40.1.1:443")
    assert answer["dns"] == {"failure": None, "addrs": []}
    assert answer["ip_info"]["104.40.1.1"]["flags"] == 1 + 8
    assert answer["tls_handshake"]["104.40.1.1:443"]["server_name"] == "104.40.1.1"
    assert answer["http_request"]["status_code"] == 200


def test_own_port_of_a_url(clean: Lab) -> None:
    """Only that port, and no handshake on it (ipinfo.go of OONI's helper); the key is absent then."""
    answer = answered(clean, "http://www.example.com:8080/")
    assert {endpoint.rpartition(":")[2] for endpoint in answer["tcp_connect"]} == {"8080"}
    assert "tls_handshake" not in answer
    assert_shape(answer)


@pytest.mark.parametrize(
    ("act", "dns"),
    [
        (Act.DNS_NXDOMAIN, "dns_name_error"),
        (Act.DNS_EMPTY, None),
        (Act.DNS_SERVFAIL, "dns_server_failure"),
        (Act.DNS_REFUSED, "dns_server_failure"),
        (Act.DNS_DROP, "unknown_error"),
    ],
)
def test_names_that_do_not_resolve(act: Act, dns: str | None) -> None:
    """No addresses, the protocol's name for it, -1 for what the GET did not bring."""
    rule = Rule(act, hosts=("instagram.com",))
    with Lab(Scenario("helper", "The helper's resolvers fail on one name.", (rule,))) as lab:

        async def ask() -> dict[str, Any]:
            async with in_lab(lab, doh=()) as here:
                return await here.answer(BANNED)

        answer = run(ask())
    assert_shape(answer)
    assert answer["dns"] == {"failure": dns, "addrs": []}
    assert answer["http_request"] == {"failure": "dns_lookup_error", **NO_ANSWER}
    assert answer["tcp_connect"] == answer["ip_info"] == {}


@pytest.mark.parametrize(
    ("act", "tcp", "tls", "http"),
    [
        (Act.SYN_DROP, "generic_timeout_error", None, "generic_timeout_error"),
        (Act.SYN_RESET, "connect_error", None, "unknown_error"),
        (Act.TLS_RESET, None, "connection_reset", "unknown_error"),
        (Act.TLS_FIN, None, "eof_error", "unknown_error"),
        (Act.TLS_DROP, None, "generic_timeout_error", "generic_timeout_error"),
        (Act.TLS_UNTRUSTED, None, "ssl_unknown_authority", "unknown_error"),
        (Act.TLS_CENSOR, None, "ssl_invalid_hostname", "unknown_error"),
        (Act.TLS_EXPIRED, None, "ssl_invalid_certificate", "unknown_error"),
    ],
)
def test_what_fails_for_the_helper_too(act: Act, tcp: str | None, tls: str | None, http: str) -> None:
    """Each layer with the names that OONI's clients expect of it; an invalid certificate is said per hop."""
    rule = Rule(act, hosts=("instagram.com",))
    with Lab(Scenario("helper", "Nobody reaches one site.", (rule,))) as lab:
        answer = answered(lab, BANNED)
    assert_shape(answer)
    (row,) = answer["tcp_connect"].values()
    assert row == {"status": tcp is None, "failure": tcp}
    if tls is not None:
        (shake,) = answer["tls_handshake"].values()
        assert shake == {"server_name": "www.instagram.com", "status": False, "failure": tls}
    assert answer["http_request"] == {"failure": http, **NO_ANSWER}
    assert [info["flags"] for info in answer["ip_info"].values()] == [2]
    invalid = False if str(tls).startswith("ssl_") else None
    assert answer["x_hops"][0]["tls_valid"] is invalid


def test_a_refused_port_has_its_own_name() -> None:
    """connection_refused is connection_refused_error in this protocol."""
    site = Site("closed.example.org", ("104.40.9.9",), closed_ports=(443, 80))
    with Lab(Scenario("helper", "A server is down.", (), (site,))) as lab:
        answer = answered(lab, "https://closed.example.org/")
    assert answer["tcp_connect"]["104.40.9.9:443"]["failure"] == "connection_refused_error"
    assert answer["http_request"]["failure"] == "connection_refused_error"


def test_status_headers_and_body_of_any_answer() -> None:
    """A 403 is an answer as well; names of headers as OONI writes them, the first of each."""
    site = Site(
        "refuses.example.org", ("104.40.9.8",), 403, {"x-vendor-id": "7"}, b"<title>Forbidden here</title>"
    )
    with Lab(Scenario("helper", "A server refuses.", (), (site,))) as lab:
        answer = answered(lab, "https://refuses.example.org/")
    http = answer["http_request"]
    assert (http["status_code"], http["title"], http["body_length"]) == (403, "Forbidden here", 29)
    assert http["headers"]["X-Vendor-Id"] == "7"
    assert answer["x_hops"][0]["title_words"] == ["forbidden"]


def test_own_missing_ipv6_is_no_news_of_the_target() -> None:
    """Endpoints that cannot be tried from here are left out, not reported as failed."""
    with scenario("ipv6-off") as lab:
        answer = answered(lab, "http://www.example.com/")
    assert any(":" in ip for ip in answer["dns"]["addrs"])
    assert not any(endpoint.startswith("[") for endpoint in answer["tcp_connect"])
    assert answer["http_request"]["status_code"] == 200


def test_a_helper_without_a_network_says_so() -> None:
    """503 instead of an answer that would make every site look down."""
    with scenario("shutdown") as lab:

        async def ask() -> int:
            async with in_lab(lab) as here:
                return (await here.ask(question(BANNED))).status_code

        assert run(ask()) == 503


def test_only_ipv6_and_no_route_is_no_answer() -> None:
    """The GET could not be made from here at all."""
    site = Site("six.example.org", ("2606:4700:abc::1",))
    rule = Rule(Act.SYN_UNREACHABLE, addresses=("::/0",))
    with Lab(Scenario("helper", "No IPv6.", (rule,), (site,))) as lab:

        async def ask() -> int:
            async with in_lab(lab) as here:
                return (await here.ask(question("https://six.example.org/"))).status_code

        assert run(ask()) == 503


def scripted(pki: Pki, script: Script, url: str = f"http://{HOST}/", **options: Any) -> dict[str, Any]:  # noqa: ANN401
    """The answer about a scripted server on ports 80 and 443."""

    async def ask() -> dict[str, Any]:
        async with world(pki.trust) as there:
            await there.resolve(honest(ADDRESS))
            await there.serve(script)
            identity = pki.authority.issue(HOST)
            await there.serve(over_tls(identity.context(("http/1.1",)), script), port=443)
            async with among(there, **options) as here:
                return await here.answer(url)

    return run(ask())


def test_only_three_headers_of_the_probe_are_sent_on(pki: Pki) -> None:
    """User-Agent, Accept and Accept-Language; the rest is the helper's own."""
    heard: list[bytes] = []

    async def play(peer: Peer) -> None:
        heard.append(await peer.request())
        await peer.send(PAGE)
        await peer.end("fin")

    headers = {"user-agent": ["Probe/1"], "Accept": ["text/x"], "Cookie": ["a=b"], "Host": ["evil.example"]}

    async def ask() -> None:
        async with world(pki.trust) as there:
            await there.resolve(honest(ADDRESS))
            await there.serve(play)
            async with among(there) as here:
                await here.answer(f"http://{HOST}/", http_request_headers=headers)
                bad = question(f"http://{HOST}/", http_request_headers={"Accept": ["a\r\nX: y"]})
                assert (await here.ask(bad)).status_code == 400

    run(ask())
    (head,) = [part for part in heard if part.startswith(b"GET")]
    assert b"User-Agent: Probe/1\r\n" in head
    assert b"Accept: text/x\r\n" in head
    assert b"Accept-Language: en-US,en;q=0.9\r\n" in head
    assert b"Cookie" not in head
    assert b"evil" not in head


def test_http3_is_discovered_and_not_measured(pki: Pki) -> None:
    """Alt-Svc of the first answer; an empty host is the URL's."""
    head = b'HTTP/1.1 200 OK\r\nAlt-Svc: h2=":8", h3-29=":9"; ma=1, h3=":443"; ma=86400\r\nContent-Length: 0\r\n\r\n'

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.send(head)
        await peer.end("fin")

    answer = scripted(pki, play, f"https://{HOST}/")
    assert answer["http_request"]["discovered_h3_endpoint"] == f"{HOST}:443"
    assert answer["http3_request"] is None


def test_redirects_and_cookies(pki: Pki) -> None:
    """A cookie of one hop is sent to the next; the endless loop ends after ten redirects and is a failure."""
    heard: list[bytes] = []

    async def play(peer: Peer) -> None:
        heard.append(await peer.request())
        await peer.send(
            b"HTTP/1.1 302 Found\r\nLocation: /again\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
        )
        await peer.end("fin")

    answer = scripted(pki, play)
    gets = [head for head in heard if head.startswith(b"GET")]
    assert len(gets) == len(answer["x_hops"]) == 11
    assert b"Cookie: a=b" not in gets[0]
    assert all(b"Cookie: a=b" in head for head in gets[1:])
    assert answer["http_request"] == {"failure": "unknown_error", **NO_ANSWER}
    assert answer["x_hops"][-1]["failure"] == "http_unexpected_redirect_url"
    assert answer["x_hops"][-1]["status_code"] == 302


def test_a_body_that_breaks_off_keeps_its_status(pki: Pki) -> None:
    """What came is in the answer beside the failure, as in OONI's."""

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<title>Half a page</title>")
        await peer.end("fin")

    answer = scripted(pki, play)
    http = answer["http_request"]
    assert (http["status_code"], http["title"], http["body_length"]) == (200, "Half a page", 26)
    assert http["failure"] == "unknown_error"
    assert answer["x_hops"][0]["failure"] == "eof_error"


def test_a_second_address_is_tried(pki: Pki) -> None:
    """One dead address of two does not make a site look down."""

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.send(PAGE)
        await peer.end("fin")

    async def ask() -> dict[str, Any]:
        async with world(pki.trust) as there:
            await there.resolve(honest(OTHER, ADDRESS))
            await there.serve(play)
            async with among(there) as here:
                return await here.answer(f"http://{HOST}/")

    answer = run(ask())
    assert answer["tcp_connect"][f"{OTHER}:80"]["failure"] == "connection_refused_error"
    assert answer["http_request"]["status_code"] == 200
    assert answer["x_hops"][0]["address"] == f"{ADDRESS}:80"


def test_a_silent_address_leaves_time_for_the_next(pki: Pki) -> None:
    """Each address has its part of the time of the GET."""

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.send(PAGE)
        await peer.end("fin")

    async def ask() -> dict[str, Any]:
        async with world(pki.trust) as there:
            await there.resolve(honest(OTHER, ADDRESS))
            there.network.silent |= {(OTHER, 80), (OTHER, 443)}
            await there.serve(play)
            async with among(there, deadlines=Deadlines(dns=0.5, tcp=0.3, http=0.8)) as here:
                return await here.answer(f"http://{HOST}/")

    answer = run(ask())
    assert answer["tcp_connect"][f"{OTHER}:80"]["failure"] == "generic_timeout_error"
    assert answer["http_request"]["status_code"] == 200


def test_own_addresses_are_not_in_answers(pki: Pki) -> None:
    """A page that echoes its visitor's address does not give the helper away, and the digest is of what is sent."""
    page = b"<title>Welcome, visitor 203.0.113.77</title>"
    head = f"HTTP/1.1 200 OK\r\nX-You: 203.0.113.77\r\nContent-Length: {len(page)}\r\n\r\n".encode()

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.send(head + page)
        await peer.end("fin")

    answer = scripted(pki, play, own=("203.0.113.77",))
    assert "203.0.113.77" not in str(answer)
    assert is_intact(Control.model_validate(answer))
    assert answer["http_request"]["headers"]["X-You"] == "[scrubbed]"
    assert answer["http_request"]["title"] == "Welcome, visitor [scrubbed]"


def test_network_numbers_come_from_the_given_table(clean: Lab) -> None:
    """One look-up for each address; 0 without a table."""

    async def ask(room_options: dict[str, Any]) -> dict[str, Any]:
        async with in_lab(clean, **room_options) as here:
            return await here.answer(BANNED, "104.40.1.1:443")

    numbered = run(ask({"asn": lambda ip: 8075 if ip == "104.40.1.1" else 0}))
    assert numbered["ip_info"]["104.40.1.1"]["asn"] == 8075
    assert run(ask({}))["ip_info"]["104.40.1.1"]["asn"] == 0


def test_answers_are_what_our_own_client_reads(clean: Lab) -> None:
    """The bytes on the wire pass the check of their own digest."""

    async def ask() -> bytes:
        async with in_lab(clean) as here:
            return (await here.ask(question(BANNED))).content

    control = read_answer(run(ask()))
    assert control.x_digest is not None
    assert is_intact(control)


def test_requests_do_not_wait_for_each_other(clean: Lab) -> None:
    """Ten at a time are all answered, each about its own target."""
    hosts = [f"site{number}.example.com" for number in range(10)]

    async def ask() -> list[dict[str, Any]]:
        async with in_lab(clean, deadlines=QUICK) as here:
            return await asyncio.gather(*(_get(here, host) for host in hosts))

    async def _get(here: Room, host: str) -> dict[str, Any]:
        return await here.answer(f"https://{host}/")

    titles = [answer["http_request"]["title"] for answer in run(ask())]
    assert titles == [f"Welcome to {host}" for host in hosts]
