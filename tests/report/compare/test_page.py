"""The page: whole, alone, and proof against what records say."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.report.compare.page import page
from probe.report.compare.told import Line, Notice, Notices, Section, Table, Told

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">&lt;"\'</td></table>'
VOID = {"meta", "img", "br"}


class Elements(HTMLParser):
    """Elements with their attributes, all text, and whether every element is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """The last one opened."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note it."""
        self.text.append(data)


def told(text: str, direction: str = "ltr") -> Told:
    """A comparison that says `text` everywhere."""
    line = Line(text, text, text)
    return Told(
        language="en", direction=direction, title=text, labels=("A", "B"), sides=(text,), summary=(text,),
        notices=(Notices(text, (Notice(text, text, (text, text)),)),), platforms=(line,),
        table=Table((text, text), ((text, text),)), statistics=(text,),
        sections=(Section(text, "bad", 3, (line, line), text),), columns=(text, text, text), footer=text,
    )  # fmt: skip


def parsed(text: str) -> Elements:
    """The page that says `text`, read."""
    elements = Elements()
    elements.feed(page(told(text), lambda letters: letters))
    elements.close()
    return elements


@given(
    st.one_of(
        st.just(HOSTILE), st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
    )
)
def test_no_text_becomes_markup(text: str) -> None:
    """The same elements as for a harmless text, all closed, whatever it is."""
    found, harmless = parsed(text), parsed("x")
    assert [tag for tag, _ in found.found] == [tag for tag, _ in harmless.found]
    assert found.open == []


def test_the_page_needs_nothing_else() -> None:
    """No script, nothing loaded, nothing that could be clicked away from it; and a policy that says so."""
    found = parsed("x").found
    assert not {"script", "link", "img", "iframe", "form", "a"} & {tag for tag, _ in found}
    attributes = {name for _, given_ in found for name in given_}
    assert not {name for name in attributes if name.startswith("on") or name in ("src", "href", "style")}
    policy = next(
        given_["content"] for tag, given_ in found if given_.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    html = page(told("x"), str)
    assert "url(" not in html
    assert "@import" not in html


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_direction_and_what_is_kept_apart(direction: str) -> None:
    """Names stand in elements of their own direction; nothing in the style has a left or right."""
    html = page(told("www.example.com", direction), str)
    assert f'dir="{direction}"' in html
    assert '<th scope="row"><bdi dir="ltr">www.example.com</bdi></th>' in html
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert "left" not in style
    assert "right" not in style


def test_texts_are_cleaned_first() -> None:
    """What steers a reader is replaced by whoever asks for the page."""
    assert "BAD" not in page(told("BAD"), lambda text: text.replace("BAD", "?"))


def test_tables_can_be_read_aloud() -> None:
    """Every table has headings with a scope."""
    found = parsed("x").found
    assert sum(tag == "table" for tag, _ in found) == 3
    assert all(given_.get("scope") in ("col", "row") for tag, given_ in found if tag == "th")
