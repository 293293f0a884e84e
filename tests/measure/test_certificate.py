"""Certificates that are wrong in every way: judged in the order of OONI's client, kept, and answered with an alert."""

import random
import re
import ssl
import time
from collections.abc import Callable, Sequence

import pytest

from probe.measure.certificate import MAX_CERTIFICATES, is_for, name_verification_failure
from probe.measure.handshake import handshake
from probe.measure.trace import Trace
from probe.record import Binary, Failure, MarkKind, TlsHandshake
from tests.measure.certificates import Authority, Identity, Pki
from tests.measure.forgeries import (
    CLIENT_ONLY,
    NOT_YET,
    Forger,
    for_names,
    rewritten,
    shake_hands,
    with_tail,
)
from tests.measure.running import run
from tests.measure.servers import Peer, Script
from tests.measure.world import ADDRESS, HOST, marks, open_stream, requests, world

OTHER_HOST = "block.example"
V6 = "2606:2800:220:1::1"
VERSIONS = {"tls-1.2": ssl.TLSVersion.TLSv1_2, "tls-1.3": ssl.TLSVersion.TLSv1_3}

IN_ORDER = [
    # what is wrong beside who signed it: what OONI's client calls it
    ("", "authority", None),
    ("", "itself", "ssl_unknown_authority"),
    ("", "stranger", "ssl_unknown_authority"),
    ("elsewhere", "authority", "ssl_invalid_hostname"),
    ("elsewhere", "itself", "ssl_invalid_hostname"),
    ("elsewhere", "stranger", "ssl_invalid_hostname"),
    ("expired", "authority", "ssl_invalid_certificate"),
    ("expired", "itself", "ssl_invalid_certificate"),
    ("expired", "stranger", "ssl_invalid_certificate"),
    ("expired elsewhere", "authority", "ssl_invalid_certificate"),
    ("expired elsewhere", "itself", "ssl_invalid_certificate"),
    ("expired elsewhere", "stranger", "ssl_invalid_certificate"),
]

STRANGER = Authority("A Stranger")


class Witness:
    """A TLS server that notes what it heard of the client: the alert, and every byte after it."""

    def __init__(self, identity: Identity, version: str = "tls-1.3") -> None:
        self.alert: str | None = None
        self.heard_later = b""
        self._context = identity.context()
        self._context.maximum_version = VERSIONS[version]

    async def play(self, peer: Peer) -> None:
        """Show the identity, and listen until the client has left."""
        try:
            await peer.encrypt(self._context)
            while True:
                self.heard_later += await peer.receive()
        except ssl.SSLError as error:
            self.alert = error.reason
        self.heard_later += peer._incoming.read()
        while True:
            self.heard_later += await peer._receive()


async def travel(script: Script, pki: Pki, host: str = HOST, ip: str = ADDRESS) -> Trace:
    """The trace of a journey to `host` at `ip`, where `script` answers."""
    async with world(pki.trust) as here:
        here.network.names[host] = [ip]
        await here.serve(script, 443, ip)
        bracketed = f"[{host}]" if ":" in host else host
        return await here.travel(f"https://{bracketed}/")


def shown_to_us(identity: Identity, pki: Pki, host: str = HOST, ip: str = ADDRESS) -> TlsHandshake:
    """The row of a handshake with a server that shows `identity`."""
    trace = run(travel(Witness(identity).play, pki, host, ip))
    (row,) = trace.seen.tls_handshakes
    return row


def chain(row: TlsHandshake) -> Sequence[bytes]:
    """The certificates of a row, DER."""
    return [one.raw() for one in row.peer_certificates or [] if isinstance(one, Binary)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("faults", "signer", "failure"), IN_ORDER)
def test_faults_are_named_in_order(
    version: str, faults: str, signer: str, failure: str | None, pki: Pki
) -> None:
    """Dates, then the host name, then the authority; the whole chain is kept, leaf first, and no HTTP is said."""
    authority = STRANGER if signer == "stranger" else pki.authority
    names = [OTHER_HOST] if "elsewhere" in faults else [HOST, OTHER_HOST]
    identity = authority.issue(*names, expired="expired" in faults, self_signed=signer == "itself")
    witness = Witness(identity, version)
    trace = run(travel(witness.play, pki))
    (row,) = trace.seen.tls_handshakes
    assert row.failure == failure
    assert chain(row) == list(identity.chain)
    assert (len(requests(trace)), bool(witness.heard_later)) == ((0, False) if failure else (1, True))


@pytest.mark.parametrize(
    ("identity", "alert"),
    [
        (lambda pki: pki.authority.issue(HOST, self_signed=True), "UNKNOWN_CA"),
        (lambda _: STRANGER.issue(HOST), "UNKNOWN_CA"),
        (lambda pki: pki.authority.issue(HOST, expired=True), "CERTIFICATE_EXPIRED"),
        (lambda pki: pki.authority.issue(OTHER_HOST), "BAD_CERTIFICATE"),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_server_hears_why(
    identity: Callable[[Pki], Identity], alert: str, version: str, pki: Pki
) -> None:
    """An alert as any client would send, then the end: verification is never off."""
    witness = Witness(identity(pki), version)
    trace = run(travel(witness.play, pki))
    assert witness.alert is not None
    assert witness.alert.endswith(f"ALERT_{alert}")
    assert not witness.heard_later
    assert [row.operation for row in trace.seen.events()][-2:] == ["write", "tls_handshake_done"]


STRANGE: dict[str, tuple[Callable[[Forger], Identity], str]] = {
    "not-yet-valid": (lambda f: f.forge(for_names(HOST), valid=NOT_YET), "ssl_invalid_certificate"),
    "no-names": (lambda f: f.forge(), "ssl_invalid_hostname"),
    "common-name-only": (lambda f: f.forge(subject=HOST), "ssl_invalid_hostname"),
    "clients-only": (lambda f: f.forge(for_names(HOST), CLIENT_ONLY), "ssl_invalid_certificate"),
    "stolen-name": (lambda f: f.forge(for_names(HOST), signed_by="thief"), "ssl_unknown_authority"),
    "name-with-null": (
        lambda f: rewritten(f.forge(for_names("www0example.org")), {b"www0example.org": b"www\0example.org"}),
        "ssl_invalid_hostname",
    ),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_certificates_have_the_names_ooni_gives_them(name: str, pki: Pki) -> None:
    """What Go's verifier says of them; a common name has been no name for long."""
    make, failure = STRANGE[name]
    row = shown_to_us(make(Forger(pki.authority)), pki)
    assert row.failure == failure
    assert len(chain(row)) == 1


def dates(identity: Identity) -> list[bytes]:
    """The two dates of the leaf as they stand in it."""
    found = re.findall(rb"\x17\x0d\d{12}Z", identity.chain[0])
    assert len(found) == 2
    return found


@pytest.mark.parametrize(
    "date",
    [
        b"991399999999Z",
        b"000000000000Z",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"9912312359590",
    ],
)
@pytest.mark.parametrize("which", [0, 1])
def test_dates_that_are_none(date: bytes, which: int, pki: Pki) -> None:
    """The certificate is invalid, and nothing else happens."""
    good = Forger(pki.authority).forge(for_names(HOST), signed_by="itself")
    row = shown_to_us(rewritten(good, {dates(good)[which]: b"\x17\x0d" + date}), pki)
    assert row.failure == "ssl_invalid_certificate"


@pytest.mark.parametrize("name", [b"\xff" * 15, b"www.ex\xe9mple.org", b"\x80ww.example.org"])
def test_names_that_are_no_text(name: bytes, pki: Pki) -> None:
    """Latin-1 is seen in certificates of routers and filters; it is not what a certificate may hold."""
    good = Forger(pki.authority).forge(for_names(HOST), signed_by="itself")
    row = shown_to_us(rewritten(good, {HOST.encode(): name}), pki)
    assert row.failure == "ssl_invalid_certificate"
    assert len(chain(row)) == 1


def test_any_damage_to_a_certificate_has_a_name(pki: Pki) -> None:
    """A seeded run over a self-signed one: dates, names, lengths, types, whatever a byte may change."""
    rng, good = random.Random(3), Forger(pki.authority).forge(for_names(HOST), signed_by="itself")
    allowed = {Failure.SSL_INVALID_CERTIFICATE, Failure.SSL_INVALID_HOSTNAME, Failure.SSL_UNKNOWN_AUTHORITY}
    seen: set[str] = set()
    for _ in range(800):
        leaf = bytearray(good.chain[0])
        leaf[rng.randrange(4, len(leaf))] ^= rng.randrange(1, 256)
        try:
            context = Identity([bytes(leaf)], good.key).context()
        except ssl.SSLError:  # nobody could serve this one
            continue
        tls, error = shake_hands(pki.trust.context, context, HOST)
        if isinstance(error, ssl.SSLCertVerificationError):
            seen.add(name_verification_failure(tls, error, HOST, time.time()))
    assert seen == allowed


@pytest.mark.parametrize(
    ("host", "ip", "names", "failure"),
    [
        (ADDRESS, ADDRESS, [ADDRESS], None),
        (ADDRESS, ADDRESS, [HOST], "ssl_invalid_hostname"),
        (ADDRESS, ADDRESS, ["93.184.216.35"], "ssl_invalid_hostname"),
        (V6, V6, [V6], None),
        (V6, V6, ["2606:2800:220:1::2"], "ssl_invalid_hostname"),
        (HOST, V6, [HOST], None),
        (HOST, V6, [V6], "ssl_invalid_hostname"),
        (HOST, ADDRESS, ["*.example.org"], None),
        ("a.www.example.org", ADDRESS, ["*.example.org"], "ssl_invalid_hostname"),
        ("example.org", ADDRESS, ["*.example.org"], "ssl_invalid_hostname"),
        (HOST, ADDRESS, ["w*.example.org"], "ssl_invalid_hostname"),
        (HOST, ADDRESS, ["www.*.org"], "ssl_invalid_hostname"),
        (HOST, ADDRESS, ["WWW.EXAMPLE.ORG"], None),
        (HOST, ADDRESS, [OTHER_HOST, HOST], None),
        ("xn--d1acufc.xn--p1ai", ADDRESS, ["xn--d1acufc.xn--p1ai"], None),
    ],
)
@pytest.mark.parametrize("signer", ["authority", "itself"])
def test_whom_a_certificate_is_for(
    host: str, ip: str, names: Sequence[str], failure: str | None, signer: str, pki: Pki
) -> None:
    """Names and addresses, whole-label wildcards; who signed it changes nothing about that."""
    identity = pki.authority.issue(*names, self_signed=signer == "itself")
    expected = failure or ("ssl_unknown_authority" if signer == "itself" else None)
    assert shown_to_us(identity, pki, host, ip).failure == expected


@pytest.mark.parametrize(
    ("pattern", "name", "covered"),
    [
        ("example.org", "example.org", True),
        ("Example.ORG", "eXAMPLE.org", True),
        ("*.example.org", "a.example.org", True),
        ("*.example.org", "a.b.example.org", False),
        ("*.example.org", "example.org", False),
        ("*.org", "example.org", True),
        ("*", "org", False),
        ("*", "example.org", False),
        ("*.*.org", "a.b.org", False),
        ("a*.example.org", "ab.example.org", False),
        ("*.example.org", "*.example.org", True),
        ("", "example.org", False),
        ("example.org\0.evil.example", "example.org", False),
    ],
)
def test_wildcards(pattern: str, name: str, covered: bool) -> None:  # noqa: FBT001
    """One whole label, the first."""
    assert is_for({"subjectAltName": (("DNS", pattern),)}, name) is covered


@pytest.mark.parametrize(
    ("kind", "text", "name", "same"),
    [
        ("IP Address", "93.184.216.34", "93.184.216.34", True),
        ("IP Address", "2001:DB8:0:0:0:0:0:1", "2001:db8::1", True),
        ("IP Address", "2001:DB8:0:0:0:0:0:1\n", "2001:db8::1", True),
        ("IP Address", "<invalid>", "93.184.216.34", False),
        ("IP Address", "www.example.org", "www.example.org", False),
        ("DNS", "93.184.216.34", "93.184.216.34", False),
        ("URI", "www.example.org", "www.example.org", False),
    ],
)
def test_addresses_are_no_names(kind: str, text: str, name: str, same: bool) -> None:  # noqa: FBT001
    """Each kind of name is for its own kind of target."""
    assert is_for({"subjectAltName": ((kind, text),)}, name) is same


def test_a_long_chain_is_capped_with_a_mark(pki: Pki) -> None:
    """A hundred certificates: the first sixteen are kept, and the record says how many more there were."""
    good = pki.authority.issue(HOST)
    swollen = with_tail(good, [good.chain[1]] * 98)
    trace = run(travel(Witness(swollen).play, pki))
    (row,) = trace.seen.tls_handshakes
    assert row.failure is None
    assert chain(row) == list(swollen.chain)[:MAX_CERTIFICATES]
    assert marks(trace, MarkKind.CERTIFICATES_CAPPED) == ["84 certificates more"]


def test_a_long_chain_that_is_not_trusted_is_capped_with_a_mark(pki: Pki) -> None:
    """The mark belongs to the flow of the handshake, whatever became of it."""
    bad = STRANGER.issue(HOST)
    trace = run(travel(Witness(with_tail(bad, [bad.chain[1]] * 20)).play, pki))
    (row,) = trace.seen.tls_handshakes
    assert (row.failure, len(chain(row))) == ("ssl_unknown_authority", MAX_CERTIFICATES)
    (mark,) = (one for one in trace.marks if one.kind == MarkKind.CERTIFICATES_CAPPED)
    assert (mark.transaction_id, mark.detail) == (row.transaction_id, "6 certificates more")


def test_an_ordinary_chain_leaves_no_mark(pki: Pki) -> None:
    """Nor does one of exactly the number that is kept."""
    good = pki.authority.issue(HOST)
    full = with_tail(good, [good.chain[1]] * (MAX_CERTIFICATES - 2))
    for identity in (good, full):
        trace = run(travel(Witness(identity).play, pki))
        assert len(chain(trace.seen.tls_handshakes[0])) == len(identity.chain)
        assert not marks(trace, MarkKind.CERTIFICATES_CAPPED)


def test_a_chain_without_measure_is_a_failed_handshake(pki: Pki) -> None:
    """Hundreds of certificates, more than TLS takes: refused in little time, and nothing is kept."""
    good = pki.authority.issue(HOST)
    begin = time.monotonic()
    row = shown_to_us(with_tail(good, [good.chain[1]] * 500), pki)
    assert (row.failure, row.peer_certificates) == ("ssl_failed_handshake", None)
    assert time.monotonic() - begin < 8.0


@pytest.mark.parametrize(
    ("years", "failure"),
    [(0, "ssl_unknown_authority"), (3, "ssl_invalid_certificate"), (-3, "ssl_invalid_certificate")],
)
def test_dates_are_held_against_the_clock_that_was_given(years: int, failure: str, pki: Pki) -> None:
    """A self-signed certificate under a clock that is years off."""
    witness = Witness(pki.authority.issue(HOST, self_signed=True))

    async def scenario() -> TlsHandshake:
        async with world(pki.trust) as here:
            await here.serve(witness.play, 80)
            stream, trace = await open_stream(here.network, f"http://{HOST}/", pki.trust)
            clock = time.time() + years * 365 * 86400
            assert not await handshake(stream, pki.trust.context, HOST, trace.seen, 1.0, lambda: clock)
            return trace.seen.tls_handshakes[0]

    assert run(scenario()).failure == failure
