"""What promtool cannot see by itself: the dashboard's queries as rules, and the names that are used against those that exist.

check_metrics.py FOLDER    writes FOLDER/metrics.prom (every metric there is) and FOLDER/dashboard.rules.yaml
"""

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import generate_latest

from probe.operate.disk import Disk
from probe.operate.health import Health
from probe.operate.metrics import Metrics, Snapshot, registry_of
from probe.operate.outcome import LastRun, Seen
from probe.operate.state import ScheduleState

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"\breachprobe_[a-z_]+")
MOMENT = "2027-01-01 00:00:00"


def everything() -> Snapshot:
    """A snapshot that shows every metric."""
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    run = LastRun(
        started=MOMENT,
        finished=MOMENT,
        outcome="complete",
        exit_code=0,
        run_id="1",
        statuses={"reachable": 1},
    )
    state = ScheduleState(
        probe_id="", expression="0 0 * * *", zone="UTC", since=moment, seen=moment, next_start=moment
    )
    return Snapshot(Health().ended(run), Disk(1, 1), state, (Seen("https://example.org/", "reachable"),))


def queries(dashboard: object) -> list[str]:
    """Every `expr` of a dashboard, its variables filled in."""
    found = []
    if isinstance(dashboard, dict):
        found += [dashboard["expr"]] if "expr" in dashboard else []
        found += [query for value in dashboard.values() for query in queries(value)]
    elif isinstance(dashboard, list):
        found += [query for value in dashboard for query in queries(value)]
    return [re.sub(r"\$\w+", ".*", query) for query in found]


def main(folder: Path) -> int:
    """Write the two files; 1 when a name is used that no metric has, or a metric is not documented."""
    text = generate_latest(registry_of(Metrics(everything()))).decode()
    folder.joinpath("metrics.prom").write_text(text)
    exist = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    board = json.loads((ROOT / "deploy/grafana/reachprobe.json").read_text())
    asked = queries(board)
    rules = [{"record": f"panel:query:{number}", "expr": query} for number, query in enumerate(asked)]
    groups = {"groups": [{"name": "dashboard", "rules": rules}]}
    folder.joinpath("dashboard.rules.yaml").write_text(json.dumps(groups, indent=1))  # JSON is YAML
    rules_text = (ROOT / "deploy/prometheus/reachprobe.rules.yaml").read_text()
    documented = set(NAME.findall((ROOT / "docs/metrics.md").read_text()))
    wrong = {
        "the dashboard": set(NAME.findall(json.dumps(board))) - exist,
        "the alert rules": set(NAME.findall(rules_text)) - exist,
        "docs/metrics.md": documented - exist,
        "docs/metrics.md, missing": exist - documented,
    }
    for where, names in wrong.items():
        for name in sorted(names):
            print(f"{where}: {name}", file=sys.stderr)
    if not any(wrong.values()):
        print(
            f"{len(exist)} metrics, {len(asked)} queries of the dashboard: every name exists and is documented"
        )
    return int(any(wrong.values()))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
