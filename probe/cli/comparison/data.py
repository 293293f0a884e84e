"""A comparison for programs: JSON and CSV. Their shape is documented in docs/compare.md; a change of it changes FORMAT."""

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator, Sequence

from probe.cli.comparison.reading import Reading
from probe.cli.telling import shown
from probe.report.compare.change import Change, Class
from probe.report.compare.comparison import By, Comparison, Facts, Group
from probe.report.compare.confounds import Confound
from probe.report.compare.seen import Seen
from probe.report.statistics.paired import Paired

FORMAT = 1
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that spreadsheets take for a formula; records come from anybody."""

SEEN_COLUMNS = (
    "status",
    "confidence",
    "mechanisms",
    "detail",
    "measurements",
    "reason",
    "started",
    "measurement_id",
)


def to_json(
    comparison: Comparison, readings: Sequence[Reading], by: By, only: Collection[Class]
) -> Iterator[str]:
    """One object in pieces, each target in a line of its own: there may be a hundred thousand."""
    whole = comparison.whole()
    head = {
        "format": FORMAT,
        "sides": [_side(facts) for facts in comparison.sides],
        "files": [_reading(reading) for reading in readings],
        "confounds": [_confound(confound) for confound in comparison.confounds],
        "summary": {
            "targets": len(comparison.changes),
            "compared": comparison.compared,
            "differences": comparison.differences,
            "classes": _counts(whole),
            "paired": _paired(whole.pairs),
        },
        "by": by.value,
        "groups": [
            {
                "name": group.name,
                "classes": _counts(group),
                "paired": None if by is By.LAYER else _paired(group.pairs),
            }
            for group in comparison.groups(by)
        ],
    }
    yield json.dumps(head, indent=1).removesuffix("\n}") + ',\n "targets": ['
    comma = ""
    for change in _chosen(comparison, only):
        yield f"{comma}\n  {json.dumps(_change(change))}"
        comma = ","
    yield "\n ]\n}\n"


def to_csv(comparison: Comparison, only: Collection[Class]) -> Iterator[str]:
    """One line a target: what became of it, then what each side says, under the side's label."""
    labels = [facts.label.replace(" ", "_") for facts in comparison.sides]
    seen = [f"{label}_{column}" for label in labels for column in ("network", *SEEN_COLUMNS)]
    yield _line(["test_name", "input", "platform", "class", "difference", "why", *seen])
    for change in _chosen(comparison, only):
        yield _line(map(_cell, _values(change)))


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _chosen(comparison: Comparison, only: Collection[Class]) -> Iterator[Change]:
    return (change for change in comparison.changes if not only or change.kind in only)


def _side(facts: Facts) -> dict[str, object]:
    return {
        "label": facts.label,
        "name": facts.name,
        "targets": facts.targets,
        "measurements": facts.measurements,
        "runs": facts.runs,
        "networks": [list(network) for network in facts.networks],
        "first": facts.first or None,
        "last": facts.last or None,
    }


def _reading(reading: Reading) -> dict[str, object]:
    return {
        "name": reading.name,
        "files": [str(file) for file in reading.files],
        "records": reading.records,
        "judged_anew": reading.anew,
        "bad_lines": reading.bad,
    }


def _confound(confound: Confound) -> dict[str, object]:
    return {
        "kind": confound.kind.value,
        "differs": confound.differs,
        "values": [list(values) for values in confound.values],
        "unnamed": list(confound.more),
    }


def _counts(group: Group) -> dict[str, int]:
    return {kind.value: count for kind, count in group.counts.items()}


def _paired(pairs: Paired) -> dict[str, object]:
    return {
        "n": pairs.n,
        "b": pairs.b,
        "c": pairs.c,
        "p": pairs.p,
        "insufficient": not pairs.sufficient,
        "difference": pairs.difference,
        "low": pairs.low,
        "high": pairs.high,
    }


def _change(change: Change) -> dict[str, object]:
    test_name, asked = change.item.target
    return {
        "test_name": test_name,
        "input": asked,
        "platform": change.item.platform,
        "role": change.item.role,
        "class": change.kind.value,
        "difference": change.is_difference,
        "why": [{"reason": why.reason.value, "sides": list(why.sides)} for why in change.whys],
        "since": change.since,
        "networks": [[list(network) for network in side] for side in change.item.networks],
        "seen": [_seen(seen) for seen in change.item.seen],
    }


def _seen(seen: Seen | None) -> dict[str, object] | None:
    if seen is None:
        return None
    row = seen.row
    return {
        "says": seen.kind.value,
        "reason": seen.reason.value if seen.reason else None,
        "measurements": {kind.value: count for kind, count in seen.counts},
        "status": row.status.value if row.status else None,
        "confidence": row.confidence.value,
        "layer": row.layer.value if row.layer else None,
        "mechanisms": [mechanism.value for mechanism in row.mechanisms],
        "rule": row.rule or None,
        "detail": row.detail,
        "control": row.control.value,
        "started": row.started or None,
        "run": row.run,
        "measurement_id": row.uid or None,
    }


def _values(change: Change) -> Iterator[object]:
    test_name, asked = change.item.target
    yield from (test_name, asked, change.item.platform, change.kind.value, change.is_difference)
    yield " ".join(why.reason.value for why in change.whys)
    for seen, networks in zip(change.item.seen, change.item.networks, strict=True):
        yield " ".join("-".join(network) for network in networks)
        yield from _seen_values(seen)


def _seen_values(seen: Seen | None) -> tuple[object, ...]:
    if seen is None:
        return ("",) * len(SEEN_COLUMNS)
    row, mechanisms = seen.row, " ".join(mechanism.value for mechanism in seen.row.mechanisms)
    said = seen.kind.value if seen.kind.value == "mixed" else row.status or ""
    return (
        said,
        row.confidence.value,
        mechanisms,
        row.detail,
        seen.total,
        seen.reason or "",
        row.started,
        row.uid,
    )


def _cell(value: object) -> str:
    """Text that steers no terminal, and that no spreadsheet runs: before a formula comes an apostrophe."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else shown(str(value))
    return "'" + text if text.startswith(FORMULA) else text
