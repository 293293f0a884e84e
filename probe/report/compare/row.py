"""One measurement as a comparison needs it: a few words and numbers, never the record. Nothing is decided here."""

from dataclasses import dataclass
from enum import StrEnum

from probe.record.verdict import Confidence, ControlKind, Layer, Mechanism, Status

Network = tuple[str, str]
"""Country and AS number, as `("IR", "AS58224")`; ZZ and AS0 are not known."""

NOWHERE: Network = ("ZZ", "AS0")

Target = tuple[str, str | None]
"""`test_name` and `input`."""


class Problem(StrEnum):
    """Why a row has no verdict: its line is no valid record, its run ended before it, its test has no rules."""

    RECORD_INVALID = "record_invalid"
    NOT_MEASURED = "not_measured"
    NO_RULES = "no_rules"


@dataclass(frozen=True, slots=True)
class Settings:
    """What measurements of one run share, as far as it can change what they see. Rows of a run share one object.

    `ruleset`: of the verdict as recorded, empty: there was none. `tls`: the library; `roots`: digest of the trusted ones.
    `network_type`: wifi, mobile, vpn …, as whoever measured says.
    """

    software: str = ""
    ruleset: str = ""
    list_name: str = ""
    list_sha256: str = ""
    resolvers: tuple[str, ...] = ()
    dohs: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    roots: str = ""
    tls: str = ""
    network_type: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement with its verdict by today's rules; `status` is None where `problem` says why.

    `started`: UTC, YYYY-MM-DD HH:MM:SS. `uid`: of the measurement, empty where there is none. `hot`: an endpoint was under
    watch from an earlier trigger. `alive`: something beyond this machine answered. `control_age`: seconds.
    `lateness`: p99 of the event loop's delay, milliseconds.
    """

    test_name: str
    input: str | None
    network: Network
    run: str
    uid: str = ""
    started: str = ""
    platform: str | None = None
    role: str | None = None
    status: Status | None = None
    confidence: Confidence = Confidence.NONE
    layer: Layer | None = None
    mechanisms: tuple[Mechanism, ...] = ()
    rule: str = ""
    detail: str | None = None
    host: str | None = None
    hop: int = 0
    control: ControlKind = ControlKind.NONE
    control_age: float | None = None
    hot: bool = False
    alive: bool = True
    problem: Problem | None = None
    lateness: float | None = None
    settings: Settings = Settings()

    @property
    def target(self) -> Target:
        """What was measured."""
        return self.test_name, self.input

    @property
    def order(self) -> tuple[object, ...]:
        """By time, then by what it says: the same whatever order rows come in."""
        verdict = (
            self.status or "",
            self.confidence,
            self.rule,
            self.detail or "",
            self.hop,
            self.host or "",
        )
        return (self.started, self.uid, self.run, *verdict, *self.mechanisms)
