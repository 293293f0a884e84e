"""The boundary with the operating system: sockets that are real, and look-ups in threads."""

import asyncio
import socket
import threading
import time

import pytest

from probe.measure.network import LookupThreads, SystemNetwork
from tests.measure.running import open_descriptors, run
from tests.measure.servers import LOOPBACK, Peer, answering, closed_port, serving


def entry(address: str) -> tuple[object, ...]:
    """One of the rows that `getaddrinfo` returns."""
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))


def test_look_ups_run_side_by_side() -> None:
    """Eight of 50 ms with four threads take 100 ms, not 400."""
    together = threading.Barrier(4, timeout=5.0)

    def slow(name: str, *_: object, **__: object) -> list[object]:
        together.wait()
        return [entry(name)]

    async def scenario() -> list[list[object]]:
        threads = LookupThreads(slow, 4)
        answers: list[list[object]] = await asyncio.gather(*(threads.ask(f"10.0.0.{n}") for n in range(8)))
        return answers

    assert run(scenario()) == [[entry(f"10.0.0.{n}")] for n in range(8)]


def test_no_more_threads_than_the_limit() -> None:
    """However many names are asked for."""
    lock, now, most = threading.Lock(), 0, 0

    def count(name: str, *_: object, **__: object) -> list[object]:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.005)
        with lock:
            now -= 1
        return [entry(name)]

    async def scenario() -> None:
        threads = LookupThreads(count, 3)
        await asyncio.gather(*(threads.ask("192.0.2.1") for _ in range(20)))

    run(scenario())
    assert most == 3


def test_an_abandoned_look_up_does_not_hold_up_the_next() -> None:
    """The system's resolver is stuck on one name longer than we wait: another thread takes the next name."""
    release = threading.Event()

    def stuck(name: str, *_: object, **__: object) -> list[object]:
        if name == "stuck":
            release.wait(10.0)
        return [entry("192.0.2.1")]

    async def scenario() -> list[object]:
        threads = LookupThreads(stuck, 4)
        for _ in range(2):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await threads.ask("stuck")
        try:
            async with asyncio.timeout(2.0):
                return await threads.ask("next")
        finally:
            release.set()

    assert run(scenario()) == [entry("192.0.2.1")]


def test_a_look_up_nobody_waits_for_any_more_is_not_made() -> None:
    """It was still in the queue when its measurement gave up."""
    release, asked = threading.Event(), list[str]()

    def note(name: str, *_: object, **__: object) -> list[object]:
        asked.append(name)
        if name == "first":
            release.wait(10.0)
        return []

    async def scenario() -> None:
        threads = LookupThreads(note, 1)
        first = asyncio.create_task(threads.ask("first"))
        given_up = asyncio.create_task(threads.ask("given-up"))
        last = asyncio.create_task(threads.ask("last"))
        await asyncio.sleep(0.01)
        given_up.cancel()
        release.set()
        await asyncio.gather(first, last)

    run(scenario())
    assert asked == ["first", "last"]


@pytest.mark.parametrize(
    "error",
    [
        socket.gaierror(socket.EAI_AGAIN, "later"),
        UnicodeError("no label"),
        ValueError("null"),
        MemoryError(),
        TypeError("odd"),
    ],
)
def test_a_failing_look_up_fails_its_caller_and_no_other(error: Exception) -> None:
    """Whatever the resolver raises; its thread goes on."""

    def fail(name: str, *_: object, **__: object) -> list[object]:
        if name == "bad":
            raise error
        return [entry("192.0.2.1")]

    async def scenario() -> list[object]:
        threads = LookupThreads(fail, 1)
        with pytest.raises(type(error)):
            await threads.ask("bad")
        return await threads.ask("good")

    assert run(scenario()) == [entry("192.0.2.1")]


def test_the_network_outlives_its_loop() -> None:
    """A look-up that ends after its loop is closed is dropped in silence, and the next loop is served."""
    release = threading.Event()

    def slow(name: str, *_: object, **__: object) -> list[object]:
        if name.startswith("slow"):
            release.wait(10.0)
        return [entry("192.0.2.1"), entry("192.0.2.1"), entry("192.0.2.2")]

    network = SystemNetwork(slow, threads=1)

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await network.system_lookup("slow")

    run(give_up())
    release.set()
    assert run(network.system_lookup("next")) == ["192.0.2.1", "192.0.2.2"]


def test_the_real_resolver_knows_addresses() -> None:
    """`getaddrinfo` itself, on something that needs no network."""
    assert run(SystemNetwork().system_lookup("127.0.0.1")) == ["127.0.0.1"]


def test_tcp_sockets_send_at_once_and_never_block() -> None:
    """TCP_NODELAY, since requests go out in one piece."""

    async def scenario() -> tuple[int, bool]:
        async def play(peer: Peer) -> None:
            await peer.receive()

        async with serving(play) as server:
            with await SystemNetwork().open_tcp(LOOPBACK, server.port) as sock:
                return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), sock.getblocking()

    no_delay, blocking = run(scenario())
    assert no_delay
    assert not blocking


def test_a_refused_connection_leaves_no_socket() -> None:
    """Nor does one that is given up, nor does a UDP socket to no port."""
    network, port = SystemNetwork(), closed_port()

    async def scenario() -> None:
        with pytest.raises(ConnectionRefusedError):
            await network.open_tcp(LOOPBACK, port)
        with pytest.raises(OverflowError):
            await network.open_udp(LOOPBACK, 70_000)

    before = open_descriptors()
    for _ in range(5):
        run(scenario())
    assert open_descriptors() == before


def test_udp_sockets_hear_their_peer_alone() -> None:
    """Connected: datagrams from elsewhere do not come through."""

    async def scenario() -> bytes:
        async def play(data: bytes, send: object) -> None:
            assert callable(send)
            await asyncio.sleep(0.02)
            send(b"true:" + data)

        async with answering(play) as port:
            loop = asyncio.get_running_loop()
            with (
                await SystemNetwork().open_udp(LOOPBACK, port) as sock,
                socket.socket(type=socket.SOCK_DGRAM) as stranger,
            ):
                await loop.sock_sendall(sock, b"x")
                stranger.sendto(b"forged", sock.getsockname())
                return await loop.sock_recv(sock, 100)

    assert run(scenario()) == b"true:x"
