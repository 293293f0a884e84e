"""Patterns: the same answers as a plain search gives, in bounded time."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.judge.pattern import Expression, Gapped, Literal, Pattern, PatternError, Spaced, expression


def found(pattern: Pattern, text: str) -> bool:
    """Whether `pattern` is found, asked as an index asks: only when one of its anchors is there."""
    present = [anchor for anchor in pattern.anchors if anchor in text]
    return (bool(present) or not pattern.anchors) and pattern.found_in(text, present)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (Literal("blocked"), "it is blocked here", True),
        (Literal("blocked"), "it is open", False),
        (Literal("http://a", "prefix"), "http://a.example", True),
        (Literal("http://a", "prefix"), "see http://a", False),
        (Literal("SonicWALL", "full"), "SonicWALL", True),
        (Literal("SonicWALL", "full"), "SonicWALL 2", False),
    ],
)
def test_literals(pattern: Literal, text: str, expected: bool) -> None:  # noqa: FBT001
    """Anywhere, at the beginning, or nothing else."""
    assert found(pattern, text) is expected


def test_the_end_of_a_window_is_not_the_end_of_the_text() -> None:
    """A name that goes on is another name, wherever the text was cut to look at it."""
    pattern = Expression(r"//block\.example(?=[:/?#]|$)", ("//block.example",), 15)
    for between in range(900, 1_100):
        text = f"//block.example.org {' ' * between}//block.example.org"
        assert not found(pattern, text)
        assert found(pattern, f"{text} //block.example/")
    assert found(pattern, "//block.example")


@given(st.lists(st.sampled_from(["ab", "a", "xaby", "aab b", " ", "-" * 700]), max_size=12))
def test_expressions_find_what_a_search_finds(parts: list[str]) -> None:
    """Windows miss nothing and add nothing."""
    text = "".join(parts)
    pattern = Expression(r"a{1,3}b(?! b)[^-]{0,2}", ("ab",), 6)
    assert found(pattern, text) is (re.search(pattern.source, text) is not None)


GAPS = st.sampled_from(["", "-", "-" * 9, "-" * 10, "-" * 11, "-" * 20, "-" * 21, "one", "x two ", "three"])


@given(st.sampled_from(["one", "x", "xone", "two"]), GAPS, GAPS, GAPS)
def test_gaps_are_as_wide_as_said(first: str, before: str, after: str, last: str) -> None:
    """Parts with at most so many characters between them, as a single expression would find them."""
    source = r"(?:one|x)[\s\S]{0,10}?two[\s\S]{0,20}three"
    pattern = expression(source, ("three",), 0)
    assert isinstance(pattern, Spaced)
    text = f"{first}{before}two{after}three{last}"
    assert found(pattern, text) is (re.search(source, text) is not None)


PIECES = st.sampled_from(["a", "b", "ab", r"\.", ".", "[ab]", "[^a]", r"\d", r"\s", ".*", ".+", ".*?"])


@given(
    st.booleans(), st.lists(PIECES, min_size=1, max_size=8), st.booleans(), st.text("ab.1 \n", max_size=30)
)
def test_gapped_means_what_the_expression_means(start: bool, pieces: list[str], end: bool, text: str) -> None:  # noqa: FBT001
    """Going on from the first place where a piece is found gives the answer that going back would give."""
    source = "^" * start + "".join(pieces) + "$" * end
    expected = re.search(source.replace("$", r"\Z"), text, re.DOTALL) is not None
    assert found(Gapped.parse(source), text) is expected


@given(st.from_regex(r"\A(?:[a-z<>/ ]|\\[.()?]|\.|\.\*){1,40}\Z"), st.text("abz<>/ .()?", max_size=60))
def test_gapped_on_signatures_like_those_in_use(source: str, text: str) -> None:
    """The same for texts of letters, brackets, escaped signs and `.*`, which is all that is in use."""
    assert found(Gapped.parse(source), text) is (re.search(source, text, re.DOTALL) is not None)


@pytest.mark.parametrize(
    "source",
    [
        "(a+)+$",
        "a|b",
        "a{2,9}",
        "a*b",
        "(?i)a",
        r"\bword",
        r"(a)\1",
        "[[:alpha:]]",
        "[a--b]",
        "[a",
        "a)",
        r"\n",
        "[z-a]",
        "a^b",
        "x$y",
        "\\",
    ],
)
def test_gapped_refuses_what_could_be_slow_or_strange(source: str) -> None:
    """Groups, alternatives, repeats, flags and broken classes are refused with the place and the reason."""
    with pytest.raises(PatternError, match=r".+"):
        Gapped.parse(source)


@given(st.text(max_size=60))
def test_gapped_parses_or_refuses(source: str) -> None:
    """Whatever stands in a file, there is a pattern or a reason, and its anchor stands in all that it matches."""
    try:
        pattern = Gapped.parse(source)
    except PatternError:
        return
    assert not pattern.found_in(source, ()) or all(anchor in source for anchor in pattern.anchors)


@pytest.mark.parametrize(
    "source", ["<title>D.*Marie.*Hooks", ".*a.*b.*c.*d.*e.*f", "a.a.a.a.a.a.a.a.b", "[^a][^a][^a].*$"]
)
@pytest.mark.parametrize("piece", ["a", "<title>D", "ab", "<title>DMarie"])
def test_gapped_is_never_slow(source: str, piece: str) -> None:
    """Expressions that backtrack for minutes on 64 Ki characters take less than half a second."""
    text = (piece * 65_536)[:65_536]
    start = time.thread_time()
    Gapped.parse(source).found_in(text, ())
    assert time.thread_time() - start < 0.5
