"""The files of one run: made before the first record, found again by `--resume`, closed with a manifest."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from probe.record.runfile import Counts, Manifest, Plan, PlannedTarget
from probe.results.journal import Journal
from probe.results.recovery import Recovered, recover, replace_file

RECORDS = ".jsonl"
MAX_SAME_SECOND = 1000


class ResultsError(ValueError):
    """The files cannot be used as asked; the message says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The records file, and its plan and manifest beside it."""

    records: Path

    @property
    def plan(self) -> Path:
        """There while the run is unfinished."""
        return self.records.with_suffix(".plan.json")

    @property
    def manifest(self) -> Path:
        """There once the run, or a part of it, has ended."""
        return self.records.with_suffix(".manifest.json")

    @classmethod
    def choose(cls, output: Path, started: datetime, country: str, asn: str) -> "RunFiles":
        """New files for a run: `output` itself when it ends in .jsonl, else a name of time, country and network in it.

        Raises `ResultsError` when the file exists already: records are never written over.
        """
        if output.suffix == RECORDS:
            files = cls(output)
            if files._taken():
                raise ResultsError(f"{output}: exists already; go on with it by --resume {output}, or choose another name")
            return files
        stem = f"{started:%Y%m%dT%H%M%SZ}-{country}-{asn}"
        names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, MAX_SAME_SECOND))
        return next(files for name in names if not (files := cls(output / (name + RECORDS)))._taken())

    def _taken(self) -> bool:
        return any(path.exists() for path in (self.records, self.plan, self.manifest))

    def begin(self, plan: Plan) -> Journal:
        """Write the plan, then open the journal; raises `ResultsError` when the place cannot be written."""
        try:
            self.records.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.plan, plan.model_dump_json(indent=1).encode())
            return Journal(self.records)
        except OSError as error:
            raise ResultsError(f"{self.records}: cannot be written: {error.strerror or error}") from error

    def resume(self) -> tuple[Plan, list[PlannedTarget], Recovered]:
        """The plan of an unfinished run, what is missing of it in its order, and what was found.

        Raises `ResultsError` when there is nothing to resume. Call `reopen` to write the rest.
        """
        if not self.plan.exists():
            reason = "is complete: nothing to resume" if self.manifest.exists() else "has no plan beside it: not an unfinished run"
            raise ResultsError(f"{self.records}: {reason}")
        try:
            plan = Plan.model_validate_json(self.plan.read_bytes())
        except ValidationError as error:
            raise ResultsError(f"{self.plan}: not a plan of this version: {error.errors()[0]['msg']}") from error
        self.reopen().close()  # nobody else may be writing while the tail is cut
        found = recover(self.records)
        return plan, [target for target in plan.targets if target.url not in found.measured], found

    def reopen(self) -> Journal:
        """The journal, to append what is missing."""
        return Journal(self.records)

    def end(self, plan: Plan, finished: str, outcome: str, versions: dict[str, str]) -> Manifest:
        """Write the manifest; when nothing is missing any more, remove the plan."""
        found = recover(self.records)
        before = self._last_manifest()
        counts = Counts(
            planned=len(plan.targets),
            measured=len(found.measured),
            resumed=before.counts.resumed + 1 if before else 0,
            torn_bytes=self._torn_bytes(),
        )
        facts = plan.model_dump(exclude={"seed", "test_name", "targets", "versions"})
        digest, size = _digest(self.records)
        manifest = Manifest.model_validate(
            facts
            | {
                "versions": versions,
                "finished": finished,
                "outcome": outcome,
                "counts": counts,
                "records_file": self.records.name,
                "records_bytes": size,
                "records_sha256": digest,
            }
        )
        replace_file(self.manifest, manifest.model_dump_json(indent=1).encode() + b"\n")
        if outcome == "complete" and counts.measured == counts.planned:
            self.plan.unlink(missing_ok=True)
        return manifest

    def _last_manifest(self) -> Manifest | None:
        try:
            return Manifest.model_validate_json(self.manifest.read_bytes())
        except (OSError, ValidationError):
            return None

    def _torn_bytes(self) -> int:
        torn = self.records.with_suffix(".torn")
        return torn.stat().st_size if torn.exists() else 0


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return digest.hexdigest(), file.tell()
