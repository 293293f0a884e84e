"""Two networks of the lab measured one after the other, and shown side by side: the work behind `probe demo`."""

import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from probe.cli.measuring import carry_out, console, facts_of, name_files, open_new
from probe.cli.narrate import JsonLines
from probe.cli.stop import DONE, INTERRUPTED, stop
from probe.cli.table import LiveTable, ending_of
from probe.cli.verdicts import Judged, platform_lines
from probe.cli.words import demo as words
from probe.job import Job, Surroundings
from probe.judge.knowledge import Knowledge
from probe.lab.lab import Lab
from probe.lab.scenario import Scenario
from probe.lab.scenarios import SCENARIOS
from probe.measure.setting import Deadlines
from probe.measure.trust import Trust
from probe.record.reach import Reach
from probe.safety.scrub import Identity
from probe.schedule import Limits
from probe.testlist import Target, load_bundled

DEADLINES = Deadlines(tls=3.0)
"""Handshakes are what falls silent on the second network: each costs three seconds there, and not ten."""

RTT = 0.02
SEED = 1

MAX_WIDTH = 110
WIDE_ENOUGH = 72
"""Columns in which a third for the target leaves room for both ends: `status 200` and `TCP generic_timeout_error *`."""

BELOW = "\n  "

Rows = dict[Target, Reach]


@dataclass(frozen=True, slots=True)
class Measured:
    """One network measured: how far each target got, where its records are, the signal that ended it early."""

    rows: Rows
    judged: Judged
    path: Path
    signal: int | None


def measure_twice(output: Path, *, as_json: bool) -> int:
    """Measure and judge the bundled platforms on both networks; names the files on standard output; returns the exit code."""
    out = console()
    if output.suffix == ".jsonl" and not output.is_dir():
        stop(words.NOT_A_FOLDER.format(output=output))
    out.print(words.INTRO, markup=False)
    out.print(words.CLEAN, style="bold")
    knowledge = Knowledge.packaged()
    clean = _measure(SCENARIOS["clean"], output, out, knowledge, as_json=as_json)
    if clean.signal:
        return _interrupted(out, clean, as_json=as_json)
    out.print(words.CENSORED.format(sentence=SCENARIOS["demo"].sentence), style="bold", markup=False)
    censored = _measure(SCENARIOS["demo"], output, out, knowledge, as_json=as_json)
    if censored.signal:
        return _interrupted(out, clean, censored, as_json=as_json)
    if not as_json:
        _show(out, clean, censored)
    out.print(words.NEXT, markup=False)
    return DONE


def _show(out: Console, clean: Measured, censored: Measured) -> None:
    out.print(side_by_side(clean.rows, censored.rows, out.width))
    out.print(words.STAR, style="dim", markup=False)
    out.print()
    out.print(by_platform(clean.rows, censored.rows))
    for title, network in ((words.COLUMN_CLEAN, clean), (words.COLUMN_CENSORED, censored)):
        out.print(f"\n{title}:", style="bold", markup=False)
        for line in platform_lines(network.judged):
            out.print(line)
    name_files(out, clean.path, censored.path)


def _interrupted(out: Console, *networks: Measured, as_json: bool) -> int:
    out.print(words.STOPPED, markup=False)
    if not as_json:
        name_files(out, *(network.path for network in networks))
    return INTERRUPTED + (networks[-1].signal or 0)


def _measure(
    scenario: Scenario, output: Path, out: Console, knowledge: Knowledge, *, as_json: bool
) -> Measured:
    job = _job(scenario)
    table = LiveTable(out, len(job.targets))
    listener = JsonLines(sys.stdout, table, network=scenario.name) if as_json else table
    with Lab(scenario, rtt=RTT) as lab:
        surroundings = Surroundings(lab.network(), Trust.load(lab.ca_file), Identity(), knowledge)
        results = open_new(job, output, surroundings)
        progress, manifest = carry_out(job, results, surroundings, table, listener)
    if isinstance(listener, JsonLines):
        listener.summarise(**facts_of(manifest, results.path))
    return Measured(table.reaches(), table.judged, results.path, progress.signal)


def _job(scenario: Scenario) -> Job:
    entries = load_bundled("platforms")
    return Job(
        targets=entries.targets,
        lists=[entries],
        limits=Limits(),
        seed=SEED,
        command=["demo"],
        deadlines=DEADLINES,
        annotations={"network_type": "lab", "lab_scenario": scenario.name},
    )


def side_by_side(clean: Rows, censored: Rows, width: int) -> Table:
    """A row per target, by platform: how far it got on each network; fits into `width` columns.

    On a narrow screen the three stand one below the other: of a target's end nothing may be cut.
    """
    titles = (words.COLUMN_TARGET, words.COLUMN_CLEAN, words.COLUMN_CENSORED)
    rows = [
        (
            target.url.removeprefix("https://"),
            describe(reach),
            describe(censored[target]) if target in censored else "",
        )
        for target, reach in sorted(clean.items(), key=lambda row: (row[0].platform or "", row[0].url))
    ]
    table = Table(box=None, pad_edge=False, header_style="bold", width=min(width, MAX_WIDTH))
    if width < WIDE_ENOUGH:
        table.add_column(BELOW.join(titles), overflow="ellipsis", no_wrap=True)
        for row in rows:
            table.add_row(BELOW.join(filter(None, row)))
        return table
    table.add_column(titles[0], overflow="ellipsis", no_wrap=True, ratio=1, min_width=width // 3)
    for title in titles[1:]:
        table.add_column(title, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def by_platform(clean: Rows, censored: Rows) -> Table:
    """A row per platform: targets, and how many answered on each network's own way."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(words.COLUMN_PLATFORM)
    for title in (words.COLUMN_TARGETS, words.COLUMN_CLEAN, words.COLUMN_CENSORED):
        table.add_column(title, justify="right")
    for platform in sorted({target.platform or "" for target in clean}):
        targets = [target for target in clean if (target.platform or "") == platform]
        answered = [sum(_answered(rows.get(target)) for target in targets) for rows in (clean, censored)]
        table.add_row(platform, str(len(targets)), *map(words.ANSWERED.format, answered))
    return table


def _answered(reach: Reach | None) -> bool:
    return reach is not None and reach.ended_at is None


def describe(reach: Reach) -> str:
    """`TLS connection_reset`, `status 200`; a star when the site answered elsewhere."""
    ended = f"{reach.ended_at} {ending_of(reach)}" if reach.ended_at else ending_of(reach)
    return ended if reach.elsewhere is None else f"{ended} *"
