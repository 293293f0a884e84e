"""The answers of one GET, hop by hop → `x_hops` and `http_request`. Pure; for a helper's GET and for records alike."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from probe.measure.fetch import Answer, canonical
from probe.measure.place import Place
from probe.measure.redirect import MAX_REDIRECTS, follow
from probe.record import Failure
from probe.record.control import ControlHop, ControlHttp, HelperFailure, http_failure
from probe.record.page import digest_of, title_of, title_words

BAD_CERTIFICATE = frozenset(
    {Failure.SSL_INVALID_HOSTNAME, Failure.SSL_UNKNOWN_AUTHORITY, Failure.SSL_INVALID_CERTIFICATE}
)
BROKEN_REDIRECT = Failure.HTTP_INVALID_REDIRECT_LOCATION_HOST
TOO_MANY_REDIRECTS = Failure.HTTP_UNEXPECTED_REDIRECT_URL
REDIRECT_ENDS = frozenset({BROKEN_REDIRECT, TOO_MANY_REDIRECTS})
"""Failures of a GET although the last hop did answer."""

LOCATION_CAP = 2048
"""Characters kept of a Location; what is longer was made to be."""

H3 = re.compile(r'\bh3="?([^",;\s]*)')


def certificate_validity(handshake: str | None) -> bool | None:
    """What a handshake that ended with the failure `handshake` says of the certificate; None: nothing."""
    if handshake is None:
        return True
    return False if handshake in BAD_CERTIFICATE else None


def redirect_failure(answer: Answer, here: Place, depth: int) -> str | None:
    """Why the way ends at an `answer` that asks to go on from `here`, `depth` redirects in; None: it does not ask."""
    step = follow(answer, here)
    if step is None:
        return None
    if step.place is None:
        return BROKEN_REDIRECT
    return TOO_MANY_REDIRECTS if depth >= MAX_REDIRECTS else Failure.GENERIC_TIMEOUT_ERROR


def hop_of(
    url: str, addrs: Sequence[str], answer: Answer, *, address: str | None, tls_valid: bool | None
) -> ControlHop:
    """One hop; `answer` holds its failure also when no connection was made."""
    came = answer.status is not None
    title = title_of(answer.body)
    location = next((value.decode("utf-8", "replace") for value in answer.values(b"location")), None)
    return ControlHop(
        url=url,
        addrs=list(addrs),
        address=address,
        failure=answer.failure,
        tls_valid=tls_valid,
        status_code=answer.status,
        location=location[:LOCATION_CAP] if location is not None else None,
        body_length=len(answer.body) if came else None,
        body_sha256=digest_of(answer.body) if came else None,
        body_is_truncated=answer.truncated if came else None,
        title=title if came else None,
        title_words=title_words(title) if came else None,
    )


def http_of(hops: Sequence[ControlHop], first: Answer, last: Answer) -> ControlHttp:
    """`http_request`: the last of `hops` with its answer; `first` is the answer of the first one."""
    hop = hops[-1]
    if hop.status_code is None or hop.failure in REDIRECT_ENDS:
        return failed_http(_failure_of(hop))
    return ControlHttp(
        body_length=hop.body_length,
        discovered_h3_endpoint=_h3_endpoint(first, hops[0].url),
        failure=http_failure(hop.failure),
        title=hop.title,
        headers=_first_values(last),
        status_code=hop.status_code,
    )


def failed_http(failure: str | None) -> ControlHttp:
    """A GET without an answer, as OONI's helper writes it."""
    return ControlHttp(
        body_length=-1, discovered_h3_endpoint="", failure=failure, title="", headers={}, status_code=-1
    )


def _failure_of(hop: ControlHop) -> str | None:
    """Whatever goes wrong while a name is looked up has one name (http.go of OONI's helper)."""
    if not hop.addrs and hop.failure is not None:
        return HelperFailure.DNS_LOOKUP_ERROR
    return http_failure(hop.failure)


def _first_values(answer: Answer) -> dict[str, str]:
    first: dict[str, str] = {}
    for name, value in answer.headers:
        first.setdefault(canonical(name), value.decode("utf-8", "replace"))
    return first


def _h3_endpoint(answer: Answer, url: str) -> str:
    """What the first answer's Alt-Svc (RFC 7838) says of HTTP/3: `host:port`, empty when it says nothing."""
    text = next(iter(answer.values(b"alt-svc")), b"").decode("latin-1")
    found = H3.search(text)
    host, colon, port = found[1].rpartition(":") if found else ("", "", "")
    return f"{host or urlsplit(url).netloc}:{port}" if colon and port.isdecimal() else ""
