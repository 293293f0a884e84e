"""What records are judged with at ingest, and when a verdict as recorded is today's already.

A record that its own client judged by today's rules and tables keeps that verdict: the client knew how old its control
was and who had given it, and the same rules would say the same. With `anew`, and where a control file knows the target,
it is judged here all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from probe.control.controlfile import ControlFile, ControlFileError
from probe.control.distil import control_in
from probe.judge.control_view import ControlView
from probe.judge.foreign import FingerprintFileError
from probe.judge.knowledge import Knowledge
from probe.judge.netinfo import NetInfoError
from probe.judge.rules import RULESET
from probe.judge.verdict import judge
from probe.nettest.control import view_of
from probe.record import Measurement, WebMeasurement
from probe.record.runfile import parse_moment
from probe.record.verdict import ControlKind, ControlUsed
from probe.store.errors import StoreError
from probe.store.rows import Judged


@dataclass(frozen=True, slots=True)
class Tables:
    """Which files to judge with; none: what is packaged, and each record's own control."""

    controls: tuple[Path, ...] = ()
    fingerprints: tuple[Path, ...] = ()
    netinfo: Path | None = None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Bench:
    """`version`: of `knowledge`, as verdicts name it."""

    knowledge: Knowledge
    controls: tuple[ControlFile, ...] = ()
    anew: bool = False
    version: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "version", self.knowledge.version)

    @classmethod
    def open(cls, tables: Tables) -> Self:
        """Load everything. Raises `StoreError`."""
        try:
            knowledge = Knowledge.load(tables.fingerprints, tables.netinfo)
            controls = tuple(ControlFile.load(path) for path in tables.controls)
        except ControlFileError as error:
            raise StoreError(f"--control {error}") from error
        except FingerprintFileError as error:
            raise StoreError(f"--fingerprints {error}") from error
        except NetInfoError as error:
            raise StoreError(f"--netinfo {error}") from error
        return cls(knowledge, controls, tables.anew)

    def judged(self, record: Measurement) -> Judged:
        """The verdict on `record` by today's rules, and the one it came with."""
        if not isinstance(record, WebMeasurement):
            return Judged()
        recorded = record.test_keys.x_verdict
        view = self._from_file(record)
        current = recorded is not None and (recorded.ruleset, recorded.knowledge) == (RULESET, self.version)
        if current and view is None and not self.anew:
            return Judged(recorded, recorded)
        today = judge(record, view or own_control(record), self.knowledge.fingerprints).verdict
        return Judged(today, recorded)

    def _from_file(self, record: WebMeasurement) -> ControlView | None:
        """The first control file that knows the target."""
        if not self.controls:
            return None
        url, measured = record.input or "", parse_moment(record.measurement_start_time).timestamp()
        answers = (file.answer(url, measured) for file in self.controls)
        found = next((answer for answer in answers if answer.control is not None), None)
        return None if found is None else view_of(found)


def own_control(record: WebMeasurement) -> ControlView:
    """What the record's own client had been told."""
    own = control_in(record)
    return ControlView.of(own, ControlUsed(kind=ControlKind.RECORD, age_s=0.0)) if own else ControlView()


def paths(names: Sequence[str]) -> tuple[Path, ...]:
    """`names` as paths. Raises `StoreError` for the URL of a helper."""
    for name in names:
        if name.startswith(("http://", "https://")):
            raise StoreError(
                f"--control {name}: a helper is asked while a run goes on; old records need a control file"
            )
    return tuple(Path(name) for name in names)
