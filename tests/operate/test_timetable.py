"""Ticks of a timetable: against the calendar, across changes of the clock, and with each probe's own delay."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.operate.timetable import Timetable, TimetableError, stagger

START = datetime(2027, 1, 1, tzinfo=UTC)
EXPRESSIONS = ("*/5 * * * *", "17 3 * * *", "0 */6 * * *", "*/20 * * * * *", "30 2 * * 1", "0 0 L * *")
ZONES = ("UTC", "Europe/Berlin", "Asia/Tehran", "America/New_York")
moments = st.integers(0, 3 * 365 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds))
tables = st.builds(
    lambda expression, zone, jitter, name: Timetable.parse(expression, zone, jitter, name, START),
    st.sampled_from(EXPRESSIONS),
    st.sampled_from(ZONES),
    st.sampled_from((0, 7, 600, 86_400)),
    st.text(max_size=8),
)


def table(expression: str, zone: str = "UTC", jitter: float = 0, probe_id: str = "") -> Timetable:
    """A timetable as of 2027."""
    return Timetable.parse(expression, zone, jitter, probe_id, START)


def dues(of: Timetable, start: datetime, count: int) -> list[str]:
    """The next ticks after `start`, in UTC."""
    found = []
    for _ in range(count):
        start = of.after(start).due
        found.append(f"{start:%m-%d %H:%M}")
    return found


@given(tables, moments)
def test_starts_keep_the_order_of_ticks(of: Timetable, moment: datetime) -> None:
    """The next tick is later, its start is not before it, within the jitter, and before the tick after it."""
    first = of.after(moment)
    second = of.after(first.due)
    assert moment < first.due <= first.starts < second.due <= second.starts
    assert first.starts - first.due <= of.jitter
    assert first.starts.microsecond == 0


@given(tables, moments)
def test_the_latest_is_the_one_before_the_next(of: Timetable, moment: datetime) -> None:
    """Looking back and looking forward agree: between the latest tick and now nothing else has started."""
    latest = of.latest(moment)
    assert latest is not None
    assert latest.starts <= moment < of.after(latest.due).starts


@pytest.mark.parametrize("minutes", range(0, 300, 7))
def test_the_hour_that_comes_twice(minutes: int) -> None:
    """Berlin, 31 October 2027: half past two comes twice and counts once, from wherever one looks."""
    berlin, night = table("30 2 * * *", "Europe/Berlin"), datetime(2027, 10, 30, 22, 0, tzinfo=UTC)
    moment = night + timedelta(minutes=minutes)
    once, day_after = datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 11, 1, 1, 30, tzinfo=UTC)
    latest = berlin.latest(moment)
    assert latest is not None
    assert berlin.after(moment).due == (once if moment < once else day_after)
    assert (latest.due == once) is (moment >= once)


def test_the_hour_that_is_skipped() -> None:
    """Berlin, 28 March 2027: there is no half past two; the run comes right after the change."""
    berlin = table("30 2 * * *", "Europe/Berlin")
    assert dues(berlin, datetime(2027, 3, 27, 12, 0, tzinfo=UTC), 2) == ["03-28 01:00", "03-29 00:30"]


def test_utc_knows_no_change() -> None:
    """Every day of a year at the same time."""
    assert {text[6:] for text in dues(table("30 2 * * *"), START, 365)} == {"02:30"}


def test_seconds_go_in_front() -> None:
    """Six fields."""
    every = table("*/20 * * * * *")
    assert [tick.due.second for tick in every.between(START, START + timedelta(minutes=1))] == [20, 40, 0]


def test_each_probe_has_its_own_delay() -> None:
    """The same each time it is asked, other on another day, evenly spread over a fleet."""
    shares = [stagger(f"probe-{number}", date(2027, 5, 1)) for number in range(10_000)]
    assert all(0 <= share < 1 for share in shares)
    tenths = [sum(low <= share * 10 < low + 1 for share in shares) for low in range(10)]
    assert max(tenths) < 1100
    assert min(tenths) > 900
    assert stagger("probe-1", date(2027, 5, 1)) == shares[1] != stagger("probe-1", date(2027, 5, 2))


def test_the_formula_is_what_is_documented() -> None:
    """docs/scheduling.md gives this number, so that other programs can compute it."""
    assert round(stagger("probe-1", date(2027, 1, 1)), 6) == 0.369784


@pytest.mark.parametrize(
    ("expression", "zone", "reason"),
    [
        ("61 * * * *", "UTC", "bad minute"),
        ("* * * *", "UTC", "wrong number of fields"),
        ("", "UTC", "wrong number of fields"),
        ("@daily", "UTC", "wrong number of fields"),
        ("0 0 30 2 *", "UTC", "bad day-of-month"),
        ("* * */20 * 1L", "UTC", "names no time within 28 years"),
        ("0 0 * * *" + " " * 200, "UTC", "longer than 200 characters"),
        ("0 0 * * *", "Mars/Olympus", "no time zone is called Mars/Olympus"),
        ("0 0 * * *", "../../etc/passwd", "no time zone is called ../../etc/passwd"),
        ("0 0 * * *", "", "no time zone is called "),
    ],
)
def test_what_cannot_be_used(expression: str, zone: str, reason: str) -> None:
    """Each refusal says what is wrong."""
    with pytest.raises(TimetableError, match=reason.replace("/", ".")):
        table(expression, zone)


@given(st.text(max_size=40), st.text(max_size=20))
def test_any_text_gives_a_timetable_or_a_refusal(expression: str, zone: str) -> None:
    """Nothing else is raised."""
    for name in ("UTC", zone):
        try:
            assert table(expression, name).after(START).due > START
        except TimetableError:
            continue
