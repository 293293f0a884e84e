"""The helper as an ASGI application: who may ask, how much, and what is answered when it is nothing.

    GET /        a greeting
    GET /health  for load balancers and for people
    POST /       a request of the protocol → its answer

Status codes: 200, 400 (method, JSON, URL), 401, 404, 408 (too slow), 413, 429 and 503 (later, perhaps), 500 (a bug of
ours). Every answer is JSON and ends the connection. No address of a client, and unless asked for no URL, is logged.
"""

import asyncio
import hmac
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from math import ceil

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from probe import __version__
from probe.control.faults import OwnFaultError
from probe.control.limits import BusyError, Calls, Limits, Rates
from probe.control.measurement import Measurer
from probe.control.protocol import BadRequestError, read_request, seal, write_answer
from probe.record.control import Control
from probe.safety.scrub import Scrubber

Log = Callable[[Mapping[str, object]], None]
"""Takes what one log line says."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
JSON = "application/json"
GREETING = {"message": "This is a test helper for measurements of reachability.", "software": "reachprobe"}


def log_to_stderr(facts: Mapping[str, object]) -> None:
    """One line of JSON."""
    sys.stderr.write(json.dumps(facts, separators=(",", ":")) + "\n")
    sys.stderr.flush()


def utc_stamp() -> str:
    """Now, as records write it."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class Service:
    """What a helper serves with. `token`: what clients must present, None for anybody.

    `scrubber` takes the helper's own addresses out of answers: pages echo them. `close` is called at the end.
    """

    measurer: Measurer
    limits: Limits = field(default_factory=Limits)
    token: str | None = None
    scrubber: Scrubber = field(default_factory=Scrubber)
    log: Log = log_to_stderr
    log_urls: bool = False
    clock: Callable[[], float] = time.monotonic
    close: Callable[[], None] = lambda: None


class Helper:
    """The handlers, and the counters between them."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._calls = Calls(service.limits)
        self._rates = Rates(service.limits, service.clock)

    async def root(self, request: Request) -> Response:
        """`/`: greet, or answer a request of the protocol."""
        if request.method in ("GET", "HEAD"):
            return _json(HTTPStatus.OK, {**GREETING, "version": __version__})
        began, facts = self._service.clock(), dict[str, object]()
        try:
            response = await self._answer(request, facts)
        except ClientDisconnect:
            response = _problem(HTTPStatus.BAD_REQUEST, "the request broke off")
        except Exception as error:  # noqa: BLE001 - a bug in one request must not cost the others
            facts["error"] = type(error).__name__
            response = _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "a fault of the helper")
        self._log(request, response, facts, self._service.clock() - began)
        return response

    async def health(self, _request: Request) -> Response:
        """`/health`: alive, and how busy."""
        return _json(HTTPStatus.OK, {"status": "ok", "in_flight": self._calls.in_flight})

    async def _answer(self, request: Request, facts: dict[str, object]) -> Response:
        if request.method != "POST":
            return _problem(HTTPStatus.BAD_REQUEST, "only GET and POST")
        if not self._is_allowed(request):
            return _problem(HTTPStatus.UNAUTHORIZED, "a token is needed", {"WWW-Authenticate": "Bearer"})
        wait = self._rates.wait(request.client.host if request.client else "")
        if wait:
            return _problem(
                HTTPStatus.TOO_MANY_REQUESTS, "too many requests", {"Retry-After": str(ceil(wait))}
            )
        body = await _read(request, self._service.limits)  # first, so that a slow client holds no place
        if isinstance(body, Response):
            return body
        try:
            with self._calls.one(request.headers.get("user-agent", "")):
                facts["in_flight"] = self._calls.in_flight
                return await self._measure(body, facts)
        except BusyError:
            return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", {"Retry-After": "10"})

    async def _measure(self, body: bytes, facts: dict[str, object]) -> Response:
        service = self._service
        try:
            asked = read_request(body)
            if service.log_urls:
                facts["url"] = asked.http_request
            control = await service.measurer.measure(asked)
        except BadRequestError as error:
            return _problem(HTTPStatus.BAD_REQUEST, str(error))
        except OwnFaultError as error:
            facts["fault"] = str(error)
            return _problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        facts["endpoints"] = len(control.tcp_connect or ())
        return Response(write_answer(seal(_scrub(control, service.scrubber))), media_type=JSON, headers=CLOSE)

    def _is_allowed(self, request: Request) -> bool:
        token = self._service.token
        if token is None:
            return True
        presented = request.headers.get("authorization", "")
        return hmac.compare_digest(presented.encode("latin-1", "replace"), f"Bearer {token}".encode())

    def _log(self, request: Request, response: Response, facts: Mapping[str, object], took: float) -> None:
        line = {
            "time": utc_stamp(),
            "event": "request",
            "method": request.method if request.method in METHODS else "other",
            "status": response.status_code,
            "ms": round(took * 1000, 1),
        }
        self._service.log({**line, **facts})


def build(service: Service) -> Starlette:
    """The application."""
    helper = Helper(service)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        """Close what the service keeps open when it ends."""
        yield
        service.close()

    return Starlette(
        routes=[
            Route("/", helper.root, methods=list(METHODS)),
            Route("/health", helper.health, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _refuse},
        lifespan=lifespan,
    )


async def _read(request: Request, limits: Limits) -> bytes | Response:
    """The body, within its bounds of size and time, or the answer to one that is not."""
    too_large = _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {limits.body} bytes")
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared[:20]) > limits.body:
        return too_large
    body = bytearray()
    try:
        async with asyncio.timeout(limits.read):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.body:
                    return too_large
    except TimeoutError:
        return _problem(HTTPStatus.REQUEST_TIMEOUT, "too slow")
    return bytes(body)


def _scrub(control: Control, scrubber: Scrubber) -> Control:
    text = write_answer(control)
    clean = scrubber.clean_record(text)
    return control if clean is text else Control.model_validate_json(clean)


async def _refuse(_request: Request, error: Exception) -> Response:
    """Starlette's own refusals; a method it does not know is 400 in the protocol."""
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    known = status if status == HTTPStatus.NOT_FOUND else HTTPStatus.BAD_REQUEST
    return _problem(HTTPStatus(known), "no such thing here")


CLOSE = {"Connection": "close"}
"""Helpers are asked seldom and by many: a connection kept open would only be one that others cannot have."""


def _problem(status: HTTPStatus, reason: str, headers: Mapping[str, str] | None = None) -> Response:
    return _json(status, {"error": reason}, headers)


def _json(
    status: HTTPStatus, content: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Response:
    body = json.dumps(content).encode()
    return Response(body, status_code=int(status), media_type=JSON, headers={**CLOSE, **(headers or {})})
