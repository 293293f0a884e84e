"""Files of records into a store: `ingest` is the whole way, from names to a new manifest.

files → lines → batches → rows, spilled by day → each day merged with the store → commit

This process reads and counts; batches and days are worked on by a crew. Every `ROUND` measurements what has been
done is committed, so that neither memory nor the space for spilled rows grows with the input, and a kill costs one
round. A file is listed as a source with the commit that holds the last of its rows. A file that was cut short by a
kill is read again: what it gave before is known by its measurement ids, and no row is there twice.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from probe.store.bench import Tables
from probe.store.commit import sweep, writing
from probe.store.crew import bench_of, crew, jobs_for
from probe.store.errors import StoreError
from probe.store.layout import Store
from probe.store.ledger import Ingested, Ledger
from probe.store.reading import Reading
from probe.store.round import Round, known_digests
from probe.store.sources import Source, find, size_of

ROUND = 100_000
"""Measurements between two commits; spilled they take some hundred megabytes."""

AHEAD = 2
"""Batches that are on their way for each process."""

STAGING = ".staging-"

Progress = Callable[[int, int, int], None]
"""Bytes of the input that are done, all bytes, records so far."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """`jobs` None: by the size of the input. `keep_raw`: the files themselves into DIR/raw as well."""

    tables: Tables = field(default_factory=Tables)
    jobs: int | None = None
    keep_raw: bool = False
    round_rows: int = ROUND


def ingest(
    wanted: Sequence[str],
    where: str | Path,
    wishes: Wishes,
    clock: Callable[[], float],
    stdin: BinaryIO | None = None,
    progress: Progress = lambda *_: None,
) -> Ingested:
    """Take the files that `wanted` names into the store at `where`; `clock`: seconds since the epoch.

    Raises `StoreError` when the store or a table cannot be used, or a name means nothing; what was committed stays.
    """
    store = Store.at(where)
    bench_of(wishes.tables)
    with writing(store), staging(store) as folder:
        store.reload()
        sweep(store)
        sources = list(find([str(name) for name in wanted], stdin, folder))
        size = sum(size_of(source) for source in sources if isinstance(source, Source))
        jobs = wishes.jobs or jobs_for(size)
        ledger = Ledger(known_digests(store), folder, keep_raw=wishes.keep_raw)
        try:
            with crew(jobs) as hands:
                round_ = Round(store, ledger, folder, clock, wishes.round_rows)
                ahead = AHEAD * jobs if jobs > 1 else 0
                reading = Reading(
                    hands, ahead, wishes.tables, round_, lambda done, lines: progress(done, size, lines)
                )
                reading.read(sources)
        except BrokenProcessPool as error:
            raise StoreError(
                f"{where}: a process died, perhaps for want of memory; what was committed stays. Run it again, with --jobs 1"
            ) from error
        except OSError as error:
            raise StoreError(
                f"{where}: {error.strerror or error}; what was committed stays. Run it again"
            ) from error
    return ledger.ingested


@contextmanager
def staging(store: Store) -> Iterator[Path]:
    """A folder for what is not in the store yet, on the store's disk if it has one; what a kill left is removed."""
    disk = store.place.disk
    if disk is None:
        with TemporaryDirectory(prefix=STAGING) as folder:
            yield Path(folder)
        return
    for left in disk.glob(f"{STAGING}*"):
        shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix=STAGING, dir=disk) as folder:
        yield Path(folder)
