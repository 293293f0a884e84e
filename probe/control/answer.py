"""What is known from elsewhere about one target, and how it came to be known."""

from dataclasses import dataclass
from typing import Literal

from probe.record.control import Control

Kind = Literal["helper", "file", "record", "none"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One helper that was asked: its URL, and why it gave no answer, if it gave none (a df-007 name)."""

    url: str
    failure: str | None


@dataclass(frozen=True, slots=True)
class ControlAnswer:
    """A control, or why there is none.

    `source`: the helper's URL or the file's name. `failure`: that of the helper asked last, when none answered.
    `age_s`: seconds between the look-up and now. `verified`: nobody on the way can have changed it (TLS to the
    helper; a manifest beside the file). `vantage`: country and AS number it was seen from, where that is known.
    """

    control: Control | None
    kind: Kind
    source: str | None = None
    failure: str | None = None
    age_s: float | None = None
    verified: bool = False
    vantage: tuple[str, str] | None = None
    attempts: tuple[Attempt, ...] = ()


NO_CONTROL = ControlAnswer(None, "none")
"""Nobody was asked."""
