"""The one way a store changes: new files first, then the manifest that names them, then what it no longer names.

After a kill at any moment the store is as it was before or as it is after; `sweep` removes what is left over.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from os import close

from probe import __version__
from probe.results import JournalError
from probe.results.durable import open_locked
from probe.store.describe import PACKAGE, SCHEMA, SUMS, manifest_file, package_file, schema_file, sums_file
from probe.store.errors import StoreError
from probe.store.layout import MANIFEST, Manifest, Part, Store, read_manifest
from probe.store.parts import Made
from probe.store.schema import TABLES

LOCK = ".lock"


@contextmanager
def writing(store: Store) -> Iterator[None]:
    """Nobody else on this machine changes the store meanwhile; raises `StoreError`. Object stores know no locks."""
    if store.place.disk is None:
        yield
        return
    try:
        store.place.disk.mkdir(parents=True, exist_ok=True)
        number = open_locked(store.place.disk / LOCK, create=True)
    except JournalError as error:
        raise StoreError(
            f"{store.place.root}: is being written by another process; wait for its end"
        ) from error
    except OSError as error:
        raise StoreError(f"{store.place.root}: cannot be written: {error.strerror}") from error
    try:
        yield
    finally:
        close(number)


def commit(store: Store, added: Sequence[Made], removed: Sequence[Part], now: float) -> None:
    """Take `added` in and `removed` out; `now`: seconds since the epoch. Raises `StoreError`."""
    before = store.manifest
    found = read_manifest(store.inside)
    if (found.number if found else 0) != before.number:
        raise StoreError(f"{store.place.root}: was changed by somebody else meanwhile; do it again")
    for made in added:
        store.inside.take(made.part.name, made.path)
    gone, kept = {part.name for part in removed}, {made.part.name for made in added}
    tables = {
        table: tuple(
            sorted(
                {
                    part.name: part
                    for part in (*before.tables[table], *(made.part for made in added))
                    if part.name.startswith(f"{table}/") and (part.name not in gone or part.name in kept)
                }.values(),
                key=lambda part: part.name,
            )
        )
        for table in TABLES
    }
    store.manifest = Manifest(
        number=before.number + 1,
        written=f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S}",
        software_version=__version__,
        tables=tables,
    )
    store.inside.put(MANIFEST, manifest_file(store.manifest))
    for name in gone - kept:
        store.inside.delete(name)
    describe(store)


def describe(store: Store) -> None:
    """Write the files that are made from the manifest."""
    schema, package = schema_file(store.manifest), package_file(store.manifest)
    store.inside.put(SCHEMA, schema)
    store.inside.put(PACKAGE, package)
    others = {SCHEMA: schema, PACKAGE: package, MANIFEST: manifest_file(store.manifest)}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in others.items()}
    store.inside.put(SUMS, sums_file(store.manifest, digests))


def sweep(store: Store) -> int:
    """Remove files of tables that the manifest does not name, as a kill leaves them; returns how many."""
    named = {part.name for parts in store.manifest.tables.values() for part in parts}
    strange = [
        name
        for table in TABLES
        for name in store.inside.names(table)
        if name.endswith(".parquet") and name not in named
    ]
    for name in strange:
        store.inside.delete(name)
    return len(strange)
