"""Name → every answer that arrived: from the system's resolver, over UDP, and over TCP where UDP was cut short.

A forged answer comes first and the true one tens of milliseconds later on the same socket, so nothing stops
at the first: `found` is called with the addresses of each answer as it comes, and the look-up goes on listening.
DoH is `doh.py`'s: it is a connect, a handshake and a fetch with these messages inside.
"""

import asyncio
import ipaddress
import re
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from probe.measure.failure import name_failure
from probe.measure.message import Question, Reply, read_reply
from probe.measure.network import Network
from probe.measure.trace import Flow, Trace
from probe.record import Answer as AnswerRow
from probe.record import Failure, MarkKind, Operation, Query

MAX_DATAGRAMS = 32
"""Kept of one question; a race of two or three is what forgers run."""

DATAGRAM_SIZE = 65535
MAX_PORT = 65535

Found = Callable[[Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class UdpResolver:
    """A resolver by its address."""

    ip: str
    port: int = 53

    @classmethod
    def parse(cls, text: str) -> Self:
        """`8.8.8.8`, `8.8.8.8:53`, `[2001:db8::1]:53`, `2001:db8::1`, as typed or as `endpoint` writes it. Raises `ValueError`."""
        host, port = text, "53"
        if match := re.fullmatch(r"\[([^]]+)\](?::(\d+))?|([\d.]+):(\d+)", text):
            host, port = match[1] or match[3], match[2] or match[4] or "53"
        if not 0 < int(port) <= MAX_PORT:
            raise ValueError(f"port {port[:20]}")
        return cls(str(ipaddress.ip_address(host)), int(port))

    @property
    def endpoint(self) -> str:
        """`ip:port`, `[v6]:port`."""
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


async def ask_system(
    network: Network, hostname: str, trace: Trace, tags: list[str], deadline: float, found: Found
) -> None:
    """Ask the system's resolver for all addresses; one `queries` row, engine getaddrinfo, type ANY.

    `deadline`: seconds from when it is asked. To wait for our own turn before is no part of the row.
    """
    flow = trace.open_flow(trace.seen, "", "udp", tags)
    t0, eai, addresses = flow.now(), None, list[str]()
    failure: str | None = None
    try:
        async with asyncio.timeout(None) as limit:

            def begin() -> None:
                """The resolver is asked now."""
                nonlocal t0
                t0 = flow.now()
                flow.log(Operation.RESOLVE_START, t0)
                limit.reschedule(asyncio.get_running_loop().time() + deadline)

            # The final dot keeps the system from trying its search domains.
            addresses = await network.system_lookup(hostname + ".", begin)
        failure = None if addresses else Failure.DNS_NO_ANSWER
    except (OSError, ValueError) as error:
        failure = name_failure(error)
        eai = error.errno if isinstance(error, socket.gaierror) else None
    except asyncio.CancelledError as error:
        failure = name_failure(error)
        raise
    finally:
        flow.log(Operation.RESOLVE_DONE, flow.now(), 0, failure)
        answers = [_address_row(ip) for ip in addresses]
        trace.seen.queries.append(
            _row(flow, "getaddrinfo", hostname, "ANY", "", t0, failure, answers, eai=eai)
        )
    found(addresses)


async def ask_udp(
    network: Network,
    resolver: UdpResolver,
    question: Question,
    trace: Trace,
    tags: list[str],
    waits: tuple[float, float],
    found: Found,
) -> Reply | None:
    """Ask `resolver` over UDP; one `queries` row for the answer, one duplicate row for every other datagram.

    `waits`: seconds until an answer must have come, and seconds to go on listening after it. Returns the answer.
    """
    flow = trace.open_flow(trace.do53, resolver.endpoint, "udp", tags)
    listener = _Listener(flow, question, trace, resolver.endpoint, found)
    failure: str | None = None
    try:
        async with asyncio.timeout(waits[0]) as limit:
            with await network.open_udp(resolver.ip, resolver.port) as sock:
                await _converse(sock, listener, limit, waits[1])
    except (OSError, ValueError) as error:
        failure = name_failure(error)
    except asyncio.CancelledError as error:
        failure = name_failure(error)
        raise
    finally:
        listener.conclude(failure)
    return listener.answer


async def _converse(
    sock: socket.socket, listener: "_Listener", limit: asyncio.Timeout, linger: float
) -> None:
    loop, flow = asyncio.get_running_loop(), listener.flow
    t0 = flow.now()
    await loop.sock_sendall(sock, listener.question.wire)
    flow.log(Operation.WRITE_TO, t0, len(listener.question.wire))
    while listener.heard < MAX_DATAGRAMS:
        t0 = flow.now()
        raw = await loop.sock_recv(sock, DATAGRAM_SIZE)
        flow.log(Operation.READ_FROM, t0, len(raw))
        if listener.hear(raw):
            limit.reschedule(loop.time() + linger)


class _Listener:
    """Sorts the datagrams of one question: the answer, and all that came beside it."""

    def __init__(self, flow: Flow, question: Question, trace: Trace, address: str, found: Found) -> None:
        self.flow, self.question = flow, question
        self.answer: Reply | None = None
        self.heard = 0
        self._trace, self._address, self._found = trace, address, found
        self._t0 = flow.now()
        self._junk: str | None = None

    def hear(self, raw: bytes) -> bool:
        """Note a datagram; True when it is the first that can be the answer."""
        self.heard += 1
        reply = read_reply(raw, self.question)
        if reply.answers_lost:
            self._trace.mark(MarkKind.ANSWERS_CAPPED, self.flow.transaction_id, f"{reply.answers_lost} more")
        if self.heard == MAX_DATAGRAMS:
            self._trace.mark(
                MarkKind.DATAGRAMS_CAPPED, self.flow.transaction_id, f"{MAX_DATAGRAMS} datagrams"
            )
        first = reply.usable and self.answer is None
        rows = self._trace.seen.queries if first else self._trace.seen.duplicates
        rows.append(self._reply_row(reply))
        if first:
            self.answer = reply
        if not reply.usable:
            self._junk = reply.failure
        else:
            self._found(reply.addresses)
        return first

    def conclude(self, failure: str | None) -> None:
        """The row of a question that got no answer: what ended it, or what the junk was."""
        if self.answer is None:
            reason = self._junk if self._junk and failure == Failure.GENERIC_TIMEOUT_ERROR else failure
            reason = reason or self._junk or Failure.GENERIC_TIMEOUT_ERROR
            if failure:
                self.flow.log(Operation.READ_FROM, self.flow.now(), 0, failure)
            question = self.question
            self._trace.seen.queries.append(
                _row(
                    self.flow,
                    "udp",
                    question.hostname,
                    question.query_type,
                    self._address,
                    self._t0,
                    reason,
                    [],
                )
            )

    def _reply_row(self, reply: Reply) -> Query:
        question = self.question
        return reply_row(self.flow, "udp", question, self._address, self._t0, reply)


async def ask_tcp(
    network: Network,
    resolver: UdpResolver,
    question: Question,
    trace: Trace,
    tags: list[str],
    deadline: float,
    found: Found,
) -> None:
    """Ask again over TCP (RFC 7766), for an answer that UDP cut short; one `queries` row, engine tcp."""
    flow = trace.open_flow(trace.do53, resolver.endpoint, "tcp", tags)
    t0, reply, failure = flow.now(), None, None
    try:
        async with asyncio.timeout(deadline):
            reply = read_reply(await _exchange_tcp(network, resolver, question, flow), question)
    except (OSError, EOFError) as error:
        failure = name_failure(error)
    except asyncio.CancelledError as error:
        failure = name_failure(error)
        raise
    finally:
        seen = reply or Reply(b"", failure=failure or Failure.GENERIC_TIMEOUT_ERROR)
        trace.seen.queries.append(reply_row(flow, "tcp", question, resolver.endpoint, t0, seen))
    if reply is not None and reply.usable:
        found(reply.addresses)


async def _exchange_tcp(network: Network, resolver: UdpResolver, question: Question, flow: Flow) -> bytes:
    loop, t0 = asyncio.get_running_loop(), flow.now()
    sock = await network.open_tcp(resolver.ip, resolver.port)
    flow.log(Operation.CONNECT, t0)
    with sock:
        wire = struct.pack("!H", len(question.wire)) + question.wire
        await loop.sock_sendall(sock, wire)
        flow.log(Operation.WRITE, flow.now(), len(wire))
        (size,) = struct.unpack("!H", await _receive_exactly(sock, 2))
        raw = await _receive_exactly(sock, size)
        flow.log(Operation.READ, flow.now(), 2 + len(raw))
        return raw


async def _receive_exactly(sock: socket.socket, size: int) -> bytes:
    loop, data = asyncio.get_running_loop(), b""
    while len(data) < size:
        part = await loop.sock_recv(sock, size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def reply_row(flow: Flow, engine: str, question: Question, address: str, t0: float, reply: Reply) -> Query:
    """The `queries` row of a message that came."""
    row = _row(
        flow, engine, question.hostname, question.query_type, address, t0, reply.failure, reply.answers
    )
    if reply.raw:
        row.raw_response = reply.raw_response
    if reply.rcode is not None:
        row.rcode = reply.rcode
    return row


def _row(
    flow: Flow,
    engine: str,
    hostname: str,
    query_type: str,
    address: str,
    t0: float,
    failure: str | None,
    answers: list[AnswerRow],
    *,
    eai: int | None = None,
) -> Query:
    row = Query(
        engine=engine,
        failure=failure,
        hostname=hostname,
        query_type=query_type,
        answers=answers or None,
        resolver_address=address,
        resolver_hostname=None,
        resolver_port=None,
        t0=t0,
        t=flow.now(),
        tags=flow.tags,
        transaction_id=flow.transaction_id,
    )
    if eai is not None:
        row.getaddrinfo_error = eai
    return row


def _address_row(ip: str) -> AnswerRow:
    if ":" in ip:
        return AnswerRow(answer_type="AAAA", ipv6=ip, ttl=None)
    return AnswerRow(answer_type="A", ipv4=ip, ttl=None)
