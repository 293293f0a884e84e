"""URLs as they are typed to URLs as they are measured, or the reason why not."""

import ipaddress
import re
from urllib.parse import quote, urlsplit

import idna

from probe.record.address import Address, innermost

MAX_URL = 8192
MAX_NAME = 253
"""RFC 1035, as text without the last dot."""

DEFAULT_PORTS = {"http": 80, "https": 443}

LOCAL_SUFFIXES = (".local", ".localhost", ".internal", ".lan", ".home", ".home.arpa", ".intranet", ".corp")
"""Names that mean something in one's own network only (RFC 6761, RFC 6762, RFC 8375, and habit)."""

LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
"""Letters, digits, hyphen inside; and the underscore, which host names in the wild have."""

NUMBER_LAST = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)\.?")
"""Hosts that resolvers and browsers take for an IPv4 address in one of its old spellings (WHATWG URL): no TLD is a number."""

SCHEME = re.compile(r"[^/?#]*://")
"""What begins with one; a second URL in the query of a bare name is none of its own."""

SAFE = "!#$%&'()*+,/:;=?@[]~"


class BadUrlError(ValueError):
    """A URL that is not measured; the message is the reason."""


def normalise(text: str) -> str:
    """`text` as an absolute http(s) URL: lower-case scheme and ASCII host, no default port, no fragment, a path.

    A name without scheme is taken as https. Path and query stay as they are, but for what must be
    percent-encoded. Raises `BadUrlError`.
    """
    if len(text) > MAX_URL:
        raise BadUrlError(f"longer than {MAX_URL} characters")
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):  # noqa: PLR2004
        raise BadUrlError("control character")
    try:
        parts = urlsplit(text if SCHEME.match(text) else "https://" + text)
        host, port = parts.hostname or "", parts.port
        bracketed = "[" in parts.netloc
    except ValueError as error:
        raise BadUrlError(f"not a URL: {error}") from error
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise BadUrlError(f"scheme {scheme[:20]!r}: only http and https are measured")
    if "@" in parts.netloc:
        raise BadUrlError("user name in a URL")
    if port == 0:
        raise BadUrlError("port 0")
    suffix = f":{port}" if port and port != DEFAULT_PORTS[scheme] else ""
    query = "?" + _encode(parts.query) if parts.query else ""
    return f"{scheme}://{_host(host, bracketed=bracketed)}{suffix}{_encode(parts.path) or '/'}{query}"


def _encode(text: str) -> str:
    return quote(text, safe=SAFE, errors="surrogatepass")


def _host(host: str, *, bracketed: bool) -> str:
    if not host:
        raise BadUrlError("no host")
    address = _address(host)
    if address is not None:
        return f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004
    if bracketed:
        raise BadUrlError(f"not an address: {host[:60]}")
    name = _name(host)
    # Digits of other scripts spell an address too, once they are mapped.
    address = None if host.isascii() else _address(name)
    return name if address is None else str(address)


def _address(host: str) -> Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if NUMBER_LAST.fullmatch(host):
            raise BadUrlError(f"not an address: {host[:60]}") from None
        return None
    inner = innermost(address)
    if not inner.is_global or inner.is_multicast or "%" in host:
        raise BadUrlError("not a public address")
    return address


def _name(host: str) -> str:
    name = host.rstrip(".") if host.endswith(".") and not host.endswith("..") else host
    if (
        len(name) > MAX_NAME
    ):  # before it is turned into ASCII, which old versions of idna do in quadratic time
        raise BadUrlError(f"host name longer than {MAX_NAME} characters")
    try:
        ascii_name = name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise BadUrlError(f"no host name: {error}"[:120]) from error
    ascii_name = ascii_name.lower()
    for label in ascii_name.split("."):
        if len(label) > 63:  # noqa: PLR2004 - RFC 1035
            raise BadUrlError("a label of the host name is longer than 63 characters")
        if not LABEL.fullmatch(label):
            raise BadUrlError(f"no host name: {'empty label' if not label else label[:60]}")
    if len(ascii_name) > MAX_NAME:
        raise BadUrlError(f"host name longer than {MAX_NAME} characters")
    if "." not in ascii_name or ascii_name.endswith(LOCAL_SUFFIXES):
        raise BadUrlError("a name of a local network")
    return ascii_name
