"""`probe aggregate outliers` and `shift`: one network against the others, and all networks before and after a day."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from probe.cli import querying
from probe.cli.querying import Engine, Format, Memory, Since, StoreDir, Until, Where
from probe.cli.stop import DONE, stop
from probe.cli.words import query as words

if TYPE_CHECKING:
    from probe.report.statistics.cells import Common, Difference

NETWORKS = ("asn", "country")
TARGETS = ("platform", "domain", "category", "input", "role", "list")
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
    question = querying.question_of(f"day,asn,{by}", since, until, where or (), worldwide=False)
    form = querying.form_of(form)
    (rows,) = querying.answers(store, engine, memory, question.ask)
    show_shift(names, day, rows, form)
    raise typer.Exit(DONE)


def _are_targets(names: tuple[str, ...], networks: Any) -> bool:  # noqa: ANN401 - any collection of names
    rest = [name for name in names if name not in networks]
    return bool(rest) and all(name in TARGETS for name in rest)


def show_outliers(names: tuple[str, ...], rows: list[dict[str, Any]], form: str) -> None:
    """The cells that differ, the surest first."""
    from probe.cli import answering
    from probe.report.statistics.cells import differences
    from probe.report.statistics.contrast import against_others
    from probe.store.query import NAMES

    cells, little = against_others(rows, [NAMES[name] for name in names if name in TARGETS])
    tested = zip(differences([cell for _, cell in cells]), (row for row, _ in cells), strict=True)
    full = [
        {name: row[NAMES[name]] for name in names} | _difference(each)
        for each, row in sorted(tested, key=lambda pair: pair[0].p)
        if each.found
    ]
    counts = {"found": len(full), "cells": len(cells), "little": little}
    if form == "json":
        answering.write_json({"by": names, **counts, "rows": full})
    elif form == "csv":
        answering.write_csv(full, names)
    elif not full:
        typer.echo(words.NO_OUTLIERS.format(**counts), err=True)
    else:
        lines = [answering.texts(names, row) | _outlier_cells(row) for row in full]
        answering.table(lines, names, words.OUTLIER_COLUMNS)
        typer.echo(words.OUTLIERS_NOTE.format(**counts), err=True)


def _difference(each: "Difference") -> dict[str, Any]:
    cell = each.cell
    return {
        "blocked": cell.blocked,
        "usable": cell.n,
        "others_blocked": cell.others_blocked,
        "others_usable": cell.others_n,
        "more": each.more,
        "p": each.p,
        "q": each.q,
    }


def _outlier_cells(row: dict[str, Any]) -> dict[str, str]:
    return {
        "here": words.PERCENT.format(share=row["blocked"] / row["usable"]),
        "n": str(row["usable"]),
        "others": words.PERCENT.format(share=row["others_blocked"] / row["others_usable"]),
        "others_n": str(row["others_usable"]),
        "q": _small(row["q"]),
    }


def show_shift(names: tuple[str, ...], at: date, rows: list[dict[str, Any]], form: str) -> None:
    """One row a target."""
    from probe.cli import answering
    from probe.report.statistics.cells import over_networks
    from probe.report.statistics.contrast import before_and_after
    from probe.store.query import NAMES

    strata = before_and_after(rows, at, ("probe_asn",), [NAMES[name] for name in names])
    found = {key: over_networks(each) for key, each in sorted(strata.items(), key=str)}
    full = [
        dict(zip(names, key, strict=True)) | _common(common)
        for key, common in found.items()
        if common is not None
    ]
    if form == "json":
        answering.write_json({"by": names, "at": at, "rows": full})
    elif form == "csv":
        answering.write_csv(full, names)
    elif not full:
        typer.echo(words.NO_SHIFT.format(at=at), err=True)
    else:
        lines = [answering.texts(names, row) | _shift_cells(row) for row in full]
        answering.table(lines, names, words.SHIFT_COLUMNS)
        typer.echo(words.SHIFT_NOTE.format(at=at), err=True)


def _common(common: "Common") -> dict[str, Any]:
    ends = {"low": common.interval.low, "high": common.interval.high}
    finite = {
        name: value if value != float("inf") else None
        for name, value in {"odds": common.odds, **ends}.items()
    }
    return {"networks": common.networks, **finite, "p": common.p, "p_same": common.same}


def _shift_cells(row: dict[str, Any]) -> dict[str, str]:
    high = row["high"] if row["high"] is not None else float("inf")
    return {
        "networks": str(row["networks"]),
        "odds": f"{row['odds']:.2g}" if row["odds"] is not None else "inf",
        "interval": words.ODDS.format(low=row["low"], high=high),
        "p": _small(row["p"]),
        "note": words.DIFFERENT if row["p_same"] is not None and row["p_same"] < ALMOST else "",
    }


def _small(p: float) -> str:
    return words.SMALL if p < LEAST_P else f"{p:.4f}"
