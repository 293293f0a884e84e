"""Sentences: each with its numbers, none that says more than the cells do."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.report.page.assemble import assemble
from probe.report.page.body import matrix_figure, prepare
from probe.report.page.content import Content, MechanismCount, Network, Quality, State, Tally
from probe.report.page.export import tables
from probe.report.page.language import ENGLISH, LANGUAGES, PERSIAN, Language
from probe.report.page.state import share_of, state_of
from probe.report.page.telling import Teller
from tests.report.page.samples import FIRST, MADE, WORLD, Block, Place, answers_of, content_of, rows_of


def told(world: Sequence[Place], days: int) -> Teller:
    """A world in English."""
    return Teller(assemble(answers_of(rows_of(world, days)), Quality(), MADE, "0"), ENGLISH)


@pytest.fixture(scope="module")
def content() -> Content:
    """The pretend world's report."""
    return content_of()


def test_headlines() -> None:
    """Each claims what the cells carry, and where they carry nothing says so."""
    clean, blocking = Place(Network("TR", 1), {}), Place(Network("IR", 2), {"X": Block()})
    rare = Place(Network("DE", 3), {}, step=99, runs=1)
    assert told([clean], 30).headline() == "No interference was found on the one network that was measured"
    assert (
        told([clean, rare], 30).headline()
        == "No interference was found on 1 of 2 networks; on the others there is too little to say"
    )
    assert told([blocking], 30).headline() == "The network interferes with <bdi>X</bdi>"
    assert (
        told([clean, blocking], 30).headline()
        == "The network interferes with <bdi>X</bdi>, on 1 of 2 networks"
    )
    assert told([blocking], 2).headline() == "In 4 runs, the network interfered with <bdi>X</bdi>"
    assert told([rare], 30).headline() == "Too few measurements to say what is blocked"
    assert (
        told([Place(Network("DE", 3), {}, step=15, runs=1)], 45).headline()
        == "The measurements do not tell whether the network interferes"
    )


@given(st.integers(1, 3), st.integers(1, 2), st.booleans())
def test_little_data_claims_nothing(days: int, step: int, blocked: bool) -> None:  # noqa: FBT001 - drawn
    """One run a day for a few days: a warning, and never `confirmed` or `likely` without the evidence for it."""
    place = Place(Network("IR", 1), {"X": Block(confirmed=False)} if blocked else {}, step=step, runs=1)
    teller = told([place], days)
    assert teller.few() is not None
    for statement in teller.statements():
        assert "confidence: possible, not more" in " ".join(statement.sentences)
    for cell in teller.content.cells:
        assert cell.state is State.INSUFFICIENT or cell.tally.runs >= 2


def test_every_statement_carries_its_numbers(content: Content) -> None:
    """n, the interval, and the runs; and where the day of a change is told, its interval when it has one."""
    statements = Teller(content, ENGLISH).statements()
    assert len(statements) == sum(cell.state in (State.BLOCKED, State.PARTLY) for cell in content.cells)
    for statement in statements:
        cell, text = statement.cell, " ".join(statement.sentences)
        assert f"{cell.share.n} measurements" in text
        assert ENGLISH.interval(cell.share) in text
        assert f"{cell.tally.runs} runs" in text
        assert "confidence: " in text
        if cell.since is not None:
            assert ENGLISH.day(cell.since.day) in text
        else:
            assert "no change found in this period" in text
    telegram = next(one for one in statements if one.cell.network.asn == 64498)
    assert telegram.sentences[0] == "interference in 96\u202f% of 56 measurements (87 to 100\u202f%), 19 runs"
    assert (
        telegram.sentences[1]
        == "since about 20 Oct 2026 (19 Oct 2026 to 20 Oct 2026), before: 4\u202f% of 56"
    )


def test_where_it_ended_is_told() -> None:
    """A platform that opened is news as well, and no mechanism is named for it."""
    rows = [
        {**row, "measurement_start_day": FIRST + (MADE.date() - row["measurement_start_day"])}  # backwards
        for row in rows_of([Place(Network("IR", 1), {"X": Block(30)})], 60)
    ]
    teller = Teller(assemble(answers_of(rows), Quality(), MADE, "0"), ENGLISH)
    (opened,) = teller.statements()
    assert opened.cell.state is State.REACHABLE
    assert str(opened.sentences[1]).startswith("better since about ")
    assert not [sentence for sentence in opened.sentences if sentence.startswith("mostly")]
    assert opened.cell.subject not in {one.cell.subject for one in teller.reachable()}
    assert teller.headline() == "Interference with <bdi>X</bdi> was found, and none since the last change"


def test_sightings_are_told_where_nothing_else_can_be() -> None:
    """As sightings: k of n, no share."""
    teller = told([Place(Network("IR", 1), {"X": Block()}, runs=1)], 1)
    assert teller.statements() == []
    assert [str(one.sentences[0]) for one in teller.sightings()] == [
        "interference in 3 of 3 measurements, 1 run"
    ]


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_everything_can_be_said(content: Content, language: Language) -> None:
    """In each language, of every cell, with no field left open."""
    teller = Teller(content, language)
    said = [str(teller.headline()), str(teller.lede())]
    for cell in content.cells:
        said += [str(teller.statement(cell).title), *map(str, teller.statement(cell).sentences)]
    said += [str(text) for _, text in (*teller.meanings(), *teller.certainties())]
    assert all(text and "{" not in text for text in said)
    assert {state for state, _ in teller.meanings()} == set(State)


def test_persian_numbers_are_persian(content: Content) -> None:
    """In sentences; names of networks stay as records have them."""
    sentence = str(Teller(content, PERSIAN).evidence(content.cells[-1]))
    assert not set(sentence) & set("0123456789")


@pytest.mark.parametrize(
    ("tally", "word", "numbers", "evidence"),
    [
        (
            Tally(n=24, down=24, down_runs=24),
            State.DOWN,
            "down in 100\u202f% of n = 24 86 to 100\u202f% · 24 runs",
            "down in 100\u202f% of 24 measurements (86 to 100\u202f%), 24 runs",
        ),
        (
            Tally(n=24, inconclusive=24),
            State.UNCLEAR,
            "n = 0 · 0 runs",
            "0 measurements usable, 0 runs; 24 cannot tell",
        ),
    ],
)
def test_no_share_is_told_of_nothing(tally: Tally, word: State, numbers: str, evidence: str) -> None:
    """Where a site is down for everyone, the share is of those that are; a picture and a CSV say no other."""
    content = content_of(WORLD[:1], days=3)
    cell = replace(content.cells[0], state=state_of(tally), tally=tally, share=share_of(0, tally.usable))
    teller = Teller(replace(content, cells=(cell,), strips=()), ENGLISH)
    assert cell.state is word
    assert " ".join(part for part in teller.numbers(cell) if part) == numbers
    assert teller.evidence(cell) == evidence
    ((_, text), *_) = tables(teller.content)
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["n"], row["share"], row["low"], row["high"]) == ("0", "", "", "")
    assert row["down_runs"] == str(tally.down_runs)
    drawn = matrix_figure(teller.content, ENGLISH).spec["datasets"].values()
    assert str(teller.numbers(cell)[0]) in {row.get("text") for rows in drawn for row in rows}


@pytest.mark.parametrize(("language", "words"), [(ENGLISH, ("slowed down", "partly slowed down")), (PERSIAN, ("کندشده", "تا حدی کندشده"))])  # fmt: skip
def test_slowing_down_has_its_own_words(language: Language, words: tuple[str, str]) -> None:
    """Where it leads; half and half is blocked, and where nothing interferes the word stays."""
    content = content_of(WORLD[:1], days=3)
    slow, even = (
        Tally(n=20, runs=9, usable=20, throttled=20),
        Tally(n=20, runs=9, usable=20, blocked=10, throttled=10),
    )
    half, few = (
        Tally(n=40, runs=9, usable=40, reachable=20, throttled=20),
        Tally(n=99, runs=9, usable=99, reachable=97, throttled=2),
    )
    cells = tuple(
        replace(content.cells[0], state=state_of(tally), tally=tally) for tally in (slow, even, half, few)
    )
    teller = Teller(replace(content, cells=cells, strips=()), language)
    assert [teller.word(cell) for cell in cells] == [
        words[0],
        language.words["state_blocked"],
        words[1],
        language.words["state_reachable"],
    ]
    assert {(count, word) for count, _, word in teller.states()} == {(1, teller.word(cell)) for cell in cells}


def test_more_sightings_than_there_is_room_for_are_counted() -> None:
    """And runs in which everything was down are runs."""
    content = content_of(WORLD[:1], days=3)
    seen = replace(
        content.cells[0], state=State.UNCLEAR, tally=Tally(n=9, runs=2, usable=9, blocked=2, reachable=7)
    )
    teller = Teller(
        replace(content, cells=(seen,) * 15, strips=(), total=Tally(n=24, down=24, down_runs=24)), ENGLISH
    )
    assert (len(teller.sightings()), teller.more_sightings()) == (12, 3)
    assert str(teller.lede()).startswith("24 measurements in 24 runs")
    assert teller.few() is None


def test_mechanisms_without_room_are_counted_and_named() -> None:
    """Below the figure of their platform."""
    content = content_of(WORLD[:1], days=3)
    cell = replace(content.cells[0], mechanisms=(("dns.bogon", 9), ("tls.reset", 2), ("tls.eof", 1)))
    counts = (MechanismCount(cell.subject, "dns.bogon", share_of(9, 12), 1),)
    body = prepare(replace(content, cells=(cell,), strips=(), mechanisms=counts), ENGLISH)
    assert body.mechanisms[0].caption == (
        "12 measurements; there is no room for 3 of them: "
        '<bdi dir="ltr">tls.eof</bdi>, <bdi dir="ltr">tls.reset</bdi>'
    )


def test_a_stale_cell_is_told(content: Content) -> None:
    """Its last measurement is weeks older than the report's."""
    teller = Teller(content, ENGLISH)
    stale = {cell.network.asn for cell in content.cells if teller.stale(cell)}
    assert stale == {64501}
    assert {place.network.asn for place in WORLD} > stale
