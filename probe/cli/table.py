"""A run as people see it: a line per target as it is done, above a bar; then the summary by platform.

Everything goes to standard error: standard output is for data. Without a terminal only the summary is shown.
"""

from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from probe.cli.words import run as words
from probe.record import Measurement, WebMeasurement
from probe.record.reach import Reach, reach_of
from probe.testlist import Target

STEPS = ("DNS", "TCP", "TLS", "HTTP")
MARKS: Mapping[bool | None, tuple[str, str]] = {
    True: ("✓", "green"),
    False: ("✗", "bold red"),
    None: ("·", "dim"),
}
PLAIN: Mapping[bool | None, str] = {True: "+", False: "x", None: "."}
OUTCOME_WIDTH = 34


def steps_of(reach: Reach) -> dict[str, bool | None]:
    """The four steps of `reach` by name, in their order."""
    return dict(zip(STEPS, (reach.dns, reach.tcp, reach.tls, reach.http), strict=True))


def status_of(reach: Reach) -> str:
    """`status 200`, when an answer came on this network's own way."""
    return words.STATUS.format(status=reach.status) if reach.status is not None else ""


def outcome(reach: Reach) -> str:
    """In two words: the status of the answer, or the failure; and the answer at an address only others named."""
    text = reach.failure or status_of(reach)
    return (
        text
        if reach.elsewhere is None
        else words.ELSEWHERE.format(outcome=text, status=reach.elsewhere).strip()
    )


class LiveTable:
    """Shows a run while it goes on. A `Listener` of `probe.run`; also a context manager around the run."""

    def __init__(self, console: Console, total: int) -> None:
        self._console, self._total, self._flying = console, total, 0
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
        self._flying -= 1
        self._bar.advance(self._task)
        self._describe()
        if isinstance(measurement, WebMeasurement):
            reach = reach_of(measurement)
            self._rows.append((target, reach))
            if self._console.is_terminal:
                self._console.print(
                    line_of(target, reach, measurement.test_runtime, self._console),
                    no_wrap=True,
                    overflow="ellipsis",
                )

    def crashed(self, target: Target, error: Exception) -> None:
        """Our own fault is said in every kind of output."""
        self._flying -= 1
        self._bar.advance(self._task)
        self._console.print(
            words.CRASHED.format(url=target.url, error=f"{type(error).__name__}: {error}"), markup=False
        )

    def summary(self) -> Table:
        """How far the targets of each platform got."""
        return summarise(self._rows)

    def reaches(self) -> dict[Target, Reach]:
        """How far each target got."""
        return dict(self._rows)

    def _describe(self) -> None:
        done = len(self._rows)
        text = words.IN_FLIGHT.format(done=done, total=self._total, flying=self._flying)
        self._bar.update(self._task, description=text)


def line_of(target: Target, reach: Reach, seconds: float, console: Console) -> Text:
    """`✓DNS ✓TCP ✗TLS ·HTTP connection_reset  1.2s  https://…`."""
    fancy = (console.encoding or "").lower().startswith("utf")
    line = Text()
    for name, done in steps_of(reach).items():
        mark, style = MARKS[done]
        line.append(f"{mark if fancy else PLAIN[done]}{name} ", style)
    line.append(f"{outcome(reach):<{OUTCOME_WIDTH}.{OUTCOME_WIDTH}} ", "red" if reach.failure else "")
    line.append(f"{seconds:5.1f}s  ", "dim")
    line.append(target.url)
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
