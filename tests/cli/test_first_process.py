"""`probe` as the first process of a container."""

import signal

import pytest

from probe.__main__ import heed_sigterm


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
