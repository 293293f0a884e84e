"""Runs a scenario in a loop of its own and sees to it that nothing is left over or complained of."""

import asyncio
import gc
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

DESCRIPTORS = Path("/proc/self/fd")
MAX_DESCRIPTORS = 4096


def run(scenario: Coroutine[Any, Any, T], limit: float = 30.0, *, debug: bool = False) -> T:
    """The result of `scenario`, which gets `limit` seconds and must leave no task and no complaint behind."""
    complaints: list[str] = []

    async def bounded() -> T:
        async with asyncio.timeout(limit):
            result = await scenario
        for _ in range(5):  # generators that were left early are closed by the loop a little later
            await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"tasks left over: {left}"
        return result

    with asyncio.Runner(debug=debug) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: complaints.append(str(context)))
        result = runner.run(bounded())
    if debug:
        gc.collect()
    assert not complaints
    return result


def begun() -> None:
    """For look-ups of which nobody needs to know when they began."""


def open_descriptors() -> int:
    """How many file descriptors this process has open."""
    gc.collect()
    if DESCRIPTORS.is_dir():
        return len(list(DESCRIPTORS.iterdir()))
    return sum(1 for number in range(MAX_DESCRIPTORS) if _is_socket(number))


def _is_socket(number: int) -> bool:
    try:
        probe = socket.socket(fileno=number)
    except OSError:
        return False
    probe.detach()
    return True
