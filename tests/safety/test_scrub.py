"""The scrubber: own identity out, everything else untouched."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.record import Binary, maybe_binary
from probe.record.http import HttpResponse
from probe.safety.scrub import SCRUBBED, Identity, Scrubber, proxies_set

SCHEMAS = sorted(Path(__file__).parents[2].glob("results/schema/*.json"))
OURS = Scrubber(Identity(("198.51.100.7", "2001:db8::7"), "maryams-laptop.lan", "maryam.k"))


@pytest.mark.parametrize(
    "text",
    [
        b"your address is 198.51.100.7",
        b'"198.51.100.7:4711"',
        b"198-51-100-7.dsl.example.net",
        b"ip-198-51-100-7.isp.example.net",
        b"198.51.100.7-static.example.net",
        b"pool-198-051-100-007.example.net",
        b"host_198_51_100_7",
        b"-198.51.100.7",
        b"::ffff:198.51.100.7",
        b"7.100.51.198.in-addr.arpa",
        b"http://3325256711/",
        b"[2001:db8::7]:443",
        b"2001:0db8:0000:0000:0000:0000:0000:0007",
        b"2001%3Adb8%3A%3A7",
        b"2001:db8:0:0:0:0:0:7",
        b"2001-db8-0-0-0-0-0-7.example.net",
        b"2001:DB8::0007",
        b"ip:2001:db8::7",
        b"2001:db8::7: you",
        b"7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        b"host MARYAMS-LAPTOP said",
        b"maryams-laptop.lan",
        b"/home/maryam.k/x",
    ],
)
def test_identity_is_removed(text: bytes) -> None:
    """In every form in which pages and servers echo it."""
    assert SCRUBBED in OURS.clean_bytes(text)


@pytest.mark.parametrize(
    "text",
    [
        b"198.51.100.70",
        b"1198.51.100.7",
        b"98.51.100.7",
        b"198.51.100.7.5",
        b"2001:db8::71",
        b"2001:db8::7:1",
        b"a2001:db8::7",
        b"13325256711",
        b"maryam",
        b"3325256711",
    ],
)
def test_no_substring_is_touched(text: bytes) -> None:
    """An address inside another one, or a name inside a longer one, is somebody else's."""
    assert OURS.clean_bytes(text) is text


@given(st.binary(max_size=200))
def test_without_identity_nothing_changes(data: bytes) -> None:
    """A scrubber that knows nobody returns the very same object."""
    assert Scrubber().clean_bytes(data) is data


@given(st.text(max_size=50), st.text(max_size=50))
def test_whole_tokens_always_go(before: str, after: str) -> None:
    """Between white space an own address never stays."""
    cleaned = OURS.clean_text(f"{before} 198.51.100.7 {after}")
    assert "198.51.100.7" not in cleaned.split()


@pytest.mark.parametrize("name", ["root", "user", "abc", "LocalHost", ""])
def test_common_names_stay(name: str) -> None:
    """A name that says nothing about anybody stays: pages are full of it."""
    assert Scrubber(Identity((), name, name)).clean_text(f"the {name} of all") == f"the {name} of all"


def test_a_user_called_like_a_key_does_not_break_the_record() -> None:
    """Keys of a record are kept, values are cleaned, and the line is still JSON."""
    line = json.dumps({"input": "https://a.com/", "note": "by input"}, separators=(",", ":"))
    assert json.loads(Scrubber(Identity(user_name="input")).clean_text(line)) == {
        "input": "https://a.com/",
        "note": "by [scrubbed]",
    }


@pytest.mark.parametrize("name", ["10001", "0.1", "true", "null", "2026"])
def test_a_user_called_like_a_number_does_not_break_the_record(name: str) -> None:
    """Times and ports of a record stay; in its strings the name goes, between escaped quotes too."""
    told = {"t": [0.10001, 0.1, 10001, True, None], "said": f'by "{name}" of /home/{name}/x'}
    line = json.dumps(told, separators=(",", ":")).encode()
    cleaned = json.loads(Scrubber(Identity(user_name=name)).clean_record(line))
    assert cleaned["t"] == told["t"]
    assert cleaned["said"] == (told["said"] if len(name) < 4 else 'by "[scrubbed]" of /home/[scrubbed]/x')


@pytest.mark.parametrize("other", [b"103.0.113.7", b"203.0.113.7", b"13.0.113.7", b"100-3-0-113-70"])
def test_an_address_that_ends_like_our_own_is_another_one(other: bytes) -> None:
    """A short first number, after which zeros may stand, and before."""
    assert Scrubber(Identity(("3.0.113.7",))).clean_bytes(other) == other


@pytest.mark.parametrize("coding", ["cp1251", "cp1256", "latin-1"])
def test_a_page_that_is_no_utf8(coding: str) -> None:
    """Its bytes stand as base64, and are cleaned before that; a certificate is left whole."""
    letters = "\u0418\u043c\u044f" if coding == "cp1251" else "\u00e9"
    page = f"{letters} 198.51.100.7 maryam.k {letters}".encode(coding)
    body = maybe_binary(page)
    assert isinstance(body, Binary)
    response = HttpResponse(body=body, headers={"X-You": body}, headers_list=[("X-You", body)])
    line = to_line_of(response)
    cleaned = HttpResponse.model_validate_json(OURS.clean_record(line))
    assert isinstance(cleaned.body, Binary)
    assert cleaned.body.raw() == f"{letters} [scrubbed] [scrubbed] {letters}".encode(coding)
    assert cleaned.headers == {"X-You": cleaned.body}
    assert cleaned.headers_list == [("X-You", cleaned.body)]
    certificates = json.dumps([body.model_dump(), body.model_dump()], separators=(",", ":")).encode()
    assert OURS.clean_record(certificates) is certificates


def to_line_of(response: HttpResponse) -> bytes:
    """As it stands in a record."""
    return response.model_dump_json().encode()


def test_an_address_that_is_learnt_later() -> None:
    """A machine may get another address while a run goes on; the loopback's is nobody's."""
    scrubber = Scrubber()
    text = b"198.51.100.7 127.0.0.1 ::1 0.0.0.0"
    for address in ("127.0.0.1", "::1", "0.0.0.0", "127.8.0.1"):
        scrubber.learn(address)
    assert scrubber.clean_record(text) is text
    scrubber.learn("198.51.100.7")
    assert scrubber.clean_bytes(text) == b"[scrubbed] 127.0.0.1 ::1 0.0.0.0"


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.just("maryam.k"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4), max_leaves=12,
))  # fmt: skip
def test_a_record_stays_one(value: object) -> None:
    """Whatever is in it: the same as cleaning each of its strings by itself."""
    line = json.dumps(value, separators=(",", ":")).encode()
    cleaned = OURS.clean_record(line)
    assert json.loads(cleaned) == json.loads(line.replace(b"maryam.k", SCRUBBED))


def test_words_of_a_record_and_of_its_targets_stay() -> None:
    """A user called `blocked`, and one called as a site that is measured."""
    words = {word for name in SCHEMAS for word in _closed_words(json.loads(name.read_text("utf-8")))}
    assert len(words) > 15
    for word in words:
        assert Scrubber(Identity((), word, word)).clean_text(f'"{word}"') == f'"{word}"'
    target = "https://telegram.org/"
    assert Scrubber(Identity((), "telegram", "Telegram"), [target]).clean_text(target) == target
    assert Scrubber(Identity(host_name="maryam-pc"), [target]).clean_text("maryam-pc") == "[scrubbed]"


def _closed_words(schema: object) -> Iterator[str]:
    if isinstance(schema, list):
        for each in schema:
            yield from _closed_words(each)
    elif isinstance(schema, dict):
        for word in (*schema.get("enum", ()), schema.get("const")):
            if isinstance(word, str) and word.isalpha():
                yield word
        for each in schema.values():
            yield from _closed_words(each)


def test_proxies_by_name_only() -> None:
    """Which proxy variables are set is noted; their values may hold a password."""
    assert proxies_set({"HTTPS_PROXY": "http://me:secret@x", "http_proxy": "", "PATH": "x", "all_proxy": "y"}) == (
        "HTTPS_PROXY", "all_proxy",
    )  # fmt: skip
