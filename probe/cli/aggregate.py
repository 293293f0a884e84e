"""`probe aggregate`: many runs in one store. `ingest` and `compact` are here, the questions in `querying.py` and `contrasting.py`."""

from pathlib import Path
from typing import Annotated

import typer

from probe.cli import contrasting, querying
from probe.cli.words import aggregate as words
from probe.cli.words import judge as judge_words
from probe.cli.words import query as query_words

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

StoreDir = Annotated[str, typer.Option("--store", metavar="DIR", help=words.STORE)]


@app.command("ingest", help=words.INGEST)
def ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help=words.PATHS)],
    store: StoreDir,
    controls: Annotated[
        list[str] | None, typer.Option("--control", metavar="FILE", help=judge_words.CONTROL)
    ] = None,
    fingerprints: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help=judge_words.FINGERPRINTS)
    ] = None,
    netinfo: Annotated[Path | None, typer.Option(metavar="FILE", help=judge_words.NETINFO)] = None,
    judge_all: Annotated[bool, typer.Option("--judge-all", help=words.JUDGE_ALL)] = False,  # noqa: FBT002
    jobs: Annotated[int | None, typer.Option(metavar="N", help=words.JOBS)] = None,
    keep_raw: Annotated[bool, typer.Option("--keep-raw", help=words.KEEP_RAW)] = False,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help=words.JSON)] = False,  # noqa: FBT002
) -> None:
    """Exit 1 when lines went to quarantine or files could not be read."""
    from probe.cli import ingesting

    tables = ingesting.tables_of(controls or (), fingerprints or (), netinfo, judge_all=judge_all)
    wishes = ingesting.wishes_of(tables, jobs, keep_raw=keep_raw)
    ingested = ingesting.run(paths, store, wishes)
    ingesting.summarise(ingested, paths, store, as_json=as_json)
    raise typer.Exit(ingesting.code_of(ingested))


@app.command("compact", help=words.COMPACT)
def compact(store: StoreDir) -> None:
    """Join small files."""
    from probe.cli import ingesting

    ingesting.compact(store)


app.command("query", help=query_words.QUERY)(querying.query)
app.command("changes", help=query_words.CHANGES)(querying.changes)
app.command("outliers", help=query_words.OUTLIERS)(contrasting.outliers)
app.command("shift", help=query_words.SHIFT)(contrasting.shift)
