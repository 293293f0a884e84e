"""The accounts of an ingest: which files are being read, what became of their lines."""

from dataclasses import dataclass, field
from pathlib import Path

from probe.results.finding import Unread
from probe.store.merge import Merged
from probe.store.quarantine import Quarantine
from probe.store.sources import Source
from probe.store.work import SHORT, Spilled


@dataclass(slots=True)
class Ingested:
    """What became of the input. lines = records + duplicates + quarantined.

    `known`: files that were in the store already. `rejected`: the quarantine files, as they are called in the store's
    folder. `unread`: files that could not be read, or not to their end.
    """

    files: int = 0
    known: int = 0
    lines: int = 0
    records: int = 0
    duplicates: int = 0
    quarantined: int = 0
    rejected: list[str] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """A file being read, by the digest of its content. `taken`: lines that were records; some may be duplicates."""

    source: Source
    digest: str
    size: int
    quarantine: Quarantine
    taken: int = 0
    duplicates: int = 0


class Ledger:
    """All files of this ingest, and what is counted."""

    def __init__(self, known: set[str], folder: Path, *, keep_raw: bool) -> None:
        self.ingested, self.keep_raw = Ingested(), keep_raw
        self._known, self._folder = known, folder
        self._entries: dict[str, Entry] = {}
        self._short: dict[str, Entry] = {}

    def open(self, source: Source, digest: str, size: int) -> bool:
        """Whether `source` is new, by its content."""
        if digest in self._known:
            return False
        self._known.add(digest)
        entry = Entry(source, digest, size, Quarantine(self._folder, source.name, digest))
        self._entries[digest] = self._short[digest[:SHORT]] = entry
        return True

    def is_hopeless(self, digest: str) -> bool:
        """Whether reading on is no use."""
        entry = self._entries[digest]
        return entry.quarantine.is_hopeless(entry.taken)

    def add(self, spilled: Spilled) -> None:
        """Count what a batch gave, and write down what it refused. Raises `OSError`."""
        for digest, taken in spilled.taken.items():
            self._entries[digest].taken += taken
            self.ingested.lines += taken
        for digest, refused in spilled.refused.items():
            for one in refused:
                self._entries[digest].quarantine.add(one)
            self.ingested.lines += len(refused)
            self.ingested.quarantined += len(refused)

    def count_merged(self, merged: Merged) -> None:
        """Count the duplicates of a day."""
        for short, count in merged.duplicates.items():
            self._short[short].duplicates += count
            self.ingested.duplicates += count

    def close(self, digest: str) -> Entry:
        """Forget a file that is finished; its digest stays known."""
        self._short.pop(digest[:SHORT], None)
        return self._entries.pop(digest)

    def rest(self) -> list[Entry]:
        """Files that were begun and not finished."""
        return list(self._entries.values())
