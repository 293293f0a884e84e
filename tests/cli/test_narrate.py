"""A run as programs see it: lines of JSON."""

import io
import json

from probe.cli.narrate import JsonLines
from probe.cli.table import LiveTable
from probe.record import Measurement, WebMeasurement, read_measurement
from probe.results import lines_of
from probe.testlist import Target
from tests.cli.running import EXAMPLE, screen, shown

RECORDS = [read_measurement(line.data) for line, _ in lines_of(EXAMPLE / "demo.jsonl")]


def target(url: str) -> Target:
    """An entry of a list."""
    return Target(url, "GRP", "X", "web", "test", "0" * 64, 1)


def played(records: list[Measurement], **common: object) -> tuple[list[dict[str, object]], str]:
    """The lines that a run with these records writes, and what people see meanwhile."""
    out, console = io.StringIO(), screen(100)
    table = LiveTable(console, len(records))
    listener = JsonLines(out, table, **common)
    with table:
        for record in records:
            listener.started(target(record.input or ""))
            listener.finished(target(record.input or ""), record)
        listener.crashed(target("https://crashed.example/"), KeyError("x"))
        listener.summarise(outcome="complete")
    return [json.loads(line) for line in out.getvalue().splitlines()], shown(console)


def test_a_line_for_each_target_and_a_summary() -> None:
    """In the order they were done; the summary counts where they ended; people see the same run."""
    lines, seen = played(RECORDS)
    assert [line.get("input") for line in lines[:-1]] == [
        *(record.input for record in RECORDS),
        "https://crashed.example/",
    ]
    assert lines[-2] == {"input": "https://crashed.example/", "crashed": "KeyError"}
    summary = lines[-1]["summary"]
    assert isinstance(summary, dict)
    assert summary["outcome"] == "complete"
    assert sum(summary["ended"].values()) == len(RECORDS)
    assert all(str(record.input).removeprefix("https://")[:20] in seen for record in RECORDS)


def test_what_is_common_is_in_every_line() -> None:
    """The demo says in each which network it is of."""
    lines, _ = played(RECORDS, network="clean")
    assert {line["network"] for line in lines} == {"clean"}


def test_other_measurements_have_no_line() -> None:
    """Whose keys are not those of a visit."""
    other = Measurement.model_validate({**RECORDS[0].model_dump(), "test_keys": {}, "test_name": "other"})
    assert not isinstance(other, WebMeasurement)
    lines, _ = played([other])
    assert len(lines) == 2
