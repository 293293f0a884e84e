"""Names of files: free ones for new runs, the right ones for old."""

from pathlib import Path

import pytest

from probe.record.runfile import Vantage
from probe.results import NothingToResumeError, ResultsError, RunFiles
from probe.results.durable import draft_of

STARTED = "2026-11-24 10:20:30"
STEM = "20261124T102030Z-IR-AS58224"
VANTAGE = Vantage(country="IR", asn="AS58224")


def test_names_a_run_by_time_country_and_network(tmp_path: Path) -> None:
    """In a folder, be it there or not; the next names carry numbers."""
    for place in (tmp_path, tmp_path / "new"):
        first, second, third, *_ = RunFiles.candidates(place, STARTED, VANTAGE)
        assert first.records == place / f"{STEM}.jsonl"
        assert second.records == place / f"{STEM}-2.jsonl"
        assert third.records == place / f"{STEM}-3.jsonl"


def test_takes_an_explicit_name(tmp_path: Path) -> None:
    """The files beside it share its stem."""
    (files,) = RunFiles.candidates(tmp_path / "my.run.jsonl", STARTED, VANTAGE)
    assert files.records == tmp_path / "my.run.jsonl"
    assert files.plan == tmp_path / "my.run.plan.json"
    assert files.manifest == tmp_path / "my.run.manifest.json"
    assert files.torn == tmp_path / "my.run.torn"


@pytest.mark.parametrize("name", ["a.json", "a.jsonl.gz", "a.jsonl.zst", "a.csv", "a.txt"])
def test_refuses_other_formats(tmp_path: Path, name: str) -> None:
    """Rather than making a folder of that name."""
    with pytest.raises(ResultsError, match="JSON Lines"):
        RunFiles.candidates(tmp_path / name, STARTED, VANTAGE)


def test_a_folder_may_be_called_anything(tmp_path: Path) -> None:
    """If it is there, it is one."""
    (tmp_path / "a.jsonl").mkdir()
    assert (
        RunFiles.candidates(tmp_path / "a.jsonl", STARTED, VANTAGE)[0].records.parent == tmp_path / "a.jsonl"
    )


@pytest.mark.parametrize("name", ["a.jsonl", "a.plan.json", "a.manifest.json", "a.torn", "a.jsonl.gz"])
def test_a_name_is_taken_by_any_of_its_files(tmp_path: Path, name: str) -> None:
    """Also when the records were compressed or carried away."""
    files = RunFiles(tmp_path / "a.jsonl")
    assert not files.taken
    (tmp_path / name).touch()
    assert files.taken


def test_finds_a_run_by_any_of_its_files(tmp_path: Path) -> None:
    """And by the folder, when it is the only unfinished one there."""
    expected = RunFiles(tmp_path / "a.jsonl")
    for path in (expected.records, expected.plan, expected.manifest):
        path.touch()
    (tmp_path / "done.manifest.json").touch()
    for path in (expected.records, expected.plan, expected.manifest, tmp_path):
        assert RunFiles.find(path) == expected


def test_says_that_a_run_is_complete(tmp_path: Path) -> None:
    """By an error of its own kind: nothing is wrong."""
    (tmp_path / "a.jsonl").touch()
    (tmp_path / "a.manifest.json").touch()
    for name in ("a.jsonl", "a.manifest.json"):
        with pytest.raises(NothingToResumeError, match="complete"):
            RunFiles.find(tmp_path / name)


def test_says_what_is_wrong_with_a_path(tmp_path: Path) -> None:
    """No file, no plan, no run in the folder, more than one."""
    with pytest.raises(ResultsError, match="no such file"):
        RunFiles.find(tmp_path / "a.jsonl")
    with pytest.raises(ResultsError, match="no unfinished run"):
        RunFiles.find(tmp_path)
    (tmp_path / "a.jsonl").touch()
    with pytest.raises(ResultsError, match=r"no a\.plan\.json beside it"):
        RunFiles.find(tmp_path / "a.jsonl")
    for name in ("b", "c"):
        (tmp_path / f"{name}.plan.json").touch()
    with pytest.raises(ResultsError, match=r"2 unfinished runs.*b\.jsonl, c\.jsonl"):
        RunFiles.find(tmp_path)


def test_says_why_a_name_cannot_be_had(tmp_path: Path) -> None:
    """Each case has its way out."""
    files = RunFiles(tmp_path / "a.jsonl")
    assert str(draft_of(files.plan)) in files.describe_taken()
    files.records.touch()
    assert "not written over" in files.describe_taken()
    files.plan.touch()
    assert f"--resume {files.records}" in files.describe_taken()
