"""DNS messages: questions to bytes, and bytes from anybody to one row per answer. No socket here.

dnspython does the parsing and nothing else; what it raises on hostile bytes ends in this file.
"""

import base64
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from probe.record import Answer, Failure

MAX_ANSWERS = 64
"""Resource records kept of one message; big operators give 16 addresses, forged bombs thousands."""

UDP_PAYLOAD = 1232
"""EDNS buffer size that crosses every path unfragmented (DNS Flag Day 2020), as stub resolvers send it."""

RCODES = {
    dns.rcode.NXDOMAIN: Failure.DNS_NXDOMAIN_ERROR,
    dns.rcode.SERVFAIL: Failure.DNS_SERVFAIL_ERROR,
    dns.rcode.REFUSED: Failure.DNS_REFUSED_ERROR,
}

PARSE_ERRORS = (
    dns.exception.DNSException,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    NotImplementedError,
)
"""What dnspython raises on bytes that are no message, compression loops and bad labels among them."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its id, its bytes, and what it asked; `asked` is the same as dnspython has it."""

    id: int
    hostname: str
    query_type: str
    wire: bytes
    asked: dns.rrset.RRset

    @classmethod
    def ask(cls, hostname: str, query_type: str, query_id: int) -> "Question":
        """A recursive question with EDNS; raises `ValueError` for names that no message can carry."""
        try:
            message = dns.message.make_query(
                hostname + ".", query_type, use_edns=0, payload=UDP_PAYLOAD, id=query_id
            )
            return cls(query_id, hostname, query_type, message.to_wire(), message.question[0])
        except (dns.exception.DNSException, UnicodeError) as error:
            raise ValueError(f"no DNS name: {type(error).__name__}") from error


@dataclass(slots=True)
class Reply:
    """One datagram or message that came, read as an answer to a question.

    `usable` is False for what cannot be the answer at all: junk, another id, another question.
    """

    raw: bytes
    usable: bool = False
    failure: str | None = None
    rcode: int | None = None
    answers: list[Answer] = field(default_factory=list)
    truncated: bool = False
    answers_lost: int = 0

    @property
    def addresses(self) -> list[str]:
        """The addresses it names."""
        return [ip for answer in self.answers if (ip := answer.ipv4 or answer.ipv6)]

    @property
    def raw_response(self) -> str:
        """df-002's form of the bytes."""
        return base64.b64encode(self.raw).decode("ascii")


def read_reply(raw: bytes, question: Question) -> Reply:
    """Read `raw` as an answer to `question`; never raises."""
    try:
        message = dns.message.from_wire(raw, ignore_trailing=True)
        return _judge(raw, message, question)
    except PARSE_ERRORS:
        return Reply(raw, failure=Failure.DNS_SERVER_MISBEHAVING)


def _judge(raw: bytes, message: dns.message.Message, question: Question) -> Reply:
    if message.id != question.id:
        return Reply(raw, failure=Failure.DNS_REPLY_WITH_WRONG_QUERY_ID)
    if not message.flags & dns.flags.QR or not _is_about(message, question):
        return Reply(raw, failure=Failure.DNS_SERVER_MISBEHAVING)
    answers, lost = _answers(message)
    rcode = int(message.rcode())
    failure = _name_rcode(rcode)
    if failure is None and not any(answer.answer_type == question.query_type for answer in answers):
        failure = Failure.DNS_NO_ANSWER
    truncated = bool(message.flags & dns.flags.TC)
    return Reply(
        raw,
        usable=True,
        failure=failure,
        rcode=rcode,
        answers=answers,
        truncated=truncated,
        answers_lost=lost,
    )


def _name_rcode(rcode: int) -> str | None:
    if rcode == dns.rcode.NOERROR:
        return None
    return RCODES.get(dns.rcode.Rcode(rcode), Failure.DNS_SERVER_MISBEHAVING)


def _is_about(message: dns.message.Message, question: Question) -> bool:
    # Injectors that leave the question out exist; what they say is still addressed to us.
    asked = question.asked
    return all(rrset.name == asked.name and rrset.rdtype == asked.rdtype for rrset in message.question)


def _answers(message: dns.message.Message) -> tuple[list[Answer], int]:
    rows: list[Answer] = []
    total = 0
    for rrset in message.answer:
        kind = _kind(rrset)
        total += len(rrset)
        rows += [_answer(kind, rdata, int(rrset.ttl)) for rdata in list(rrset)[: MAX_ANSWERS - len(rows)]]
    return rows, total - len(rows)


def _kind(rrset: dns.rrset.RRset) -> str:
    # In another class than the internet's, an A record is no address (RFC 1035: a CHAOS address is a name and a number).
    kind = dns.rdatatype.to_text(rrset.rdtype)
    return kind if rrset.rdclass == dns.rdataclass.IN else f"{dns.rdataclass.to_text(rrset.rdclass)} {kind}"


def _answer(kind: str, rdata: object, ttl: int) -> Answer:
    if kind == "A":
        return Answer(answer_type=kind, ipv4=str(rdata), ttl=ttl)
    if kind == "AAAA":
        return Answer(answer_type=kind, ipv6=str(rdata), ttl=ttl)
    if kind == "CNAME":
        return Answer(answer_type=kind, hostname=str(rdata).rstrip("."), ttl=ttl)
    return Answer(answer_type=kind, ttl=ttl)
