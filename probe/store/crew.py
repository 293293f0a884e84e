"""Who does the work: this process, or as many others as there are processors. Batches and days are dealt out to them."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import ParamSpec, TypeVar

import pyarrow as pa

from probe.store.bench import Bench, Tables

SMALL = 16 << 20
"""Bytes of input for which no other process is worth its start, a second."""

THRESHOLDS = (100_000, 50, 50)
"""Of the garbage collector. Records are many objects and hold no cycles: looking for some all the time takes a tenth of it all."""

ENDING = (signal.SIGINT, signal.SIGTERM)

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Alone(Executor):
    """This process: what is submitted is done at once."""

    def submit(
        self, fn: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Result]:
        """Do it; what it raises is raised by the future's `result`."""
        future = Future[Result]()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - it is the future's
            future.set_exception(error)
        return future


@cache
def bench_of(tables: Tables) -> Bench:
    """The bench of a process, made once. Raises `StoreError`."""
    return Bench.open(tables)


def jobs_for(size: int) -> int:
    """How many processes `size` bytes of input are worth."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 1 if size < SMALL else available


@contextmanager
def crew(jobs: int) -> Iterator[Executor]:
    """Executor of `jobs` processes, this one if 1; all of them end with the block."""
    if jobs == 1:
        before = gc.get_threshold()
        gc.set_threshold(*THRESHOLDS)
        try:
            yield Alone()
        finally:
            gc.set_threshold(*before)
        return
    pool: ProcessPoolExecutor | None = None
    try:
        with unheard():
            pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin)
            for _ in range(jobs):
                pool.submit(os.getpid)  # so that all of them are started here
        yield pool
    finally:
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def unheard() -> Iterator[None]:
    """A process that is started in here leaves Ctrl-C to its parent, also while it is still being loaded.

    What comes meanwhile is heard afterwards: a parent that breaks off in the middle of a start leaves half a process,
    or a semaphore of it.
    Masks alone do not see to it, since another thread of this process may take the signal.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in ENDING}
    mask = signal.pthread_sigmask(
        signal.SIG_BLOCK, ENDING
    )  # which processes inherit, and handlers they do not
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for late in came:
            signal.raise_signal(late)


def _begin() -> None:
    """A new process: it leaves Ctrl-C to its parent, dies with it, and uses one processor."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    pa.set_cpu_count(1)
    gc.set_threshold(*THRESHOLDS)


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
