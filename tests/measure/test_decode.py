"""Content codings undone: whole, in part, under a cap, and never an exception."""

import gzip
import time
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.measure.decode import decode_body

PAGE = b"<html>a page that repeats itself, repeats itself</html>" * 4
MIB = 1 << 20


def pack(data: bytes) -> bytes:
    """`data` as gzip, the same every time."""
    return gzip.compress(data, mtime=0)


def raw_deflate(data: bytes) -> bytes:
    """`data` deflated without zlib's wrapper, as some servers send it."""
    machine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return machine.compress(data) + machine.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": pack,
    "x-gzip": pack,
    "deflate": zlib.compress,
    "Deflate": raw_deflate,
}


@pytest.mark.parametrize("coding", PACKERS)
def test_what_was_packed_is_unpacked(coding: str) -> None:
    """In any spelling."""
    packed = PACKERS[coding](PAGE)
    for spelling in (coding, coding.upper(), f" {coding} ", f"identity, {coding},"):
        assert decode_body(packed, [spelling], 1000) == (PAGE, False, None)


@pytest.mark.parametrize("codings", [[], [""], ["identity"], [" , identity, "], ["", "IDENTITY"]])
def test_what_was_not_packed_is_left_alone(codings: list[str]) -> None:
    """Up to the cap."""
    assert decode_body(PAGE, codings, 1000) == (PAGE, False, None)
    assert decode_body(PAGE, codings, len(PAGE)) == (PAGE, False, None)
    assert decode_body(PAGE, codings, 5) == (PAGE[:5], True, None)


@pytest.mark.parametrize("codings", [["gzip", "deflate"], ["gzip, deflate"], ["gzip,", ",deflate"]])
def test_the_last_coding_is_undone_first(codings: list[str]) -> None:
    """RFC 9110 §8.4: listed in the order in which they were applied, in one header or several."""
    assert decode_body(zlib.compress(pack(PAGE)), codings, 1000) == (PAGE, False, None)


@pytest.mark.parametrize(
    ("raw", "codings", "problem"),
    [
        (b"no gzip", ["gzip"], "gzip: error"),
        (b"", ["br"], "br: LookupError"),
        (b"\x0b\x02\x80page\x03", ["br"], "br: LookupError"),
        (b"(\xb5/\xfd", ["zstd"], "zstd: LookupError"),
        (b"page", ["x" * 1000], "x" * 20 + ": LookupError"),
        (b"page", ["gzip, gzip, gzip"], "3 codings"),
        (b"page", ["\xff\x00"], "\xff\x00: LookupError"),
    ],
)
def test_what_cannot_be_undone_is_kept_as_it_came(raw: bytes, codings: list[str], problem: str) -> None:
    """With the reason; and cut at the cap as well."""
    assert decode_body(raw, codings, 1000) == (raw, False, problem)
    assert decode_body(raw, codings, 3) == (raw[:3], len(raw) > 3, problem)


def test_a_body_with_a_wrong_checksum_is_kept_as_it_came() -> None:
    """Somebody changed it on its way."""
    changed = pack(PAGE)[:-8] + bytes(8)
    assert decode_body(changed, ["gzip"], 1000) == (changed, False, "gzip: error")


@pytest.mark.parametrize("coding", PACKERS)
def test_any_beginning_of_a_packed_body_gives_a_beginning_of_the_body(coding: str) -> None:
    """A transfer that broke off is evidence too."""
    packed = PACKERS[coding](PAGE)
    bodies = [decode_body(packed[:size], [coding], 1000) for size in range(len(packed) + 1)]
    assert all(PAGE.startswith(body) or packed.startswith(body) for body, _, _ in bodies)
    assert all(problem is None for _, _, problem in bodies[12:])
    assert bodies[-1].body == PAGE


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    coding=st.sampled_from(sorted(PACKERS)),
    data=st.binary(min_size=1, max_size=6),
    times=st.integers(1, 400),
    cap=st.integers(1, 500),
    cut=st.integers(0, 3),
)
def test_the_cap_is_exact_and_says_so(coding: str, data: bytes, times: int, cap: int, cut: int) -> None:
    """Also where the input ended before the output did: whatever is left out is declared."""
    packed = PACKERS[coding](data * times)
    packed = packed[: len(packed) - cut]
    everything = decode_body(packed, [coding], 1 << 20)
    assert everything.problem is None
    limited = decode_body(packed, [coding], cap)
    assert limited == (everything.body[:cap], len(everything.body) > cap, None)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    raw=st.one_of(
        st.binary(max_size=300),
        st.tuples(st.sampled_from([pack(PAGE), zlib.compress(PAGE)]), st.binary(max_size=4)).map(
            lambda pair: pair[0][: len(pair[0]) // 2] + pair[1] + pair[0][len(pair[0]) // 2 :]
        ),
    ),
    codings=st.lists(
        st.one_of(st.text(max_size=12), st.sampled_from(["gzip", "deflate", "gzip, gzip", "deflate,gzip"])),
        max_size=3,
    ),
    cap=st.integers(0, 200),
)
def test_any_bytes_under_any_coding(raw: bytes, codings: list[str], cap: int) -> None:
    """Never an exception, never more than the cap, and what is no coding comes back as it was."""
    body, truncated, problem = decode_body(raw, codings, cap)
    assert len(body) <= cap
    assert problem is None or (body, truncated) == (raw[:cap], len(raw) > cap)
    assert truncated is False or len(body) == cap


def test_a_body_of_several_members_is_read_to_its_end() -> None:
    """RFC 1952 §2.2; what follows and is none is not looked at, and of too many or broken ones nothing is believed."""
    assert decode_body(pack(b"one, ") + pack(b"two"), ["gzip"], 100) == (b"one, two", False, None)
    assert decode_body(pack(b"one, ") + pack(b"two"), ["gzip"], 6) == (b"one, t", True, None)
    assert decode_body(pack(b"one") + b"\0\0\0", ["gzip"], 100) == (b"one", False, None)
    assert decode_body(pack(b"x") * 65, ["gzip"], 1000)[2] == "gzip: error"
    assert decode_body(pack(b"one") + pack(b"two")[:2] + b"junk", ["gzip"], 100)[2] == "gzip: error"
    assert decode_body(raw_deflate(b"one") + pack(b"two"), ["deflate"], 100) == (b"one", False, None)


def test_bombs_are_cut_in_little_time() -> None:
    """64 MiB that fit in 64 kB, and the same packed twice: no more is unpacked than is kept."""
    bomb = pack(bytes(64 * MIB))
    twice = pack(bomb)
    assert len(twice) < 1000
    begin = time.process_time()
    assert decode_body(bomb, ["gzip"], MIB) == (bytes(MIB), True, None)
    assert decode_body(twice, ["gzip", "gzip"], MIB) == (bytes(MIB), True, None)
    assert time.process_time() - begin < 0.1
