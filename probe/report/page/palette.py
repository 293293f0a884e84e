"""The colours of page and figures: one name, one light and one dark value. No meaning rests on colour alone.

Rust against teal is told apart with every common colour blindness (compare Okabe & Ito, Color Universal Design,
2008); each text colour has a contrast of at least 4.5 on its paper (WCAG 2.2, 1.4.3), which a test computes.
"""

from collections.abc import Mapping
from types import MappingProxyType

from probe.report.page.content import State

COLOURS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "paper": ("#faf9f6", "#15191d"),
    "card": ("#fffffe", "#1c2227"),
    "ink": ("#1f262b", "#e7e5df"),
    "soft": ("#596168", "#a9b0b5"),
    "line": ("#dedbd2", "#343c43"),
    "link": ("#1a5d7a", "#7cc0de"),
    "blocked": ("#a83c1a", "#f08a62"),
    "partly": ("#855c00", "#e0b04a"),
    "reachable": ("#1b6a85", "#62b6d3"),
    "refused": ("#6a4a93", "#bda0e6"),
    "down": ("#4d5a66", "#a3b1bd"),
    "unclear": ("#63686c", "#aab0b4"),
    "insufficient": ("#6a6f73", "#a5abaf"),
    "hatch": ("#c9c5ba", "#4a535b"),
    "bar-blocked": ("#c4542e", "#e5784e"),
    "bar-reachable": ("#8fc1d2", "#2f6478"),
    "bar-unclear": ("#d3d1cb", "#4c555c"),
})  # fmt: skip
"""Name → colour on light and on dark paper. All light values differ, so that a figure's colour gives its name."""

GLYPHS: Mapping[State, str] = MappingProxyType({
    State.BLOCKED: "■",
    State.PARTLY: "◧",
    State.REACHABLE: "●",
    State.REFUSED: "◆",
    State.DOWN: "▼",
    State.UNCLEAR: "◌",
    State.INSUFFICIENT: "○",
})  # fmt: skip
"""A shape for each state, beside its word and its colour."""

BY_LIGHT: Mapping[str, str] = MappingProxyType({light: name for name, (light, _) in COLOURS.items()})


def light(name: str) -> str:
    """The colour `name` as figures are drawn with it."""
    return COLOURS[name][0]


def contrast(one: str, other: str) -> float:
    """Contrast of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]  # noqa: PLR2004 - sRGB
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
