"""`probe schedule` whose runs are on a network of the lab: `python -m tests.cli.schedule_run SCENARIO [OPTIONS]`."""

import sys

import typer

from probe.cli import schedule, scheduling


def main(name: str, arguments: list[str]) -> int:
    """The exit code."""
    alone = typer.Typer(add_completion=False)
    alone.command("schedule")(schedule.schedule)
    context = typer.main.get_command(alone).make_context("schedule", arguments)
    program = [sys.executable, "-m", "tests.cli.lab_probe", name]
    try:
        return scheduling.keep(scheduling.Wishes.collect(context.params), program)
    except typer.Exit as ended:
        return ended.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
