"""One run as a process: its end, however it comes, and what is passed on to it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe.operate.child import Asked, Child, Ended, Inbox, exit_code_of, program, signals_to

PATIENT = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print('up', file=sys.stderr, flush=True); time.sleep(30)"
DEAF = "import signal, sys, time; signal.signal(15, signal.SIG_IGN); print('up', file=sys.stderr, flush=True); time.sleep(30)"


def python(code: str) -> list[str]:
    """A command that runs `code`."""
    return [sys.executable, "-c", code]


class Heard:
    """Lines that were heard, and what is done at the first."""

    def __init__(self, inbox: Inbox, *asked: int) -> None:
        self.inbox, self.asked, self.lines = inbox, asked, list[str]()

    def __call__(self, line: str) -> None:
        """Ask to end once the process is up."""
        if not self.lines:
            for number in self.asked:
                self.inbox.put(Asked(number))
        self.lines.append(line)


def run(code: str, *asked: int, limit: float | None = None, grace: float = 20.0) -> tuple[Ended, list[str]]:
    """How `code` ends when we are asked to end by the signals `asked` while it is up."""
    inbox = Inbox()
    heard = Heard(inbox, *asked)
    return Child(inbox, time.monotonic, heard, limit=limit, grace=grace).run(python(code)), heard.lines


def test_exit_codes_and_last_words() -> None:
    """The code as it is, the last five lines, however many there were."""
    ended, lines = run("import sys\nfor n in range(9): print('line', n, file=sys.stderr)\nsys.exit(4)")
    assert ended == Ended(4, tuple(f"line {number}" for number in range(4, 9)))
    assert len(lines) == 9


def test_a_signal_is_passed_on_and_waited_for() -> None:
    """The process ends in its own way, by its own code."""
    ended, _ = run(PATIENT, signal.SIGTERM)
    assert ended == Ended(7, ("up",), asked=signal.SIGTERM)


def test_ctrl_c_arrives_as_such() -> None:
    """SIGINT is SIGINT; SIGHUP is SIGTERM."""
    code = "import sys, time\ntry:\n print('up', file=sys.stderr, flush=True); time.sleep(30)\nexcept KeyboardInterrupt:\n sys.exit(9)"
    assert run(code, signal.SIGINT)[0].exit_code == 9
    assert run(PATIENT, signal.SIGHUP)[0] == Ended(7, ("up",), asked=signal.SIGHUP)


def test_who_does_not_listen_is_killed() -> None:
    """After the grace, though it ignores SIGTERM."""
    start = time.monotonic()
    ended, _ = run(DEAF, signal.SIGTERM, grace=0.3)
    assert ended == Ended(137, ("up",), asked=signal.SIGTERM, killed=True)
    assert time.monotonic() - start < 15


def test_who_takes_too_long_is_asked_and_then_killed() -> None:
    """The limit, then the grace; nobody asked us to end."""
    assert run(PATIENT, limit=0.7)[0] == Ended(7, ("up",), cut=True)
    assert run(DEAF, limit=0.7, grace=0.3)[0] == Ended(137, ("up",), cut=True, killed=True)


def test_killed_by_somebody_else() -> None:
    """Kill -9: 137, and nobody asked us."""
    ended, _ = run("import os; os.kill(os.getpid(), 9)")
    assert ended == Ended(137)


def test_a_flood_of_words_is_bounded() -> None:
    """Ten megabytes in one line, and as many lines: read, cut, not kept."""
    ended, lines = run("import sys; sys.stderr.write('x' * 10_000_000); sys.stderr.write('\\ny' * 10_000)")
    assert ended.exit_code == 0
    assert max(map(len, lines)) <= 2000
    assert len(ended.last_words) == 5


def test_what_cannot_be_started() -> None:
    """An OSError for whoever asked."""
    with pytest.raises(FileNotFoundError):
        Child(Inbox(), time.monotonic, print).run(["/nonexistent/program"])


def test_forty_runs_leave_nothing_behind() -> None:
    """Descriptors and threads are as before."""
    inbox = Inbox()
    child = Child(inbox, time.monotonic, lambda _: None)

    def counted() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    child.run(["/bin/true"])
    before = counted()
    for _ in range(40):
        assert child.run(["/bin/true"]).exit_code == 0
    assert counted() == before


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """An inbox that gets this process's signals, SIGHUP also where the tests run under nohup."""
    found, before = Inbox(), signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        with signals_to(found):
            yield found
    finally:
        signal.signal(signal.SIGHUP, before)


def test_signals_become_messages(inbox: Inbox) -> None:
    """Also while we wait for one, and each of them."""
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    assert inbox.get(10) == Asked(signal.SIGTERM)
    timer.join()
    for number in (signal.SIGHUP, signal.SIGINT):
        os.kill(os.getpid(), number)
        assert inbox.get(10) == Asked(number)
    assert inbox.get(0) is None


def test_handlers_are_put_back() -> None:
    """And what was ignored (nohup) stays ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_to(Inbox()):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_program_is_this_probe(tmp_path: Path) -> None:
    """The same Python; a file called probe.py in the present folder is not taken for it."""
    (tmp_path / "probe.py").write_text("raise SystemExit(99)")
    root = Path(__file__).parents[2]
    environ = {**os.environ, "PYTHONPATH": str(root)}
    command = [*program(tmp_path), "--version"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("probe ")
    assert program(Path.cwd())[1:] == ["-m", "probe"]


def test_exit_codes_of_signals() -> None:
    """As a shell has them."""
    assert [exit_code_of(code) for code in (0, 4, -9, -15)] == [0, 4, 137, 143]
