"""The lab's resolvers: what comes back for one message, and how much later."""

import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.lab.censor import Censor
from probe.lab.names import Names
from probe.lab.resolvers import ISP_RESOLVER, RACE_LEAD, RESOLVERS, Reply, Resolvers
from probe.lab.scenario import Act, Rule, Scenario, Site

HOST = "www.example.org"
SITE = Site(HOST, ("104.40.1.1", "104.40.1.2", "2606:4700::9"))
FORGED = "10.10.34.36"
PUBLIC = "8.8.8.8"


def resolvers(*rules: Rule) -> Resolvers:
    """Resolvers on a network with `rules`."""
    names = Names(0, [SITE])
    return Resolvers(names, Censor(Scenario("test", "A test.", rules), names, lambda: 0.0))


def question(host: str = HOST, kind: str = "A", number: int = 77) -> bytes:
    """A query."""
    return dns.message.make_query(host, kind, id=number, use_edns=0).to_wire()


def addresses(wire: bytes) -> list[str]:
    """The addresses that a message names."""
    return [str(rdata) for rrset in dns.message.from_wire(wire).answer for rdata in rrset]


def on(act: Act, value: str = "") -> list[Reply]:
    """All replies when the network does `act` to the name."""
    return resolvers(Rule(act, hosts=(HOST,), value=value)).answer(question(), PUBLIC)


def test_an_honest_answer() -> None:
    """Addresses of the family that was asked for, with the query's id, as a recursive resolver's."""
    (reply,) = resolvers().answer(question(), PUBLIC)
    message = dns.message.from_wire(reply.wire)
    assert (message.id, reply.delay) == (77, 0.0)
    assert message.flags & dns.flags.RA
    assert addresses(reply.wire) == ["104.40.1.1", "104.40.1.2"]
    (reply,) = resolvers().answer(question(kind="AAAA"), PUBLIC)
    assert addresses(reply.wire) == ["2606:4700::9"]


def test_other_types_have_no_answer_and_dead_names_do_not_exist() -> None:
    """NOERROR without records; NXDOMAIN."""
    (reply,) = resolvers().answer(question(kind="MX"), PUBLIC)
    message = dns.message.from_wire(reply.wire)
    assert (message.rcode(), message.answer) == (dns.rcode.NOERROR, [])
    (reply,) = resolvers().answer(question("nothing.invalid"), PUBLIC)
    assert dns.message.from_wire(reply.wire).rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize(
    ("act", "rcode"),
    [
        (Act.DNS_NXDOMAIN, dns.rcode.NXDOMAIN),
        (Act.DNS_SERVFAIL, dns.rcode.SERVFAIL),
        (Act.DNS_REFUSED, dns.rcode.REFUSED),
        (Act.DNS_EMPTY, dns.rcode.NOERROR),
    ],
)
def test_denials(act: Act, rcode: dns.rcode.Rcode) -> None:
    """One message with that code and no address."""
    (reply,) = on(act)
    message = dns.message.from_wire(reply.wire)
    assert (message.rcode(), message.answer, message.id) == (rcode, [], 77)


def test_a_forged_answer() -> None:
    """The address of the rule, for its own family only."""
    (reply,) = on(Act.DNS_FORGE, FORGED)
    assert addresses(reply.wire) == [FORGED]
    rule = Rule(Act.DNS_FORGE, hosts=(HOST,), value=FORGED)
    (reply,) = resolvers(rule).answer(question(kind="AAAA"), PUBLIC)
    assert addresses(reply.wire) == []


def test_a_race() -> None:
    """The forged answer comes first, the true one a little later."""
    forged, true = on(Act.DNS_RACE, FORGED)
    assert (addresses(forged.wire), forged.delay) == ([FORGED], 0.0)
    assert (addresses(true.wire), true.delay) == (["104.40.1.1", "104.40.1.2"], RACE_LEAD)


def test_what_comes_before_the_answer() -> None:
    """Junk is no message, another id is the whole answer with another id; the true one follows."""
    junk, true = on(Act.DNS_GARBAGE)
    with pytest.raises(dns.exception.DNSException):
        dns.message.from_wire(junk.wire)
    assert addresses(true.wire) == ["104.40.1.1", "104.40.1.2"]
    other, true = on(Act.DNS_WRONG_ID)
    assert dns.message.from_wire(other.wire).id == 78
    assert other.wire[2:] == true.wire[2:]


def test_cut_short_over_udp_and_whole_over_tcp() -> None:
    """TC and no address; the other way has them."""
    (reply,) = on(Act.DNS_TRUNCATED)
    message = dns.message.from_wire(reply.wire)
    assert message.flags & dns.flags.TC
    assert not message.answer
    rule = Rule(Act.DNS_TRUNCATED, hosts=(HOST,))
    assert addresses(resolvers(rule).answer_whole(question(), PUBLIC)) == ["104.40.1.1", "104.40.1.2"]


def test_dropped() -> None:
    """Nothing comes, over TCP neither."""
    assert on(Act.DNS_DROP) == []
    assert resolvers(Rule(Act.DNS_DROP, hosts=(HOST,))).answer_whole(question(), PUBLIC) == b""


def test_encrypted_questions_are_answered_by_resolvers_alone_and_honestly() -> None:
    """What the network does to names does not reach them."""
    here = resolvers(Rule(Act.DNS_FORGE, hosts=(HOST,), value=FORGED))
    answer = here.answer_encrypted(question(), PUBLIC)
    assert answer is not None
    assert addresses(answer) == ["104.40.1.1", "104.40.1.2"]
    assert here.answer_encrypted(question(), "104.40.1.1") is None
    assert ISP_RESOLVER in RESOLVERS


def test_an_answer_is_no_question() -> None:
    """A message that is a response already gets none."""
    (reply,) = resolvers().answer(question(), PUBLIC)
    assert resolvers().answer(reply.wire, PUBLIC) == []


@given(st.binary(max_size=80))
def test_any_bytes(data: bytes) -> None:
    """Never an exception, whatever is asked."""
    assert len(resolvers().answer(data, PUBLIC)) <= 1


@given(st.data())
def test_any_damage(data: st.DataObject) -> None:
    """Nor when bytes of a real question are changed."""
    wire = bytearray(question())
    for _ in range(data.draw(st.integers(1, 5))):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    assert len(resolvers().answer(bytes(wire), PUBLIC)) <= 1
