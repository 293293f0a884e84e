"""What a report says, before it is said in any language: plain records, no words, no colours, no HTML.

`assemble.py` makes a `Content` from counted rows, `render.py` makes a page from it. Counts are of measurements,
days are UTC, shares carry their interval.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class State(StrEnum):
    """What a cell says of one subject on one network; `state.py` has the rule for each."""

    BLOCKED = "blocked"
    PARTLY = "partly"
    REACHABLE = "reachable"
    REFUSED = "refused"
    DOWN = "down"
    UNCLEAR = "unclear"
    INSUFFICIENT = "insufficient"


class Confidence(StrEnum):
    """How sure the state is, in one word."""

    CONFIRMED = "confirmed"
    LIKELY = "likely"
    POSSIBLE = "possible"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Network:
    """Country (`ZZ`: not known) and number (0: not known)."""

    country: str
    asn: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Measurements counted, `n` in all.

    `usable` can tell whether the network lets the target pass: reachable, blocked, throttled, refused. `runs`: distinct runs among the usable; `down_runs`: among the down.
    `contaminated` count in `n` and nowhere else.
    """

    n: int = 0
    runs: int = 0
    usable: int = 0
    reachable: int = 0
    blocked: int = 0
    throttled: int = 0
    down: int = 0
    down_runs: int = 0
    refused: int = 0
    inconclusive: int = 0
    confirmed: int = 0
    contaminated: int = 0

    @property
    def interfered(self) -> int:
        """Measurements with which the network interfered."""
        return self.blocked + self.throttled

    @property
    def slowed(self) -> bool:
        """Whether most of the interference was slowing down."""
        return self.throttled > self.blocked

    @property
    def clean(self) -> int:
        """Measurements without what an earlier block left behind."""
        return self.n - self.contaminated


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n`, with the 95 % Wilson interval of the share; 0 to 1."""

    k: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing."""
        return self.k / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Since:
    """A change at about `day`, with its interval; `worse`: the network interferes more since."""

    day: date
    low: date
    high: date
    worse: bool
    before: Share


@dataclass(frozen=True, slots=True)
class Record:
    """One measurement to go and look at."""

    uid: str
    time: datetime
    input: str
    status: str
    mechanism: str
    confidence: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Hosts:
    """Hosts of a cell by what each of them shows; `unsure`: too few measurements, or unclear."""

    blocked: int = 0
    working: int = 0
    unsure: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.blocked + self.working + self.unsure


@dataclass(frozen=True, slots=True)
class Cell:
    """One subject (a platform, or a host) on one network. State, tally and share are of the time since the last change.

    `last`: the last day measured.
    """

    number: int
    network: Network
    subject: str
    state: State
    confidence: Confidence
    tally: Tally
    share: Share
    since: Since | None = None
    mechanisms: tuple[tuple[str, int], ...] = ()
    hosts: Hosts = Hosts()
    last: date | None = None
    records: tuple[Record, ...] = ()
    records_total: int = 0


@dataclass(frozen=True, slots=True)
class Bins:
    """The time axis: `count` stretches of `days` days each, from `first` to `last` (both included)."""

    first: date
    last: date
    days: int
    count: int


@dataclass(frozen=True, slots=True)
class Strip:
    """A cell through time: a tally for each bin that has measurements."""

    cell: Cell
    tallies: Mapping[int, Tally]


@dataclass(frozen=True, slots=True)
class HostState:
    """One host on one network since the last change there: its platform's, or its own if the page has no cell for it."""

    domain: str
    platform: str
    network: Network
    state: State
    share: Share
    tally: Tally
    since: Since | None = None


@dataclass(frozen=True, slots=True)
class History:
    """One host on one network through time: for each bin with usable measurements the share of interference."""

    host: HostState
    shares: Mapping[int, Share]


@dataclass(frozen=True, slots=True)
class MechanismCount:
    """How often one mechanism led, among the measurements of `subject` with interference; on how many networks."""

    subject: str
    mechanism: str
    share: Share
    networks: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was no record: where, and why not."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Quality:
    """What the data can and cannot carry."""

    files: int = 0
    n: int = 0
    contaminated: int = 0
    inconclusive: int = 0
    uncontrolled: int = 0
    unknown_network: int = 0
    worldwide_down: int = 0
    rejudged: int = 0
    refused_lines: int = 0
    refused: tuple[Refused, ...] = ()
    few: tuple[tuple[Network, int, int], ...] = ()
    """Networks below the floor: network, runs, measurements."""
    few_total: int = 0
    rulesets: tuple[str, ...] = ()
    software: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Omitted:
    """What there is no room for: names of a few, and how many there are."""

    names: tuple[str, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """A whole report. `by`: what a subject is, `platform` or `domain`; `made`: when, UTC."""

    made: datetime
    version: str
    first: date
    last: date
    total: Tally
    by: str
    subjects: tuple[str, ...]
    networks: tuple[Network, ...]
    cells: tuple[Cell, ...]
    bins: Bins
    history_bins: Bins
    strips: tuple[Strip, ...] = ()
    mechanisms: tuple[MechanismCount, ...] = ()
    histories: tuple[History, ...] = ()
    blocked_hosts: tuple[HostState, ...] = ()
    blocked_hosts_total: int = 0
    quality: Quality = Quality()
    networks_total: int = 0
    omitted_subjects: Omitted = Omitted()
    omitted_networks: Omitted = Omitted()
    omitted_histories: Omitted = Omitted()
    omitted_places: Omitted = Omitted()
    """Hosts that have a history here, on networks where they have none."""
    cells_without_records: int = 0

    def cell(self, network: Network, subject: str) -> Cell | None:
        """The cell of the matrix; None: never measured there."""
        return next((one for one in self.cells if (one.network, one.subject) == (network, subject)), None)
