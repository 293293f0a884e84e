"""What a page says of itself: its title, the words of it, its digest. Pure; the same for a probe and for a control.

Only what both sides must compute alike lives here; what it means that they differ is a judge's work.
"""

import hashlib
import re

TITLE = re.compile(rb"<title>([^<]{1,2048})</title>", re.IGNORECASE)
"""As OONI's client finds it (measurexlite/web.go): no attributes, nothing nested."""

MAX_TITLE = 512
"""Characters; a longer title is none (measurexlite/web.go)."""

MIN_WORD = 5
"""Letters of a word that tells pages apart: the average of English, as OONI's analysis has it."""

MAX_WORDS = 32


def title_of(body: bytes) -> str:
    """The title of a page, empty when it has none; what is not UTF-8 in it is replaced."""
    found = TITLE.search(body)
    title = found[1].decode("utf-8", "replace") if found else ""
    return title if len(title) <= MAX_TITLE else ""


def title_words(title: str) -> list[str]:
    """The words of `title` that tell pages apart: lower case, in their order, each once, 32 at most."""
    words = (word for word in title.lower().split() if len(word) >= MIN_WORD)
    return list(dict.fromkeys(words))[:MAX_WORDS]


def digest_of(body: bytes) -> str:
    """The SHA-256 of `body`, hexadecimal."""
    return hashlib.sha256(body).hexdigest()
