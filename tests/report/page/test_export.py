"""Figures apart from the page: names that any disk takes, numbers that any spreadsheet reads and none calculates."""

import csv
import io
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from probe.report.page.assemble import assemble
from probe.report.page.body import prepare
from probe.report.page.content import Content, Network, Quality
from probe.report.page.export import drawings, tables
from probe.report.page.language import ENGLISH, PERSIAN, Language
from tests.report.page.samples import MADE, WORLD, Block, Place, answers_of, content_of, rows_of


@pytest.fixture(scope="module")
def content() -> Content:
    """A short report."""
    content = content_of(WORLD[:1], days=9)
    return replace(content, histories=content.histories[:1])


def rows(text: str) -> list[dict[str, str]]:
    """A CSV's lines."""
    return list(csv.DictReader(io.StringIO(text)))


def test_numbers_of_every_figure(content: Content) -> None:
    """The matrix has each cell, the days add up, shares lie in their intervals."""
    found = {name: rows(text) for name, text in tables(content)}
    assert set(found) == {"matrix.csv", "days.csv", "mechanisms.csv", "hosts.csv"}
    assert len(found["matrix.csv"]) == len(content.cells)
    assert sum(int(row["n"]) for row in found["days.csv"]) == sum(
        tally.usable for strip in content.strips for tally in strip.tallies.values()
    )
    for row in (*found["matrix.csv"], *found["mechanisms.csv"], *found["hosts.csv"]):
        assert 0 <= float(row["low"]) <= float(row["share"]) <= float(row["high"]) <= 1


@pytest.mark.parametrize("language", [ENGLISH, PERSIAN], ids=lambda one: one.code)
def test_drawings_are_pictures(content: Content, language: Language) -> None:
    """SVG that is XML, PNG that is PNG, each under a name of its own."""
    body = prepare(content, language)
    drawn = dict(drawings(content, body))
    assert len(drawn) == 1 + len(body.strips) + len(body.mechanisms) + len(body.histories)
    assert ET.fromstring(drawn[f"matrix.{body.language.code}"].svg()).tag == "{http://www.w3.org/2000/svg}svg"
    assert drawn[f"days-X.{body.language.code}"].png().startswith(b"\x89PNG\r\n\x1a\n")


def test_hostile_names_stay_in_the_folder_and_calculate_nothing() -> None:
    """A host may be called what it likes."""
    world = [Place(Network("IR", 1), {"X": Block()})]
    evil = "=cmd|' /C calc'!A0/../../x\u202e\n\x1b[2J"
    renamed = [row | {"platform": evil, "domain": evil} for row in rows_of(world, 9)]
    content = assemble(answers_of(renamed), Quality(), MADE, "0")
    for stem, _ in drawings(content, prepare(content, ENGLISH)):
        assert not set("/\\|'=:") & set(stem)
        assert ".." not in stem
    for _, text in tables(content):
        assert not set(text) & {"\u202e", "\x1b"}
        assert all(len(row) and "\n" not in "".join(row.values()) for row in rows(text))
        assert not [
            value for row in rows(text) for value in row.values() if value.startswith(("=", "+", "-", "@"))
        ]
