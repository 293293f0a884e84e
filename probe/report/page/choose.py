"""What a page has room for, and since when each of its cells is as it is: the first look at the counted rows.

`Row` is one row of an answer of the store: column → value, with the counts of `Tally` by their names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from probe.report.page.content import Bins, Network, Omitted, Since, Tally
from probe.report.page.state import ACCIDENTS, share_of
from probe.report.statistics.change import Change
from probe.report.statistics.series import changes

DAY, COUNTRY, ASN = "measurement_start_day", "probe_cc", "probe_asn"

MAX_NETWORKS = 20
MAX_SUBJECTS = 8
MAX_SUSPECTS = 300
"""Hosts whose days are looked at one by one."""
MAX_NAMES = 5
"""Names given of what is left out."""

MAX_BINS = 100
BINS = (1, 7, 14, 28, 91, 364)
"""Days in a bin; the shortest that gives no more than `MAX_BINS`."""

Row = Mapping[str, Any]
Place = tuple[Network, str]
COUNTED = tuple(field.name for field in fields(Tally))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows and columns of the matrix, and what is left out of it."""

    networks: tuple[Network, ...]
    subjects: tuple[str, ...]
    omitted_networks: Omitted
    omitted_subjects: Omitted


def tally_of(row: Row) -> Tally:
    """The counts of a row."""
    return Tally(**{name: int(row[name]) for name in COUNTED})


def add(one: Tally, other: Tally) -> Tally:
    """Both together; runs too, so the sum is right only where no run is in both."""
    return Tally(*(getattr(one, name) + getattr(other, name) for name in COUNTED))


def network_of(row: Row) -> Network:
    """The network of a row; what is missing is not known."""
    return Network(row[COUNTRY] or "ZZ", int(row[ASN] or 0))


def choose(networks: Iterable[Row], subjects: Iterable[Row], by: str) -> Chosen:
    """The networks and subjects measured most. `by`: the subjects' column; the empty subject is none."""
    ranked = sorted(networks, key=lambda row: (-int(row["n"]), *_key(network_of(row))))
    kept = sorted((network_of(row) for row in ranked[:MAX_NETWORKS]), key=_key)
    left = [network_of(row) for row in ranked[MAX_NETWORKS:]]
    named = sorted((row for row in subjects if row[by]), key=lambda row: (-int(row["n"]), str(row[by])))
    found = [str(row[by]) for row in named]
    return Chosen(
        tuple(kept),
        tuple(sorted(found[:MAX_SUBJECTS], key=str.lower)),
        Omitted(tuple(f"AS{one.asn} ({one.country})" for one in left[:MAX_NAMES]), len(left)),
        Omitted(tuple(found[MAX_SUBJECTS:][:MAX_NAMES]), len(found[MAX_SUBJECTS:])),
    )


def _key(network: Network) -> tuple[str, int]:
    return network.country, network.asn


def last_changes(daily: Iterable[Row], parts: Iterable[Row], by: str) -> dict[Place, Change]:
    """The last change at each place of `daily`, the rows by day, network and subject; `parts`: these by mechanism too."""
    found = changes(daily, (COUNTRY, ASN, by), parts)
    return {
        (network_of({COUNTRY: country, ASN: asn}), str(subject or "")): turns[-1]
        for (country, asn, subject), turns in found.items()
    }


def suspects(rows: Iterable[Row], recent: Iterable[Row]) -> list[Place]:
    """Hosts worth a look day by day: interference beyond accidents in `rows`, or in half of the `recent` ones; most first."""
    found: dict[Place, int] = {}
    for counted, least in ((rows, ACCIDENTS), (recent, 0.0)):
        for row in counted:
            tally = tally_of(row)
            share = share_of(tally.interfered, tally.usable)
            if share.low > least and (least or 2 * tally.interfered >= tally.usable):
                place = network_of(row), str(row["domain"])
                found[place] = max(found.get(place, 0), tally.interfered)
    return sorted(found, key=lambda place: (-found[place], place[1], _key(place[0])))[:MAX_SUSPECTS]


def since_of(change: Change) -> Since:
    """A change as the page tells it."""
    before = share_of(change.before.blocked, change.before.n)
    worse = change.after.share > change.before.share
    return Since(change.day, change.low, change.high, worse, before)


def bins_of(first: date, last: date, most: int = MAX_BINS) -> Bins:
    """The time axis from `first` to `last`, in at most `most` bins."""
    total = (last - first).days + 1
    days = next((one for one in BINS if -(-total // one) <= most), -(-total // most))
    return Bins(first, last, days, -(-total // days))


def place_of(day: date, bins: Bins) -> int:
    """The bin `day` is in."""
    return (day - bins.first).days // bins.days


def last_days(daily: Iterable[Row], by: str) -> dict[Place, date]:
    """The last day measured at each place."""
    found: dict[Place, date] = {}
    for row in daily:
        place = network_of(row), str(row[by] or "")
        found[place] = max(found.get(place, row[DAY]), row[DAY])
    return found
