"""In which order targets are measured, and when a run starts nothing more. Pure: time and seeds are arguments."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")

LAST_STRETCH = 10.0
"""Seconds before the end of a bounded run in which nothing new is started: one deadline of a step."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`parallel` targets in flight; `max_runtime` seconds for the whole run, None for no bound.

    With a bound nothing new is started in the last ten seconds (the last quarter of a short run), and what is
    in flight is cut off at the end.
    """

    parallel: int = 40
    max_runtime: float | None = None

    def stop_starting_at(self, start: float) -> float | None:
        """When nothing new is started any more, for a run that began at `start`."""
        if self.max_runtime is None:
            return None
        return start + self.max_runtime - min(LAST_STRETCH, self.max_runtime / 4)

    def end_at(self, start: float) -> float | None:
        """When everything is cut off."""
        return None if self.max_runtime is None else start + self.max_runtime


def order(items: Sequence[Item], seed: int, key: Callable[[Item], str]) -> list[Item]:
    """`items` shuffled by `seed`, those with the same `key` as far from each other as they can be.

    Names of one site often share addresses, which take one connection at a time; and a censor that was
    triggered by one of them treats the next for minutes as it treated the first. Each group is laid out evenly
    over the whole run, beginning at a random place.
    """
    rng = random.Random(seed)  # noqa: S311 - an order is no secret
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    placed: list[tuple[float, int, Item]] = []
    for name in sorted(groups):
        group = groups[name]
        rng.shuffle(group)
        step = 1 / len(group)
        offset = rng.random() * step
        placed += [(offset + index * step, len(placed) + index, item) for index, item in enumerate(group)]
    return [item for _, _, item in sorted(placed, key=lambda entry: entry[:2])]
