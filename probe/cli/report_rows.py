"""What a report asks of a store, question after question, and the answers as rows for `probe.report.page.assemble`.

Counting is `probe.store.query`'s; here are only the questions that a page has beside it: the rows since the last change
at each place, a few records of each, and what the data can carry.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis

from probe.report.page.assemble import Answers, histories_of, host_states
from probe.report.page.choose import (
    ASN,
    COUNTRY,
    DAY,
    Place,
    Row,
    choose,
    last_changes,
    network_of,
    suspects,
    tally_of,
)
from probe.report.page.content import Quality, Refused
from probe.report.statistics.change import Change
from probe.report.statistics.floor import enough
from probe.store import query
from probe.store.engines import Tables, open_engine
from probe.store.layout import QUARANTINE, Store

NETWORK = (COUNTRY, ASN)
MAX_RECORDS = 3
"""Records of one place with the same verdict."""
RECENT = timedelta(days=28)
"""What of a long time is looked at by itself: a block that began last week is a small share of a year."""
MAX_REFUSED = 10
MAX_FEW = 12
MAX_VERSIONS = 8
SHORT = 16
"""Digits of a source's digest in a measurement."""
UNREADABLE = "this line of the quarantine itself cannot be read"
RECORD = ("measurement_uid", "measurement_start_time", "input", "domain", "status", "mechanism", "confidence", "source", "source_line")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bounds:
    """Days (both included), and hosts whose history is wanted."""

    since: date | None = None
    until: date | None = None
    targets: tuple[str, ...] = ()


def ask(store: Store, bounds: Bounds) -> tuple[Answers, Quality] | None:
    """All that a report needs; None: there is no measurement with a verdict. Raises `StoreError`."""
    with open_engine("duckdb", store) as tables:
        return _Asking(tables, bounds).answers(store)


class _Asking:
    """An open store and the rows that are asked about, with what failed worldwide as down."""

    def __init__(self, tables: Tables, bounds: Bounds) -> None:
        self._tables, self._bounds = tables, bounds
        rows = query.within(query.plain(tables.measurements), bounds.since, bounds.until)
        rows = rows.mutate(probe_cc=(rows.probe_cc == "").ifelse("ZZ", rows.probe_cc))
        self._all = rows.filter(rows.status != "")
        self._rows = query.sound(self._all, query.plain(tables.measurements))

    def answers(self, store: Store) -> tuple[Answers, Quality] | None:
        """Ask everything."""
        total = self._run(query.counts(self._rows, ()))
        if not total or not total[0]["n"]:
            return None
        days = self._run(self._rows.aggregate(first=self._rows[DAY].min(), last=self._rows[DAY].max()))[0]
        networks = self._run(query.counts(self._rows, NETWORK))
        files, sources = _sources(store)
        answers = self._matrix(networks, days["first"], days["last"], total[0])
        answers = replace(answers, files=files, targets=self._bounds.targets)
        shown = histories_of(host_states(answers), self._bounds.targets)
        answers = replace(answers, host_days=self._host_days([one.domain for one in shown]))
        return answers, self._quality(networks, int(total[0]["down"]), sources, _refused(store))

    def _run(self, expression: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - an Ibis table
        rows: list[dict[str, Any]] = self._tables.run(expression).to_pylist()
        return rows

    def _matrix(self, networks: Sequence[Row], first: date, last: date, total: Row) -> Answers:
        platforms = self._run(query.counts(self._rows, ("platform",)))
        by = "platform" if any(row["platform"] for row in platforms) else "domain"
        subjects = platforms if by == "platform" else self._run(query.counts(self._rows, ("domain",)))
        chosen = choose(networks, subjects, by)
        rows = self._rows.filter(self._rows[ASN].isin([network.asn for network in chosen.networks]))
        shown, places = rows.filter(rows[by].isin(chosen.subjects)), (DAY, *NETWORK, by)
        daily = self._run(query.counts(shown, places))
        changes = last_changes(daily, self._run(query.mechanisms(shown, places)), by)
        current = _since(shown, changes, by)
        others, other_changes = self._others(
            rows.filter(rows[by].notin(chosen.subjects) & (rows.domain != "")), last
        )
        return Answers(
            by=by,
            chosen=chosen,
            first=first,
            last=last,
            total=tally_of(total),
            networks_total=len(networks),
            changes=changes,
            daily=daily,
            current=self._run(query.counts(current, (*NETWORK, by))),
            hosts=self._run(query.counts(current, list(dict.fromkeys((*NETWORK, by, "domain"))))),
            mechanisms=self._run(query.mechanisms(current, (*NETWORK, by))),
            others=others,
            other_changes=other_changes,
            records=self._run(_few_of_each(current, by)),
        )

    def _others(self, rows: Any, last: date) -> tuple[list[Row], dict[Place, Change]]:  # noqa: ANN401 - an Ibis table
        """Hosts of no subject, each since its own last change; only suspects are looked at day by day."""
        by = (*NETWORK, "domain")
        whole = self._run(query.counts(rows, by))
        recent = self._run(query.counts(rows.filter(rows[DAY] > last - RECENT), by))
        places = suspects(whole, recent)
        seen = rows.filter(rows.domain.isin(sorted({domain for _, domain in places})))
        daily = self._run(query.counts(seen, (DAY, *by))) if places else []
        parts = self._run(query.mechanisms(seen, (DAY, *by))) if places else []
        turned = last_changes(daily, parts, "domain")
        changes = {place: change for place, change in turned.items() if place in places}
        if not changes:
            return list(whole), {}
        now = self._run(query.counts(_since(seen, changes, "domain"), by))
        kept = [row for row in whole if (network_of(row), str(row["domain"])) not in changes]
        fresh = [row for row in now if (network_of(row), str(row["domain"])) in changes]
        return [*kept, *fresh], changes

    def _host_days(self, domains: Sequence[str]) -> list[dict[str, Any]]:
        rows = self._rows.filter(self._rows.domain.isin(list(dict.fromkeys(domains))))
        return self._run(query.counts(rows, (DAY, *NETWORK, "domain"))) if domains else []

    def _quality(
        self, networks: Sequence[Row], down: int, sources: Mapping[str, int], refused: Sequence[Refused]
    ) -> Quality:
        """`down`: how many count as down, with those that failed worldwide; those that were judged so are taken from it."""
        rows = self._all
        clean = ~rows.contaminated
        found = self._run(
            rows.aggregate(
                n=rows.count(),
                contaminated=rows.count(where=rows.contaminated),
                inconclusive=rows.count(where=clean & (rows.status == "inconclusive")),
                worldwide_down=down - rows.count(where=clean & (rows.status == "down")),
                uncontrolled=rows.count(where=rows.control.fill_null("none") == "none"),
                unknown_network=rows.count(where=rows[ASN] == 0),
                rejudged=rows.count(
                    where=rows.recorded_status.notnull() & (rows.recorded_status != rows.status)
                ),
            )
        )[0]
        few = sorted(
            (row for row in networks if not enough(row["usable"], row["runs"])),
            key=lambda row: -int(row["n"]),
        )
        return Quality(
            **{name: int(value) for name, value in found.items()},
            files=sources["files"],
            refused_lines=sources["quarantined"],
            refused=tuple(refused),
            few=tuple((network_of(row), int(row["runs"]), int(row["usable"])) for row in few[:MAX_FEW]),
            few_total=len(few),
            rulesets=self._names("ruleset"),
            software=self._names("software_name", "software_version"),
        )

    def _names(self, *columns: str) -> tuple[str, ...]:
        """Values of `columns` together, the most frequent first."""
        counted = self._all.group_by(list(columns)).aggregate(n=self._all.count())
        rows = self._run(counted.order_by([ibis.desc("n"), *columns]).limit(MAX_VERSIONS))
        return tuple(" ".join(str(row[column] or "?") for column in columns) for row in rows)


def _since(rows: Any, changes: Mapping[Place, Change], by: str) -> Any:  # noqa: ANN401 - Ibis tables
    """The rows without those before the last change at their place."""
    before = [
        (rows[COUNTRY] == network.country)
        & (rows[ASN] == network.asn)
        & (rows[by] == subject)
        & (rows[DAY] < change.after.first)
        for (network, subject), change in changes.items()
    ]
    return rows.filter(~ibis.or_(*before)) if before else rows


def _few_of_each(rows: Any, by: str) -> Any:  # noqa: ANN401 - as above
    """The newest records of each place and verdict."""
    window = ibis.window(
        group_by=[*NETWORK, by, "status"], order_by=[ibis.desc("measurement_start_time"), "measurement_uid"]
    )
    columns = dict.fromkeys((*NETWORK, by, *RECORD))
    numbered = rows.select(*columns, place=ibis.row_number().over(window))
    return (
        numbered.filter(numbered.place < MAX_RECORDS)
        .order_by([*NETWORK, by, "status", "place"])
        .drop("place")
    )


def _sources(store: Store) -> tuple[dict[str, str], dict[str, int]]:
    """Names of the ingested files by the digits that measurements have of their digests; and what was counted."""
    names, counted = dict[str, str](), {"files": 0, "quarantined": 0}
    for table in store.sources(["source", "name", "quarantined"]):
        for row in table.to_pylist():
            names[str(row["source"])[:SHORT]] = str(row["name"])
            counted["files"] += 1
            counted["quarantined"] += int(row["quarantined"] or 0)
    return names, counted


def _refused(store: Store) -> list[Refused]:
    """The first refused lines, of a store on a disk."""
    if store.place.disk is None:
        return []
    found = list[Refused]()
    for file in sorted((store.place.disk / QUARANTINE).glob("*.jsonl")):
        found += list(_lines(file, MAX_REFUSED - len(found)))
        if len(found) >= MAX_REFUSED:
            break
    return found


def _lines(file: Path, most: int) -> Iterator[Refused]:
    with file.open("rb") as lines:
        for number, line in zip(range(1, most + 1), lines, strict=False):
            try:
                entry = json.loads(line)
                found = Refused(Path(entry["file"]).name, int(entry["line"]), str(entry["reason"]))
            except (ValueError, KeyError, TypeError, RecursionError):
                found = Refused(f"{QUARANTINE}/{file.name}", number, UNREADABLE)
            yield found
