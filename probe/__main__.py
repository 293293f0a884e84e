"""`probe` and `python -m probe`."""

import os
import signal
import sys
from types import FrameType

SIGNALLED = 128
"""Plus the signal's number: what a shell tells of a process that one ended."""


def heed_sigterm(pid: int) -> None:
    """End on SIGTERM although this process, `pid`, is the first one of a container.

    The kernel gives such a process no signal that it does not handle: one that comes while the rest of the program
    is still being loaded would be lost, and the container be killed when its time is over.
    """
    if pid == 1:
        signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(SIGNALLED + number)


def main() -> None:
    """Run the command line. Ctrl-C while it is still being loaded ends it as later, without a traceback."""
    heed_sigterm(os.getpid())
    try:
        from probe.cli.app import app  # noqa: PLC0415 - takes long, and must not come before the lines above
        from probe.cli.output import writing  # noqa: PLC0415 - as above

        with writing():
            app(prog_name="probe")
    except KeyboardInterrupt:
        sys.exit(SIGNALLED + signal.SIGINT)


if __name__ == "__main__":
    main()
