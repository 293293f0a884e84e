"""DNS answers as resolvers and forgers make them, for the scripted resolvers."""

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset


def asked(wire: bytes) -> tuple[str, str]:
    """The name, without its final dot, and the type of a question."""
    question = dns.message.from_wire(wire).question[0]
    return str(question.name).rstrip("."), dns.rdatatype.to_text(question.rdtype)


def answer(
    wire: bytes, *addresses: str, rcode: int = 0, cut: bool = False, ttl: int = 60, alias: str = ""
) -> bytes:
    """A resolver's answer to `wire`: those of `addresses` that are of the type asked, after an `alias` if one is given."""
    query = dns.message.from_wire(wire)
    response = dns.message.make_response(query, recursion_available=True)
    response.set_rcode(rcode)  # type: ignore[arg-type]
    kind = dns.rdatatype.to_text(query.question[0].rdtype)
    owner = query.question[0].name
    if alias:
        response.answer.append(dns.rrset.from_text(owner, ttl, "IN", "CNAME", alias))
    fitting = [address for address in addresses if (":" in address) == (kind == "AAAA")]
    for address in fitting:  # a set of its own for each: within a set the library shuffles
        response.answer.append(dns.rrset.from_text(alias or owner, ttl, "IN", kind, address))
    if cut:
        response.flags |= dns.flags.TC
    return response.to_wire(max_size=65535)


def with_id(wire: bytes, query_id: int) -> bytes:
    """The message `wire` under another id."""
    return query_id.to_bytes(2, "big") + wire[2:]


def with_record(wire: bytes, record: bytes) -> bytes:
    """A message that answers `wire` with one record, given as bytes."""
    end = wire.index(b"\x00", 12) + 5
    return wire[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + wire[12:end] + record
