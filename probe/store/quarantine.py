"""Lines that are no records, written down so that nothing is lost: where each came from, why, and the line itself.

One file of JSON Lines a source. What a line holds is cut at `KEPT` bytes and a file at `MAX_FILE`: the source, which
nobody has changed, has the rest.
"""

import json
import re
from base64 import b64encode
from pathlib import Path

from probe.store.work import KEPT, SHORT, Refused

MAX_FILE = 64 << 20
"""Bytes of lines that are kept of one source; beyond them only place and reason."""

MAX_REFUSED = 100_000
"""Lines of one source after which it is not read any further, if most of it are no records."""

MAX_NAME = 80


class Quarantine:
    """The refused lines of one source, in a file in `folder` that appears with the first."""

    def __init__(self, folder: Path, name: str, digest: str) -> None:
        stem = re.sub(r"[^A-Za-z0-9._-]", "_", Path(name).name)[:MAX_NAME]
        self.path = folder / f"{stem}-{digest[:SHORT]}.jsonl"
        self.count = 0
        self._name, self._kept = name, 0

    def add(self, refused: Refused) -> None:
        """Write it down. Raises `OSError`."""
        room = max(0, min(KEPT, MAX_FILE - self._kept))
        data = refused.data[:room]
        self._kept += len(data)
        self.count += 1
        entry = {"file": self._name, "line": refused.number, "reason": refused.reason, "bytes": refused.size}
        entry |= _content(data.removesuffix(b"\n"))
        entry |= {"cut": True} if len(data) < min(refused.size, len(refused.data) + 1) else {}
        with self.path.open("ab") as file:
            file.write(json.dumps(entry).encode() + b"\n")

    def is_hopeless(self, taken: int) -> bool:
        """Whether the source is no file of records, by what has been seen of it."""
        return self.count >= MAX_REFUSED and self.count > taken


def _content(data: bytes) -> dict[str, object]:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = None
    # JSON writes a zero byte as six characters.
    return {"base64": b64encode(data).decode()} if text is None or "\0" in text else {"text": text}
