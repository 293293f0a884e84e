#!/usr/bin/env python3
"""Set up what is needed beside this file and start it: `start.py demo`, `start.py test`, `start.py run …`.

Only the standard library, on any system with Python 3.11 or newer. Makes `.venv` in the checkout once, and again
when Python or pyproject.toml has changed; everything else is what `probe` or pytest does.
"""

import sys

if sys.version_info < (3, 11):
    sys.stderr.write("probe needs Python 3.11 or newer; this is %d.%d\n" % sys.version_info[:2])
    sys.exit(2)

import hashlib
import os
import shutil
import signal
import subprocess
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = Path(os.environ.get("PROBE_VENV", ROOT / ".venv"))
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
NO_VENV = "This Python cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv"


def say(text: str) -> None:
    """One line for people."""
    print(text, file=sys.stderr, flush=True)


def requirements(*, with_tools: bool) -> list[str]:
    """What pip installs: this checkout with the lab, and the tools of the dev group for tests.

    The group names the checkout too, for the extras that tests need: older versions of pip look for it in an index
    unless it is named once, with all of its extras.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tools = project["dependency-groups"]["dev"] if with_tools else []
    own = project["project"]["name"] + "["
    extras = {"lab"}.union(*(line[len(own) : -1].split(",") for line in tools if line.startswith(own)))
    return [
        "-e",
        f"{ROOT}[{','.join(sorted(extras))}]",
        *(line for line in tools if not line.startswith(own)),
    ]


def stamp(*, with_tools: bool) -> str:
    """Changes when the environment must be made again."""
    facts = (sys.version, str(ROOT), str(with_tools), (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()


def prepare(*, with_tools: bool) -> None:
    """Make the environment unless it is there and whole."""
    note = ENVIRONMENT / "probe-stamp"
    known = note.read_text(encoding="utf-8").split() if note.exists() else []
    if stamp(with_tools=with_tools) in known or stamp(with_tools=True) in known:
        return
    if ENVIRONMENT.exists() and not (ENVIRONMENT / "pyvenv.cfg").exists() and any(ENVIRONMENT.iterdir()):
        say(
            f"{ENVIRONMENT} holds something else than a virtual environment; name another place by PROBE_VENV"
        )
        sys.exit(2)
    say(f"Setting up {ENVIRONMENT.name} (once)")
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    try:
        venv.EnvBuilder(with_pip=True).create(ENVIRONMENT)
    except (subprocess.CalledProcessError, ImportError):
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        say(NO_VENV)
        sys.exit(2)
    say("Installing reachprobe and what it needs")
    install = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    code = subprocess.call([*install, *requirements(with_tools=with_tools)])
    if code:
        say("pip could not install everything: see above; start again when the network or the disk is better")
        sys.exit(code)
    say("Where probe tells you to type `probe …`, type `python3 tools/start.py …`")
    note.write_text(stamp(with_tools=with_tools) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """`test [PYTEST OPTIONS]`, or any command of `probe`."""
    if not arguments:
        say("usage: start.py demo | test | run [LIST …] | any other command of probe")
        return 2
    testing = arguments[0] == "test"
    prepare(with_tools=testing)
    if testing:
        workers = 2 * (os.cpu_count() or 1)  # half of the time tests wait for a clock or a socket
        command = [PYTHON, "-m", "pytest", "-q", "-n", str(workers), "-m", "not slow", *arguments[1:]]
    else:
        command = [PYTHON, "-m", "probe", *arguments]
    if testing:
        os.chdir(ROOT)
    return hand_over([str(word) for word in command])


def hand_over(command: list[str]) -> int:
    """Become `command`, so that who stops this stops it, and waits for its end in order.

    Windows has no way to become another program: there it is waited for, and hears Ctrl-C itself.
    """
    if os.name != "nt":
        os.execv(command[0], command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(command)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
