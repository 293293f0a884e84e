"""What is decided when, after any sequence of things that clocks do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from probe.operate.agenda import MAX_COUNTED, Decision, decide
from probe.operate.memory import MAX_SPANS, Memory, Span, Tick
from probe.operate.timetable import Timetable

START = datetime(2027, 3, 1, 12, 0, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def table(expression: str, jitter: float = 0) -> Timetable:
    """A timetable in UTC."""
    return Timetable.parse(expression, "UTC", jitter, "probe", START)


def follow(of: Timetable, *moments: datetime, memory: Memory | None = None) -> list[Decision]:
    """The decisions at each of `moments`."""
    memory, found = memory or Memory(START), []
    for moment in moments:
        found.append(decide(of, memory, moment))
        memory = found[-1].memory
    return found


def ran(decisions: list[Decision]) -> list[datetime]:
    """When the ticks that were run had been due."""
    return [decision.tick.due for decision in decisions if decision.tick]


steps = st.lists(
    st.one_of(
        st.just("wait"),
        st.floats(-3 * 86_400, 3 * 86_400).map(lambda seconds: timedelta(seconds=round(seconds, 1))),
        st.floats(-90, 90).map(lambda seconds: timedelta(seconds=round(seconds, 1))),
    ),
    max_size=40,
)
tables = st.builds(
    table,
    st.sampled_from(("* * * * *", "*/10 * * * *", "0 */6 * * *", "0 3 * * *")),
    st.sampled_from((0, 300)),
)


@settings(max_examples=50)
@given(tables, steps)
def test_no_tick_is_run_twice(of: Timetable, jumps: list[timedelta | str]) -> None:
    """Whatever the clock does, waiting as told between the jumps or not."""
    now, memory, done = START, Memory(START), list[Tick]()
    for jump in jumps:
        decision = decide(of, memory, now)
        memory = decision.memory
        done += [decision.tick] if decision.tick else []
        now = max(now, decision.next.starts) if isinstance(jump, str) else now + jump
    assert len({tick.due for tick in done}) == len(done)


@settings(max_examples=50)
@given(tables, st.lists(st.floats(0.1, 20_000), min_size=1, max_size=12))
def test_no_run_is_lost_while_time_goes_on(of: Timetable, gaps: list[float]) -> None:
    """When time goes forward, by little or by hours, the latest tick that has started is always one that was run.

    Ticks that were not run are counted: nothing goes missing unseen.
    """
    now, memory, runs, missed = START, Memory(START), 0, 0
    for gap in gaps:
        now += timedelta(seconds=gap)
        decision = decide(of, memory, now)
        memory = decision.memory
        runs, missed = runs + (decision.tick is not None), missed + decision.missed
        latest = of.latest(now)
        assert latest is not None
        assert latest.starts <= START or memory.ran(latest)
        assert decision.next == of.after(latest.due)
        assert decision.missed <= MAX_COUNTED
    assert runs + missed == sum(START < tick.starts <= now for tick in of.between(START - DAY, now))


jumps_only = st.lists(st.floats(-3 * 86_400, 3 * 86_400), max_size=40)


@settings(max_examples=50)
@given(tables, jumps_only)
def test_at_most_one_run_catches_up(of: Timetable, jumps: list[float]) -> None:
    """A jump ahead costs one run at most, a jump back none; and once decided, the same moment asks for nothing more."""
    now, memory = START, Memory(START)
    for jump in jumps:
        now += timedelta(seconds=jump)
        decision = decide(of, memory, now)
        memory = decision.memory
        assert decision.tick is None or jump > 0
        assert decide(of, memory, now).tick is None


@settings(max_examples=50)
@given(tables, steps)
def test_the_next_is_ahead_and_not_run(of: Timetable, jumps: list[timedelta | str]) -> None:
    """One never waits for the past, nor for what was done."""
    now, memory = START, Memory(START)
    for jump in jumps:
        decision = decide(of, memory, now)
        memory = decision.memory
        assert decision.next.starts > now
        assert memory.ran(decision.next) is None
        now = max(now, decision.next.starts) if isinstance(jump, str) else now + jump
    assert len(memory.done) <= MAX_SPANS


def test_ten_missed_runs_are_one() -> None:
    """A laptop that slept for ten hours, an hourly schedule."""
    first, second = follow(table("0 * * * *"), START + 10 * HOUR, START + 10 * HOUR + MINUTE)
    assert ran([first, second]) == [datetime(2027, 3, 1, 22, 0, tzinfo=UTC)]
    assert (first.missed, second.missed) == (9, 0)
    assert second.next.due == datetime(2027, 3, 1, 23, 0, tzinfo=UTC)


def test_a_clock_that_is_put_back_repeats_nothing() -> None:
    """Run at 13:00; at 13:05 it becomes 12:50; the next run is at 14:00, and 13:00 is not run again."""
    one, five = datetime(2027, 3, 1, 13, 0, tzinfo=UTC), datetime(2027, 3, 1, 13, 5, tzinfo=UTC)
    decisions = follow(table("0 * * * *"), one, five, five - 15 * MINUTE, one, one + MINUTE)
    assert ran(decisions) == [one]
    assert decisions[2].put_back == 15 * 60
    assert decisions[2].next.due == datetime(2027, 3, 1, 14, 0, tzinfo=UTC)


def test_a_clock_that_was_years_ahead() -> None:
    """After the correction runs come as ever: nobody waits for the year in which the clock was."""
    ahead = START.replace(year=2036)
    daily = table("0 3 * * *")
    decisions = follow(daily, START + DAY, ahead, START + DAY + HOUR, START + 2 * DAY, START + 3 * DAY)
    assert [due.isoformat()[:10] for due in ran(decisions)] == [
        "2027-03-02",
        "2036-03-01",
        "2027-03-03",
        "2027-03-04",
    ]


def test_a_clock_that_goes_to_and_fro() -> None:
    """An hour ahead and back, ten times within one minute: one run."""
    daily, before = table("0 3 * * *"), datetime(2027, 3, 2, 2, 30, tzinfo=UTC)
    moments = [before + timedelta(seconds=number) + HOUR * (number % 2) for number in range(20)]
    assert len(ran(follow(daily, *moments))) == 1


def test_a_run_longer_than_the_gap() -> None:
    """Every ten minutes, and each run takes 25: one after the other, none at once with another."""
    now, memory, starts = START, Memory(START), list[datetime]()
    every_ten = table("*/10 * * * *")
    for _ in range(6):
        decision = decide(every_ten, memory, now)
        memory = decision.memory
        if decision.tick:
            starts.append(now)
            now += 25 * MINUTE
        else:
            now = decision.next.starts
    assert len(starts) == 5
    assert {later - sooner for sooner, later in pairwise(starts)} == {25 * MINUTE}


def test_a_year_of_missed_minutes_is_decided_at_once() -> None:
    """Half a million missed ticks are counted as at least a thousand."""
    (decision,) = follow(table("* * * * *"), START + 365 * DAY)
    assert decision.tick is not None
    assert decision.missed == MAX_COUNTED


def test_spans_grow_and_stay_few() -> None:
    """A month of hourly runs is one span; each jump ahead begins one; the oldest are forgotten."""
    hourly = table("0 * * * *")
    decisions = follow(hourly, *(START + number * HOUR for number in range(1, 700)))
    assert len(ran(decisions)) == 699
    assert len(decisions[-1].memory.done) == 1
    jumping = follow(hourly, *(START + 5 * number * HOUR for number in range(1, 50)))
    assert len(jumping[-1].memory.done) == MAX_SPANS


def test_what_was_run_is_passed_over() -> None:
    """With 13:00 to 15:00 done already, at noon the next is 16:00."""
    span = Span(datetime(2027, 3, 1, 13, 0, tzinfo=UTC), datetime(2027, 3, 1, 15, 0, tzinfo=UTC))
    memory = replace(Memory(START), done=(span,))
    (decision,) = follow(table("0 * * * *"), START + MINUTE, memory=memory)
    assert decision.next.due == datetime(2027, 3, 1, 16, 0, tzinfo=UTC)
