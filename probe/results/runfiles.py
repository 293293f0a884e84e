"""Names of a run's files, and how a name that nobody uses is found."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from probe.record.runfile import Vantage, parse_moment
from probe.results.durable import draft_of
from probe.results.errors import NothingToResumeError, ResultsError
from probe.results.recovery import TORN

RECORDS, PLAN, MANIFEST = ".jsonl", ".plan.json", ".manifest.json"
OTHER_FORMATS = frozenset({".json", ".gz", ".zst", ".csv", ".txt"})

MAX_SAME_SECOND = 1000
"""Runs of one network that may begin within one second and one folder."""


def names_a_file(output: Path) -> bool:
    """Whether `output` is one file, wanted or not, and no folder in which files are made."""
    return not output.is_dir() and output.suffix in {RECORDS, *OTHER_FORMATS}


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The records file, and the plan, the manifest and the torn lines beside it."""

    records: Path

    @property
    def plan(self) -> Path:
        """There while the run is unfinished."""
        return self.records.with_suffix(PLAN)

    @property
    def manifest(self) -> Path:
        """There once the run, or a part of it, has ended in order."""
        return self.records.with_suffix(MANIFEST)

    @property
    def torn(self) -> Path:
        """There if a line was ever broken."""
        return self.records.with_suffix(TORN)

    @property
    def taken(self) -> bool:
        """Whether a run has used this name, or is just about to."""
        compressed = self.records.with_name(self.records.name + ".gz")
        own = (self.records, self.plan, self.manifest, self.torn, compressed)
        return any(path.exists() for path in own)

    @classmethod
    def candidates(cls, output: Path, started: str, vantage: Vantage) -> list[Self]:
        """Where a new run may go, best first: `output` itself when it ends in .jsonl, else names in that folder.

        Raises `ResultsError` for a file name of another format.
        """
        if not names_a_file(output):
            stem = f"{parse_moment(started):%Y%m%dT%H%M%SZ}-{vantage.country}-{vantage.asn}"
            stems = [stem, *(f"{stem}-{number}" for number in range(2, MAX_SAME_SECOND))]
            return [cls(output / (name + RECORDS)) for name in stems]
        if output.suffix != RECORDS:
            raise ResultsError(
                f"{output}: records are written as JSON Lines; name a {RECORDS} file or a folder"
            )
        return [cls(output)]

    @classmethod
    def find(cls, path: Path) -> Self:
        """The files of the unfinished run that `path` names: its records, plan or manifest, or a folder with one.

        Raises `NothingToResumeError` for a complete run, `ResultsError` when there is no run or more than one.
        """
        if path.is_dir():
            return cls._only_unfinished(path)
        files = cls(path)
        for ending in (PLAN, MANIFEST):
            if path.name.endswith(ending):
                files = cls(path.with_name(path.name.removesuffix(ending) + RECORDS))
        if files.plan.exists():
            return files
        if files.manifest.exists():
            raise NothingToResumeError(f"{files.records}: this run is complete; there is nothing to do")
        if not path.exists():
            raise ResultsError(f"{path}: no such file; name the {RECORDS} file of the run to go on with")
        raise ResultsError(
            f"{path}: there is no {files.plan.name} beside it, so what is missing is not known; start a new run instead"
        )

    @classmethod
    def _only_unfinished(cls, folder: Path) -> Self:
        plans = sorted(folder.glob("*" + PLAN))
        if len(plans) == 1:
            return cls.find(plans[0])
        if not plans:
            raise ResultsError(f"{folder}: no unfinished run in this folder")
        names = ", ".join(plan.name.removesuffix(PLAN) + RECORDS for plan in plans)
        raise ResultsError(f"{folder}: {len(plans)} unfinished runs in this folder; name one of {names}")

    def describe_taken(self) -> str:
        """Why a run that was to be written here cannot be."""
        if self.plan.exists():
            return f"{self.records}: an unfinished run; go on with it by --resume {self.records}, or choose another name"
        if not self.taken:
            draft = draft_of(self.plan)
            return (
                f"{self.records}: another run is just starting here; if none is, remove {draft} and try again"
            )
        return f"{self.records}: exists already and is not written over (--resume goes on with unfinished runs only)"
