"""Colours: readable on their paper in both themes, and never two names for one."""

import pytest

from probe.report.page.content import State
from probe.report.page.palette import BY_LIGHT, COLOURS, GLYPHS, contrast

TEXTS = ("ink", "soft", "link", *State)


def test_contrast_as_published() -> None:
    """Black on white is 21 (WCAG 2.2); #767676 on white just passes 4.5."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("text", TEXTS)
def test_every_text_can_be_read(text: str, theme: int) -> None:
    """On paper and on cards."""
    for paper in ("paper", "card"):
        assert contrast(COLOURS[text][theme], COLOURS[paper][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_bars_are_told_apart_by_lightness(theme: int) -> None:
    """Also where no colour is seen: interference against what went through, and bars against their card."""
    assert contrast(COLOURS["bar-blocked"][theme], COLOURS["bar-reachable"][theme]) >= 2
    assert contrast(COLOURS["bar-blocked"][theme], COLOURS["card"][theme]) >= 3


def test_names_are_unique() -> None:
    """A figure's colour gives its name."""
    assert len(BY_LIGHT) == len(COLOURS)


def test_every_state_has_a_shape_of_its_own() -> None:
    """Beside its word and its colour."""
    assert len({GLYPHS[state] for state in State}) == len(State)
