"""A run's files from the first byte to the last: made with a plan, found again by `--resume`, ended by a manifest.

What stands beside `NAME.jsonl` says how the run is doing:

| plan | manifest | the run |
|------|----------|---------|
| yes  | no       | is going on, or was killed: can be resumed |
| yes  | yes      | was stopped in order, or some targets have no record: can be resumed |
| no   | yes      | is complete |
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from probe.record.runfile import Counts, Manifest, Outcome, Plan, PlannedTarget
from probe.results.durable import draft_of, replace_file, sync_folder
from probe.results.errors import ResultsError
from probe.results.journal import Journal
from probe.results.recovery import Recovered, missing, recover
from probe.results.runfiles import RunFiles

MAX_PLAN = 256 << 20
"""Bytes; a plan of a million targets."""

OF_PLAN_ONLY = {"software_name", "software_version", "targets", "unusable"}


class ResultsFile:
    """The open results file of one run. As a context manager it closes the journal; only `finish` ends the run.

    `missing` are the targets to measure, in the plan's order: all of them in a new run.
    """

    def __init__(self, files: RunFiles, plan: Plan, journal: Journal, missing: list[PlannedTarget]) -> None:
        self.files, self.plan, self.journal, self.missing = files, plan, journal, missing

    @property
    def path(self) -> Path:
        """The records file."""
        return self.files.records

    @classmethod
    def create(cls, output: Path, plan: Plan) -> Self:
        """Begin a run in `output`, a .jsonl file or a folder in which a file named by time, country and network is made.

        The plan is on the disk when this returns. Raises `ResultsError` when an explicit file exists already or the
        place cannot be written.
        """
        candidates = RunFiles.candidates(output, plan.started, plan.vantage)
        try:
            candidates[0].records.parent.mkdir(parents=True, exist_ok=True)
            files = next((files for files in candidates if _claim(files, plan)), None)
            if files is None:
                raise ResultsError(candidates[0].describe_taken())
            return cls(files, plan, _begin_journal(files), list(plan.targets))
        except OSError as error:
            raise ResultsError(
                f"{output}: cannot be written: {error.strerror}; choose another place by -o"
            ) from error

    @classmethod
    def resume(
        cls,
        path: Path,
        *,
        check: Callable[[Plan], None] = lambda _: None,
        in_vain: Callable[[bytes], bool] = lambda _: False,
    ) -> Self:
        """Go on with the unfinished run at `path`: its records, plan or manifest file, or a folder that has one.

        `check` may refuse the plan by a `ResultsError`; nothing is changed then. Once the run was found to be on an
        unusable network, targets of which all records are `in_vain` are missing as well; the records stay.
        Sets torn lines aside, and removes the manifest of an earlier stop, which describes the records no longer.
        Raises `NothingToResumeError` when the run is complete, `ResultsError` when there is none, when another
        process is at it, or when the files cannot be read.
        """
        files = RunFiles.find(path)
        try:
            plan = _read_plan(files.plan)
            check(plan)
            unusable = plan.unusable or _outcome_of(files.manifest) == "network_unusable"
            found = recover(files.records, in_vain=in_vain if unusable else None)
            journal = _open_journal(files.records, found)
            try:
                plan = plan.model_copy(update={"resumed": plan.resumed + 1, "unusable": unusable})
                replace_file(files.plan, _to_json(plan))
                files.manifest.unlink(missing_ok=True)
            except BaseException:
                journal.close()
                raise
        except OSError as error:
            raise ResultsError(
                f"{files.records}: cannot be resumed: {error.filename or ''} {error.strerror}"
            ) from error
        return cls(files, plan, journal, missing(plan, found.measured))

    def finish(
        self,
        outcome: Outcome,
        *,
        finished: str,
        versions: Mapping[str, str],
        clean: Callable[[str], str] = str,
    ) -> Manifest:
        """End the run: close the journal, read it once more, write the manifest, and remove the plan if all is done.

        `finished` is UTC, `YYYY-MM-DD HH:MM:SS`. `clean` takes what nobody may see out of the options, which the plan
        needs as they are: a resolver may be this machine. The plan stays when `outcome` is not "complete" or a target has no
        record, so that the run can be resumed. Raises `JournalError` when records could not be written, `ResultsError`
        when the manifest could not; the run stays unfinished then.
        """
        self.journal.close()
        try:
            manifest = self._describe(outcome, finished, versions, clean)
            replace_file(self.files.manifest, _to_json(manifest))
            if outcome == "complete" and not manifest.counts.missing:
                self.files.plan.unlink(missing_ok=True)
                sync_folder(self.path.parent)
        except OSError as error:
            raise ResultsError(f"{self.files.manifest}: {error.strerror}; the records are safe") from error
        return manifest

    def _describe(
        self, outcome: Outcome, finished: str, versions: Mapping[str, str], clean: Callable[[str], str]
    ) -> Manifest:
        found = recover(self.path)
        planned, left = len(self.plan.targets), len(missing(self.plan, found.measured))
        torn = self.files.torn.stat().st_size if self.files.torn.exists() else 0
        facts = self.plan.model_dump(exclude=OF_PLAN_ONLY) | {
            "finished": finished,
            "outcome": outcome,
            "options": {name: clean(value) for name, value in self.plan.options.items()},
            "versions": dict(versions),
            "counts": Counts(planned=planned, measured=planned - left, missing=left, torn_bytes=torn),
            "records_file": self.path.name,
            "records_bytes": found.size,
            "records_sha256": _digest(self.path),
        }
        return Manifest.model_validate(facts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.journal.close()


def _claim(files: RunFiles, plan: Plan) -> bool:
    """Write the plan, unless a run has this name; of two processes that want it one gets it."""
    if files.taken:
        return False
    draft = draft_of(files.plan)
    try:
        with draft.open("xb"):
            pass
    except FileExistsError:
        return False
    if files.taken:  # the other one was done between our look and our claim
        draft.unlink()
        return False
    try:
        replace_file(files.plan, _to_json(plan))
    except OSError:  # a full disk: leave no claim behind that would stand in the next run's way
        draft.unlink(missing_ok=True)
        raise
    return True


def _begin_journal(files: RunFiles) -> Journal:
    try:
        return Journal(files.records)
    except OSError:  # a plan without a place for its records would look like a run that was killed
        files.plan.unlink(missing_ok=True)
        raise


def _open_journal(path: Path, found: Recovered) -> Journal:
    journal = Journal(path)
    if journal.start_size != found.size:
        journal.close()
        raise ResultsError(f"{path}: another run wrote to this file just now; resume again when it has ended")
    return journal


def _read_plan(path: Path) -> Plan:
    if path.stat().st_size > MAX_PLAN:
        raise ResultsError(f"{path}: too large for a plan")
    try:
        return Plan.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "file"
        raise ResultsError(f"{path}: not a plan this version understands: {place}: {first['msg']}") from error


def _outcome_of(manifest: Path) -> Outcome | None:
    """How the run ended before, None when that is not known: the records do not depend on it."""
    try:
        return Manifest.model_validate_json(manifest.read_bytes()).outcome
    except (OSError, ValidationError):
        return None


def _to_json(model: Plan | Manifest) -> bytes:
    return model.model_dump_json(indent=1).encode() + b"\n"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
