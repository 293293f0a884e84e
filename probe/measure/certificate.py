"""What a certificate that failed verification failed for, in OONI's order, and the chain the peer sent.

OpenSSL judges the chain first and stops there; OONI's client (Go's crypto/x509) judges the leaf's dates, then
the host name, then the authority. A certificate that is expired *and* self-signed must carry the same name in
both records, so the leaf is judged again here. Reads bytes, touches no socket.
"""

import ipaddress
import ssl
from _ssl import ENCODING_DER
from collections.abc import Mapping, Sequence
from typing import Any

from probe.measure.failure import name_certificate_failure
from probe.record.failure import Failure

MAX_CERTIFICATES = 16
"""Chains are 2 to 4 long; a hostile server may send hundreds."""


def sent_chain(tls: ssl.SSLObject) -> list[bytes]:
    """Certificates as sent, leaf first, DER; also there when verification failed, empty when none arrived."""
    return [bytes(certificate.public_bytes(ENCODING_DER)) for certificate in _unverified(tls)]


def _unverified(tls: ssl.SSLObject) -> Sequence[Any]:
    # SSLObject.get_unverified_chain is public from 3.13 on and gives bytes only; the objects beneath, with
    # get_info, have been there since 3.10.
    return tls._sslobj.get_unverified_chain() or ()  # type: ignore[attr-defined] # noqa: SLF001


def name_verification_failure(
    tls: ssl.SSLObject, error: ssl.SSLCertVerificationError, server_name: str, now: float
) -> str:
    """OONI's name for `error`; `now` is the wall clock in seconds since the epoch."""
    chain = _unverified(tls)
    if not chain:
        return name_certificate_failure(error.verify_code)
    try:
        leaf: Mapping[str, Any] = chain[0].get_info()
        current = _is_current(leaf, now)
    except (ValueError, ssl.SSLError):  # dates that are none, names that are no text: a stranger wrote them
        return Failure.SSL_INVALID_CERTIFICATE
    if not current:
        return Failure.SSL_INVALID_CERTIFICATE
    if not is_for(leaf, server_name):
        return Failure.SSL_INVALID_HOSTNAME
    return name_certificate_failure(error.verify_code)


def _is_current(leaf: Mapping[str, Any], now: float) -> bool:
    begin, end = ssl.cert_time_to_seconds(leaf["notBefore"]), ssl.cert_time_to_seconds(leaf["notAfter"])
    return begin <= now <= end


def is_for(leaf: Mapping[str, Any], server_name: str) -> bool:
    """Whether the leaf's subjectAltName covers `server_name` (RFC 9525: whole-label wildcards, no common name)."""
    names: Sequence[tuple[str, str]] = leaf.get("subjectAltName", ())
    try:
        address = ipaddress.ip_address(server_name)
    except ValueError:
        return any(kind == "DNS" and _covers(pattern, server_name) for kind, pattern in names)
    return any(kind == "IP Address" and _same_address(text, address) for kind, text in names)


def _covers(pattern: str, name: str) -> bool:
    pattern, name = pattern.lower().rstrip("."), name.lower().rstrip(".")
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:]
    return pattern == name


def _same_address(text: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return ipaddress.ip_address(text.strip()) == address
    except ValueError:
        return False
