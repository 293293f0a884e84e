"""Known forged answers: addresses and names that censors, filters and habits put in the place of the true ones.

A known answer counts only if the name is public and unrelated names did not get the same: otherwise a captive
portal, a local tunnel or a filter that the user chose is the likelier reason. One address for several
unrelated names is better proof than this list. No list can know China's forgeries, which are true
addresses of strangers; `2001::/32` for AAAA is the exception.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Self

from probe.judge.addresses import LONGEST, REMEMBERED, PrefixTable, parse_address
from probe.judge.tables import packaged_rows


class Forgery(StrEnum):
    """What stands behind a forged answer.

    `rewritten` is a true address of the same operator that enforces safe search: reachable, and no block.
    """

    BLOCK_PAGE = "block_page"
    SINKHOLE = "sinkhole"
    BOGON = "bogon"
    REWRITTEN = "rewritten"


class Confidence(StrEnum):
    """How well a forged answer is known.

    confirmed: seen by two projects, or once, dated and public, and the address is still its operator's.
    likely: supports, never decides. weak: likely, and the address is shared or was forged long ago only.
    """

    CONFIRMED = "confirmed"
    LIKELY = "likely"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class Forged:
    """One known answer: an address, a network (CIDR) or, from a CNAME, a name.

    `country`: ISO 3166, None when it is a product's or is found anywhere. `first_seen`: the earliest dated
    sighting, as YYYY, YYYY-MM or YYYY-MM-DD.
    """

    answer: str
    meaning: Forgery
    confidence: Confidence
    country: str | None
    first_seen: str | None
    source: str


class ForgedAnswers:
    """Known forged answers, by address and by name; `packaged()` makes one."""

    def __init__(self, rows: Iterable[Forged]) -> None:
        """`rows`: addresses, networks and names; among equals the earlier comes first."""
        self._rows = tuple(rows)
        self._addresses = PrefixTable((row.answer, row) for row in self._rows if _is_network(row.answer))
        self._names: dict[str, Forged] = {}
        for row in self._rows:
            if not _is_network(row.answer):
                self._names.setdefault(row.answer, row)
        self._known = lru_cache(maxsize=REMEMBERED)(self._look)

    @classmethod
    def packaged(cls) -> Self:
        """The table that is shipped."""
        return cls(map(_from_row, packaged_rows("injected_dns.csv")))

    def extended(self, rows: Iterable[Forged]) -> "ForgedAnswers":
        """These and `rows`; ours come first."""
        return ForgedAnswers((*self._rows, *rows))

    def by_address(self, address: str, country: str | None = None) -> Forged | None:
        """What is known of `address`: the narrowest network, there the row of `country`, else one of no country."""
        return self._known(address, country) if len(address) <= LONGEST else None

    def _look(self, address: str, country: str | None) -> Forged | None:
        parsed = parse_address(address)
        if parsed is None:
            return None
        found = list(self._addresses.covering(parsed))
        same = [row for row in found if row.answer == found[0].answer]
        return min(same, key=lambda row: (row.country != country, row.country is not None), default=None)

    def by_name(self, name: str) -> Forged | None:
        """What is known of `name`, the target of a CNAME; upper case and a last dot do not matter."""
        return self._names.get(name.lower().rstrip("."))


def _is_network(text: str) -> bool:
    return parse_address(text.partition("/")[0]) is not None


def _from_row(row: dict[str, str]) -> Forged:
    return Forged(
        answer=row["answer"],
        meaning=Forgery(row["meaning"]),
        confidence=Confidence(row["confidence"]),
        country=row["country"] or None,
        first_seen=row["first_seen"] or None,
        source=row["source"],
    )
