"""`probe` as people and scripts run it: in this process where that shows the same, in one of its own where it matters."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from typer.testing import CliRunner, Result

from probe.cli.app import app

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "results" / "example"
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def environment(home: Path, **more: str) -> dict[str, str]:
    """The caller's environment with a home of its own and without the caller's consent."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PROBE_", "XDG_"))}
    own = {"HOME": str(home), "APPDATA": str(home), "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    return {**kept, **own, "PYTHONUNBUFFERED": "1", **more}


def probe(*arguments: str, home: Path, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `probe` to its end in a process of its own, with `home` as its folder too."""
    return subprocess.run(
        [sys.executable, "-m", "probe", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=home,
        env=environment(home, **environ),
    )


def invoke(*arguments: str, home: Path, stdin: str | bytes = "", **environ: str) -> Result:
    """Run `probe` in this process, through its real entry; standard input is no terminal."""
    hidden: dict[str, str | None] = {
        name: None for name in os.environ if name.startswith(("PROBE_", "XDG_", "COLUMNS"))
    }
    own = {"HOME": str(home), "APPDATA": str(home), "TERMINAL_WIDTH": "80"}
    return CliRunner().invoke(app, arguments, input=stdin, env={**hidden, **own, **environ})


def interrupted(
    command: Sequence[str], home: Path, number: signal.Signals, after: str, count: int = 1
) -> tuple[int, str, str, float]:
    """Start `python -m command`, send the signal once `count` files `after` in `home` have content, wait for the end.

    Returns exit code, both outputs, and the seconds between signal and end.
    """
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=home,
        env=environment(home),
    ) as process:
        deadline = time.monotonic() + 30
        while sum(file.stat().st_size > 0 for file in home.glob(after)) < count:
            assert time.monotonic() < deadline, f"no {after}"
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        process.send_signal(number)
        start = time.monotonic()
        out, err = process.communicate(timeout=30)
        return process.returncode, out, err, time.monotonic() - start


def screen(width: int, *, terminal: bool = True, encoding: str = "utf-8") -> Console:
    """A console of `width` columns that keeps what is shown; read it with `shown`."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace", newline="\n")
    return Console(file=file, width=width, force_terminal=terminal, highlight=False, legacy_windows=False)


def shown(console: Console) -> str:
    """What was printed, without colours and the like."""
    return ESCAPE.sub("", coloured(console))


def coloured(console: Console) -> str:
    """What was printed, as it went to the terminal."""
    file = console.file
    assert isinstance(file, io.TextIOWrapper)
    assert isinstance(file.buffer, io.BytesIO)
    file.flush()
    return file.buffer.getvalue().decode(file.encoding)
