"""Every question that is put to a store, as Ibis expressions: the same on each engine, and no SQL.

Nothing runs here: an expression goes to `engines`. Shares and intervals are made of the small result, by `report.statistics`.
Not used, because engines answer differently: lag, approx_nunique, quantile, host, as_timestamp. A missing text counts as "", a
missing number as 0: engines sort and join nulls each in their own way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from probe.store.columns import MEASUREMENTS
from probe.store.rows import domain_of

DAY = "measurement_start_day"
MONTH = "month"

NAMES: Mapping[str, str] = MappingProxyType({
    "day": DAY,
    "month": MONTH,
    "country": "probe_cc",
    "asn": "probe_asn",
    "platform": "platform",
    "domain": "domain",
    "category": "category_code",
    "layer": "layer",
    "mechanism": "mechanism",
    "input": "input",
    "role": "role",
    "list": "list_name",
    "test": "test_name",
    "software": "software_name",
})  # fmt: skip
"""What may be grouped by: short name → column."""

TARGETS = ("platform", "domain", "category", "input", "role", "list")
"""What names a target. Rows without have nothing in common, so that they are counted, and not compared as one."""

OUTCOMES = ("layer", "mechanism")
"""Known of interference only: its share is of all usable measurements of the place."""

USABLE = ("reachable", "blocked", "throttled", "refused")
"""What answers whether the network lets the target pass. `refused`: it does, and the server will not. The rest does not say."""

INTERFERED = ("blocked", "throttled")
"""What the network did. Shares, changes and contrasts are of these together."""

STATUSES = ("reachable", "blocked", "throttled", "down", "refused", "inconclusive")

WORKS_ELSEWHERE = 2
"""Countries where a target used to work and does not today, when it works nowhere: then the target is down, and no network's doing."""

MAX_BY = 10
MAX_WHERE = 200
MAX_INT = 2**32 - 1
"""AS numbers have 32 bits."""

CAPITALS, SMALL = ("country", "category"), ("platform", "layer", "mechanism", "test")
"""Names whose values have one case in the store, so that any case may be typed."""


class QuestionError(ValueError):
    """A question that cannot be put. `near`: the right name most like the wrong one."""

    def __init__(self, message: str, near: str | None = None) -> None:
        super().__init__(message)
        self.near = near


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: groups by their short names, days (both included), values to keep per short name.

    worldwide: count what failed everywhere on a day as if it were each network's doing. Raises `QuestionError`.
    """

    by: tuple[str, ...]
    since: date | None = None
    until: date | None = None
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    worldwide: bool = False

    def __post_init__(self) -> None:
        """Refuses what cannot be asked."""
        for name in (*self.by, *self.where):
            column_of(name)
        if len(set(self.by)) != len(self.by) or len(self.by) > MAX_BY:
            raise QuestionError(f"at most {MAX_BY} groups, each once")
        if any(len(values) > MAX_WHERE for values in self.where.values()):
            raise QuestionError(f"at most {MAX_WHERE} values of a name")
        for name in self.where:
            if name in OUTCOMES and name not in self.by:
                raise QuestionError(
                    f"{name} can be chosen only when it is a group too: its share is of all measurements"
                )

    @property
    def columns(self) -> tuple[str, ...]:
        """The groups by their columns."""
        return tuple(NAMES[name] for name in self.by)

    @property
    def whole(self) -> "Question":
        """The same measurements, all in one group."""
        kept = {name: values for name, values in self.where.items() if name not in OUTCOMES}
        return replace(self, by=(), where=kept)

    def ask(self, measurements: Any) -> Any:  # noqa: ANN401 - an Ibis table, whose package may be missing
        """The answer as an expression, sorted by its groups: `counts`, or `mechanisms` when an outcome is asked for."""
        rows = self._rows(measurements)
        place = [NAMES[name] for name in self.by if name not in OUTCOMES]
        outcome = [name for name in self.by if name in OUTCOMES]
        answer = mechanisms(rows, place, outcome) if outcome else counts(rows, place)
        answer = where(answer, {name: self.where[name] for name in outcome if name in self.where})
        return answer.order_by(list(self.columns)) if self.by else answer

    def ask_ways(self, measurements: Any) -> Any:  # noqa: ANN401 - as above
        """The same groups by mechanism, where something interferes; only for groups that are no outcomes."""
        ways = mechanisms(self._rows(measurements), self.columns)
        return ways.order_by([*self.columns, "mechanism"])

    def _rows(self, measurements: Any) -> Any:  # noqa: ANN401 - as above
        rows = within(measurements, self.since, self.until)
        if not self.worldwide:
            rows = sound(rows, measurements)
        places = {name: values for name, values in self.where.items() if name not in OUTCOMES}
        return where(plain(rows), places)


def column_of(name: str) -> str:
    """The column of a short name. Raises `QuestionError` that names the nearest right one."""
    if name in NAMES:
        return NAMES[name]
    right = {column: short for short, column in NAMES.items()} | {short: short for short in NAMES}
    near = get_close_matches(name.lower(), right, n=1, cutoff=0.5)
    raise QuestionError(f"there is no {name!r} to group by", right[near[0]] if near else None)


def plain(measurements: Any) -> Any:  # noqa: ANN401 - as above
    """The rows without nulls in what is grouped, counted and joined by, and with the month."""
    texts = (*(column for column in NAMES.values() if column != MONTH), "status", "confidence", "run_id")
    kinds = {"text": "", "int": 0}
    filled = {
        column: measurements[column].fill_null(kinds[MEASUREMENTS[column][0]])
        for column in texts
        if MEASUREMENTS[column][0] in kinds
    }
    return measurements.mutate(
        **filled,
        contaminated=measurements.contaminated.fill_null(False),  # noqa: FBT003 - Ibis' signature
        month=measurements[DAY].truncate("M").cast("date"),
    )


def within(measurements: Any, since: date | None, until: date | None) -> Any:  # noqa: ANN401 - as above
    """The rows of days from `since` to `until`, both included."""
    if since is not None:
        measurements = measurements.filter(measurements[DAY] >= since)
    if until is not None:
        measurements = measurements.filter(measurements[DAY] <= until)
    return measurements


def where(rows: Any, chosen: Mapping[str, Sequence[str]]) -> Any:  # noqa: ANN401 - as above
    """The rows with one of the values of each short name in `chosen`. Raises `QuestionError` for a value of the wrong kind."""
    for name, values in chosen.items():
        column = column_of(name)
        rows = rows.filter(rows[column].isin([value_of(name, value) for value in values]))
    return rows


def value_of(name: str, text: str) -> str | int | date:
    """`text` as the column of `name` has it: AS58224 is 58224, a month its first day, a country two capitals, a domain punycode.

    Raises `QuestionError` for what the column cannot hold.
    """
    column = column_of(name)
    kind = "date" if column == MONTH else MEASUREMENTS[column][0]
    try:
        if kind == "int":
            return _number(text)
        if kind == "date":
            return date.fromisoformat(f"{text}-01" if column == MONTH and text.count("-") == 1 else text)
    except ValueError:
        right = "a number like AS58224" if kind == "int" else "a date like 2026-11-24"
        raise QuestionError(f"{name}={text}: {right} is needed") from None
    if name == "domain":
        return domain_of(text) or text
    return text.upper() if name in CAPITALS else text.lower() if name in SMALL else text


def _number(text: str) -> int:
    """An AS number. Raises `ValueError`."""
    number = int(text.upper().removeprefix("AS"))
    if not 0 <= number <= MAX_INT:
        raise ValueError(f"{number} has more than 32 bits, or is below 0")
    return number


def _marks(rows: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Conditions by name, on `plain` rows: each status, and what else is counted."""
    clean = ~rows.contaminated
    marks = {status: clean & (rows.status == status) for status in STATUSES}
    return marks | {
        "usable": clean & rows.status.isin(USABLE),
        "interfered": clean & rows.status.isin(INTERFERED),
        "confirmed": marks["blocked"] & (rows.confidence == "confirmed"),
        "contaminated": rows.contaminated,
    }


def counts(measurements: Any, by: Sequence[str]) -> Any:  # noqa: ANN401 - as above
    """One row a group of the columns `by` (with none, one row), unsorted, and what was counted there.

    n: measurements. usable: those that answer whether the network lets the target pass (`USABLE`, not contaminated).
    runs, networks: distinct runs and AS numbers among the usable; a probe has no name in a record, so these stand for it.
    interfered: blocked or throttled, what shares are of. down_runs: distinct runs among the down.
    contaminated: came while an earlier block was still on. reachable, blocked, throttled, down, refused, inconclusive: by
    status, without the contaminated. confirmed: of the blocked.
    """
    rows = plain(measurements)
    marks = _marks(rows)
    tally = {
        "n": rows.count(),
        "runs": rows.run_id.nunique(where=marks["usable"]),
        "networks": rows.probe_asn.nunique(where=marks["usable"]),
        "down_runs": rows.run_id.nunique(where=marks["down"]),
    } | {name: rows.count(where=mark) for name, mark in marks.items()}
    grouped = rows.group_by(list(by)).aggregate(**tally) if by else rows.aggregate(**tally)
    order = (
        "n",
        "runs",
        "networks",
        "usable",
        "interfered",
        *STATUSES,
        "down_runs",
        "confirmed",
        "contaminated",
    )
    return grouped.select(*by, *(grouped[name].cast("int64").name(name) for name in order))


INTERFERENCE = ("interfered", *INTERFERED, "confirmed")
MEASURED = ("n", "runs", "networks", "usable")


def mechanisms(measurements: Any, by: Sequence[str], outcome: Sequence[str] = ("mechanism",)) -> Any:  # noqa: ANN401 - as above
    """One row a group of `by` and a way of interfering: interfered, blocked, throttled and confirmed in this way, unsorted.

    n, runs, networks, usable are those of the whole group, so that interfered / usable is a share of all that was measured there.
    Groups in which nothing interferes have no row.
    """
    rows = plain(measurements)
    marks = _marks(rows)
    parts = rows.filter(marks["interfered"])
    marks = _marks(parts)
    tally = {name: parts.count(where=marks[name]) for name in INTERFERENCE}
    parts = parts.group_by([*by, *outcome]).aggregate(**tally)
    groups = counts(measurements, by).select(*by, *MEASURED)
    joined = parts.join(groups, list(by)) if by else parts.cross_join(groups)
    return joined.select(
        *by,
        *outcome,
        *MEASURED,
        *(joined[name].cast("int64").name(name) for name in INTERFERENCE),
    )


def daily(measurements: Any, by: Sequence[str]) -> Any:  # noqa: ANN401 - as above
    """`counts` by day and the columns `by`, with what failed worldwide as `down`: rows for `statistics.series`."""
    return counts(sound(measurements), (DAY, *by)).order_by([*by, DAY])


def daily_ways(measurements: Any, by: Sequence[str]) -> Any:  # noqa: ANN401 - as above
    """`mechanisms` by day and the columns `by`, without what failed worldwide: rows for `statistics.series.ways`."""
    return mechanisms(sound(measurements), (DAY, *by)).order_by([*by, DAY, "mechanism"])


def sound(measurements: Any, seen: Any = None) -> Any:  # noqa: ANN401 - as above
    """The rows, with status `down` for those of `worldwide_down`, which is looked for in `seen` (default: the rows themselves)."""
    fallen = worldwide_down(measurements if seen is None else seen)
    fallen = fallen.select(fallen_day=fallen[DAY], fallen_domain=fallen.domain)
    rows = measurements.mutate(
        domain=measurements.domain.fill_null(""), status=measurements.status.fill_null("")
    )
    same = [rows[DAY] == fallen.fallen_day, rows.domain == fallen.fallen_domain]
    joined = rows.left_join(fallen, same)
    tried = joined.fallen_day.notnull() & joined.status.isin(USABLE)
    return joined.mutate(status=tried.ifelse("down", joined.status)).drop("fallen_day", "fallen_domain")


def worldwide_down(measurements: Any) -> Any:  # noqa: ANN401 - as above
    """(measurement_start_day, domain) of failures everywhere: no country reached it that day, and in two or more it used to work.

    "Used to work": until the last day on which it was reached, it was on at least half of the days the country measured it. So a
    site that is blocked in all countries that measure stays, also when the block lets some through: nothing there says that
    it ever worked. Unsorted; a missing domain is never among them.
    """
    rows = plain(measurements)
    rows = rows.filter(~rows.contaminated & rows.status.isin((*USABLE, "down")) & (rows.domain != ""))
    came = rows.status.isin(("reachable", "throttled", "refused"))
    days = rows.group_by([DAY, "domain", "probe_cc"]).aggregate(reached=came.cast("int64").max())
    last = days.group_by(["domain", "probe_cc"]).aggregate(last=days[DAY].max(where=days.reached == 1))
    held = days.join(last, ["domain", "probe_cc"])
    usual = held.group_by(["domain", "probe_cc"]).aggregate(
        tried=held.count(where=held[DAY] <= held["last"]), worked=held.reached.sum()
    )
    works = ((usual.worked > 0) & (usual.worked * 2 >= usual.tried)).cast("int64")
    known = days.join(usual.select("domain", "probe_cc", works=works), ["domain", "probe_cc"])
    world = known.group_by([DAY, "domain"]).aggregate(reached=known.reached.max(), lost=known.works.sum())
    return world.filter((world.reached == 0) & (world.lost >= WORKS_ELSEWHERE)).select(DAY, "domain")
