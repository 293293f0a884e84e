"""One known page: what it looks like and what it means; and how many of them are looked for at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from probe.judge.page import View, encode_words, normalise
from probe.judge.pattern import Pattern


class Kind(StrEnum):
    """Who speaks: the network or a filter (`block_page`), the site's own side (`refusal`), or neither (`harmless`)."""

    BLOCK_PAGE = "block_page"
    REFUSAL = "refusal"
    HARMLESS = "harmless"


class Scope(StrEnum):
    """Whose a block page is. `product`, `opt_in` (parental and age filters) and `institution` are no national censorship."""

    NATIONAL = "national"
    ISP = "isp"
    COURT = "court"
    OPT_IN = "opt_in"
    PRODUCT = "product"
    INSTITUTION = "institution"
    UNKNOWN = "unknown"


class Refusal(StrEnum):
    """Why a site's own side refuses."""

    GEOBLOCK = "geoblock"
    SANCTION = "sanction"
    WAF = "waf"
    BOT_CHECK = "bot_check"
    RATE_LIMIT = "rate_limit"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Match:
    """A page that was recognised. `title`: what it is, in words; `source`: who published it.

    `country`: ISO 3166 of a block page, when it has one. `scope` is of block pages, `vendor` and `meaning` of
    refusals. `weak`: words so general that other pages may have them; supports, never decides.
    `foreign`: from a list that the user gave.
    """

    kind: Kind
    id: str
    title: str
    source: str
    country: str | None = None
    scope: Scope | None = None
    vendor: str | None = None
    meaning: Refusal | None = None
    weak: bool = False
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """How a page is recognised: a pattern, and the place where it is looked for (see `Page.views`).

    `statuses`: the only status codes with which it counts, empty: any. `longest`: the only length of text, in
    characters, up to which it counts, 0: any. `raw`: looked for in the text as it came, not in lower case.
    """

    match: Match
    place: str
    pattern: Pattern
    statuses: frozenset[int] = frozenset()
    longest: int = 0
    raw: bool = False

    def counts_for(self, status: int | None, length: int) -> bool:
        """Whether it may be found in a text of `length` characters that came with `status`."""
        return (not self.statuses or status in self.statuses) and (not self.longest or length <= self.longest)


class SignatureIndex:
    """Signatures of one place, all of them raw or none, by the words that stand in their anchors.

    A page has few of these words: they lead to a few anchors, each of which is looked for once, and those to a
    handful of patterns. A page costs about as much as taking it apart into words.
    """

    def __init__(self, signatures: Iterable[Signature]) -> None:
        self._signatures = tuple(signatures)
        self._anchorless = [number for number, one in enumerate(self._signatures) if not one.pattern.anchors]
        anchors: defaultdict[str, list[int]] = defaultdict(list)
        for number, signature in enumerate(self._signatures):
            for anchor in signature.pattern.anchors:
                anchors[anchor].append(number)
        self._by_word: defaultdict[bytes, list[_Anchor]] = defaultdict(list)
        for anchor, numbers in anchors.items():
            self._by_word[telling_word(anchor)].append(_Anchor(anchor, whole_words(anchor), tuple(numbers)))

    def found_in(self, view: View, status: int | None) -> Iterator[Match]:
        """All pages that `view` shows, in the order of the table."""
        text = view.raw if self._signatures[0].raw else view.text
        present: dict[int, list[str]] = {number: [] for number in self._anchorless}
        for word in (NO_WORD, *view.words.intersection(self._by_word)):
            for anchor in self._by_word.get(word, ()):
                if anchor.words <= view.words and anchor.text in text:
                    for number in anchor.numbers:
                        present.setdefault(number, []).append(anchor.text)
        for number in sorted(present):
            signature = self._signatures[number]
            if signature.counts_for(status, len(text)) and signature.pattern.found_in(text, present[number]):
                yield signature.match


class _Anchor(NamedTuple):
    text: str
    words: frozenset[bytes]
    numbers: tuple[int, ...]


NO_WORD = b""


def whole_words(anchor: str) -> frozenset[bytes]:
    """The words that are whole in every text that holds `anchor`.

    What touches an end of the anchor is none of these: in the text it may go on.
    """
    inner = encode_words(normalise(anchor)).split(b" ")[1:-1]
    return frozenset(inner) - {NO_WORD}


def telling_word(anchor: str) -> bytes:
    """The longest of its whole words; `NO_WORD` when there is none."""
    return max(sorted(whole_words(anchor)), key=len, default=NO_WORD)
