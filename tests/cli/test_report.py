"""`probe report` as people use it: files, folders and stores in, one page and its figures out."""

import json
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from probe.cli.report import report
from probe.cli.report_rows import Bounds, ask
from probe.report.page.assemble import assemble
from probe.report.page.content import State
from probe.store.ingest import Wishes, ingest
from probe.store.layout import Store
from tests.cli.running import EXAMPLE
from tests.store.golden import D1, D2, D3, row, write_rows


def invoke(*arguments: str | Path) -> Result:
    """Run the command alone, in this process."""
    app = typer.Typer()
    app.command("report")(report)
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_two_files_make_one_page_and_its_figures(tmp_path: Path) -> None:
    """The path on standard output, figures in their folder; little data claims nothing."""
    page, figures = tmp_path / "page.html", tmp_path / "figures"
    found = invoke(
        EXAMPLE / "clean.jsonl", EXAMPLE / "demo.jsonl", "-o", page, "--figures", figures, "--language", "en"
    )
    assert (found.exit_code, found.stdout) == (0, f"{page}\n")
    text = page.read_text(encoding="utf-8")
    assert "Too few measurements to say what is blocked" in text
    assert "interference in 1 of 2 measurements, 2 runs" in text
    assert "without a control: only proof by itself makes such a verdict more than possible" in text
    for number, line in enumerate((EXAMPLE / "demo.jsonl").read_text().splitlines(), 1):
        assert f"demo.jsonl:{number}" in text
        assert json.loads(line)["annotations"]["measurement_id"] in text
    assert str(EXAMPLE) not in text
    names = {file.name for file in figures.iterdir()}
    assert {"matrix.csv", "matrix.en.svg", "matrix.en.png", "days.csv", "days-instagram.en.png"} <= names
    assert f"Figures: {len(names)} files" in found.stderr


def test_a_store_and_a_page_that_is_replaced(tmp_path: Path) -> None:
    """Its lines that were no records are named; nothing of the temporary kind is left beside the page."""
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes((EXAMPLE / "demo.jsonl").read_bytes() + b'{"input": 1}\n')
    ingest([str(broken)], tmp_path / "data", Wishes(jobs=1), lambda: 1_800_000_000.0)
    page = tmp_path / "out" / "page.html"
    page.parent.mkdir()
    page.write_text("old")
    found = invoke(
        tmp_path / "data", "-o", page, "--language", "fa", "--target", "X.com", "--since", "2026-01-01"
    )
    assert (found.exit_code, found.stdout) == (0, f"{page}\n")
    text = page.read_text(encoding="utf-8")
    assert text.startswith('<!DOCTYPE html>\n<html lang="fa" dir="rtl">')
    assert "broken.jsonl:4" in text
    assert [file.name for file in page.parent.iterdir()] == ["page.html"]


def test_lines_that_are_no_records_are_told(tmp_path: Path) -> None:
    """Exit 1, as everywhere; the page is made all the same."""
    mixed = tmp_path / "mixed.jsonl"
    mixed.write_bytes(b"no record\n" + (EXAMPLE / "clean.jsonl").read_bytes())
    found = invoke(mixed, "-o", tmp_path / "page.html", "--language", "en")
    assert found.exit_code == 1
    assert "1 line was no record" in found.stderr
    assert "mixed.jsonl:1" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--since", "2026-02-02", "--until", "2026-02-01"],
            "--since 2026-02-02 is after --until 2026-02-01",
        ),
        (["-o", "page.jsonl"], "name an .html file"),
        (["-o", "nowhere/page.html"], "there is no folder"),
        (["--language", "de"], "en, fa or both"),
        (["--since", "yesterday"], "--since yesterday: a day is written as"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_read(arguments: list[str], said: str, tmp_path: Path) -> None:
    """One sentence, exit 2."""
    found = invoke(tmp_path / "missing.jsonl", *arguments)
    assert found.exit_code == 2
    assert said in found.stderr
    assert found.stdout == ""


def test_what_cannot_be_reported(tmp_path: Path) -> None:
    """No such file, nothing in it, two stores, a control for a store: what to do is said, no page is made."""
    page = tmp_path / "page.html"
    (tmp_path / "empty.jsonl").write_bytes(b"")
    store = tmp_path / "data"
    ingest([str(EXAMPLE / "clean.jsonl")], store, Wishes(jobs=1), lambda: 1_800_000_000.0)
    for arguments, said in (
        ([tmp_path / "missing.jsonl"], "missing.jsonl: no such file"),
        ([tmp_path / "empty.jsonl"], "no measurement with a verdict"),
        ([store, store], "one store alone"),
        ([store, "--control", "c.jsonl"], "--control FILE"),
        ([store / "store"], "the inside of a store; name the folder above it"),
        ([store, "--until", "2001-01-01"], "no measurement with a verdict"),
    ):
        found = invoke(*arguments, "-o", page)
        assert (found.exit_code, said in found.stderr) == (2, True), found.stderr
    assert not page.exists()


def test_a_damaged_quarantine_is_told_on_the_page(tmp_path: Path) -> None:
    """A line of it that nobody can read ends nothing; of the sources, which count, it does, in one sentence."""
    broken, page = tmp_path / "broken.jsonl", tmp_path / "page.html"
    broken.write_bytes((EXAMPLE / "demo.jsonl").read_bytes() + b'{"input": 1}\n')
    store = tmp_path / "data"
    ingest([str(broken)], store, Wishes(jobs=1), lambda: 1_800_000_000.0)
    (store / "quarantine" / "a.jsonl").write_bytes(b'no JSON\n[1]\n{"file": 3}\n\xff\n' + b"[" * 99_999)
    found = invoke(store, "-o", page, "--language", "en")
    assert (found.exit_code, found.stdout) == (0, f"{page}\n")
    text = page.read_text(encoding="utf-8")
    assert all(f"quarantine/a.jsonl:{number}" in text for number in range(1, 6))
    assert "broken.jsonl:4" in text
    (sources,) = Store(store).files("sources")
    Path(sources).write_bytes(b"PAR1 not at all")
    found = invoke(store, "-o", page)
    assert (found.exit_code, found.stdout) == (2, "")
    assert f"{sources}: cannot be read (" in found.stderr
    assert found.stderr.count("\n") == 1


def test_what_there_is_no_room_for_is_counted_and_named(tmp_path: Path) -> None:
    """Twelve networks block one host: ten are in the strips, eight have a history, and the others have their names."""
    rows = [
        row(day, "IR", 64_500 + network, "x.com", "blocked", f"{day}-{number}", platform="x", mechanism="tls.reset")
        for network in range(12)
        for day in (D1, D2, D3)
        for number in range(4)
    ]  # fmt: skip
    store, page = write_rows(tmp_path / "data", rows), tmp_path / "page.html"
    found = invoke(
        store, "-o", page, "--language", "en", "--target", "HTTPS://X.com/login", "--target", "y.com"
    )
    assert (found.exit_code, found.stdout) == (0, f"{page}\n")
    assert (
        found.stderr
        == "--target y.com: not measured on the networks and days of this page; its history is left out\n"
    )
    text = re.sub(r"</?bdi[^>]*>", "", page.read_text(encoding="utf-8"))
    assert "10 of 12 networks, 120 measurements; there is no room for AS64510 (IR), AS64511 (IR)" in text
    assert (
        "There is no room for these hosts on other networks, 4 in all: "
        "x.com AS64508 (IR), x.com AS64509 (IR), x.com AS64510 (IR), x.com AS64511 (IR)." in text
    )
    found = invoke(store, "-o", page, "--target", " ")
    assert (found.exit_code, found.stderr) == (2, "--target  : a host like x.com is needed\n")


@pytest.mark.skipif(sys.platform != "linux", reason="a file that root cannot read either")
def test_a_file_that_cannot_be_read_is_no_line(tmp_path: Path) -> None:
    """It is named, and said to be missing; the page does not claim to name it."""
    found = invoke(
        EXAMPLE / "clean.jsonl", "/proc/self/mem", "-o", tmp_path / "page.html", "--language", "en"
    )
    assert found.exit_code == 1
    assert found.stderr == (
        "/proc/self/mem: Input/output error\n"
        "1 file could not be read, or not to its end; what could not be read is not in the page.\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_report_leaves_nothing(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """No folder, no page, and no word of a store that is gone."""
    record = (EXAMPLE / "clean.jsonl").read_bytes().splitlines(keepends=True)[0]
    uid = json.loads(record)["annotations"]["measurement_id"].encode()
    with (tmp_path / "many.jsonl").open("wb") as many:
        for count in range(2_000):
            many.write(record.replace(uid, f"{count:08d}-2b1c-4a62-9d1f-0242ac120002".encode()))
    page, folder = tmp_path / "page.html", tmp_path / "temporary"
    folder.mkdir()
    code_ = (
        "import sys, tempfile\ntempfile.tempdir = sys.argv.pop(1)\nfrom probe.__main__ import main\nmain()\n"
    )
    command = [
        sys.executable,
        "-c",
        code_,
        str(folder),
        "report",
        str(tmp_path / "many.jsonl"),
        "-o",
        str(page),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not list(folder.glob("reachprobe-*/.staging-*")):
            time.sleep(0.01)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert err == ("Stopped. No page was written.\n" if number is signal.SIGINT else "")
    assert list(folder.iterdir()) == []
    assert not page.exists()


@pytest.mark.parametrize("package", ["altair", "markupsafe", "numpy"])
def test_a_missing_package_is_named(tmp_path: Path, package: str) -> None:
    """With what to install, in a process that cannot import it."""
    code = (
        "import sys, typer\n"
        f"sys.modules[{package!r}] = None\n"
        "from probe.cli.report import report\n"
        "app = typer.Typer(); app.command()(report); app()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(EXAMPLE / "clean.jsonl"), "-o", str(tmp_path / "page.html")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr == f"The report needs further packages ({package}): pip install 'reachprobe[report]'\n"


def test_what_failed_everywhere_is_counted_by_its_number(tmp_path: Path) -> None:
    """Three of what was judged otherwise; not those judged down, nor those an earlier block left behind, which are counted already."""
    fell = [
        row(day, cc, asn, "fell.example", "reachable", f"{cc}{day}")
        for day in (D1, D2)
        for cc, asn in (("IR", 1), ("DE", 2))
    ]
    fell += [
        row(D3, "IR", 1, "fell.example", "blocked", "a"),
        row(D3, "IR", 1, "fell.example", "blocked", "b"),
        row(D3, "DE", 2, "fell.example", "blocked", "c"),
        row(D3, "DE", 2, "fell.example", "down", "d"),
        row(D3, "IR", 1, "fell.example", "blocked", "a", contaminated=True),
        row(D3, "IR", 1, "other.example", "blocked", "a"),
    ]
    store = write_rows(tmp_path / "data", fell)
    asked = ask(Store(store), Bounds())
    assert asked is not None
    answers, quality = asked
    assert (quality.n, quality.worldwide_down, quality.contaminated) == (10, 3, 1)
    assert (answers.total.down, answers.total.blocked) == (4, 1)
    asked = ask(Store(store), Bounds(until=D2))
    assert asked is not None
    assert asked[1].worldwide_down == 0


@pytest.mark.slow
def test_the_page_says_what_was_planted(tmp_path: Path) -> None:
    """A pretend world of 120,000 measurements: no block is missed, none invented, and days lie in their intervals."""
    planted = Path(__file__).parents[2] / "benchmarks" / "planted.py"
    store = tmp_path / "store"
    command = [sys.executable, str(planted), str(store), "--rows", "120000", "--days", "90"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    asked = ask(Store(store), Bounds())
    assert asked is not None
    content = assemble(*asked, datetime(2026, 4, 1, tzinfo=UTC), "0")
    blocks = json.loads((store / "truth.json").read_text())["blocks"]
    still = [block for block in blocks if not block["until"]]
    cells = {
        (cell.network.asn, cell.subject): cell.since
        for cell in content.cells
        if cell.state in (State.BLOCKED, State.PARTLY)
    }
    hosts = {(one.network.asn, one.domain): one.since for one in content.blocked_hosts}
    assert set(cells) == {(one["asn"], one["platform"].lower()) for one in still if one["platform"]}
    assert set(hosts) == {
        (one["asn"], host) for one in still if not one["platform"] for host in one["domains"]
    }
    for block in still:
        names = [block["platform"].lower()] if block["platform"] else block["domains"]
        for name in names:
            since = (cells if block["platform"] else hosts)[block["asn"], name]
            assert (since is None) == (block["since"] is None)
            if since is not None:
                assert str(since.low) <= block["since"] <= str(since.high)
