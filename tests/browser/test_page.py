"""The page opened as people open it: both languages, both themes, a phone, paper, with and without its script."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from probe.report.page.assemble import assemble
from probe.report.page.content import Network, Quality
from probe.report.page.render import render
from tests.browser.opening import browsing, chromium, opened
from tests.report.page.samples import MADE, WORLD, Block, Place, answers_of, content_of, records_of, rows_of
from tests.report.page.test_render import HOSTILE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]

LOOKS = [
    (width, theme, locale)
    for width in (1200, 400)
    for theme in ("light", "dark")
    for locale in ("en-US", "fa-IR")
]
OPENS_IN = 3.0
"""Seconds."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all."""
    with browsing() as found:
        yield found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pretend world's report."""
    return written(tmp_path_factory, render(content_of()))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of records that attack it, with names as long as they get."""
    rows = [
        {**row, "platform": HOSTILE[number % 9], "domain": HOSTILE[(number + 4) % 9]}
        for number, row in enumerate(rows_of([Place(Network("IR", 4294967295), {"X": Block()})], 30))
    ]
    records = [{**row, "input": HOSTILE[number % 9]} for number, row in enumerate(records_of(rows))]
    content = assemble(answers_of(rows, records), Quality(rulesets=HOSTILE, software=HOSTILE), MADE, "0")
    return written(tmp_path_factory, render(content))


def written(folder: pytest.TempPathFactory, page: str) -> Path:
    """As a file."""
    file = folder.mktemp("page") / "report.html"
    file.write_text(page, encoding="utf-8")
    return file


@pytest.mark.parametrize(("width", "theme", "locale"), LOOKS)
def test_it_opens_quietly_and_fits(browser: Browser, file: Path, width: int, theme: str, locale: str) -> None:
    """No error, no request, no sideways scroll; the language and theme of who reads it."""
    with opened(browser, file, width=width, theme=theme, locale=locale) as (page, trouble):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.documentElement.lang") == locale[:2]
        assert page.evaluate("document.documentElement.dir") == ("rtl" if locale == "fa-IR" else "ltr")
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == ("rgb(21, 25, 29)" if theme == "dark" else "rgb(250, 249, 246)")
        assert page.locator("h1:visible").count() == 1
        assert trouble == []


@pytest.mark.parametrize("width", [1200, 400, 320])
def test_hostile_names_break_nothing(browser: Browser, hostile: Path, width: int) -> None:
    """They run no script, open no dialog, ask for nothing, and do not push the page apart."""
    with opened(browser, hostile, width=width) as (page, trouble):
        for summary in page.locator("summary:visible").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert trouble == []


def test_switches(browser: Browser, file: Path) -> None:
    """By a click; kept for the next time."""
    with opened(browser, file) as (page, trouble):
        page.get_by_text("فارسی", exact=True).click()
        assert page.title().startswith("گزارش دسترسی")
        assert page.evaluate("document.documentElement.dir") == "rtl"
        assert page.locator("div.page.l-fa").is_visible()
        assert not page.locator("div.page.l-en").is_visible()
        page.locator("label[for=theme-dark]").click()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 25, 29)"
        page.reload()
        assert page.locator("div.page.l-fa").is_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 25, 29)"
        assert [one for one in trouble if one != file.as_uri()] == []


def test_switches_by_keyboard(browser: Browser, file: Path) -> None:
    """The first key reaches the language, an arrow changes it."""
    with opened(browser, file) as (page, _):
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        assert page.locator("div.page.l-fa").is_visible()


def test_switches_without_a_script(browser: Browser, file: Path) -> None:
    """Where scripts are forbidden, as in a careful browser, nothing is missing."""
    with opened(browser, file, script=False) as (page, trouble):
        page.locator("label[for=language-fa]").click()
        assert page.locator("div.page.l-fa").is_visible()
        assert not page.locator("div.page.l-en").is_visible()
        page.locator("label[for=theme-dark]").click()
        assert page.locator("h1:visible").count() == 1
        assert trouble == []


def test_a_cell_leads_to_its_records(browser: Browser, file: Path) -> None:
    """One click: they are open and in sight, with id, file and line."""
    with opened(browser, file) as (page, _):
        page.locator("div.l-en table.matrix a").first.click()
        records = page.locator("details[open]")
        assert records.count() == 1
        assert "2026-11-24_IR_AS64496.jsonl.gz:" in records.inner_text()
        deadline = time.monotonic() + 5
        while page.evaluate("document.querySelector('details[open]').getBoundingClientRect().top") > 900:
            assert time.monotonic() < deadline, "the page did not scroll there"
            page.wait_for_timeout(50)


def test_it_prints(browser: Browser, file: Path) -> None:
    """On white paper, whatever the screen's theme, without switches and links to what is not there."""
    with opened(browser, file, theme="dark") as (page, _):
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(31, 38, 43)"
        assert not page.locator(".bar").is_visible()
        assert page.locator(".l-en .matrix").is_visible()
        printed = page.pdf(format="A4")
        assert printed.startswith(b"%PDF")
        assert 2 <= printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") <= 30


def test_pictures_follow_the_theme(browser: Browser, file: Path) -> None:
    """Their letters are the page's."""
    colours = []
    for theme in ("light", "dark"):
        with opened(browser, file, theme=theme) as (page, _):
            colours.append(page.evaluate("getComputedStyle(document.querySelector('figure svg text')).fill"))
    assert colours == ["rgb(31, 38, 43)", "rgb(231, 229, 223)"]


def test_the_largest_page_opens_in_three_seconds(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every bound reached: a page does not grow beyond it, whatever was measured."""
    world = [
        Place(Network("IR", number), {"Instagram": Block(), "X": Block(40, "tls.reset")}, runs=2)
        for number in range(1, 26)
    ]
    rows = rows_of(world, 100)
    more = [{**row, "platform": f"{row['platform']} {number}"} for row in rows for number in range(3)]
    content = assemble(answers_of(more, records_of(more, 9)), Quality(), MADE, "0")
    file = written(tmp_path_factory, render(replace(content, last=date(2026, 9, 10) + timedelta(99))))
    assert file.stat().st_size < 4_000_000
    start = time.monotonic()
    with opened(browser, file) as (page, trouble):
        page.locator("h1").first.wait_for()
        taken = time.monotonic() - start
        assert taken < OPENS_IN
        assert trouble == []


def test_little_data_looks_like_little(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """One run: a warning in sight, and no cell that says blocked."""
    place = Place(WORLD[0].network, WORLD[0].blocks, runs=1)
    file = written(tmp_path_factory, render(content_of([place], days=1)))
    with opened(browser, file) as (page, trouble):
        assert page.locator(".l-en .warning").is_visible()
        assert page.locator(".l-en .s-blocked:visible, .l-en .s-partly:visible").count() == 2
        assert page.locator(".l-en .matrix .s-insufficient").count() == 4
        assert trouble == []
