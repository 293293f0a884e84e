"""One run as a process of its own: started, watched, asked to end, killed when it does not. No opinion on when.

Memory that a run took is given back with its process, and its crash ends nothing else. It gets a process group of its
own, so that Ctrl-C in a terminal reaches it once, through here. What it says on standard error is read line by line,
the last lines are kept; its standard output is ours.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType
from typing import IO

LAST_LINES = 5
MAX_LINE = 2000
"""Bytes of a line that are looked at."""

GRACE = 20.0
"""Seconds between asking a run to end and killing it; a run ends within ten of being asked."""

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asked us to end, by this signal."""

    number: int


@dataclass(frozen=True, slots=True)
class Exited:
    """The process we wait for has ended."""

    process: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its exit code (128 and the number for a signal), its last words, and who asked us to end, if anybody.

    `cut` says that it took longer than it may; `killed` that it did not end when asked to.
    """

    exit_code: int
    last_words: tuple[str, ...] = ()
    asked: int | None = None
    cut: bool = False
    killed: bool = False


class Inbox:
    """Where signals and ends of processes arrive, in order; `get` waits for the next.

    A `SimpleQueue`, since its `put` may be called by a signal handler that interrupts a `get`.
    """

    def __init__(self) -> None:
        self._queue: SimpleQueue[Asked | Exited] = SimpleQueue()
        self.put = self._queue.put

    def get(self, timeout: float | None) -> Asked | Exited | None:
        """The next one; None after `timeout` seconds."""
        try:
            return self._queue.get(timeout=None if timeout is None else max(0.0, timeout))
        except Empty:
            return None


@contextmanager
def signals_to(inbox: Inbox) -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP become messages while this is open, unless they were ignored (nohup). Main thread only."""

    def arrived(number: int, _frame: FrameType | None) -> None:
        """A signal, as a message."""
        inbox.put(Asked(number))

    heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = [(number, signal.signal(number, arrived)) for number in heeded]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def program(root: Path) -> list[str]:
    """How `probe`, which lies in `root`, is started: by the same Python.

    Files in the present folder are not taken for modules, unless `probe` itself is there.
    """
    safe = [] if root == Path.cwd() else ["-P"]
    return [sys.executable, *safe, "-m", "probe"]


class Child:
    """Runs commands, one at a time. `clock` is in seconds and never goes back; `hear` gets each line of standard error."""

    def __init__(
        self,
        inbox: Inbox,
        clock: Callable[[], float],
        hear: Callable[[str], None],
        *,
        limit: float | None = None,
        grace: float = GRACE,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._inbox, self._clock, self._hear = inbox, clock, hear
        self._limit, self._grace, self._environ = limit, grace, environ

    def run(self, command: Sequence[str]) -> Ended:
        """Start `command` and wait for its end. Raises `OSError` when it cannot be started."""
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            command,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=self._environ,
        )
        last: deque[str] = deque(maxlen=LAST_LINES)
        assert process.stderr is not None
        reader = threading.Thread(target=self._listen, args=(process.stderr, last), daemon=True)
        waiter = threading.Thread(target=self._await, args=(process,), daemon=True)
        reader.start()
        waiter.start()
        asked, cut, killed = self._watch(process)
        waiter.join()
        reader.join(self._grace)
        if not reader.is_alive():  # else somebody else holds the other end, and closing would wait for them
            process.stderr.close()
        return Ended(exit_code_of(process.returncode), tuple(last), asked, cut, killed)

    def _watch(self, process: "subprocess.Popen[bytes]") -> tuple[int | None, bool, bool]:
        """Pass signals on, and keep the limits, until the process has ended."""
        end_at = None if self._limit is None else self._clock() + self._limit
        asked, cut, killed = None, False, False
        while True:
            message = self._inbox.get(None if end_at is None else end_at - self._clock())
            if isinstance(message, Exited) and message.process == process.pid:
                return asked, cut, killed
            if isinstance(message, Asked):
                _send(process, signal.SIGINT if message.number == signal.SIGINT else signal.SIGTERM)
                if asked is None:
                    asked, end_at = message.number, self._clock() + self._grace
            elif message is None and (asked or cut):
                killed, end_at = True, None
                process.kill()
            elif message is None:
                cut, end_at = True, self._clock() + self._grace
                _send(process, signal.SIGTERM)

    def _await(self, process: "subprocess.Popen[bytes]") -> None:
        process.wait()
        self._inbox.put(Exited(process.pid))

    def _listen(self, stderr: IO[bytes], last: deque[str]) -> None:
        """Read to the end, so that the run never waits for us."""
        with contextlib.suppress(OSError):
            while line := stderr.readline(MAX_LINE):
                text = line.decode(errors="replace").strip()
                if text:
                    last.append(text)
                    self._hear(text)


def _send(process: "subprocess.Popen[bytes]", number: int) -> None:
    if os.name == "nt":  # pragma: no cover - there is no other way there
        process.terminate()
    else:
        process.send_signal(number)


def exit_code_of(returncode: int) -> int:
    """As a shell has it: 137 for a process that was killed by signal 9."""
    return 128 - returncode if returncode < 0 else returncode
