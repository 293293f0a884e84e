"""The lab at its real addresses, for programs that cannot be told of it: the built image, or any unchanged `probe run`.

    python tools/lab_gate.py in NAME            make the network namespace NAME, in which every address is this machine
    ip netns exec NAME python tools/lab_gate.py serve --ca FILE [--scenario clean] [--rtt 0.02]
    ip netns exec NAME probe run --ca-bundle FILE …
    python tools/lab_gate.py out NAME           take it away again

Needs Linux, root and iproute2. Nothing leaves the namespace: its only interface is loopback. `serve` listens on ports
53, 80 and 443 of all addresses, says so in one line, and hands each connection to the lab, until SIGTERM or the end of
`--for` seconds. A connection is accepted before the lab is asked, so that a refused or dropped one is seen as a reset or as silence.
"""

import argparse
import asyncio
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from probe.lab.lab import Lab
from probe.lab.network import LabNetwork
from probe.lab.resolvers import ISP_RESOLVER
from probe.lab.scenarios import SCENARIOS

OWN = "10.99.0.2"
"""The address from which programs in the namespace speak; a private one, so that it is no target's."""

TCP_PORTS = (53, 80, 443)
DNS_PORT = 53
BOTH_WAYS = 65536
DNS_PATIENCE = 5.0
PKTINFO = struct.Struct("=I4s4s")
"""`struct in_pktinfo`: interface, local address, address of the header (ip(7))."""
IP_PKTINFO = 8
LINGER_RESET = struct.pack("ii", 1, 0)


def enter(name: str) -> None:
    """Make the namespace: loopback, a route that makes every address local, and no reserved ports."""
    for words in (
        f"netns add {name}",
        f"-n {name} link set lo up",
        f"-n {name} address add {OWN}/32 dev lo",
        f"-n {name} route add local default dev lo src {OWN}",
        f"-n {name} -6 route add local default dev lo",
    ):
        subprocess.run(["ip", *words.split()], check=True)
    folder = Path("/etc/netns") / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "resolv.conf").write_text(f"nameserver {ISP_RESOLVER}\n", encoding="ascii")


def leave(name: str) -> None:
    """Take the namespace away."""
    subprocess.run(["ip", "netns", "delete", name], check=False)
    shutil.rmtree(Path("/etc/netns") / name, ignore_errors=True)


class Gate:
    """Real sockets on one side, the lab's network on the other."""

    def __init__(self, network: LabNetwork) -> None:
        self._network = network
        self._tasks: set[asyncio.Task[None]] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One TCP connection: find out where it was meant to go, and join it to the lab's."""
        with self._kept(asyncio.current_task()):
            ip, port = writer.get_extra_info("sockname")[:2]
            try:
                there, back = await asyncio.open_connection(sock=await self._network.open_tcp(ip, port))
            except OSError:
                _reset(writer)
                return
            try:
                async with asyncio.TaskGroup() as ways:
                    ways.create_task(_pass(reader, back))
                    ways.create_task(_pass(there, writer))
            except* OSError:
                _reset(writer)
            finally:
                writer.close()
                back.close()

    @contextmanager
    def _kept(self, task: asyncio.Task[None] | None) -> Iterator[None]:
        """Asyncio itself holds tasks weakly."""
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    def asked(self, sock: socket.socket) -> None:
        """One datagram: ask the lab's resolver of that address, and answer from it."""
        data, ancillary, _, client = sock.recvmsg(4096, 256)
        place = next(
            raw for level, kind, raw in ancillary if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO)
        )
        task = asyncio.ensure_future(self._answer(sock, data, PKTINFO.unpack(place)[2], client))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, sock: socket.socket, data: bytes, meant: bytes, client: tuple[str, int]) -> None:
        """Pass on whatever comes within a few seconds: a forged answer and the true one, too."""
        from_there = [(socket.IPPROTO_IP, IP_PKTINFO, PKTINFO.pack(0, meant, b"\0" * 4))]
        loop = asyncio.get_running_loop()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(DNS_PATIENCE):
                with await self._network.open_udp(socket.inet_ntoa(meant), DNS_PORT) as inside:
                    await loop.sock_sendall(inside, data)
                    while True:
                        sock.sendmsg([await loop.sock_recv(inside, 4096)], from_there, 0, client)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(BOTH_WAYS):
        writer.write(data)
        await writer.drain()
    with suppress(OSError):
        writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
    writer.transport.abort()


async def serve(scenario: str, rtt: float, ca_copy: Path, seconds: float) -> None:
    """Stand at the ports until told to stop."""
    with Lab(SCENARIOS[scenario], rtt=rtt) as lab:
        gate, loop, end = Gate(lab.network()), asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, end.set)
        for port in TCP_PORTS:
            await asyncio.start_server(gate.connected, "::", port, backlog=1024, family=socket.AF_INET6)
            await asyncio.start_server(gate.connected, "0.0.0.0", port, backlog=1024)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dns:
            dns.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
            dns.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            dns.setblocking(False)  # noqa: FBT003
            dns.bind(("0.0.0.0", DNS_PORT))
            loop.add_reader(dns, gate.asked, dns)
            shutil.copyfile(lab.ca_file, ca_copy)
            ca_copy.chmod(0o644)  # noqa: ASYNC240 - nobody is served yet
            print(f"the lab {scenario!r} is open; its roots are in {ca_copy}", flush=True)
            with suppress(TimeoutError):
                await asyncio.wait_for(end.wait(), seconds)


def main() -> int:
    """Do what the first word says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for word in ("in", "out"):
        commands.add_parser(word).add_argument("name")
    serving = commands.add_parser("serve")
    serving.add_argument("--ca", type=Path, required=True)
    serving.add_argument("--scenario", default="clean", choices=sorted(SCENARIOS))
    serving.add_argument("--rtt", type=float, default=0.02)
    serving.add_argument("--for", dest="seconds", type=float, default=600.0)
    wishes = parser.parse_args()
    if wishes.command == "in":
        enter(wishes.name)
    elif wishes.command == "out":
        leave(wishes.name)
    elif [name for _, name in socket.if_nameindex()] != ["lo"]:
        print("serve runs inside a network namespace only: ip netns exec NAME …", file=sys.stderr)
        return 2
    else:
        asyncio.run(serve(wishes.scenario, wishes.rtt, wishes.ca, wishes.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
