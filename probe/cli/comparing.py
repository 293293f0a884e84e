"""Two networks of the lab measured one after the other, and shown side by side: the work behind `probe demo`."""

import asyncio
import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from probe import session
from probe.cli.measuring import console
from probe.cli.narrate import JsonLines
from probe.cli.stop import stop
from probe.cli.table import LiveTable, status_of
from probe.cli.words import demo as words
from probe.lab.lab import Lab
from probe.lab.scenario import Scenario
from probe.lab.scenarios import SCENARIOS
from probe.measure.setting import Deadlines
from probe.measure.trust import Trust
from probe.record.reach import Reach
from probe.results import ResultsError
from probe.safety.scrub import Scrubber
from probe.schedule import Limits
from probe.testlist import Target, load_bundled

DEADLINES = Deadlines(dns=2.0, tcp=3.0, tls=3.0, http=3.0)
"""Shorter than on a real network, so that a black hole costs three seconds and not ten."""

RTT = 0.02
SEED = 1

MAX_WIDTH = 110

Rows = dict[Target, Reach]


def measure_twice(output: Path, *, as_json: bool) -> None:
    """Measure the bundled platforms on both networks; names the files on standard output."""
    out = console()
    out.print(words.INTRO, markup=False)
    out.print(words.CLEAN, style="bold")
    clean, clean_path = _measure(SCENARIOS["clean"], output, out, as_json=as_json)
    out.print(words.CENSORED.format(sentence=SCENARIOS["demo"].sentence), style="bold", markup=False)
    censored, censored_path = _measure(SCENARIOS["demo"], output, out, as_json=as_json)
    if not as_json:
        out.print(side_by_side(clean, censored, out.width))
        out.print(words.STAR, style="dim", markup=False)
        typer.echo(f"{clean_path}\n{censored_path}")
    out.print(words.NEXT, markup=False)


def _measure(scenario: Scenario, output: Path, out: Console, *, as_json: bool) -> tuple[Rows, Path]:
    entries = load_bundled("platforms")
    job = session.Job(
        targets=entries.targets,
        lists=[entries],
        limits=Limits(),
        seed=SEED,
        command=["demo"],
        deadlines=DEADLINES,
        annotations={"network_type": "lab", "lab_scenario": scenario.name},
    )
    table = LiveTable(out, len(job.targets))
    listener = JsonLines(sys.stdout, table) if as_json else table
    with Lab(scenario, rtt=RTT) as lab:
        surroundings = session.Surroundings(lab.network(), Trust.load(lab.ca_file), Scrubber())
        try:
            results = session.open_new(job, output, surroundings)
        except ResultsError as error:
            stop(str(error))
        with table:
            asyncio.run(session.carry_out(job, results, surroundings, listener))
    return table.reaches(), results.path


def side_by_side(clean: Rows, censored: Rows, width: int) -> Table:
    """A row per target, by platform: how far it got on each network; fits into `width` columns."""
    table = Table(box=None, pad_edge=False, header_style="bold", width=min(width, MAX_WIDTH))
    table.add_column(words.COLUMN_TARGET, overflow="ellipsis", no_wrap=True, ratio=1)
    for title in (words.COLUMN_CLEAN, words.COLUMN_CENSORED):
        table.add_column(title, no_wrap=True)
    for target, reach in sorted(clean.items(), key=lambda row: (row[0].platform or "", row[0].url)):
        other = censored.get(target)
        table.add_row(target.url.removeprefix("https://"), describe(reach), describe(other) if other else "")
    return table


def describe(reach: Reach) -> str:
    """`TLS connection_reset`, `status 200`; a star when the site answered elsewhere."""
    ended = f"{reach.ended_at} {reach.failure}" if reach.ended_at else status_of(reach)
    return ended if reach.elsewhere is None else f"{ended} *"
