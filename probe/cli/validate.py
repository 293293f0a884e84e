"""`probe validate`: every line of every file, each bad one with its place and reason."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from probe.cli.lines import lines_in, record_in
from probe.cli.stop import DIFFERENT, stop
from probe.cli.words import validate as words

if TYPE_CHECKING:
    from probe.results import Line


def validate(
    files: list[Path] = typer.Argument(..., metavar="FILE", help=words.FILES),
    *,
    as_json: bool = typer.Option(False, "--json", help=words.JSON),
) -> None:
    """Exit 0 when all records are valid, 1 when not."""
    unusable = [
        (words.FOLDER if file.is_dir() else words.MISSING, file) for file in files if not file.is_file()
    ]
    if unusable:
        stop("\n".join(word.format(file=file) for word, file in unusable))
    valid = bad = 0
    for file in files:
        for line, reason in _check(file):
            valid, bad = valid + (reason is None), bad + (reason is not None)
            if reason is not None:
                _report(as_json, file=str(file), line=line, reason=reason)
    _summarise(as_json, valid, bad, len(files))
    raise typer.Exit(DIFFERENT if bad else 0)


def _check(file: Path) -> Iterator[tuple[int, str | None]]:
    """Number of each record's line, and what is wrong with it; a file may also be one record over many lines.

    Ends the command when the file cannot be read.
    """
    for line in lines_in(file):
        yield line.number, _problem(line)


def _problem(line: "Line") -> str | None:
    from probe.record import UnreadableRecordError, deviations

    try:
        measurement = record_in(line)
    except UnreadableRecordError as error:
        return str(error)
    strange = deviations(measurement) if measurement.software_name == "reachprobe" else []
    return "; ".join(strange[:5]) or None


def _report(as_json: bool, **found: object) -> None:  # noqa: FBT001
    import json

    typer.echo(json.dumps(found, ensure_ascii=False) if as_json else words.BAD.format(**found))


def _summarise(as_json: bool, valid: int, bad: int, files: int) -> None:  # noqa: FBT001
    if as_json:
        _report(as_json, summary={"valid": valid, "invalid": bad, "files": files})
    else:
        typer.echo(
            words.SUMMARY.format(valid=valid, bad=bad, files=f"{files} file{'s' * (files != 1)}"), err=True
        )
