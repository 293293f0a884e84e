"""Figures as Vega-Lite specifications: valid ones, with no address in them, and marks where the numbers are."""

import json
from datetime import date

import pytest

from probe.report.page.content import Bins, MechanismCount, State
from probe.report.page.figures import (
    ROW,
    Axis,
    Figure,
    draw_history,
    draw_matrix,
    draw_mechanisms,
    draw_strips,
)
from probe.report.page.palette import light
from probe.report.page.state import share_of
from tests.report.page.samples import content_of

BINS = Bins(date(2026, 9, 10), date(2026, 9, 29), 1, 20)
AXIS = Axis([(0, "10 Sep 2026"), (10.5, "20 Sep"), (20, "29 Sep 2026")])


def drawn() -> list[Figure]:
    """One of each, checked against Vega-Lite's schema as it is made."""
    content = content_of(days=20)
    own = [strip for strip in content.strips if strip.cell.subject == "X"]
    counts = [MechanismCount("X", "dns.bogon", share_of(3, 4), 1), MechanismCount("X", "", share_of(1, 4), 1)]
    return [
        draw_strips(own, ["a"] * len(own), BINS, AXIS, rtl=False),
        draw_strips(own, ["a"] * len(own), BINS, AXIS, rtl=True),
        draw_history(content.histories[0], content.history_bins, AXIS, [(0, "0 %"), (1, "100 %")]),
        draw_mechanisms(counts, ["one", "two"], ["3", "1"], rtl=True),
        draw_matrix(["a"], ["b"], [(0, 0, State.BLOCKED, "blocked", "n = 3")]),
    ]


@pytest.fixture(scope="module")
def figures() -> list[Figure]:
    """Made once."""
    return drawn()


def test_specifications_are_self_contained(figures: list[Figure]) -> None:
    """Their numbers are in them; the only address is the schema's name."""
    for figure in figures:
        text = json.dumps({key: value for key, value in figure.spec.items() if key != "$schema"})
        assert "http" not in text
        assert '"url"' not in text


def test_strips_show_shares_as_heights(figures: list[Figure]) -> None:
    """The dark parts of one bar and the light ones fill it; a bin without measurements has no bar."""
    spec = figures[0].spec
    data = spec["datasets"]["rows-0"]
    by_bar: dict[tuple[int, float], float] = {}
    for row in data:
        key = int(row["y2"] // 1), row["x"]
        by_bar[key] = by_bar.get(key, 0) + row["y2"] - row["y"]
    assert all(abs(height * ROW - 25) < 1e-6 for height in by_bar.values())
    assert {row["fill"] for row in data} <= {
        light("bar-blocked"),
        light("bar-unclear"),
        light("bar-reachable"),
    }


def test_drawings_say_what_they_were_told(figures: list[Figure]) -> None:
    """Letters stay letters, so that a page can set them in its own font."""
    assert "29 Sep 2026" in figures[0].svg()
    assert "blocked" in figures[4].svg()
