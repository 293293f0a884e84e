"""CPU of one TLS fetch: ours beside `openssl s_time`, curl, and httpx as it comes, against one server in one run.

    python benchmarks/tls_fetch.py

Each client makes new TLS 1.3 connections with an ECDSA P-256 certificate, verifies it, and fetches one small page.
Only the client's own CPU time is counted. Rounds are interleaved, so that a slow moment of the machine hits all.
"""

import asyncio
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
from place import cpu_seconds, verdict

from probe.cli.measuring import settle_memory
from probe.lab.authority import Authority
from probe.measure.connect import connect
from probe.measure.fetch import Ask, fetch
from probe.measure.handshake import handshake
from probe.measure.network import SystemNetwork
from probe.measure.trace import Trace
from probe.measure.trust import Trust

HOST, PORT = "127.0.0.1", 14433
ROUNDS, FETCHES, PARALLEL = 5, 300, 20
URL = f"https://{HOST}:{PORT}/"


async def by_us(trust: Trust, count: int) -> None:
    """`count` flows of the measuring core, `PARALLEL` at a time."""
    network, turn = SystemNetwork(), asyncio.Semaphore(PARALLEL)

    async def one() -> None:
        async with turn:
            trace = Trace(time.monotonic)
            flow = trace.open_flow(trace.seen, f"{HOST}:{PORT}", "tcp", [])
            stream = await connect(network, HOST, PORT, flow, trace.seen, 10)
            assert stream is not None
            assert await handshake(stream, trust.context, HOST, trace.seen, 10)
            answer = await fetch(stream, Ask(URL), trace.seen, 10)
            assert answer.status == 200, answer

    await asyncio.gather(*(one() for _ in range(count)))


async def by_httpx(trust: Trust, count: int) -> None:
    """`count` requests of one httpx client that keeps no connection."""
    limits = httpx.Limits(max_connections=PARALLEL, max_keepalive_connections=0)
    async with httpx.AsyncClient(verify=trust.context, limits=limits, trust_env=False) as client:

        async def one() -> None:
            response = await client.get(URL)
            assert response.status_code == 200

        await asyncio.gather(*(one() for _ in range(count)))


def of_coroutine(measure: Callable[[Trust, int], object], trust: Trust) -> float:
    """CPU seconds a fetch, in this process."""
    before = cpu_seconds()
    asyncio.run(measure(trust, FETCHES))  # type: ignore[arg-type]
    return (cpu_seconds() - before) / FETCHES


def of_curl(ca: Path) -> float:
    """CPU seconds a fetch of one curl that opens a new connection for each."""
    urls = [
        part
        for _ in range(FETCHES)
        for part in (
            "--next",
            "-s",
            "--no-sessionid",
            "-o",
            "/dev/null",
            "--cacert",
            str(ca),
            "-H",
            "Connection: close",
            URL,
        )
    ]
    before = cpu_seconds(resource.RUSAGE_CHILDREN)
    subprocess.run(["curl", *urls[1:]], check=True)
    return (cpu_seconds(resource.RUSAGE_CHILDREN) - before) / FETCHES


def of_openssl(ca: Path) -> float:
    """CPU seconds a connection of `openssl s_time`, which fetches a page on each."""
    command = [
        "openssl",
        "s_time",
        "-connect",
        f"{HOST}:{PORT}",
        "-www",
        "/",
        "-new",
        "-time",
        "2",
        "-CAfile",
        str(ca),
        "-verify",
        "3",
    ]
    before = cpu_seconds(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    used = cpu_seconds(resource.RUSAGE_CHILDREN) - before
    match = re.search(r"(\d+) connections in [\d.]+ real seconds", done.stdout)
    assert match, done.stdout
    return used / int(match[1])


def main() -> int:
    """Measure and print; 1 when our bound is not kept."""
    for tool in ("openssl", "curl"):
        if not shutil.which(tool):
            print(f"{tool} is not on this machine", file=sys.stderr)
            return 2
    authority = Authority(datetime.now(UTC))
    with tempfile.TemporaryDirectory() as folder:
        pem = Path(folder) / "leaf.pem"
        authority.write_leaf(HOST, pem)
        command = [
            "openssl",
            "s_server",
            "-accept",
            str(PORT),
            "-cert",
            str(pem),
            "-cert_chain",
            str(pem),
            "-key",
            str(pem),
            "-www",
            "-quiet",
        ]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            try:
                return compare(authority.ca_file)
            finally:
                server.kill()
                authority.close()


def compare(ca: Path) -> int:
    """The table, and our verdict."""
    time.sleep(0.5)
    trust = Trust.load(ca)
    ways: dict[str, Callable[[], float]] = {
        "openssl s_time": lambda: of_openssl(ca),
        "curl": lambda: of_curl(ca),
        "reachprobe": lambda: of_coroutine(by_us, trust),
        "httpx, one client, no keep-alive": lambda: of_coroutine(by_httpx, trust),
    }
    asyncio.run(by_us(trust, 20))
    asyncio.run(by_httpx(trust, 20))
    settle_memory()  # as `probe run` does before it measures; httpx in this process gains by it too
    seen: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            seen[name].append(way())
    base = statistics.median(seen["openssl s_time"])
    for name, values in seen.items():
        middle = statistics.median(values)
        print(
            f"{name:34} {middle * 1000:6.3f} ms CPU  {middle / base:5.2f} x openssl  ({min(values) * 1000:.3f} to {max(values) * 1000:.3f})"
        )
    ratios = [ours / theirs for ours, theirs in zip(seen["reachprobe"], seen["openssl s_time"], strict=True)]
    return 0 if verdict("CPU of a TLS fetch / openssl s_time", statistics.median(ratios), 1.6) else 1


if __name__ == "__main__":
    sys.exit(main())
