"""A folder where a store may be: on a disk, or in an object store that pyarrow knows. One way to write to either.

A file is there whole or not at all: on a disk it is renamed into its place, in an object store it appears when its
upload ends. What the files mean is not known here.
"""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyarrow as pa
from pyarrow import fs

from probe.results.durable import replace_file, sync, sync_folder
from probe.store.errors import StoreError

MAX_SMALL = 256 << 20
"""Bytes of a file that is read as a whole: a manifest of a million files."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder `root` of `filesystem`; `disk` is the same folder when it is on this machine's disk."""

    filesystem: fs.FileSystem
    root: str
    disk: Path | None

    @classmethod
    def at(cls, where: str | Path) -> Self:
        """`where`: a path, or a URI as `s3://bucket/folder?region=…&endpoint_override=…`. Raises `StoreError`."""
        if isinstance(where, str) and "://" in where:
            try:
                filesystem, root = fs.FileSystem.from_uri(where)
            except (pa.ArrowException, ValueError, OSError) as error:
                raise StoreError(f"{where}: not a place that can be used: {error}") from error
            disk = Path(root) if isinstance(filesystem, fs.LocalFileSystem) else None
            return cls(filesystem, root.rstrip("/"), disk)
        disk = Path(where).absolute()
        return cls(fs.LocalFileSystem(), disk.as_posix(), disk)

    def within(self, folder: str) -> "Place":
        """The folder `folder` of this one."""
        return Place(self.filesystem, self.path(folder), self.disk / folder if self.disk else None)

    def path(self, name: str) -> str:
        """How `filesystem` calls the file `name`."""
        return f"{self.root}/{name}"

    def read(self, name: str) -> bytes | None:
        """All of a small file; None when it is not there. Raises `StoreError`."""
        try:
            with self.filesystem.open_input_stream(self.path(name)) as file:
                data: bytes = file.read(MAX_SMALL + 1)
        except FileNotFoundError:
            return None
        except (OSError, pa.ArrowException) as error:
            raise StoreError(f"{self.path(name)}: cannot be read: {first_line(error)}") from error
        if len(data) > MAX_SMALL:
            raise StoreError(f"{self.path(name)}: larger than {MAX_SMALL >> 20} MiB")
        return data

    def put(self, name: str, data: bytes) -> None:
        """Give the file `name` new content. Raises `StoreError`."""
        try:
            if self.disk is not None:
                target = self.disk / name
                target.parent.mkdir(parents=True, exist_ok=True)
                replace_file(target, data)
            else:
                with self.filesystem.open_output_stream(self.path(name)) as file:
                    file.write(data)
        except (OSError, pa.ArrowException) as error:
            raise StoreError(f"{self.path(name)}: cannot be written: {first_line(error)}") from error

    def take(self, name: str, made: Path) -> None:
        """Let the finished local file `made` become the file `name`. Raises `StoreError`."""
        try:
            if self.disk is not None:
                target = self.disk / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with made.open("rb") as file:
                    sync(file.fileno())
                made.replace(target)
                sync_folder(target.parent)
            else:
                with made.open("rb") as file, self.filesystem.open_output_stream(self.path(name)) as out:
                    shutil.copyfileobj(file, out, 1 << 20)
                made.unlink()
        except (OSError, pa.ArrowException) as error:
            raise StoreError(f"{self.path(name)}: cannot be written: {first_line(error)}") from error

    def delete(self, name: str) -> None:
        """Remove the file `name`, and on a disk its folder when that was the last; nothing when it is not there."""
        with suppress(FileNotFoundError):
            self.filesystem.delete_file(self.path(name))
        if self.disk is not None:
            with suppress(OSError):
                (self.disk / name).parent.rmdir()

    def names(self, folder: str) -> list[str]:
        """Names of all files under `folder`, as `path` takes them, sorted."""
        found = self.filesystem.get_file_info(
            fs.FileSelector(self.path(folder), recursive=True, allow_not_found=True)
        )
        start = len(self.root) + 1
        return sorted(info.path[start:] for info in found if info.is_file)


def first_line(error: Exception) -> str:
    """What is wrong, without the rest."""
    return str(error).partition("\n")[0] or type(error).__name__
