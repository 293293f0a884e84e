"""The state of one's own network, looked at again and again while a run goes on.

A resolver that answered at the start of a run proves nothing of one that is silent an hour later. So each record gets
the state of its own time: where nothing in it was left without an answer, what the latest look found; else what held in
every look from the last one before the silence to one right after it.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from probe.measure.place import is_public
from probe.measure.setting import Setting
from probe.measure.trace import Trace
from probe.measure.vitals import PATIENCE, Endpoint, Vitals, look_around
from probe.record import Failure, NetworkState
from probe.record.failure import SILENCE

BEAT = 3.0
"""Seconds between two looks: an outage that is longer is seen by one of them."""

RIGHT_AFTER = 0.25
"""Seconds before the end of a silence from which a look counts as after it, so that many that end together share one."""

JUST_NOW = 1.0
"""Seconds for which a connection that a site accepted is a sign of life of the whole network."""

KEPT = 2400
"""Looks: two hours of them, much longer than any measurement."""

UNANSWERED = SILENCE | {Failure.DNS_TEMPORARY_FAILURE}
"""With what the system's resolver says, mostly, when nobody answered it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found, and when it began, by the clock of the setting."""

    begun: float
    vitals: Vitals


class NetworkWatch:
    """Looks around every `beat` seconds, and whenever somebody must know at once."""

    def __init__(self, setting: Setting, beat: float = BEAT) -> None:
        self._setting, self._beat = setting, beat
        self._looks: deque[Look] = deque(maxlen=KEPT)  # done, in the order in which they began
        self._last: tuple[float, asyncio.Task[Look]] | None = None
        self._running: set[asyncio.Task[Look]] = set()
        self._living: Endpoint | None = None
        self._lived = float("-inf")  # when a connection was last accepted
        self._told: NetworkState | None = None

    async def watch(self) -> None:
        """Look until cancelled; the first look begins at once."""
        try:
            while True:
                await asyncio.shield(self._look_begun_after(self._setting.clock() - self._beat))
                await asyncio.sleep(self._beat)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def is_alive(self) -> bool:
        """Whether there is any sign of life; a look that the record of a moment ago waited for is enough."""
        at_least = self._setting.clock() - PATIENCE - RIGHT_AFTER
        return (await asyncio.shield(self._look_begun_after(at_least))).vitals.alive

    async def state_during(self, trace: Trace) -> NetworkState:
        """What the record of `trace`, which has just ended, is to say of the network."""
        self._note_life(trace)
        began = silence_of(trace)
        if began is None:
            looks: Sequence[Look] = [self._looks[-1] if self._looks else await self._first()]
        else:
            at_least = max(began, self._setting.clock() - RIGHT_AFTER)
            after = await asyncio.shield(self._look_begun_after(at_least))
            await asyncio.gather(
                *map(asyncio.shield, self._running)
            )  # begun before it: dead ones take longer
            looks = self._around(began, after)
        return self._tell(
            {name: all(look.vitals.resolvers[name] for look in looks) for name in looks[-1].vitals.resolvers},
            alive=all(look.vitals.alive for look in looks),
        )

    def _around(self, began: float, after: Look) -> Sequence[Look]:
        """All looks from the last one that began before, to the one after."""
        before = max((look.begun for look in self._looks if look.begun <= began), default=began)
        return [look for look in self._looks if before <= look.begun < after.begun] + [after]

    async def _first(self) -> Look:
        return await asyncio.shield(self._last[1] if self._last else self._look_begun_after(0.0))

    def _look_begun_after(self, moment: float) -> "asyncio.Task[Look]":
        """The latest look if it began late enough, else a new one."""
        if self._last is None or self._last[0] < moment or _failed(self._last[1]):
            now = self._setting.clock()
            task = asyncio.create_task(self._look(now))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            self._last = now, task
        return self._last[1]

    async def _look(self, now: float) -> Look:
        lives = self._lived > now - JUST_NOW
        look = Look(now, await look_around(self._setting, self._living, lives=lives))
        self._looks.append(look)
        return look

    def _note_life(self, trace: Trace) -> None:
        for row in trace.seen.tcp_connect:
            if row.status.success and is_public(row.ip):
                self._living = (row.ip, row.port)
                self._lived = max(self._lived, trace.zero + (row.t or 0.0))

    def _tell(self, resolvers: dict[str, bool], *, alive: bool) -> NetworkState:
        """The same one, with its id, for as long as nothing changes."""
        told = self._told
        if told is None or (told.resolvers, told.alive) != (resolvers, alive):
            told = NetworkState(id=secrets.token_hex(8), resolvers=resolvers, alive=alive)
        self._told = told
        return told


def silence_of(trace: Trace) -> float | None:
    """When the first thing in `trace` began that got no answer, by the clock; None: everything on the own way got one."""
    seen = trace.seen
    rows = [(row.t0, row.failure) for row in seen.queries if row.engine == "getaddrinfo"]
    rows += [(row.t0, row.status.failure or None) for row in seen.tcp_connect]
    rows += [(row.t0, row.failure) for row in seen.tls_handshakes]
    rows += [(row.t0, row.failure) for row in seen.requests]
    began = [t0 or 0.0 for t0, failure in rows if failure in UNANSWERED]
    return trace.zero + min(began) if began else None


def _failed(task: "asyncio.Task[Look]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
