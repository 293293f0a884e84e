"""Which of several streams gets the one fetch of a hop.

The first stream that is ready wins unless a better one may still come: then it waits, `patience` seconds at
most (OONI's priority.go). Better is a lower rank: addresses from the system's resolver, which is what a
browser here would use, before those from others; public addresses before private ones.
"""

import asyncio
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Contender:
    """Something that may lead to a stream, or is one; its rank may improve on the way."""

    rank: int


class Selection:
    """A race with a preference.

    Everyone that may lead to a stream is `expect`ed first and `dismiss`ed at its end. `over` is set when nobody
    can win any more; when somebody has won, the winner sets it after the fetch.
    """

    def __init__(self, patience: float) -> None:
        self.over = asyncio.Event()
        self._patience = patience
        self._pending: set[Contender] = set()
        self._ready: list[tuple[Contender, asyncio.Future[bool]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def expect(self, rank: int) -> Contender:
        """Something of `rank` has begun that may lead to a stream."""
        contender = Contender(rank)
        self._pending.add(contender)
        return contender

    def dismiss(self, contender: Contender) -> None:
        """It has ended; its stream, if it led to one, competes on its own."""
        self._pending.discard(contender)
        if not self._closed:
            self._decide()

    def promote(self, contender: Contender, rank: int) -> None:
        """Somebody better vouches for it: another resolver was only faster to name the address."""
        contender.rank = min(contender.rank, rank)
        if not self._closed:
            self._decide()

    async def compete(self, contender: Contender) -> bool:
        """Wait for the decision on a stream that is ready: True for the one that fetches.

        Ends the expectation as well: the caller does not `dismiss` it too.
        """
        if self._closed:
            self.dismiss(contender)
            return False
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        self._ready.append((contender, future))
        if self._timer is None:
            self._timer = loop.call_later(self._patience, self._choose)
        self.dismiss(contender)
        return await future

    def close(self) -> None:
        """Nobody wins any more who has not won yet."""
        if not self._closed:
            self._settle(None)
            self.over.set()

    def _decide(self) -> None:
        if not self._ready:
            if not self._pending:
                self.close()
        elif not self._pending or _best(self._ready) <= min(one.rank for one in self._pending):
            self._choose()

    def _choose(self) -> None:
        alive = [entry for entry in self._ready if not entry[1].done()]
        self._settle(min(alive, key=lambda entry: entry[0].rank)[1] if alive else None)
        if not alive:
            self.over.set()

    def _settle(self, winner: asyncio.Future[bool] | None) -> None:
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        waiting, self._ready = self._ready, []
        for _, future in waiting:
            if not future.done():
                future.set_result(future is winner)


def _best(ready: list[tuple[Contender, "asyncio.Future[bool]"]]) -> int:
    return min(contender.rank for contender, _ in ready)
