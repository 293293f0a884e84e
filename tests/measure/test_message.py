"""DNS messages from anybody: read as one row per answer, and never an exception."""

import random
from pathlib import Path

import dns.message
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.measure.message import MAX_ANSWERS, Question, read_reply
from probe.measure.place import literal_address
from tests.measure.messages import answer, with_id

CORPUS = Path(__file__).parent.parent / "corpus" / "dns"
ASKED = Question.ask("www.example.org", "A", 0x1234)
NAME = b"\x03www\x07example\x03org\x00"
POINTER = b"\xc0\x0c"


def message(
    records: bytes = b"", count: int = 0, flags: int = 0x8180, question: bytes = NAME + b"\x00\x01\x00\x01"
) -> bytes:
    """A message with our id and question, and `records` announced as `count` answers."""
    header = (
        b"\x12\x34"
        + flags.to_bytes(2, "big")
        + (1 if question else 0).to_bytes(2, "big")
        + count.to_bytes(2, "big")
    )
    return header + b"\x00\x00\x00\x00" + question + records


def record(
    rdata: bytes, kind: int = 1, owner: bytes = POINTER, group: int = 1, length: int | None = None
) -> bytes:
    """One resource record, `length` as it says itself."""
    size = len(rdata) if length is None else length
    return (
        owner
        + kind.to_bytes(2, "big")
        + group.to_bytes(2, "big")
        + b"\x00\x00\x00\x3c"
        + size.to_bytes(2, "big")
        + rdata
    )


A = record(bytes([93, 184, 216, 34]))

NASTY: dict[str, bytes] = {
    "empty": b"",
    "id-alone": b"\x12\x34",
    "header-cut": message()[:11],
    "question-cut": message()[:20],
    "no-reply-bit": message(A, 1, flags=0x0100),
    "pointer-to-itself": message(record(b"\x01\x02\x03\x04", owner=b"\xc0\x21"), 1),
    "pointers-in-a-circle": message(record(b"\xc0\x2f", 5, owner=b"\xc0\x31"), 1),
    "pointer-forward": message(record(b"\x01\x02\x03\x04", owner=b"\xc0\xff"), 1),
    "question-loops": message(question=b"\xc0\x0c\x00\x01\x00\x01"),
    "reserved-label-type": message(record(b"\x01\x02\x03\x04", owner=b"\x80\x0c"), 1),
    "name-too-long": message(record(b"\x01\x02\x03\x04", owner=(b"\x3f" + b"a" * 63) * 5 + b"\x00"), 1),
    "answers-announced-and-missing": message(A, 65535),
    "all-counts-huge": b"\x12\x34\x81\x80" + b"\xff" * 8,
    "rdata-cut": message(record(b"\x01\x02", length=4), 1),
    "rdata-too-short": message(record(b"\x01\x02"), 1),
    "rdata-too-long": message(record(b"\x01\x02\x03\x04\x05\x06"), 1),
    "rdata-length-beyond": message(record(b"\x01\x02\x03\x04", length=65535), 1),
    "aaaa-of-four": message(record(b"\x01\x02\x03\x04", kind=28), 1),
    "cname-loops-in-rdata": message(record(b"\xc0\x2d", kind=5), 1),
    "opt-among-answers": message(record(b"\x00" * 4, kind=41, owner=b"\x00"), 1),
    "unknown-type": message(record(b"\x00" * 9, kind=65280), 1),
    "tsig": message(record(b"\x00" * 4, kind=250, owner=b"\x00", group=255), 1),
    "svcb-nonsense": message(record(b"\x00\x01\x00\x00\x01\x00\xff", kind=65), 1),
    "other-question": message(A, 1, question=b"\x04evil\x03org\x00\x00\x01\x00\x01"),
    "other-type": message(A, 1, question=NAME + b"\x00\x1c\x00\x01"),
    "other-id": with_id(message(A, 1), 0x9999),
    "chaos-class": message(record(b"\x03a.b\x00\x00\x07", kind=1, group=3), 1),
    "class-any": message(record(bytes([1, 2, 3, 4]), group=255), 1),
    "update-opcode": message(A, 1, flags=0xA980),
    "zeros": b"\x00" * 64,
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}


def test_the_corpus_is_what_this_module_generates() -> None:
    """One file per nasty message, for other tools to use; written anew by this test when one is missing."""
    for name, raw in NASTY.items():
        file = CORPUS / f"{name}.bin"
        assert file.read_bytes() == raw, f"{file} differs from NASTY[{name!r}]"
    assert {file.stem for file in CORPUS.glob("*.bin")} == set(NASTY)


@pytest.mark.parametrize("file", sorted(CORPUS.glob("*.bin")), ids=lambda file: file.stem)
def test_nasty_messages_name_no_address(file: Path) -> None:
    """None of the corpus is an answer with an address; all of it is kept."""
    reply = read_reply(file.read_bytes(), ASKED)
    assert reply.addresses == []
    assert reply.failure is not None
    assert reply.raw == file.read_bytes()


@pytest.mark.parametrize(
    ("name", "failure", "usable"),
    [
        ("empty", "dns_server_misbehaving", False),
        ("zeros", "dns_reply_with_wrong_query_id", False),
        ("other-id", "dns_reply_with_wrong_query_id", False),
        ("other-question", "dns_server_misbehaving", False),
        ("other-type", "dns_server_misbehaving", False),
        ("no-reply-bit", "dns_server_misbehaving", False),
        ("pointers-in-a-circle", "dns_server_misbehaving", False),
        ("chaos-class", "dns_no_answer", True),
        ("unknown-type", "dns_no_answer", True),
    ],
)
def test_what_is_wrong_has_a_name(name: str, failure: str, usable: bool) -> None:  # noqa: FBT001
    """Not for us, no message at all, or an answer without an address."""
    reply = read_reply(NASTY[name], ASKED)
    assert (reply.failure, reply.usable) == (failure, usable)


@pytest.mark.parametrize(
    ("rcode", "failure"),
    [
        (0, "dns_no_answer"),
        (2, "dns_servfail_error"),
        (3, "dns_nxdomain_error"),
        (5, "dns_refused_error"),
        (1, "dns_server_misbehaving"),
        (9, "dns_server_misbehaving"),
        (15, "dns_server_misbehaving"),
    ],
)
def test_response_codes_have_names(rcode: int, failure: str) -> None:
    """RFC 8499's codes to df-007's names; the number stays."""
    reply = read_reply(answer(ASKED.wire, rcode=rcode), ASKED)
    assert (reply.usable, reply.failure, reply.rcode) == (True, failure, rcode)


def test_an_extended_response_code_nobody_knows() -> None:
    """EDNS makes twelve bits of it."""
    additional = b"\x00\x00\x29\x04\xd0\xfa\x00\x00\x00\x00\x00"
    raw = message(flags=0x8185)[:10] + b"\x00\x01" + message()[12:] + additional
    reply = read_reply(raw, ASKED)
    assert (reply.usable, reply.failure, reply.rcode) == (True, "dns_server_misbehaving", 0xFA5)


def test_an_answer_through_an_alias() -> None:
    """All records are rows, in their order; addresses are addresses."""
    reply = read_reply(answer(ASKED.wire, "192.0.2.1", "192.0.2.2", alias="cdn.example.net."), ASKED)
    assert [(row.answer_type, row.hostname, row.ipv4, row.ttl) for row in reply.answers] == [
        ("CNAME", "cdn.example.net", None, 60),
        ("A", None, "192.0.2.1", 60),
        ("A", None, "192.0.2.2", 60),
    ]
    assert reply.addresses == ["192.0.2.1", "192.0.2.2"]
    assert reply.failure is None


def test_an_alias_without_address_is_no_answer() -> None:
    """What was asked for is not there."""
    reply = read_reply(answer(ASKED.wire, alias="cdn.example.net."), ASKED)
    assert reply.failure == "dns_no_answer"
    assert [row.answer_type for row in reply.answers] == ["CNAME"]


def test_an_answer_without_question_is_heard() -> None:
    """Injectors that leave the question out exist."""
    owner = record(bytes([93, 184, 216, 34]), owner=NAME)
    assert read_reply(message(owner, 1, question=b""), ASKED).addresses == ["93.184.216.34"]


def test_junk_behind_the_message_is_ignored() -> None:
    """Padding of a sloppy injector."""
    assert read_reply(message(A, 1) + b"junk", ASKED).addresses == ["93.184.216.34"]


def test_the_case_of_the_name_does_not_matter() -> None:
    """Some resolvers answer with a question in other letters."""
    reply = read_reply(message(A, 1).replace(b"www", b"WwW"), ASKED)
    assert reply.addresses == ["93.184.216.34"]


def test_a_thousand_addresses_are_capped() -> None:
    """The rest is counted."""
    many = [f"10.0.{n // 256}.{n % 256}" for n in range(1000)]
    reply = read_reply(answer(ASKED.wire, *many), ASKED)
    assert len(reply.answers) == MAX_ANSWERS
    assert reply.answers_lost == 1000 - MAX_ANSWERS


def test_a_truncated_answer_says_so() -> None:
    """The TC bit asks for TCP."""
    assert read_reply(answer(ASKED.wire, "192.0.2.1", cut=True), ASKED).truncated


@pytest.mark.parametrize("hostname", ["a" * 64 + ".org", "a..b", ".", "a." * 130, "b\udc80d.org"])
def test_names_that_no_message_can_carry(hostname: str) -> None:
    """A `ValueError`, whatever the library says."""
    with pytest.raises(ValueError, match="no DNS name"):
        Question.ask(hostname, "A", 1)


@pytest.mark.parametrize("hostname", ["a_b.example.org", "a" * 63 + ".org", "xn--d1acufc.xn--p1ai", "1.2.3"])
def test_a_question_asks_what_it_says(hostname: str) -> None:
    """One recursive question with EDNS and the id given."""
    wire = Question.ask(hostname, "AAAA", 77).wire
    read = dns.message.from_wire(wire)
    assert (read.id, str(read.question[0].name), read.payload, read.edns) == (77, hostname + ".", 1232, 0)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600))
def test_arbitrary_bytes_are_never_an_exception(raw: bytes) -> None:
    """Nor are they ever a wrong kind of address."""
    reply = read_reply(raw, ASKED)
    assert reply.raw == raw
    assert all(literal_address(ip) for ip in reply.addresses)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(
        [*NASTY.values(), message(A * 3, 3), answer(ASKED.wire, "192.0.2.1", alias="c.example.")]
    ),
    st.data(),
)
def test_damaged_messages_are_never_an_exception(raw: bytes, data: st.DataObject) -> None:
    """Messages that were once good, with bytes changed, cut out and put in."""
    damaged = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged)))
        damaged[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    reply = read_reply(bytes(damaged), ASKED)
    assert all(literal_address(ip) for ip in reply.addresses)


def test_many_damaged_answers_are_never_an_exception() -> None:
    """A seeded run over every type of record the parser knows, with rdata of any bytes."""
    rng = random.Random(2)
    for _ in range(3000):
        group, kind = rng.choice([1, 1, 1, 3, 255, 0]), rng.choice([*range(66), 99, 249, 250, 257, 65280])
        raw = message(record(rng.randbytes(rng.randrange(24)), kind=kind, group=group) + A, 2)
        reply = read_reply(raw, ASKED)
        assert all(literal_address(ip) for ip in reply.addresses)
