"""One URL from its name to its last answer: hops, addresses, preferences, cookies, deadlines."""

import asyncio
from collections.abc import Callable

import pytest

from probe.measure.journey import Journey
from probe.measure.setting import Deadlines
from probe.measure.trace import MAX_EVENTS, Trace
from probe.record import MarkKind
from tests.measure.certificates import Pki
from tests.measure.messages import answer
from tests.measure.running import run
from tests.measure.servers import Peer, Script, over_tls, reply
from tests.measure.world import (
    ADDRESS,
    HOST,
    OTHER,
    PRIVATE,
    QUICK,
    World,
    honest,
    marks,
    outcome,
    queries,
    requests,
    world,
)

PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage"
THIRD = "93.184.216.36"


def redirect(location: str, status: int = 302, more: str = "") -> bytes:
    """An answer that sends the client elsewhere."""
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\n{more}Content-Length: 0\r\n\r\n".encode(
        "latin-1"
    )


def paths(pages: dict[str, bytes], asked: list[bytes] | None = None) -> Script:
    """A web server with one answer per path; `asked` collects the requests."""

    async def play(peer: Peer) -> None:
        head = await peer.request()
        if asked is not None:
            asked.append(head)
        await peer.send(pages[head.split()[1].decode()])
        await peer.end("fin")

    return play


def statuses(trace: Trace) -> list[int | None]:
    """The status of each exchange, oldest first."""
    return [outcome(row)[1] for row in requests(trace)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_each_redirect_status_is_followed(status: int, pki: Pki) -> None:
    """The next hop has its own look-ups, connections and depth."""

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            here.network.names.update({HOST: [ADDRESS], "next.example.org": [OTHER]})
            await here.serve(paths({"/": redirect("http://next.example.org/b", status)}))
            await here.serve(paths({"/b": PAGE}), ip=OTHER)
            return await here.travel(f"http://{HOST}/")

    trace = run(scenario())
    assert statuses(trace) == [status, 200]
    assert [row.request.url for row in requests(trace)] == [f"http://{HOST}/", "http://next.example.org/b"]
    assert [row.hostname for row in queries(trace, "getaddrinfo")] == [HOST, "next.example.org"]
    assert requests(trace)[1].tags == ["classic", "tcptls_experiment", "depth=1", "fetch_body=true"]


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b", "/b"),
        ("b?c=1", "/a/b?c=1"),
        ("../b", "/b"),
        ("?q", "/a/x?q"),
        ("//www.example.org/b#top", "/b"),
    ],
)
def test_relative_locations_are_resolved(location: str, target: str, pki: Pki) -> None:
    """RFC 9110 §10.2.2: against the URL that answered."""

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            here.network.names[HOST] = [ADDRESS]
            await here.serve(paths({"/a/x": redirect(location), target: PAGE}))
            return await here.travel(f"http://{HOST}/a/x")

    trace = run(scenario())
    assert statuses(trace) == [302, 200]
    assert requests(trace)[1].request.url == f"http://{HOST}{target}"


@pytest.mark.parametrize(
    "location",
    [
        "http://[::bad/",
        "http://a b\x7f/\xff",
        "",
        "http://x.example:99999/",
        "http://x.example:0/",
        "itms://x.example/",
        "javascript:alert(1)",
        "www.example.org:80",
        "mailto:a@b.example",
        "http://user:pass@x.example/",
        "http:///nothing",
        "http://a..b.example/",
        f"http://{PRIVATE}/",
        "http://127.0.0.1/",
        "http://router.local/",
        "http://" + "a" * 64 + ".example/",
        "/" + "a" * 9000,
    ],
)
def test_a_location_that_leads_nowhere_ends_the_journey_with_a_mark(location: str, pki: Pki) -> None:
    """The answer itself is kept; nothing is connected to."""

    async def scenario() -> tuple[Trace, list[tuple[str, int]]]:
        async with world(pki.trust) as here:
            here.network.names[HOST] = [ADDRESS]
            await here.serve(paths({"/": redirect(location)}))
            return await here.travel(f"http://{HOST}/"), here.network.opened

    trace, opened = run(scenario())
    assert statuses(trace) == [302]
    assert len(marks(trace, MarkKind.REDIRECT_NOT_FOLLOWED)) == 1
    assert sorted(opened) == [(ADDRESS, 80), (ADDRESS, 443)]


def test_a_redirect_without_location_is_an_answer(pki: Pki) -> None:
    """Nothing to follow and nothing wrong."""

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            here.network.names[HOST] = [ADDRESS]
            await here.serve(reply(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"))
            return await here.travel(f"http://{HOST}/")

    trace = run(scenario())
    assert statuses(trace) == [302]
    assert not trace.marks


def test_a_loop_ends_after_ten_redirects(pki: Pki) -> None:
    """Eleven exchanges, and the record says that there was more."""

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            here.network.names[HOST] = [ADDRESS]
            await here.serve(paths({"/": redirect("/")}))
            return await here.travel(f"http://{HOST}/")

    trace = run(scenario())
    assert statuses(trace) == [302] * 11
    assert marks(trace, MarkKind.REDIRECTS_CAPPED) == ["10 redirects"]


def test_a_redirect_to_a_name_with_a_private_address_is_not_fetched(pki: Pki) -> None:
    """The connection is evidence, but a server must not make us speak to the volunteer's own network."""

    async def scenario() -> tuple[Trace, list[bytes]]:
        asked: list[bytes] = []
        async with world(pki.trust) as here:
            here.network.names.update({HOST: [ADDRESS], "inside.example.org": [PRIVATE]})
            await here.serve(paths({"/": redirect("http://inside.example.org/")}))
            await here.serve(paths({"/": PAGE}, asked), ip=PRIVATE)
            return await here.travel(f"http://{HOST}/"), asked

    trace, asked = run(scenario())
    assert statuses(trace) == [302]
    assert marks(trace, MarkKind.PRIVATE_ADDRESS_NOT_FETCHED) == [PRIVATE]
    assert [row.ip for row in trace.seen.tcp_connect if row.status.success] == [ADDRESS, PRIVATE]
    assert not asked


def test_a_private_address_of_the_target_is_fetched(pki: Pki) -> None:
    """Censors serve their pages at private addresses."""

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            here.network.names[HOST] = [PRIVATE]
            await here.serve(reply(PAGE), ip=PRIVATE)
            return await here.travel(f"http://{HOST}/")

    assert statuses(run(scenario())) == [200]


@pytest.mark.parametrize(
    "ip", ["127.0.0.1", "0.0.0.0", "169.254.169.254", "::1", "::ffff:127.0.0.1", "224.0.0.1", "fe80::1"]
)
def test_this_machine_and_its_link_are_never_contacted(ip: str, pki: Pki) -> None:
    """Whoever answers there says nothing about the network."""

    async def scenario() -> tuple[Trace, list[tuple[str, int]]]:
        async with world(pki.trust) as here:
            here.network.names[HOST] = [ip]
            return await here.travel(f"http://{HOST}/"), here.network.opened

    trace, opened = run(scenario())
    assert not opened
    assert marks(trace, MarkKind.ADDRESS_NOT_CONTACTED) == [ip]


def test_cookies_travel_within_a_journey_where_they_belong(pki: Pki) -> None:
    """Back to the host that set them, not to another, and not into another journey."""

    async def scenario() -> list[bytes]:
        asked: list[bytes] = []
        async with world(pki.trust) as here:
            here.network.names.update({HOST: [ADDRESS], "other.example": [OTHER]})
            first = redirect("http://other.example/", more="Set-Cookie: seen=1; Path=/\r\n")
            pages = {"/": first, "/back": PAGE}
            await here.serve(paths(pages, asked))
            await here.serve(paths({"/": redirect(f"http://{HOST}/back")}, asked), ip=OTHER)
            await here.travel(f"http://{HOST}/")
            await here.travel(f"http://{HOST}/")
        return asked

    carried = [b"cookie: seen=1" in head.lower() for head in run(scenario())]
    assert carried == [False, False, True, False, False, True]


@pytest.mark.parametrize(
    "cookie",
    ["a=1; Domain=example.com", "a=1; Domain=org", "=;;;=", "a=1; Expires=" + "9" * 4000, "\xff\xfe=\x01"],
)
def test_strange_cookies_do_no_harm(cookie: str, pki: Pki) -> None:
    """A cookie for somebody else is not kept, and nonsense ends nothing."""

    async def scenario() -> tuple[Trace, list[bytes]]:
        asked: list[bytes] = []
        async with world(pki.trust) as here:
            here.network.names.update({HOST: [ADDRESS]})
            pages = {"/": redirect("/b", more=f"Set-Cookie: {cookie}\r\n"), "/b": PAGE}
            await here.serve(paths(pages, asked))
            return await here.travel(f"http://{HOST}/"), asked

    trace, asked = run(scenario())
    assert statuses(trace) == [302, 200]
    assert all(b"Domain" not in head for head in asked)


def test_every_address_is_tried_and_one_fetches(pki: Pki) -> None:
    """All of them connected and handshaken, http and its TLS check; exactly one request per hop."""
    context = pki.authority.issue(HOST).context(["http/1.1"])
    addresses = [ADDRESS, OTHER, THIRD]

    async def scenario() -> tuple[Trace, list[bytes]]:
        asked: list[bytes] = []
        async with world(pki.trust) as here:
            here.network.names[HOST] = addresses
            for ip in addresses:
                await here.serve(paths({"/": PAGE}, asked), 80, ip)
                await here.serve(over_tls(context, paths({"/": PAGE}, asked)), 443, ip)
            plain = await here.travel(f"http://{HOST}/")
            secure = await here.travel(f"https://{HOST}/")
            assert len(secure.seen.tcp_connect) == len(secure.seen.tls_handshakes) == 3
            assert statuses(secure) == [200]
            return plain, asked

    trace, asked = run(scenario())
    assert len(asked) == 2
    assert sorted((row.ip, row.port) for row in trace.seen.tcp_connect) == sorted(
        (ip, p) for ip in addresses for p in (80, 443)
    )
    assert all(row.status.success for row in trace.seen.tcp_connect)
    assert [row.failure for row in trace.seen.tls_handshakes] == [None] * 3
    assert all("fetch_body=false" in (row.tags or []) for row in trace.seen.tls_handshakes)
    numbers = [row.transaction_id for row in [*trace.seen.queries, *trace.seen.tcp_connect]]
    assert len(numbers) == len(set(numbers))


def test_a_late_true_answer_is_tried_too(pki: Pki) -> None:
    """Forged first, true 30 ms later: both are kept, both addresses connected, and the journey waits for them."""

    async def scenario() -> Trace:
        async def race(wire: bytes, send: Callable[[bytes], object]) -> None:
            send(answer(wire, OTHER))
            await asyncio.sleep(0.03)
            send(answer(wire, ADDRESS))

        async def slow(peer: Peer) -> None:
            await peer.request()
            await asyncio.sleep(0.15)
            await peer.send(PAGE)

        async with world(pki.trust) as here:
            await here.resolve(race)
            await here.serve(reply(PAGE), ip=OTHER)
            await here.serve(slow, ip=ADDRESS)
            deadlines = Deadlines(dns=0.3, linger=0.1, tcp=0.3, tls=0.3, http=0.3, preference=0.02)
            return await here.travel(f"http://{HOST}/", deadlines)

    trace = run(scenario())
    assert queries(trace, "udp")[0].addresses() == [OTHER]
    assert [row.addresses() for row in trace.seen.duplicates if row.query_type == "A"] == [[ADDRESS]]
    assert {row.ip for row in trace.seen.tcp_connect} == {ADDRESS, OTHER}
    assert len(trace.seen.tcp_connect) == 4
    assert statuses(trace) == [200]


def test_the_journey_waits_for_flows_that_began_at_its_very_end(pki: Pki) -> None:
    """The last datagram names an address that takes longer than everything else."""

    async def scenario() -> Trace:
        async def race(wire: bytes, send: Callable[[bytes], object]) -> None:
            send(answer(wire, ADDRESS))
            await asyncio.sleep(0.05)
            send(answer(wire, OTHER))

        async with world(pki.trust) as here:
            await here.resolve(race)
            await here.serve(reply(PAGE))
            here.network.silent.update({(OTHER, 80), (OTHER, 443)})
            deadlines = Deadlines(dns=0.3, linger=0.08, tcp=0.3, preference=0.02)
            return await here.travel(f"http://{HOST}/", deadlines)

    trace = run(scenario())
    rows = [(row.port, row.status.failure) for row in trace.seen.tcp_connect if row.ip == OTHER]
    assert sorted(rows) == [(80, "generic_timeout_error"), (443, "generic_timeout_error")]


def test_an_address_that_only_the_system_names_wins_the_fetch(pki: Pki) -> None:
    """It may come a little later than another resolver's."""

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            here.network.names[HOST] = [OTHER]
            here.network.delays[HOST] = 0.05
            await here.resolve(honest(ADDRESS))
            await here.serve(reply(PAGE), ip=OTHER)
            await here.serve(reply(PAGE), ip=ADDRESS)
            return await here.travel(f"http://{HOST}/", Deadlines(linger=0.05, preference=0.5))

    assert [row.address for row in requests(run(scenario()))] == [f"{OTHER}:80"]


def test_preference_lasts_only_so_long(pki: Pki) -> None:
    """A system's resolver that dawdles does not hold up the fetch."""

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            here.network.names[HOST] = [OTHER]
            here.network.delays[HOST] = 0.2
            await here.resolve(honest(ADDRESS))
            await here.serve(reply(PAGE), ip=OTHER)
            await here.serve(reply(PAGE), ip=ADDRESS)
            return await here.travel(f"http://{HOST}/", Deadlines(linger=0.01, preference=0.05))

    trace = run(scenario())
    assert [row.address for row in requests(trace)] == [f"{ADDRESS}:80"]
    assert (OTHER, 80) in [(row.ip, row.port) for row in trace.seen.tcp_connect if row.status.success]


def test_an_address_named_by_udp_first_and_the_system_later_is_classic_and_preferred(pki: Pki) -> None:
    """A forger that is first over UDP neither takes the tag from the system's address nor the fetch."""

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            here.network.names[HOST] = [ADDRESS]
            here.network.delays[HOST] = 0.05
            await here.resolve(honest(OTHER, ADDRESS))
            await here.serve(reply(PAGE), ip=OTHER)
            await here.serve(reply(PAGE), ip=ADDRESS)
            return await here.travel(f"http://{HOST}/", Deadlines(linger=0.1, preference=0.5))

    trace = run(scenario())
    tagged = {row.ip for row in trace.seen.tcp_connect if "classic" in (row.tags or [])}
    assert tagged == {ADDRESS}
    assert [row.address for row in requests(trace)] == [f"{ADDRESS}:80"]
    assert "classic" in (requests(trace)[0].tags or [])


def test_events_beyond_the_cap_are_counted(pki: Pki) -> None:
    """A body in a hundred packets: 64 events, and a mark with the rest."""

    async def scenario() -> Trace:
        async def drip(peer: Peer) -> None:
            await peer.request()
            await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            for _ in range(100):
                await peer.send(b"x")
                await asyncio.sleep(0.001)

        async with world(pki.trust) as here:
            here.network.names[HOST] = [ADDRESS]
            await here.serve(drip)
            return await here.travel(f"http://{HOST}/", Deadlines())

    trace = run(scenario())
    flow = requests(trace)[0].transaction_id
    assert len([row for row in trace.seen.events() if row.transaction_id == flow]) == MAX_EVENTS
    assert len(marks(trace, MarkKind.EVENTS_CAPPED)) == 1
    assert outcome(requests(trace)[0]) == (None, 200, b"x" * 100)


def test_proxies_in_the_environment_are_ignored(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request goes to the site, in origin form."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def scenario() -> list[bytes]:
        asked: list[bytes] = []
        async with world(pki.trust) as here:
            here.network.names[HOST] = [ADDRESS]
            await here.serve(paths({"/": PAGE}, asked))
            await here.travel(f"http://{HOST}/")
        return asked

    assert run(scenario())[0].startswith(b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "host", ["a_b.example.org", "_dmarc.example.org", "a" * 63 + ".example.org", "xn--d1acufc.xn--p1ai"]
)
def test_unusual_names_are_measured(host: str, pki: Pki) -> None:
    """Underscores and labels of 63 octets are names."""

    async def scenario(here: World) -> Trace:
        here.network.names[host] = [ADDRESS]
        await here.resolve(honest(ADDRESS))
        await here.serve(reply(PAGE))
        return await here.travel(f"http://{host}/")

    async def in_a_world() -> Trace:
        async with world(pki.trust) as here:
            return await scenario(here)

    trace = run(in_a_world())
    assert statuses(trace) == [200]
    assert [row.failure for row in queries(trace, "udp") if row.query_type == "A"] == [None]


@pytest.mark.parametrize("host", ["a" * 64 + ".example.org", "a..b", "a." * 130 + "example"])
def test_names_that_no_message_can_carry_are_a_failure(host: str, pki: Pki) -> None:
    """Recorded as the system's resolver sees them, never a crash."""

    async def scenario() -> Trace:
        async with world(pki.trust) as here:
            await here.resolve(honest(ADDRESS))
            here.network.names[host] = UnicodeError("label too long")
            return await Journey(here.setting(QUICK), f"https://{host}/").run()

    trace = run(scenario())
    assert [(row.engine, row.failure) for row in trace.seen.queries] == [("getaddrinfo", "invalid_argument")]
    assert not requests(trace)
