"""Whom TLS trusts: one context, the same on every machine, and a plain error for a file that is no bundle."""

import hashlib
import ssl
from pathlib import Path

import certifi
import pytest

from probe.measure.trust import ALPN, Trust, TrustError
from tests.measure.certificates import Authority


def test_verification_is_on() -> None:
    """Chain and host name, TLS 1.2 at least, and names where RFC 9525 puts them."""
    context = Trust.load().context
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert not context.hostname_checks_common_name
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT


def test_the_roots_are_pinned_and_named() -> None:
    """Certifi's, whatever the machine has; the id is of the file's bytes."""
    trust = Trust.load()
    assert trust.ca_bundle == hashlib.sha256(Path(certifi.where()).read_bytes()).hexdigest()[:16]
    assert trust.context.cert_store_stats()["x509_ca"] > 100


def test_a_bundle_of_one_s_own(tmp_path: Path) -> None:
    """It replaces the others; environment variables of OpenSSL's do not."""
    bundle = tmp_path / "roots.pem"
    bundle.write_bytes(b"# a comment\n" + Authority("One").pem + Authority("Two").pem)
    trust = Trust.load(bundle)
    assert trust.context.cert_store_stats()["x509_ca"] == 2
    assert trust.ca_bundle == hashlib.sha256(bundle.read_bytes()).hexdigest()[:16]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"no certificate",
        b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\n",
        b"\xff\xfe\x00",
        b"\0" * 1000,
    ],
)
def test_a_file_that_is_no_bundle(content: bytes, tmp_path: Path) -> None:
    """One error that names the file."""
    bundle = tmp_path / "roots.pem"
    bundle.write_bytes(content)
    with pytest.raises(TrustError, match=r"roots\.pem: no usable CA certificates"):
        Trust.load(bundle)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    """Missing, or a folder."""
    for path in (tmp_path / "missing.pem", tmp_path):
        with pytest.raises(TrustError, match="no usable CA certificates"):
            Trust.load(path)


def test_a_certificate_for_the_server_s_end_alone_is_no_root(tmp_path: Path) -> None:
    """A leaf in the bundle does not vouch for itself by being there; nothing but its own chain does."""
    bundle = tmp_path / "roots.pem"
    bundle.write_bytes(ssl.DER_cert_to_PEM_cert(Authority().issue("example.org").chain[0]).encode())
    assert Trust.load(bundle).context.cert_store_stats()["x509_ca"] == 0


def test_protocols_are_offered_as_browsers_do() -> None:
    """HTTP/2 first."""
    assert ALPN == ("h2", "http/1.1")
