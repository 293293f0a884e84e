"""Whether cron will read a file of /etc/cron.d as meant: settings, times, user, and a command that its shell can parse.

    python tools/check_crontab.py FILE

Reads the lines as cron(5) says: NAME=value, or five fields, a user and a command in which `%` stands for a line's end
unless a backslash is before it. Times are read by the library that `probe schedule` uses.
"""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from cronsim import CronSim, CronSimError

SETTING = re.compile(r"^\s*[A-Za-z_][A-Za-z0-9_]*\s*=")
JOB = re.compile(r"^(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+([a-z_][a-z0-9_-]*)\s+(\S.*)$")
RAW_PERCENT = re.compile(r"(?<!\\)%")
YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def faults(text: str) -> tuple[list[str], int]:
    """Sentences, each with its line, and the number of jobs."""
    found, jobs = [], 0
    if not text.endswith("\n"):
        found.append("the last line has no end: cron would not read it")
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#") or SETTING.match(line):
            continue
        job = JOB.match(line)
        if job is None:
            found.append(f"line {number}: neither a setting nor five fields, a user and a command")
            continue
        jobs += 1
        found += [f"line {number}: {fault}" for fault in faults_of_job(job[1], job[3])]
    return found, jobs


def faults_of_job(times: str, command: str) -> list[str]:
    """What is wrong with one line."""
    found = []
    try:
        next(CronSim(times, YEAR))
    except (CronSimError, StopIteration) as error:
        found.append(f"{times}: {error}")
    if RAW_PERCENT.search(command):
        found.append("% without a backslash: cron ends the command there")
    shell = subprocess.run(
        ["sh", "-n", "-c", command.replace("\\%", "%")], capture_output=True, text=True, check=False
    )
    if shell.returncode:
        found.append(shell.stderr.strip())
    return found


def main() -> int:
    """Print what is wrong; 1 when anything is."""
    path = Path(sys.argv[1])
    found, jobs = faults(path.read_text(encoding="utf-8"))
    for fault in found:
        print(f"{path}: {fault}", file=sys.stderr)
    if not jobs:
        print(f"{path}: no job", file=sys.stderr)
    return 1 if found or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
