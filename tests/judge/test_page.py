"""From bytes to the texts in which patterns are looked for."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.judge.page import (
    CHARSETS,
    MAX_BYTES,
    MAX_CHARACTERS,
    MAX_VALUE,
    Page,
    View,
    decode,
    normalise,
    parse_message,
)

SENTENCE = "دسترسی به این سایت امکان‌پذیر نمی‌باشد"


def test_utf8_goes_before_what_is_declared() -> None:
    """What is valid UTF-8 is UTF-8, whatever header and page say."""
    assert decode(SENTENCE.encode(), "text/html; charset=windows-1256") == SENTENCE


@pytest.mark.parametrize("charset", ["windows-1256", "WINDOWS-1256", '"windows-1256"'])
def test_charset_of_the_header(charset: str) -> None:
    """The header's charset is used when the bytes are not UTF-8."""
    assert decode("اين سايت".encode("cp1256"), f"text/html; charset={charset}") == "اين سايت"


@pytest.mark.parametrize(
    "head",
    [
        b'<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
        b"<meta charset='windows-1251'>",
        b"<META CHARSET = windows-1251 >",
    ],
)
def test_charset_of_the_page(head: bytes) -> None:
    """The page's own charset is used when the header has none."""
    assert decode(head + "Доступ ограничен".encode("cp1251"), "text/html").endswith("Доступ ограничен")


def test_cp1252_when_nothing_is_said() -> None:
    """Without a known charset bytes are cp1252, and a byte that this does not have is replaced."""
    assert decode(b"caf\xe9 \x81") == "café \ufffd"
    assert decode(b"caf\xe9!", "text/html; charset=punycode") == "café!"


def test_a_character_cut_off_at_the_end_does_not_change_the_charset() -> None:
    """A body that was cut in the middle of a character is still UTF-8."""
    assert decode(SENTENCE.encode()[:-1]) == SENTENCE[:-1]
    assert len(decode("سایت".encode() * MAX_CHARACTERS)) == MAX_BYTES // 2


@pytest.mark.parametrize("label", sorted(CHARSETS))
def test_every_charset_is_known_to_python(label: str) -> None:
    """Each label leads to a codec that takes any bytes."""
    text = decode(bytes(range(256)), f"text/html; charset={label}")
    assert codecs.lookup(CHARSETS[label]).decode(bytes(range(256)), "replace")[0] == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Access  DENIED", "access denied"),
        ("a&nbsp;b&#160;c&NBSP;d\u00a0e\tf\r\n g", "a b c d e f g"),
        ("&nbsp; a &nbsp;", " a "),
        ("\n\n", " "),
        ("", ""),
        ("İSTANBUL", "i̇stanbul"),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    """Lower case; every run of white space, `&nbsp;` and `&#160;` is one blank, at the ends too."""
    assert normalise(text) == expected


@given(st.text(max_size=200))
def test_normalise_twice_is_once(text: str) -> None:
    """There is nothing left to make even, and no two blanks stand together."""
    once = normalise(text)
    assert normalise(once) == once or "&" in text
    assert "  " not in once


def test_views_are_cut() -> None:
    """No more of a body or of a header is looked at than is said."""
    assert len(View.of_body("a" * (MAX_CHARACTERS + 1)).text) == MAX_CHARACTERS
    assert len(View.of_value("a" * (MAX_VALUE + 1)).text) == MAX_VALUE


def test_headers_in_any_case_and_as_often_as_they_came() -> None:
    """Every Location is seen, whatever the case of its name; values in lower case, white space as it was."""
    page = Page(302, [("LOCATION", "HTTP://A/"), ("location", "b  c"), ("Server", "X")], b"")
    assert [view.text for view in page.views("location")] == ["http://a/", "b  c"]
    assert [view.raw for view in page.views("header:server")] == ["X"]
    assert page.views("header:via") == ()
    assert [view.text for view in page.views("status")] == ["302"]
    assert Page(None, [], b"").views("status") == ()


def test_response_has_header_names_as_servers_write_them() -> None:
    """Head and body in one, for patterns such as `Server: Barracuda`; HTTP/2 sends names in lower case."""
    (view,) = Page(200, [("server", "Barracuda/NGFirewall"), ("x-a", "b")], b"body").views("response")
    assert view.raw == "Server: Barracuda/NGFirewall\r\nX-A: b\r\n\r\nbody"


def test_message_taken_apart() -> None:
    """Raw bytes of an HTTP answer give status, headers and body."""
    data = b"HTTP/1.1 403 Forbidden\r\nServer: x\r\nLocation:http://a:80/\r\n\r\nbody\r\n\r\nmore"
    assert parse_message(data) == (403, [("Server", "x"), ("Location", "http://a:80/")], b"body\r\n\r\nmore")
    assert parse_message(b"\x15\x03\x01\x00\x02\x02\x28") == (None, [], b"\x15\x03\x01\x00\x02\x02\x28")


@given(st.binary(max_size=300), st.text(max_size=60))
def test_total_on_any_bytes(data: bytes, content_type: str) -> None:
    """Whatever a server sends, there is a text and a message."""
    assert isinstance(decode(data, content_type), str)
    parse_message(data)
    parse_message(b"HTTP/1.1 200 OK\r\n" + data)
