"""Stream → one HTTP exchange, by httpx over the very stream whose handshake was recorded.

Nothing is pooled, no redirect is followed, no proxy looked at: one request, one answer, one row. The answer's
status and headers are kept as soon as they arrive, and of the body what came before it broke.
"""

import asyncio
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import httpx

from probe.measure.connection import transport_over
from probe.measure.decode import OFFERED, decode_body
from probe.measure.failure import name_failure
from probe.measure.stream import Stream
from probe.measure.trace import Observed
from probe.record import (
    Failure,
    HttpRequest,
    HttpResponse,
    HttpTransaction,
    MarkKind,
    Operation,
    maybe_binary,
)
from probe.record.http import Tor

BODY_CAP = 1 << 19
"""Bytes of body kept, raw and decoded: 512 KiB, as OONI's client (cleartextflow.go)."""

HEADERS = (
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Encoding", OFFERED),
    ("Accept-Language", "en-US,en;q=0.9"),
    (
        "User-Agent",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    ),
)
"""What a browser says. A user agent of our own would single out the volunteer, and be answered differently."""

BYTE_FOR_BYTE = "latin-1"
"""Cookies outside ASCII exist, in any encoding; they go back as they came, as browsers send them."""

TOKEN = frozenset(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~")


class CookieJar:
    """Cookies of one journey: set by one hop, sent to the next where they belong."""

    def __init__(self) -> None:
        self._cookies: httpx.Cookies | None = None

    def stamp(self, request: httpx.Request) -> None:
        """Add the Cookie header that belongs on `request`, if one does."""
        if self._cookies is not None:
            request.headers.encoding = BYTE_FOR_BYTE
            self._cookies.set_cookie_header(request)

    def collect(self, response: httpx.Response) -> None:
        """Keep what `response` sets."""
        if "set-cookie" in response.headers:
            response.headers.encoding = BYTE_FOR_BYTE
            self._cookies = self._cookies if self._cookies is not None else httpx.Cookies()
            self._cookies.extract_cookies(response)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: absolute URL with an ASCII host, and the headers beside Host."""

    url: str
    method: str = "GET"
    headers: Sequence[tuple[str, str]] = HEADERS
    body: bytes = b""


@dataclass(slots=True)
class Answer:
    """What came back, as far as it came. `raw` is the body as received, up to the cap; `codings` as declared."""

    failure: str | None = None
    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    raw: bytes = b""
    body: bytes = b""
    truncated: bool = False
    problem: str | None = None

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header; `name` in lower case."""
        return [value for key, value in self.headers if key.lower() == name]


async def fetch(
    stream: Stream,
    ask: Ask,
    seen: Observed,
    deadline: float,
    cookies: CookieJar | None = None,
    cap: int = BODY_CAP,
) -> Answer:
    """One exchange over `stream` within `deadline` seconds; the stream is closed after it. One `requests` row."""
    flow, answer = stream.flow, Answer()
    jar = cookies or CookieJar()
    t0 = flow.now()
    flow.log(Operation.HTTP_TRANSACTION_START, t0)
    request: httpx.Request | None = None
    try:
        request = httpx.Request(
            ask.method, ask.url, headers=_prepared(tuple(ask.headers)), content=ask.body or None
        )
        jar.stamp(request)
        async with asyncio.timeout(deadline):
            await exchange(transport_over(stream, request.url), request, answer, jar, cap)
    except TimeoutError as error:
        stream.error, answer.failure = error, name_failure(error)
    except asyncio.CancelledError as error:
        stream.error, answer.failure = error, name_failure(error)
        raise
    except Exception:  # noqa: BLE001 - h11 and h2 raise what they like on bytes from a hostile peer
        answer.failure = name_failure(stream.error) if stream.error else Failure.HTTP_REQUEST_FAILED
    finally:
        stream.close()
        _decode(answer, cap)
        flow.log(Operation.HTTP_TRANSACTION_DONE, flow.now(), 0, answer.failure)
        seen.requests.append(_row(stream, ask, request, answer, t0))
    return answer


async def exchange(
    transport: httpx.AsyncBaseTransport, request: httpx.Request, answer: Answer, jar: CookieJar, cap: int
) -> None:
    """Send `request` and fill `answer` as the response arrives, at most `cap` bytes of body."""
    response = await transport.handle_async_request(request)
    answer.status, answer.headers = response.status_code, response.headers.raw
    jar.collect(response)
    raw, body = bytearray(), response.stream
    assert isinstance(body, httpx.AsyncByteStream)
    try:
        async for chunk in body:
            raw += chunk
            if len(raw) > cap:
                break
    finally:
        answer.raw, answer.truncated = bytes(raw[:cap]), len(raw) > cap
        await body.aclose()


def _decode(answer: Answer, cap: int) -> None:
    codings = [value.decode("latin-1") for value in answer.values(b"content-encoding")]
    decoded = decode_body(answer.raw, codings, cap)
    answer.body, answer.problem = decoded.body, decoded.problem
    answer.truncated = answer.truncated or decoded.truncated


def marks_of(answer: Answer) -> list[tuple[MarkKind, str]]:
    """The marks that `answer` leaves in the record."""
    marks = []
    if answer.truncated:
        marks.append((MarkKind.BODY_CAPPED, f"{BODY_CAP} bytes"))
    if answer.problem:
        marks.append((MarkKind.BODY_NOT_DECODED, answer.problem))
    return marks


def _row(
    stream: Stream, ask: Ask, request: httpx.Request | None, answer: Answer, t0: float
) -> HttpTransaction:
    flow = stream.flow
    return HttpTransaction(
        network="tcp",
        address=flow.address,
        alpn=(stream.tls.selected_alpn_protocol() if stream.tls else None) or "",
        failure=answer.failure,
        request=_request_row(ask, request),
        response=_response_row(answer) if answer.status is not None else None,
        t0=t0,
        t=flow.now(),
        tags=flow.tags,
        transaction_id=flow.transaction_id,
    )


def _request_row(ask: Ask, request: httpx.Request | None) -> HttpRequest:
    sent = request.headers.raw if request is not None else []
    return HttpRequest(
        method=ask.method,
        url=ask.url,
        body=maybe_binary(ask.body),
        body_is_truncated=False,
        tor=Tor(is_tor=False, exit_ip=None, exit_name=None),
        x_transport="tcp",
        **_headers(sent),
    )


def _response_row(answer: Answer) -> HttpResponse:
    return HttpResponse(
        code=answer.status,
        body=maybe_binary(answer.body),
        body_is_truncated=answer.truncated,
        **_headers(answer.headers),
    )


def _headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, object]:
    pairs = sorted(((canonical(name), maybe_binary(value)) for name, value in raw), key=lambda pair: pair[0])
    first: dict[str, object] = {}
    for name, value in pairs:
        first.setdefault(name, value)
    return {"headers": first, "headers_list": pairs}


@lru_cache(maxsize=32)
def _prepared(headers: tuple[tuple[str, str], ...]) -> httpx.Headers:
    """Every request says the same: httpx copies these, and need not read them again."""
    return httpx.Headers(headers)


@lru_cache(maxsize=1024)
def canonical(name: bytes) -> str:
    """A header name as OONI's records spell it, `X-Frame-Options`, whatever the server's or HTTP/2's spelling."""
    text = name.decode("latin-1")
    if not TOKEN.issuperset(text):
        return text
    return "-".join(part.capitalize() for part in text.split("-"))
