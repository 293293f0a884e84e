"""The server's end of one connection: what the path does to bytes, and how it ends, as a client sees it."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from probe.lab.wire import HIGH_WATER, Wire
from tests.measure.running import run

SHORT = 0.1
MEGABYTE = b"x" * (1 << 20)


@asynccontextmanager
async def connection(rtt: float = 0.0) -> AsyncIterator[tuple[socket.socket, Wire]]:
    """A client's socket and the wire at its other end."""
    loop = asyncio.get_running_loop()
    made: asyncio.Future[Wire] = loop.create_future()

    class Announced(Wire):
        """Says when it is connected: asyncio returns from its factory before."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            made.set_result(self)

    server = await loop.create_server(lambda: Announced(rtt), "127.0.0.1", 0)
    with socket.socket() as client:
        client.settimeout(0)
        await loop.sock_connect(client, server.sockets[0].getsockname())
        wire = await made
        try:
            yield client, wire
        finally:
            wire.abort()
            server.close()
            await asyncio.sleep(0)


async def receive(client: socket.socket, size: int) -> bytes:
    """Exactly `size` bytes."""
    data = b""
    while len(data) < size:
        part = await asyncio.get_running_loop().sock_recv(client, size - len(data))
        assert part
        data += part
    return data


async def silent(client: socket.socket) -> bool:
    """Whether nothing comes."""
    try:
        async with asyncio.timeout(SHORT):
            await asyncio.get_running_loop().sock_recv(client, 1)
    except TimeoutError:
        return True
    return False


def test_what_is_sent_arrives_a_round_trip_later() -> None:
    """In its order; a second piece sent meanwhile does not wait twice."""

    async def scenario() -> tuple[bytes, bytes, float]:
        async with connection(rtt=0.6) as (client, wire):
            start = time.monotonic()
            client.send(b"one")
            await asyncio.sleep(0.02)
            client.send(b"two")
            return await wire.read(), await wire.read(), time.monotonic() - start

    first, second, took = run(scenario())
    assert (first, second) == (b"one", b"two")
    assert 0.6 <= took < 1.15  # waiting twice takes 1.2


def test_the_end_is_read_again_and_again() -> None:
    """FIN is empty, after all that came before."""

    async def scenario() -> list[bytes]:
        async with connection() as (client, wire):
            client.send(b"last words")
            client.shutdown(socket.SHUT_WR)
            return [await wire.read() for _ in range(3)]

    assert run(scenario()) == [b"last words", b"", b""]


def test_pushed_back_is_read_next() -> None:
    """What a censor looked at goes to the server all the same."""

    async def scenario() -> list[bytes]:
        async with connection(rtt=0.01) as (client, wire):
            client.send(b"hello")
            wire.push_back(await wire.read())
            return [await wire.read()]

    assert run(scenario()) == [b"hello"]


def test_reset_is_a_real_one() -> None:
    """ECONNRESET at the client, nothing else."""

    async def scenario() -> None:
        async with connection() as (client, wire):
            wire.reset()
            with pytest.raises(ConnectionResetError):
                await asyncio.get_running_loop().sock_recv(client, 1)

    run(scenario())


def test_close_is_a_real_fin_after_all_bytes() -> None:
    """What was written arrives, then the end."""

    async def scenario() -> tuple[bytes, bytes]:
        async with connection() as (client, wire):
            await wire.write(b"goodbye")
            wire.close()
            return await receive(client, 7), await asyncio.get_running_loop().sock_recv(client, 1)

    assert run(scenario()) == (b"goodbye", b"")


def test_stall_is_silence_until_the_client_leaves() -> None:
    """Neither bytes nor an end; what the client says meanwhile is lost."""

    async def scenario() -> None:
        async with connection() as (client, wire):
            stalled = asyncio.create_task(wire.stall())
            client.send(b"anybody there?")
            assert await silent(client)
            assert not stalled.done()
            client.close()
            await stalled
            assert await wire.read() == b""

    run(scenario())


def test_freeze_lets_exactly_so_many_bytes_through() -> None:
    """Over all writes of the flow together; then nothing, until the client leaves."""

    async def scenario() -> bytes:
        async with connection() as (client, wire):
            wire.freeze_after = 10
            await wire.write(b"1234567")
            rest = asyncio.create_task(wire.write(b"89abcdef"))
            data = await receive(client, 10)
            assert await silent(client)
            assert not rest.done()
            client.shutdown(socket.SHUT_WR)
            await rest
            return data

    assert run(scenario()) == b"123456789a"


def test_freeze_counts_what_was_sent_before() -> None:
    """A path that freezes late lets nothing more through, and nothing odd."""

    async def scenario() -> None:
        async with connection() as (client, wire):
            await wire.write(b"1234567")
            assert await receive(client, 7) == b"1234567"
            wire.freeze_after = 3
            rest = asyncio.create_task(wire.write(b"89abcdefgh"))
            assert await silent(client)
            client.close()
            await rest

    run(scenario())


def test_throttle() -> None:
    """20 kB at 20 kB a second take a second, a steady flow and not one burst at the end."""

    async def scenario() -> tuple[float, float]:
        async with connection() as (client, wire):
            wire.bytes_per_second = 20_000.0
            start = time.monotonic()
            writing = asyncio.create_task(wire.write(b"x" * 20_000))
            await receive(client, 10_000)
            half = time.monotonic() - start
            await receive(client, 10_000)
            await writing
            return half, time.monotonic() - start

    half, whole = run(scenario())
    assert 0.4 < half < 0.9
    assert 0.95 < whole < 8.0


def test_a_client_that_sends_without_end_is_reset() -> None:
    """Once more is waiting than anybody asks for."""

    async def scenario() -> int:
        async with connection() as (client, _):
            for sent in range(64):
                try:
                    await asyncio.get_running_loop().sock_sendall(client, MEGABYTE)
                except ConnectionError:
                    return sent
        return 64

    assert run(scenario()) * len(MEGABYTE) < 32 * HIGH_WATER


def test_a_client_that_says_much_and_is_heard_goes_on() -> None:
    """Only what waits is counted, not what was read."""

    async def scenario() -> int:
        read = 0
        async with connection() as (client, wire):
            for _ in range(6):
                sending = asyncio.create_task(
                    asyncio.get_running_loop().sock_sendall(client, MEGABYTE[:400_000])
                )
                before = read
                while read < before + 400_000:
                    part = await wire.read()
                    assert part
                    read += len(part)
                await sending
        return read

    assert run(scenario()) == 2_400_000 > HIGH_WATER


def test_a_client_that_reads_nothing_is_written_to_no_further() -> None:
    """A server waits for room instead of filling memory; when the client leaves it is free."""

    async def scenario() -> int:
        async with connection() as (client, wire):

            async def pour() -> int:
                for number in range(64):
                    await wire.write(MEGABYTE)
                    poured.append(number)
                return len(poured)

            poured: list[int] = []
            pouring = asyncio.create_task(pour())
            await asyncio.sleep(SHORT)
            assert len(poured) < 32
            stuck = len(poured)
            await asyncio.sleep(SHORT)
            assert len(poured) == stuck
            client.close()
            return await pouring

    assert run(scenario()) == 64


def test_writing_to_a_client_that_is_gone_is_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """No exception, no complaint in the log."""

    async def scenario() -> None:
        async with connection() as (client, wire):
            client.close()
            assert await wire.read() == b""
            await wire.write(b"are you there?")
            await asyncio.sleep(SHORT)  # the answer to that is a reset
            for _ in range(20):
                await wire.write(b"are you there?")
            wire.reset()
            wire.reset()
            await wire.write(b"are you there?")
            wire.close()
            wire.abort()

    run(scenario())
    assert caplog.records == []
