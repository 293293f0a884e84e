"""What a results folder takes of its disk, and what is left of it."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes that the results take, and bytes that are free there."""

    used: int
    free: int


def disk_of(folder: Path) -> Disk | None:
    """What the files in `folder` take, not those in folders within it; None when it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            used = sum(
                entry.stat(follow_symlinks=False).st_size
                for entry in entries
                if entry.is_file(follow_symlinks=False)
            )
        return Disk(used, shutil.disk_usage(folder).free)
    except OSError:
        return None
