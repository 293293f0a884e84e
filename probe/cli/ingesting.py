"""The work behind `probe aggregate ingest` and `compact`: what is typed, a bar while it takes, what came of it."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from probe.cli.stop import DIFFERENT, DONE, INTERRUPTED, leaving, stop
from probe.cli.telling import shown
from probe.cli.words import aggregate as words

if TYPE_CHECKING:
    from probe.store.bench import Tables
    from probe.store.ingest import Progress, Wishes
    from probe.store.ledger import Ingested

AFTER = 2.0
"""Seconds before a bar appears."""

MOST_JOBS = 64
SHOWN = 5
"""Files that are named, of many of a kind."""

UNITS = ("bytes", "kB", "MB", "GB", "TB")


def tables_of(
    controls: Sequence[str], fingerprints: Sequence[Path], netinfo: Path | None, *, judge_all: bool
) -> "Tables":
    """What to judge with; ends the command when the packages or a file are not there."""
    with _usable():
        from probe.store.bench import Tables, paths

        return Tables(paths(controls), tuple(fingerprints), netinfo, judge_all)


def wishes_of(tables: "Tables", jobs: int | None, *, keep_raw: bool) -> "Wishes":
    """How to go about it."""
    if jobs is not None and not 1 <= jobs <= MOST_JOBS:
        stop(words.BAD_JOBS.format(jobs=jobs, most=MOST_JOBS))
    with _usable():
        from probe.store.ingest import Wishes

        return Wishes(tables, jobs, keep_raw)


def run(paths: Sequence[str], store: str, wishes: "Wishes", stopped: str = words.STOPPED) -> "Ingested":
    """Ingest; ends the command when the store or a name cannot be used, and with `stopped` when somebody stops it."""
    with leaving(), _usable():
        from probe.store.ingest import ingest

        try:
            with _bar() as progress:
                return ingest(paths, store, wishes, time.time, sys.stdin.buffer, progress)
        except KeyboardInterrupt:
            stop(stopped, INTERRUPTED + 2)


def code_of(ingested: "Ingested") -> int:
    """The exit code."""
    return DIFFERENT if ingested.quarantined or ingested.unread else DONE


def summarise(ingested: "Ingested", paths: Sequence[str], store: str, *, as_json: bool) -> None:
    """What came of it, for people on standard error, for programs on standard output."""
    for unread in ingested.unread[:SHOWN]:
        _say(words.UNREAD.format(name=unread.name, reason=unread.reason))
    if len(ingested.unread) > SHOWN:
        _say(words.MORE_UNREAD.format(more=len(ingested.unread) - SHOWN))
    if ingested.files:
        _say(
            words.SUMMARY.format(
                files=counted(words.FILE, ingested.files),
                records=counted(words.LINE, ingested.records),
                duplicates=f"{ingested.duplicates:,}",
                quarantined=f"{ingested.quarantined:,}",
            )
        )
    elif not ingested.known and not ingested.unread:
        _say(words.NOTHING.format(paths=" ".join(paths)))
    if ingested.known:
        _say(words.KNOWN.format(files=counted(words.FILE, ingested.known)))
    _tell_rejected(ingested, store)
    measurements, days = _tell_store(store)
    if as_json:
        typer.echo(json.dumps(_plain(ingested, store, measurements, days), ensure_ascii=False))


def counted(words_: tuple[str, str], count: int) -> str:
    """`count` with its noun."""
    return words_[count != 1].format(count=f"{count:,}")


def _tell_rejected(ingested: "Ingested", store: str) -> None:
    if not ingested.rejected:
        return
    _say(words.REJECTED)
    for name in ingested.rejected[:SHOWN]:
        _say(words.REJECTED_FILE.format(name=f"{store.rstrip('/')}/{name}"))
    if len(ingested.rejected) > SHOWN:
        _say(words.REJECTED_MORE.format(more=len(ingested.rejected) - SHOWN))


def _tell_store(where: str) -> tuple[int, int]:
    from probe.store.layout import Store

    manifest = Store.at(where).manifest
    days = len({part.day for part in manifest.parts("measurements")})
    if manifest.number:
        _say(
            words.STORE_NOW.format(
                measurements=counted(words.MEASUREMENT, manifest.rows("measurements")),
                days=counted(words.DAY, days),
                store=where,
            )
        )
    return manifest.rows("measurements"), days


def _plain(ingested: "Ingested", store: str, measurements: int, days: int) -> dict[str, object]:
    return {
        "files": ingested.files,
        "known_files": ingested.known,
        "lines": ingested.lines,
        "records": ingested.records,
        "duplicates": ingested.duplicates,
        "quarantined": ingested.quarantined,
        "quarantine": ingested.rejected,
        "unread": [{"file": unread.name, "reason": unread.reason} for unread in ingested.unread],
        "store": {"place": store, "measurements": measurements, "days": days},
    }


def compact(where: str) -> None:
    """Join what is small, and tell."""
    with _usable():
        from probe.store.compaction import compact_store
        from probe.store.layout import Store

        store = Store(where)
        before, after = compact_store(store, time.time)
    parts = [part for table in store.manifest.tables.values() for part in table]
    facts = {"files": f"{len(parts):,}", "size": _size(sum(part.size for part in parts))}
    word = words.COMPACTED if before else words.COMPACT_NOTHING
    _say(word.format(before=f"{before:,}", after=f"{after:,}", **facts))


def _size(count: float) -> str:
    for unit in UNITS[:-1]:
        if count < 1000:  # noqa: PLR2004
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} {UNITS[-1]}"


@contextmanager
def _usable() -> Iterator[None]:
    """Ends the command with one sentence when packages are missing or the store cannot be used."""
    try:
        from probe.store.errors import StoreError
    except ImportError as error:
        _missing(error)
    try:
        yield
    except ImportError as error:
        _missing(error)
    except StoreError as error:
        stop(shown(str(error)))


def _missing(error: ImportError) -> NoReturn:
    if (error.name or "").startswith("probe"):
        raise error
    stop(words.NEEDS_EXTRA.format(package=error.name))


@contextmanager
def _bar() -> Iterator["Progress"]:
    """A bar on a terminal, once it has taken two seconds."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda *_: None
        return
    columns = (
        TextColumn(words.READING),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[told]}"),
    )
    bar = Progress(*columns, TimeRemainingColumn(), console=console, transient=True)
    task, begin = bar.add_task("", total=None, told=""), time.monotonic()
    last = begin

    def advance(done: int, size: int, lines: int) -> None:
        """So many more bytes were read."""
        nonlocal last
        now = time.monotonic()
        if now - begin > AFTER and now - last > 0.1:  # noqa: PLR2004 - often enough for the eye
            last = now
            bar.start()
            bar.update(task, completed=done, total=size, told=words.LINES.format(lines=f"{lines:,}"))

    try:
        yield advance
    finally:
        bar.stop()


def _say(text: str) -> None:
    typer.echo(shown(text), err=True)
