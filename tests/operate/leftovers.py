"""Results folders as runs leave them."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from probe.record.runfile import Counts, Manifest, Vantage

STARTED, FINISHED = "2027-03-02 11:00:00", "2027-03-02 11:02:30"


def lay(
    folder: Path,
    name: str,
    statuses: Sequence[str | None],
    *,
    outcome: str = "complete",
    written: int | None = None,
    records_file: str | None = None,
    missing: int = 0,
) -> None:
    """Put a run called `name` into `folder`: a record for each of `statuses`, None: without a verdict."""
    records = folder / f"{name}.jsonl"
    lines = [
        {
            "input": f"https://{number}.example.org/",
            "test_keys": {"x_verdict": {"status": status} if status else None},
        }
        for number, status in enumerate(statuses)
    ]
    records.write_text("".join(json.dumps(line) + "\n" for line in lines))
    manifest = Manifest.model_validate({
        "run_id": name, "report_id": name, "started": STARTED, "finished": FINISHED, "command": [], "options": {},
        "vantage": Vantage(country="ZZ", asn="AS0"), "lists": [], "outcome": outcome, "versions": {},
        "counts": Counts(planned=len(lines) + missing, measured=len(lines), missing=missing, torn_bytes=0),
        "records_file": records_file or records.name, "records_bytes": records.stat().st_size,
        "records_sha256": hashlib.sha256(records.read_bytes()).hexdigest(),
    })  # fmt: skip
    path = folder / f"{name}.manifest.json"
    path.write_text(manifest.model_dump_json())
    if written is not None:
        os.utime(path, ns=(written, written))
