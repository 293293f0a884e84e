"""CPU and memory of whole web measurements in the lab: what one target costs, and what one waiting flow holds.

python benchmarks/measurement_cpu.py
"""

import asyncio
import gc
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from place import Place, Quiet, cpu_seconds, lab, resident_bytes, verdict

from probe import session
from probe.cli.measuring import settle_memory
from probe.job import Job
from probe.lab.authority import Authority
from probe.measure.connect import connect
from probe.measure.fetch import Ask, fetch
from probe.measure.handshake import handshake
from probe.measure.network import SystemNetwork
from probe.measure.trace import Trace
from probe.measure.trust import Trust
from probe.planned import open_new
from probe.schedule import Limits
from probe.testlist import parse

KIB = 1 << 10
TARGETS, WARM_UP = 600, 100
FLOWS = 400
HOST = "www.frozen.example"


def cpu_of_a_measurement(place: Place) -> float:
    """Milliseconds of CPU a target: look-ups by four resolvers, all addresses, one page of 5 to 60 kB, the record."""
    surroundings = place.surroundings()

    def run(first: int, count: int) -> float:
        urls = "\n".join(f"https://www.bench{number}.example/" for number in range(first, first + count))
        entries = parse("bench", urls.encode())
        job = Job(entries.targets, Limits(), seed=1, lists=[entries])
        with tempfile.TemporaryDirectory() as folder:
            results = open_new(job, Path(folder), surroundings)
            before, listener = cpu_seconds(), Quiet()
            asyncio.run(session.carry_out(job, results, surroundings, listener))
            assert listener.finished_targets == count
            return (cpu_seconds() - before) / count * 1000

    run(0, WARM_UP)
    settle_memory()
    return run(WARM_UP, TARGETS)


async def serve_silence(pem: Path) -> None:
    """A TLS server that never answers; prints its port and goes on until it is killed."""

    async def hold(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        with suppress(ConnectionResetError):  # whoever closes with session tickets unread resets
            await reader.read()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = await asyncio.start_server(hold, "127.0.0.1", 0, ssl=context, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def memory_of_a_flow(port: int, trust: Trust) -> float:
    """KiB that each of many flows holds which have shaken hands, asked, and wait for an answer that does not come."""
    network, context, traces = SystemNetwork(), trust.context, list[Trace]()

    async def wait() -> None:
        trace = Trace(time.monotonic)
        traces.append(trace)
        flow = trace.open_flow(trace.seen, f"127.0.0.1:{port}", "tcp", [])
        stream = await connect(network, "127.0.0.1", port, flow, trace.seen, 60)
        assert stream is not None
        assert await handshake(stream, context, HOST, trace.seen, 60)
        await fetch(stream, Ask(f"https://{HOST}/"), trace.seen, 60)

    async def open_flows(count: int) -> list[asyncio.Task[None]]:
        tasks = []
        for _ in range(count):
            tasks.append(asyncio.create_task(wait()))
            await asyncio.sleep(0.003)
        while not all(trace.seen.tls_handshakes for trace in traces):  # noqa: ASYNC110 - nobody would set an event
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.0)
        return tasks

    tasks = await open_flows(50)
    gc.collect()
    before = resident_bytes()
    tasks += await open_flows(FLOWS)
    gc.collect()
    used = resident_bytes() - before
    waiting = sum(not task.done() for task in tasks)
    assert waiting == len(tasks), f"{len(tasks) - waiting} flows ended"
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return used / FLOWS / KIB


def main() -> int:
    """Measure and print; 1 when a bound is not kept."""
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(serve_silence(Path(sys.argv[2])))
        return 0
    kept = [verdict("memory of a waiting flow", fresh_memory_of_a_flow(), 64, "KiB")]
    with lab("clean") as place:
        kept.append(verdict("CPU of a whole web measurement", cpu_of_a_measurement(place), 7, "ms"))
    return 0 if all(kept) else 1


def fresh_memory_of_a_flow() -> float:
    """KiB; before anything else has run, or the flows would be given memory that others have let go."""
    authority = Authority(datetime.now(UTC))
    with tempfile.TemporaryDirectory() as folder:
        pem = Path(folder) / "leaf.pem"
        authority.write_leaf(HOST, pem)
        command = [sys.executable, __file__, "--serve", str(pem)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            used = asyncio.run(memory_of_a_flow(port, Trust.load(authority.ca_file)))
            server.kill()
    authority.close()
    return used


if __name__ == "__main__":
    sys.exit(main())
