"""A page beside the control's: OONI's comparisons, and what more is asked before a page is called the site's."""

import pytest

from probe.judge.difference import COMMON_HEADERS, PROTECTIVE_HEADERS, compare, differs, is_alike
from probe.judge.observed import Exchange
from probe.record.control import ControlHttp


def page(body: bytes = b"", code: int | None = 200, truncated: bool = False, **headers: str) -> Exchange:  # noqa: FBT001, FBT002
    """An answer in the clear; `X_Y` is the header X-Y."""
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Exchange("http://a/", False, True, "", None, code, pairs, body, truncated, None, 1)  # noqa: FBT003


def there(
    length: int | None = 100, code: int | None = 200, title: str | None = "", **headers: str
) -> ControlHttp:
    """The control's."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ControlHttp(body_length=length, status_code=code, title=title, headers=dict(named))


@pytest.mark.parametrize(
    ("ours", "theirs", "proportion", "matches"),
    [
        (100, 100, 1.0, True), (71, 100, 0.71, True), (70, 100, 0.7, False), (100, 70, 0.7, False), (1, 100, 0.01, False),
        (0, 100, None, None), (100, 0, None, None), (100, -1, None, None), (100, None, None, None),
    ],
)  # fmt: skip
def test_length(ours: int, theirs: int | None, proportion: float | None, matches: bool | None) -> None:  # noqa: FBT001
    """Shorter over longer, above 0.7."""
    found = compare(page(b"x" * ours), there(theirs))
    assert found.proportion == (None if proportion is None else pytest.approx(proportion))
    assert found.length_matches is matches


def test_a_body_that_was_cut_has_no_length() -> None:
    """The control reads more than we keep."""
    assert compare(page(b"x" * 100, truncated=True), there(100)).length_matches is None


@pytest.mark.parametrize(
    ("ours", "theirs", "matches"),
    [
        (200, 200, True),
        (403, 403, True),
        (403, 200, False),
        (200, 403, None),
        (200, 500, None),
        (None, 200, None),
        (200, None, None),
        (200, -1, None),
    ],
)
def test_status(ours: int | None, theirs: int | None, matches: bool | None) -> None:  # noqa: FBT001
    """Codes that differ are compared only with a control that was served."""
    assert compare(page(code=ours), there(code=theirs)).status_matches is matches


def test_headers() -> None:
    """Names: all the same, or an uncommon one shared, in any case of letters."""
    assert compare(page(Server="a", Date="b"), there(date="c", server="d")).headers_match is True
    assert compare(page(Server="a", X_Mine="b"), there(x_mine="c")).headers_match is True
    assert compare(page(Server="a", X_Mine="b"), there(server="c")).headers_match is False
    assert compare(page(), there(server="c")).headers_match is None
    assert compare(page(Server="a"), there()).headers_match is None


@pytest.mark.parametrize(
    ("body", "title", "matches"),
    [
        (b"<title>News of today</title>", "TODAY and tomorrow", True),
        (b"<title>Forbidden</title>", "Example Domain", False),
        (b"<title>a b c</title>", "Example", None),
        (b"no title", "Example", None),
        (b"<title>Example</title>", None, None),
    ],
)
def test_title(body: bytes, title: str | None, matches: bool | None) -> None:  # noqa: FBT001
    """A word of five letters in common."""
    assert compare(page(body), there(title=title)).title_matches is matches


@pytest.mark.parametrize("header", sorted(PROTECTIVE_HEADERS | COMMON_HEADERS))
def test_what_everybody_sends_makes_nothing_alike(header: str) -> None:
    """OONI counts some of them as telling."""
    name = header.replace("-", "_")
    assert not is_alike(page(b"x", **{name: "1"}), there(**{name: "1", "x_mine": "1"}))  # type: ignore[arg-type]


def test_alike() -> None:
    """The same status, and a word of the title, a header of its own or the exact length."""
    assert is_alike(page(b"x" * 99), there(100))
    assert not is_alike(page(b"x" * 98), there(100))
    assert is_alike(page(b"<title>Example</title>"), there(title="Example page"))
    assert is_alike(page(b"x", X_Mine="1"), there(x_mine="2"))
    assert not is_alike(page(b"x" * 100, code=403), there(100))
    assert not is_alike(page(b"x" * 100), there(100, code=403))
    assert not is_alike(page(), there())


def test_different_as_ooni_has_it() -> None:
    """One thing in common and the same status: no; nothing to compare: not known."""
    assert differs(page(b"x" * 100), there(100)) is False
    assert differs(page(b"x" * 10, Server="a"), there(100, server="b", x_mine="c")) is True
    assert differs(page(b"x" * 100, code=403), there(100)) is True
    assert differs(page(b"x" * 100), there(100, code=403)) is None
    assert differs(page(), there()) is None
