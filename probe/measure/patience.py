"""The deadline of a target, which stands still while the target waits for an endpoint in use by another."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Patience:
    """Wraps an `asyncio.Timeout` that is being waited under."""

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._waiting = 0
        self._left = 0.0

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Time spent in here, in any number of flows at once, does not count."""
        self._pause()
        try:
            yield
        finally:
            self._resume()

    def _pause(self) -> None:
        when = self._timeout.when()
        if self._waiting == 0 and when is not None and not self._timeout.expired():
            self._left = when - self._loop.time()
            self._timeout.reschedule(None)
        self._waiting += 1

    def _resume(self) -> None:
        self._waiting -= 1
        if self._waiting == 0 and self._timeout.when() is None:
            with suppress(
                RuntimeError
            ):  # the target was cut off while it waited: there is no deadline any more
                self._timeout.reschedule(self._loop.time() + self._left)
