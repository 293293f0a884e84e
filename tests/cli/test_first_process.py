"""`probe` in its first moments: as the first process of a container, and while it is still being loaded."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from probe.__main__ import heed_sigterm
from tests.cli.running import environment


@pytest.mark.parametrize("pid", [1, 4711])
def test_sigterm_is_heeded_from_the_first_moment(pid: int) -> None:
    """By the first process, which would never get it; any other one is ended by the kernel, as always."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        heed_sigterm(pid)
        handler = signal.getsignal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    if pid != 1:
        assert handler is signal.SIG_DFL
        return
    assert callable(handler)
    with pytest.raises(SystemExit) as ended:
        handler(signal.SIGTERM, None)
    assert ended.value.code == 143


IMPATIENT = """
import os, signal, sys

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "probe.cli.app":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Impatient())
from probe.__main__ import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows delivers no signals to oneself this way")
def test_ctrl_c_while_it_is_being_loaded(tmp_path: Path) -> None:
    """Ends it as later: 130, and not a word."""
    done = subprocess.run(
        [sys.executable, "-c", IMPATIENT, "run", "--help"],
        capture_output=True,
        check=False,
        env=environment(tmp_path),
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
