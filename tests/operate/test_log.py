"""Events as sentences and as objects: one line each, whatever is in them."""

import io
import json
import logging
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.cli.words.schedule import EVENTS
from probe.operate.log import MAX_TEXT, Format, telling


def told(
    form: Format, event: str, level: int = logging.INFO, least: int = logging.INFO, **facts: object
) -> str:
    """What is written for an event."""
    out = io.StringIO()
    with telling(out, form, least, EVENTS) as tell:
        tell(event, level, **facts)
    return out.getvalue()


def test_a_sentence() -> None:
    """Time, and the words."""
    line = told(Format.TEXT, "run.ended", exit_code=4, seconds=2)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z Run ended with exit code 4 after 2 s\.\n", line
    )


def test_an_object() -> None:
    """Time, level, event, and the facts as they are."""
    line = json.loads(told(Format.JSON, "runs.missed", logging.WARNING, missed=9))
    assert line.pop("time").endswith("Z")
    assert line == {"level": "warning", "event": "runs.missed", "missed": 9}


@pytest.mark.parametrize("form", Format)
def test_levels(form: Format) -> None:
    """What a run says is told at debug only; and when it is over, nobody listens any more."""
    assert told(form, "run.said", logging.DEBUG, line="https://x.com/") == ""
    assert "x.com" in told(form, "run.said", logging.DEBUG, logging.DEBUG, line="https://x.com/")
    assert logging.getLogger("probe.operate").handlers == []


@given(st.sampled_from(Format), st.text(max_size=50))
def test_one_event_is_one_line(form: Format, text: str) -> None:
    """Line ends and escapes of a hostile text stay inside."""
    line = told(form, "run.refused", exit_code=2, seconds=0, said=text)
    assert line.endswith("\n")
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line


def test_long_texts_are_cut() -> None:
    """A megabyte becomes two thousand characters."""
    assert len(told(Format.JSON, "run.refused", said="x" * 1_000_000)) < MAX_TEXT + 200


def test_every_event_has_a_sentence() -> None:
    """None is told in words of a program; `told` would raise for a missing fact."""
    for event, sentence in EVENTS.items():
        facts: dict[str, Any] = dict.fromkeys(re.findall(r"\{(\w+)", sentence), "x")
        assert told(Format.TEXT, event, **facts).count("{") == 0
