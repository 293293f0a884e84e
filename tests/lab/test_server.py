"""The lab's servers over real connections: what each act of a censor looks like to a client, and odd clients."""

import socket
import ssl
import time

import dns.message
import pytest

from probe.lab.scenario import Act, Rule
from tests.lab.clients import (
    HOST,
    bytes_within,
    encrypt,
    fetch,
    fetch_in_the_clear,
    get,
    knock,
    lab_with,
    reach,
    rest,
)
from tests.lab.test_client_hello import client_hello

SHORT = 0.15


def test_a_page_over_tls() -> None:
    """Verified by the lab's own root; the name decides which."""
    with lab_with() as lab, reach(lab) as sock, encrypt(sock, lab) as tls:
        answer = get(tls)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert f"Welcome to {HOST}".encode() in answer


def test_alpn_decides_the_protocol() -> None:
    """HTTP/2 begins with a SETTINGS frame of the server."""
    with lab_with() as lab, reach(lab) as sock, encrypt(sock, lab, alpn=("h2",)) as tls:
        assert tls.selected_alpn_protocol() == "h2"
        tls.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        assert tls.recv(9)[3] == 4


def test_a_certificate_for_an_address() -> None:
    """A client that sends no name gets one for the address it went to."""
    with lab_with() as lab:
        assert fetch(lab, "104.40.1.1").startswith(b"HTTP/1.1 200 ")


def test_any_port_is_served() -> None:
    """In the clear or not, as the client begins."""
    with lab_with() as lab:
        assert fetch_in_the_clear(lab, 8080).startswith(b"HTTP/1.1 ")
        assert fetch(lab, port=8443).startswith(b"HTTP/1.1 200 ")


def test_dns_over_https_at_a_resolvers_address() -> None:
    """A question over POST, an answer over HTTP/1.1."""
    query = dns.message.make_query(HOST, "A").to_wire()
    head = f"POST /dns-query HTTP/1.1\r\nHost: dns.google\r\nContent-Length: {len(query)}\r\nConnection: close\r\n\r\n"
    with lab_with() as lab, reach(lab, "8.8.8.8") as sock, encrypt(sock, lab, "dns.google") as tls:
        tls.sendall(head.encode() + query)
        body = rest(tls).partition(b"\r\n\r\n")[2]
    assert "104.40.1.1" in dns.message.from_wire(body).to_text()


def client_end(rule: Rule, *, port: int = 443) -> bytes:
    """What a client hears after its ClientHello or its request in the clear."""
    with lab_with(rule) as lab, reach(lab, port=port) as sock:
        sock.sendall(
            client_hello(HOST) if port == 443 else f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
        )
        sock.settimeout(SHORT if rule.act in (Act.TLS_DROP, Act.HTTP_DROP) else 5.0)
        return rest(sock)


@pytest.mark.parametrize(("act", "port"), [(Act.TLS_RESET, 443), (Act.HTTP_RESET, 80)])
def test_reset(act: Act, port: int) -> None:
    """A real RST."""
    with pytest.raises(ConnectionResetError):
        client_end(Rule(act, hosts=(HOST,)), port=port)


@pytest.mark.parametrize(("act", "port"), [(Act.TLS_FIN, 443), (Act.HTTP_FIN, 80)])
def test_fin(act: Act, port: int) -> None:
    """A real FIN and not a byte."""
    assert client_end(Rule(act, hosts=(HOST,)), port=port) == b""


@pytest.mark.parametrize(("act", "port"), [(Act.TLS_DROP, 443), (Act.HTTP_DROP, 80)])
def test_drop(act: Act, port: int) -> None:
    """Silence."""
    with pytest.raises(TimeoutError):
        client_end(Rule(act, hosts=(HOST,)), port=port)


def test_alert_and_plain_answer() -> None:
    """A fatal alert; an HTTP page where TLS should be."""
    assert client_end(Rule(Act.TLS_ALERT, hosts=(HOST,))) == b"\x15\x03\x03\x00\x02\x02\x28"
    assert client_end(Rule(Act.TLS_PLAIN, hosts=(HOST,))).startswith(b"HTTP/1.1 403 Forbidden\r\n")


def test_page_and_redirect_in_the_clear() -> None:
    """The block page, and the way to one."""
    with lab_with(Rule(Act.HTTP_PAGE, hosts=(HOST,))) as lab:
        answer = fetch_in_the_clear(lab)
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert b"10.10.34.35" in answer
        assert fetch(lab).startswith(b"HTTP/1.1 200 ")
    with lab_with(Rule(Act.HTTP_REDIRECT, hosts=(HOST,), value="http://10.10.34.35/")) as lab:
        assert b"Location: http://10.10.34.35/\r\n" in fetch_in_the_clear(lab)


@pytest.mark.parametrize("act", [Act.TLS_UNTRUSTED, Act.TLS_EXPIRED, Act.TLS_CENSOR])
def test_bad_certificates(act: Act) -> None:
    """No client trusts them; other names are not touched."""
    with lab_with(Rule(act, hosts=(HOST,))) as lab:
        with pytest.raises(ssl.SSLCertVerificationError):
            fetch(lab)
        assert fetch(lab, "other.example")


def test_residual_censorship() -> None:
    """After a reset the address is silent for others too, until the time is over."""
    with lab_with(Rule(Act.TLS_RESET, hosts=(HOST,), residual=0.4)) as lab:
        with pytest.raises(ConnectionResetError):
            fetch(lab)
        with knock(lab, b"to 104.40.1.1 443\n") as sock:
            assert bytes_within(sock, SHORT) == 0
        time.sleep(0.45)
        assert fetch(lab, "other.example")


@pytest.mark.parametrize("act", [Act.FREEZE, Act.THROTTLE])
def test_transfers(act: Act) -> None:
    """A frozen flow stops at its byte; a throttled one needs its time for what another has at once."""
    with lab_with(Rule(act, hosts=(HOST,), value="6000")) as lab:
        with reach(lab) as sock, encrypt(sock, lab) as tls:
            tls.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            assert bytes_within(tls, 0.6) < 6000
        assert len(fetch(lab, "other.example")) > 6000


def test_a_client_hello_in_pieces_is_read_whole() -> None:
    """A name is found that no single segment holds."""
    with lab_with(Rule(Act.TLS_RESET, hosts=(HOST,))) as lab, reach(lab) as sock:
        data = client_hello(HOST)
        sock.sendall(data[:20])
        time.sleep(0.03)
        sock.sendall(data[20:])
        with pytest.raises(ConnectionResetError):
            sock.recv(1)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\x16",
        b"\x16\x03\x01\xff\xff" + b"x" * 100,
        b"\x16\x03\x01\x00\x04\x01\x00\x00\x00",
        b"\x16\x03\x01\x00\x05hello",
        client_hello(HOST)[:200],
        client_hello(HOST) + b"\x17\x03\x03\x00\x05hello",
        b"\x00" * 1000,
        b"GET / HTTP/1.1\r\nHost: " + b"a" * 200_000,
    ],
)
def test_odd_clients_cost_their_own_connection(said: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Then the lab serves the next one as before, and has nothing to complain of."""
    with lab_with() as lab:
        with reach(lab) as sock:
            sock.sendall(said)
            sock.shutdown(socket.SHUT_WR)
            try:
                rest(sock)
            except ConnectionResetError:
                assert len(said) > 1000
        assert fetch(lab).startswith(b"HTTP/1.1 200 ")
    assert caplog.records == []


@pytest.mark.parametrize("name", ["a b.example", "-.example", "*.example", "\x01\x02"])
def test_odd_names_in_a_client_hello(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever a client asks for, it gets a ServerHello."""
    plain = client_hello("x" * len(name))
    with lab_with() as lab, reach(lab) as sock:
        sock.sendall(plain.replace(b"x" * len(name), name.encode()))
        assert sock.recv(1) == b"\x16"
    assert caplog.records == []
