"""The figures, drawn by Vega-Lite: numbers and labels in, SVG or PNG out. No words of its own, nothing fetched.

Figures inside the page are 420 units wide, so that their letters can be read on a phone as well; rows and labels
are placed by number, since labels must stand on the other side where people read from right to left.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import altair as alt
import vl_convert
from altair.utils import schemapi

from probe.report.page.content import Bins, History, MechanismCount, Share, Since, State, Strip, Tally
from probe.report.page.palette import GLYPHS, light

WIDTH = 420
SIDE = 94
"""Room for a row's label."""
ROW, BAR = 34, 25
EDGE = 8
FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans Arabic', Vazirmatn, 'DejaVu Sans', sans-serif"
FONT_RTL = f"Vazirmatn, 'Noto Sans Arabic', {FONT}"
ARABIC = re.compile("[\u0600-\u06ff]")
RIGHT_TO_LEFT = "\u200f"
"""Before a text in Persian: without it, one that begins with a digit is set from left to right."""

SMALL, NORMAL = 12.5, 13.5

Rows = list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing: its Vega-Lite specification."""

    spec: Mapping[str, Any]

    def svg(self) -> str:
        """As SVG; letters stay letters."""
        return vl_convert.vegalite_to_svg(dict(self.spec), allowed_base_urls=[])

    def png(self) -> bytes:
        """As PNG, 216 dots per inch."""
        return vl_convert.vegalite_to_png(dict(self.spec), scale=3, allowed_base_urls=[])


@dataclass(frozen=True, slots=True)
class Layer:
    """Marks, and the rows they are of."""

    chart: alt.Chart
    rows: Rows


@dataclass(frozen=True, slots=True)
class Axis:
    """The labels of a time axis: place in bins, text."""

    ticks: Sequence[tuple[float, str]]


def draw_strips(
    strips: Sequence[Strip], labels: Sequence[str], bins: Bins, axis: Axis, *, rtl: bool
) -> Figure:
    """Per-day strips, a row a network. The height of the dark part of a bar is the share with interference."""
    width, height = WIDTH - SIDE - 2 * EDGE, ROW * len(strips)
    bars = [bar for row, strip in enumerate(strips) for bar in _bars(row, strip.tallies)]
    marks = [
        mark
        for row, strip in enumerate(strips)
        if strip.cell.since is not None
        for mark in _change(row, strip.cell.since, bins)
    ]
    names: Rows = [{"y": row + 0.5, "text": label} for row, label in enumerate(labels)]
    glyphs: Rows = [{"y": row + 0.5, "text": GLYPHS[strip.cell.state]} for row, strip in enumerate(strips)]
    near, far = (width + EDGE, width + SIDE + EDGE) if rtl else (-EDGE, -SIDE - EDGE)
    sides = ("left", "right") if rtl else ("right", "left")
    x, y = _scale("x", [0, bins.count]), _scale("y", [0, len(strips)], down=True)
    layers = [
        _rects(bars, x, y),
        _rects(marks, x, y),
        _texts(names, None, y, x_at=near, align=sides[0], colour="ink"),
        _texts(glyphs, None, y, x_at=far, align=sides[1], colour="ink"),
        *_time_axis(axis, x, height),
    ]
    return _figure(layers, width, height, _padding(bottom=26, rtl=rtl))


def draw_history(history: History, bins: Bins, axis: Axis, percents: Sequence[tuple[float, str]]) -> Figure:
    """One host through time: a point for the share with interference of each bin, a line for its interval."""
    width, height, side = WIDTH - 50 - EDGE, 110, 50
    points: Rows = [
        {"x": place + 0.5, "y": share.value, "low": share.low, "high": share.high, "size": _size(share)}
        for place, share in sorted(history.shares.items())
    ]
    x, y = _scale("x", [0, bins.count]), _scale("y", [0, 1])
    grid: Rows = [{"y": at, "text": text} for at, text in percents]
    layers = [
        Layer(alt.Chart().mark_rule(color=light("line")).encode(y=y), grid),
        Layer(
            alt.Chart()
            .mark_rule(color=light("hatch"), strokeWidth=2)
            .encode(x=x, y=_scale("low", [0, 1]), y2=alt.Y2("high:Q")),
            points,
        ),
        Layer(
            alt.Chart()
            .mark_circle(color=light("bar-blocked"), opacity=1)
            .encode(x=x, y=y, size=alt.Size("size:Q", scale=None)),
            points,
        ),
        _texts(grid, None, y, x_at=-EDGE, align="right"),
        *_time_axis(axis, x, height),
    ]
    padding = {"left": side, "right": EDGE, "top": EDGE, "bottom": 26}
    return _figure(layers, width, height, padding)


def draw_mechanisms(
    counts: Sequence[MechanismCount], labels: Sequence[str], numbers: Sequence[str], *, rtl: bool
) -> Figure:
    """A bar for each mechanism, its words above it and its number at its end."""
    width, height, room = WIDTH - 2 * EDGE, 44 * len(counts), 0.78
    most = max((count.share.value for count in counts), default=1.0) or 1.0
    bars: Rows = []
    words: Rows = []
    ends: Rows = []
    for row, (count, label, number) in enumerate(zip(counts, labels, numbers, strict=True)):
        length = max(room * count.share.value / most, 0.004)
        bar = {"x": 1 - length, "x2": 1} if rtl else {"x": 0, "x2": length}
        bars.append({**bar, "y": row + 0.5, "y2": row + 0.85, "fill": light("bar-blocked")})
        words.append({"y": row + 0.27, "text": label})
        ends.append({"x": 1 - length - 0.015 if rtl else length + 0.015, "y": row + 0.68, "text": number})
    x, y = _scale("x", [0, 1]), _scale("y", [0, len(counts)], down=True)
    align = "right" if rtl else "left"
    layers = [
        _rects(bars, x, y),
        _texts(words, None, y, x_at=width if rtl else 0, align=align, colour="ink", size=NORMAL),
        _texts(ends, x, y, align=align),
    ]
    return _figure(layers, width, height, {"left": EDGE, "right": EDGE, "top": 4, "bottom": 4})


def draw_matrix(
    rows: Sequence[str], columns: Sequence[str], cells: Sequence[tuple[int, int, State, str, str]]
) -> Figure:
    """Networks down, subjects across; a cell: row, column, state, its word, its numbers. For export."""
    wide, tall, side = 150, 48, 150
    shapes: Rows = [
        {
            "x": column + 0.02,
            "x2": column + 0.05,
            "y": row + 0.06,
            "y2": row + 0.94,
            "fill": light(state.value),
        }
        for row, column, state, _, _ in cells
    ]
    said: Rows = [
        {"x": column + 0.2, "y": row + 0.34, "text": word, "fill": light(state.value)}
        for row, column, state, word, _ in cells
    ]
    shown: Rows = [
        {**one, "x": column + 0.1, "text": GLYPHS[state]}
        for one, (_, column, state, *_) in zip(said, cells, strict=True)
    ]
    small: Rows = [{"x": column + 0.1, "y": row + 0.7, "text": text} for row, column, _, _, text in cells]
    x, y = _scale("x", [0, len(columns)]), _scale("y", [0, len(rows)], down=True)
    down: Rows = [{"y": row + 0.5, "text": text} for row, text in enumerate(rows)]
    across: Rows = [{"x": column + 0.02, "text": text} for column, text in enumerate(columns)]
    layers = [
        _rects(shapes, x, y),
        _texts(shown, x, y, size=NORMAL, colour=None),
        _texts(said, x, y, size=NORMAL, colour=None),
        _texts(small, x, y),
        _texts(down, None, y, x_at=-EDGE, align="right", colour="ink", size=NORMAL),
        _texts(across, x, None, y_at=-10, colour="ink", size=NORMAL),
    ]
    padding = {"left": side, "right": EDGE, "top": 30, "bottom": EDGE}
    return _figure(layers, wide * len(columns), tall * len(rows), padding)


def _bars(row: int, tallies: Mapping[int, Tally]) -> Rows:
    """Of each bin: interference from the ground up, then what cannot be told, then what works."""
    found: Rows = []
    for place, tally in sorted(tallies.items()):
        parts = (
            ("bar-blocked", tally.interfered),
            ("bar-unclear", tally.inconclusive + tally.down),
            ("bar-reachable", tally.reachable + tally.refused),
        )
        whole, ground = sum(count for _, count in parts), row + (ROW + BAR) / 2 / ROW
        for name, count in parts if whole else ():
            top = ground - count / whole * BAR / ROW
            if count:
                found.append(
                    {"x": place + 0.06, "x2": place + 0.94, "y": top, "y2": ground, "fill": light(name)}
                )
            ground = top
    return found


def _change(row: int, since: Since, bins: Bins) -> Rows:
    """A change below its row: a line for the interval, a mark for the day."""

    def at(days: int) -> float:
        """Where on the scale."""
        return min(max(days / bins.days, 0), bins.count)

    low, day, high = (at((one - bins.first).days) for one in (since.low, since.day, since.high))
    wide = bins.count / 160
    return [
        {"x": low, "x2": max(high, low + wide), "y": row + 0.93, "y2": row + 0.97, "fill": light("ink")},
        {"x": day, "x2": day + wide, "y": row + 0.84, "y2": row + 0.99, "fill": light("ink")},
    ]


def _size(share: Share) -> float:
    """Area of a point: more measurements, a larger point; a hundred are enough for the largest."""
    return 24 + min(share.n, 100) * 0.4


def _scale(field: str, domain: Sequence[float], *, down: bool = False) -> Any:  # noqa: ANN401 - X or Y: altair's encodings have no common type
    scale = alt.Scale(domain=list(domain), nice=False, zero=False, reverse=down)
    kind = alt.X if field.startswith("x") else alt.Y
    return kind(f"{field}:Q", scale=scale, axis=None)


def _rects(rows: Rows, x: Any, y: Any) -> Layer:  # noqa: ANN401
    corners = {"x": x, "x2": alt.X2("x2:Q"), "y": y, "y2": alt.Y2("y2:Q")}
    return Layer(alt.Chart().mark_rect().encode(**corners, fill=alt.Fill("fill:N", scale=None)), rows)


def _texts(
    rows: Rows,
    x: Any,  # noqa: ANN401
    y: Any,  # noqa: ANN401
    *,
    x_at: float = 0,
    y_at: float = 0,
    align: str = "left",
    colour: str | None = "soft",
    size: float = SMALL,
) -> Layer:
    turned: Rows = [{**row, "text": _turned(str(row["text"]))} for row in rows]
    font = FONT_RTL if turned != rows else FONT
    mark = alt.Chart().mark_text(
        align=cast("Any", align), baseline="middle", font=font, fontSize=size, limit=WIDTH
    )
    chart = mark.encode(
        text="text:N",
        x=alt.value(x_at) if x is None else x,
        y=alt.value(y_at) if y is None else y,
        color=alt.Color("fill:N", scale=None) if colour is None else alt.value(light(colour)),
    )
    return Layer(chart, turned)


def _turned(text: str) -> str:
    return RIGHT_TO_LEFT + text if ARABIC.search(text) else text


def _time_axis(axis: Axis, x: Any, height: float) -> list[Layer]:  # noqa: ANN401
    """The first label begins at its tick, the last one ends at it; one alone stands in the middle."""
    last = len(axis.ticks) - 1
    return [
        _texts(
            [{"x": place, "text": text}],
            x,
            None,
            y_at=height + 14,
            align="center" if 0 < number < last or not last else "left" if number == 0 else "right",
        )
        for number, (place, text) in enumerate(axis.ticks)
    ]


def _padding(*, bottom: int, rtl: bool) -> dict[str, float]:
    near, far = (EDGE, SIDE + EDGE) if rtl else (SIDE + EDGE, EDGE)
    return {"left": near, "right": far, "top": 2, "bottom": bottom}


def _figure(layers: Sequence[Layer], width: float, height: float, padding: Mapping[str, float]) -> Figure:
    """The layers, one over the other; their rows go beside altair, which would copy and compare each of them."""
    named = {f"rows-{number}": layer.rows for number, layer in enumerate(layers)}
    charts = [
        layer.chart.properties(data=alt.NamedData(name=name))
        for layer, name in zip(layers, named, strict=True)
    ]
    chart = (
        alt.layer(*charts)
        .properties(width=width, height=height, padding=dict(padding), autosize="none")
        .configure(aria=False, background=light("card"), font=FONT)
        .configure_view(stroke=None)
    )
    return Figure({**chart.to_dict(validate=schemapi.DEBUG_MODE), "datasets": named})
