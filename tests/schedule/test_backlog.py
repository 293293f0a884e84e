"""The backlog: nothing is lost, nothing comes twice, nothing waits for ever."""

from hypothesis import given
from hypothesis import strategies as st

from probe.schedule import Backlog


def test_gives_items_in_their_order() -> None:
    """As long as none is put off."""
    backlog = Backlog("abc")
    assert len(backlog) == 3
    assert [backlog.take(0) for _ in range(4)] == ["a", "b", "c", None]
    assert len(backlog) == 0


def test_an_item_that_is_put_off_comes_back_in_time() -> None:
    """Not before, and then ahead of the others."""
    backlog = Backlog("abcd")
    assert backlog.take(0) == "a"
    assert backlog.put_off("a", until=10)
    assert len(backlog) == 4
    assert [backlog.take(9), backlog.take(10), backlog.take(10)] == ["b", "a", "c"]


def test_says_when_to_ask_again() -> None:
    """Now, at the first time something is due, or never."""
    backlog = Backlog("ab")
    assert backlog.next_wake(5) == 5
    for until in (30.0, 20.0):
        item = backlog.take(5)
        assert item is not None
        backlog.put_off(item, until)
    assert backlog.take(5) is None
    assert backlog.next_wake(5) == 20
    assert backlog.next_wake(25) == 25
    assert [backlog.take(40), backlog.take(40), backlog.next_wake(40)] == ["b", "a", None]


def test_items_due_at_the_same_time_keep_their_order() -> None:
    """And are not compared with each other: they need no order of their own."""
    items = [complex(number) for number in range(5)]
    backlog = Backlog(items)
    for _ in items:
        item = backlog.take(0)
        assert item is not None
        backlog.put_off(item, 10)
    assert [backlog.take(10) for _ in items] == items


def test_puts_nothing_off_too_often() -> None:
    """After that whoever took it has to measure it."""
    backlog = Backlog("a", most=2)
    for now in (0, 1):
        assert backlog.take(now) == "a"
        assert backlog.put_off("a", now + 1)
    assert backlog.take(2) == "a"
    assert not backlog.put_off("a", 3)
    assert len(backlog) == 0
    assert backlog.next_wake(2) is None


@given(
    st.lists(st.integers(0, 5), max_size=20),
    st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=200),
    st.integers(0, 3),
)
def test_loses_nothing_and_doubles_nothing(
    items: list[int], choices: list[tuple[bool, int]], most: int
) -> None:
    """Whatever is put off, as often as one likes: every item is measured once, and the waiting has an end."""
    backlog = Backlog(items, most)
    measured: list[int] = []
    now, turns = 0.0, 0
    while (wake := backlog.next_wake(now)) is not None:
        now = wake
        item = backlog.take(now)
        assert item is not None, "there was nothing at the time that `next_wake` gave"
        later, delay = choices[turns % len(choices)] if choices else (True, 1)
        turns += 1
        if not (later and backlog.put_off(item, now + delay)):
            measured.append(item)
    assert sorted(measured) == sorted(items)
    assert turns <= len(items) * (most + 1)
    assert backlog.take(now) is None
