"""Does `change.since` find every planted block and its end, on the right day, and invent none?

    .venv/bin/python benchmarks/changes.py [SEEDS] [WORLDS]

First, daily counts drawn for SEEDS series (default 500) of a year in each of several climates: 20 % of all measurements fail by
accident, in one of four ways, half of the days all in the same; weekends fail twice as often, a third of the days and three
whole weeks are missing, days share their luck; blocks by one mechanism, mostly one that accidents look like, that stay, that
end, and that come, go and come again; blocks that let some through, by one mechanism and then by another. Then WORLDS (default 12) of `planted.py`, as stores, through the query: all networks by
domains, and by platforms as `probe aggregate changes` does it unless told otherwise. Found: within a week of the planted day, or
with that day in the interval. Astray: a planted change, told with another day. Invented: none of the kind was planted, or all of
them were found. Too late: planted less than `LATE` days before the last one, so that nobody can know yet; not counted as planted.
Ends with 1 when more than 2 % of drawn changes are missed where three weeks or more are between them and every day has a
measurement, when one of the worlds' is, or when one series in a thousand shows what was not planted.
"""

import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from planted_rows import write_store
from planted_world import outcomes, runs, world

from probe.report.statistics.change import Change, Day, Ways, since
from probe.report.statistics.series import series, ways
from probe.store import query
from probe.store.engines import open_engine

FIRST, YEAR = date(2025, 1, 1), 365
NEAR = 7
"""Days between a planted and a found change that still are the same."""
LEAST_FOUND, MOST_INVENTED = 0.98, 0.001
LATE = 10
"""Days that a change needs to be known of, at one measurement a day."""
ACCIDENTS = {"tcp.timeout": 0.5, "tls.timeout": 0.25, "tls.reset": 0.15, "tls.eof": 0.1}
"""What accidents look like, and how often; blocks look so too, or like `OTHER`."""
OTHER = "dns.forged_answer"
LEAK = 0.05
"""Of measurements of what is blocked: let through."""

Turn = tuple[date, str]
Turns = list[tuple[int, str]]
"""Day's number and turn, of each planted change."""


@dataclass(frozen=True, slots=True)
class Climate:
    """How a network measures and fails: share of accidents, per weekday's factor, measurements a day, missing days, shared luck."""

    name: str
    accidents: float = 0.2
    weekend: float = 1.0
    a_day: int = 1
    missing: float = 0.0
    hole: int = 0
    luck: float = 0.0

    def days(self, choose: random.Random, blocked: Sequence[bool]) -> tuple[list[Day], Ways]:
        """Counts of each day that was measured, and by which mechanism."""
        hole, way = choose.randrange(len(blocked)), choose.choice([*ACCIDENTS, OTHER])
        days: list[Day] = []
        ways: dict[str, Counter[date]] = defaultdict(Counter)
        for number, on in enumerate(blocked):
            if hole <= number < hole + self.hole or choose.random() < self.missing:
                continue
            day = FIRST + timedelta(days=number)
            chance = self.accidents * (self.weekend if day.weekday() > 4 else 1)
            if self.luck:
                chance = choose.betavariate(chance / self.luck, (1 - chance) / self.luck)
            held = sum(choose.random() >= LEAK for _ in range(self.a_day)) if on else 0
            failed = sum(choose.random() < chance for _ in range(self.a_day - held))
            kinds = choose.choices(list(ACCIDENTS), list(ACCIDENTS.values()), k=failed)
            if choose.random() < 0.5:
                kinds = kinds[:1] * failed
            ways[way][day] += held
            for kind in kinds:
                ways[kind][day] += 1
            days.append((day, held + failed, self.a_day))
        return days, ways


CLIMATES = (
    Climate("quiet, 2 % accidents", accidents=0.02),
    Climate("unreliable, 20 % accidents"),
    Climate("weekends twice as bad", accidents=0.15, weekend=2.0),
    Climate("a third missing, hole of 3 weeks", missing=0.33, hole=21),
    Climate("5 a day, 20 %", a_day=5),
    Climate("50 a day that share their luck", a_day=50, luck=0.15),
    Climate("50 a day, weekends, luck", a_day=50, luck=0.15, accidents=0.15, weekend=2.0),
)


def nothing(_: random.Random) -> Turns:
    """Open all year."""
    return []


def stays(choose: random.Random) -> Turns:
    """One block, that stays."""
    return [(choose.randrange(30, YEAR - 30), "blocked")]


def passing(length: int) -> Callable[[random.Random], Turns]:
    """One block of `length` days."""

    def plant(choose: random.Random) -> Turns:
        start = choose.randrange(30, YEAR - 30 - length)
        return [(start, "blocked"), (start + length, "opened")]

    return plant


def on_off_on(choose: random.Random) -> Turns:
    """Three weeks or more on, off, and on."""
    start = choose.randrange(30, 120)
    end = start + choose.randrange(21, 60)
    return [(start, "blocked"), (end, "opened"), (end + choose.randrange(21, 60), "blocked")]


PLANTS: Sequence[tuple[str, Callable[[random.Random], Turns], bool]] = (
    ("nothing", nothing, True),
    ("one block, stays", stays, True),
    ("on, off, on", on_off_on, True),
    ("60 days", passing(60), True),
    ("28 days", passing(28), True),
    ("21 days", passing(21), True),
    ("14 days", passing(14), False),
    ("10 days", passing(10), False),
    ("7 days", passing(7), False),
)
"""Name, what is planted, and whether it must be found."""


@dataclass(slots=True)
class Score:
    """What was planted, found, invented, and how far off."""

    series: int = 0
    planted: int = 0
    found: int = 0
    astray: int = 0
    invented: int = 0
    off: list[int] = field(default_factory=list)
    held: int = 0

    def count(self, truth: Sequence[Turn], changes: Sequence[Change], late: date | None = None) -> None:
        """One series more. Each change is the nearest planted one's of its kind, or invented; of those after `late` none must be found."""
        self.series += 1
        self.planted += sum(late is None or day <= late for day, _ in truth)
        left = list(truth)
        for change in changes:
            near = [(abs((change.day - day).days), day, turn) for day, turn in left if turn == change.turn]
            away, day, turn = min(near, default=(YEAR, FIRST, ""))
            held = bool(near) and change.low <= day <= change.high
            if away <= NEAR or held:
                left.remove((day, turn))
                if late is not None and day > late:
                    continue
                self.found += 1
                self.held += held
                self.off.append(away)
            elif any(turn == change.turn for _, turn in left):
                self.astray += 1
            else:
                self.invented += 1

    def add(self, other: "Score") -> None:
        """Both together."""
        for name in ("series", "planted", "found", "astray", "invented", "held"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.off += other.off

    def row(self) -> str:
        """As the table has it."""
        if not self.planted:
            return f"{'':>25}{'':8}{self.invented:9}"
        off = sorted(self.off) or [0]
        median, most = off[len(off) // 2], off[len(off) * 95 // 100]
        return (
            f"{self.planted:8} {self.found / self.planted:7.1%} {self.held / max(1, self.found):8.0%}"
            f"{self.astray:8}{self.invented:9}{median:8}{most:6}"
        )


def drawn(seeds: int) -> bool:
    """The table of drawn series; whether all bounds were kept."""
    print(
        f"{'climate':34}{'planted':20}{'planted':>8}{'found':>8}{'in int.':>9}{'astray':>8}{'invented':>9}{'median':>8}{'95 %':>6}"
    )
    kept, total = True, Score()
    for climate in CLIMATES:
        for name, plant, must in PLANTS:
            score = Score()
            for seed in range(seeds):
                choose = random.Random(f"{climate.name} {name} {seed}")
                turns = plant(choose)
                blocked = [sum(start <= day for start, _ in turns) % 2 == 1 for day in range(YEAR)]
                truth = [(FIRST + timedelta(days=day), turn) for day, turn in turns]
                found = since(*climate.days(choose, blocked))
                score.count(truth, found)
            print(f"{climate.name:34}{name:20}{score.row()}")
            total.invented += score.invented
            total.series += score.series
            thin = climate.missing > 0
            kept &= not must or thin or score.found >= LEAST_FOUND * score.planted
    print(f"{total.series} series, {total.invented} invented changes")
    return kept and total.invented <= MOST_INVENTED * total.series


def switched(seeds: int) -> bool:
    """Half or more is blocked all the time, by one mechanism and then by another: no change of what is blocked. Whether all told none."""
    told = 0
    for share in (0.5, 0.6, 0.7, 0.9):
        for before, after in ((60, 8), (60, 12), (20, 20), (100, 100)):
            for seed in range(seeds):
                choose = random.Random(f"{share} {before} {after} {seed}")
                days = [
                    (FIRST + timedelta(days=n), int(choose.random() < share), 1)
                    for n in range(before + after)
                ]
                first, then = ({day: k for day, k, _ in part} for part in (days[:before], days[before:]))
                told += bool(since(days, {"tls.reset": first, OTHER: then}))
    total = 16 * seeds
    print(f"{total} series in which another mechanism takes over, {told} with invented changes")
    return told <= MOST_INVENTED * total


def planted(seed: int) -> dict[str, Score]:
    """One world of `planted.py`, as a store, one row a measurement; its changes by network and domain, and by network and platform."""
    place, scores = world(seed, days=120), dict[str, Score]()
    daily = sum(sum(1 for _ in outcomes(place, run)) for run in runs(place))
    with TemporaryDirectory() as folder:
        write_store(place, Path(folder, "s"), daily // place.days * place.days, observations=False)
        truth = json.loads(Path(folder, "s", "truth.json").read_text())
        late = date.fromisoformat(str(truth["last_day"])) - timedelta(days=LATE)
        rare = {network["asn"] for network in truth["networks"] if network["rare"]}
        with open_engine("duckdb", Path(folder, "s")) as tables:
            for subject in ("domain", "platform"):
                turns, score = _turns(truth, subject), scores.setdefault(subject, Score())
                by = ("probe_asn", subject)
                rows = tables.run(query.daily(tables.measurements, by)).to_pylist()
                known = ways(tables.run(query.daily_ways(tables.measurements, by)).to_pylist(), by)
                for cell, days in series(rows, by).items():
                    if cell[0] not in rare and cell[1]:
                        score.count(turns.get(cell, []), since(days, known.get(cell)), late)
    return scores


def _turns(truth: dict[str, list[dict[str, object]]], subject: str) -> dict[tuple[object, ...], list[Turn]]:
    """Planted changes within the days, by network and domain or platform."""
    first, last = (date.fromisoformat(str(truth[name])) for name in ("first_day", "last_day"))
    found: dict[tuple[object, ...], list[Turn]] = {}
    for block in truth["blocks"]:
        ends = [(block[name], turn) for name, turn in (("since", "blocked"), ("until", "opened"))]
        turns = [(date.fromisoformat(str(day)), turn) for day, turn in ends if day]
        turns = [(day, turn) for day, turn in turns if first < day <= last]
        names = [str(block["platform"])] if subject == "platform" else block["domains"]
        for name in names:  # type: ignore[attr-defined]
            found[block["asn"], name.lower()] = turns
    return found


def main(seeds: int, worlds: int) -> int:
    """Print the tables; 1 when a bound is not kept."""
    start = perf_counter()
    kept = drawn(seeds)
    kept &= switched(seeds)
    print(f"{perf_counter() - start:.0f} s")
    total = Score()
    for seed in range(1, worlds + 1):
        for subject, score in planted(seed).items():
            print(f"{f'world {seed}, networks by {subject}s':34}{f'{score.series} series':20}{score.row()}")
            total.add(score)
    print(f"{'all worlds':34}{f'{total.series} series':20}{total.row()}")
    missed = total.found < total.planted
    return int(not kept or missed or total.invented + total.astray > MOST_INVENTED * max(1, total.series))


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    sys.exit(main(*numbers, *(500, 12)[len(numbers) :]))
