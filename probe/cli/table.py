"""A run as people see it: a line per target as it is done, above a bar; then the summary by platform.

Everything goes to standard error: standard output is for data. Without a terminal only the summary is shown.
"""

from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from probe.cli.words import run as words
from probe.record import Measurement, WebMeasurement
from probe.record.reach import STEPS, Reach, reach_of
from probe.testlist import Target

if TYPE_CHECKING:
    from probe.record.verdict import Verdict

MARKS: Mapping[bool | None, tuple[str, str]] = {
    True: ("✓", "green"),
    False: ("✗", "bold red"),
    None: ("·", "dim"),
}
PLAIN: Mapping[bool | None, str] = {True: "+", False: "x", None: "."}
STEPS_WIDTH, TIME_WIDTH = 21, 8
OUTCOME_WIDTH, NARROW_OUTCOME_WIDTH = 34, 21
URL_WIDTH = 28
"""Columns that a target keeps: more than most names of sites have."""


def steps_of(reach: Reach) -> dict[str, bool | None]:
    """The four steps of `reach` by name, in their order."""
    return dict(zip(STEPS, (reach.dns, reach.tcp, reach.tls, reach.http), strict=True))


def status_of(reach: Reach) -> str:
    """`status 200`, when an answer came on this network's own way."""
    return words.STATUS.format(status=reach.status) if reach.status is not None else ""


def ending_of(reach: Reach) -> str:
    """What ended it, or the status of the answer."""
    return (reach.failure or words.NO_ANSWER) if reach.ended_at else status_of(reach)


def outcome(reach: Reach, width: int = OUTCOME_WIDTH) -> str:
    """The status of the answer, or the failure; and the answer at an address only others named, a star if there is no room."""
    text = ending_of(reach)
    if reach.elsewhere is None:
        return text
    form = words.ELSEWHERE if width >= OUTCOME_WIDTH else words.ELSEWHERE_SHORT
    return form.format(outcome=text, status=reach.elsewhere).strip()


def outcome_width(columns: int) -> int:
    """Columns for the outcome in a line of `columns`; 0 when the target needs them all."""
    room = columns - STEPS_WIDTH - TIME_WIDTH - URL_WIDTH - 1
    return min(room, OUTCOME_WIDTH) if room >= NARROW_OUTCOME_WIDTH else 0


class LiveTable:
    """Shows a run while it goes on. A `Listener` of `probe.run`; also a context manager around the run."""

    def __init__(self, console: Console, total: int) -> None:
        self._console, self._total, self._flying, self._done = console, total, 0, 0
        self._bar = Progress(
            BarColumn(bar_width=20),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID = self._bar.add_task("", total=total)
        self._rows: list[tuple[Target, Reach]] = []
        self.judged: list[tuple[Target, Verdict]] = []

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def started(self, target: Target) -> None:  # noqa: ARG002 - Listener's signature
        """One more in flight."""
        self._flying += 1
        self._describe()

    def finished(self, target: Target, measurement: Measurement) -> None:
        """One line for `target`."""
        self._land()
        if isinstance(measurement, WebMeasurement):
            reach = reach_of(measurement)
            self._rows.append((target, reach))
            if measurement.test_keys.x_verdict is not None:
                self.judged.append((target, measurement.test_keys.x_verdict))
            if self._console.is_terminal:
                self._console.print(
                    line_of(target, reach, measurement.test_runtime, self._console),
                    no_wrap=True,
                    overflow="ellipsis",
                )

    def crashed(self, target: Target, error: BaseException) -> None:
        """Our own fault is said in every kind of output."""
        self._land()
        self._console.print(
            words.CRASHED.format(url=target.url, error=f"{type(error).__name__}: {error}"), markup=False
        )

    def summary(self) -> Table:
        """How far the targets of each platform got."""
        return summarise(self._rows)

    @property
    def shortened(self) -> bool:
        """Whether a line had a star instead of the words for it."""
        narrow = 0 < outcome_width(self._console.width) < OUTCOME_WIDTH
        starred = any(reach.elsewhere is not None for _, reach in self._rows)
        return self._console.is_terminal and narrow and starred

    def reaches(self) -> dict[Target, Reach]:
        """How far each target got."""
        return dict(self._rows)

    def _land(self) -> None:
        self._flying -= 1
        self._done += 1
        self._bar.advance(self._task)
        self._describe()

    def _describe(self) -> None:
        text = words.IN_FLIGHT.format(done=self._done, total=self._total, flying=self._flying)
        self._bar.update(self._task, description=text)


def line_of(target: Target, reach: Reach, seconds: float, console: Console) -> Text:
    """`✓DNS ✓TCP ✗TLS ·HTTP connection_reset  1.2s  https://…`; a narrow console leaves out what it can."""
    fancy = (console.encoding or "").lower().startswith("utf")
    line = Text()
    for name, done in steps_of(reach).items():
        mark, style = MARKS[done]
        line.append(f"{mark if fancy else PLAIN[done]}{name} ", style)
    width = outcome_width(console.width)
    if width:
        line.append(f"{outcome(reach, width):<{width}.{width}} ", "red" if reach.ended_at else "")
        line.append(f"{seconds:5.1f}s  ", "dim")
    line.append(target.url if width >= OUTCOME_WIDTH else target.url.removeprefix("https://"))
    return line


def summarise(rows: list[tuple[Target, Reach]]) -> Table:
    """A row per platform: targets, answers, and where the others ended."""
    ends: dict[str, Counter[str | None]] = {}
    for target, reach in rows:
        ends.setdefault(target.platform or words.NO_PLATFORM, Counter())[reach.ended_at] += 1
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(words.COLUMN_PLATFORM)
    for title in (words.COLUMN_TARGETS, words.COLUMN_ANSWERED, *words.COLUMN_ENDED.values()):
        table.add_column(title, justify="right")
    for platform, counts in sorted(ends.items()):
        numbers = [counts.total(), counts[None], *(counts[step] for step in words.COLUMN_ENDED)]
        table.add_row(platform, *(str(number) if number else "-" for number in numbers))
    return table
