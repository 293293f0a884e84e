"""The lab's certificates: right for any name, wrong in exactly the way that was asked for."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from probe.lab.authority import CENSOR_HOST, MAX_CONTEXTS, Authority
from probe.lab.scenario import Act

HOST_MISMATCH, EXPIRED, NO_ISSUER = 62, 10, 20
"""OpenSSL's X509_V_ERR_… numbers."""


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    """One for all tests."""
    made = Authority(datetime.now(UTC))
    yield made
    made.close()


def handshake(server: ssl.SSLContext, name: str, authority: Authority) -> ssl.SSLObject:
    """The client's side of a handshake with a server of that context; raises what the client does."""
    context = ssl.create_default_context(cafile=str(authority.ca_file))
    context.set_alpn_protocols(["h2", "http/1.1"])
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(to_client, to_server, server_hostname=name)
    other = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(10):
        for side in (client, other):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client


def refused(server: ssl.SSLContext, name: str, authority: Authority) -> int:
    """Why the client does not trust a server of that context."""
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(server, name, authority)
    return caught.value.verify_code


@pytest.mark.parametrize(
    "host",
    [
        "www.example.org",
        "under_score.example.org",
        "a" * 63 + "." + "b" * 63 + ".example.org",
        "xn--80akhbyknj4f.xn--p1ai",
        "localhost",
        "192.0.2.7",
        "2001:db8::7",
    ],
)
def test_any_host_is_vouched_for(host: str, authority: Authority) -> None:
    """Names of any length and addresses; HTTP/2 is agreed on."""
    client = handshake(authority.context(host), host, authority)
    assert client.version() == "TLSv1.3"
    assert client.selected_alpn_protocol() == "h2"


def test_each_host_has_its_own(authority: Authority) -> None:
    """A certificate is right for its own name alone."""
    context = authority.context("a.example")
    assert refused(context, "b.example", authority) == HOST_MISMATCH


@pytest.mark.parametrize(
    ("act", "reason"),
    [(Act.TLS_EXPIRED, EXPIRED), (Act.TLS_UNTRUSTED, NO_ISSUER), (Act.TLS_CENSOR, NO_ISSUER)],
)
def test_what_is_wrong_is_what_was_asked_for(act: Act, reason: int, authority: Authority) -> None:
    """And the right one is not disturbed by it."""
    assert refused(authority.context("c.example", act), "c.example", authority) == reason
    assert handshake(authority.context("c.example"), "c.example", authority)


def test_the_censors_own_certificate_names_the_censor(authority: Authority) -> None:
    """Whatever name was asked for."""
    context = authority.context("d.example", Act.TLS_CENSOR)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client.wrap_bio(to_client, to_server, server_hostname="d.example")
    server = context.wrap_bio(to_server, to_client, server_side=True)
    for side in (tls, server, tls):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert CENSOR_HOST.encode() in (tls.getpeercert(binary_form=True) or b"")


def test_contexts_are_made_once_and_the_oldest_are_forgotten(authority: Authority) -> None:
    """A run over any number of hosts does not fill memory."""
    first = authority.context("first.example")
    assert authority.context("first.example") is first
    assert authority.context("first.example", Act.TLS_EXPIRED) is not first
    contexts = authority._contexts
    contexts.clear()
    contexts.update({(f"{number}.example", None): first for number in range(MAX_CONTEXTS)})
    assert authority.context("0.example") is first
    authority.context("last.example")
    assert len(contexts) == MAX_CONTEXTS
    assert ("0.example", None) in contexts
    assert ("1.example", None) not in contexts
    contexts.clear()


@pytest.mark.parametrize("name", ["a b", "-", "*", "..", "\x01", "a" * 300, "x\x00y"])
def test_a_strange_name_costs_no_more_than_its_connection(name: str, authority: Authority) -> None:
    """Whatever a client puts into its ClientHello, there is a certificate for it."""
    assert authority.context(name) is authority.context(name)


def test_files_are_gone_when_it_is_closed() -> None:
    """Keys of the lab do not stay."""
    made = Authority(datetime.now(UTC))
    folder = made.ca_file.parent
    made.context("www.example.org")
    assert folder.is_dir()
    made.close()
    assert not folder.exists()
