"""Certificates made for the tests: an authority, and leaves that are wrong in every way that has a name."""

import ipaddress
import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from probe.measure.trust import Trust

ALPN = ("h2", "http/1.1")
LONG = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a TLS server shows: its chain, leaf first, and its key."""

    chain: Sequence[bytes]
    key: bytes

    def context(self, alpn: Sequence[str] = ALPN) -> ssl.SSLContext:
        """A server's context that shows this chain and speaks `alpn`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(list(alpn))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "identity.pem"
            file.write_bytes(self.key + b"".join(map(_pem, self.chain)))
            context.load_cert_chain(file)
        return context


class Authority:
    """A certificate authority; `now` is the middle of the validity of what it issues."""

    def __init__(self, name: str = "Test Root", now: datetime | None = None) -> None:
        self._now = now or datetime.now(UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        builder = _builder(
            self._name, self._name, self._key.public_key(), (self._now - LONG, self._now + LONG)
        )
        self._certificate = builder.add_extension(constraints, critical=True).sign(self._key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        """The root, to be trusted."""
        return _pem(self._certificate.public_bytes(serialization.Encoding.DER))

    def issue(self, *names: str, expired: bool = False, self_signed: bool = False) -> Identity:
        """An identity for `names`, which are host names or addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        end = self._now - timedelta(days=1) if expired else self._now + LONG
        issuer = subject if self_signed else self._name
        builder = _builder(subject, issuer, key.public_key(), (self._now - LONG, end))
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
        )
        leaf = builder.sign(key if self_signed else self._key, hashes.SHA256())
        chain = [leaf] if self_signed else [leaf, self._certificate]
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return Identity([one.public_bytes(serialization.Encoding.DER) for one in chain], private)


@dataclass(frozen=True, slots=True)
class Pki:
    """An authority, and a client's trust in it."""

    authority: Authority
    trust: Trust


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, valid: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(valid[0]).not_valid_after(valid[1])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(der: bytes) -> bytes:
    return ssl.DER_cert_to_PEM_cert(der).encode("ascii")
