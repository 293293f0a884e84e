"""Runs as they lie in results folders: finished, stopped, killed; on days counted from the first of January 2026."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from probe.record.runfile import MOMENT, Counts, ListUsed, Manifest, Plan, PlannedTarget, Vantage
from probe.results import RunFiles

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
LISTS = [ListUsed(name="platforms", sha256="ab" * 32, targets=3, rejected=0)]
TARGETS = [
    PlannedTarget(
        test_name="web_connectivity",
        input=f"https://{number}.example.org/",
        list_name="platforms",
        list_sha256="ab" * 32,
        line=number,
    )
    for number in (1, 2, 3)
]


def moment(day: float) -> datetime:
    """So many days after the first."""
    return FIRST + timedelta(days=day)


def names(folder: Path) -> list[str]:
    """What lies in `folder`."""
    return sorted(path.name for path in folder.iterdir())


def leave_run(
    folder: Path,
    day: float,
    *,
    outcome: str | None = "complete",
    measured: int = 3,
    padding: int = 0,
    resumed: int = 0,
) -> RunFiles:
    """Files of a run of three targets on `day`; `outcome` None: it was killed. `padding` bytes more in each record."""
    files = RunFiles(folder / f"{moment(day):%Y%m%dT%H%M%SZ}-IR-AS58224.jsonl")
    facts = {
        "run_id": f"{day}",
        "report_id": f"{day}",
        "started": f"{moment(day):{MOMENT}}",
        "command": ["probe", "run"],
        "options": {},
        "vantage": Vantage(country="IR", asn="AS58224"),
        "lists": LISTS,
        "resumed": resumed,
    }
    lines = [
        {"test_name": target.test_name, "input": target.input, "padding": "x" * padding}
        for target in TARGETS[:measured]
    ]
    files.records.write_text("".join(json.dumps(line) + "\n" for line in lines))
    if outcome != "complete" or measured < len(TARGETS):
        plan = Plan.model_validate(
            facts | {"software_name": "reachprobe", "software_version": "1", "targets": TARGETS}
        )
        files.plan.write_text(plan.model_dump_json())
    if outcome is not None:
        missing = len(TARGETS) - measured
        ending = {
            "finished": facts["started"],
            "outcome": outcome,
            "versions": {},
            "counts": Counts(planned=len(TARGETS), measured=measured, missing=missing, torn_bytes=0),
            "records_file": files.records.name,
            "records_bytes": files.records.stat().st_size,
            "records_sha256": hashlib.sha256(files.records.read_bytes()).hexdigest(),
        }
        files.manifest.write_text(Manifest.model_validate(facts | ending).model_dump_json())
    return files
