"""Words, numbers and days in both languages, and what makes a record's text harmless."""
# ruff: noqa: RUF001 - Persian letters are meant

import string
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.record.verdict import Mechanism, Status
from probe.report.page.content import Confidence, Network, Share, State
from probe.report.page.language import (
    ENGLISH,
    LANGUAGES,
    PERSIAN,
    PLATFORMS,
    Language,
    inert,
    name,
    subject_name,
)
from probe.testlist.bundled import load_bundled


def fields(text: str) -> set[str]:
    """Names in braces."""
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_languages_say_the_same_things() -> None:
    """The same keys, and the same numbers in each sentence."""
    assert set(ENGLISH.words) == set(PERSIAN.words)
    assert set(ENGLISH.mechanisms) == set(PERSIAN.mechanisms)
    for key, text in ENGLISH.words.items():
        assert fields(text) == fields(PERSIAN.words[key]), key


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_every_value_has_its_word(language: Language) -> None:
    """Of every closed set that the page shows."""
    assert all(language.mechanisms[mechanism] for mechanism in Mechanism)
    assert all(language.words[f"state_{state}"] for state in State)
    assert all(language.words[f"confidence_{one}"] for one in Confidence)
    assert all(language.words[f"status_{status.value}"] for status in Status)


def test_persian_has_no_latin_digits_and_no_arabic_letters() -> None:
    """Digits, kaf and ye as Persian writes them; codes and commands stay Latin."""
    for text in (*PERSIAN.words.values(), *PERSIAN.mechanisms.values(), *PERSIAN.months):
        assert not set(text) & set("0123456789ييك٠١٢٣٤٥٦٧٨٩")


def test_numbers() -> None:
    """Thousands, percents that never round to a claim, intervals rounded outwards."""
    assert (ENGLISH.number(12345), PERSIAN.number(12345)) == ("12,345", "۱۲٬۳۴۵")
    assert [ENGLISH.percent(value) for value in (0.0, 0.001, 0.5, 0.999, 1.0)] == [
        "0\u202f%", "< 1\u202f%", "50\u202f%", "> 99\u202f%", "100\u202f%",
    ]  # fmt: skip
    assert ENGLISH.interval(Share(1, 2, 0.0949, 0.9051)) == "9 to 91\u202f%"
    assert PERSIAN.interval(Share(0, 0, 0.0, 1.0)) == "۰ تا ۱۰۰٪"
    assert (ENGLISH.count(1, "run"), ENGLISH.count(2, "run")) == ("1 run", "2 runs")


def test_days_and_networks() -> None:
    """Gregorian in both; networks in Latin letters, as records have them."""
    assert (ENGLISH.day(date(2026, 11, 24)), PERSIAN.day(date(2026, 11, 24))) == (
        "24 Nov 2026",
        "۲۴ نوامبر ۲۰۲۶",
    )
    assert PERSIAN.network(Network("IR", 64496)) == "AS64496 (IR)"
    assert ENGLISH.network(Network("ZZ", 0)) == "network not known"
    assert ENGLISH.network(Network("IR", 0)) == "network not known (IR)"


def test_names_are_joined() -> None:
    """Up to four; beyond that the number of the rest."""
    assert ENGLISH.join([]) == ""
    assert ENGLISH.join(["a", "b", "c"]) == "a, b and c"
    assert ENGLISH.join(list("abcdef")) == "a, b, c and 3 more"
    assert PERSIAN.join(["a", "b"]) == "a و b"


@given(st.text())
def test_inert_text_steers_nothing(text: str) -> None:
    """No control, no mark that turns text around; bounded."""
    shown = inert(text)
    assert len(shown) <= 100
    assert not any(
        unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for letter in shown
    )


def test_names_are_escaped_and_isolated() -> None:
    """A name is markup that holds no markup of its own."""
    assert name('<b>"x"\u202e') == '<bdi dir="ltr">&lt;b&gt;&#34;x&#34;�</bdi>'


def test_platforms_write_themselves() -> None:
    """Every platform of the bundled lists has its own spelling; others are shown as they are."""
    for bundled in ("platforms", "messengers", "social", "circumvention", "news"):
        for target in load_bundled(bundled).targets:
            if target.platform:
                assert PLATFORMS[target.platform.lower()] == target.platform
    assert subject_name("some.example") == "some.example"
