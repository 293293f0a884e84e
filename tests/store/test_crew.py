"""Who does the work of an ingest."""

import gc
import os
import signal
import sys

import pytest

from probe.store.crew import ENDING, THRESHOLDS, crew, unheard


def test_one_worker_is_this_process_and_leaves_the_collector_as_it_was() -> None:
    """Whatever ends the work."""
    before = gc.get_threshold()

    def work() -> None:
        with crew(1) as executor:
            assert executor.submit(gc.get_threshold).result() == THRESHOLDS
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()
    assert gc.get_threshold() == before


def hears() -> dict[str, object]:
    """What becomes of signals in this process, for whoever asks from another one."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    return {number.name: (number in mask, signal.getsignal(number)) for number in ENDING}


@pytest.mark.skipif(sys.platform == "win32", reason="no masks of signals there")
def test_workers_leave_ctrl_c_to_their_parent() -> None:
    """They can be ended all the same; the parent hears all as before."""
    before = hears()
    with crew(2) as executor:
        assert hears() == before
        there = executor.submit(hears).result()
        assert there == {"SIGINT": (False, signal.SIG_IGN), "SIGTERM": (False, signal.SIG_DFL)}


class Start:
    """Stands for the start of a process: is interrupted, and goes on."""

    def __init__(self) -> None:
        self.is_done = False

    def go(self) -> None:
        """Whoever is started in here does not hear Ctrl-C, nor do we."""
        with unheard():
            assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
            os.kill(os.getpid(), signal.SIGINT)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)  # as when another thread gets it
            self.is_done = True


@pytest.mark.skipif(sys.platform == "win32", reason="no masks of signals there")
def test_ctrl_c_while_a_worker_is_started_comes_afterwards() -> None:
    """A parent that broke off there would leave half a process, and its complaint."""
    start, before = Start(), hears()
    with pytest.raises(KeyboardInterrupt):
        start.go()
    assert start.is_done
    assert hears() == before
