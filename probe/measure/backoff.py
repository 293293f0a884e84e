"""How long a server of our own choice, a resolver or a helper, is left alone after it could not be reached.

Connections fail by accident, and this machine may have been late: the first time it is tried again soon. One that goes
on failing, a blocked one mostly, costs each of many measurements nothing, and is not hammered.
"""

FIRST = 5.0
"""Seconds after the first failure; twice as many after each further one."""

LONGEST = 60.0
"""Seconds, however often it failed."""


class Backoff:
    """What is known of one server; times are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._failure: str | None = None
        self._since = self._until = float("-inf")
        self._pause = FIRST

    def standing(self, now: float) -> str | None:
        """The failure for which it is left alone still; None: it may be tried."""
        return self._failure if now < self._until else None

    def fail(self, failure: str, begun: float, now: float) -> None:
        """An attempt did not reach it; one that was `begun` before the last that counted had failed does not count again."""
        if begun < self._since:
            return
        self._failure, self._since, self._until = failure, now, now + self._pause
        self._pause = min(2 * self._pause, LONGEST)

    def succeed(self) -> None:
        """It was reached."""
        self._failure, self._until, self._pause = None, float("-inf"), FIRST
