"""`probe aggregate outliers` and `shift`: one network against the others, and all networks before and after a day."""

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from probe.cli import querying
from probe.cli.querying import Engine, Format, Memory, Since, StoreDir, Until, Where
from probe.cli.say import say
from probe.cli.stop import DONE, stop
from probe.cli.words import query as words
from probe.report.statistics.floor import INSUFFICIENT, SUFFICIENT

if TYPE_CHECKING:
    from probe.report.statistics.cells import Common, Difference

NETWORKS = ("asn", "country")
NETWORK = ("probe_cc", "probe_asn")
"""The columns of one network: the number 0 is not known, and is not the same network in two countries."""
LEAST_P, ALMOST = 1e-4, 0.01

Cells = Annotated[str, typer.Option("--by", metavar="NAMES", help=words.BY_OUTLIERS)]
Targets = Annotated[str, typer.Option("--by", metavar="NAMES", help=words.BY_SHIFT)]
At = Annotated[str, typer.Option("--at", metavar="DAY", help=words.AT)]


def outliers(
    store: StoreDir,
    by: Cells = "asn,platform",
    engine: Engine = "duckdb",
    since: Since = None,
    until: Until = None,
    where: Where = None,
    form: Format = "table",
    memory: Memory = "1GB",
) -> None:
    """Cells that differ."""
    names = querying.names_of(by)
    networks = [name for name in names if name in NETWORKS]
    if len(networks) != 1 or not _are_targets(names, networks):
        stop(words.BAD_OUTLIERS.format(value=by))
    querying.need("numpy", "scipy")
    question = querying.question_of(by, since, until, where or (), worldwide=False)
    form = querying.form_of(form)
    (rows,) = querying.answers(store, engine, memory, question.ask)
    show_outliers(names, rows, form)
    raise typer.Exit(DONE)


def shift(
    store: StoreDir,
    at: At,
    by: Targets = "platform",
    engine: Engine = "duckdb",
    since: Since = None,
    until: Until = None,
    where: Where = None,
    form: Format = "table",
    memory: Memory = "1GB",
) -> None:
    """Targets before and after."""
    names, day = querying.names_of(by), querying.day_of("--at", at)
    if not _are_targets(names, ()) or day is None:
        stop(words.BAD_SHIFT.format(value=by))
    querying.need("numpy", "scipy", "statsmodels")
    question = querying.question_of(f"country,asn,{by}", since, until, where or (), worldwide=False)
    form = querying.form_of(form)
    eve = day - timedelta(days=1)
    before = replace(question, until=min(eve, question.until or eve))
    after = replace(question, since=max(day, question.since or day))
    rows = querying.answers(store, engine, memory, before.ask, after.ask)
    show_shift(names, day, rows, form)
    raise typer.Exit(DONE)


def _are_targets(names: tuple[str, ...], networks: Any) -> bool:  # noqa: ANN401 - any collection of names
    from probe.store.query import TARGETS

    rest = [name for name in names if name not in networks]
    return bool(rest) and all(name in TARGETS for name in rest)


def show_outliers(names: tuple[str, ...], rows: list[dict[str, Any]], form: str) -> None:
    """The cells that differ, the surest first."""
    from probe.cli import answering
    from probe.report.statistics.cells import differences
    from probe.report.statistics.contrast import against_others, names_all, split
    from probe.store.query import NAMES, TARGETS

    targets = [name for name in names if name in TARGETS]
    columns = [NAMES[name] for name in targets]
    named, unnamed = split(rows, lambda row: names_all(row, columns))
    cells, little = against_others(named, columns)
    tested = zip(differences([cell for _, cell in cells]), (row for row, _ in cells), strict=True)
    full = [
        {name: row[NAMES[name]] for name in names} | _difference(each)
        for each, row in sorted(tested, key=lambda pair: pair[0].p)
        if each.found
    ]
    counts = {"found": len(full), "cells": len(cells), "little": little}
    note = words.OUTLIERS_NOTE if full else words.NO_OUTLIERS
    if form == "json":
        answering.write_json({"by": names, **counts, "unnamed": unnamed, "rows": full})
    elif form == "csv":
        answering.write_csv(full, names, (*names, *OUTLIER_FIELDS))
    else:
        if full:
            lines = [answering.texts(names, row) | _outlier_cells(row) for row in full]
            answering.table(lines, names, words.OUTLIER_COLUMNS)
        say(note.format(**counts) + answering.unnamed_note(unnamed, targets))


OUTLIER_FIELDS = ("interfered", "usable", "others_interfered", "others_usable", "more", "p", "q")


def _difference(each: "Difference") -> dict[str, Any]:
    cell = each.cell
    return {
        "interfered": cell.interfered,
        "usable": cell.n,
        "others_interfered": cell.others_interfered,
        "others_usable": cell.others_n,
        "more": each.more,
        "p": each.p,
        "q": each.q,
    }


def _outlier_cells(row: dict[str, Any]) -> dict[str, str]:
    from probe.cli import answering

    return {
        "here": answering.percent(row["interfered"] / row["usable"]),
        "n": str(row["usable"]),
        "others": answering.percent(row["others_interfered"] / row["others_usable"]),
        "others_n": str(row["others_usable"]),
        "q": _small(row["q"]),
    }


def show_shift(names: tuple[str, ...], at: date, sides: tuple[list[dict[str, Any]], ...], form: str) -> None:
    """One row a target. `sides`: counts by network and target, of the days before `at`, and from it on."""
    from probe.cli import answering
    from probe.report.statistics.cells import over_networks
    from probe.report.statistics.contrast import before_and_after, names_all, split
    from probe.store.query import NAMES

    columns = [NAMES[name] for name in names]
    named = [split(rows, lambda row: names_all(row, columns)) for rows in sides]
    known = [split(rows, _has_network) for rows, _ in named]
    unnamed, unknown = sum(left for _, left in named), sum(left for _, left in known)
    (before, _), (after, _) = known
    strata = before_and_after(before, after, NETWORK, columns)
    full = [
        dict(zip(names, key, strict=True)) | _common(over_networks(each))
        for key, each in sorted(strata.items(), key=str)
    ]
    notes = answering.unnamed_note(unnamed, names)
    notes += words.UNKNOWN_NETWORK.format(n=f"{unknown:,}") if unknown else ""
    if form == "json":
        answering.write_json(
            {
                "by": names,
                "at": at,
                "floor": answering.floor(),
                "unnamed": unnamed,
                "unknown_network": unknown,
            }
            | {"rows": full}
        )
    elif form == "csv":
        answering.write_csv(full, names, (*names, *SHIFT_FIELDS))
    elif not full:
        say(words.NO_SHIFT.format(at=at) + notes)
    else:
        lines = [answering.texts(names, row) | _shift_cells(row) for row in full]
        answering.table(lines, names, words.SHIFT_COLUMNS)
        say(words.SHIFT_NOTE.format(at=at, **answering.floor()) + notes)


SHIFT_FIELDS = (
    "networks", "before_n", "before_runs", "after_n", "after_runs", "evidence", "odds", "low", "high", "p", "p_same"
)  # fmt: skip


def _has_network(row: Any) -> bool:  # noqa: ANN401 - a row of counts
    return row["probe_asn"] != 0 or row["probe_cc"] not in ("", "ZZ")


def _common(common: "Common") -> dict[str, Any]:
    odds = common.odds
    numbers = (
        dict.fromkeys(("odds", "low", "high"))
        if odds is None
        else {"odds": odds.odds, "low": odds.interval.low, "high": odds.interval.high}
    )
    return {
        "networks": common.networks,
        "before_n": common.before.n,
        "before_runs": common.before.runs,
        "after_n": common.after.n,
        "after_runs": common.after.runs,
        "evidence": SUFFICIENT if common.networks else INSUFFICIENT,
        **{name: None if value == float("inf") else value for name, value in numbers.items()},
        "p": odds and odds.p,
        "p_same": odds and odds.same,
    }


def _shift_cells(row: dict[str, Any]) -> dict[str, str]:
    cells = {
        name: str(row[name]) for name in ("networks", "before_n", "before_runs", "after_n", "after_runs")
    }
    if row["p"] is None:
        word = words.ONE_ANSWER if row["networks"] else words.INSUFFICIENT
        return {**cells, "odds": word, "p": words.NO_VALUE, "note": ""}
    odds, high = (value if value is not None else float("inf") for value in (row["odds"], row["high"]))
    return {
        **cells,
        "odds": words.ODDS.format(odds=odds, low=row["low"], high=high),
        "p": _small(row["p"]),
        "note": words.DIFFERENT if row["p_same"] is not None and row["p_same"] < ALMOST else "",
    }


def _small(p: float) -> str:
    return words.SMALL if p < LEAST_P else f"{p:.4f}"
