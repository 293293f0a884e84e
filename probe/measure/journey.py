"""The four steps in order, hop by hop: one URL from its name to its last answer.

A journey never fails: whatever happens becomes rows of its trace. Each redirect is a hop with its own look-ups,
connections and handshakes; cookies travel along.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from probe.measure.fetch import Answer, CookieJar
from probe.measure.hop import Hop
from probe.measure.patience import Patience
from probe.measure.place import Place, locate
from probe.measure.redirect import MAX_REDIRECTS, follow
from probe.measure.setting import Setting
from probe.measure.trace import Trace
from probe.record import MarkKind


class Journey:
    """The measurement of one URL. `trace` holds what was seen so far, also after a cancellation."""

    patience: Patience

    def __init__(self, setting: Setting, url: str) -> None:
        self.trace = Trace(setting.clock)
        self._setting, self._start = setting, locate(url)
        self.cookies = CookieJar()
        self._work: set[asyncio.Task[None]] = set()

    async def run(self) -> Trace:
        """Travel until there is no further hop and all work of all hops is done, or the deadline passes."""
        limit = self._setting.deadlines.target
        try:
            async with asyncio.timeout(limit) as timeout:
                self.patience = Patience(timeout)
                await self._travel()
                await self._finish_work()
        except TimeoutError:
            self.trace.mark(MarkKind.TARGET_DEADLINE, None, f"{limit:g} s")
        finally:
            await self._stop_work()
            self.trace.conclude()
        return self.trace

    async def _travel(self) -> None:
        place: Place | None = self._start
        for depth in range(MAX_REDIRECTS + 1):
            assert place is not None
            answer = await Hop(self._setting, self, place, depth).run()
            place = self._next(answer, place) if answer is not None else None
            if place is None:
                return
        self.trace.mark(MarkKind.REDIRECTS_CAPPED, None, f"{MAX_REDIRECTS} redirects")

    def _next(self, answer: Answer, here: Place) -> Place | None:
        step = follow(answer, here)
        if step is not None and step.problem is not None:
            self.trace.mark(MarkKind.REDIRECT_NOT_FOLLOWED, None, step.problem)
        return step.place if step is not None else None

    # --- work that goes on beside the hops

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start `work`, which may outlast its hop but not the journey."""
        self._work.add(asyncio.create_task(work))

    async def _finish_work(self) -> None:
        while self._work:
            done, _ = await asyncio.wait(self._work, return_when=asyncio.FIRST_EXCEPTION)
            self._work -= done  # what was waited for may have begun more work meanwhile
            for task in done:
                task.result()

    async def _stop_work(self) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
