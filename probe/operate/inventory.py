"""Which runs lie in a results folder, told by their plans and manifests. Reads only; never looks into records.

A file is ours when a plan or a manifest that this program understands stands beside it and names it. Whatever else
lies in the folder (records without either, files of a later version, links) is nobody's business here.
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from probe.record.runfile import ListUsed, Vantage, parse_moment
from probe.results import RunFiles
from probe.results.durable import draft_of
from probe.results.resultsfile import MAX_PLAN
from probe.results.runfiles import MANIFEST, PLAN, RECORDS

MAX_RUNS = 100_000
"""Looked at in one folder; one run every five minutes for a year."""

FORMAT = 1

Subject = tuple[tuple[tuple[str, str], ...], str, str]
"""Two runs of one subject measure the same: each list's name and SHA-256, country, AS number."""


class Named(Protocol):
    """A list, be it read just now or noted in a plan."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def sha256(self) -> str:
        """Of its bytes."""
        ...


class _Facts(BaseModel):
    """What plans and manifests have in common and is needed here; what else they hold may be of another version."""

    model_config = ConfigDict(extra="ignore")

    format: int
    run_id: str
    report_id: str
    started: str
    vantage: Vantage
    lists: list[ListUsed]
    annotations: dict[str, str] = {}
    resumed: int = 0
    finished: str | None = None
    outcome: str | None = None
    records_file: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One run in a folder. `ended`: its last known moment, UTC; `size`: bytes of all its files.

    `outcome` is None for a run that did not end in order.
    """

    files: RunFiles
    ended: datetime
    size: int
    finished: bool
    outcome: str | None
    subject: Subject
    annotations: tuple[tuple[str, str], ...]
    resumed: int

    @property
    def name(self) -> str:
        """What its files are called, without endings."""
        return self.files.plan.name.removesuffix(PLAN)


def find_runs(folder: Path) -> list[Found]:
    """The runs in `folder`, not in folders within it, oldest first. Raises `OSError` when it cannot be read."""
    found = (_found(RunFiles(folder / (stem + RECORDS))) for stem in _stems(folder))
    return sorted((run for run in found if run), key=lambda run: (run.ended, run.name))


def files_of(files: RunFiles) -> list[Path]:
    """All files that a run may have, in the order in which they can be removed: one kill later it is still a run."""
    compressed = files.records.with_name(files.records.name + ".gz")
    named = [files.records, compressed, files.torn]
    drafts = [draft_of(path) for path in (files.records, files.plan, files.manifest)]
    return [*named, *drafts, files.plan, files.manifest]


def subject_of(lists: Iterable[Named], vantage: Vantage) -> Subject:
    """What is measured and from where: the lists by name and content, the network as declared."""
    return tuple(sorted((each.name, each.sha256) for each in lists)), vantage.country, vantage.asn


def _stems(folder: Path) -> list[str]:
    stems = set[str]()
    for path in folder.iterdir():
        for ending in (PLAN, MANIFEST):
            if path.name.endswith(ending) and len(stems) < MAX_RUNS:
                stems.add(path.name.removesuffix(ending))
    return sorted(stems)


def _found(files: RunFiles) -> Found | None:
    present = [path for path in files_of(files) if path.exists() or path.is_symlink()]
    if any(path.is_symlink() or not path.is_file() for path in present):
        return None
    plan, manifest = _read(files.plan), _read(files.manifest)
    facts = plan or manifest
    if (
        facts is None
        or (files.plan.exists() and plan is None)
        or (files.manifest.exists() and manifest is None)
    ):
        return None
    if manifest is not None and manifest.records_file != files.records.name:
        return None
    try:
        ended = parse_moment((manifest and manifest.finished) or facts.started)
    except ValueError:
        return None
    return Found(
        files=files,
        ended=ended,
        size=sum(_size(path) for path in present),
        finished=plan is None,
        outcome=manifest.outcome if manifest else None,
        subject=subject_of(facts.lists, facts.vantage),
        annotations=tuple(sorted(facts.annotations.items())),
        resumed=facts.resumed,
    )


def _read(path: Path) -> _Facts | None:
    try:
        if path.stat().st_size > MAX_PLAN:
            return None
        facts = _Facts.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return facts if facts.format == FORMAT else None


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0
