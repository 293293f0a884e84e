"""Bounds of the helper: size, rate, concurrency, time, memory; and what is logged of it all."""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.control.limits import BusyError, Calls, Limits, Rates
from probe.measure.setting import Deadlines
from tests.control.rooms import GENEROUS, QUICK, Room, among, in_lab, question, scenario
from tests.measure.certificates import Pki
from tests.measure.running import run
from tests.measure.servers import Peer, Script
from tests.measure.world import ADDRESS, HOST, World, honest, world

URL = f"http://{HOST}/"
STATUSES = {200, 400, 401, 404, 408, 413, 429, 500, 503}
MIB = 1 << 20


async def page(peer: Peer) -> None:
    """A small page."""
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    await peer.end("fin")


def asked(pki: Pki, script: Script, ask: Callable[[Room], Awaitable[object]], **options: object) -> object:
    """What `ask` makes of a helper whose internet is one scripted server."""

    async def play() -> object:
        async with world(pki.trust) as there:
            await there.resolve(honest(ADDRESS))
            await there.serve(script)
            async with among(there, **options) as here:
                return await ask(here)

    return run(play(), 30.0)


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


# --- rates and calls


def test_a_client_gets_its_burst_and_then_its_rate() -> None:
    """Ten at once, then two a second; another client has a bucket of its own."""
    clock = Clock()
    rates = Rates(Limits(rate=2.0, burst=10), clock)
    assert [rates.wait("192.0.2.1") for _ in range(10)] == [0.0] * 10
    assert rates.wait("192.0.2.1") == pytest.approx(0.5)
    assert rates.wait("192.0.2.2") == 0.0
    clock.now += 0.5
    assert rates.wait("192.0.2.1") == 0.0
    assert rates.wait("192.0.2.1") > 0.0
    clock.now += 3600
    assert [rates.wait("192.0.2.1") for _ in range(11)].count(0.0) == 10


def test_one_network_of_ipv6_is_one_client() -> None:
    """A household has 2^64 addresses; the next network is somebody else."""
    rates = Rates(Limits(rate=1.0, burst=1), Clock())
    assert rates.wait("2001:db8:1:2::1") == 0.0
    assert rates.wait("2001:db8:1:2:ffff::9") > 0.0
    assert rates.wait("2001:db8:1:3::1") == 0.0
    assert rates.wait("not an address") == 0.0


def test_the_table_of_clients_is_bounded() -> None:
    """A million addresses leave a table of four; who was heard of last is still known."""
    rates = Rates(Limits(rate=0.001, burst=1, clients=4), Clock())
    for number in range(1000):
        rates.wait(f"10.0.{number // 250}.{number % 250}")
    assert len(rates) == 4
    assert rates.wait("10.0.3.249") > 0.0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 10)), max_size=60))
def test_no_client_ever_gets_more_than_its_share(steps: list[tuple[str, float]]) -> None:
    """Over any time: the burst and the rate times that time, at most."""
    clock = Clock()
    rates, got = Rates(Limits(rate=1.0, burst=3), clock), dict.fromkeys("abc", 0)
    for client, pause in steps:
        clock.now += pause
        got[client] += rates.wait(client) == 0.0
    assert all(count <= 3 + (clock.now - 1000.0) + 1e-6 for count in got.values())


def test_measuring_clients_get_the_second_half() -> None:
    """25 calls for anybody, 50 for a User-Agent of a probe (records of OONI's helper); a place that is left is free."""
    calls = Calls(Limits(calls=1, preferred_calls=2))
    with calls.one("curl/8"):
        with pytest.raises(BusyError), calls.one("curl/8"):
            pass
        with calls.one("ooniprobe-cli/3.20"):
            with pytest.raises(BusyError), calls.one("reachprobe/0.1"):
                pass
            assert calls.in_flight == 2
    assert calls.in_flight == 0
    with calls.one(""):
        pass


# --- what is refused


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b'"x"', b'{"http_request":', b"{}", b'{"http_request": null}', b"[" * 60000],
)
def test_wrong_json_is_400(body: bytes, pki: Pki) -> None:
    """And the next request is answered."""

    async def ask(here: Room) -> tuple[int, int]:
        bad = await here.client.post("/", content=body)
        assert set(bad.json()) == {"error"}
        return bad.status_code, (await here.ask(question(URL))).status_code

    assert asked(pki, page, ask) == (400, 200)


def test_methods_and_paths(pki: Pki) -> None:
    """GET greets, health is health, other methods are 400 as in the protocol, other paths are not found."""

    async def ask(here: Room) -> None:
        greeting = await here.client.get("/")
        assert "message" in greeting.json()
        assert (await here.client.head("/")).status_code == 200
        health = await here.client.get("/health")
        assert health.json() == {"status": "ok", "in_flight": 0}
        for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"):
            assert (await here.client.request(method, "/")).status_code == 400
        assert (await here.client.post("/health")).status_code == 400
        assert (await here.client.get("/metrics")).status_code == 404
        assert greeting.headers["content-type"] == "application/json"
        assert greeting.headers["connection"] == "close"

    asked(pki, page, ask)


def test_a_declared_size_is_believed_and_an_undeclared_one_counted(pki: Pki) -> None:
    """413 before a byte of 20 MB is read, and after 64 KiB of a stream that never ends."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 64 * MIB:
            sent += 4096
            yield b" " * 4096

    async def ask(here: Room) -> None:
        declared = await here.client.post("/", content=b" " * (20 * MIB))
        streamed = await here.client.post("/", content=endless())
        odd = await here.client.post("/", content=b"{}", headers={"Content-Length": "-1"})
        assert [answer.status_code for answer in (declared, streamed, odd)] == [413, 413, 413]
        assert (await here.ask(question(URL))).status_code == 200

    asked(pki, page, ask)
    assert sent <= 128 << 10


def test_a_slow_body_is_given_up(pki: Pki) -> None:
    """408 when the time for reading is over; meanwhile others are answered."""

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    async def ask(here: Room) -> list[int]:
        answers = await asyncio.gather(here.client.post("/", content=slow()), here.ask(question(URL)))
        return [answer.status_code for answer in answers]

    assert asked(pki, page, ask, limits=Limits(read=0.1)) == [408, 200]


def test_slow_clients_hold_no_places(pki: Pki) -> None:
    """Ten that dawdle over their bodies leave both places for requests that are there."""

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    async def ask(here: Room) -> list[int]:
        dawdlers = [here.client.post("/", content=slow()) for _ in range(10)]
        answers = await asyncio.gather(*dawdlers, here.ask(question(URL)), here.ask(question(URL)))
        return [answer.status_code for answer in answers]

    limits = Limits(read=0.3, calls=2, preferred_calls=2)
    assert asked(pki, page, ask, limits=limits) == [408] * 10 + [200] * 2


def test_a_token_is_asked_for(pki: Pki) -> None:
    """401 without, with a wrong, an empty or a strange one; health and greeting need none."""

    async def ask(here: Room) -> list[int]:
        given = ["", "Bearer", "Bearer ", "Bearer wrong", "Basic secret", "bearer secret", "Bearer secret"]
        answers = [
            await here.ask(question(URL), {"Authorization": value} if value else None) for value in given
        ]
        assert (await here.client.get("/health")).status_code == 200
        return [answer.status_code for answer in answers]

    assert asked(pki, page, ask, token="secret") == [401] * 6 + [200]


def test_too_many_requests_of_one_client_are_429(pki: Pki) -> None:
    """With the seconds after which to come back."""

    async def ask(here: Room) -> None:
        statuses = [(await here.ask(question(URL))).status_code for _ in range(3)]
        last = await here.ask(question(URL))
        assert statuses == [200, 200, 200]
        assert last.status_code == 429
        assert int(last.headers["retry-after"]) >= 1

    asked(pki, page, ask, limits=Limits(rate=0.01, burst=3))


def test_work_that_takes_too_long_is_given_up(pki: Pki) -> None:
    """503 rather than an answer that holds the helper's own slowness against the target."""

    async def stuck(peer: Peer) -> None:
        await peer.end("hang")

    async def ask(here: Room) -> int:
        return (await here.ask(question(URL))).status_code

    assert asked(pki, stuck, ask, limits=Limits(total=0.2), deadlines=Deadlines(dns=1, tcp=5, http=5)) == 503


def test_a_bug_of_ours_is_500_and_costs_only_itself(pki: Pki) -> None:
    """The kind of error is logged, nothing of it answered."""

    def broken(ip: str) -> int:
        raise LookupError(f"no table for {ip}")

    async def ask(here: Room) -> None:
        answer = await here.ask(question(URL))
        assert answer.status_code == 500
        assert answer.json() == {"error": "a fault of the helper"}
        assert here.lines[-1]["error"] == "LookupError"
        assert (await here.client.get("/health")).json()["in_flight"] == 0

    asked(pki, page, ask, asn=broken)


# --- what is logged


def test_logs_name_neither_clients_nor_targets(pki: Pki) -> None:
    """One JSON object a request: time, status, milliseconds, what it cost; a URL only where the operator wants it."""

    async def ask(here: Room) -> str:
        await here.ask(
            question(URL, f"{ADDRESS}:80"), {"User-Agent": "ooniprobe-x", "X-Forwarded-For": "192.0.2.99"}
        )
        await here.ask(question("http://127.0.0.1/"))
        await here.client.post("/", content=b"\xff")
        return json.dumps(here.lines)

    text = str(asked(pki, page, ask))
    lines = json.loads(text)
    assert [line["status"] for line in lines] == [200, 400, 400]
    assert lines[0]["endpoints"] == 2
    assert lines[0]["ms"] > 0
    for secret in ("192.0.2", "example", ADDRESS, "127.0.0.1", "ooniprobe"):
        assert secret not in text
    assert URL in str(asked(pki, page, ask, log_urls=True))


# --- load


async def _crowd(there: World, limits: Limits, ask: Callable[[Room], Awaitable[object]]) -> int:
    """The most connections that were open at once while `ask` had its way."""
    async with among(there, limits=limits) as here:
        await ask(here)
        return here.network.most_open


def test_two_hundred_at_once(pki: Pki) -> None:
    """Fifty are answered and the others told to come back; large bodies and pages fill no memory; then all is well."""
    huge = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (8 * MIB)

    async def big(peer: Peer) -> None:
        await peer.request()
        await peer.send(huge, 1 << 16)
        await peer.end("fin")

    async def ask(here: Room) -> None:
        body = question(URL, f"{ADDRESS}:80", padding="x" * 60000)
        tracemalloc.start()
        answers = await asyncio.gather(*(here.ask(body, {"User-Agent": "ooniprobe-cli"}) for _ in range(200)))
        peak = tracemalloc.get_traced_memory()[1] / MIB
        tracemalloc.stop()
        statuses = [answer.status_code for answer in answers]
        assert (statuses.count(200), statuses.count(503)) == (50, 150)
        read = {
            answer.json()["http_request"]["body_length"] for answer in answers if answer.status_code == 200
        }
        assert read == {MIB}
        # Fifty pages of 1 MiB are held as they come and again as they are written down, and a request of 60 kB by each
        # of the 200 clients, which are in this process as well.
        assert peak < 50 * 4 + 200 * 0.3
        assert (await here.ask(question(URL))).status_code == 200
        assert here.network.most_open <= 100

    asked(pki, big, ask, limits=GENEROUS, deadlines=Deadlines(dns=5, tcp=10, tls=10, http=20))


def test_a_crowd_without_a_probes_user_agent(pki: Pki) -> None:
    """Twenty-five, and the other half stays free for measuring clients."""

    async def ask(here: Room) -> list[int]:
        answers = await asyncio.gather(*(here.ask(question(URL)) for _ in range(100)))
        return [answer.status_code for answer in answers]

    statuses = asked(pki, page, ask, limits=GENEROUS)
    assert isinstance(statuses, list)
    assert (statuses.count(200), statuses.count(503)) == (25, 75)


# --- whatever comes


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "http_request": JSON
        | st.sampled_from([URL, f"https://{HOST}/x?y=1", "http://10.0.0.1/", "http://[::1]:80"]),
        "http_request_headers": JSON
        | st.dictionaries(st.sampled_from(["Accept", "user-agent", "X"]), st.lists(st.text())),
        "tcp_connect": JSON
        | st.lists(st.text(max_size=12) | st.sampled_from([f"{ADDRESS}:80", "[::1]:1", "1.1.1.1"])),
        "x_quic_enabled": JSON,
        "else": JSON,
    },
)


def test_any_request_is_answered_with_json_and_a_known_status(pki: Pki) -> None:
    """Arbitrary JSON, half-right requests and raw bytes: a status of the list, JSON, no fault of ours, no bogon contacted."""

    async def play() -> None:
        async with world(pki.trust) as there:
            await there.resolve(honest(ADDRESS))
            await there.serve(page)
            async with among(there, limits=GENEROUS, deadlines=QUICK) as here:
                await _throw_at(here)
                assert {ip for ip, _ in here.network.contacted} <= {ADDRESS, "9.9.9.10", "1.1.1.1"}

    run(play(), 60.0)


async def _throw_at(here: Room) -> None:
    """Let Hypothesis make bodies up, a batch at a time: it cannot wait for a loop itself."""
    bodies: list[bytes] = []

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(REQUESTS.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200))
    def collect(body: bytes) -> None:
        bodies.append(body)

    collect()
    for start in range(0, len(bodies), 20):
        batch = bodies[start : start + 20]
        answers = await asyncio.gather(*(here.client.post("/", content=body) for body in batch))
        for body, answer in zip(batch, answers, strict=True):
            assert answer.status_code in STATUSES - {500}, (body, here.lines[-20:])
            assert isinstance(answer.json(), dict)


def test_a_clean_network_after_all_that() -> None:
    """A helper in the lab that was shouted at still gives a right answer."""
    with scenario("clean") as lab:

        async def play() -> str:
            async with in_lab(lab) as here:
                await asyncio.gather(*(here.client.post("/", content=b"{" * 999) for _ in range(60)))
                answer = await here.answer("https://www.instagram.com/")
                return str(answer["http_request"]["title"])

        assert run(play()) == "Welcome to www.instagram.com"
