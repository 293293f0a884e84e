"""Small files of a day joined, so that a store of many small ingests is read as fast as one of a few large ones."""

from collections.abc import Callable

import pyarrow as pa

from probe.store.commit import commit, sweep, writing
from probe.store.errors import StoreError
from probe.store.ingest import staging
from probe.store.layout import Store
from probe.store.merge import TABLES, Day, compact
from probe.store.parts import day_number

AT_ONCE = 64
"""Days between two commits."""


def compact_store(store: Store, clock: Callable[[], float]) -> tuple[int, int]:
    """Files that were joined, and those that came of them. Raises `StoreError`."""
    before = after = 0
    with writing(store), staging(store) as folder:
        store.reload()
        sweep(store)
        days = sorted({part.day for table in TABLES for part in store.manifest.parts(table) if part.day})
        for start in range(0, len(days), AT_ONCE):
            try:
                done = [
                    compact(
                        Day(
                            day_number(day), (), {table: store.manifest.parts(table, day) for table in TABLES}
                        ),
                        store.inside,
                        folder,
                    )
                    for day in days[start : start + AT_ONCE]
                ]
            except (OSError, pa.ArrowException) as error:
                raise StoreError(
                    f"{store.place.root}: cannot be compacted: {error}; nothing was changed"
                ) from error
            made = [one for day in done for one in day.made]
            replaced = [one for day in done for one in day.replaced]
            if replaced:
                commit(store, made, replaced, clock())
            before, after = before + len(replaced), after + len(made)
    return before, after
