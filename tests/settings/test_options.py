"""The table of options, and the small functions beside it."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.settings import RUN, TABLES, masked, nearest


def test_names_follow_from_the_flag() -> None:
    """One rule for the file and the environment."""
    option = RUN.find("max_runtime")
    assert option is not None
    assert (option.flag, option.key, option.env) == ("--max-runtime", "max_runtime", "PROBE_MAX_RUNTIME")


def test_no_two_options_have_one_name() -> None:
    """Neither in a table nor in the environment."""
    names = Counter(option.env for table in TABLES for option in table.options)
    names += Counter(f"{table.name}.{option.key}" for table in TABLES for option in table.options)
    assert [name for name, count in names.items() if count > 1] == []


def test_nothing_can_consent_for_a_person() -> None:
    """No table has an option for it, and no variable is the one that gives it."""
    options = [option for table in TABLES for option in table.options]
    assert [
        option.flag for option in options if "consent" in option.flag or option.env == "PROBE_CONSENT"
    ] == []


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("paralel", "parallel"),
        ("MAX-RUNTIME", "max_runtime"),
        ("max_runtme", "max_runtime"),
        ("qqq", None),
        ("", None),
    ],
)
def test_the_nearest_name(word: str, found: str | None) -> None:
    """Case and dashes do not count; nothing is suggested for nonsense."""
    assert nearest(word, [option.key for option in RUN.options]) == found


@given(st.text(max_size=40))
def test_a_secret_is_never_shown(text: str) -> None:
    """Whatever it is."""
    assert masked(text, secret=True) in ("", "***")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("https://user:pass@helper.example/", "https://***@helper.example/"),
        ("https://secret@helper.example/", "https://***@helper.example/"),
        ("https://helper.example/?token=abc&x=1", "https://helper.example/?token=***&x=***"),
        ("https://dns.google/dns-query@8.8.8.8", "https://dns.google/dns-query@8.8.8.8"),
        ("https://helper.example@192.0.2.1", "https://helper.example@192.0.2.1"),
        ("https://helper.example:8443@192.0.2.1", "https://helper.example:8443@192.0.2.1"),
        ("control.jsonl", "control.jsonl"),
        ("8.8.8.8:53", "8.8.8.8:53"),
    ],
)
def test_secrets_inside_of_urls(value: str, shown: str) -> None:
    """Passwords and parameters are hidden; the address of a helper or a resolver is none."""
    assert masked(value) == shown
