"""Where lists come from: the ones that are shipped, files, and standard input."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import BinaryIO

from probe.testlist.entry import TestList
from probe.testlist.parse import MAX_BYTES, parse

SUFFIX = ".csv"


class ListNotFoundError(LookupError):
    """No such list; the message says which there are."""


def _folder() -> Traversable:
    """In a wheel the lists are inside the package, in a checkout beside it."""
    inside = files("probe").joinpath("testlists")
    return inside if inside.is_dir() else Path(__file__).parents[2] / "testlists"


def bundled_names() -> tuple[str, ...]:
    """Names of the shipped lists, sorted."""
    return tuple(
        sorted(
            entry.name.removesuffix(SUFFIX) for entry in _folder().iterdir() if entry.name.endswith(SUFFIX)
        )
    )


def load_bundled(name: str) -> TestList:
    """A shipped list; raises `ListNotFoundError`."""
    if name not in bundled_names():
        raise ListNotFoundError(
            f"no list {name!r}: not a file, and the bundled lists are {', '.join(bundled_names())}"
        )
    return parse(name, _folder().joinpath(name + SUFFIX).read_bytes())


def load(source: str, stdin: BinaryIO | None = None) -> TestList:
    """`source`: a shipped list's name, a file's path, or - for `stdin`; raises `ListNotFoundError`."""
    if source == "-" and stdin is not None:
        return parse("stdin", stdin.read(MAX_BYTES + 1))
    if source in bundled_names():
        return load_bundled(source)
    path = Path(source)
    try:
        with path.open("rb") as file:
            return parse(path.name, file.read(MAX_BYTES + 1))
    except (FileNotFoundError, ValueError):
        return load_bundled(source)
    except OSError as error:
        raise ListNotFoundError(f"{source}: cannot be read: {error.strerror}") from error
