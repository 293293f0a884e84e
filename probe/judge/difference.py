"""Whether a page in the clear is what the control got: OONI's comparison (analysisext.go), and its parts.

Status, length, headers and title, each True, False or None when it cannot be said. Pages inside TLS are not compared:
nobody on the way can have changed them.
"""

from dataclasses import dataclass

from probe.judge.observed import Exchange
from probe.record.control import ControlHttp
from probe.record.page import title_of, title_words

PROPORTION = 0.7
"""Shorter over longer body: above, they are of one kind (analysisext.go)."""

SUCCESS = range(200, 300)

COMMON_HEADERS = frozenset({
    "accept-ranges", "age", "allow", "cache-control", "connection", "content-encoding", "content-language",
    "content-length", "content-type", "date", "etag", "expires", "keep-alive", "last-modified", "location", "pragma",
    "server", "set-cookie", "status", "strict-transport-security", "transfer-encoding", "upgrade", "vary", "via",
    "www-authenticate", "x-cache", "x-cache-hits", "x-powered-by",
})  # fmt: skip
"""Names that every other server sends; sharing one says nothing."""

PROTECTIVE_HEADERS = frozenset({
    "access-control-allow-headers", "access-control-allow-methods", "access-control-allow-origin", "alt-svc",
    "content-security-policy", "cross-origin-opener-policy", "feature-policy", "mime-version", "nel", "p3p",
    "permissions-policy", "proxy-connection", "referrer-policy", "refresh", "report-to", "server-timing",
    "x-content-type-options", "x-frame-options", "x-request-id", "x-robots-tag", "x-ua-compatible",
    "x-xss-protection",
})  # fmt: skip
"""Names that filters and their pages send too. OONI counts them; for saying that a page is the site's they are too common."""

SAME_PAGE = 0.99
"""Shorter over longer body, from which on it is one page: a date or a token may differ."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The four comparisons; `proportion` is None when a body is missing or was cut."""

    proportion: float | None
    length_matches: bool | None
    status_matches: bool | None
    headers_match: bool | None
    title_matches: bool | None


def compare(exchange: Exchange, control: ControlHttp) -> Difference:
    """`exchange` beside the control's last answer."""
    proportion = _proportion(exchange, control)
    return Difference(
        proportion=proportion,
        length_matches=None if proportion is None else proportion > PROPORTION,
        status_matches=_status(exchange, control),
        headers_match=_headers(exchange, control),
        title_matches=_title(exchange, control),
    )


def is_alike(exchange: Exchange, control: ControlHttp) -> bool:
    """Whether they are surely one site's: sharing a header that filters send as well is not enough for that."""
    found = compare(exchange, control)
    exact = found.proportion is not None and found.proportion >= SAME_PAGE
    ours, theirs = (
        {name.lower() for name in names} for names in (dict(exchange.headers), control.headers or {})
    )
    shared = (ours & theirs) - COMMON_HEADERS - PROTECTIVE_HEADERS
    return bool(found.status_matches and (found.title_matches or exact or shared))


def differs(exchange: Exchange, control: ControlHttp) -> bool | None:
    """Whether they have nothing in common; None when there is too little to compare."""
    found = compare(exchange, control)
    parts = (found.length_matches, found.headers_match, found.title_matches)
    if found.status_matches is None:
        return None
    if found.status_matches and any(parts):
        return False
    return True if found.status_matches is False or False in parts else None


def _proportion(exchange: Exchange, control: ControlHttp) -> float | None:
    theirs = control.body_length
    if exchange.truncated or theirs is None or theirs <= 0 or not exchange.body:
        return None
    return min(len(exchange.body), theirs) / max(len(exchange.body), theirs)


def _status(exchange: Exchange, control: ControlHttp) -> bool | None:
    """Codes that differ are compared only with a control that was served: its own block says nothing."""
    if exchange.status is None or not control.status_code or control.status_code < 0:
        return None
    if exchange.status == control.status_code:
        return True
    return False if control.status_code in SUCCESS else None


def _headers(exchange: Exchange, control: ControlHttp) -> bool | None:
    ours = {name.lower() for name, _ in exchange.headers}
    theirs = {name.lower() for name in control.headers or {}}
    if not ours or not theirs:
        return None
    return ours == theirs or bool((ours & theirs) - COMMON_HEADERS)


def _title(exchange: Exchange, control: ControlHttp) -> bool | None:
    ours, theirs = title_words(title_of(exchange.body)), title_words(control.title or "")
    return bool(set(ours) & set(theirs)) if ours and theirs else None
