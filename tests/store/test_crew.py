"""Who does the work of an ingest."""

import gc
import signal
import sys

import pytest

from probe.store.crew import THRESHOLDS, crew


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


def blocked() -> set[int]:
    """Signals that this process does not hear, for whoever asks from another one."""
    return {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])}


@pytest.mark.skipif(sys.platform == "win32", reason="no masks of signals there")
def test_workers_leave_ctrl_c_to_their_parent_from_the_first_moment() -> None:
    """Also while they are loaded, before any code of ours runs in them; the parent hears it as before."""
    before = blocked()
    with crew(2) as executor:
        assert blocked() == before
        assert signal.SIGINT in executor.submit(blocked).result()
    assert signal.SIGINT not in before
