"""A table as a Parquet file of the store: sorted, compressed, and named by the digest of its bytes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from probe.store.layout import PARTITION, Part
from probe.store.schema import TABLES

ORDER = {
    "measurements": ("probe_cc", "probe_asn", "domain", "measurement_start_time", "measurement_uid"),
    "observations": ("probe_cc", "probe_asn", "domain", "measurement_uid", "transaction_id", "step"),
    "sources": ("name", "source"),
}
"""How rows are sorted; the first three make a question about a network or a site touch few row groups."""

MAX_ROWS = {"measurements": 125_000, "observations": 250_000, "sources": 1_000_000}
"""Rows of one file; as much memory is held as these need in Arrow, twice: 50 MB."""

ROW_GROUP = 64_000
LEVEL = 3
"""Of zstd."""

UNLIKE = frozenset({"measurement_uid", "source", "t", "duration", "test_runtime"})
"""Columns without repetition: a dictionary would only cost."""

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Made:
    """A finished file on this machine's disk that is not in the store yet."""

    path: Path
    part: Part


def write_part(folder: Path, table: str, day: int | None, pieces: Sequence[pa.Table]) -> Made:
    """`pieces` of one `day` (since the epoch; None: of sources) as one file in `folder`."""
    whole = pa.concat_tables(pieces) if len(pieces) > 1 else pieces[0]
    whole = whole.sort_by([(name, "ascending") for name in ORDER[table]])
    draft = folder / f"{table}-{day}.draft"
    columns = [name for name in TABLES[table] if name not in UNLIKE]
    pq.write_table(
        whole, draft, compression="zstd", compression_level=LEVEL, use_dictionary=columns, row_group_size=ROW_GROUP,
        coerce_timestamps="ms",
    )  # fmt: skip
    digest, named = digest_of(draft), day_text(day)
    place = f"{table}/{PARTITION}{named}" if named else table
    part = Part(
        name=f"{place}/{digest[:32]}.parquet",
        day=named,
        rows=whole.num_rows,
        size=draft.stat().st_size,
        sha256=digest,
    )
    return Made(draft.rename(folder / f"{table}-{named}-{digest[:32]}.parquet"), part)


def day_text(day: int | None) -> str | None:
    """A day since the epoch as YYYY-MM-DD."""
    return None if day is None else date.fromordinal(date(1970, 1, 1).toordinal() + day).isoformat()


def day_number(text: str) -> int:
    """YYYY-MM-DD as a day since the epoch."""
    return date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()


def digest_of(path: Path) -> str:
    """SHA-256 of the file's bytes, hexadecimal. Raises `OSError`."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
