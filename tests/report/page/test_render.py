"""The page as a whole: self-contained, strict, ordered, and deaf to what hostile records say."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from probe.report.page.assemble import assemble
from probe.report.page.content import Content, Network, Quality, Refused
from probe.report.page.language import ENGLISH, PERSIAN
from probe.report.page.render import render
from tests.report.page.samples import MADE, WORLD, Block, Place, answers_of, content_of, records_of, rows_of

HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe",
    "]]><!--",
    "javascript:alert(1)",
    "\x00\x1b[31m",
    "a" * 5000,
)
EMPTY = frozenset({"meta", "input", "path", "rect", "line", "br"})


class Reading(HTMLParser):
    """Tags, in order; texts; and whether each opened element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Every end has its start."""
        if tag not in EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note it."""
        self.texts.append(data)

    def all(self, *names: str) -> Iterator[dict[str, str]]:
        """Attributes of the elements of these names."""
        return (attributes for tag, attributes in self.tags if tag in names)


@pytest.fixture(scope="module")
def content() -> Content:
    """The pretend world's report, with two histories: each is drawn anew."""
    content = content_of(days=40)
    return replace(content, histories=content.histories[:2])


@pytest.fixture(scope="module")
def page(content: Content) -> str:
    """In both languages."""
    return render(content)


@pytest.fixture(scope="module")
def read(page: str) -> Reading:
    """The page, read."""
    return Reading(page)


def test_nothing_comes_from_elsewhere(read: Reading) -> None:
    """No address but places in the page itself; no element that could load anything."""
    tags = {tag for tag, _ in read.tags}
    assert not tags & {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "image",
        "use",
        "audio",
        "video",
    }
    for _, attributes in read.tags:
        assert not {"src", "srcset", "action", "data", "style"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "#").startswith("#")


def test_the_policy_allows_this_script_alone(page: str, read: Reading) -> None:
    """Its digest stands in the policy, and there is one script."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = next(one["content"] for one in read.all("meta") if one.get("http-equiv"))
    assert len(scripts) == 1
    assert policy == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"script-src 'sha256-{digest}'"
    )


def test_links_lead_somewhere(read: Reading) -> None:
    """Every link within the page has its target; no name is there twice."""
    names = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(names) == len(set(names))
    assert {one["href"][1:] for one in read.all("a")} <= set(names)
    for _, attributes in read.tags:
        assert set(attributes.get("aria-labelledby", "").split()) <= set(names)


def test_headings_are_in_order(read: Reading) -> None:
    """In each language one first heading, and no level is left out."""
    levels = [int(tag[1]) for tag, _ in read.tags if tag in ("h1", "h2", "h3")]
    assert levels.count(1) == 2
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_picture_has_its_words_and_its_table(read: Reading, content: Content) -> None:
    """A name for who cannot see it; a table of the same numbers; tables with heads."""
    pictures = list(read.all("svg"))
    subjects = {count.subject for count in content.mechanisms}
    assert len(pictures) == 2 * (len(content.subjects) + len(subjects) + len(content.histories))
    assert all(one["role"] == "img" and len(one["aria-label"]) > 20 for one in pictures)
    assert len(list(read.all("figure"))) == len(pictures)
    assert sum(tag == "details" for tag, _ in read.tags) >= len(pictures)
    assert all(one["scope"] in ("row", "col") for one in read.all("th"))


def test_both_languages_are_marked(page: str) -> None:
    """Each part with its language and its direction; one language alone has no switch."""
    assert '<div class="page l-en" lang="en" dir="ltr">' in page
    assert '<div class="page l-fa" lang="fa" dir="rtl">' in page
    content = replace(content_of(WORLD[3:4], days=3), histories=())
    assert 'name="language"' not in render(content, [PERSIAN])
    assert render(content, [PERSIAN]).startswith('<!DOCTYPE html>\n<html lang="fa" dir="rtl">')
    assert 'lang="fa"' not in render(content, [ENGLISH])


def test_no_state_is_colour_alone(page: str, content: Content) -> None:
    """Each cell has its word, its shape and its n."""
    cells = re.findall(r'<td role="cell" class="cell s-(\w+)">(.*?)</td>', page, re.DOTALL)
    assert len(cells) == 2 * len(content.cells)
    for state, text in cells:
        assert ENGLISH.words[f"state_{state}"] in text or PERSIAN.words[f"state_{state}"] in text
        assert 'aria-hidden="true">' in text
        assert "n = " in text


def test_the_page_is_small(page: str) -> None:
    """Aggregates only."""
    assert len(page.encode()) < 1_000_000


def test_the_same_content_is_the_same_page() -> None:
    """No clock, no chance."""
    small = replace(content_of(WORLD[2:3], days=5), histories=())
    assert render(small, [ENGLISH]) == render(small, [ENGLISH])


def test_hostile_records_are_inert() -> None:
    """In every place a record's text can get to: as text, without what steers, cut, and nothing else on the page."""
    rows = [
        row
        | {
            "platform": HOSTILE[number % 9],
            "domain": HOSTILE[(number + 4) % 9],
            "mechanism": HOSTILE[(number + 2) % 9],
        }
        for number, row in enumerate(rows_of([Place(Network("<b>", 1), {"X": Block()})], 18))
    ]
    records = [
        row | {"input": HOSTILE[number % 9], "measurement_uid": HOSTILE[(number + 1) % 9], "status": HOSTILE[number % 9], "confidence": HOSTILE[number % 9]}
        for number, row in enumerate(records_of(rows))
    ]  # fmt: skip
    answers = replace(answers_of(rows, records), files={"ab" * 8: HOSTILE[0]})
    quality = Quality(
        refused=tuple(Refused(one, 1, one) for one in HOSTILE), refused_lines=9, rulesets=HOSTILE, software=HOSTILE,
        few=((Network(HOSTILE[1], 0), 1, 1),), few_total=1,
    )  # fmt: skip
    content = assemble(answers, quality, MADE, HOSTILE[1])
    page = render(replace(content, histories=content.histories[:2]), [ENGLISH])
    read = Reading(page)
    assert not read.open or set(read.open) <= {"html", "body"}
    assert page.count("<script>") == page.count("</script>") == 1
    assert not list(read.all("img", "b"))
    assert all(not [key for key in attributes if key.startswith("on")] for _, attributes in read.tags)
    assert not set("\u202e\x00\x1b") & set(page)
    assert "a" * 200 not in page
    assert "{{ 7 * 7 }}" in "".join(read.texts)
