"""What is known beforehand: block pages, refusals of servers, forged answers. Whether one counts is for the rules.

They must see to this, which the tables cannot:
- A block page under a valid certificate of the asked name is not the network's doing.
- A refusal counts only where the certificate of the asked name was valid, or where the control sees the same
  over plain HTTP. Otherwise it is a page like any other.
- Block pages are asked first: providers answer with 403 and 451 too, which also are refusals.
- A forged answer counts only for a public name, and only if unrelated names did not get the same answer.
- What is `weak` supports and never decides. `product`, `opt_in` and `institution` block, but no country does.
- Nothing known proves nothing: half of the patterns for block pages were written without a sample at hand.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Self

from probe.judge.addresses import Special, SpecialNetworks
from probe.judge.foreign import RejectedRow, load
from probe.judge.forged import Forged, ForgedAnswers
from probe.judge.page import Header, Page, header_of, parse_message
from probe.judge.pattern import Literal, Pattern, expression
from probe.judge.signature import Kind, Match, Refusal, Scope, Signature, SignatureIndex
from probe.judge.tables import packaged_bytes, packaged_rows

TABLES = ("block_pages.csv", "server_refusals.csv", "injected_dns.csv", "public_networks.csv")
ANCHOR_SEPARATOR = "¶"
"""Between the anchors of one pattern, in the packaged tables."""

ORDER = list(Kind)

MOST = 16
"""Matches after which a page is known well enough: no true page has as many, one made to cost time may."""

Indexes = tuple[tuple[str, str | None, SignatureIndex], ...]
"""Where to look, which header that is if it is one, and for what."""


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprints:
    """All that is known: made once by `packaged`, handed to whoever judges.

    `rejected`: rows of the user's files that are not used. `digest`: 16 hexadecimal digits that are the same
    for the same tables and files, so that two verdicts can be told to rest on the same knowledge.
    """

    signatures: tuple[Signature, ...]
    forged: ForgedAnswers
    networks: SpecialNetworks
    digest: str
    rejected: tuple[RejectedRow, ...] = ()
    _indexes: Indexes = field(init=False, repr=False)
    _of_refusals: Indexes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        refusals = (one for one in self.signatures if one.match.kind is Kind.REFUSAL)
        object.__setattr__(self, "_indexes", _indexed(self.signatures))
        object.__setattr__(self, "_of_refusals", _indexed(refusals))

    @classmethod
    def packaged(cls) -> Self:
        """The tables that are shipped."""
        signatures = [*map(_block_page, packaged_rows(TABLES[0])), *map(_refusal, packaged_rows(TABLES[1]))]
        digest = _digest(map(packaged_bytes, TABLES))
        return cls(tuple(signatures), ForgedAnswers.packaged(), SpecialNetworks.packaged(), digest)

    def extended(self, paths: Sequence[Path]) -> "Fingerprints":
        """These, and what stands in the files at `paths` (see `foreign.py`); raises `FingerprintFileError`.

        Rows that cannot be used are in `rejected`.
        """
        loaded = [load(path) for path in paths]
        lists = [read for read, _ in loaded]
        return Fingerprints(
            (*self.signatures, *(signature for read in lists for signature in read.signatures)),
            self.forged.extended(forged for read in lists for forged in read.forged),
            self.networks,
            _digest([self.digest.encode(), *(data for _, data in loaded)]),
            (*self.rejected, *(row for read in lists for row in read.rejected)),
        )

    def match_page(self, status: int | None, headers: Sequence[Header], body: bytes) -> list[Match]:
        """What the answer is known as: block pages, then refusals, then harmless pages; the surer first.

        `headers` as they came, a name as often as it came; `body` without transfer and content codings. Any
        status, any bytes; never raises. A harmless page by the user's own lists is no block page by them.
        """
        found = dict.fromkeys(_look(self._indexes, status, headers, body))
        if any(match.kind is Kind.HARMLESS for match in found):
            found = {match: None for match in found if not (match.foreign and match.kind is Kind.BLOCK_PAGE)}
        return sorted(found, key=lambda match: (ORDER.index(match.kind), match.weak, match.foreign))

    def match_refusals(self, status: int | None, headers: Sequence[Header], body: bytes) -> list[Match]:
        """The refusals alone, for an answer that nobody but the site's own side can have given."""
        found = dict.fromkeys(_look(self._of_refusals, status, headers, body))
        return sorted(found, key=lambda match: (match.weak, match.foreign))

    def match_message(self, data: bytes) -> list[Match]:
        """The same for raw bytes that came where no HTTP answer was expected, as in reply to a ClientHello."""
        return self.match_page(*parse_message(data))

    def forged_address(self, address: str, country: str | None = None) -> Forged | None:
        """What is known of an address in an answer; of several countries that of `country` is preferred."""
        return self.forged.by_address(address, country)

    def forged_name(self, name: str) -> Forged | None:
        """What is known of the target of a CNAME in an answer."""
        return self.forged.by_name(name)

    def bogon(self, address: str) -> Special | None:
        """Why no public host answers from `address`; None when one may, or when the text is no address."""
        return self.networks.bogon(address)


def _indexed(signatures: Iterable[Signature]) -> Indexes:
    places: defaultdict[tuple[str, bool], list[Signature]] = defaultdict(list)
    for signature in signatures:
        places[signature.place, signature.raw].append(signature)
    return tuple((place, header_of(place), SignatureIndex(found)) for (place, _), found in places.items())


def _look(indexes: Indexes, status: int | None, headers: Sequence[Header], body: bytes) -> list[Match]:
    page, found = Page(status, headers, body), list[Match]()
    for place, header, index in indexes:
        if header is None or header in page.by_name:
            for view in page.views(place):
                found += islice(index.found_in(view, status), MOST - len(found))
    return found


def _digest(parts: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:16]


def _block_page(row: dict[str, str]) -> Signature:
    match = Match(
        kind=Kind.BLOCK_PAGE,
        id=row["id"],
        title=row["title"],
        source=row["source"],
        country=row["country"] or None,
        scope=Scope(row["scope"]),
    )
    return Signature(match, row["where"], _pattern(row), longest=int(row["longest"] or 0))


def _refusal(row: dict[str, str]) -> Signature:
    match = Match(
        kind=Kind.REFUSAL,
        id=row["id"],
        title=row["vendor"],
        source=row["source"],
        vendor=row["vendor"],
        meaning=Refusal(row["meaning"]),
    )
    statuses = frozenset(int(code) for code in row["status"].split("|") if code)
    return Signature(match, row["where"], _pattern(row), statuses, int(row["longest"] or 0))


def _pattern(row: dict[str, str]) -> Pattern:
    if row["match"] == "literal":
        return Literal(row["pattern"])
    anchors = tuple(filter(None, row["anchors"].split(ANCHOR_SEPARATOR)))
    return expression(row["pattern"], anchors, int(row["reach"] or 0))
