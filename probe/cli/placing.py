"""Where `probe run` would write: asked of its own options, so that the answer is the same wherever they are set."""

from collections.abc import Sequence
from pathlib import Path

import typer

from probe.cli import run

DEFAULT_OUTPUT = Path("results")


def output_of(options: Sequence[str]) -> Path:
    """What `probe run` with `options` takes for --output: from them, the environment, or a configuration file."""
    alone = typer.Typer(add_completion=False)
    alone.command("run")(run.run)
    with typer.main.get_command(alone).make_context("run", list(options)) as context:
        return Path(context.params.get("output") or DEFAULT_OUTPUT)
