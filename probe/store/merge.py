"""The rows of one day, from all that was spilled and what the store has: each measurement once, in sorted files.

Of several rows with one id the first counts: what is in the store already, then the order in which files were named.
Memory: the ids of a day, and the rows of one file (`MAX_ROWS`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from probe.store.batch import SCHEMAS
from probe.store.layout import Part, open_part
from probe.store.parts import MAX_ROWS, Made, write_part
from probe.store.place import Place
from probe.store.work import OWNER, Spilled

SMALL = 4
"""A day may have so many small files; the next one is made of all of them. Small: less than half of what a file holds."""

TABLES = ("measurements", "observations")


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a day: new files, those they replace, and duplicates by source (its first digits)."""

    made: Sequence[Made]
    replaced: Sequence[Part]
    duplicates: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Day:
    """A day to merge: `spilled` in their order, `parts` of the store by table."""

    day: int
    spilled: Sequence[Spilled]
    parts: Mapping[str, Sequence[Part]]


def merge(day: Day, inside: Place, folder: Path) -> Merged:
    """Write the new files of `day` into `folder`. Raises `OSError`."""
    keep, duplicates = _first_of_each(day, inside)
    made: list[Made] = []
    replaced: list[Part] = []
    for table in TABLES:
        fresh = _spilled_rows(day, table, keep)
        small = [part for part in day.parts.get(table, ()) if part.rows * 2 < MAX_ROWS[table]]
        folded = small if len(small) >= SMALL else []
        pieces = [*_stored_rows(folded, table, inside), *fresh] if folded else fresh
        made += _files(pieces, table, day.day, folder)
        replaced += folded
    return Merged(made, replaced, duplicates)


def compact(day: Day, inside: Place, folder: Path) -> Merged:
    """The small files of `day` as few as possible. Raises `OSError`."""
    made: list[Made] = []
    replaced: list[Part] = []
    for table in TABLES:
        small = [part for part in day.parts.get(table, ()) if part.rows < MAX_ROWS[table]]
        if len(small) > 1 and sum(part.rows for part in small) // MAX_ROWS[table] + 1 < len(small):
            made += _files(_stored_rows(small, table, inside), table, day.day, folder)
            replaced += small
    return Merged(made, replaced, {})


def _first_of_each(day: Day, inside: Place) -> tuple[list[pa.Array], Counter[str]]:
    """For each spilled file which of its rows are new; duplicates by source."""
    seen = set[str]()
    for part in day.parts.get("measurements", ()):
        for uids in _column(part, "measurement_uid", inside):
            seen.update(uids.to_pylist())
    masks, duplicates = list[pa.Array](), Counter[str]()
    for spilled in day.spilled:
        rows = _batch(spilled.measurements, spilled.days[day.day])
        new = []
        for uid, source in zip(rows["measurement_uid"].to_pylist(), rows["source"].to_pylist(), strict=True):
            new.append(uid not in seen)
            duplicates[source] += uid in seen
            seen.add(uid)
        masks.append(pa.array(new, pa.bool_()))
    return masks, duplicates


def _spilled_rows(day: Day, table: str, keep: Sequence[pa.Array]) -> Iterator[pa.Table]:
    for spilled, mask in zip(day.spilled, keep, strict=True):
        number = spilled.days[day.day]
        if table == "measurements":
            yield pa.Table.from_batches([_batch(spilled.measurements, number)]).filter(mask)
        else:
            rows = pa.Table.from_batches([_batch(spilled.observations, number)])
            yield rows.filter(mask.take(rows[OWNER].combine_chunks())).drop_columns([OWNER])


def _stored_rows(parts: Sequence[Part], table: str, inside: Place) -> Iterator[pa.Table]:
    for part in parts:
        with open_part(inside, part) as file:
            for batch in file.iter_batches():
                yield pa.Table.from_batches([batch]).cast(SCHEMAS[table])


def _column(part: Part, name: str, inside: Place) -> Iterator[pa.Array]:
    with open_part(inside, part) as file:
        for batch in file.iter_batches(columns=[name]):
            yield batch.column(0)


def _batch(path: Path, number: int) -> pa.RecordBatch:
    with pa.memory_map(str(path)) as file, pa.ipc.open_file(file) as reader:
        return reader.get_batch(number)


def _files(
    pieces: Iterator[pa.Table] | Sequence[pa.Table], table: str, day: int, folder: Path
) -> Iterator[Made]:
    """As few files as hold the rows of `pieces`."""
    held, rows = list[pa.Table](), 0
    for piece in pieces:
        rest = piece
        while rest.num_rows:
            room = MAX_ROWS[table] - rows
            held.append(rest.slice(0, room))
            rows += held[-1].num_rows
            rest = rest.slice(room)
            if rows == MAX_ROWS[table]:
                yield write_part(folder, table, day, held)
                held, rows = [], 0
    if rows:
        yield write_part(folder, table, day, held)
