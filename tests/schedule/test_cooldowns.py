"""Cool-downs: an endpoint that was triggered is left alone for as long as it takes, and then forgotten."""

from hypothesis import given
from hypothesis import strategies as st

from probe.schedule import CAREFUL_COOLDOWN, COOLDOWN, Cooldowns

ONE, OTHER = ("192.0.2.1", 443), ("192.0.2.1", 80)
TRIGGERS = st.lists(
    st.tuples(st.sampled_from([ONE, OTHER, ("2001:db8::1", 443)]), st.integers(0, 300)), max_size=30
)


def test_is_cold_at_first() -> None:
    """Nothing is known of it."""
    cooldowns = Cooldowns()
    assert cooldowns.hot_for(ONE, 5) == 0
    assert cooldowns.since(ONE, 5) is None


def test_stays_hot_for_the_period() -> None:
    """The address and port that was triggered, no other."""
    cooldowns = Cooldowns()
    cooldowns.trigger(ONE, 100)
    assert cooldowns.hot_for(ONE, 100) == COOLDOWN == 180
    assert (cooldowns.hot_for(ONE, 279), cooldowns.since(ONE, 279)) == (1, 179)
    assert (cooldowns.hot_for(OTHER, 100), cooldowns.since(OTHER, 100)) == (0, None)
    assert (cooldowns.hot_for(ONE, 280), cooldowns.since(ONE, 280)) == (0, None)


def test_starts_again_when_triggered_again() -> None:
    """As the censor's timer does."""
    cooldowns = Cooldowns()
    cooldowns.trigger(ONE, 0)
    cooldowns.trigger(ONE, 170)
    assert cooldowns.hot_for(ONE, 200) == 150


def test_waits_longer_when_careful() -> None:
    """Twice as long."""
    cooldowns = Cooldowns(CAREFUL_COOLDOWN)
    cooldowns.trigger(ONE, 0)
    assert cooldowns.hot_for(ONE, 200) == 160


def test_a_question_about_the_past_is_no_harm() -> None:
    """A trigger that another task noted a moment later counts as now."""
    cooldowns = Cooldowns()
    cooldowns.trigger(ONE, 10)
    assert (cooldowns.since(ONE, 9), cooldowns.hot_for(ONE, 9)) == (0, 180)


def test_forgets_what_is_cold() -> None:
    """A year of triggers, and no more held than fit in the period."""
    cooldowns = Cooldowns()
    for number in range(20_000):
        cooldowns.trigger((f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 443), number * 10)
        assert len(cooldowns) <= 18


@given(TRIGGERS, st.integers(0, 600))
def test_agrees_with_the_definition(triggers: list[tuple[tuple[str, int], int]], later: int) -> None:
    """Hot until `period` after the last trigger, whatever came between."""
    cooldowns = Cooldowns()
    last: dict[tuple[str, int], int] = {}
    now = 0
    for endpoint, pause in triggers:
        now += pause
        cooldowns.trigger(endpoint, now)
        last[endpoint] = now
    now += later
    for endpoint in (ONE, OTHER):
        age = now - last[endpoint] if endpoint in last else 1000
        assert cooldowns.hot_for(endpoint, now) == max(0, 180 - age)
        assert cooldowns.since(endpoint, now) == (age if age < 180 else None)
