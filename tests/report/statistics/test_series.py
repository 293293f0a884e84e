"""Rows to series to changes."""

from datetime import date, timedelta

from probe.report.statistics.series import changes, leading, series, ways

FIRST = date(2026, 1, 1)


def row(number: int, asn: int, blocked: int, usable: int) -> dict[str, object]:
    """One day's counts."""
    return {
        "measurement_start_day": FIRST + timedelta(days=number),
        "probe_asn": asn,
        "platform": "x",
        "interfered": blocked,
        "usable": usable,
        "n": usable,
    }


def test_rows_become_a_series_a_place() -> None:
    """In order of days, whatever order the rows have; two rows of a day are added."""
    found = series(
        [row(1, 7, 1, 2), row(0, 7, 0, 1), row(0, 8, 3, 3), row(1, 7, 1, 1)], ("probe_asn", "platform")
    )
    assert found == {
        (7, "x"): [(FIRST, 0, 1), (FIRST + timedelta(days=1), 2, 3)],
        (8, "x"): [(FIRST, 3, 3)],
    }


def test_only_places_with_changes_are_told() -> None:
    """One network begins to block, one always did."""
    rows = [row(number, 7, 2 * (number >= 20), 2) for number in range(40)]
    rows += [row(number, 8, 2, 2) for number in range(40)]
    found = changes(rows, ("probe_asn",))
    assert list(found) == [(7,)]
    assert [(each.turn, each.day) for each in found[7,]] == [("blocked", FIRST + timedelta(days=20))]


def test_what_is_blocked_in_no_known_way_is_left_out() -> None:
    """Rows of a day and way are added; a place without any has no ways."""
    rows = [row(0, 7, 1, 2) | {"mechanism": name} for name in ("tls.eof", "tls.eof", "", "dns.bogon")]
    rows += [row(0, 8, 0, 2) | {"mechanism": "tls.eof"}]
    assert ways(rows, ("probe_asn",)) == {(7,): {"tls.eof": {FIRST: 2}, "dns.bogon": {FIRST: 1}}}


def test_changes_know_by_what() -> None:
    """Parts and rows are matched by place."""
    rows = [row(number, 7, 2 * (number >= 20), 2) for number in range(40)]
    parts = [one | {"mechanism": "tls.eof"} for one in rows]
    ((found,),) = changes(rows, ("probe_asn",), parts).values()
    assert found.mechanism == "tls.eof"


def test_what_a_change_is_of_is_what_there_was_more_of() -> None:
    """On the side where more was, whatever the other side had."""
    rows = [
        row(number, 7, 2 * (number >= 20), 2)
        | {"blocked": 3 * (number < 20), "throttled": 2 * (number >= 20)}
        for number in range(40)
    ]
    ((change,),) = changes(rows, ("probe_asn",)).values()
    assert (change.turn, leading(rows, change)) == ("blocked", "throttled")
    assert leading([one | {"blocked": one["throttled"]} for one in rows], change) == "blocked"
