"""A whole list from start to finish: the file to read first.

    target → nettest (probe.nettest) → record (probe.record) → scrubbed line → journal (probe.results)

`parallel` workers take targets in turn. A measurement that fails is a result; an exception is a bug of ours, is
reported and never ends the list. A run ends when its targets are done, when somebody stops it, when its time is
up, or when the network shows no sign of life. No file is opened and nothing is printed here.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from probe.measure.lateness import LatenessWatch
from probe.measure.vitals import shows_life
from probe.nettest import Context, Nettest
from probe.record import Measurement, fitted_line
from probe.schedule import Limits
from probe.testlist import Target

GRACE = 8.0
"""Seconds that measurements in flight get to finish after a stop; a run ends within ten of being asked to."""

SILENT_ENOUGH = 40
"""Finished targets without any sign of life before the network itself is asked for one."""


class End(StrEnum):
    """Why a run ended; the manifest's `outcome`."""

    COMPLETE = "complete"
    STOPPED = "stopped"
    DEADLINE = "deadline"
    BUDGET = "budget"
    NETWORK_UNUSABLE = "network_unusable"


class Listener(Protocol):
    """Who wants to know how the run goes; called on the event loop, must not block.

    An `OSError` says that nobody can be told any more: the run is stopped in order.
    """

    def started(self, target: Target) -> None:
        """`target` is being measured."""
        ...

    def finished(self, target: Target, measurement: Measurement) -> None:
        """`target` is measured and its record is in the journal's hands."""
        ...

    def crashed(self, target: Target, error: BaseException) -> None:
        """Our own code failed on `target`, which has no record."""
        ...


@dataclass(slots=True)
class Progress:
    """The counts of a run so far, why it ended, and the signal, or the listener's error, that stopped it."""

    measured: int = 0
    crashed: int = 0
    in_flight: int = 0
    end: End | None = None
    signal: int | None = None
    unheard: OSError | None = None
    silent: int = field(default=0, repr=False)


class Run:
    """One pass over `targets`, in their order. `sink` takes each record as a line; it may raise to end the run."""

    def __init__(
        self,
        targets: Sequence[Target],
        nettest: Nettest,
        context: Context,
        limits: Limits,
        sink: Callable[[bytes], None],
        listener: Listener,
        progress: Progress | None = None,
    ) -> None:
        self.progress = progress or Progress()
        self._nettest, self._context, self._limits = nettest, context, limits
        self._targets: Iterator[Target] = iter(targets)
        self._sink, self._listener = sink, listener
        self._stop = asyncio.Event()
        self._sure = asyncio.Event()
        self._sure.set()

    def stop(self, end: End = End.STOPPED) -> None:
        """Start nothing more; what is in flight may still finish for `GRACE` seconds."""
        self.progress.end = self.progress.end or end
        self._stop.set()

    async def run(self) -> Progress:
        """Measure; returns when the last worker has ended. Raises what `sink` raised."""
        workers = [asyncio.create_task(self._work()) for _ in range(self._limits.parallel)]
        stopper = asyncio.create_task(self._stop_in_time(workers))
        try:
            for done in asyncio.as_completed(workers):
                await _outlive_cancellation(done)
        finally:
            await _cancel([*workers, stopper])
        self.progress.end = self.progress.end or End.COMPLETE
        return self.progress

    async def _work(self) -> None:
        while not self._stop.is_set() and (target := next(self._targets, None)) is not None:
            self.progress.in_flight += 1
            try:
                await self._measure(target)
            finally:
                self.progress.in_flight -= 1
            await self._sure.wait()

    async def _measure(self, target: Target) -> None:
        self._tell(lambda: self._listener.started(target))
        try:
            measurement = await self._nettest.measure(target, self._context)
            line = fitted_line(measurement)
        except asyncio.CancelledError as error:  # of a step inside, unless this worker was asked to end
            if is_asked_to_end():
                raise
            self._crashed(target, error)
            return
        except Exception as error:  # noqa: BLE001 - a bug in one target must not cost the others
            self._crashed(target, error)
            return
        self._sink(line)
        self.progress.measured += 1
        self._tell(lambda: self._listener.finished(target, measurement))
        await self._listen_for_life(measurement)

    def _crashed(self, target: Target, error: BaseException) -> None:
        self.progress.crashed += 1
        self._tell(lambda: self._listener.crashed(target, error))

    def _tell(self, say: Callable[[], None]) -> None:
        try:
            say()
        except OSError as error:
            self.progress.unheard = error
            self.stop(End.STOPPED)

    async def _listen_for_life(self, measurement: Measurement) -> None:
        """After a row of silent targets nobody starts another one before the network has been asked whether it is there."""
        progress = self.progress
        progress.silent = 0 if shows_life(measurement) else progress.silent + 1
        all_silent = progress.silent == progress.measured and progress.in_flight == 1
        if progress.silent == min(SILENT_ENOUGH, self._limits.parallel) or (progress.silent and all_silent):
            self._sure.clear()
            try:
                if not await self._context.network.is_alive():
                    self.stop(End.NETWORK_UNUSABLE)
            finally:
                progress.silent = 0
                self._sure.set()

    async def _stop_in_time(self, workers: Sequence[asyncio.Task[None]]) -> None:
        """Wait for a stop or the end of the run's time, then for the grace, then cancel what is left."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        stop_at, end_at = self._limits.stop_starting_at(start), self._limits.end_at(start)
        try:
            async with asyncio.timeout_at(stop_at):
                await self._stop.wait()
        except TimeoutError:
            self.stop(End.DEADLINE)
        grace_ends = loop.time() + GRACE
        await asyncio.sleep(max(0.0, min(grace_ends, end_at or grace_ends) - loop.time()))
        for worker in workers:
            worker.cancel()


async def _outlive_cancellation(worker: "asyncio.Future[None]") -> None:
    """A worker that was cut off has nothing to say; its target is measured when the run is resumed."""
    try:
        await worker
    except asyncio.CancelledError:
        if is_asked_to_end():
            raise


def is_asked_to_end() -> bool:
    """Whether somebody cancelled the task that asks."""
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0


async def _cancel(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def watched(run: Run, lateness: LatenessWatch) -> Progress:
    """`run` with the loop's lateness sampled beside it."""
    watch = asyncio.create_task(lateness.watch())
    try:
        return await run.run()
    finally:
        await _cancel([watch])
