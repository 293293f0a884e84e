"""Files judged again: the work behind `probe judge`. One record in memory at a time, whatever the size of a file."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

import typer

from probe.cli.lines import lines_in, record_in
from probe.cli.stop import DIFFERENT, DONE, stop
from probe.cli.telling import codes, reason, sentence, shown
from probe.cli.words import judge as words
from probe.cli.words.verdict import NO_VERDICT
from probe.control.controlfile import ControlFile, ControlFileError
from probe.control.distil import control_in
from probe.judge.control_view import ControlView
from probe.judge.foreign import FingerprintFileError
from probe.judge.inscribe import inscribe_verdict
from probe.judge.knowledge import Knowledge
from probe.judge.netinfo import NetInfoError
from probe.nettest.control import view_of
from probe.record import Measurement, UnreadableRecordError, WebMeasurement, to_line
from probe.record.runfile import parse_moment
from probe.record.verdict import ControlKind, ControlUsed, Verdict


@dataclass(frozen=True, slots=True)
class Bench:
    """What records are judged with."""

    knowledge: Knowledge
    controls: tuple[ControlFile, ...] = ()

    @classmethod
    def open(cls, controls: Sequence[str], fingerprints: Sequence[Path], netinfo: Path | None) -> Self:
        """Load everything; ends the command when something cannot be used, and tells of rows that are not."""
        try:
            knowledge = Knowledge.load(fingerprints, netinfo)
        except FingerprintFileError as error:
            stop(words.BAD_FINGERPRINTS.format(reason=error))
        except NetInfoError as error:
            stop(words.BAD_NETINFO.format(reason=error))
        for row in knowledge.fingerprints.rejected:
            typer.echo(words.REJECTED_FINGERPRINT.format(row=row), err=True)
        return cls(knowledge, tuple(load_control(source) for source in controls))

    def judge(self, record: WebMeasurement) -> Verdict:
        """The verdict on `record`, which is written into it."""
        return inscribe_verdict(record, self.view(record), self.knowledge)

    def view(self, record: WebMeasurement) -> ControlView:
        """The first control file that knows the target, else what the record's own client had been told."""
        url, measured = record.input or "", parse_moment(record.measurement_start_time).timestamp()
        for file in self.controls:
            answer = file.answer(url, measured)
            if answer.control is not None:
                return view_of(answer)
        own = control_in(record)
        return ControlView.of(own, ControlUsed(kind=ControlKind.RECORD, age_s=0.0)) if own else ControlView()


def load_control(source: str) -> ControlFile:
    """The control file `source`; ends the command when it is none."""
    if source.startswith(("http://", "https://")):
        stop(words.HELPER_NOT_HERE.format(source=source))
    try:
        return ControlFile.load(Path(source))
    except ControlFileError as error:
        stop(words.BAD_CONTROL.format(reason=error))


@dataclass(slots=True)
class Tally:
    """What was counted."""

    records: int = 0
    changed: int = 0
    bad: int = 0
    statuses: Counter[str] = field(default_factory=Counter)


def judge_files(
    bench: Bench, files: Sequence[Path], output: Path | None, *, diff: bool, as_json: bool
) -> int:
    """Judge all; the exit code: 1 when a line was no record, or with `diff` when a verdict changed."""
    tally = Tally()
    with _open_output(output) as out:
        for file in files:
            for record in records_of(file, tally):
                before = record.test_keys.x_verdict if isinstance(record, WebMeasurement) else None
                verdict = bench.judge(record) if isinstance(record, WebMeasurement) else None
                _count(tally, before, verdict)
                _show(record, before, verdict, diff=diff, as_json=as_json)
                if out is not None:
                    out.write(to_line(record))
    _summarise(tally, diff=diff)
    return DIFFERENT if tally.bad or (diff and tally.changed) else DONE


def records_of(file: Path, tally: Tally) -> Iterator[Measurement]:
    """The records of `file`, lazily; each bad line is told with its number."""
    for line in lines_in(file):
        try:
            yield record_in(line)
        except UnreadableRecordError as error:
            tally.bad += 1
            typer.echo(words.BAD.format(file=file, line=line.number, reason=error), err=True)


def same(one: Verdict | None, other: Verdict | None) -> bool:
    """Whether two verdicts say the same: status, mechanisms, confidence and place."""
    if one is None or other is None:
        return one is other
    return _core(one) == _core(other)


def _core(verdict: Verdict) -> tuple[object, ...]:
    return verdict.status, verdict.mechanisms, verdict.confidence, verdict.hop


def _count(tally: Tally, before: Verdict | None, verdict: Verdict | None) -> None:
    tally.records += 1
    tally.changed += not same(before, verdict)
    tally.statuses[verdict.status.value if verdict else "no verdict"] += 1


def _show(
    record: Measurement, before: Verdict | None, verdict: Verdict | None, *, diff: bool, as_json: bool
) -> None:
    if diff and same(before, verdict):
        return
    if as_json:
        line: dict[str, object] = {
            "input": record.input,
            "test_name": record.test_name,
            "verdict": _plain(verdict),
        }
        if diff:
            line |= {"before": _plain(before), "why": _why(before, verdict)}
        typer.echo(json.dumps(line))
    else:
        typer.echo(shown(_line(record, before, verdict, diff=diff)))


def _line(record: Measurement, before: Verdict | None, verdict: Verdict | None, *, diff: bool) -> str:
    if verdict is None:
        return words.LINE.format(input=record.input, sentence=NO_VERDICT.format(test_name=record.test_name))
    if not diff:
        return words.LINE.format(input=record.input, sentence=sentence(verdict))
    old = f"{before.status.value} {codes(before)}" if before else words.NEW
    new = f"{verdict.status.value} {codes(verdict)}: {reason(verdict)}"
    return words.CHANGED.format(input=record.input, before=old, after=new, reason=_why(before, verdict))


def _plain(verdict: Verdict | None) -> object:
    return verdict.model_dump() if verdict else None


def _why(before: Verdict | None, after: Verdict | None) -> str:
    """What differs in what the two rest on."""
    if before is None or after is None:
        return words.WHY_SAME
    reasons = []
    if before.ruleset != after.ruleset:
        reasons.append(words.WHY_RULES.format(before=before.ruleset, after=after.ruleset))
    if before.control.kind != after.control.kind:
        reasons.append(
            words.WHY_CONTROL.format(before=before.control.kind.value, after=after.control.kind.value)
        )
    if before.knowledge != after.knowledge:
        reasons.append(words.WHY_KNOWLEDGE.format(before=before.knowledge, after=after.knowledge))
    return "; ".join(reasons) or words.WHY_SAME


class _open_output:  # noqa: N801 - a context manager like `open`
    """The file for `--output`, never an existing one; None when there is none to write."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> IO[bytes] | None:
        if self._path is None:
            return None
        if self._path.suffix != ".jsonl":
            stop(words.NOT_JSONL.format(path=self._path))
        try:
            self._file = self._path.open("xb")
        except FileExistsError:
            stop(words.EXISTS.format(path=self._path))
        except OSError as error:
            stop(words.UNWRITABLE.format(path=self._path, reason=error.strerror))
        return self._file

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


def _summarise(tally: Tally, *, diff: bool) -> None:
    counts = ", ".join(f"{count} {status}" for status, count in sorted(tally.statuses.items()))
    sys.stdout.flush()
    typer.echo(words.SUMMARY.format(records=tally.records, counts=counts or "none", bad=tally.bad), err=True)
    if diff:
        typer.echo(words.CHANGES.format(changed=tally.changed, records=tally.records), err=True)
