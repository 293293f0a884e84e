"""What lies between two commits, and how it gets into the store: days merged, quarantine and sources written down."""

import gzip
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import IO, cast

from probe.results.lines import BROKEN, CHUNK, GZIP, unpacked
from probe.store.batch import table_of
from probe.store.columns import SOURCES
from probe.store.commit import commit
from probe.store.layout import QUARANTINE, RAW, Part, Store, open_part
from probe.store.ledger import Entry, Ledger
from probe.store.merge import SMALL, TABLES, Day, Merged, merge
from probe.store.parts import Made, day_text, write_part
from probe.store.rows import Row, cut
from probe.store.schema import schema_of
from probe.store.work import Spilled


class Round:
    """Batches since the last commit; `rows`: how many measurements they hold, `most`: how many they should."""

    def __init__(
        self, store: Store, ledger: Ledger, folder: Path, clock: Callable[[], float], most: int
    ) -> None:
        self.ledger, self.folder, self.now, self.rows = ledger, folder, clock(), 0
        self._store, self._clock, self._most = store, clock, most
        self._spilled: list[Spilled] = []
        self._finished: list[str] = []

    @property
    def is_full(self) -> bool:
        """Whether it is time for a commit."""
        return self.rows >= self._most

    def add(self, spilled: Spilled, finished: Sequence[str]) -> None:
        """A batch, and the files whose last line was in it or in an earlier one. Raises `OSError`."""
        self.ledger.add(spilled)
        self._spilled.append(spilled)
        self._finished += finished
        self.rows += sum(spilled.rows.values())

    def close(self, hands: Executor) -> None:
        """Merge every day and commit. Raises `OSError`, `StoreError`."""
        merged = self._merge(hands)
        entries = [self.ledger.close(digest) for digest in self._finished]
        for entry in (*entries, *self.ledger.rest()):
            self._publish(entry)
        made = [one for day in merged for one in day.made]
        removed = [one for day in merged for one in day.replaced]
        if entries:
            part, replaced = self._sources(entries)
            made.append(part)
            removed += replaced
        if made:
            commit(self._store, made, removed, self._clock())
        self.ledger.ingested.records += self.rows - sum(sum(day.duplicates.values()) for day in merged)
        for spilled in self._spilled:
            spilled.measurements.unlink()
            spilled.observations.unlink()
        self._spilled, self._finished, self.rows = [], [], 0

    def _merge(self, hands: Executor) -> list[Merged]:
        days = sorted({day for spilled in self._spilled for day in spilled.days})
        manifest, futures = self._store.manifest, []
        for day in days:
            parts = {table: manifest.parts(table, day_text(day)) for table in TABLES}
            spilled = [one for one in self._spilled if day in one.days]
            futures.append(hands.submit(merge, Day(day, spilled, parts), self._store.inside, self.folder))
        merged = [future.result() for future in futures]
        for one in merged:
            self.ledger.count_merged(one)
        return merged

    def _publish(self, entry: Entry) -> None:
        """Its quarantine, and the file itself if that is wished for."""
        place, found = self._store.place, entry.quarantine.path
        if found.exists():
            copy = found.with_suffix(".copy")
            shutil.copyfile(found, copy)
            name = f"{QUARANTINE}/{found.name}"
            place.take(name, copy)
            if name not in self.ledger.ingested.rejected:
                self.ledger.ingested.rejected.append(name)
        if self.ledger.keep_raw and entry.digest in self._finished:
            packed, suffix = _packed(entry.source.path, self.folder / "raw")
            place.take(f"{RAW}/{found.name}{suffix}", packed)

    def _sources(self, entries: Sequence[Entry]) -> tuple[Made, list[Part]]:
        """The rows of finished files, with those of small files of such rows."""
        second = int(self._clock())
        rows: list[Row] = [
            (
                entry.digest,
                cut(entry.source.path.name),
                entry.size,
                entry.taken + entry.quarantine.count,
                entry.taken - entry.duplicates,
                entry.duplicates,
                entry.quarantine.count,
                second,
            )
            for entry in entries
        ]
        before = self._store.manifest.parts("sources")
        folded = list(before) if len(before) >= SMALL else []
        pieces = [table_of(SOURCES, rows)]
        for part in folded:
            with open_part(self._store.inside, part) as file:
                pieces.append(file.read().cast(schema_of(SOURCES)))
        return write_part(self.folder, "sources", None, pieces), folded


def known_digests(store: Store) -> set[str]:
    """Digests of all files that were ingested before. Raises `StoreError`."""
    return {digest for table in store.sources(["source"]) for digest in table["source"].to_pylist()}


def _packed(path: Path, target: Path) -> tuple[Path, str]:
    """The file at `path` as gzip, which OONI's readers take, and its suffix; as it is when it is gzip already or damaged."""
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(0)
        if not head.startswith(GZIP):
            try:
                with target.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as out:
                    shutil.copyfileobj(unpacked(file, head), cast("IO[bytes]", out), CHUNK)
            except BROKEN:
                shutil.copyfile(path, target)
                return target, path.suffix
            return target, ".gz"
    shutil.copyfile(path, target)
    return target, ".gz"
