"""Who does the work of an ingest."""

import gc

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
