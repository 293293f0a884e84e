"""Counted rows to content: what was planted is found, with its day, and nothing else is."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from probe.report.page.assemble import (
    MAX_HISTORIES,
    MAX_HOSTS,
    MAX_RECORDS,
    MAX_STRIPS,
    Answers,
    assemble,
    histories_of,
    host_states,
)
from probe.report.page.choose import MAX_BINS, MAX_NETWORKS, MAX_SUBJECTS, bins_of, choose, place_of, suspects
from probe.report.page.content import Content, HostState, Network, Quality, State, Tally
from probe.report.page.state import share_of
from tests.report.page.samples import (
    FIRST,
    MADE,
    WORLD,
    Block,
    Place,
    Row,
    answers_of,
    content_of,
    grouped,
    records_of,
    rows_of,
)

INTERFERENCE = (State.BLOCKED, State.PARTLY)
DAYS = 77


@pytest.fixture(scope="module")
def content() -> Content:
    """The pretend world's report."""
    return content_of()


def test_the_planted_truth_and_nothing_else(content: Content) -> None:
    """Every planted block is a cell with interference, no other cell is."""
    planted = {(place.network, platform) for place in WORLD for platform in place.blocks}
    found = {(cell.network, cell.subject) for cell in content.cells if cell.state in INTERFERENCE}
    assert found == planted
    partly = {(cell.network.asn, cell.subject) for cell in content.cells if cell.state is State.PARTLY}
    assert partly == {(64496, "Telegram")}


def test_changes_have_their_days(content: Content) -> None:
    """Within the interval; where nothing changed, no change is told."""
    for place in WORLD:
        for platform, block in place.blocks.items():
            cell = content.cell(place.network, platform)
            assert cell is not None
            if not block.since:
                assert cell.since is None
                continue
            assert cell.since is not None
            assert cell.since.low <= FIRST + timedelta(days=block.since) <= cell.since.high
            assert cell.since.worse
            assert cell.mechanisms[0][0] == block.mechanism
            assert cell.share.low > 0.8


def test_a_network_with_few_runs_is_not_called_anything(content: Content) -> None:
    """Two runs without interference are no proof that nothing is blocked."""
    states = {cell.state for cell in content.cells if cell.network == Network("DE", 64501)}
    assert states <= {State.UNCLEAR, State.INSUFFICIENT}


def test_totals_are_kept(content: Content) -> None:
    """No measurement is lost on the way into bins."""
    for strip in content.strips:
        rows = [
            row
            for row in rows_of(WORLD, DAYS)
            if (row["probe_asn"], row["platform"]) == (strip.cell.network.asn, strip.cell.subject)
        ]
        assert sum(tally.n for tally in strip.tallies.values()) == sum(int(str(row["n"])) for row in rows)


def test_records_name_file_and_line(content: Content) -> None:
    """Each cell's records are its own, and their number is known."""
    for cell in content.cells:
        assert 0 < len(cell.records) <= cell.records_total
        assert all(
            record.file == "2026-11-24_IR_AS64496.jsonl.gz" and record.line > 0 for record in cell.records
        )


def test_the_page_is_bounded() -> None:
    """Forty networks and thirty platforms: the most measured are shown, the rest are counted and named."""
    world = [Place(Network("IR", number), {}, runs=1 + number % 3) for number in range(1, 41)]
    rows = [
        row | {"platform": f"platform-{number}", "domain": f"host-{number}.example"}
        for row in rows_of(world, 2)
        for number in range(30)
        if row["platform"] == "X"
    ]
    found = assemble(answers_of(rows, records_of(rows, 9)), Quality(), MADE, "0")
    assert (len(found.networks), len(found.subjects)) == (MAX_NETWORKS, MAX_SUBJECTS)
    assert (found.omitted_networks.total, found.omitted_subjects.total) == (20, 22)
    assert found.networks_total == 40
    assert sum(len(cell.records) for cell in found.cells) <= MAX_RECORDS
    assert found.cells_without_records == sum(not cell.records for cell in found.cells) > 0
    assert len(found.strips) <= MAX_STRIPS * MAX_SUBJECTS
    assert len(found.histories) <= MAX_HISTORIES
    assert len(found.blocked_hosts) <= MAX_HOSTS


def test_order_of_rows_does_not_matter() -> None:
    """Engines give them in any order."""
    rows = rows_of(WORLD, 40)
    there, back = (assemble(answers_of(one, ()), Quality(), MADE, "0") for one in (rows, rows[::-1]))
    assert there == back


def test_hosts_asked_for_are_shown() -> None:
    """And only those."""
    answers = answers_of(rows_of(WORLD, 20))
    shown = histories_of(host_states(answers), ("t.me",))
    assert {one.domain for one in shown} == {"t.me"}
    assert histories_of(host_states(answers), ("nowhere.example",)) == []


def other_hosts(days: int, since: int) -> Answers:
    """A hundred sites of no platform on one network; the first is blocked since a day."""
    world = [Place(Network("IR", 1), {"X": Block(since, hosts=1)})]
    rows = [
        row | {"platform": "", "domain": f"{row['domain']}-{number}.example"}
        for number in range(33)
        for row in rows_of(world, days, seed=number)
        if number == 0 or row["platform"] != "X"
    ]
    answers = answers_of(rows)
    return replace(
        answers,
        others=grouped(rows, ("probe_cc", "probe_asn", "domain")),
        hosts=(),
        chosen=replace(answers.chosen, subjects=()),
    )


def test_suspects_are_few_and_hold_what_began_lately() -> None:
    """A block of the last weeks is a small share of the year, and is looked at all the same."""
    answers = other_hosts(100, since=90)
    recent = [row for row in answers.others if row["domain"] == "x.com-0.example"]
    assert suspects(answers.others, []) == []
    found = suspects(answers.others, [{**row, "blocked": 19, "reachable": 1, "usable": 20} for row in recent])
    assert found == [(Network("IR", 1), "x.com-0.example")]


def test_a_blocked_site_of_no_platform_is_named() -> None:
    """Beside the platforms, with the evidence that one host needs."""
    answers = other_hosts(30, since=0)
    found = assemble(answers, Quality(), MADE, "0")
    assert [one.domain for one in found.blocked_hosts] == ["x.com-0.example"]
    assert found.blocked_hosts_total == 1


@pytest.mark.parametrize("days", [1, 2, 100, 101, 700, 3650, 20000])
def test_bins_cover_all_days(days: int) -> None:
    """Each day is in one bin, and there are not too many."""
    first = date(2016, 1, 1)
    bins = bins_of(first, first + timedelta(days=days - 1))
    assert bins.count <= MAX_BINS
    assert place_of(bins.first, bins) == 0
    assert place_of(bins.last, bins) == bins.count - 1


def test_what_is_measured_most_is_chosen() -> None:
    """Whatever the order; without a platform a row is no column."""
    networks: list[Row] = [
        {"probe_cc": None, "probe_asn": None, "n": 5},
        {"probe_cc": "IR", "probe_asn": 2, "n": 9},
    ]
    platforms: list[Row] = [{"platform": "", "n": 99}, {"platform": "x", "n": 1}]
    chosen = choose(networks, platforms, "platform")
    assert chosen.networks == (Network("IR", 2), Network("ZZ", 0))
    assert chosen.subjects == ("x",)


def test_each_host_asked_for_has_its_turn() -> None:
    """Nine networks of one do not take the room of another."""
    tally = Tally(n=9, runs=9, usable=9, blocked=9)
    hosts = [
        HostState(domain, "", Network("IR", number), State.BLOCKED, share_of(9, 9), tally)
        for domain, networks in (("a.example", 9), ("b.example", 2), ("c.example", 1))
        for number in range(networks)
    ]
    shown = histories_of(hosts, ("a.example", "b.example"))
    assert [(one.domain[0], one.network.asn) for one in shown[:4]] == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    assert len(shown) == 8
    assert {one.domain for one in shown} == {"a.example", "b.example"}
