"""`probe schema`: the published JSON Schemas, printed, written or compared."""

from pathlib import Path

import typer

from probe.cli.stop import DIFFERENT, stop
from probe.cli.words import schema as words

SUFFIX = ".schema.json"


def schema(
    name: str = typer.Argument("web_connectivity", metavar="NAME", show_default=False, help=words.NAME),
    check: Path | None = typer.Option(None, "--check", metavar="FOLDER", help=words.CHECK),
    write: Path | None = typer.Option(None, "--write", metavar="FOLDER", help=words.WRITE),
) -> None:
    """Print, write or check."""
    texts = _texts()
    if check is not None:
        _compare(texts, check)
    elif write is not None:
        _write(texts, write)
    elif name in texts:
        typer.echo(texts[name], nl=False)
    else:
        stop(words.UNKNOWN.format(name=name, names=", ".join(texts)))


def _texts() -> dict[str, str]:
    import json

    from probe.record import schemas

    return {name: json.dumps(body, indent=2, sort_keys=True) + "\n" for name, body in schemas().items()}


def _write(texts: dict[str, str], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / (name + SUFFIX)).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        stop(words.UNWRITABLE.format(folder=folder, reason=error.strerror))


def _compare(texts: dict[str, str], folder: Path) -> None:
    files = {name: folder / (name + SUFFIX) for name in texts}
    drifted = [file for name, file in files.items() if _read(file) != texts[name].encode()]
    if drifted:
        stop("\n".join(words.DRIFT.format(file=file, folder=folder) for file in drifted), DIFFERENT)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
