"""What else than the network differs between the sides, and could be the reason for what changed. Named once, with values.

A confound that is the same on all sides is named too where it makes every verdict weaker: no control, a proxy set.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from probe.record.verdict import ControlKind
from probe.report.compare.row import Row
from probe.report.compare.seen import TUNNEL_RULE, is_problem

Values = tuple[str, ...]

STALE = 7 * 86_400.0
"""Seconds; the judge's own bound for a control that proves (probe/judge/control_view.py)."""

LATE = 100.0
"""Milliseconds of the event loop's delay, as the median of each measurement's p99, above which times are our own queueing."""

VPN = "vpn"
"""The type of network that OONI's clients write for any tunnel."""

MAX_VALUES = 20
"""Values that are named of each side; files of a thousand volunteers have as many resolvers."""


class ConfoundKind(StrEnum):
    """What differs, the most important first."""

    NETWORK = "network"
    NETWORK_TYPE = "network_type"
    TUNNEL = "tunnel"
    PROXIES = "proxies"
    CONTROL = "control"
    STALE_CONTROL = "stale_control"
    RESOLVERS = "resolvers"
    DOH = "doh"
    LIST = "list"
    SOFTWARE = "software"
    RULESET = "ruleset"
    ROOTS = "roots"
    TLS = "tls"
    LATENESS = "lateness"


@dataclass(frozen=True, slots=True)
class Confound:
    """The values of each side, sorted; `more`: how many there are beyond those that are named."""

    kind: ConfoundKind
    values: tuple[Values, ...]
    more: tuple[int, ...]

    @property
    def differs(self) -> bool:
        """Whether the sides are not alike in it."""
        return len({*zip(self.values, self.more, strict=True)}) > 1


def confounds(sides: Sequence[Sequence[Row]]) -> tuple[Confound, ...]:
    """All that differ, and those that matter although they do not."""
    sides = [[row for row in rows if not is_problem(row)] for rows in sides]
    found = []
    for kind, values_of in VALUES.items():
        values = [tuple(sorted(values_of(rows))) for rows in sides]
        if len(set(values)) > 1 or (kind in ALWAYS and any(_matters(kind, one) for one in values)):
            more = tuple(max(0, len(one) - MAX_VALUES) for one in values)
            found.append(Confound(kind, tuple(one[:MAX_VALUES] for one in values), more))
    return tuple(found)


ALWAYS = frozenset({
    ConfoundKind.TUNNEL, ConfoundKind.PROXIES, ConfoundKind.CONTROL, ConfoundKind.STALE_CONTROL, ConfoundKind.LATENESS,
})  # fmt: skip


def _matters(kind: ConfoundKind, values: Values) -> bool:
    return ControlKind.NONE.value in values if kind is ConfoundKind.CONTROL else bool(values)


def _settings(rows: Iterable[Row], value: Callable[[Row], Iterable[str]]) -> set[str]:
    """Over the distinct settings: there are few, and rows of one run share one object."""
    distinct = {id(row.settings): row for row in rows}
    return {text for row in distinct.values() for text in value(row) if text}


def _list(row: Row) -> tuple[str]:
    settings = row.settings
    return (f"{settings.list_name} {settings.list_sha256[:12]}".strip(),)


def _tunnels(rows: Sequence[Row]) -> set[str]:
    """Addresses that were a tunnel's, and what whoever measured says."""
    said = _settings(rows, lambda row: (row.settings.network_type,)) & {VPN}
    return said | {row.detail or "" for row in rows if row.rule == TUNNEL_RULE}


def _stale(rows: Iterable[Row]) -> set[str]:
    ages = [abs(row.control_age) for row in rows if row.control_age is not None]
    oldest = max(ages, default=0.0)
    return {f"{oldest / 86_400:.0f} d"} if oldest > STALE else set()


def _late(rows: Iterable[Row]) -> set[str]:
    delays = [row.lateness for row in rows if row.lateness is not None]
    middle = median(delays) if delays else 0.0
    return {f"{middle:.0f} ms"} if middle > LATE else set()


VALUES: dict[ConfoundKind, Callable[[Sequence[Row]], set[str]]] = {
    ConfoundKind.NETWORK: lambda rows: {" ".join(row.network) for row in rows},
    ConfoundKind.NETWORK_TYPE: lambda rows: _settings(rows, lambda row: (row.settings.network_type,)),
    ConfoundKind.TUNNEL: _tunnels,
    ConfoundKind.PROXIES: lambda rows: _settings(rows, lambda row: row.settings.proxies),
    ConfoundKind.CONTROL: lambda rows: {row.control.value for row in rows if row.status is not None},
    ConfoundKind.STALE_CONTROL: _stale,
    ConfoundKind.RESOLVERS: lambda rows: _settings(rows, lambda row: row.settings.resolvers),
    ConfoundKind.DOH: lambda rows: _settings(rows, lambda row: row.settings.dohs),
    ConfoundKind.LIST: lambda rows: _settings(rows, _list),
    ConfoundKind.SOFTWARE: lambda rows: _settings(rows, lambda row: (row.settings.software,)),
    ConfoundKind.RULESET: lambda rows: _settings(rows, lambda row: (row.settings.ruleset,)),
    ConfoundKind.ROOTS: lambda rows: _settings(rows, lambda row: (row.settings.roots,)),
    ConfoundKind.TLS: lambda rows: _settings(rows, lambda row: (row.settings.tls,)),
    ConfoundKind.LATENESS: _late,
}
