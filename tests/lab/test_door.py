"""The door: what a client says first, and what a simulated network makes of it."""

import asyncio
import socket
import time
from collections.abc import Sequence

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.lab.door import ACCEPTED, REFUSED, RESET, UNREACHABLE, read_preamble
from probe.lab.resolvers import RESOLVERS
from probe.lab.scenario import Act, Rule, Site
from tests.lab.clients import ADDRESS, HOST, LOOPBACK, PATIENCE, SITE, knock, lab_with, reach, rest

SHORT = 0.15
"""Seconds in which a client that hears nothing would have heard something."""


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (b"to 203.0.113.5 443", ("203.0.113.5", 443)),
        (b"to 2001:DB8:0::1 53", ("2001:db8::1", 53)),
        (b"to 203.0.113.5 0", None),
        (b"to 203.0.113.5 65536", None),
        (b"to www.example.org 443", None),
        (b"to 203.0.113.5", None),
        (b"TO 203.0.113.5 443", None),
        (b"to 203.0.113.5 443 more", None),
        (b"to 203.0.113.5 \xff", None),
        (b"", None),
    ],
)
def test_preamble(line: bytes, place: tuple[str, int] | None) -> None:
    """Address and port, or nothing."""
    assert read_preamble(line) == place


@given(st.binary(max_size=64))
def test_any_preamble(line: bytes) -> None:
    """Never an exception."""
    place = read_preamble(line)
    assert place is None or line.startswith(b"to ")


@pytest.mark.parametrize("line", [b"hello\n", b"GET / HTTP/1.1\r\n\r\n", b"x" * 65, b"to 1.2.3.4 0\n"])
def test_whoever_says_something_else_is_reset(line: bytes) -> None:
    """No client of the lab does."""
    with lab_with() as lab, knock(lab, line) as sock, pytest.raises(ConnectionResetError):
        sock.recv(1)


def test_preamble_in_pieces() -> None:
    """TCP has no lines."""
    with lab_with() as lab, knock(lab, b"to 104.4") as sock:
        time.sleep(0.02)
        sock.sendall(b"0.1.1 443\n")
        assert sock.recv(1) == ACCEPTED


def test_whoever_leaves_at_once_is_forgotten() -> None:
    """The lab goes on."""
    with lab_with() as lab:
        knock(lab, b"").close()
        knock(lab, b"to 104").close()
        with knock(lab, f"to {ADDRESS} 443\n".encode()) as sock:
            assert sock.recv(1) == ACCEPTED


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        (None, ACCEPTED),
        (Rule(Act.SYN_RESET, addresses=(ADDRESS,)), RESET),
        (Rule(Act.SYN_UNREACHABLE, addresses=(ADDRESS,)), UNREACHABLE),
    ],
)
def test_verdict(rule: Rule | None, verdict: bytes) -> None:
    """One byte, and the end of the connection when it is none."""
    with lab_with(*([rule] if rule else [])) as lab, knock(lab, f"to {ADDRESS} 443\n".encode()) as sock:
        assert sock.recv(1) == verdict
        assert verdict == ACCEPTED or sock.recv(1) == b""


def test_closed_port() -> None:
    """Refused at that port alone."""
    with lab_with(sites=(Site(HOST, (ADDRESS,), closed_ports=(8443,)),)) as lab:
        with knock(lab, f"to {ADDRESS} 8443\n".encode()) as sock:
            assert sock.recv(1) == REFUSED
        reach(lab, port=8444).close()


@pytest.mark.parametrize("alive", [True, False])
def test_dropped(*, alive: bool) -> None:
    """Nothing comes of a dropped SYN, and of a dead network."""
    rules = (Rule(Act.SYN_DROP),) if alive else ()
    with lab_with(*rules, alive=alive) as lab, knock(lab, f"to {ADDRESS} 443\n".encode()) as sock:
        sock.settimeout(SHORT)
        with pytest.raises(TimeoutError):
            sock.recv(1)


def test_a_connection_takes_a_round_trip() -> None:
    """The verdict comes that much later."""
    with lab_with(rtt=0.2) as lab:
        start = time.monotonic()
        reach(lab).close()
        assert 0.2 <= time.monotonic() - start < PATIENCE


def udp(ports: Sequence[int]) -> socket.socket:
    """A UDP socket to the first of `ports`."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(PATIENCE)
    sock.connect((LOOPBACK, ports[0]))
    return sock


def test_udp_door_of_a_resolver() -> None:
    """Each datagram is a question; junk is dropped and does not disturb."""
    with lab_with() as lab, udp(lab.door.udp_ports["8.8.8.8"]) as sock:
        sock.send(b"junk")
        sock.send(dns.message.make_query(HOST, "A").to_wire())
        answer = dns.message.from_wire(sock.recv(4096))
        assert [str(rdata) for rrset in answer.answer for rdata in rrset] == [ADDRESS]


def test_udp_doors_are_those_of_resolvers() -> None:
    """And none is silent, on a network that works."""
    with lab_with() as lab:
        assert set(lab.door.udp_ports) == RESOLVERS
        assert lab.door.silent_ports == ()


def test_udp_door_of_a_dead_network() -> None:
    """Sending works, as it does without a network; no answer comes."""
    with lab_with(alive=False) as lab, udp(lab.door.silent_ports) as sock:
        sock.send(dns.message.make_query(HOST, "A").to_wire())
        sock.settimeout(SHORT)
        with pytest.raises(TimeoutError):
            sock.recv(10)


def test_udp_answers_take_a_round_trip() -> None:
    """From the question to the answer."""
    with lab_with(rtt=0.2) as lab, udp(lab.door.udp_ports["8.8.8.8"]) as sock:
        start = time.monotonic()
        sock.send(dns.message.make_query(HOST, "A").to_wire())
        assert sock.recv(4096)
        assert 0.2 <= time.monotonic() - start < PATIENCE


def test_door_of_the_system() -> None:
    """A name in, its addresses out; errors by their name, for junk as well."""
    with lab_with() as lab, udp(lab.door.system_ports) as sock:
        for name, answer in ((HOST, ADDRESS), ("x" * 3000, "!NONAME"), ("a..b", "!NONAME")):
            sock.send(name.encode("latin-1"))
            assert sock.recv(4096).decode().startswith(answer)


def framed(*hosts: str) -> bytes:
    """Questions as they go over TCP."""
    wires = [dns.message.make_query(host, "A").to_wire() for host in hosts]
    return b"".join(len(wire).to_bytes(2, "big") + wire for wire in wires)


def test_dns_over_tcp_takes_questions_as_they_come() -> None:
    """Two at once, the second in two pieces: both are answered."""
    with lab_with() as lab, reach(lab, "8.8.8.8", 53) as sock:
        data = framed(HOST, HOST)
        sock.sendall(data[:-5])
        time.sleep(0.02)
        sock.sendall(data[-5:])
        sock.shutdown(socket.SHUT_WR)
        answers = rest(sock)
    size = int.from_bytes(answers[:2], "big")
    for message in (answers[2 : 2 + size], answers[4 + size :]):
        assert ADDRESS in dns.message.from_wire(message).to_text()


def test_dns_over_tcp_of_a_dropped_name_is_silence() -> None:
    """Not an empty message, which would be an answer."""
    with lab_with(Rule(Act.DNS_DROP), sites=(SITE,)) as lab, reach(lab, "8.8.8.8", 53) as sock:
        sock.sendall(framed(HOST))
        sock.settimeout(SHORT)
        with pytest.raises(TimeoutError):
            sock.recv(1)


def test_a_served_connection_that_nobody_reads_is_closed_with_the_rest() -> None:
    """The server has said all and is done; the bytes still wait for their reader when the lab ends."""

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        lab = lab_with(sites=(Site(HOST, (ADDRESS,), body=b"x" * 60_000),))
        reception, _ = lab._build(loop)
        server = await loop.create_server(reception.wire, LOOPBACK, 0)
        server.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(0)
            await loop.sock_connect(client, server.sockets[0].getsockname())
            await loop.sock_sendall(client, f"to {ADDRESS} 80\n".encode())
            assert await loop.sock_recv(client, 1) == ACCEPTED
            request = f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
            await loop.sock_sendall(client, request.encode())
            await asyncio.sleep(SHORT)
            wires = list(reception._wires)
            assert not reception._open
            assert [wire._transport is not None for wire in wires] == [True]
            await reception.close()
            await asyncio.sleep(0)
            assert [wire._transport for wire in wires] == [None]
        server.close()
        lab.close()

    asyncio.run(scenario())
