"""Counted rows of a small pretend world, as a store would give them, and what is hostile in them. Deterministic."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from probe.report.page.assemble import Answers, assemble
from probe.report.page.choose import choose, last_changes, tally_of
from probe.report.page.content import Content, Network, Quality, Refused

FIRST = date(2026, 9, 10)
MADE = datetime(2026, 11, 26, 6, 30, tzinfo=UTC)
Row = dict[str, Any]
COUNTED = ("n", "runs", "usable", "interfered", "reachable", "blocked", "throttled", "down", "down_runs", "refused", "inconclusive", "confirmed", "contaminated")  # fmt: skip
HOSTS: Mapping[str, tuple[str, ...]] = {
    "Instagram": ("www.instagram.com", "i.instagram.com", "graph.instagram.com"),
    "Telegram": ("t.me", "web.telegram.org", "cdn4.telesco.pe"),
    "X": ("x.com", "pbs.twimg.com", "api.x.com"),
    "YouTube": ("www.youtube.com", "i.ytimg.com", "youtubei.googleapis.com"),
}


@dataclass(frozen=True)
class Block:
    """What a network does to a platform: since a day (from 0), to hosts, by a mechanism, to a share of measurements."""

    since: int = 0
    mechanism: str = "dns.bogon"
    hosts: int = 3
    share: float = 0.95
    confirmed: bool = True


@dataclass(frozen=True)
class Place:
    """A network, what it blocks, and how often it is measured: every `step` days."""

    network: Network
    blocks: Mapping[str, Block]
    step: int = 1
    runs: int = 2


WORLD = (
    Place(Network("IR", 64496), {"Instagram": Block(), "X": Block(30, "tls.reset", confirmed=False), "Telegram": Block(0, "tls.eof", hosts=2), "YouTube": Block(52, "tls.timeout", confirmed=False)}),
    Place(Network("IR", 64497), {"Instagram": Block(), "X": Block(0, "dns.bogon"), "YouTube": Block(0, "http.blockpage")}),
    Place(Network("IR", 64498), {"Telegram": Block(40, "tls.reset", confirmed=False)}, step=2, runs=1),
    Place(Network("TR", 64500), {}),
    Place(Network("DE", 64501), {}, step=40, runs=1),
)  # fmt: skip


def rows_of(world: Sequence[Place], days: int, seed: int = 1) -> list[Row]:
    """One row a day, network and host."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for place in world:
        for day in range(0, days, place.step):
            for platform, hosts in HOSTS.items():
                block = place.blocks.get(platform)
                for number, host in enumerate(hosts):
                    hit = block is not None and day >= block.since and number < block.hosts
                    rows.append(
                        _row(
                            place, FIRST + timedelta(days=day), platform, host, block if hit else None, chance
                        )
                    )
    return rows


def _row(
    place: Place, day: date, platform: str, host: str, block: Block | None, chance: random.Random
) -> Row:
    counts = dict.fromkeys(COUNTED, 0)
    for _ in range(place.runs):
        counts["n"] += 1
        if chance.random() < 0.06:
            counts["inconclusive"] += 1
        elif chance.random() < (block.share if block else 0.02):
            counts["blocked"] += 1
            counts["confirmed"] += bool(block and block.confirmed)
        else:
            counts["reachable"] += 1
    counts["interfered"] = counts["blocked"]
    counts["usable"] = counts["blocked"] + counts["reachable"]
    counts["runs"] = place.runs if counts["usable"] else 0
    return {
        "measurement_start_day": day,
        "probe_cc": place.network.country,
        "probe_asn": place.network.asn,
        "platform": platform,
        "domain": host,
        "mechanism": block.mechanism if block else "tls.timeout",
        **counts,
    }


def grouped(rows: Sequence[Row], by: Sequence[str]) -> list[Row]:
    """`rows` added up by the columns `by`; runs are the most of a day and host, added over days."""
    sums: defaultdict[tuple[object, ...], dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTED, 0))
    runs: defaultdict[tuple[object, ...], dict[object, int]] = defaultdict(dict)
    for row in rows:
        key = tuple(row[name] for name in by)
        for name in COUNTED:
            value = row[name]
            assert isinstance(value, int)
            sums[key][name] += value
        day, found = (row["probe_asn"], row["measurement_start_day"]), row["runs"]
        assert isinstance(found, int)
        runs[key][day] = max(runs[key].get(day, 0), found)
    return [
        dict(zip(by, key, strict=True)) | counts | {"runs": sum(runs[key].values())}
        for key, counts in sums.items()
    ]


PLACE = ("probe_cc", "probe_asn", "platform")


def answers_of(rows: Sequence[Row], records: Sequence[Row] = ()) -> Answers:
    """What a store would answer."""
    daily = grouped(rows, ("measurement_start_day", *PLACE))
    parts = grouped(rows, ("measurement_start_day", *PLACE, "mechanism"))
    changes = last_changes(daily, parts, "platform")
    starts = {place: change.after.first for place, change in changes.items()}

    def is_current(row: Row) -> bool:
        place = Network(str(row["probe_cc"]), int(str(row["probe_asn"]))), str(row["platform"])
        return bool(row["measurement_start_day"] >= starts.get(place, FIRST))

    now = [row for row in rows if is_current(row)]
    days = [row["measurement_start_day"] for row in rows]
    networks = grouped(rows, ("probe_cc", "probe_asn"))
    total = tally_of(grouped(rows, ())[0])
    return Answers(
        by="platform",
        chosen=choose(networks, grouped(rows, ("platform",)), "platform"),
        first=min(days),
        last=max(days),
        total=total,
        networks_total=len(networks),
        changes=changes,
        daily=daily,
        current=grouped(now, PLACE),
        hosts=grouped(now, (*PLACE, "domain")),
        mechanisms=[row for row in grouped(now, (*PLACE, "mechanism")) if row["blocked"]],
        host_days=grouped(rows, ("measurement_start_day", "probe_cc", "probe_asn", "domain")),
        records=records,
        files={"ab" * 8: "2026-11-24_IR_AS64496.jsonl.gz"},
    )


def records_of(rows: Sequence[Row], most: int = 4) -> list[Row]:
    """A few records of each place."""
    seen: defaultdict[tuple[object, ...], int] = defaultdict(int)
    found: list[Row] = []
    for number, row in enumerate(rows):
        key = tuple(row[name] for name in PLACE)
        if seen[key] >= most:
            continue
        seen[key] += 1
        blocked = bool(row["blocked"])
        day = row["measurement_start_day"]
        assert isinstance(day, date)
        found.append(
            row
            | {
                "measurement_uid": f"{number:08x}-2b1c-4a62-9d1f-0242ac120002",
                "measurement_start_time": datetime(
                    day.year, day.month, day.day, 8, 12, number % 60, tzinfo=UTC
                ),
                "input": f"https://{row['domain']}/",
                "status": "blocked" if blocked else "reachable",
                "mechanism": row["mechanism"] if blocked else "",
                "confidence": "confirmed" if row["confirmed"] else "likely",
                "source": "ab" * 8,
                "source_line": number + 1,
            }
        )
    return found


def quality_of(rows: Sequence[Row]) -> Quality:
    """What such a store would say of itself."""
    n = len(rows)
    return Quality(
        files=412, n=n, contaminated=n // 90, inconclusive=n // 17, uncontrolled=n // 20, unknown_network=0,
        worldwide_down=n // 200, rejudged=3, refused_lines=2,
        refused=(Refused("run7.jsonl", 812, "torn: the file ends in the middle of it"), Refused("run9.jsonl", 3, "not JSON")),
        few=((Network("DE", 64501), 2, 24),), few_total=1, rulesets=("1",), software=("reachprobe 0.1.0", "ooniprobe-cli 3.24.0"),
    )  # fmt: skip


def content_of(world: Sequence[Place] = WORLD, days: int = 77) -> Content:
    """A whole report."""
    rows = rows_of(world, days)
    return assemble(answers_of(rows, records_of(rows)), quality_of(rows), MADE, "0.1.0")
