"""Content codings undone under a cap: one read of a gzip bomb may grow a thousandfold, this never does."""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

MAX_CODINGS = 2
"""More than one is rare, more than two is an attack."""

MAX_MEMBERS = 64
"""A gzip body may be several that follow each other (RFC 1952 §2.2); servers send one, some a handful."""

GZIP_MAGIC = b"\x1f\x8b"

OFFERED = "gzip, deflate"
"""What the standard library undoes. An answer in another coding is kept as it came, with a mark."""


class Decoded(NamedTuple):
    """`body` of at most the cap; whether there was more; why it could not be decoded, if so."""

    body: bytes
    truncated: bool
    problem: str | None


def decode_body(raw: bytes, codings: Sequence[str], cap: int) -> Decoded:
    """Undo `codings` (the values of Content-Encoding, first applied first) on `raw`, at most `cap` bytes.

    Whatever cannot be undone is returned as it came, with the problem named: the bytes are evidence.
    """
    names = [
        name
        for value in codings
        for part in value.split(",")
        if (name := part.strip().lower()) not in ("", "identity")
    ]
    if len(names) > MAX_CODINGS:
        return Decoded(raw[:cap], len(raw) > cap, f"{len(names)} codings")
    body, truncated = raw, False
    for name in reversed(names):
        try:
            body, more = _undo(name, body, cap)
        except (zlib.error, LookupError) as error:
            return Decoded(raw[:cap], len(raw) > cap, f"{name[:20]}: {type(error).__name__}")
        truncated = truncated or more
    return Decoded(body[:cap], truncated or len(body) > cap, None)


def _undo(name: str, data: bytes, cap: int) -> tuple[bytes, bool]:
    if name in ("gzip", "x-gzip"):
        return _inflate(data, zlib.MAX_WBITS | 16, cap)
    if name == "deflate":
        try:
            return _inflate(data, zlib.MAX_WBITS, cap)
        except zlib.error:  # RFC 9110 §8.4.1.2: some senders leave out the zlib wrapper
            return _inflate(data, -zlib.MAX_WBITS, cap)
    raise LookupError(name)


def _inflate(data: bytes, window: int, cap: int) -> tuple[bytes, bool]:
    many, body = window > zlib.MAX_WBITS, b""
    for _ in range(MAX_MEMBERS):
        # One byte more than is kept: that all of the input was taken in does not mean that all of the output came.
        stream = zlib.decompressobj(window)
        body += stream.decompress(data, cap + 1 - len(body))
        data = stream.unused_data
        if len(body) > cap or not (many and data.startswith(GZIP_MAGIC)):
            return body[:cap], len(body) > cap
    raise zlib.error(f"more than {MAX_MEMBERS} members")
