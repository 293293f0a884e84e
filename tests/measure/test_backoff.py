"""How long a server of our own choice is left alone after a failure."""

from probe.measure.backoff import FIRST, LONGEST, Backoff


def test_one_failure_costs_little_and_many_a_minute() -> None:
    """5, 10, 20, 40, 60, 60 seconds."""
    backoff, now, pauses = Backoff(), 100.0, list[float]()
    for _ in range(6):
        assert backoff.standing(now) is None
        backoff.fail("eof_error", now, now)
        pause = 0.0
        while backoff.standing(now + pause) == "eof_error":
            pause += 1.0
        pauses.append(pause)
        now += pause
    assert pauses == [FIRST, 10.0, 20.0, 40.0, LONGEST, LONGEST]


def test_forty_that_fail_at_once_are_one_failure() -> None:
    """All had been begun before it was left alone; what the first of them met stands."""
    backoff = Backoff()
    for number in range(40):
        backoff.fail(f"failure {number}", number / 10, 10.0 + number / 10)
    assert backoff.standing(14.9) == "failure 0"
    assert backoff.standing(10.0 + FIRST) is None
    backoff.fail("the next", 15.0, 25.0)
    assert backoff.standing(25.0 + 2 * FIRST - 0.1) == "the next"


def test_success_is_a_new_beginning() -> None:
    """Whatever was before."""
    backoff = Backoff()
    for moment in (0.0, 100.0, 200.0):
        backoff.fail("connection_reset", moment, moment)
    backoff.succeed()
    assert backoff.standing(201.0) is None
    backoff.fail("connection_reset", 300.0, 300.0)
    assert backoff.standing(300.0 + FIRST) is None
