"""Certificates that no authority would issue, one strangeness each, for servers that mean no good."""

import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.measure.certificates import LONG, Authority, Identity

NOW = datetime.now(UTC)
VALID = (NOW - LONG, NOW + LONG)
NOT_YET = (NOW + timedelta(days=1), NOW + LONG)

Extension = tuple[x509.ExtensionType, bool]


class Forger:
    """Makes certificates in the name of `authority`; its own key is not the authority's."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._key = ec.generate_private_key(ec.SECP256R1())

    def forge(
        self,
        *extensions: Extension,
        valid: tuple[datetime, datetime] = VALID,
        signed_by: str = "authority",
        subject: str = "forged",
    ) -> Identity:
        """An identity with one certificate; `signed_by`: the authority, a thief of its name, or the leaf itself."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        issuer = name if signed_by == "itself" else self._authority._name
        builder = x509.CertificateBuilder(issuer, name, self._key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(valid[0]).not_valid_after(valid[1])
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        signer = self._authority._key if signed_by == "authority" else self._key
        leaf = builder.sign(signer, hashes.SHA256())
        return Identity([leaf.public_bytes(serialization.Encoding.DER)], self._private())

    def _private(self) -> bytes:
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def for_names(*names: str) -> Extension:
    """The names it is for."""
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False


CLIENT_ONLY: Extension = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)


def rewritten(identity: Identity, changes: Mapping[bytes, bytes]) -> Identity:
    """`identity` with bytes of its leaf changed; the signature, which nobody looks at first, is left as it was."""
    leaf = identity.chain[0]
    for old, new in changes.items():
        assert leaf.count(old) == 1
        assert len(old) == len(new)
        leaf = leaf.replace(old, new)
    return Identity([leaf, *identity.chain[1:]], identity.key)


def with_tail(identity: Identity, tail: Sequence[bytes]) -> Identity:
    """`identity` that shows more certificates than it needs."""
    return Identity([*identity.chain, *tail], identity.key)


def shake_hands(
    client: ssl.SSLContext, server: ssl.SSLContext, name: str
) -> tuple[ssl.SSLObject, ssl.SSLError | None]:
    """A handshake in memory: the client's end of it, and what ended it."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(back, there, server_hostname=name)
    theirs = server.wrap_bio(there, back, server_side=True)
    for _ in range(4):
        try:
            ours.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            return ours, error
        with suppress(ssl.SSLWantReadError):
            theirs.do_handshake()
    return ours, None
