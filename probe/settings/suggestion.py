"""The name that was probably meant."""

import difflib
from collections.abc import Iterable

CLOSE_ENOUGH = 0.6
"""Share of letters in common; below it a suggestion is more of a riddle than the mistake."""

LONGEST = 60
"""Letters that are looked at; a hostile name may have a megabyte of them."""


def nearest(word: str, known: Iterable[str], close_enough: float = CLOSE_ENOUGH) -> str | None:
    """The one of `known` that is nearest to `word` in spelling, None when none is near. Dashes count as underscores."""
    names = {name.lower().replace("-", "_"): name for name in known}
    plain = word[:LONGEST].lower().replace("-", "_").strip("_ ")
    found = difflib.get_close_matches(plain, names, 1, close_enough)
    return names[found[0]] if found else None
