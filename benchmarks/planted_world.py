"""A pretend world in which it is known who blocks what, since when and how, and what a measurement in it meets.

The same seed gives the same world, truth and records. Networks have AS numbers of the documentation block; hosts of the
platforms are the bundled list's, other sites end in `.example`. Beside the planted blocks there is what every
measurement meets: first failures by accident (a fifth of all, half of which spoil the record), blocks that sometimes
let through, endpoints still hot, sites that are down for everyone, that refuse a country, or have another page each
time, runs whose own network is down, and networks that are measured rarely.
"""

import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from probe.testlist.bundled import load_bundled

HOSTS_PER_PLATFORM, OTHER_SITES = 6, 16
FLAKY = 0.2
"""Of measurements without a block: the first connection fails by accident."""
SPOILED = 0.5
"""Of those: the whole measurement fails with it; in the others a second address answers."""
EFFECT = 0.95
"""Of measurements of what is blocked: they are blocked."""
HOT = 0.08
"""Of blocked ones at connections: the endpoint was still hot from another."""
OUTAGE = 0.01
"""Of runs: the measuring network itself is down."""
RARE = 10
"""Days between two runs in networks that are measured rarely."""

CENSORS = {
    "IR": ("dns.bogon", "tls.reset", "tls.timeout", "tcp.refused"),
    "RU": ("tls.timeout", "tls.eof", "dns.nxdomain"),
    "CN": ("dns.forged_answer", "tls.reset", "tcp.timeout"),
    "TR": ("dns.bogon", "tls.eof"),
    "IN": ("http.blockpage", "tls.reset"),
}
"""Countries whose networks block, and by what."""

COUNTRIES = [
    "IR",
    "IR",
    "IR",
    "IR",
    "RU",
    "RU",
    "RU",
    "CN",
    "CN",
    "TR",
    "TR",
    "IN",
    "IN",
    "DE",
    "DE",
    "US",
    "US",
    "BR",
    "NG",
    "NG",
]
FIRST_ASN = 65_536
ACCIDENTS = ("tcp.timeout", "tls.reset", "tls.timeout", "tls.eof")


@dataclass(frozen=True, slots=True)
class Network:
    """`probes` measure in it, each once a day; `rare`: only every tenth day."""

    asn: int
    cc: str
    probes: int
    rare: bool


@dataclass(frozen=True, slots=True)
class Site:
    """`kind`: plain, dynamic, dead (from `dead_since` on), or geoblocked (in the countries `refuses`)."""

    url: str
    domain: str
    platform: str | None
    role: str | None
    category: str
    number: int
    kind: str = "plain"
    dead_since: date | None = None
    refuses: tuple[str, ...] = ()

    @property
    def encrypted(self) -> bool:
        """Whether it is asked over https."""
        return self.url.startswith("https:")


@dataclass(frozen=True, slots=True)
class Block:
    """One planted block: `since` None: before the first day; `until` (that day it is open again) None: to the last."""

    asn: int
    cc: str
    platform: str | None
    domains: tuple[str, ...]
    mechanism: str
    since: date | None
    until: date | None

    def holds(self, day: date) -> bool:
        """Whether it is in force."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True)
class World:
    """All of it."""

    seed: int
    first: date
    days: int
    networks: tuple[Network, ...]
    sites: tuple[Site, ...]
    blocks: tuple[Block, ...]

    @cached_property
    def _blocks(self) -> dict[tuple[int, str], Block]:
        return {(block.asn, domain): block for block in self.blocks for domain in block.domains}

    def block(self, network: Network, site: Site, day: date) -> Block | None:
        """The block in force."""
        block = self._blocks.get((network.asn, site.domain))
        return block if block and block.holds(day) else None

    def truth(self) -> dict[str, object]:
        """What is planted, for JSON."""
        return {
            "seed": self.seed,
            "first_day": self.first,
            "last_day": self.first + timedelta(days=self.days - 1),
            "networks": [asdict(network) for network in self.networks],
            "blocks": [asdict(block) for block in self.blocks],
            "dead": [
                {"domain": site.domain, "since": site.dead_since}
                for site in self.sites
                if site.kind == "dead"
            ],
            "geoblocked": [
                {"domain": site.domain, "countries": site.refuses}
                for site in self.sites
                if site.kind == "geoblocked"
            ],
            "noise": {"flaky": FLAKY, "spoiled": SPOILED, "effect": EFFECT, "hot": HOT, "outage": OUTAGE},
        }


def world(seed: int = 1, *, days: int = 60, first: date = date(2026, 1, 1)) -> World:
    """A world of twenty networks and forty sites."""
    choose = random.Random(seed)
    networks = tuple(
        Network(FIRST_ASN + number, cc, probes=1 + number % 3, rare=cc == "NG" and number % 2 == 1)
        for number, cc in enumerate(COUNTRIES)
    )
    sites = _sites(choose, first, days)
    blocks = tuple(block for network in networks for block in _blocks(choose, network, sites, first, days))
    return World(seed, first, days, networks, sites, blocks)


def _sites(choose: random.Random, first: date, days: int) -> tuple[Site, ...]:
    found: list[Site] = []
    for target in load_bundled("platforms").targets:
        same = [site for site in found if site.platform == target.platform]
        host = target.url.split("/")[2]
        if target.url.startswith("https:") and len(same) < HOSTS_PER_PLATFORM:
            number = len(found) + 1
            found.append(
                Site(target.url, host, target.platform, target.role, target.category_code or "", number)
            )
    kinds = ["dead", "dead", "geoblocked", "geoblocked", *["dynamic"] * 4]
    for place in range(OTHER_SITES):
        kind = kinds[place] if place < len(kinds) else "plain"
        scheme, host = ("http" if kind == "dynamic" else "https"), f"site-{place + 1:02}.example"
        dead = first + timedelta(days=choose.randrange(days // 2 + 1)) if kind == "dead" else None
        refuses = ("IR", "RU") if kind == "geoblocked" else ()
        category = ("NEWS", "HUMR", "COMT", "CULTR")[place % 4]
        found.append(
            Site(f"{scheme}://{host}/", host, None, None, category, len(found) + 1, kind, dead, refuses)
        )
    return tuple(found)


def _blocks(
    choose: random.Random, network: Network, sites: Sequence[Site], first: date, days: int
) -> Iterator[Block]:
    """Most platforms, and two other sites, in networks that block."""
    ways = CENSORS.get(network.cc, ())
    if not ways:
        return
    groups: dict[str, tuple[str, ...]] = {}
    for site in sites:
        if site.platform:
            groups[site.platform] = (*groups.get(site.platform, ()), site.domain)
    wanted: list[tuple[str | None, tuple[str, ...]]] = [
        (name, group) for name, group in groups.items() if choose.random() < 0.65
    ]
    others = [site for site in sites if site.kind in ("plain", "dynamic") and site.platform is None]
    wanted += [(None, (site.domain,)) for site in choose.sample(others, 2)]
    clear = {site.domain for site in sites if not site.encrypted}
    for platform, domains in wanted:
        since = until = None
        if choose.random() < 0.65 and days >= 10:
            since = first + timedelta(days=choose.randrange(days * 15 // 100 + 1, days * 75 // 100 + 1))
        if choose.random() < 0.25 and days >= 20:
            start = (since - first).days if since else 0
            until = first + timedelta(days=choose.randrange(start + days // 10 + 1, days + 1))
        unfit = "tls." if domains[0] in clear else "http."
        way = choose.choice([way for way in ways if not way.startswith(unfit)] or ["dns.nxdomain"])
        yield Block(network.asn, network.cc, platform, domains, way, since, until)


def outcome(place: World, network: Network, site: Site, day: date, choose: random.Random) -> str:
    """What a measurement meets: `reached`, `recovered`, `down`, `refused`, or a mechanism; `!hot`, `!once`: an accident."""
    if site.dead_since and site.dead_since <= day:
        return "down"
    block = place.block(network, site, day)
    if block and choose.random() < EFFECT:
        way = block.mechanism
        return f"{way}!hot" if way.startswith(("tcp.", "tls.")) and choose.random() < HOT else way
    if network.cc in site.refuses:
        return "refused"
    if choose.random() >= FLAKY:
        return "reached"
    if choose.random() >= SPOILED:
        return "recovered"
    way = choose.choice(ACCIDENTS)
    return f"{way if site.encrypted else way.replace('tls.', 'http.')}!once"


@dataclass(frozen=True, slots=True)
class Run:
    """One run: all sites from one probe of a network; its seed decides its accidents."""

    network: Network
    day: date
    probe: int
    seed: str

    @property
    def name(self) -> str:
        """As `probe run` names its files."""
        hour, minute = 6 + 5 * self.probe, self.network.asn % 60
        return f"{self.day:%Y%m%d}T{hour:02}{minute:02}00Z-{self.network.cc}-AS{self.network.asn}"


def runs(place: World) -> Iterator[Run]:
    """All runs, by day."""
    for number in range(place.days):
        day = place.first + timedelta(days=number)
        for network in place.networks:
            if not network.rare or number % RARE == 0:
                for probe in range(network.probes):
                    yield Run(network, day, probe, f"{place.seed}-{network.asn}-{number}-{probe}")


def outcomes(place: World, run: Run) -> Iterator[tuple[Site, str, random.Random]]:
    """What `run` meets at each site."""
    choose = random.Random(run.seed)
    down = choose.random() < OUTAGE
    for site in place.sites:
        yield site, "outage" if down else outcome(place, run.network, site, run.day, choose), choose


def write_truth(place: World, folder: Path) -> None:
    """`truth.json` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    Path(folder, "truth.json").write_text(json.dumps(place.truth(), indent=1, default=str) + "\n")
