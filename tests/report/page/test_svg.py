"""Figures inside the page: only what is listed comes through, whatever stands in their texts."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.report.page.palette import light
from probe.report.page.svg import MAX_SVG, FigureError, inline

DRAWN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'


def test_only_listed_elements_and_attributes() -> None:
    """Scripts, links, handlers, styles and foreign elements are dropped, with all that is in them."""
    drawn = DRAWN.format(
        '<script>alert(1)</script><a href="javascript:alert(1)"><text>x</text></a><image href="http://e.example/"/>'
        '<foreignObject><p>x</p></foreignObject><style>*{}</style><rect onclick="alert(1)" style="x" width="1"/>'
    )
    assert inline(drawn, "a figure") == (
        '<svg viewBox="0 0 9 9" role="img" aria-label="a figure" direction="ltr"><rect width="1"/></svg>'
    )


def test_colours_get_their_names_and_numbers_get_shorter() -> None:
    """So that a figure follows the theme."""
    drawn = DRAWN.format(f'<path d="M1.23456,2h3.5" fill="{light("bar-blocked")}"/>')
    assert '<path d="M1.23,2h3.5" fill="var(--bar-blocked)"/>' in inline(drawn, "")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_texts_come_back_as_they_were(text: str) -> None:
    """Inside a figure and in its label, as text and nothing else."""
    element = ET.Element("{http://www.w3.org/2000/svg}svg", {"viewBox": "0 0 1 1"})
    ET.SubElement(element, "{http://www.w3.org/2000/svg}text").text = text
    read = ET.fromstring(inline(ET.tostring(element, encoding="unicode"), text))
    assert read.get("aria-label") == text
    assert [child.tag for child in read] == ["text"]
    assert (read[0].text or "") == text


def test_size_is_bounded() -> None:
    """A drawing that is far too large is refused before it is read."""
    with pytest.raises(FigureError, match="at most"):
        inline(DRAWN.format(" " * MAX_SVG), "")
