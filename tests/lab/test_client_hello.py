"""The name in a ClientHello: found in every real one, and never an exception."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.lab.client_hello import is_complete, looks_like_tls, server_name


def client_hello(name: str | None, alpn: tuple[str, ...] = (), *, newest: bool = True) -> bytes:
    """What Python's TLS says first when it wants `name`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if not newest:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("newest", [True, False])
@pytest.mark.parametrize("alpn", [(), ("h2", "http/1.1")])
@pytest.mark.parametrize(
    "name",
    ["x.com", "WWW.Example.COM", "a" * 63 + ".example", "xn--80akhbyknj4f.xn--p1ai", "under_score.net"],
)
def test_finds_the_name_of_real_ones(name: str, alpn: tuple[str, ...], *, newest: bool) -> None:
    """With TLS 1.3 and 1.2, with and without ALPN; in lower case, as rules have it."""
    data = client_hello(name, alpn, newest=newest)
    assert looks_like_tls(data)
    assert is_complete(data)
    assert server_name(data) == name.lower()


@pytest.mark.parametrize("name", [None, "192.0.2.1", "2001:db8::1"])
def test_no_name_is_no_name(name: str | None) -> None:
    """Addresses are not sent as names (RFC 6066 §3)."""
    assert server_name(client_hello(name)) == ""


def test_complete_means_the_whole_record() -> None:
    """Every shorter beginning is incomplete; more may follow."""
    data = client_hello("x.com")
    assert not any(is_complete(data[:size]) for size in range(len(data)))
    assert is_complete(data + b"more")


def test_cut_anywhere_it_gives_the_name_or_nothing() -> None:
    """A censor that reads one segment sees the name, a beginning of it, or none."""
    data = client_hello("www.example.com")
    for size in range(len(data)):
        assert "www.example.com".startswith(server_name(data[:size]))


@pytest.mark.parametrize("data", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16", b"\x15\x03\x03\x00\x02\x02\x28"])
def test_other_bytes_have_none(data: bytes) -> None:
    """Nothing, HTTP, half a header, an alert."""
    assert server_name(data) == ""


@given(st.binary(max_size=600))
def test_any_bytes(data: bytes) -> None:
    """Never an exception, whatever comes."""
    assert isinstance(server_name(b"\x16" + data), str)
    assert isinstance(server_name(b"\x16\x03\x01\x02\x00\x01" + data), str)
    assert isinstance(is_complete(data), bool)


@given(st.data())
def test_any_damage(data: st.DataObject) -> None:
    """Nor when bytes of a real one are changed."""
    hello = bytearray(client_hello("www.example.com"))
    for _ in range(data.draw(st.integers(1, 8))):
        hello[data.draw(st.integers(0, len(hello) - 1))] = data.draw(st.integers(0, 255))
    name = server_name(bytes(hello))
    assert name == name.lower()
