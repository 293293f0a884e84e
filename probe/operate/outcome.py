"""What a run came to, in a few numbers: from its manifest and its records, as they lie in the results folder.

No names of targets here but where they are asked for, see `statuses`.
"""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from probe.record.runfile import Manifest, Moment, Outcome
from probe.record.verdict import Status
from probe.results.lines import lines_of
from probe.results.runfiles import MANIFEST

MAX_MANIFEST = 1 << 20
"""Bytes; one of ours has three thousand."""

MAX_TARGETS = 5000
"""Targets that get a time series each when asked for; Prometheus is not made for more from one place."""

FAILED = "failed"
NO_VERDICT = "none"
STATUSES = (*(status.value for status in Status), NO_VERDICT)


class LastRun(BaseModel):
    """One run that has ended. `outcome` is the manifest's, or `failed` when it left none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    started: Moment
    finished: Moment
    outcome: Outcome | Literal["failed"]
    exit_code: int | None = Field(
        description="128 and the signal's number when it was killed; null: not known"
    )
    run_id: str = ""
    planned: int = Field(default=0, ge=0)
    measured: int = Field(default=0, ge=0)
    missing: int = Field(default=0, ge=0)
    statuses: dict[str, int] = Field(default_factory=dict, description="verdict's status → targets")
    records_file: str | None = None
    records_bytes: int = Field(default=0, ge=0)

    @property
    def succeeded(self) -> bool:
        """Whether it measured on a network that works, to its end or to the end of its time or bytes."""
        return self.outcome in {"complete", "deadline", "budget"}

    @property
    def in_order(self) -> bool:
        """Whether it ended by itself and wrote down how; a network that is down is a finding, not a fault."""
        return self.succeeded or self.outcome == "network_unusable"


class Seen(NamedTuple):
    """A target and the status of its verdict."""

    input: str
    status: str


def manifests(folder: Path) -> dict[Path, int]:
    """The manifests in `folder`, each with the time it was written, in nanoseconds by the disk."""
    found = {}
    for path in folder.glob("*" + MANIFEST):
        with contextlib.suppress(OSError):  # removed meanwhile
            found[path] = path.stat().st_mtime_ns
    return found


def changed(found: Mapping[Path, int], before: Mapping[Path, int]) -> list[Path]:
    """Those of `found` that are not in `before` as they are, the last written last."""
    fresh = [path for path, written in found.items() if before.get(path) != written]
    return sorted(fresh, key=lambda path: (found[path], path.name))


def read_manifest(path: Path) -> Manifest | None:
    """The manifest at `path`; None when it cannot be read, or is not one."""
    try:
        with path.open("rb") as file:
            return Manifest.model_validate_json(file.read(MAX_MANIFEST + 1))
    except (OSError, ValidationError):
        return None


def describe(manifest_path: Path, exit_code: int | None) -> LastRun | None:
    """The run of the manifest at `manifest_path`, its records read once; None when there is no such run."""
    manifest = read_manifest(manifest_path)
    if manifest is None:
        return None
    records = manifest_path.with_name(Path(manifest.records_file).name)
    tally = Counter(seen.status for seen in statuses(records))
    return LastRun(
        started=manifest.started,
        finished=manifest.finished,
        outcome=manifest.outcome,
        exit_code=exit_code,
        run_id=manifest.run_id,
        planned=manifest.counts.planned,
        measured=manifest.counts.measured,
        missing=manifest.counts.missing,
        statuses=dict(tally),
        records_file=records.name,
        records_bytes=manifest.records_bytes,
    )


def statuses(records: Path) -> Iterator[Seen]:
    """Target and status of each record; one line in memory at a time. Nothing when the file is gone."""
    try:
        for line, _ in lines_of(records):
            if line.reason is None and (seen := _seen(line.data)):
                yield seen
    except OSError:
        return


def targets_of(records: Path) -> tuple[Seen, ...]:
    """The first `MAX_TARGETS` targets in `records`, each once."""
    found = dict[str, Seen]()
    for seen in statuses(records):
        if len(found) == MAX_TARGETS:
            break
        found[seen.input] = seen
    return tuple(found.values())


def _seen(line: bytes) -> Seen | None:
    try:
        record = json.loads(line)
        verdict = record["test_keys"].get("x_verdict") or {}
        status = verdict.get("status")
        asked = record.get("input")
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return None
    return Seen(str(asked or ""), status if status in STATUSES else NO_VERDICT)
