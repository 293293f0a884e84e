"""A small store written row by row, and the answers to be had from it on every engine, counted by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from probe.store.columns import MEASUREMENTS, OBSERVATIONS
from probe.store.commit import commit, writing
from probe.store.layout import Store
from probe.store.parts import write_part
from probe.store.schema import schema_of

D1, D2, D3 = date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 1)
EPOCH = date(1970, 1, 1)

Row = Mapping[str, Any]


def row(day: date, cc: str, asn: int, domain: str, status: str, run: str, **more: object) -> Row:
    """One measurement; what is not said is null."""
    return {
        "measurement_start_day": day,
        "measurement_start_time": datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        "probe_cc": cc,
        "probe_asn": asn,
        "domain": domain,
        "status": status,
        "run_id": run,
        "contaminated": False,
        "confidence": "none" if status in ("reachable", "down") else "likely",
        **more,
    }


INSTAGRAM: dict[str, object] = {"platform": "instagram", "category_code": "GRP"}
BOGON: dict[str, object] = {"layer": "dns", "mechanism": "dns.bogon", "confidence": "confirmed", **INSTAGRAM}
RESET: dict[str, object] = {"layer": "tls", "mechanism": "tls.reset", **INSTAGRAM}
SLOW: dict[str, object] = {"layer": "http", "mechanism": "transfer.slow", **INSTAGRAM}

ROWS: Sequence[Row] = (
    *(row(D1, "IR", 100, "instagram.com", "blocked", f"a{number % 2}", **BOGON) for number in range(4)),
    row(D1, "IR", 100, "instagram.com", "blocked", "a0", **RESET),
    row(D1, "IR", 100, "instagram.com", "blocked", "a1", **{**RESET, "contaminated": True}),
    row(D2, "IR", 100, "instagram.com", "throttled", "a2", **SLOW),
    row(D2, "IR", 100, "instagram.com", "inconclusive", "a2", **INSTAGRAM),
    row(D3, "IR", 200, "instagram.com", "reachable", "b0", **INSTAGRAM),
    row(D3, "IR", 200, "instagram.com", "refused", "b1", **INSTAGRAM),
    row(D3, "IR", 200, "instagram.com", "blocked", "b1", **{**BOGON, "confidence": "possible"}),
    *(row(D3, "DE", 300, "instagram.com", "reachable", "c0", **INSTAGRAM) for _ in range(3)),
    # A site that falls everywhere on the last day, and one that is blocked wherever it is measured and never worked.
    *(row(day, cc, asn, "fell.example", "reachable", f"{cc}{day}") for day in (D1, D2) for cc, asn in (("IR", 200), ("DE", 300))),
    row(D3, "IR", 200, "fell.example", "blocked", "b1", layer="tcp", mechanism="tcp.timeout", confidence="possible"),
    row(D3, "DE", 300, "fell.example", "down", "c0"),
    *(row(day, cc, asn, "never.example", "blocked", f"{cc}{day}", layer="dns", mechanism="dns.nxdomain")
      for day in (D1, D2, D3) for cc, asn in (("IR", 200), ("CN", 400))),
    # As other programs' records may be: nothing known.
    {"measurement_start_day": D1, "measurement_start_time": datetime(2026, 1, 30, tzinfo=UTC), "contaminated": False},
)  # fmt: skip

STEPS: Sequence[Row] = (
    {
        "measurement_start_day": D1,
        "measurement_uid": "0",
        "step": "dns",
        "t": 0.5,
        "failure": None,
        "port": 53,
    },
)

COUNTED = ("n", "runs", "networks", "usable", "interfered", "reachable", "blocked", "throttled", "down", "refused", "inconclusive", "down_runs", "confirmed", "contaminated")  # fmt: skip

PLATFORMS = [
    # country, platform, then COUNTED
    ("CN", "", 3, 3, 1, 3, 3, 0, 3, 0, 0, 0, 0, 0, 0, 0),
    ("DE", "", 3, 2, 1, 2, 0, 2, 0, 0, 1, 0, 0, 1, 0, 0),
    ("DE", "instagram", 3, 1, 1, 3, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0),
    ("IR", "", 6, 3, 1, 5, 3, 2, 3, 0, 1, 0, 0, 1, 0, 0),
    ("IR", "instagram", 11, 5, 2, 9, 7, 1, 6, 1, 0, 1, 1, 0, 4, 1),
    ("", "", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
]
"""By country and platform, what fell worldwide as down; sorted when it is compared."""

MECHANISMS = [
    # month, country, mechanism, n, runs, networks, usable, interfered, blocked, throttled, confirmed; of instagram
    (date(2026, 1, 1), "IR", "dns.bogon", 8, 3, 1, 6, 4, 4, 0, 4),
    (date(2026, 1, 1), "IR", "tls.reset", 8, 3, 1, 6, 1, 1, 0, 0),
    (date(2026, 1, 1), "IR", "transfer.slow", 8, 3, 1, 6, 1, 0, 1, 0),
    (date(2026, 2, 1), "IR", "dns.bogon", 3, 2, 1, 3, 1, 1, 0, 0),
]

FALLEN = [(D3, "fell.example")]

WAYS = [
    # day, platform, mechanism, n, runs, networks, usable, interfered, blocked, throttled, confirmed
    (D1, "", "dns.nxdomain", 5, 3, 3, 4, 2, 2, 0, 0),
    (D2, "", "dns.nxdomain", 4, 3, 3, 4, 2, 2, 0, 0),
    (D3, "", "dns.nxdomain", 4, 2, 2, 2, 2, 2, 0, 0),
    (D1, "instagram", "dns.bogon", 6, 2, 1, 5, 4, 4, 0, 4),
    (D1, "instagram", "tls.reset", 6, 2, 1, 5, 1, 1, 0, 0),
    (D2, "instagram", "transfer.slow", 2, 1, 1, 1, 1, 0, 1, 0),
    (D3, "instagram", "dns.bogon", 6, 3, 2, 6, 1, 1, 0, 0),
]
"""By day and platform, without what fell worldwide."""


def table(columns: Mapping[str, Any], rows: Sequence[Row]) -> pa.Table:
    """Rows with nulls for what they do not say."""
    schema = schema_of(columns)
    return pa.Table.from_pylist([{name: row.get(name) for name in columns} for row in rows], schema=schema)


def write_golden(place: Path) -> Path:
    """The golden store in `place`."""
    return write_rows(place, ROWS, STEPS)


def write_rows(place: Path, rows: Sequence[Row], steps: Sequence[Row] = ()) -> Path:
    """A store of these rows in `place`, a file a day; all steps are of the first."""
    store = Store.at(place)
    place.mkdir(parents=True, exist_ok=True)
    named = [{"measurement_uid": str(uid), **each} for uid, each in enumerate(rows)]
    with writing(store):
        made = []
        for day in sorted({each["measurement_start_day"] for each in rows}):
            todays = [each for each in named if each["measurement_start_day"] == day]
            made.append(write_part(place, "measurements", (day - EPOCH).days, [table(MEASUREMENTS, todays)]))
        if steps:
            made.append(write_part(place, "observations", (D1 - EPOCH).days, [table(OBSERVATIONS, steps)]))
        commit(store, made, (), 0.0)
    return place


def values(found: pa.Table) -> list[tuple[Any, ...]]:
    """Rows as tuples."""
    return [tuple(row.values()) for row in found.to_pylist()]
