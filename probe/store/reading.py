"""Files read line by line, lines dealt out in batches, results taken in their order."""

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

import pyarrow as pa

from probe.results.finding import Unread
from probe.results.lines import Line, lines_of
from probe.store.bench import Tables
from probe.store.crew import bench_of
from probe.store.parts import digest_of
from probe.store.round import Round
from probe.store.sources import Source, size_of
from probe.store.work import Segment, Spilled, work

BATCH_BYTES, BATCH_LINES = 4 << 20, 1_000
HOPELESS = "not read any further: most lines are no records"


class Reading:
    """Reads files, deals batches out, and takes the results in the order of the lines, whoever was faster."""

    def __init__(
        self, hands: Executor, ahead: int, tables: Tables, round_: Round, progress: Callable[[int, int], None]
    ) -> None:
        self._hands, self._ahead, self._tables, self._round = hands, ahead, tables, round_
        self._ledger, self._progress, self._done = round_.ledger, progress, 0
        self._pending = deque[tuple[Future[Spilled], list[str]]]()
        self._segments: list[Segment] = []
        self._finished: list[str] = []
        self._bytes = self._lines = self._number = 0

    def read(self, sources: Sequence[Source | Unread]) -> None:
        """All of them, to the last commit. Raises `OSError`, `StoreError`."""
        for source in sources:
            if isinstance(source, Unread):
                self._ledger.ingested.unread.append(source)
            else:
                self._read(source)
        self._deal()
        self._drain()
        self._round.close(self._hands)

    def _read(self, source: Source) -> None:
        """One file; what goes wrong with it is told of and ends nothing."""
        ingested = self._ledger.ingested
        try:
            digest, before = digest_of(source.path), source.path.stat()
            if not self._ledger.open(source, digest, before.st_size):
                ingested.known += 1
                return
            ingested.files += 1
            for line, place in lines_of(source.path):
                self._add(digest, line)
                self._progress(self._done + place, ingested.lines)
                if self._ledger.is_hopeless(digest):
                    self._add(digest, Line(line.number + 1, b"", 0, HOPELESS))
                    break
            _check_unchanged(source.path, before)
        except OSError as error:
            ingested.unread.append(Unread(source.name, error.strerror or str(error)))
        else:
            self._finished.append(digest)
        finally:
            self._done += size_of(source)

    def _add(self, digest: str, line: Line) -> None:
        if not self._segments or self._segments[-1].source != digest:
            self._segments.append(Segment(digest, []))
        held = self._segments[-1].lines
        assert isinstance(held, list)
        held.append(line)
        self._bytes, self._lines = self._bytes + len(line.data), self._lines + 1
        if self._bytes >= BATCH_BYTES or self._lines >= BATCH_LINES:
            self._deal()

    def _deal(self) -> None:
        """Hand the batch out; wait for an earlier one when enough are on their way."""
        self._number += 1
        stem = self._round.folder / f"batch-{self._number}"
        future = self._hands.submit(_work, self._tables, self._segments, stem, self._round.now)
        self._pending.append((future, self._finished))
        self._segments, self._finished, self._bytes, self._lines = [], [], 0, 0
        while len(self._pending) > self._ahead:
            self._take()
        if self._round.is_full:
            self._drain()
            self._round.close(self._hands)

    def _drain(self) -> None:
        while self._pending:
            self._take()

    def _take(self) -> None:
        future, finished = self._pending.popleft()
        self._round.add(future.result(), finished)


def _check_unchanged(path: Path, before: os.stat_result) -> None:
    """Raises `OSError`."""
    after = path.stat()
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise OSError(0, "was written to while it was read; ingest it again when it is finished")


def _work(tables: Tables, segments: Sequence[Segment], stem: Path, now: float) -> Spilled:
    """In whichever process."""
    try:
        return work(bench_of(tables), segments, stem, now)
    except pa.ArrowException as error:
        raise OSError(0, f"cannot spill: {error}") from error
