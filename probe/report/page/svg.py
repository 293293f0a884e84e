"""A drawn figure made fit to stand inside a page: read and written again by an allow list, colours by name.

Nothing that is not listed here comes through: no script, no link, no style, no foreign element.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from types import MappingProxyType
from xml.etree import ElementTree as ET

from probe.report.page.palette import BY_LIGHT

ELEMENTS: Mapping[str, frozenset[str]] = MappingProxyType({
    "svg": frozenset({"viewBox"}),
    "g": frozenset({"transform", "fill", "stroke", "opacity"}),
    "path": frozenset({"d", "transform", "fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "fill-opacity"}),
    "rect": frozenset({"x", "y", "width", "height", "fill", "stroke", "opacity"}),
    "line": frozenset({"transform", "x2", "y2", "stroke", "stroke-width", "stroke-dasharray", "opacity"}),
    "text": frozenset({"transform", "text-anchor", "font-size", "font-weight", "fill", "opacity"}),
    "tspan": frozenset({"x", "dy"}),
})  # fmt: skip
"""Element → attributes that are kept."""

MAX_SVG = 4_000_000
"""Characters of one figure; the largest ones drawn here are a tenth of it."""


LONG = re.compile(r"-?\d+\.\d{3,}")


class FigureError(ValueError):
    """A drawing that is not what this program draws."""


def inline(svg: str, label: str) -> str:
    """`svg` as markup for a page: one image named `label` for those who cannot see it, in the page's own colours."""
    if len(svg) > MAX_SVG:
        raise FigureError(f"a figure of {len(svg)} characters; at most {MAX_SVG}")
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing, bounded; expat refuses entity bombs
    body = "".join(_children(root))
    view = escape(root.get("viewBox", ""))
    return f'<svg viewBox="{view}" role="img" aria-label="{escape(label)}" direction="ltr">{body}</svg>'


def _children(parent: ET.Element) -> Iterator[str]:
    for child in parent:
        yield from _written(child)


def _written(element: ET.Element) -> Iterator[str]:
    name = element.tag.rpartition("}")[2]
    if name not in ELEMENTS:
        return
    inside = escape(element.text or "") if name in ("text", "tspan") else ""
    inside += "".join(_children(element))
    kept = [(key, value) for key, value in element.attrib.items() if key in ELEMENTS[name]]
    if name == "g" and not kept:
        yield inside
        return
    attributes = "".join(f' {key}="{escape(_coloured(_short(value)))}"' for key, value in kept)
    yield f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes}/>"


def _short(value: str) -> str:
    """Numbers to a hundredth of a unit: no eye sees more, and the page is half as long."""
    return LONG.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), value)


def _coloured(value: str) -> str:
    name = BY_LIGHT.get(value)
    return f"var(--{name})" if name else value
