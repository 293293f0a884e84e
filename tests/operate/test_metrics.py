"""Metrics: what is in them and what is not, the file and the port."""

import re
import socket
import threading
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from probe.operate.disk import Disk, disk_of
from probe.operate.exposition import MAX_CONNECTIONS, ExpositionError, serving
from probe.operate.health import Health
from probe.operate.metrics import Metrics, Snapshot, registry_of, write_metrics
from probe.operate.outcome import MAX_TARGETS, LastRun, Seen, statuses, targets_of
from tests.operate.almanac import new_state
from tests.operate.leftovers import lay

ROOT = Path(__file__).parents[2]
MOMENT = datetime(2027, 3, 1, tzinfo=UTC)


def a_run(**more: object) -> LastRun:
    """Five minutes, three targets."""
    facts = {
        "started": "2027-03-01 00:00:00", "finished": "2027-03-01 00:05:00", "outcome": "complete", "exit_code": 0,
        "run_id": "secret-run", "planned": 4, "measured": 3, "missing": 1, "statuses": {"reachable": 2, "blocked": 1},
        "records_file": "20270301T000000Z-IR-AS58224.jsonl", "records_bytes": 1000,
    }  # fmt: skip
    return LastRun.model_validate(facts | more)


def full() -> Snapshot:
    """All there is."""
    state = new_state("0 0 * * *").model_copy(update={"next_start": MOMENT, "missed": 3})
    seen = (Seen("https://x.com/", "blocked"), Seen('a"\\\n', "reachable"))
    return Snapshot(Health().ended(a_run()), Disk(10, 20), state, seen)


def samples(path: Path) -> dict[str, float]:
    """Each line of a metrics file, read by Prometheus' own parser."""
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(path.read_text())
        for sample in family.samples
    }


def test_what_is_in_the_file(tmp_path: Path) -> None:
    """Numbers of the last run, totals, disk, schedule."""
    path = tmp_path / "reachprobe.prom"
    write_metrics(path, full())
    found = samples(path)
    assert found["reachprobe_run_duration_seconds"] == 300
    assert found["reachprobe_last_success_timestamp_seconds"] == MOMENT.timestamp() + 300
    assert found["reachprobe_runs_total complete"] == 1
    assert found["reachprobe_targets_total reachable"] == 2
    assert found["reachprobe_last_run_targets throttled"] == 0
    assert found["reachprobe_last_run_missing_targets"] == 1
    assert found["reachprobe_results_free_bytes"] == 20
    assert found["reachprobe_schedule_missed_runs_total"] == 3
    assert found["reachprobe_target_status https://x.com/ blocked"] == 1
    assert found['reachprobe_target_status a"\\\n reachable'] == 1
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_totals_grow_over_runs(tmp_path: Path) -> None:
    """A counter, though each run is a process of its own."""
    path, health = tmp_path / "m.prom", Health()
    for number in range(3):
        health = health.ended(a_run(run_id=str(number)))
        write_metrics(path, Snapshot(health))
    assert samples(path)["reachprobe_targets_total reachable"] == 6
    assert samples(path)["reachprobe_last_run_targets reachable"] == 2


def test_before_the_first_run(tmp_path: Path) -> None:
    """No success is 0, not absent, so that an alert can see it."""
    path = tmp_path / "m.prom"
    write_metrics(path, Snapshot(Health()))
    found = samples(path)
    assert found["reachprobe_last_success_timestamp_seconds"] == 0
    assert "reachprobe_last_run_exit_code" not in found


def test_nothing_tells_what_was_measured(tmp_path: Path) -> None:
    """No target, no country, no run id, unless targets are asked for."""
    path = tmp_path / "m.prom"
    snapshot = full()
    write_metrics(path, Snapshot(snapshot.health, snapshot.disk, snapshot.state))
    assert not re.search(r"https?:|x\.com|IR|58224|secret", path.read_text())


def test_targets_are_bounded(tmp_path: Path) -> None:
    """The last status of each, and not more than Prometheus can bear."""
    lay(tmp_path, "run", ["blocked"] * (MAX_TARGETS + 10))
    assert len(targets_of(tmp_path / "run.jsonl")) == MAX_TARGETS


@pytest.mark.parametrize(
    "line", ["", "[]", "{}", "null", '{"test_keys": []}', '{"test_keys": {"x_verdict": 3}}', "[" * 5000]
)
def test_records_of_any_kind(tmp_path: Path, line: str) -> None:
    """What is no record of ours has no status; the next line counts."""
    good = '{"input": "https://x.com/", "test_keys": {"x_verdict": {"status": "made up"}}}'
    (tmp_path / "r.jsonl").write_text(f"{line}\n{good}\n")
    assert list(statuses(tmp_path / "r.jsonl"))[-1:] == [Seen("https://x.com/", "none")]


def test_the_disk(tmp_path: Path) -> None:
    """Bytes of files; a folder that is gone has none."""
    (tmp_path / "a").write_bytes(b"x" * 100)
    found = disk_of(tmp_path)
    assert found is not None
    assert found.used == 100
    assert found.free > 0
    assert disk_of(tmp_path / "gone") is None


def get(port: int, path: str = "/metrics") -> str:
    """What the port answers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def test_the_port_shows_what_is_so_now() -> None:
    """A new snapshot is seen at once; when it is over, the port is closed."""
    metrics = Metrics(Snapshot(Health()))
    with serving(registry_of(metrics), "127.0.0.1", 0) as port:
        assert "reachprobe_last_run_exit_code" not in get(port)
        metrics.show(full())
        assert "reachprobe_last_run_exit_code 0.0" in get(port)
        with (
            pytest.raises(ExpositionError, match="cannot listen: Address already in use"),
            serving(registry_of(metrics), "127.0.0.1", port),
        ):
            pass
    with pytest.raises(OSError, match="refused"):
        get(port)


def test_clients_that_say_nothing() -> None:
    """More silent ones than there are places: refused beyond the bound, no thread for each, and later there is room again."""
    metrics = Metrics(Snapshot(Health()))
    with serving(registry_of(metrics), "127.0.0.1", 0) as port:
        before = threading.active_count()
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(2 * MAX_CONNECTIONS)]
        time.sleep(0.5)
        assert threading.active_count() - before <= 2 * MAX_CONNECTIONS  # each with the timer of its end
        for each in silent:
            each.close()
        deadline = time.monotonic() + 10
        while threading.active_count() > before:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert "reachprobe_build_info" in get(port)


def test_garbage_is_survived() -> None:
    """A megabyte of anything, and no line of it on standard error."""
    with serving(registry_of(Metrics(Snapshot(Health()))), "127.0.0.1", 0) as port:
        for text in (
            b"\x00\xff" * 500_000,
            b"GET " + b"a" * 100_000 + b"\r\n\r\n",
            b"POST /metrics HTTP/1.1\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                try:
                    client.sendall(text)
                    client.shutdown(socket.SHUT_WR)
                    client.recv(1000)
                except OSError:
                    continue
        assert "reachprobe_build_info" in get(port)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 99_999), ("not an address", 0)])
def test_what_cannot_be_listened_on(host: str, port: int) -> None:
    """Says where and why."""
    with (
        pytest.raises(ExpositionError, match="cannot listen"),
        serving(registry_of(Metrics(Snapshot(Health()))), host, port),
    ):
        pass
