"""The lab's certificate authorities, and a TLS context for every host, made when it is first asked for.

The only module that needs `cryptography`, which comes with the extra `reachprobe[lab]`.
"""

import ipaddress
import ssl
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from probe.lab.scenario import Act

MAX_CONTEXTS = 4096
CENSOR_HOST = "filter.example-isp.net"
YEAR = timedelta(days=365)
CA_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
"""RFC 5280 §4.2.1.3; Python's default context demands it from 3.13 on."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """A root and the intermediate that signs for it, with the intermediate's key."""

    root: x509.Certificate
    intermediate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class Authority:
    """A trusted and an untrusted issuer, and leaves for any name.

    All leaves share one key: making keys is what takes time, and nobody's secret is at stake.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._folder = tempfile.TemporaryDirectory(prefix="probe-lab-")
        self._contexts: OrderedDict[tuple[str, Act | None], ssl.SSLContext] = OrderedDict()
        self._leaf_key = _new_key()
        self._trusted = self._issuer("probe lab")
        self._untrusted = self._issuer("National Security")
        self.ca_file = Path(self._folder.name) / "ca.pem"
        self.ca_file.write_bytes(self._trusted.root.public_bytes(Encoding.PEM))

    def context(self, host: str, act: Act | None = None) -> ssl.SSLContext:
        """A server context for `host`, a name or an address; `act`: what is wrong with its certificate, if anything."""
        key = (host, act)
        if key in self._contexts:
            self._contexts.move_to_end(key)
        else:
            self._contexts[key] = self._make(host, act)
            if len(self._contexts) > MAX_CONTEXTS:
                self._contexts.popitem(last=False)
        return self._contexts[key]

    def close(self) -> None:
        """Remove the files."""
        self._folder.cleanup()

    def write_leaf(self, host: str, file: Path, act: Act | None = None) -> None:
        """A key and a chain for `host` as PEM into `file`."""
        issuer = self._untrusted if act in (Act.TLS_UNTRUSTED, Act.TLS_CENSOR) else self._trusted
        leaf = self._leaf(
            CENSOR_HOST if act is Act.TLS_CENSOR else host, issuer, expired=act is Act.TLS_EXPIRED
        )
        key = self._leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = (certificate.public_bytes(Encoding.PEM) for certificate in (leaf, issuer.intermediate))
        file.write_bytes(key + b"".join(chain))

    def _make(self, host: str, act: Act | None) -> ssl.SSLContext:
        file = Path(self._folder.name) / "leaf.pem"
        self.write_leaf(host, file, act)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        context.set_alpn_protocols(["h2", "http/1.1"])
        return context

    def _issuer(self, name: str) -> Issuer:
        root_key, key = _new_key(), _new_key()
        root_name, middle_name = _name(f"{name} root"), _name(f"{name} issuing CA")
        root = self._build(root_name, root_name, root_key, YEAR).add_extension(_ca(1), critical=True)
        root = root.add_extension(CA_USAGE, critical=True)
        middle = self._build(middle_name, root_name, key, YEAR).add_extension(_ca(0), critical=True)
        middle = middle.add_extension(CA_USAGE, critical=True)
        middle = middle.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        root = root.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False
        )
        middle = middle.add_extension(_issued_by(root_key), critical=False)
        return Issuer(root.sign(root_key, hashes.SHA256()), middle.sign(root_key, hashes.SHA256()), key)

    def _leaf(self, host: str, issuer: Issuer, *, expired: bool) -> x509.Certificate:
        life = -timedelta(days=2) if expired else YEAR
        builder = self._build(_name(host[:60]), issuer.intermediate.subject, self._leaf_key, life)
        builder = builder.add_extension(x509.SubjectAlternativeName([_subject(host)]), critical=False)
        builder = builder.add_extension(_issued_by(issuer.key), critical=False)
        return builder.sign(issuer.key, hashes.SHA256())

    def _build(
        self, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, life: timedelta
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - timedelta(days=30))
            .not_valid_after(self._now + life)
        )


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _ca(length: int) -> x509.BasicConstraints:
    return x509.BasicConstraints(ca=True, path_length=length)


def _issued_by(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _subject(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
