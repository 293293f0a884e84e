"""The rows of a record, hop by hop: by their tags, or in old records, which had none, by their requests."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from urllib.parse import urlsplit

from probe.record import HttpTransaction, Query, TcpConnect, TlsHandshake
from probe.record.model import Observation
from probe.record.web import WebConnectivity

DEPTH = re.compile(r"depth=([0-9]{1,4})")
LONGEST = len("depth=9999")
MAX_DEPTH = 32


@dataclass(slots=True)
class Rows:
    """The rows of one hop."""

    queries: list[Query] = field(default_factory=list)
    tcp_connect: list[TcpConnect] = field(default_factory=list)
    tls_handshakes: list[TlsHandshake] = field(default_factory=list)
    requests: list[HttpTransaction] = field(default_factory=list)


def levels_of(keys: WebConnectivity) -> list[Rows]:
    """The rows by hop, those deeper than `MAX_DEPTH` left out."""
    if _is_untagged(keys):
        return _by_request(keys)
    levels = [Rows()]
    for name in Rows.__slots__:
        for row in getattr(keys, name) or ():
            depth = depth_of(row)
            if depth > MAX_DEPTH:
                continue
            while depth >= len(levels):
                levels.append(Rows())
            getattr(levels[depth], name).append(row)
    return levels


def _is_untagged(keys: WebConnectivity) -> bool:
    rows: Iterable[Observation] = chain(keys.requests or (), keys.tcp_connect or (), keys.queries or ())
    return len(keys.requests or ()) > 1 and all(_depth_in(row.tags or ()) is None for row in rows)


def _by_request(keys: WebConnectivity) -> list[Rows]:
    """Records before 2022: one hop for each request, a retry being none; look-ups by name, connections of the first."""
    requests: list[HttpTransaction] = []
    for row in reversed(keys.requests or ()):
        if requests and requests[-1].request.url == row.request.url:
            requests.pop()
        requests.append(row)
    levels = [Rows(requests=[row]) for row in requests[: MAX_DEPTH + 1]]
    hosts = [scheme_and_host(row.request.url or "")[1].lower() for row in requests[: MAX_DEPTH + 1]]
    for query in keys.queries or ():
        name = query.hostname.lower()
        for level in [level for level, host in zip(levels, hosts, strict=True) if host == name] or levels[:1]:
            level.queries.append(query)
    levels[0].tcp_connect, levels[0].tls_handshakes = (
        list(keys.tcp_connect or ()),
        list(keys.tls_handshakes or ()),
    )
    return levels


def depth_of(row: Observation) -> int:
    """The hop of `row`; the first when it has no tag that says."""
    return _depth_in(row.tags or ()) or 0


def _depth_in(tags: Sequence[str]) -> int | None:
    for tag in tags:
        if tag.startswith("depth=") and len(tag) <= LONGEST and (depth := _depth_of(tag)) is not None:
            return depth
    return None


@lru_cache(maxsize=64)
def _depth_of(tag: str) -> int | None:
    match = DEPTH.fullmatch(tag)
    return int(match[1]) if match else None


def scheme_and_host(url: str) -> tuple[str, str]:
    """Scheme and host of `url`; empty when it has none."""
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        return parts.scheme.lower(), parts.hostname or ""
    except ValueError:
        return "", ""
