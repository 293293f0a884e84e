"""What a page says of itself, computed alike on both sides."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.record.page import MAX_WORDS, digest_of, title_of, title_words


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"<html><TITLE>Hello</title>", "Hello"),
        (b"<title>one</title><title>two</title>", "one"),
        ("<title>Новости дня</title>".encode(), "Новости дня"),
        (b"<title>a\xffb</title>", "a�b"),
        (b"<title>" + b"x" * 512 + b"</title>", "x" * 512),
        (b"<title>" + b"x" * 513 + b"</title>", ""),
        (b"<title lang=en>Hello</title>", ""),
        (b"<title></title>", ""),
        (b"<title>cut", ""),
        (b"", ""),
    ],
)
def test_title(body: bytes, title: str) -> None:
    """As OONI's client finds it: without attributes, 512 characters at most."""
    assert title_of(body) == title


def test_words_of_a_title() -> None:
    """Five letters or more, lower case, in order, each once, and no more than there is room for."""
    assert title_words("Breaking NEWS: breaking  World Today") == ["breaking", "news:", "world", "today"]
    assert len(title_words(" ".join(f"word{number}" for number in range(100)))) == MAX_WORDS


def test_digest() -> None:
    """SHA-256, hexadecimal."""
    assert digest_of(b"page") == hashlib.sha256(b"page").hexdigest()


@given(st.binary(max_size=80).map(lambda inside: b"<title>" + inside + b"</title>"))
def test_any_bytes_have_a_title_and_words(body: bytes) -> None:
    """Whatever the server sends; the title can be written in a record."""
    title = title_of(body)
    assert title.encode().decode() == title
    assert all(len(word) >= 5 for word in title_words(title))
