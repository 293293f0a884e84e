"""An HTTP answer as patterns see it: decoded, cut, lower case, white space made even, and its words apart."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

MAX_CHARACTERS = 65_536
"""Of a body; a block page is short, and its telling part stands at the beginning."""

MAX_BYTES = 4 * MAX_CHARACTERS
"""No encoding below needs more bytes than that for as many characters."""

MAX_VALUE = 8_192
"""Characters of a header value: servers refuse longer lines themselves."""

MAX_DECLARATION = 1_024
"""Bytes in which HTML wants its `<meta charset>` (HTML Living Standard §4.2.5.4)."""

CHARSETS = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "iso-8859-9": "cp1254",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "euc-jp": "euc_jp", "shift_jis": "cp932", "iso-2022-jp": "iso2022_jp",
    "tis-620": "cp874", "windows-874": "cp874", "iso-8859-11": "cp874", "ibm866": "cp866",
    "koi8-r": "koi8_r", "koi8-u": "koi8_u", "macintosh": "mac_roman", "x-mac-cyrillic": "mac_cyrillic",
    "utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
    **{f"iso-8859-{part}": f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}  # fmt: skip
"""Label → codec, wider codecs for narrower labels as browsers do (WHATWG Encoding §4.2).

Closed, because Python calls things encodings that a hostile page could name: punycode takes quadratic time.
"""

DECLARED = re.compile(rb"""(?i)charset\s{0,4}=\s{0,4}["']?([a-zA-Z0-9_-]{3,20})""")
BLANKS = ("&nbsp;", "&#160;")

WORD_BYTES = b"abcdefghijklmnopqrstuvwxyz0123456789_"
SEPARATORS = bytes(byte if byte in WORD_BYTES or byte > ord("~") else ord(" ") for byte in range(256))
"""Words are runs of a-z, digits, the underscore and everything beyond ASCII; all else separates them."""

PLACES = frozenset({"body", "response", "status"})
"""Places that are no header."""

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class View:
    """One text: as it came, as our own patterns want it, and the words of the latter (UTF-8)."""

    raw: str
    text: str
    words: frozenset[bytes]

    @classmethod
    def of_body(cls, raw: str) -> Self:
        """Lower case, white space made even; cut at `MAX_CHARACTERS`."""
        text = normalise(raw[:MAX_CHARACTERS])
        return cls(raw[:MAX_CHARACTERS], text, frozenset(encode_words(text).split()))

    @classmethod
    def of_value(cls, raw: str) -> Self:
        """Lower case only; cut at `MAX_VALUE`."""
        text = raw[:MAX_VALUE].lower()
        return cls(raw[:MAX_VALUE], text, frozenset(encode_words(text).split()))


def encode_words(text: str) -> bytes:
    """`text`, which is in lower case already, in UTF-8, with a blank for each separator of words."""
    return text.encode("utf-8", "surrogatepass").translate(SEPARATORS)


def normalise(text: str) -> str:
    """Lower case, and every run of white space, `&nbsp;` and `&#160;` made one blank."""
    lowered = text.lower()
    for blank in BLANKS:
        lowered = lowered.replace(blank, " ")
    even = " ".join(lowered.split())
    if not even:
        return " " if lowered else ""
    before, after = lowered[0].isspace(), lowered[-1].isspace()
    return f"{' ' * before}{even}{' ' * after}"


def decode(body: bytes, content_type: str = "") -> str:
    """`body` as text: strict UTF-8, else the charset declared by the header or the page, else cp1252; never raises.

    A character that is cut off at the end of the bytes is left out.
    """
    data = body[:MAX_BYTES]
    try:
        return codecs.getincrementaldecoder("utf-8")("strict").decode(data)
    except UnicodeDecodeError:
        pass
    head = content_type.encode("utf-8", "replace"), data[:MAX_DECLARATION]
    labels = [label[1].decode("ascii").lower() for part in head for label in DECLARED.finditer(part)]
    codec = next((CHARSETS[label] for label in labels if label in CHARSETS), "cp1252")
    return data[: 2 * MAX_CHARACTERS].decode(codec, "replace")


class Page:
    """An answer, taken apart: `views(place)` are the texts in which patterns for that place are looked for.

    `by_name`: values of its headers, by name in lower case.
    """

    def __init__(self, status: int | None, headers: Sequence[Header], body: bytes) -> None:
        self._status, self._headers = status, headers
        self.by_name: dict[str, list[str]] = {}
        for name, value in headers:
            self.by_name.setdefault(name.lower(), []).append(value)
        self._text = decode(body, self.by_name.get("content-type", [""])[0])
        self._views: dict[str, tuple[View, ...]] = {}

    def views(self, place: str) -> tuple[View, ...]:
        """`place`: body, location, header:NAME (lower case), status, or response (head and body in one)."""
        views = self._views.get(place)
        if views is None:
            views = self._views[place] = self._made(place)
        return views

    def _made(self, place: str) -> tuple[View, ...]:
        if place == "body":
            return (View.of_body(self._text),)
        if place == "response":
            return (View.of_body(self._head() + self._text),)
        if place == "status":
            return () if self._status is None else (View.of_value(str(self._status)),)
        values = self.by_name.get(header_of(place) or "")
        return tuple(map(View.of_value, values)) if values else ()

    def _head(self) -> str:
        """Header lines with names as HTTP/1.1 servers write them: HTTP/2 has them in lower case."""
        lines = (f"{name.title()}: {value[:MAX_VALUE]}\r\n" for name, value in self._headers)
        return "".join(lines) + "\r\n"


def header_of(place: str) -> str | None:
    """The header that `place` is, in lower case; None when it is another part of an answer."""
    return None if place in PLACES else place.removeprefix("header:")


def parse_message(data: bytes) -> tuple[int | None, list[Header], bytes]:
    """Status, headers and body of bytes that may be an HTTP/1 answer; bytes that are none are all body.

    For answers that came where none was expected: HTTP in reply to a ClientHello.
    """
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    status = re.match(rb"HTTP/1\.[01] ([1-9]\d\d)(?: |$)", first)
    if status is None:
        return None, [], data
    pairs = (line.decode("latin-1").partition(":") for line in lines)
    return int(status[1]), [(name.strip(), value.strip()) for name, _, value in pairs], body
