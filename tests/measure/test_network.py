"""The boundary with the operating system: sockets that are real, and look-ups in threads."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from probe.measure.network import LOOKUP_THREADS, LookupThreads, SystemNetwork
from tests.measure.running import begun, open_descriptors, run
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
        answers: list[list[object]] = await asyncio.gather(
            *(threads.ask(f"10.0.0.{n}", begun) for n in range(8))
        )
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
        await asyncio.gather(*(threads.ask("192.0.2.1", begun) for _ in range(20)))

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
                    await threads.ask("stuck", begun)
        try:
            async with asyncio.timeout(2.0):
                return await threads.ask("next", begun)
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
        first = asyncio.create_task(threads.ask("first", begun))
        given_up = asyncio.create_task(threads.ask("given-up", begun))
        last = asyncio.create_task(threads.ask("last", begun))
        await asyncio.sleep(0.01)
        given_up.cancel()
        release.set()
        await asyncio.gather(first, last)

    run(scenario())
    assert asked == ["first", "last"]


def test_a_look_up_begins_when_a_thread_takes_it() -> None:
    """What was in the queue before is no time of the resolver's; one that waits too long was never asked."""
    release, asked = threading.Event(), list[str]()

    def stuck(name: str, *_: object, **__: object) -> list[object]:
        release.wait(10.0)
        return [entry(name)]

    async def scenario() -> None:
        threads = LookupThreads(stuck, 1, patience=0.2)
        first = asyncio.create_task(threads.ask("first", lambda: asked.append("first")))
        second = asyncio.create_task(threads.ask("second", lambda: asked.append("second")))
        with pytest.raises(BlockingIOError):
            await second
        assert asked == ["first"]
        third = asyncio.create_task(threads.ask("third", lambda: asked.append("third")))
        await asyncio.sleep(0.01)
        release.set()
        assert list(await asyncio.gather(first, third)) == [[entry("first")], [entry("third")]]

    run(scenario())
    assert asked == ["first", "third"]


def test_forty_targets_on_a_network_that_drops_names_do_not_wait_for_each_other() -> None:
    """Each gives up after 4 s and goes on to the next name, while glibc holds a thread for 30 s."""
    release, out = threading.Event(), asyncio.Semaphore(0)

    def dropped(*_: object, **__: object) -> list[object]:
        release.wait(10.0)
        return []

    async def scenario() -> None:
        network = SystemNetwork(dropped)
        work = [
            asyncio.create_task(network.system_lookup(f"{n}.example.", out.release))
            for n in range(LOOKUP_THREADS - 1)
        ]
        async with asyncio.timeout(5.0):
            for _ in work:
                await out.acquire()
        for task in work:
            task.cancel()
        release.set()
        assert await network.system_lookup("honest.example.", begun) == []

    run(scenario())


@pytest.mark.skipif(os.name == "nt", reason="no such limits")
def test_no_thread_and_no_socket_are_this_machines_faults() -> None:
    """Told as what they are, and the next look-up is made as soon as there is room again."""
    report = subprocess.run([sys.executable, "-c", STARVED], capture_output=True, text=True, check=True)
    assert report.stdout.split() == ["EAGAIN", "[]", "EMFILE", "EAI_AGAIN", "[]"]


STARVED = """
import asyncio, errno, os, resource, socket
from probe.measure.network import SystemNetwork

begun = lambda: None
mood = [None]

def lookup(*_, **__):
    if mood[0]:
        raise socket.gaierror(socket.EAI_AGAIN, "later")
    return []

async def told(network):
    try:
        return str(await network.system_lookup("x.", begun))
    except socket.gaierror as error:
        return "EAI_AGAIN" if error.errno == socket.EAI_AGAIN else str(error)
    except OSError as error:
        return errno.errorcode[error.errno]

async def main():
    network = SystemNetwork(lookup)
    threads, most = resource.getrlimit(resource.RLIMIT_NPROC)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, most))
    print(await told(network))
    resource.setrlimit(resource.RLIMIT_NPROC, (threads, most))
    print(await told(network))
    mood[0] = True
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")) - 1, hard))
    print(await told(network))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    print(await told(network))
    mood[0] = None
    print(await told(network))

if os.geteuid() == 0:
    os.setuid(65534)  # root has no bound on threads
asyncio.run(main())
"""
"""In a process of its own, whose limits are lowered."""


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
            await threads.ask("bad", begun)
        return await threads.ask("good", begun)

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
                await network.system_lookup("slow", begun)

    run(give_up())
    release.set()
    assert run(network.system_lookup("next", begun)) == ["192.0.2.1", "192.0.2.2"]


def test_the_real_resolver_knows_addresses() -> None:
    """`getaddrinfo` itself, on something that needs no network."""
    assert run(SystemNetwork().system_lookup("127.0.0.1", begun)) == ["127.0.0.1"]


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
