"""What a nettest is, and what it is told about the run it is part of."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from probe.control.sources import ControlSources
from probe.judge.knowledge import Knowledge
from probe.measure.setting import Setting
from probe.measure.watch import NetworkWatch
from probe.record import Lateness, Measurement
from probe.testlist import Target


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """The same in all records of a run. Times are UTC, `YYYY-MM-DD HH:MM:SS`; `asn` like AS137, `country` like IR."""

    run_id: str
    report_id: str
    started: str
    asn: str
    country: str
    platform: str
    architecture: str
    python: str
    openssl: str
    proxies_ignored: Sequence[str] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """What one measurement needs beside its target.

    `utc_now` gives the time as records write it; `lateness` the delay of the event loop's timers since a
    moment of `setting.clock`, in milliseconds; `in_flight` the targets being measured now. `network` knows the state
    of this network at any time of the run.
    """

    setting: Setting
    run: RunIdentity
    utc_now: Callable[[], str]
    lateness: Callable[[float], Lateness]
    in_flight: Callable[[], int]
    new_id: Callable[[], str]
    controls: ControlSources
    knowledge: Knowledge
    network: NetworkWatch


@dataclass(frozen=True, slots=True)
class Nettest:
    """One kind of measurement. `measure` never fails for what a network does; an exception is a bug of ours."""

    name: str
    version: str
    measure: Callable[[Target, Context], Awaitable[Measurement]]
