"""The client's side of the lab: what measuring code gets of it is what a kernel and a stub resolver give."""

import asyncio
import errno
import socket

import dns.message
import pytest

from probe.lab.network import NO_DATA, LabNetwork
from probe.lab.scenario import Act, Rule, Site
from tests.lab.clients import ADDRESS, HOST, SITE, lab_with
from tests.measure.running import begun, open_descriptors, run

DUAL = Site("dual.example.org", ("104.40.1.7", "2606:4700::7"))


async def tcp_error(network: LabNetwork, port: int = 443) -> int | None:
    """The errno of a failed connect, None when it worked."""
    try:
        (await network.open_tcp(ADDRESS, port)).close()
    except OSError as error:
        return error.errno
    return None


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        (Rule(Act.SYN_RESET, ports=(443,)), errno.ECONNRESET),
        (Rule(Act.SYN_UNREACHABLE, ports=(443,)), errno.EHOSTUNREACH),
        (Rule(Act.SYN_DROP, ports=(80,)), None),
    ],
)
def test_connects_fail_as_a_kernel_has_it(rule: Rule, number: int | None) -> None:
    """By errno, with a message."""
    with lab_with(rule) as lab:
        assert run(tcp_error(lab.network())) == number


def test_closed_ports_refuse() -> None:
    """Over TCP as over UDP."""

    async def scenario(network: LabNetwork) -> tuple[int | None, int | None]:
        with pytest.raises(ConnectionRefusedError) as caught:
            await network.open_udp(ADDRESS, 53)
        return await tcp_error(network, 8443), caught.value.errno

    with lab_with(sites=(Site(HOST, (ADDRESS,), closed_ports=(8443,)),)) as lab:
        assert run(scenario(lab.network())) == (errno.ECONNREFUSED, errno.ECONNREFUSED)


def test_a_dropped_syn_waits_for_ever_and_leaves_nothing() -> None:
    """The caller sets deadlines; a cancelled connect closes its socket."""

    async def scenario(network: LabNetwork) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await network.open_tcp(ADDRESS, 443)

    with lab_with(Rule(Act.SYN_DROP)) as lab:
        run(scenario(lab.network()))
        before = open_descriptors()
        run(scenario(lab.network()))
        assert open_descriptors() == before


def test_sockets_are_as_the_protocol_says() -> None:
    """Non-blocking, connected, the caller's; no delay for small writes."""

    async def scenario(network: LabNetwork) -> None:
        with await network.open_tcp(ADDRESS, 443) as tcp, await network.open_udp("8.8.8.8", 53) as udp:
            assert (tcp.gettimeout(), udp.gettimeout()) == (0.0, 0.0)
            assert tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert udp.getpeername()[0] == "127.0.0.1"

    with lab_with() as lab:
        run(scenario(lab.network()))


def test_udp_sockets_take_turns_at_the_doors() -> None:
    """Many questions at once do not overflow one socket's buffer."""

    async def scenario(network: LabNetwork) -> set[int]:
        ports = set()
        for _ in range(16):
            with await network.open_udp("8.8.8.8", 53) as sock:
                ports.add(sock.getpeername()[1])
        return ports

    with lab_with() as lab:
        assert run(scenario(lab.network())) == set(lab.door.udp_ports["8.8.8.8"])
        assert len(lab.door.udp_ports["8.8.8.8"]) > 1


@pytest.mark.parametrize(("ip", "port"), [("104.40.1.1", 53), ("8.8.8.8", 54), ("8.8.8.8", 443)])
def test_where_no_resolver_listens_the_port_is_closed(ip: str, port: int) -> None:
    """As the kernel says of a connected socket."""
    with lab_with() as lab, pytest.raises(ConnectionRefusedError):
        run(lab.network().open_udp(ip, port))


def test_five_hundred_questions_at_once_are_answered() -> None:
    """What forty targets ask at the start of a run: none is lost on the way."""

    async def one(network: LabNetwork, number: int) -> int:
        query = dns.message.make_query(f"{number}.example.org", "A", id=number)
        with await network.open_udp("8.8.8.8", 53) as sock:
            await asyncio.get_running_loop().sock_sendall(sock, query.to_wire())
            answer = dns.message.from_wire(await asyncio.get_running_loop().sock_recv(sock, 4096))
        assert query.is_response(answer)
        return answer.id

    async def scenario(network: LabNetwork) -> list[int]:
        return await asyncio.gather(*(one(network, number) for number in range(500)))

    with lab_with(rtt=0.05) as lab:
        assert run(scenario(lab.network()), limit=30.0) == list(range(500))


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        (Rule(Act.DNS_NXDOMAIN), socket.EAI_NONAME),
        (Rule(Act.DNS_SERVFAIL), socket.EAI_AGAIN),
        (Rule(Act.DNS_REFUSED), socket.EAI_FAIL),
        (Rule(Act.DNS_EMPTY), NO_DATA),
    ],
)
def test_look_ups_fail_as_a_stub_resolver_has_it(rule: Rule, number: int) -> None:
    """By the EAI number."""

    async def scenario(network: LabNetwork) -> int | None:
        with pytest.raises(socket.gaierror) as caught:
            await network.system_lookup(HOST + ".", begun)
        return caught.value.errno

    with lab_with(rule) as lab:
        assert run(scenario(lab.network())) == number


@pytest.mark.parametrize("act", [None, Act.DNS_GARBAGE, Act.DNS_WRONG_ID])
def test_look_ups_bring_both_families_and_see_through_junk(act: Act | None) -> None:
    """A stub resolver takes the first datagram that answers its question."""

    async def scenario(network: LabNetwork) -> list[str]:
        return await network.system_lookup("dual.example.org.", begun)

    with lab_with(*([Rule(act)] if act else []), sites=(DUAL,)) as lab:
        assert run(scenario(lab.network())) == list(DUAL.addresses)


def test_the_first_answer_of_a_race_is_believed() -> None:
    """The forged one."""

    async def scenario(network: LabNetwork) -> list[str]:
        return await network.system_lookup(HOST, begun)

    with lab_with(Rule(Act.DNS_RACE, value="10.10.34.36"), sites=(SITE,)) as lab:
        assert run(scenario(lab.network())) == ["10.10.34.36"]
