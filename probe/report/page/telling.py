"""A report's sentences in one language: numbers become words here, and nowhere is a claim made without its n."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from probe.report.page import state as rules
from probe.report.page.content import Bins, Cell, Content, Hosts, HostState, Network, Share, State
from probe.report.page.language import Language, name, subject_name
from probe.report.page.palette import GLYPHS
from probe.report.statistics.floor import FLOOR, Floor

INTERFERENCE = (State.BLOCKED, State.PARTLY)
UNSAID = (State.INSUFFICIENT, State.UNCLEAR)
MAX_STATEMENTS = 12
STALE = 7
"""Days after which a cell's last measurement is older than the report, and the page says so."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said of one cell: its title, and short sentences."""

    cell: Cell
    title: Markup
    sentences: tuple[Markup | str, ...]


@dataclass(frozen=True, slots=True)
class Teller:
    """`content` told in `language`."""

    content: Content
    language: Language

    def headline(self) -> Markup:
        """One line; claims nothing that no cell carries."""
        say, content = self.language.say, self.content
        said = [cell for cell in content.cells if cell.state is not State.INSUFFICIENT]
        if not content.total.n:
            return say("headline_nothing")
        if not said:
            return say("headline_insufficient")
        found = [cell for cell in said if cell.state in INTERFERENCE]
        if found:
            return self._interference(found)
        return self._no_interference(said)

    def _interference(self, found: Sequence[Cell]) -> Markup:
        content = self.content
        subjects = [one for one in content.subjects if any(cell.subject == one for cell in found)]
        names = self.language.join([self.subject(one) for one in subjects])
        networks = {cell.network for cell in found}
        if self.few() is not None:
            runs = self.language.count(content.total.runs, "run")
            return self.language.say("headline_few", runs=runs, names=names)
        if len(content.networks) == 1:
            return self.language.say("headline_one", names=names)
        k, n = self.language.number(len(networks)), self.language.number(content.networks_total)
        return self.language.say("headline_some", names=names, k=k, n=n)

    def _no_interference(self, said: Sequence[Cell]) -> Markup:
        language, total = self.language, self.content.networks_total
        opened = {cell.subject for cell in said if self._opened(cell)}
        if opened:
            names = [self.subject(one) for one in self.content.subjects if one in opened]
            return language.say("headline_opened", names=language.join(names))
        clear = {cell.network for cell in said} - {
            cell.network for cell in said if cell.state is not State.REACHABLE
        }
        if not clear:
            return language.say("headline_unclear")
        if len(clear) < total:
            return language.say("headline_none", k=language.number(len(clear)), n=language.number(total))
        if total == 1:
            return language.say("headline_none_one")
        return language.say("headline_none_all", n=language.number(total))

    def lede(self) -> Markup:
        """How much was measured, where and when."""
        language, content = self.language, self.content
        return language.say(
            "lede" if content.first < content.last else "lede_day",
            measurements=language.count(content.total.n, "measurement"),
            runs=language.count(self._runs(), "run"),
            networks=language.count(content.networks_total, "network"),
            first=language.day(content.first),
            last=language.day(content.last),
        )

    def states(self) -> list[tuple[int, State, str]]:
        """How many cells are in which state, and its word, without those of which there is none."""
        counts = Counter((cell.state, self.word(cell)) for cell in self.content.cells)
        order = list(State)
        ranked = sorted(counts.items(), key=lambda item: (order.index(item[0][0]), -item[1]))
        return [(count, state, word) for (state, word), count in ranked]

    def word(self, one: Cell | HostState) -> str:
        """The word of its state: slowed down, where that is most of what the network does."""
        slowed = one.state in INTERFERENCE and one.tally.slowed
        return self.language.words[f"state_{one.state}_slowed" if slowed else f"state_{one.state}"]

    def few(self) -> Markup | None:
        """A warning when the whole report rests on few runs."""
        if self._runs() >= rules.LIKELY.runs:
            return None
        runs = self.language.count(self._runs(), "run")
        return self.language.say("few_warning", runs=runs, **self.floor())

    def _runs(self) -> int:
        """Runs that tell something: of what can tell, or of what is down for everyone."""
        return max(self.content.total.runs, self.content.total.down_runs)

    def floor(self, floor: Floor = FLOOR) -> dict[str, str]:
        """The least evidence, in words."""
        return {
            "least_measurements": self.language.count(floor.measurements, "measurement"),
            "least_runs": self.language.count(floor.runs, "run"),
        }

    def statements(self) -> list[Statement]:
        """Cells with interference or where it ended, the newest change first, at most `MAX_STATEMENTS`."""
        return [self.statement(cell) for cell in self._found()[:MAX_STATEMENTS]]

    def more_statements(self) -> int:
        """How many there is no room for."""
        return max(0, len(self._found()) - MAX_STATEMENTS)

    def _found(self) -> list[Cell]:
        """Interference, and where it ended."""
        found = [cell for cell in self.content.cells if cell.state in INTERFERENCE or self._opened(cell)]
        return sorted(found, key=self._urgency)

    def _opened(self, cell: Cell) -> bool:
        return cell.state is State.REACHABLE and cell.since is not None and not cell.since.worse

    def _urgency(self, cell: Cell) -> tuple[int, int, float, int]:
        """The newest change first, then what has been so all along, the largest share first."""
        age = (self.content.last - cell.since.day).days if cell.since else sys.maxsize
        return age, list(State).index(cell.state), -cell.share.low, cell.number

    def statement(self, cell: Cell) -> Statement:
        """All that is said of `cell`."""
        parts = (
            self.evidence(cell),
            self.since(cell),
            self.mostly(cell),
            self.hosts(cell.hosts),
            self.sure(cell),
        )
        return Statement(cell, self.title(cell), tuple(part for part in parts if part))

    def evidence(self, cell: Cell | HostState) -> Markup:
        """The numbers a state rests on; too few are no share."""
        language, tally = self.language, cell.tally
        runs, usable = language.count(tally.runs, "run"), language.count(tally.usable, "measurement")
        if cell.state is State.INSUFFICIENT:
            floor = self.floor(rules.HOST if isinstance(cell, HostState) else FLOOR)
            return language.say("evidence_few", usable=usable, runs=runs, **floor)
        if cell.state is State.UNCLEAR and 2 * tally.usable < tally.clean:
            undecided = language.number(tally.clean - tally.usable)
            return language.say("evidence_usable", usable=usable, runs=runs, undecided=undecided)
        key, share, runs_ = {
            State.DOWN: ("evidence_down", rules.share_of(tally.down, tally.clean), tally.down_runs),
            State.REFUSED: ("evidence_refused", rules.share_of(tally.refused, tally.usable), tally.runs),
        }.get(cell.state, ("evidence", cell.share, tally.runs))
        return language.say(
            key,
            share=language.percent(share.value),
            decided=language.count(share.n, "measurement"),
            interval=language.interval(share),
            runs=language.count(runs_, "run"),
        )

    def numbers(self, cell: Cell) -> tuple[Markup, Markup | None]:
        """What stands below a cell's word: the share it rests on, then interval and runs; no share of nothing, or of too little."""
        language, tally = self.language, cell.tally
        down = cell.state is State.DOWN
        share = rules.share_of(tally.down, tally.clean) if down else cell.share
        runs = language.count(tally.down_runs if down else tally.runs, "run")
        if cell.state is State.INSUFFICIENT or not share.n:
            return language.say("cell_few", n=language.number(share.n), runs=runs), None
        told = language.say(
            "cell_down" if down else "cell_share",
            share=language.percent(share.value),
            n=language.number(share.n),
        )
        return told, language.say("cell_interval", interval=language.interval(share), runs=runs)

    def since(self, cell: Cell) -> Markup | None:
        """When it changed, and what was before."""
        language, since = self.language, cell.since
        if since is None:
            return language.say("whole_period") if cell.state in INTERFERENCE else None
        exact = "_same_day" if since.low == since.high else ""
        key = {
            (True, False): "since_worse",
            (False, False): "since_better",
            (True, True): "since_same_day",
            (False, True): "since_same_day_better",
        }[since.worse, bool(exact)]
        days = {"day": since.day, "low": since.low, "high": since.high}
        when = language.say(key, **{word: language.day(day) for word, day in days.items()})
        before = language.say(
            "before",
            share=language.percent(since.before.value),
            n=language.number(since.before.n),
        )
        return when + Markup(language.words["list_comma"]) + before  # noqa: S704 - our words

    def mostly(self, cell: Cell) -> Markup | None:
        """The mechanism seen most."""
        if not cell.mechanisms or cell.state is State.REACHABLE:
            return None
        code, k = cell.mechanisms[0]
        n = sum(count for _, count in cell.mechanisms)
        language = self.language
        words = (
            Markup("{} ({})").format(language.mechanism(code), name(code)) if code else language.mechanism("")
        )
        return language.say("mostly", mechanism=words, k=language.number(k), n=language.number(n))

    def hosts(self, hosts: Hosts) -> Markup | None:
        """How many of its hosts are blocked by themselves."""
        if hosts.total < 2 or not hosts.blocked:  # noqa: PLR2004 - one host is the subject itself
            return None
        language = self.language
        numbers = {"k": hosts.blocked, "n": hosts.total, "unsure": hosts.unsure}
        key = "hosts" if hosts.unsure else "hosts_sure"
        return language.say(key, **{word: language.number(value) for word, value in numbers.items()})

    def sure(self, cell: Cell) -> Markup:
        """How sure, in words, and what is proven."""
        language = self.language
        word = language.say("confidence_label", confidence=language.words[f"confidence_{cell.confidence}"])
        if not cell.tally.confirmed:
            return word
        k, n = language.number(cell.tally.confirmed), language.number(cell.tally.blocked)
        return word + Markup(language.words["list_comma"]) + language.say("proven", k=k, n=n)  # noqa: S704 - our words

    def sightings(self) -> list[Statement]:
        """Interference that was seen where there is too little to say more; most first."""
        return [self._sighting(cell) for cell in self._seen()[:MAX_STATEMENTS]]

    def more_sightings(self) -> int:
        """How many there is no room for."""
        return max(0, len(self._seen()) - MAX_STATEMENTS)

    def _seen(self) -> list[Cell]:
        seen = [cell for cell in self.content.cells if cell.state in UNSAID and cell.tally.interfered]
        return sorted(seen, key=lambda cell: (-cell.tally.interfered, cell.number))

    def _sighting(self, cell: Cell) -> Statement:
        language, tally = self.language, cell.tally
        seen = language.say(
            "sighting",
            k=language.number(tally.interfered),
            n=language.count(tally.usable, "measurement"),
            runs=language.count(tally.runs, "run"),
        )
        parts = (seen, self.mostly(cell))
        return Statement(cell, self.title(cell), tuple(part for part in parts if part))

    def title(self, cell: Cell) -> Markup:
        """What and where."""
        return self.language.say(
            "statement", subject=self.subject(cell.subject), network=self.network(cell.network)
        )

    def reachable(self) -> list[Statement]:
        """Cells that are reachable, and have been all along."""
        cells = [cell for cell in self.content.cells if cell.state is State.REACHABLE]
        return [self.statement(cell) for cell in cells if not self._opened(cell)]

    def subject(self, subject: str) -> Markup:
        """A platform's or host's name."""
        return Markup("<bdi>{}</bdi>").format(subject_name(subject))

    def network(self, network: Network) -> Markup:
        """A network's name."""
        return Markup("<bdi>{}</bdi>").format(self.language.network(network))

    def share(self, share: Share) -> str:
        """The share alone."""
        return self.language.percent(share.value)

    def bin(self, bins: Bins) -> str:
        """What one place of the time axis is."""
        if bins.days == 1:
            return self.language.words["bin_day"]
        return self.language.words["bin_days"].format(count=self.language.number(bins.days))

    def glyph(self, state: State) -> str:
        """Its shape."""
        return GLYPHS[state]

    def stale(self, cell: Cell) -> bool:
        """Whether the last measurement of `cell` is older than the report's end."""
        return cell.last is not None and (self.content.last - cell.last).days > STALE

    def meanings(self) -> list[tuple[State, Markup]]:
        """The rule of each state, the worst first."""
        order = ("blocked", "partly", "reachable", "refused", "down", "insufficient", "unclear")
        language = self.language
        numbers = {
            "most": rules.MOST,
            "half": rules.HALF,
            "noticed": rules.ACCIDENTS,
            "rare": rules.ACCIDENTS,
            "usual": 1 - rules.ACCIDENTS,
        }
        values = {word: language.percent(value) for word, value in numbers.items()} | self.floor()
        return [(State(one), language.say(f"mean_{one}", **values)) for one in order]

    def certainties(self) -> list[tuple[str, Markup]]:
        """What each word for how sure means."""
        language = self.language
        values = {
            "proven": language.count(rules.PROVEN, "measurement"),
            "likely_measurements": language.count(rules.LIKELY.measurements, "measurement"),
            "likely_runs": language.count(rules.LIKELY.runs, "run"),
        }
        return [(one, language.say(f"mean_{one}", **values)) for one in ("confirmed", "likely", "possible")]
