"""Asks helpers, ours or OONI's, one after the other until one answers, over the measuring core's own steps.

A helper is a server like any other: it may be blocked, slow, wrong or hostile. Whatever it does becomes a failure
name, its answer is bounded, and nothing is raised. One that could not be reached is left alone for a while, since
forty targets would otherwise wait for it one after the other.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from probe import __version__
from probe.control.answer import NO_CONTROL, Attempt, ControlAnswer
from probe.control.protocol import UnreadableAnswerError, read_answer, write_request
from probe.measure.backoff import Backoff
from probe.measure.connect import connect
from probe.measure.fetch import HEADERS, Answer, Ask, fetch
from probe.measure.handshake import handshake
from probe.measure.network import Network
from probe.measure.place import Place, endpoint, literal_address, locate
from probe.measure.resolve import ask_system
from probe.measure.stream import Stream
from probe.measure.trace import Trace
from probe.measure.trust import Trust
from probe.record import Failure, TcpConnect
from probe.record.control import Control, ControlRequest

DEADLINE = 30.0
"""Seconds for all helpers together, as OONI's client gives one (control.go)."""

RESERVE = 5.0
"""Seconds kept back for each helper that is still to be tried, where the deadline has so many."""

REACHING = 10.0
"""Seconds for the look-up, for the connect and for the handshake, each."""

ANSWER_CAP = 4 << 20
MAX_ADDRESSES = 3
HTTP_OK = 200

SENT_ON = frozenset({"accept", "accept-language", "user-agent"})
"""Headers that the helper is asked to use too, so that both get the same page."""


@dataclass(frozen=True, slots=True)
class Helper:
    """A helper by its URL; `ip` spares looking its name up, `token` is presented when there is one."""

    url: str
    ip: str | None = None
    token: str | None = None

    @classmethod
    def parse(cls, text: str, token: str | None = None) -> "Helper":
        """`URL` or `URL@ADDRESS`; http as well as https. Raises `ValueError` with the reason."""
        url, _, ip = text.partition("@")
        if ip and literal_address(ip) is None:
            raise ValueError(f"{ip[:60]!r} is no address")
        locate(url)
        return cls(url, literal_address(ip), token)


def request_of(url: str, connects: Sequence[TcpConnect]) -> ControlRequest:
    """What to ask about `url`, of which a probe tried the endpoints `connects`."""
    endpoints = dict.fromkeys(endpoint(row.ip, row.port) for row in connects)
    return ControlRequest(
        http_request=url,
        http_request_headers={name: [value] for name, value in HEADERS if name.lower() in SENT_ON},
        tcp_connect=list(endpoints),
        x_quic_enabled=False,
    )


class HelperClient:
    """All helpers of a run, in order of preference. `clock` counts seconds and never goes back."""

    def __init__(
        self, helpers: Sequence[Helper], network: Network, trust: Trust, clock: Callable[[], float]
    ) -> None:
        self._helpers = tuple(helpers)
        self._network, self._trust, self._clock = network, trust, clock
        self._backoffs = {helper: Backoff() for helper in self._helpers}

    async def ask(self, request: ControlRequest, deadline: float = DEADLINE) -> ControlAnswer:
        """The first answer, within `deadline` seconds; without one, the failures of all that were asked."""
        loop, attempts = asyncio.get_running_loop(), list[Attempt]()
        end = loop.time() + deadline
        for number, helper in enumerate(self._helpers, 1):
            behind, left = len(self._helpers) - number, max(end - loop.time(), 0.0)
            share = max(left - RESERVE * behind, left / (behind + 1))
            standing = self._backoffs[helper].standing(self._clock())
            result = standing or await self._ask(helper, request, share)
            if isinstance(result, Control):
                attempts.append(Attempt(helper.url, None))
                verified = helper.url.startswith("https:")
                return ControlAnswer(
                    result, "helper", helper.url, None, 0.0, verified=verified, attempts=tuple(attempts)
                )
            attempts.append(Attempt(helper.url, result))
        if not attempts:
            return NO_CONTROL
        last = attempts[-1]
        return ControlAnswer(None, "helper", last.url, last.failure, attempts=tuple(attempts))

    async def _ask(self, helper: Helper, request: ControlRequest, share: float) -> Control | str:
        """Its answer, or the failure's name."""
        trace, reached, begun = Trace(self._clock), False, self._clock()
        try:
            async with asyncio.timeout(share):
                stream = await self._reach(helper, trace)
                reached = not isinstance(stream, str)
                if isinstance(stream, str):
                    return self._unreached(helper, stream, begun)
                self._backoffs[helper].succeed()
                answer = await fetch(stream, _ask_for(helper, request), trace.seen, share, cap=ANSWER_CAP)
        except TimeoutError:
            failure = Failure.GENERIC_TIMEOUT_ERROR
            return failure if reached else self._unreached(helper, failure, begun)
        except ValueError:
            return Failure.INVALID_ARGUMENT
        return _read(answer)

    def _unreached(self, helper: Helper, failure: str, begun: float) -> str:
        self._backoffs[helper].fail(failure, begun, self._clock())
        return failure

    async def _reach(self, helper: Helper, trace: Trace) -> Stream | str:
        place = locate(helper.url)
        addresses = await self._addresses(helper, place, trace)
        for ip in addresses[:MAX_ADDRESSES]:
            stream = await self._open(place, ip, trace)
            if stream is not None:
                return stream
        return _last_failure(trace)

    async def _addresses(self, helper: Helper, place: Place, trace: Trace) -> list[str]:
        known = helper.ip or place.address
        if known is not None:
            return [known]
        found = list[str]()
        await ask_system(self._network, place.host, trace, [], REACHING, found.extend)
        return sorted(found, key=lambda ip: ":" in ip)

    async def _open(self, place: Place, ip: str, trace: Trace) -> Stream | None:
        flow = trace.open_flow(trace.seen, endpoint(ip, place.port), "tcp", [])
        stream = await connect(self._network, ip, place.port, flow, trace.seen, REACHING)
        if stream is None or place.scheme != "https":
            return stream
        agreed = await handshake(stream, self._trust.context, place.host, trace.seen, REACHING)
        return stream if agreed else None


def _last_failure(trace: Trace) -> str:
    """Why a helper was not reached: the last step that was tried says so."""
    for failure in (
        *(row.failure for row in trace.seen.tls_handshakes[-1:]),
        *(row.status.failure or None for row in trace.seen.tcp_connect[-1:]),
        *(row.failure for row in trace.seen.queries[-1:]),
    ):
        if failure is not None:
            return failure
    return Failure.DNS_NO_ANSWER


def _ask_for(helper: Helper, request: ControlRequest) -> Ask:
    headers = [
        ("Accept", "application/json"),
        ("Accept-Encoding", "identity"),
        ("Content-Type", "application/json"),
        ("User-Agent", f"reachprobe/{__version__}"),
    ]
    if helper.token is not None:
        headers.append(("Authorization", f"Bearer {helper.token}"))
    return Ask(helper.url, "POST", headers, write_request(request))


def _read(answer: Answer) -> Control | str:
    if answer.failure is not None:
        return answer.failure
    if answer.status != HTTP_OK:
        return Failure.HTTP_UNEXPECTED_STATUS_CODE
    if answer.truncated or answer.problem is not None:
        return Failure.HTTP_REQUEST_FAILED
    try:
        return read_answer(answer.body)
    except UnreadableAnswerError:
        return Failure.JSON_PARSE_ERROR
