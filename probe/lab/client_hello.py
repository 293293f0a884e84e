"""The name in a ClientHello, as a censor reads it from the wire: bounded, and never an exception."""

import struct

HANDSHAKE, CLIENT_HELLO, SERVER_NAME, HOST_NAME = 22, 1, 0, 0
RECORD_HEADER = 5


def is_complete(data: bytes) -> bool:
    """Whether `data` holds the whole first TLS record."""
    return len(data) >= RECORD_HEADER and len(data) >= RECORD_HEADER + int.from_bytes(data[3:5], "big")


def looks_like_tls(data: bytes) -> bool:
    """Whether the first byte is that of a handshake record."""
    return data[:1] == bytes([HANDSHAKE])


def server_name(data: bytes) -> str:
    """The SNI of the ClientHello in the first record (RFC 8446 §4.1.2, RFC 6066 §3); empty when there is none."""
    try:
        return _server_name(data)
    except (struct.error, IndexError, UnicodeDecodeError):
        return ""


def _server_name(data: bytes) -> str:
    if data[0] != HANDSHAKE or data[5] != CLIENT_HELLO:
        return ""
    at = RECORD_HEADER + 4 + 2 + 32  # handshake header, version, random
    at += 1 + data[at]  # session id
    at += 2 + _number(data, at)  # cipher suites
    at += 1 + data[at]  # compression methods
    end = at + 2 + _number(data, at)
    at += 2
    while at + 4 <= min(end, len(data)):
        kind, size = _number(data, at), _number(data, at + 2)
        if kind == SERVER_NAME and data[at + 6] == HOST_NAME:
            length = _number(data, at + 7)
            return data[at + 9 : at + 9 + length].decode("ascii").lower()
        at += 4 + size
    return ""


def _number(data: bytes, at: int) -> int:
    value: int = struct.unpack_from("!H", data, at)[0]
    return value
