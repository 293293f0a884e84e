"""`probe validate`: every line of every file, each bad one with its place and reason."""

from collections.abc import Iterator
from pathlib import Path

import typer

from probe.cli.stop import DIFFERENT, stop
from probe.cli.words import validate as words


def validate(
    files: list[Path] = typer.Argument(..., help=words.FILES),
    *,
    as_json: bool = typer.Option(False, "--json", help=words.JSON),
) -> None:
    """Exit 0 when all records are valid, 1 when not."""
    missing = [words.MISSING.format(file=file) for file in files if not file.is_file()]
    if missing:
        stop("\n".join(missing))
    valid = bad = 0
    for file in files:
        for line, reason in _check(file):
            valid, bad = valid + (reason is None), bad + (reason is not None)
            if reason is not None:
                _report(as_json, file=str(file), line=line, reason=reason)
    _summarise(as_json, valid, bad, len(files))
    raise typer.Exit(DIFFERENT if bad else 0)


def _check(file: Path) -> Iterator[tuple[int, str | None]]:
    from probe.record import UnreadableRecordError, deviations, read_measurement
    from probe.results import BadLine, read_lines

    for number, line in read_lines(file):
        if isinstance(line, BadLine):
            yield number, line.reason
            continue
        if not line.strip():
            continue
        try:
            measurement = read_measurement(line)
        except UnreadableRecordError as error:
            yield number, str(error)
            continue
        strange = deviations(measurement) if measurement.software_name == "reachprobe" else []
        yield number, "; ".join(strange[:5]) or None


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
