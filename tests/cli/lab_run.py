"""`probe run` on a network of the lab: `python -m tests.cli.lab_run SCENARIO RTT [OPTIONS OF RUN]`.

The same options, the same code, but for consent and the operating system's network.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from probe.cli.measuring import console, measure_in
from probe.cli.stop import stop
from probe.cli.values import BadValueError
from probe.cli.wishes import Wishes, plan_job
from probe.lab.lab import Lab
from probe.safety.scrub import Identity
from tests.run.labs import around, scenario


def carry_out(lab: Lab, wishes: Wishes, identity: Identity | None = None) -> int:
    """Measure in `lab`; returns the exit code."""
    try:
        return measure_in(around(lab, identity), plan_job(wishes), wishes, console())
    except BadValueError as error:
        stop(str(error))


def main(
    name: str,
    rtt: float,
    url: Annotated[list[str] | None, typer.Option()] = None,
    output: Annotated[Path | None, typer.Option("-o")] = None,
    parallel: str = "40",
    resume: Path | None = None,
    max_disk: str | None = None,
    *,
    resume_interrupted: bool = False,
    summary_line: bool = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Run."""
    with scenario(name, rtt=rtt) as lab:
        wishes = Wishes(
            urls=tuple(url or ()), output=output, parallel=parallel, resume=resume, as_json=as_json,
            max_disk=max_disk, resume_interrupted=resume_interrupted, summary_line=summary_line,
        )  # fmt: skip
        sys.exit(carry_out(lab, wishes))


if __name__ == "__main__":
    typer.run(main)
