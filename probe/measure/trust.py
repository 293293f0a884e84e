"""Whom TLS trusts in this run: one context, made once, and the name of its roots."""

import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path

import certifi

ALPN = ("h2", "http/1.1")
"""Offered in this order, as browsers do."""


class TrustError(ValueError):
    """The file of roots cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Trust:
    """A context that verifies, and the id of the roots behind it: 16 hex digits of the file's SHA-256."""

    context: ssl.SSLContext
    ca_bundle: str

    @classmethod
    def load(cls, bundle: Path | None = None) -> "Trust":
        """Trust the roots in `bundle` (PEM), certifi's when it is None; raises `TrustError`.

        `ssl.create_default_context` differs between versions of Python (X509_STRICT in 3.13): a certificate
        must not be bad on one volunteer's machine and good on another's. Loading costs 15 ms: once per run.
        """
        path = bundle or Path(certifi.where())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # RFC 9525: a common name is no host name. Browsers and OONI's client know it as none.
        context.hostname_checks_common_name = False
        context.set_alpn_protocols(list(ALPN))
        try:
            pem = path.read_bytes()
            context.load_verify_locations(cadata=pem.decode("utf-8"))
        except (OSError, ssl.SSLError, UnicodeDecodeError, ValueError) as error:
            raise TrustError(f"{path}: no usable CA certificates ({error})") from error
        return cls(context, hashlib.sha256(pem).hexdigest()[:16])
