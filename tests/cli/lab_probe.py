"""`probe` for schedules in tests: `python -m tests.cli.lab_probe SCENARIO run …` measures on a network of the lab.

`--dry-run` is the real one: it sends nothing.
"""

import sys

import typer

from probe.cli import run
from probe.cli.app import app
from probe.cli.wishes import collect
from tests.cli.lab_run import carry_out
from tests.run.labs import scenario


def main(name: str, arguments: list[str]) -> int:
    """The exit code of `probe run` with `arguments`, behind the word run, on the network `name`."""
    alone = typer.Typer(add_completion=False)
    alone.command("run")(run.run)
    context = typer.main.get_command(alone).make_context("run", arguments[1:])
    with scenario(name) as lab:
        return carry_out(lab, collect(context.params))


if __name__ == "__main__":
    if "--dry-run" in sys.argv:
        app(sys.argv[2:], prog_name="probe")
    sys.exit(main(sys.argv[1], sys.argv[2:]))
