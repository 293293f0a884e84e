"""A run as people see it: lines, summary, both networks side by side, on wide, narrow and plain consoles."""

import re

import pytest

from probe.cli.comparing import by_platform, describe, side_by_side
from probe.cli.table import (
    OUTCOME_WIDTH,
    LiveTable,
    ending_of,
    line_of,
    outcome,
    outcome_width,
    steps_of,
    summarise,
)
from probe.record import Measurement, WebMeasurement, read_measurement
from probe.record.reach import STEPS, Reach
from probe.results import lines_of
from probe.testlist import Target
from tests.cli.running import EXAMPLE, coloured, screen, shown


def target(url: str = "https://www.instagram.com/", platform: str | None = "Instagram") -> Target:
    """One entry of a list."""
    return Target(url, "GRP", platform, "web", "test", "0" * 64, 1)


def reach(
    ended: str | None = None,
    failure: str | None = None,
    *,
    status: int | None = None,
    elsewhere: int | None = None,
) -> Reach:
    """How far a try got that ended at the step `ended`; one that got to its answer when that is None."""
    at = len(STEPS) if ended is None else STEPS.index(ended)
    dns, tcp, tls, http = (True if number < at else False if number == at else None for number in range(4))
    return Reach("https://www.instagram.com/", 1, dns, tcp, tls, http, status, failure, elsewhere)


ANSWERED = reach(status=200)
RESET = reach("TLS", "connection_reset")
ELSEWHERE = reach("TCP", "connection_refused", elsewhere=200)


def test_endings() -> None:
    """The status when an answer came, else the failure, else that there was none."""
    assert ending_of(ANSWERED) == "status 200"
    assert ending_of(RESET) == "connection_reset"
    assert ending_of(reach("HTTP")) == "no answer"


def test_outcomes() -> None:
    """An answer from elsewhere is said beside it: in words, by a star where there is no room for words."""
    assert outcome(ANSWERED) == "status 200"
    assert outcome(RESET) == "connection_reset"
    assert outcome(ELSEWHERE) == "connection_refused (elsewhere 200)"
    assert outcome(ELSEWHERE, OUTCOME_WIDTH - 1) == "connection_refused *"


def test_steps() -> None:
    """Done, failed, not tried; in their order."""
    assert steps_of(RESET) == {"DNS": True, "TCP": True, "TLS": False, "HTTP": None}


def line(
    found: Reach, width: int, *, url: str = "https://www.instagram.com/", encoding: str = "utf-8"
) -> str:
    """The line of a target as a console of `width` shows it."""
    console = screen(width, encoding=encoding)
    console.print(line_of(target(url), found, 1.23, console), no_wrap=True, overflow="ellipsis")
    return shown(console).rstrip("\n")


def test_line_on_a_wide_console() -> None:
    """Steps, outcome, seconds and the whole URL."""
    assert line(RESET, 120) == (
        "✓DNS ✓TCP ✗TLS ·HTTP connection_reset                     1.2s  https://www.instagram.com/"
    )
    assert line(ELSEWHERE, 120) == (
        "✓DNS ✗TCP ·TLS ·HTTP connection_refused (elsewhere 200)   1.2s  https://www.instagram.com/"
    )


def test_line_on_eighty_columns() -> None:
    """The name of the site is there in full, and so is every usual failure."""
    assert line(ELSEWHERE, 80) == ("✓DNS ✗TCP ·TLS ·HTTP connection_refused *     1.2s  www.instagram.com/")
    assert "generic_timeout_error" in line(reach("TLS", "generic_timeout_error"), 80)
    assert "http://" in line(RESET, 80, url="http://www.instagram.com/")


def test_line_on_forty_columns() -> None:
    """Steps and site are what is left; they say where it ended."""
    assert line(RESET, 40) == "✓DNS ✓TCP ✗TLS ·HTTP www.instagram.com/"


@pytest.mark.parametrize("width", [10, 40, 60, 79, 80, 91, 92, 200])
def test_no_line_is_longer_than_the_console(width: int) -> None:
    """Whatever has to be left out."""
    text = line(ELSEWHERE, width, url="https://scontent-fra3-1.cdninstagram.com/favicon.ico?" + "x" * 300)
    assert "\n" not in text
    assert len(text) <= width


def test_width_of_the_outcome() -> None:
    """None, or enough for a usual failure; never more than it needs."""
    assert outcome_width(40) == 0
    assert outcome_width(80) >= len("generic_timeout_error")
    assert outcome_width(500) == OUTCOME_WIDTH


def test_line_where_there_are_no_such_marks() -> None:
    """Plain letters on consoles that cannot show others."""
    assert line(RESET, 120, encoding="cp1252").startswith("+DNS +TCP xTLS .HTTP connection_reset ")


def test_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failure is red, but for those who set NO_COLOR."""
    for variable, red in (("", True), ("1", False)):
        monkeypatch.setenv("NO_COLOR", variable)
        monkeypatch.setenv("TERM", "xterm")
        console = screen(120)
        console.print(line_of(target(), RESET, 1.0, console))
        assert ("\x1b[31m" in coloured(console)) is red
        console = screen(120)
        console.print(line_of(target(), ANSWERED, 1.0, console))
        assert "\x1b[31m" not in coloured(console)


def rows(text: str) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in text.splitlines()]


def test_summary_by_platform() -> None:
    """Targets, answers, and where the others ended; sorted, targets of no platform by themselves."""
    console = screen(100)
    found = [
        (target(), ANSWERED),
        (target("https://i.instagram.com/"), RESET),
        (target("https://x.com/", "X"), reach("DNS", "dns_nxdomain_error")),
        (target("https://example.org/", None), reach("HTTP", "eof_error")),
        (target("https://b.example.org/", None), ELSEWHERE),
    ]
    console.print(summarise(found))
    assert rows(shown(console)) == [
        ["platform", "targets", "answered", "ended", "at", "DNS", "at", "TCP", "at", "TLS", "at", "HTTP"],
        ["(other)", "2", "-", "-", "1", "-", "1"],
        ["Instagram", "2", "1", "-", "-", "1", "-"],
        ["X", "1", "-", "1", "-", "-", "-"],
    ]


def test_summary_of_nothing() -> None:
    """A run that was stopped at once."""
    console = screen(100)
    console.print(summarise([]))
    assert rows(shown(console))[0][0] == "platform"


def test_summary_adds_up() -> None:
    """Every target is in one column."""
    found = [(target(str(number)), [ANSWERED, RESET, ELSEWHERE][number % 3]) for number in range(30)]
    console = screen(100)
    console.print(summarise(found))
    total, *parts = (0 if word == "-" else int(word) for word in rows(shown(console))[1][1:])
    assert total == sum(parts) == 30


CLEAN = {
    target(): ANSWERED,
    target("https://x.com/", "X"): ANSWERED,
    target("http://t.me/a", "Telegram"): ANSWERED,
}
CENSORED = {target(): ELSEWHERE, target("https://x.com/", "X"): RESET}


def test_side_by_side() -> None:
    """By platform, then by name; a star for an answer from elsewhere, nothing for what was not measured."""
    console = screen(100)
    console.print(side_by_side(CLEAN, CENSORED, 100))
    assert [re.split("  +", line.strip()) for line in shown(console).splitlines()[1:]] == [
        ["www.instagram.com/", "status 200", "TCP connection_refused *"],
        ["http://t.me/a", "status 200"],
        ["x.com/", "status 200", "TLS connection_reset"],
    ]


@pytest.mark.parametrize("width", [32, 40, 60, 71, 72, 80, 110, 300])
def test_side_by_side_fits(width: int) -> None:
    """Names are shortened, and still there; how a target ended is never cut."""
    late = CENSORED | {target(): reach("TCP", "generic_timeout_error", elsewhere=200)}
    console = screen(width)
    console.print(side_by_side(CLEAN, late, width))
    lines = shown(console).splitlines()
    assert len(lines) == (4 if width >= 72 else 3 * 4 - 1)
    assert all(len(line) <= min(width, 110) for line in lines)
    said = "\n".join(lines)
    assert "www.insta" in said
    assert "TCP generic_timeout_error *" in said
    assert "TLS connection_reset" in said
    assert said.count("status 200") == 3


def test_both_networks_by_platform() -> None:
    """How many answered; what was not measured did not."""
    console = screen(80)
    console.print(by_platform(CLEAN, CENSORED))
    assert rows(shown(console))[1:] == [
        ["Instagram", "1", "1", "answered", "0", "answered"],
        ["Telegram", "1", "1", "answered", "0", "answered"],
        ["X", "1", "1", "answered", "0", "answered"],
    ]


def test_descriptions() -> None:
    """The step and what ended it, or the status."""
    assert describe(ANSWERED) == "status 200"
    assert describe(RESET) == "TLS connection_reset"
    assert describe(reach("HTTP")) == "HTTP no answer"
    assert describe(ELSEWHERE) == "TCP connection_refused *"


def examples() -> list[WebMeasurement]:
    """Records of the lab's censored network."""
    found = [read_measurement(line.data) for line, _ in lines_of(EXAMPLE / "demo.jsonl")]
    return [record for record in found if isinstance(record, WebMeasurement)]


def played(table: LiveTable, records: list[WebMeasurement]) -> dict[Target, Reach]:
    """Show `records` as a run that is going on."""
    with table:
        for record in records:
            entry = target(record.input or "")
            table.started(entry)
            table.finished(entry, record)
    return table.reaches()


def test_a_line_for_each_target_as_it_is_done() -> None:
    """On a terminal; the bar is gone when the run has ended."""
    console = screen(120)
    found = played(LiveTable(console, 9), records := examples())
    assert len(found) == len(records) > 0
    for record in records:
        assert f"  {record.input}\n" in shown(console)


def test_without_a_terminal_lines_are_left_out() -> None:
    """A log has the summary only."""
    console = screen(120, terminal=False)
    table = LiveTable(console, 9)
    played(table, examples())
    assert shown(console).strip() == ""
    console.print(table.summary())
    assert "Instagram" in shown(console)


def test_stars_are_explained_where_they_were_shown() -> None:
    """Not on wide consoles, which have words, nor in logs, which have no lines."""
    for width, terminal, starred in (
        (80, True, True),
        (120, True, False),
        (80, False, False),
        (40, True, False),
    ):
        table = LiveTable(screen(width, terminal=terminal), 9)
        played(table, examples())
        assert table.shortened is starred, width


def test_a_fault_of_ours_is_always_said() -> None:
    """With its kind and the target it cost, and it counts as done."""
    console = screen(120, terminal=False)
    table = LiveTable(console, 1)
    with table:
        table.started(target())
        table.crashed(target(), ZeroDivisionError("a [bold]bug"))
    assert "https://www.instagram.com/: a fault in probe itself" in shown(console)
    assert "ZeroDivisionError: a [bold]bug" in shown(console)
    assert table.reaches() == {}


def test_measurements_that_are_no_visits_have_no_line() -> None:
    """Nothing to show of them yet, and no failure."""
    console = screen(120)
    table = LiveTable(console, 1)
    record = examples()[0]
    other = Measurement.model_validate({**record.model_dump(), "test_keys": {}, "test_name": "other"})
    with table:
        table.started(target())
        table.finished(target(), other)
    assert table.reaches() == {}
