"""The lab's resolvers: one DNS message in, what comes back and how much later. No socket here."""

from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from probe.lab.censor import Censor
from probe.lab.names import RESOLVER_NAMES, Names
from probe.lab.scenario import Act

ISP_RESOLVER = "185.51.200.2"
"""The address that stands for the resolver of one's own provider: what the system asks."""

RESOLVERS = frozenset({ISP_RESOLVER, *(ip for addresses in RESOLVER_NAMES.values() for ip in addresses)})
TTL = 300
RACE_LEAD = 0.03
"""Seconds by which a forged answer beats the true one: the censor is nearer."""

LOOKUP_PATIENCE = 3.0
"""Seconds after which the system's resolver gives up; real ones take five."""

ERRORS = {
    dns.rcode.NOERROR: "NODATA",
    dns.rcode.NXDOMAIN: "NONAME",
    dns.rcode.SERVFAIL: "AGAIN",
}
"""What getaddrinfo calls an answer without an address, by its rcode (RFC 3493 §6.1); any other: FAIL."""

RCODES = {
    Act.DNS_NXDOMAIN: dns.rcode.NXDOMAIN,
    Act.DNS_SERVFAIL: dns.rcode.SERVFAIL,
    Act.DNS_REFUSED: dns.rcode.REFUSED,
    Act.DNS_EMPTY: dns.rcode.NOERROR,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """One datagram, and how long after the others it comes."""

    wire: bytes
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Lookup:
    """What getaddrinfo says in the end: addresses, or the name of an error; and how long it waits for late answers."""

    addresses: tuple[str, ...]
    error: str = ""
    delay: float = 0.0


class Resolvers:
    """Answers any question, honestly unless the censor has a rule for it."""

    def __init__(self, names: Names, censor: Censor) -> None:
        self._names, self._censor = names, censor

    def answer(
        self, wire: bytes, resolver: str, *, encrypted: bool = False, over_tcp: bool = False
    ) -> list[Reply]:
        """All replies to the message `wire` sent to `resolver`; none when it is dropped or no message."""
        try:
            query = dns.message.from_wire(wire)
            host = query.question[0].name.to_text(omit_final_dot=True).lower()
            true = self._true(query, host)
        except (dns.exception.DNSException, IndexError):
            return []
        rule = self._censor.on_query(host, resolver, encrypted=encrypted)
        if rule is None or (over_tcp and rule.act is Act.DNS_TRUNCATED):
            return [Reply(_wire(true))]
        return _tamper(query, true, rule.act, rule.value)

    def answer_whole(self, wire: bytes, resolver: str) -> bytes:
        """The same over TCP, where no answer is cut short or raced; empty when there is none."""
        replies = self.answer(wire, resolver, over_tcp=True)
        return replies[-1].wire if replies else b""

    def answer_encrypted(self, wire: bytes, resolver: str) -> bytes | None:
        """The same over HTTPS, where there is one answer or none."""
        replies = self.answer(wire, resolver, encrypted=True) if resolver in RESOLVERS else []
        return replies[0].wire if replies else None

    def look_up(self, host: str) -> Lookup:
        """What a stub resolver makes of its provider's answers to A and AAAA."""
        try:
            queries = [dns.message.make_query(host, kind) for kind in ("A", "AAAA")]
        except (dns.exception.DNSException, UnicodeError):
            return Lookup((), "NONAME")
        found = [self._believed(query) for query in queries]
        delay = max(lookup.delay for lookup in found)
        addresses = tuple(ip for lookup in found for ip in lookup.addresses)
        return Lookup(addresses, "" if addresses else found[0].error, delay)

    def _believed(self, query: dns.message.Message) -> Lookup:
        """The first datagram that answers `query`: a stub resolver does not look at others."""
        wire = query.to_wire()
        for reply in sorted(self.answer(wire, ISP_RESOLVER), key=lambda reply: reply.delay):
            try:
                answer = dns.message.from_wire(reply.wire, ignore_trailing=True)
                if not query.is_response(answer):
                    continue
                if answer.flags & dns.flags.TC:  # RFC 7766
                    answer = dns.message.from_wire(self.answer_whole(wire, ISP_RESOLVER))
            except dns.exception.DNSException:
                continue
            kind = query.question[0].rdtype
            addresses = tuple(str(one) for rrset in answer.answer if rrset.rdtype == kind for one in rrset)
            return Lookup(addresses, ERRORS.get(answer.rcode(), "FAIL"), reply.delay)
        return Lookup((), "AGAIN", LOOKUP_PATIENCE)

    def _true(self, query: dns.message.Message, host: str) -> dns.message.Message:
        response = dns.message.make_response(query, recursion_available=True)
        addresses = self._names.addresses(host)
        if addresses is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
        else:
            _add(
                response,
                [ip for ip in addresses if (":" in ip) == (query.question[0].rdtype == dns.rdatatype.AAAA)],
            )
        return response


def _add(response: dns.message.Message, addresses: list[str]) -> None:
    question = response.question[0]
    if addresses and question.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
        kind = dns.rdatatype.to_text(question.rdtype)
        response.answer.append(dns.rrset.from_text_list(question.name, TTL, "IN", kind, addresses))


def _wire(message: dns.message.Message) -> bytes:
    """Addresses in their order: dnspython shuffles them, and no run would be like another."""
    return message.to_wire(want_shuffle=False)


def _tamper(query: dns.message.Message, true: dns.message.Message, act: Act, value: str) -> list[Reply]:
    if act is Act.DNS_DROP:
        return []
    if act in RCODES:
        forged = dns.message.make_response(query, recursion_available=True)
        forged.set_rcode(RCODES[act])
        return [Reply(_wire(forged))]
    late = Reply(_wire(true), RACE_LEAD)
    if act is Act.DNS_GARBAGE:
        return [Reply(b"\xff" * 40), late]
    if act is Act.DNS_WRONG_ID:
        return [Reply(((query.id + 1) % 65536).to_bytes(2, "big") + late.wire[2:]), late]
    if act is Act.DNS_TRUNCATED:
        cut = dns.message.make_response(query, recursion_available=True)
        cut.flags |= dns.flags.TC
        return [Reply(_wire(cut))]
    forged = dns.message.make_response(query, recursion_available=True)
    _add(forged, [value] if (":" in value) == (query.question[0].rdtype == dns.rdatatype.AAAA) else [])
    return [Reply(_wire(forged)), late] if act is Act.DNS_RACE else [Reply(_wire(forged))]
