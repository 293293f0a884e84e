"""What the disk has for certain: syncing files and folders, replacing a file in one step, locking one."""

import contextlib
import errno
import os
from pathlib import Path

from probe.results.errors import JournalError

UNSYNCABLE = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EROFS})
"""What `fsync(2)` answers for a file system that has nothing to sync."""

LOCKED = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})
"""What `flock(2)` and msvcrt answer when somebody else holds the lock; anything else: this disk has no locks."""

LOCK_PLACE = 1 << 40
"""Windows locks bytes, and nobody else may read them then: this one is far behind every record."""

TRIES = 5


def sync(number: int) -> None:
    """Return when the bytes of the open file `number` are on the disk; raises `OSError`."""
    try:
        getattr(os, "fdatasync", os.fsync)(number)
    except OSError as error:
        if error.errno not in UNSYNCABLE:
            raise


def sync_folder(folder: Path) -> None:
    """Return when the names in `folder` are on the disk; Windows does that by itself."""
    if os.name == "nt":  # pragma: no cover
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        sync(number)
    finally:
        os.close(number)


def draft_of(path: Path) -> Path:
    """Where the next content of `path` is written before it takes its place."""
    return path.with_name(path.name + ".new")


def replace_file(path: Path, data: bytes) -> None:
    """Give `path` new content in one step: after a kill there is the old or the new, nothing between."""
    draft = draft_of(path)
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        sync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def open_locked(path: Path, *, create: bool) -> int:
    """Open `path` for reading and appending, for this process alone; the lock ends with the file number.

    Raises `JournalError` when another process has it, `OSError` when it cannot be opened. On a disk that knows no
    locks (some network and phone storage) the file is opened without one.
    """
    flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT if create else 0) | getattr(os, "O_BINARY", 0)
    for _ in range(TRIES):
        number = os.open(path, flags, 0o666)
        if _lock(number) and _is_still_at(number, path):
            return number
        os.close(number)
    raise JournalError(f"{path}: another run is writing this file; wait for its end, or stop it")


def _lock(number: int) -> bool:
    """Whether nobody else has the lock."""
    try:
        if os.name == "nt":  # pragma: no cover
            import msvcrt  # noqa: PLC0415

            os.lseek(number, LOCK_PLACE, os.SEEK_SET)
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            os.lseek(number, 0, os.SEEK_SET)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in LOCKED
    return True


def _is_still_at(number: int, path: Path) -> bool:
    """False when the file was replaced or removed between its opening and its locking: the lock is on a file nobody sees."""
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(number), path.stat())
    return False
