"""What lies where in a store, and which files are in it: those that its manifest names, and no others.

    DIR/raw/         the files of records as they came, when that was asked for
    DIR/quarantine/  lines that are no records, each with file, line and reason
    DIR/store/       manifest.json, _schema.json, datapackage.json, SHA256SUMS, and a folder a table:
                     measurements/measurement_start_day=2026-11-24/NAME.parquet, observations/…, sources/NAME.parquet

The manifest is written last. A file that it does not name is what a kill has left, and no part of the store.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pyarrow as pa
from pyarrow import parquet
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from probe.results import finding
from probe.store.columns import LAYOUT
from probe.store.errors import StoreError
from probe.store.place import Place, first_line
from probe.store.schema import TABLES

STORE, QUARANTINE, RAW = finding.STORE, "quarantine", "raw"
MANIFEST = finding.STORE_MANIFEST
PARTITION = "measurement_start_day="
PART_NAME = r"^(measurements|observations|sources)/(measurement_start_day=[0-9]{4}-[0-9]{2}-[0-9]{2}/)?[0-9a-z-]+\.parquet$"

NEEDED = "{place}: no store; make one with: probe aggregate ingest FILE … --store {place}"
INSIDE = "{place}: the inside of a store; name the folder above it"
OTHER_LAYOUT = (
    "{place}: a store of layout {found}, and this program knows layout {known}; use the version of reachprobe that made "
    "it, or ingest the files of records again into a new store"
)
DAMAGED = "{place}: its manifest cannot be used ({reason}); restore it, or ingest the files of records again into a new store"

BROKEN_FILE = (
    "{path}: cannot be read ({reason}); restore it, or ingest the files of records again into a new store"
)


class Part(BaseModel):
    """One Parquet file: its name in the store, its day (sources have none), rows, bytes, SHA-256."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=PART_NAME)
    day: str | None
    rows: int = Field(ge=0)
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What is in a store. `number` grows by one with each change; `written` is UTC, YYYY-MM-DD HH:MM:SS."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layout: int = LAYOUT
    number: int = Field(default=0, ge=0)
    written: str = ""
    software_version: str = ""
    tables: Mapping[str, tuple[Part, ...]] = Field(default_factory=lambda: dict.fromkeys(TABLES, ()))

    def rows(self, table: str) -> int:
        """Rows of `table`."""
        return sum(part.rows for part in self.tables[table])

    def parts(self, table: str, day: str | None = None) -> tuple[Part, ...]:
        """Files of `table`; with `day`, those of that day."""
        return tuple(part for part in self.tables[table] if day is None or part.day == day)


class Store:
    """A store that is there; raises `StoreError` when it is not, or cannot be used.

    `place`: DIR. `inside`: DIR/store.
    """

    def __init__(self, where: str | Path) -> None:
        self.place = Place.at(where)
        self.inside = self.place.within(STORE)
        found = read_manifest(self.inside)
        if found is None:
            raise StoreError((INSIDE if is_inside(self.place) else NEEDED).format(place=where))
        self.manifest = found

    @classmethod
    def at(cls, where: str | Path) -> Self:
        """The store at `where`, an empty one if there is none yet; nothing is written. Raises `StoreError`."""
        store = cls.__new__(cls)
        store.place = Place.at(where)
        store.inside = store.place.within(STORE)
        found = read_manifest(store.inside)
        if found is None and is_inside(store.place):
            raise StoreError(INSIDE.format(place=where))
        store.manifest = found or Manifest()
        return store

    def reload(self) -> None:
        """Look at the manifest again. Raises `StoreError`."""
        self.manifest = read_manifest(self.inside) or Manifest()

    @property
    def filesystem(self) -> object:
        """The `pyarrow.fs.FileSystem` that knows the files by the names given here."""
        return self.inside.filesystem

    def files(self, table: str) -> list[str]:
        """Paths of the Parquet files of `table`, as `filesystem` knows them; absolute paths on a disk."""
        return [self.inside.path(part.name) for part in self.manifest.tables[table]]

    def sources(self, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """The files of the table `sources`, one after the other, or `columns` of them. Raises `StoreError`."""
        for part in self.manifest.tables["sources"]:
            with open_part(self.inside, part) as file:
                yield file.read(columns)

    def measurements_files(self) -> list[str]:
        """Paths of the files with one row a measurement."""
        return self.files("measurements")

    def observations_files(self) -> list[str]:
        """Paths of the files with one row a step."""
        return self.files("observations")


@contextmanager
def open_part(inside: Place, part: Part) -> Iterator[parquet.ParquetFile]:
    """A file of the store at `inside`, to be read. Raises `StoreError`, also for what goes wrong while it is read."""
    path = inside.path(part.name)
    try:
        with inside.filesystem.open_input_file(path) as source, parquet.ParquetFile(source) as file:
            yield file
    except (OSError, pa.ArrowException) as error:
        raise StoreError(BROKEN_FILE.format(path=path, reason=first_line(error))) from error


def is_inside(place: Place) -> bool:
    """Whether `place` is the inside of a store, of whatever layout. Raises `StoreError`."""
    try:
        found = from_json(place.read(MANIFEST) or b"null")
    except ValueError:
        return False
    return isinstance(found, dict) and {"layout", "tables"} <= found.keys()


def read_manifest(inside: Place) -> Manifest | None:
    """The manifest at `inside`; None when there is none. Raises `StoreError`."""
    data = inside.read(MANIFEST)
    if data is None:
        return None
    try:
        found = from_json(data)
        layout = found.get("layout") if isinstance(found, dict) else None
        if layout != LAYOUT:
            raise StoreError(OTHER_LAYOUT.format(place=inside.root, found=str(layout)[:20], known=LAYOUT))
        manifest = Manifest.model_validate(found)
        if set(manifest.tables) != set(TABLES):
            raise StoreError(DAMAGED.format(place=inside.root, reason="other tables than this layout has"))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise StoreError(DAMAGED.format(place=inside.root, reason=f"{where}: {first['msg']}")) from error
    except ValueError as error:
        raise StoreError(DAMAGED.format(place=inside.root, reason=f"not JSON: {error}")) from error
    return manifest
