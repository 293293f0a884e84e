"""Counted rows to `Content`: pure. What is asked of a store, and how, is the caller's; `Answers` says what is needed."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from probe.report.page.choose import (
    DAY,
    MAX_NAMES,
    Chosen,
    Place,
    Row,
    add,
    bins_of,
    last_days,
    network_of,
    place_of,
    since_of,
    tally_of,
)
from probe.report.page.content import (
    Bins,
    Cell,
    Content,
    History,
    HostState,
    MechanismCount,
    Network,
    Omitted,
    Quality,
    Record,
    State,
    Strip,
    Tally,
)
from probe.report.page.state import HOST, confidence_of, hosts_of, share_of, state_of
from probe.report.statistics.change import Change

MAX_STRIPS = 10
"""Networks in the strips of one subject."""
MAX_MECHANISMS = 8
"""Mechanisms of one subject."""
MAX_HISTORIES = 8
MAX_POINTS = 40
"""Points of a history: few measurements a point make intervals that say nothing."""
MAX_HOSTS = 40
"""Blocked hosts in their table."""
MAX_RECORDS = 900
"""Records on the whole page: it must open on a phone."""

HostKey = tuple[Network, str]


@dataclass(frozen=True, slots=True)
class Answers:
    """What was asked of the store, as rows; `by` is the column of the subjects.

    daily: by day, network, subject. current, hosts, mechanisms: since the last change at the place; by network and
    subject; the same and domain; the same and mechanism. others: hosts of no subject, by network and domain, since their
    own last change, which is in other_changes. host_days: by day, network, domain, of `hosts_shown`.
    records: a few of each place. files: names by digest.
    """

    by: str
    chosen: Chosen
    first: date
    last: date
    total: Tally
    networks_total: int
    changes: Mapping[Place, Change]
    daily: Sequence[Row]
    current: Sequence[Row]
    hosts: Sequence[Row]
    mechanisms: Sequence[Row]
    others: Sequence[Row] = ()
    other_changes: Mapping[Place, Change] = field(default_factory=dict)
    host_days: Sequence[Row] = ()
    records: Sequence[Row] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    targets: Sequence[str] = ()


def assemble(answers: Answers, quality: Quality, made: datetime, version: str) -> Content:
    """The report's content. `made`: UTC."""
    bins = bins_of(answers.first, answers.last)
    wide = bins_of(answers.first, answers.last, MAX_POINTS)
    cells = _cells(answers)
    recorded, without = _fit(cells)
    hosts = host_states(answers)
    blocked = _unexplained(hosts, cells)
    shown = histories_of(hosts, answers.targets)
    return Content(
        made=made,
        version=version,
        first=answers.first,
        last=answers.last,
        total=answers.total,
        by=answers.by,
        subjects=answers.chosen.subjects,
        networks=answers.chosen.networks,
        cells=recorded,
        bins=bins,
        history_bins=wide,
        strips=_strips(answers, recorded, bins),
        mechanisms=_mechanisms(answers, recorded),
        histories=_histories(answers, shown, wide),
        blocked_hosts=tuple(blocked[:MAX_HOSTS]),
        blocked_hosts_total=len(blocked),
        quality=quality,
        networks_total=answers.networks_total,
        omitted_subjects=answers.chosen.omitted_subjects,
        omitted_networks=answers.chosen.omitted_networks,
        omitted_histories=_left_out(hosts, shown),
        omitted_places=_elsewhere(hosts, shown),
        cells_without_records=without,
    )


def _cells(answers: Answers) -> list[Cell]:
    """The matrix, row by row."""
    current = {_place(row, answers.by): tally_of(row) for row in answers.current}
    hosts: defaultdict[Place, list[Tally]] = defaultdict(list)
    for row in answers.hosts:
        hosts[_place(row, answers.by)].append(tally_of(row))
    mechanisms = _by_place(answers)
    records: defaultdict[Place, list[Record]] = defaultdict(list)
    for row in answers.records:
        records[_place(row, answers.by)].append(_record(row, answers.files))
    last = last_days(answers.daily, answers.by)
    places = [
        (network, subject) for network in answers.chosen.networks for subject in answers.chosen.subjects
    ]
    found = list[Cell]()
    for place in places:
        tally = current.get(place)
        if tally is None:
            continue
        own = hosts_of(hosts[place])
        state = state_of(tally, own)
        change = answers.changes.get(place)
        found.append(
            Cell(
                number=len(found) + 1,
                network=place[0],
                subject=place[1],
                state=state,
                confidence=confidence_of(state, tally),
                tally=tally,
                share=share_of(tally.interfered, tally.usable),
                since=since_of(change) if change is not None else None,
                mechanisms=tuple(mechanisms[place].most_common()),
                hosts=own,
                last=last.get(place),
                records=tuple(records[place]),
                records_total=tally.n,
            )
        )
    return found


def _place(row: Row, by: str) -> Place:
    return network_of(row), str(row[by] or "")


def _by_place(answers: Answers) -> defaultdict[Place, Counter[str]]:
    found: defaultdict[Place, Counter[str]] = defaultdict(Counter)
    for row in answers.mechanisms:
        found[_place(row, answers.by)][str(row["mechanism"] or "")] += int(row["interfered"])
    return found


def _record(row: Row, files: Mapping[str, str]) -> Record:
    source = str(row["source"] or "")
    return Record(
        uid=str(row["measurement_uid"] or ""),
        time=row["measurement_start_time"],
        input=str(row["input"] or row["domain"] or ""),
        status=str(row["status"] or ""),
        mechanism=str(row["mechanism"] or ""),
        confidence=str(row["confidence"] or ""),
        file=files.get(source) or source[:16],
        line=int(row["source_line"] or 0),
    )


def _fit(cells: Sequence[Cell]) -> tuple[tuple[Cell, ...], int]:
    """Records of as many cells as there is room for, those with interference first; how many cells go without."""
    order = list(State)
    room, kept = MAX_RECORDS, set()
    for cell in sorted(cells, key=lambda one: (order.index(one.state), one.number)):
        if len(cell.records) <= room:
            room -= len(cell.records)
            kept.add(cell.number)
    fitted = tuple(cell if cell.number in kept else replace(cell, records=()) for cell in cells)
    return fitted, sum(not cell.records for cell in fitted)


def _strips(answers: Answers, cells: Sequence[Cell], bins: Bins) -> tuple[Strip, ...]:
    """For each subject the networks that matter most: the worst, then those measured most."""
    tallies: defaultdict[Place, dict[int, Tally]] = defaultdict(dict)
    for row in answers.daily:
        one, place = tallies[_place(row, answers.by)], place_of(row[DAY], bins)
        one[place] = add(one.get(place, Tally()), tally_of(row))
    order = list(State)
    strips = list[Strip]()
    for subject in answers.chosen.subjects:
        own = [cell for cell in cells if cell.subject == subject]
        own.sort(key=lambda cell: (order.index(cell.state), -cell.tally.n, cell.number))
        strips += [Strip(cell, tallies[cell.network, subject]) for cell in own[:MAX_STRIPS]]
    return tuple(strips)


def _mechanisms(answers: Answers, cells: Sequence[Cell]) -> tuple[MechanismCount, ...]:
    """Of each subject, the most frequent first."""
    found = list[MechanismCount]()
    for subject in answers.chosen.subjects:
        own = [cell for cell in cells if cell.subject == subject and cell.mechanisms]
        counts = Counter[str]()
        networks = Counter[str]()
        for cell in own:
            counts.update(dict(cell.mechanisms))
            networks.update([mechanism for mechanism, _ in cell.mechanisms])
        n = counts.total()
        found += [
            MechanismCount(subject, mechanism, share_of(k, n), networks[mechanism])
            for mechanism, k in counts.most_common(MAX_MECHANISMS)
            if n
        ]
    return tuple(found)


def host_states(answers: Answers) -> list[HostState]:
    """All hosts on the chosen networks, blocked ones first, then by how much was measured."""
    named = answers.by == "platform"
    own = [
        _host(row, str(row[answers.by] or "") if named else "", answers.changes.get(_place(row, answers.by)))
        for row in answers.hosts
    ]
    others = [_host(row, "", answers.other_changes.get(_place(row, "domain"))) for row in answers.others]
    order = list(State)
    return sorted(
        (one for one in (*own, *others) if one.domain and one.network in answers.chosen.networks),
        key=lambda one: (
            order.index(one.state),
            -one.tally.usable,
            one.domain,
            one.network.country,
            one.network.asn,
        ),
    )


def _host(row: Row, platform: str, change: Change | None) -> HostState:
    tally = tally_of(row)
    share = share_of(tally.interfered, tally.usable)
    since = since_of(change) if change is not None else None
    return HostState(
        str(row["domain"] or ""), platform, network_of(row), state_of(tally, floor=HOST), share, tally, since
    )


def _unexplained(hosts: Sequence[HostState], cells: Sequence[Cell]) -> list[HostState]:
    """Blocked hosts beside those whose whole platform is blocked there."""
    whole = {(cell.network, cell.subject) for cell in cells if cell.state is State.BLOCKED}
    return [
        one
        for one in hosts
        if one.state is State.BLOCKED and (one.network, one.platform or one.domain) not in whole
    ]


def histories_of(hosts: Sequence[HostState], targets: Sequence[str] = ()) -> list[HostState]:
    """Hosts whose history is shown: those asked for, one network of each in turn; else one a platform, then one a domain."""
    if targets:
        turns = Counter[str]()
        asked = list[tuple[int, HostState]]()
        for one in hosts:
            if one.domain in targets:
                asked.append((turns[one.domain], one))
                turns[one.domain] += 1
        return [one for _, one in sorted(asked, key=lambda pair: pair[0])][:MAX_HISTORIES]
    shown: list[HostState] = []
    for fresh in (_same_platform, _same_domain):
        for one in hosts:
            if len(shown) < MAX_HISTORIES and not any(fresh(one, other) for other in shown):
                shown.append(one)
    return shown


def _same_platform(one: HostState, other: HostState) -> bool:
    return _same_domain(one, other) or (bool(one.platform) and one.platform == other.platform)


def _same_domain(one: HostState, other: HostState) -> bool:
    return one.domain == other.domain


def _left_out(hosts: Sequence[HostState], shown: Sequence[HostState]) -> Omitted:
    seen = {one.domain for one in shown}
    rest = list(dict.fromkeys(one.domain for one in hosts if one.domain not in seen))
    return Omitted(tuple(rest[:MAX_NAMES]), len(rest))


def _elsewhere(hosts: Sequence[HostState], shown: Sequence[HostState]) -> Omitted:
    seen = {one.domain for one in shown}
    rest = [one for one in hosts if one.domain in seen and one not in shown]
    names = [f"{one.domain} AS{one.network.asn} ({one.network.country})" for one in rest[:MAX_NAMES]]
    return Omitted(tuple(names), len(rest))


def _histories(answers: Answers, shown: Sequence[HostState], bins: Bins) -> tuple[History, ...]:
    sums: defaultdict[HostKey, dict[int, Tally]] = defaultdict(dict)
    for row in answers.host_days:
        one, place = sums[network_of(row), str(row["domain"])], place_of(row[DAY], bins)
        one[place] = add(one.get(place, Tally()), tally_of(row))
    return tuple(
        History(
            host,
            {
                place: share_of(tally.interfered, tally.usable)
                for place, tally in sorted(sums[host.network, host.domain].items())
                if tally.usable
            },
        )
        for host in shown
    )
