"""Several lists and single URLs as one, without measuring anything twice."""

import hashlib
from collections.abc import Sequence

from probe.testlist.entry import Rejected, Target, TestList
from probe.testlist.parse import shorten
from probe.testlist.url import BadUrlError, normalise

COMMAND_LINE = "command line"


def combine(lists: Sequence[TestList]) -> TestList:
    """One list of all entries in order; an entry that an earlier list has is rejected by name and line."""
    seen: dict[str, Target] = {}
    rejected = [entry for each in lists for entry in each.rejected]
    for target in (target for each in lists for target in each.targets):
        first = seen.setdefault(target.url, target)
        if first is not target:
            reason = f"duplicate of {first.list_name}:{first.line}"
            rejected.append(Rejected(target.list_name, target.line, shorten(target.url), reason))
    name = ", ".join(dict.fromkeys(each.name for each in lists))
    sha256 = hashlib.sha256("".join(each.sha256 for each in lists).encode()).hexdigest()
    return TestList(name, sha256, tuple(seen.values()), tuple(rejected))


def from_url(url: str) -> Target | Rejected:
    """A URL given on the command line."""
    try:
        normal = normalise(url.strip())
    except BadUrlError as error:
        return Rejected(COMMAND_LINE, 1, shorten(url), str(error))
    return Target(
        normal, None, None, None, COMMAND_LINE, hashlib.sha256(url.encode("utf-8", "replace")).hexdigest(), 1
    )
