"""What `probe compare` reads: files of every kind, bad ones, interrupted ones, and verdicts of other rules."""

import gzip
import json
import random
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
import zstandard

from probe.cli.comparison.reading import files_of
from probe.cli.words import app as app_words
from probe.record import WebMeasurement, to_line
from probe.record.runfile import ListUsed, Plan, PlannedTarget, Vantage
from probe.results.lines import FREE, RATIO
from tests.cli.compared import (
    INSTAGRAM,
    TELEGRAM,
    X,
    classes,
    is_lied_about,
    is_reset,
    measured,
    probe_compare,
    two_results,
    works,
    write,
)
from tests.cli.running import environment
from tests.judge.records import NXDOMAIN, Story
from tests.results.test_finding import locked_folder


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Before and after."""
    return two_results(tmp_path)


@pytest.mark.parametrize(
    "place", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "folder/inside/a.jsonl.gz", "folder/a.jsonl.zst"]
)
def test_files_of_every_kind(two: tuple[Path, Path], tmp_path: Path, place: str) -> None:
    """Packed or not, named, in folders, or by a pattern in quotes."""
    records = [measured(is_reset(url)) for url in (INSTAGRAM, X, TELEGRAM)]
    path = write(tmp_path / "other" / place, records)
    (tmp_path / "other" / "a.manifest.json").write_text("{}")
    for named in (path, tmp_path / "other", tmp_path / "oth*" / "**" / "*.jsonl*"):
        result = probe_compare(two[0], named, "--format", "json")
        assert list(classes(result).values()) == ["newly_blocked"] * 3, result.stderr


def test_what_a_file_is_shows_in_its_first_bytes(two: tuple[Path, Path], tmp_path: Path) -> None:
    """A packed file without its ending, a mark of byte order, a single record over many lines."""
    record = measured(is_reset(X))
    line = to_line(record)
    packed, marked, pretty = tmp_path / "packed.jsonl", tmp_path / "marked.jsonl", tmp_path / "one.json"
    packed.write_bytes(gzip.compress(line))
    marked.write_bytes(b"\xef\xbb\xbf" + line)
    pretty.write_text(json.dumps(json.loads(line), indent=2))
    for path in (packed, marked, pretty, tmp_path / "on*.json"):
        assert classes(probe_compare(two[0], path, "--format", "json"))[X] == "newly_blocked", path


def test_a_folder_that_cannot_be_looked_into_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    """What it holds would be called gone."""
    with locked_folder() as base:
        with pytest.raises(typer.Exit) as ended:
            files_of(str(base))
        assert ended.value.exit_code == 2
        assert capsys.readouterr().err == f"{base}/locked: cannot be read: Permission denied\n"


def test_order_of_lines_and_files_does_not_matter(tmp_path: Path) -> None:
    """The same records, the other way round and in two files."""
    before = write(tmp_path / "before.jsonl", [measured(works(url)) for url in (INSTAGRAM, X)])
    records = [measured(is_reset(INSTAGRAM)), measured(works(INSTAGRAM)), measured(is_lied_about(X))]
    one = write(tmp_path / "one" / "a.jsonl", records)
    write(tmp_path / "two" / "b.jsonl", records[:0:-1])
    write(tmp_path / "two" / "a.jsonl", records[:1])
    first, second = (
        json.loads(probe_compare(before, after, "--format", "json").stdout)
        for after in (one, tmp_path / "two")
    )
    assert first["targets"] == second["targets"]
    assert [target["class"] for target in first["targets"]] == ["flapping", "newly_blocked"]


def test_many_runs(tmp_path: Path) -> None:
    """One side a run, by time, whatever files they are in; two runs in one file are two."""

    def at(day: int, story: Callable[[str], Story]) -> WebMeasurement:
        moment = f"2026-02-0{day} 04:05:06"
        return measured(story(X), run=f"run{day}", measurement_start_time=moment, test_start_time=moment)

    write(tmp_path / "z.jsonl", [at(1, works), at(4, is_reset)])
    write(tmp_path / "a.jsonl", [at(3, is_reset), at(2, works)])
    result = probe_compare(tmp_path, "--by", "run")
    assert result.exit_code == 1
    assert "x.com: newly blocked" in result.stdout
    assert "(was reachable); since run 3" in result.stdout
    data = json.loads(
        probe_compare(tmp_path / "a.jsonl", tmp_path / "z.jsonl", "--by", "run", "--format", "json").stdout
    )
    assert [side["name"] for side in data["sides"]] == ["run1", "run2", "run3", "run4"]
    assert data["targets"][0]["since"] == 2
    assert probe_compare(tmp_path / "z.jsonl", "--by", "run").exit_code == 1
    write(tmp_path / "b.jsonl", [at(5, works)])
    assert (
        "flapping — run 1: reachable; run 2: reachable; run 3: blocked"
        in probe_compare(tmp_path, "--by", "run").stdout
    )


def test_a_bad_line_makes_no_run(tmp_path: Path) -> None:
    """Not one that it does not name, nor one that it alone names: what changed between the others is still found."""

    def at(day: int, story: Story) -> WebMeasurement:
        moment = f"2026-02-0{day} 04:05:06"
        return measured(story, run=f"run{day}", measurement_start_time=moment, test_start_time=moment)

    good = [at(1, works(X)), at(2, is_reset(X)), at(2, works(TELEGRAM))]
    clean = json.loads(
        probe_compare(write(tmp_path / "clean.jsonl", good), "--by", "run", "--format", "json").stdout
    )
    for named in ({}, {"report_id": "alone"}):
        broken = json.loads(to_line(at(3, works(X)))) | {"probe_asn": "137"}
        del broken["annotations"], broken["report_id"]
        path = write(tmp_path / f"{len(named)}.jsonl", good)
        with path.open("a") as file:
            file.write(json.dumps(broken | named) + "\n")
        result = probe_compare(path, "--by", "run", "--format", "json")
        found = json.loads(result.stdout)
        assert (result.exit_code, ":4: not read: probe_asn" in result.stderr) == (1, True)
        assert found["sides"] == clean["sides"]
        assert (found["targets"], found["confounds"]) == (clean["targets"], clean["confounds"])
    assert [target["class"] for target in clean["targets"]] == ["appeared", "newly_blocked"]


def test_a_bad_line_is_of_the_only_run_in_its_file(tmp_path: Path) -> None:
    """So its target is not called gone."""
    first = [measured(works(url), run="run1") for url in (X, TELEGRAM)]
    moment = "2026-02-04 04:05:06"
    second = measured(works(TELEGRAM), run="run2", measurement_start_time=moment)
    broken = json.loads(to_line(measured(works(X)))) | {"probe_asn": "137"}
    del broken["annotations"], broken["report_id"]
    write(tmp_path / "1.jsonl", first)
    with write(tmp_path / "2.jsonl", [second]).open("a") as file:
        file.write(json.dumps(broken) + "\n")
    found = json.loads(probe_compare(tmp_path, "--by", "run", "--format", "json").stdout)
    classes_found = {target["input"]: (target["class"], target["why"]) for target in found["targets"]}
    assert classes_found[X] == ("not_comparable", [{"reason": "record_invalid", "sides": [1]}])


def test_bad_lines_are_told_and_never_dropped_silently(two: tuple[Path, Path], tmp_path: Path) -> None:
    """File, line and reason; a target whose record is broken is not called gone; exit 1."""
    lines = two[0].read_bytes().splitlines(keepends=True)
    broken = lines[1].replace(b'"probe_cc":"IR"', b'"probe_cc":"Iran"')
    path = tmp_path / "broken.jsonl"
    path.write_bytes(lines[0] + broken + b"\xff\xfe\n\n[]\n" + lines[2] + lines[0][:99])
    result = probe_compare(two[0], path, "--format", "json")
    assert result.exit_code == 1
    reasons = re.findall(r"broken\.jsonl:(\d+): not read: (.*)", result.stderr)
    assert [int(number) for number, _ in reasons] == [2, 3, 5, 7]
    assert "probe_cc" in reasons[0][1]
    (gone,) = [target for target in json.loads(result.stdout)["targets"] if target["input"] == X]
    assert (gone["class"], gone["why"]) == ("not_comparable", [{"reason": "record_invalid", "sides": [1]}])
    assert json.loads(result.stdout)["files"][1]["bad_lines"] == 4
    assert "no valid record in B" in probe_compare(two[0], path).stdout


def test_a_day_that_does_not_exist_is_a_bad_line(two: tuple[Path, Path], tmp_path: Path) -> None:
    """The 31st of February."""
    record = measured(works(X), measurement_start_time="2026-02-31 04:05:06")
    result = probe_compare(two[0], write(tmp_path / "c.jsonl", [record, measured(works(INSTAGRAM))]))
    assert "c.jsonl:1: not read: measurement_start_time: no such moment: 2026-02-31 04:05:06" in result.stderr


def test_a_run_that_was_interrupted(two: tuple[Path, Path], tmp_path: Path) -> None:
    """What its plan lists and its records lack was not measured, which is not gone; a plan that is broken is told."""
    after = write(tmp_path / "cut.jsonl", [measured(works(X), run="cut")])
    digest = "ab" * 32
    targets = [
        PlannedTarget(test_name="web_connectivity", input=url, list_name="l", list_sha256=digest, line=2)
        for url in (INSTAGRAM, X, TELEGRAM)
    ]
    used = ListUsed(name="l", sha256=digest, targets=3, rejected=0)
    plan = Plan(
        run_id="cut", report_id="cut", started="2026-02-03 04:05:06", command=["probe"], options={}, lists=[used],
        vantage=Vantage(country="IR", asn="AS58224"), software_name="reachprobe", software_version="0", targets=targets,
    )  # fmt: skip
    beside = after.with_name("cut.plan.json")
    beside.write_text(plan.model_dump_json())
    result = probe_compare(two[0], after)
    assert result.exit_code == 0
    assert "the run was interrupted before it in B" in result.stdout
    assert "No difference: 1 of 3 targets could be compared." in result.stdout
    beside.write_text("{")
    broken = probe_compare(two[0], after)
    assert (broken.exit_code, "cut.plan.json: cannot be read" in broken.stderr) == (1, True)
    assert "t.me: measured in A only" in broken.stdout


def test_verdicts_of_other_rules_are_judged_anew(two: tuple[Path, Path], tmp_path: Path) -> None:
    """Whatever an old verdict says; and what the file said is named as a confound."""
    record = measured(works(X))
    verdict = is_reset(X).judged().model_copy(update={"ruleset": "0.3", "knowledge": "old"})
    record.test_keys.x_verdict = verdict
    old = write(tmp_path / "old.jsonl", [record])
    data = json.loads(probe_compare(two[0], old, "--format", "json").stdout)
    assert next(target["class"] for target in data["targets"] if target["input"] == X) == "same"
    named = {confound["kind"]: confound["values"] for confound in data["confounds"]}
    assert named["ruleset"] == [["-"], ["0.3; old"]]


def test_a_control_file_is_used_on_both_sides(two: tuple[Path, Path], tmp_path: Path) -> None:
    """It makes a sighting surer where it vouches for the site, and every verdict is judged with it."""
    control = write(tmp_path / "control.jsonl", [measured(works(url)) for url in (INSTAGRAM, X)])
    data = json.loads(probe_compare(*two, "--format", "json", "--control", control).stdout)
    (changed,) = [target for target in data["targets"] if target["class"] == "newly_blocked"]
    assert changed["seen"][1]["control"] == "file"


def test_a_file_and_its_packed_copy_count_once(tmp_path: Path) -> None:
    """Ours by its id, OONI's by its id or, where it has none, by its line."""
    kinds: dict[str, dict[str, Any]] = {
        "ours": {},
        "ooni": {"software_name": "ooniprobe-cli", "annotations": {}},
    }
    for name, given in kinds.items():
        record = measured(works(X), **given)
        other = measured(is_reset(X), **given)
        write(tmp_path / name / "a.jsonl", [record, other])
        write(tmp_path / name / "a.jsonl.gz", [record, other])
        found = json.loads(probe_compare(tmp_path / name, tmp_path / name, "--format", "json").stdout)
        assert [side["measurements"] for side in found["sides"]] == [2, 2]
        (seen, _) = found["targets"][0]["seen"]
        assert seen["measurements"] == {"open": 1, "interfered": 1}
        assert seen["measurement_id"].startswith("sha256-") is (name == "ooni")


def test_what_oonis_clients_say_of_the_network_is_named(tmp_path: Path) -> None:
    """The network of the system's resolver, or its address where that is not known, and a VPN; what is not known is not named."""

    def ooni(asn: str, address: str, kind: str) -> Path:
        notes = {"measurement_id": "", "network_type": kind}
        record = measured(works(X), resolver_asn=asn, resolver_ip=address, annotations=notes)
        return write(tmp_path / f"{asn}-{address}.jsonl", [record])

    def named(one: Path, other: Path) -> dict[str, list[list[str]]]:
        result = probe_compare(one, other, "--format", "json")
        return {
            one["kind"]: one["values"] for one in json.loads(result.stdout)["confounds"] if one["differs"]
        }

    home, abroad = ooni("AS137", "193.206.1.1", "wifi"), ooni("AS15169", "8.8.8.8", "VPN")
    lost, unknown = ooni("AS0", "10.0.0.1", "wifi"), ooni("AS0", "127.0.0.2", "wifi")
    found = named(home, abroad)
    assert [value[-1] for value in found["resolvers"]] == ["AS137", "AS15169"]
    assert (found["network_type"], found["tunnel"]) == ([["wifi"], ["vpn"]], [[], ["vpn"]])
    (with_it, without) = named(lost, unknown)["resolvers"]
    assert set(with_it) - set(without) == {"10.0.0.1"}


def test_long_names_stay_apart(tmp_path: Path) -> None:
    """Two that differ in their last letter only are two targets, however long they are."""
    long = "https://x.com/" + "a" * 5_000
    path = write(tmp_path / "l.jsonl", [measured(works(long + "1")), measured(is_reset(long + "2"))])
    result = probe_compare(path, path, "--format", "json")
    assert list(classes(result).values()) == ["same", "same"]
    assert max(map(len, classes(result))) < 2_100


@pytest.mark.parametrize("ending", [".gz", ".zst"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
def test_a_packed_file_that_breaks_off_is_used_up_to_there(tmp_path: Path, ending: str, part: float) -> None:
    """Every record that can be unpacked, as ingest does, which has the same reader; then one line that says so."""
    count = 150
    urls = [f"https://h{number}.example/" for number in range(count)]
    noise = random.Random(0)
    lines = [to_line(measured(works(url), x_noise=noise.randbytes(3_000).hex())) for url in urls]
    whole = tmp_path / "whole.jsonl"
    whole.write_bytes(b"".join(lines))
    torn = tmp_path / f"torn.jsonl{ending}"
    data, gzipped = b"".join(lines), ending == ".gz"
    packed = gzip.compress(data) if gzipped else zstandard.compress(data)
    cut = packed[: int(len(packed) * part)]
    torn.write_bytes(cut)
    frame = zstandard.ZstdDecompressor().decompressobj()
    there = (zlib.decompressobj(31).decompress(cut) if gzipped else frame.decompress(cut)).count(b"\n")
    assert 0 < there < count
    result = probe_compare(whole, torn, "--format", "json")
    assert (result.exit_code, f"torn.jsonl{ending}:{there + 1}: not read any further: " in result.stderr) == (
        1,
        True,
    )
    assert list(classes(result).values()).count("same") == there


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gzip.compress(bytes(FREE + (1 << 21))), f"it unpacks to more than {RATIO} times its size"),
        ('{"a": 1}\n'.encode("utf-16"), "text in UTF-16"),
        (b"PK\x03\x04", "a zip archive"),
    ],
)
def test_what_is_no_file_of_records_is_told_once(
    two: tuple[Path, Path], tmp_path: Path, data: bytes, reason: str
) -> None:
    """A bomb, another encoding, an archive: beside a good file, which is used."""
    folder = tmp_path / "mixed"
    write(folder / "good.jsonl", [measured(works(url)) for url in (INSTAGRAM, X, TELEGRAM)])
    (folder / "odd.jsonl").write_bytes(data)
    result = probe_compare(two[0], folder)
    assert (result.exit_code, result.stderr.count("odd.jsonl:1: not read"), reason in result.stderr) == (
        1,
        1,
        True,
    )
    assert "No difference: 3 of 3" in result.stdout


ALONE = """
import sys
for name in ("zstandard", "scipy", "statsmodels", "duckdb", "pyarrow", "ibis", "altair", "numpy", "pandas"):
    sys.modules[name] = None
import typer
from probe.cli.compare import compare
app = typer.Typer()
app.command()(compare)
app()
"""


def test_the_core_install_is_enough(two: tuple[Path, Path], tmp_path: Path) -> None:
    """In an interpreter that finds none of the optional packages; for .zst it says which is missing."""
    packed = write(tmp_path / "packed.jsonl.zst", [measured(works(X))])

    def alone(*paths: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", ALONE, *map(str, paths)]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=60, env=environment(tmp_path)
        )

    result = alone(*two)
    assert (result.returncode, "3 of 4 targets differ" in result.stdout) == (1, True), result.stderr
    result = alone(two[0], packed)
    assert result.returncode == 2
    assert result.stderr.strip() == app_words.NEEDS_ZSTD.format(path=packed)


def test_another_nettest_has_no_verdict(tmp_path: Path) -> None:
    """It is listed, and not compared."""
    record = measured(Story(X).system(failure=NXDOMAIN)).model_dump() | {
        "test_name": "telegram",
        "input": None,
    }
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps(record) + "\n")
    result = probe_compare(path, path)
    assert result.exit_code == 0
    assert "telegram: not comparable — there are no rules for this test" in result.stdout
