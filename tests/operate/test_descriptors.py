"""Open files: a run takes all it may have, and knows for how many targets they are enough."""

import os
import subprocess
import sys

import pytest

from probe.operate.descriptors import ENOUGH, targets_within
from probe.schedule import Limits

RAISED = """
import resource, sys
soft, hard = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
from probe.operate.descriptors import raise_limit
print(raise_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.skipif(os.name == "nt", reason="no such limit")
@pytest.mark.parametrize(("soft", "hard"), [(128, 512), (512, 512), (64, 1024)])
def test_the_soft_limit_is_raised_to_the_hard_one(soft: int, hard: int) -> None:
    """In a process of its own; the hard one stays."""
    done = subprocess.run(
        [sys.executable, "-c", RAISED, str(soft), str(hard)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(hard)] * 3


def test_how_many_targets_fit() -> None:
    """The default of forty within the thousand files that most systems give; the most that can be asked for within ours."""
    assert targets_within(1024) >= Limits().parallel
    assert targets_within(256) < Limits().parallel
    assert targets_within(ENOUGH) >= 1000
    assert targets_within(10) == 1
