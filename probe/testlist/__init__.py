"""Test lists: bytes of a list → targets, plus every line that is none, with its number and the reason.

Nothing is ever dropped in silence and nothing here raises on what a list holds. No network, no clock.
"""

from probe.testlist.bundled import ListNotFoundError, bundled_names, load, load_bundled
from probe.testlist.combine import combine, from_url
from probe.testlist.entry import Rejected, Target, TestList
from probe.testlist.parse import parse
from probe.testlist.url import BadUrlError, normalise

__all__ = [
    "BadUrlError",
    "ListNotFoundError",
    "Rejected",
    "Target",
    "TestList",
    "bundled_names",
    "combine",
    "from_url",
    "load",
    "load_bundled",
    "normalise",
    "parse",
]
