"""The helper under uvicorn, on a socket of loopback: hostile clients, and then still answering."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from probe.control.client import Helper, HelperClient
from probe.control.limits import Limits
from probe.control.server import Service
from probe.control.serving import assemble, listen, server_for
from probe.lab.lab import Lab
from probe.measure.network import SystemNetwork
from probe.measure.trust import Trust
from probe.record.control import ControlRequest
from tests.control.rooms import QUICK, on_a_socket, question, scenario
from tests.measure.certificates import Pki
from tests.measure.running import open_descriptors, run

URL = "https://www.instagram.com/"
QUICK_LIMITS = Limits(head=0.3, read=0.3, total=30.0, connections=40, connections_each=30)


def service(lab: Lab, limits: Limits = QUICK_LIMITS) -> Service:
    """A helper in `lab` that logs nothing."""
    return assemble(
        lab.network(), Trust.load(lab.ca_file), limits=limits, deadlines=QUICK, log=lambda _: None
    )


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client over real sockets."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=5.0, verify=False) as client:
        yield client


async def connect(url: str) -> socket.socket:
    """A bare connection to the helper."""
    place = httpx.URL(url)
    assert place.port is not None
    return await SystemNetwork().open_tcp(place.host, place.port)


async def until_end(sock: socket.socket) -> bytes:
    """All that comes, to the end or the reset."""
    loop, data = asyncio.get_running_loop(), b""
    try:
        while part := await loop.sock_recv(sock, 65536):
            data += part
    except ConnectionError:
        return data
    return data


async def ask(client: httpx.AsyncClient) -> int:
    """The status of a request that should be answered."""
    return (await client.post("/", json=question(URL))).status_code


def test_our_client_and_a_plain_one_get_the_same_answer() -> None:
    """Over a real socket: the connection ends after the answer, no header names the server."""
    with scenario("clean") as lab:

        async def play() -> None:
            async with on_a_socket(service(lab)) as url, client_of(url) as plain:
                answer = await plain.post("/", json=question(URL))
                helpers = [Helper(url)]
                ours = HelperClient(helpers, SystemNetwork(), Trust.load(lab.ca_file), lambda: 0.0)
                told = await ours.ask(ControlRequest(http_request=URL, tcp_connect=[]))
                assert answer.status_code == 200
                assert answer.headers["connection"] == "close"
                assert "server" not in answer.headers
                assert told.control is not None
                assert told.control.dns is not None
                assert told.control.dns.addrs == answer.json()["dns"]["addrs"]
                assert (told.source, told.verified) == (url, False)

        run(play())


def test_large_bodies_and_junk() -> None:
    """20 MB, junk instead of HTTP, a head without an end: refused or cut, and then still answering."""
    with scenario("clean") as lab:

        async def play() -> None:
            async with on_a_socket(service(lab)) as url, client_of(url) as client:
                try:
                    large = await client.post("/", content=b" " * (20 << 20))
                    assert large.status_code == 413
                except httpx.TransportError:  # the answer came while we were still sending: so does the reset
                    pass
                for junk in (
                    b"\x16\x03\x01\x02\x00\x01",
                    b"GET / HTTP/1.1\r\nA: " + b"a" * (1 << 20),
                    b"\r\n" * 9,
                ):
                    with await connect(url) as sock:
                        loop = asyncio.get_running_loop()
                        try:
                            await loop.sock_sendall(sock, junk)
                        except ConnectionError:
                            continue
                        assert (await until_end(sock))[:12] in (b"", b"HTTP/1.1 400")
                assert await ask(client) == 200

        run(play())


def test_slow_clients_are_cut_off() -> None:
    """No head, half a head, half a body: each ends in its time, and others are served meanwhile."""
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"
    with scenario("clean") as lab:

        async def linger(url: str, start: bytes) -> bytes:
            with await connect(url) as sock:
                await asyncio.get_running_loop().sock_sendall(sock, start)
                return await until_end(sock)

        async def play() -> list[bytes]:
            async with on_a_socket(service(lab)) as url, client_of(url) as client:
                slow = asyncio.gather(
                    *(linger(url, start) for start in (b"", b"POST / HT", head, head + b"{"))
                )
                assert await ask(client) == 200
                return await slow

        ends = run(play(), 5.0)
    assert ends[:2] == [b"", b""]
    assert [end[:12] for end in ends[2:]] == [b"HTTP/1.1 408"] * 2


def test_no_connection_lives_for_ever() -> None:
    """Whatever the application does, or the client does not read: at its time the connection is cut."""

    async def play() -> bytes:
        cut = asyncio.Event()

        async def stuck(_: Request) -> Response:
            await cut.wait()
            return Response()

        limits = Limits(head=0.1, read=0.05, total=0.1)
        with listen("127.0.0.1", 0) as sock:
            server = server_for(Starlette(routes=[Route("/", stuck)]), limits)
            task = asyncio.create_task(server.serve(sockets=[sock]))
            with await connect(f"http://127.0.0.1:{sock.getsockname()[1]}/") as client:
                await asyncio.get_running_loop().sock_sendall(client, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                async with asyncio.timeout(2):
                    end = await until_end(client)
            cut.set()
            server.should_exit = True
            await task
            return end

    assert run(play(), 5.0) == b""


def test_one_client_cannot_hold_all_connections() -> None:
    """Beyond its number a new connection is closed at once; when the old ones are cut there is room again."""
    with scenario("clean") as lab:

        async def play() -> tuple[int, int]:
            async with on_a_socket(service(lab)) as url, client_of(url) as client:
                held = [await connect(url) for _ in range(60)]
                ends = [asyncio.create_task(until_end(sock)) for sock in held]
                done, _ = await asyncio.wait(ends, timeout=0.15)
                early = len(done)
                await asyncio.wait(ends)
                for sock in held:
                    sock.close()
                return early, await ask(client)

        early, status = run(play(), 5.0)
    assert early == 30
    assert status == 200


def test_two_hundred_clients_at_once() -> None:
    """Real connections: answered, told to come back, or closed when there are too many; nothing is left open."""
    with scenario("clean") as lab:

        async def one(url: str) -> int:
            async with client_of(url) as client:
                try:
                    return await ask(client)
                except httpx.TransportError:
                    return 0

        async def play() -> list[int]:
            limits = Limits(connections=120, connections_each=120, rate=1e6, burst=10**6)
            async with on_a_socket(service(lab, limits)) as url:
                before = open_descriptors()
                statuses = await asyncio.gather(*(one(url) for _ in range(200)))
                statuses.append(await one(url))
                await asyncio.sleep(0.05)
                assert open_descriptors() <= before + 2  # the DoH connection stays
                return statuses

        statuses = run(play(), 20.0)
    assert set(statuses) <= {200, 503, 0}
    assert statuses.count(200) >= 25
    assert statuses[-1] == 200


@pytest.mark.parametrize(("proxies", "second"), [((), 429), (("127.0.0.1",), 400), (("192.0.2.1",), 429)])
def test_who_is_behind_a_proxy(proxies: tuple[str, ...], second: int) -> None:
    """X-Forwarded-For counts only from a proxy that was named; otherwise anybody could be everybody."""
    with scenario("clean") as lab:
        limited = service(lab, replace(QUICK_LIMITS, rate=0.01, burst=1))

        async def play() -> list[int]:
            async with on_a_socket(limited, proxies=proxies) as url, client_of(url) as client:
                answers = [
                    await client.post("/", content=b"{}", headers={"X-Forwarded-For": f"198.51.100.{number}"})
                    for number in (1, 2)
                ]
                return [answer.status_code for answer in answers]

        assert run(play()) == [400, second]


def test_a_helper_with_a_certificate_of_its_own(pki: Pki, tmp_path: Path) -> None:
    """No proxy in front: our client checks the name and calls the answer verified."""
    identity = pki.authority.issue("helper.example.net")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_text("".join(map(ssl.DER_cert_to_PEM_cert, identity.chain)), encoding="ascii")
    key.write_bytes(identity.key)
    with scenario("clean") as lab:

        async def play() -> bool:
            async with on_a_socket(service(lab), certificate=(chain, key)) as url:
                helper = Helper(f"https://helper.example.net:{httpx.URL(url).port}/", "127.0.0.1")
                client = HelperClient([helper], SystemNetwork(), pki.trust, lambda: 0.0)
                answer = await client.ask(ControlRequest(http_request=URL))
                assert answer.failure is None
                return answer.verified

        assert run(play())


def test_a_port_that_is_taken_is_an_error() -> None:
    """`OSError`, for the command to explain."""
    with listen("127.0.0.1", 0) as sock, pytest.raises(OSError, match=r"[Aa]ddress already in use"):
        listen("127.0.0.1", sock.getsockname()[1])


def test_serve_runs_until_a_signal_ends_it(tmp_path: Path) -> None:
    """As `probe helper` does it, in a process of its own: ready, healthy, ended in order by SIGTERM."""
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    program = (
        "from probe.control.serving import assemble, serve\n"
        "from probe.measure.network import SystemNetwork\n"
        "from probe.measure.trust import Trust\n"
        "service = assemble(SystemNetwork(), Trust.load())\n"
        "serve(service, '127.0.0.1', 0, ready=lambda url: print(url, flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip()
        refused = httpx.post(url, content=json.dumps(question("http://10.0.0.1/")), trust_env=False)
        healthy = httpx.get(url + "health", trust_env=False)
        process.terminate()
        log = process.stderr.read()
    assert (refused.status_code, healthy.status_code) == (400, 200)
    assert json.loads(log)["status"] == 400
    assert "127.0.0.1" not in log
