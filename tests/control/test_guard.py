"""What a helper never contacts: the matrix of addresses, ports, names and redirects; nothing is even tried."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.control.guard import BAD_PORTS, Guard, GuardedNetwork, is_bogon
from probe.control.limits import Limits
from tests.control.rooms import Recording, Room, among, question
from tests.measure.certificates import Pki
from tests.measure.messages import answer
from tests.measure.networks import PretendNetwork
from tests.measure.running import run
from tests.measure.servers import Datagrams, Peer, Script
from tests.measure.world import ADDRESS, HOST, RESOLVER, world

REFUSED = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::a00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "2606:4700::1111%1",
    "ff02::1",
]
ALLOWED = ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2001:4860:4860::8888"]

DISGUISES = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://127.0.0.1./",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[fe80::1%25lo]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://0.0.0.0/",
    "http://0/",
    "http://localhost/",
    "http://localhost./",
    "http://metadata.google.internal/",
    "http://router.lan/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://user@127.0.0.1/",
    "http://a.example@127.0.0.1/",
    "ftp://a.example/",
    "file:///etc/passwd",
    "gopher://a.example/",
    "http:127.0.0.1",
    "//127.0.0.1/",
    "http://",
    "",
    "http://a.example:0/",
    "http://a.example:22/",
    "http://a.example:25/",
    "http://a.example:6667/",
    "http://a.example:99999/",
]


def names(table: dict[str, list[str]]) -> Datagrams:
    """A resolver that answers each name with its next address; the last one stays."""

    async def play(wire: bytes, send: object) -> None:
        host = dns.message.from_wire(wire).question[0].name.to_text(omit_final_dot=True)
        assert callable(send)
        left = table.get(host, [])
        send(answer(wire, *([left.pop(0) if len(left) > 1 else left[0]] if left else [])))

    return play


def redirecting(location: str) -> Script:
    """A web server that sends everybody to `location`."""

    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.send(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())
        await peer.end("fin")

    return play


def contacts(
    pki: Pki, table: dict[str, list[str]], script: Script | None, ask: Callable[[Room], Awaitable[None]]
) -> set[str]:
    """The addresses that a helper contacts, resolvers aside, while it is asked."""

    async def play() -> set[str]:
        async with world(pki.trust) as there:
            await there.resolve(names(table))
            if script is not None:
                await there.serve(script)
            async with among(there) as here:
                await ask(here)
            assert here.network.looked_up == []
            return {ip for ip, _ in here.network.contacted} - {RESOLVER}

    return run(play())


@pytest.mark.parametrize("ip", REFUSED)
def test_addresses_that_are_refused(ip: str) -> None:
    """Nothing that is not a host of the internet, in whatever disguise."""
    assert is_bogon(ip)
    assert not Guard().allows(ip)


@pytest.mark.parametrize("ip", ALLOWED)
def test_addresses_that_are_allowed(ip: str) -> None:
    """Neighbours of the refused blocks are hosts like others."""
    assert not is_bogon(ip)
    assert Guard().allows(ip)


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_allowed(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """The written-out lists are at least as strict as the library's own."""
    if not address.is_global or address.is_multicast:
        assert not Guard().allows(str(address))


def test_own_addresses_and_the_operators_are_refused_too() -> None:
    """A helper's own public address may have doors that are closed from outside."""
    guard = Guard(own=["93.184.216.34"], refused=[ipaddress.ip_network("2606:4700::/32")])
    assert not guard.allows("93.184.216.34")
    assert not guard.allows("2606:4700::1111")
    assert guard.allows("93.184.216.35")


def test_the_gate_opens_nothing_else() -> None:
    """The address connected to is the one checked; no UDP, no system resolver, no port of another service."""
    recording = Recording(PretendNetwork())
    gate = GuardedNetwork(recording, Guard())

    async def knock() -> None:
        for ip in REFUSED:
            with pytest.raises(PermissionError):
                await gate.open_tcp(ip, 80)
        for port in (22, 25, 6667):
            assert port in BAD_PORTS
            with pytest.raises(PermissionError):
                await gate.open_tcp("93.184.216.34", port)
        with pytest.raises(PermissionError):
            await gate.open_udp("93.184.216.34", 443)
        with pytest.raises(PermissionError):
            await gate.system_lookup("example.org", lambda: None)
        with pytest.raises(ConnectionRefusedError):
            await gate.open_tcp("93.184.216.34", 80)

    run(knock())
    assert recording.contacted == [("93.184.216.34", 80)]
    assert recording.looked_up == []


@pytest.mark.parametrize("url", DISGUISES)
def test_urls_that_are_refused(url: str, pki: Pki) -> None:
    """400, nothing contacted, nothing of the request in the answer."""

    async def ask(here: Room) -> None:
        response = await here.ask(question(url, f"{ADDRESS}:80"))
        assert response.status_code == 400
        assert set(response.json()) == {"error"}
        assert not url or url not in response.text

    assert contacts(pki, {"a.example": [ADDRESS]}, redirecting("/"), ask) == set()


@pytest.mark.parametrize("ip", [ip for ip in REFUSED if "%" not in ip])
def test_names_that_resolve_to_refused_addresses(ip: str, pki: Pki) -> None:
    """The answer says what the name resolves to; nobody is contacted."""

    async def ask(here: Room) -> None:
        found = await here.answer(f"http://{HOST}/", f"[{ip}]:80" if ":" in ip else f"{ip}:80")
        assert found["tcp_connect"] == {}
        assert found["http_request"]["status_code"] == -1
        assert found["x_hops"][0]["failure"] == "dns_bogon_error"
        assert all(row["flags"] & 4 for row in found["ip_info"].values())

    assert contacts(pki, {HOST: [ip]}, redirecting("/"), ask) == set()


@pytest.mark.parametrize(
    "location",
    [
        *(url for url in DISGUISES if url.startswith("http://") and len(url) > 7 and url.isascii()),
        "//127.0.0.1/",
        "//[::1]/",
        "http://inner.example/",
        "https://inner.example/",
        "http://metadata.example/latest/",
        "http://six.example/",
    ],
)
def test_redirects_to_refused_places(location: str, pki: Pki) -> None:
    """Literal, disguised or by name: the redirect is seen and not followed."""
    table = {
        HOST: [ADDRESS],
        "a.example": [ADDRESS],
        "inner.example": ["10.0.0.1"],
        "metadata.example": ["169.254.169.254"],
        "six.example": ["::1"],
    }

    async def ask(here: Room) -> None:
        found = await here.answer(f"http://{HOST}/")
        assert found["http_request"]["status_code"] == -1
        assert found["http_request"]["failure"] == "unknown_error"
        assert found["x_hops"][0]["status_code"] == 302

    assert contacts(pki, table, redirecting(location), ask) == {ADDRESS}


def test_a_second_answer_of_a_name_server_does_not_count(pki: Pki) -> None:
    """DNS rebinding: the name is public when it is checked and private a moment later; it is looked up once a visit."""
    table = {HOST: [ADDRESS, ADDRESS, "127.0.0.1"]}  # A and AAAA take one each

    async def ask(here: Room) -> None:
        found = await here.answer(f"http://{HOST}/")
        assert len(found["x_hops"]) == 11
        assert {hop["address"] for hop in found["x_hops"]} == {f"{ADDRESS}:80"}

    assert contacts(pki, table, redirecting("/again"), ask) == {ADDRESS}


def test_a_private_address_among_public_ones_is_passed_over(pki: Pki) -> None:
    """The public one is visited, the other described as a bogon."""

    async def both(wire: bytes, send: object) -> None:
        assert callable(send)
        send(answer(wire, "127.0.0.1", ADDRESS))

    async def page(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await peer.end("fin")

    async def play() -> tuple[int, set[tuple[str, int]]]:
        async with world(pki.trust) as there:
            await there.resolve(both)
            await there.serve(page)
            async with among(there) as here:
                found = await here.answer(f"http://{HOST}/")
            assert found["ip_info"]["127.0.0.1"]["flags"] == 2 + 4
            return found["http_request"]["status_code"], set(here.network.contacted)

    status, contacted = run(play())
    assert status == 200
    assert contacted == {(RESOLVER, 53), (ADDRESS, 80), (ADDRESS, 443)}


def test_no_more_endpoints_than_the_limit(pki: Pki) -> None:
    """Hundreds of addresses in a request do not make a port scanner of the helper."""
    many = [f"93.184.{number // 250}.{number % 250 + 1}:443" for number in range(1000)]

    async def ask(here: Room) -> None:
        found = await here.answer(f"https://{HOST}/", *many)
        assert len(found["tcp_connect"]) == 64
        assert len(found["ip_info"]) <= 65

    assert len(contacts(pki, {HOST: [ADDRESS]}, None, ask)) == 64


def test_bogons_take_no_place_among_the_endpoints(pki: Pki) -> None:
    """Forty of them do not keep the public address behind them from being checked."""
    many = [*(f"10.0.0.{number}:80" for number in range(1, 41)), "93.184.216.99:80"]

    async def ask(here: Room) -> None:
        found = await here.answer(f"http://{HOST}/", *many)
        assert {endpoint.partition(":")[0] for endpoint in found["tcp_connect"]} == {ADDRESS, "93.184.216.99"}

    assert contacts(pki, {HOST: [ADDRESS]}, None, ask) == {ADDRESS, "93.184.216.99"}


def test_slots_bound_the_connections_of_all_requests(pki: Pki) -> None:
    """However many requests there are, no more connections are open at once than the limit says."""

    async def page(peer: Peer) -> None:
        await peer.request()
        await asyncio.sleep(0.01)
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await peer.end("fin")

    async def play() -> tuple[set[int], int]:
        hosts = [f"s{number}.example" for number in range(20)]
        async with world(pki.trust) as there:
            await there.resolve(names({host: [ADDRESS] for host in hosts}))
            await there.serve(page)
            async with among(there, limits=Limits(sockets=3)) as here:
                answers = await asyncio.gather(*(here.answer(f"http://{host}/") for host in hosts))
                return {found["http_request"]["status_code"] for found in answers}, here.network.most_open

    assert run(play()) == ({200}, 3)
