"""The packaged tables of facts: CSV in UTF-8 under `probe/data`, read when they are asked for and never before."""

import csv
import io
from collections.abc import Iterator
from importlib.resources import files


def packaged_bytes(name: str) -> bytes:
    """The bytes of the packaged file `name`."""
    return files("probe").joinpath("data", name).read_bytes()


def packaged_rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of the packaged table `name`, by the names of its first line; an empty cell is an empty string."""
    yield from csv.DictReader(io.StringIO(packaged_bytes(name).decode("utf-8"), newline=""))
