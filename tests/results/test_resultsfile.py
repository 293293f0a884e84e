"""A run's files from begin to end, and all the ways in between."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from probe.record.runfile import Manifest, Outcome, Plan
from probe.results import JournalError, NothingToResumeError, ResultsError, ResultsFile, RunFiles, recover
from probe.results import resultsfile as resultsfile_module
from probe.results.durable import draft_of
from tests.results.examples import FINISHED, VERSIONS, inputs_in, make_plan, record_of

STEM = "20261124T102030Z-IR-AS58224"


def measure(results: ResultsFile, number: int | None = None) -> None:
    """Write the records of the first `number` missing targets, of all for None."""
    for target in results.missing[:number]:
        results.journal.append(record_of(target))


def finish(results: ResultsFile, outcome: Outcome = "complete") -> Manifest:
    """End the run at a fixed time."""
    return results.finish(outcome, finished=FINISHED, versions=VERSIONS)


def names_in(place: Path) -> set[str]:
    """What lies in a folder, without the stem."""
    return {path.name.removeprefix(STEM) for path in place.iterdir()}


def killed(place: Path, targets: int, measured: int) -> Path:
    """The records file of a run that ended after `measured` records without a word."""
    with ResultsFile.create(place, make_plan(targets)) as results:
        measure(results, measured)
    return results.path


def test_a_whole_run(tmp_path: Path) -> None:
    """Plan while it runs, manifest when it has ended, every figure in it right."""
    plan = make_plan(3)
    results = ResultsFile.create(tmp_path / "new" / "folder", plan)
    place = tmp_path / "new" / "folder"
    assert results.path == place / f"{STEM}.jsonl"
    assert names_in(place) == {".jsonl", ".plan.json"}
    assert Plan.model_validate_json(results.files.plan.read_bytes()) == plan
    assert results.missing == plan.targets
    measure(results)
    manifest = finish(results)
    assert names_in(place) == {".jsonl", ".manifest.json"}
    assert Manifest.model_validate_json(results.files.manifest.read_bytes()) == manifest
    assert manifest.counts.model_dump() == {"planned": 3, "measured": 3, "missing": 0, "torn_bytes": 0}
    data = results.path.read_bytes()
    assert (manifest.records_file, manifest.records_bytes) == (results.path.name, len(data))
    assert manifest.records_sha256 == hashlib.sha256(data).hexdigest()
    assert (manifest.outcome, manifest.finished, manifest.resumed) == ("complete", FINISHED, 0)
    assert (manifest.versions, manifest.run_id) == (VERSIONS, plan.run_id)


def test_the_plan_is_there_before_any_record(tmp_path: Path) -> None:
    """A kill right after the beginning leaves a run that can be resumed."""
    path = killed(tmp_path, 3, 0)
    path.unlink()
    with ResultsFile.resume(path) as results:
        assert len(results.missing) == 3


def test_resumes_exactly_what_is_missing(tmp_path: Path) -> None:
    """After a kill, with a torn line at the end."""
    path = killed(tmp_path, 5, 2)
    with path.open("ab") as file:
        file.write(record_of(make_plan(5).targets[2])[:-4])
    results = ResultsFile.resume(path)
    assert results.missing == make_plan(5).targets[2:]
    assert names_in(tmp_path) == {".jsonl", ".plan.json", ".torn"}
    measure(results)
    manifest = finish(results)
    assert inputs_in(path) == [target.input for target in make_plan(5).targets]
    assert names_in(tmp_path) == {".jsonl", ".manifest.json", ".torn"}
    assert (manifest.resumed, manifest.counts.measured) == (1, 5)
    assert manifest.counts.torn_bytes == results.files.torn.stat().st_size > 0


@pytest.mark.parametrize("outcome", ["stopped", "deadline", "network_unusable"])
def test_a_stopped_run_keeps_its_plan(tmp_path: Path, outcome: Outcome) -> None:
    """Its manifest says how far it came; resuming removes that, since it describes the file no more."""
    results = ResultsFile.create(tmp_path, make_plan(4))
    measure(results, 1)
    manifest = finish(results, outcome)
    assert (manifest.outcome, manifest.counts.measured, manifest.counts.missing) == (outcome, 1, 3)
    assert names_in(tmp_path) == {".jsonl", ".plan.json", ".manifest.json"}
    again = ResultsFile.resume(results.path)
    assert names_in(tmp_path) == {".jsonl", ".plan.json"}
    measure(again)
    assert finish(again).counts.missing == 0
    assert names_in(tmp_path) == {".jsonl", ".manifest.json"}


def test_what_was_tried_in_vain_is_missing_until_it_is_measured(tmp_path: Path) -> None:
    """On an unusable network alone, and also when the run is stopped again, or killed, before it comes to them."""
    results = ResultsFile.create(tmp_path, make_plan(3))
    measure(results, 2)
    finish(results, "stopped")
    vain = record_of(make_plan(3).targets[0]).__eq__
    again = ResultsFile.resume(results.path, in_vain=vain)
    assert again.missing == make_plan(3).targets[2:]
    finish(again, "network_unusable")
    again = ResultsFile.resume(results.path, in_vain=vain)
    assert again.missing == [make_plan(3).targets[0], make_plan(3).targets[2]]
    again.journal.close()
    with ResultsFile.resume(results.path, in_vain=vain) as again:
        assert len(again.missing) == 2
    again = ResultsFile.resume(results.path, in_vain=lambda _: False)
    assert len(again.missing) == 1
    measure(again)
    assert finish(again).counts.measured == 3
    assert inputs_in(results.path) == [target.input for target in make_plan(3).targets]


def test_a_plan_that_is_refused_stays_as_it_is(tmp_path: Path) -> None:
    """And so do the records, with their torn line, and the manifest."""
    results = ResultsFile.create(tmp_path, make_plan(3))
    measure(results, 1)
    finish(results, "stopped")
    with results.path.open("ab") as file:
        file.write(b"{")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def check(plan: Plan) -> None:
        raise ResultsError(plan.run_id)

    with pytest.raises(ResultsError, match=results.plan.run_id):
        ResultsFile.resume(results.path, check=check)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_target_without_a_record_keeps_the_plan(tmp_path: Path) -> None:
    """The run went through, but our own code failed on one: it can be measured yet."""
    results = ResultsFile.create(tmp_path, make_plan(4))
    measure(results, 3)
    assert finish(results).counts.missing == 1
    assert results.files.plan.exists()


def test_a_run_killed_before_its_manifest_needs_only_that(tmp_path: Path) -> None:
    """Nothing is missing, and the end is made up for. The same if the kill came before the plan was removed."""
    path = killed(tmp_path, 2, 2)
    for resumed in (1, 2):
        results = ResultsFile.resume(path)
        assert results.missing == []
        plan = results.files.plan.read_bytes()
        assert finish(results).resumed == resumed
        results.files.plan.write_bytes(plan)


def test_counts_every_resumption(tmp_path: Path) -> None:
    """Also those that were killed themselves."""
    path = killed(tmp_path, 4, 0)
    for _ in range(3):
        with ResultsFile.resume(path) as results:
            measure(results, 1)
    results = ResultsFile.resume(path)
    measure(results)
    assert finish(results).resumed == 4


def test_a_complete_run_has_nothing_to_resume(tmp_path: Path) -> None:
    """And stays as it is."""
    results = ResultsFile.create(tmp_path, make_plan(1))
    measure(results)
    finish(results)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(NothingToResumeError):
        ResultsFile.resume(results.path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_two_runs_of_one_second_get_two_names(tmp_path: Path) -> None:
    """Neither waits for or writes over the other."""
    with (
        ResultsFile.create(tmp_path, make_plan()) as first,
        ResultsFile.create(tmp_path, make_plan()) as second,
    ):
        assert first.path.name == f"{STEM}.jsonl"
        assert second.path.name == f"{STEM}-2.jsonl"


def test_many_runs_that_begin_at_once_get_a_name_each(tmp_path: Path) -> None:
    """Whoever claims a name has it alone."""
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: ResultsFile.create(tmp_path, make_plan()), range(16)))
    assert len({run.path for run in runs}) == 16
    for run in runs:
        run.journal.close()
    assert len(list(tmp_path.iterdir())) == 32


def test_never_writes_over_a_file(tmp_path: Path) -> None:
    """Neither records, nor an unfinished run, nor one that is being made this moment."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"precious\n")
    with pytest.raises(ResultsError, match="not written over"):
        ResultsFile.create(path, make_plan())
    assert path.read_bytes() == b"precious\n"
    path.unlink()
    draft_of(RunFiles(path).plan).touch()
    with pytest.raises(ResultsError, match="just starting"):
        ResultsFile.create(path, make_plan())
    draft_of(RunFiles(path).plan).unlink()
    ResultsFile.create(path, make_plan()).journal.close()
    with pytest.raises(ResultsError, match="--resume"):
        ResultsFile.create(path, make_plan())


def test_a_claim_gives_way_to_a_run_that_was_quicker(tmp_path: Path) -> None:
    """The second look at the name is what decides: the draft is taken back."""
    files = RunFiles(tmp_path / "a.jsonl")
    assert resultsfile_module._claim(files, make_plan())
    assert not resultsfile_module._claim(files, make_plan())
    assert list(tmp_path.iterdir()) == [files.plan]


def test_says_when_a_place_cannot_be_written(tmp_path: Path) -> None:
    """A file where a folder should be."""
    (tmp_path / "file").touch()
    with pytest.raises(ResultsError, match="choose another place"):
        ResultsFile.create(tmp_path / "file" / "a.jsonl", make_plan())


def test_two_cannot_go_on_with_one_run(tmp_path: Path) -> None:
    """The second is told so, and the first is not disturbed."""
    with ResultsFile.create(tmp_path, make_plan(2)) as results:
        with pytest.raises(JournalError, match="another run is writing"):
            ResultsFile.resume(results.path)
        measure(results)
    assert len(inputs_in(results.path)) == 2


def test_notices_records_written_while_it_looked(tmp_path: Path) -> None:
    """Else they would be measured twice."""
    path = killed(tmp_path, 3, 1)
    found = recover(path)
    with path.open("ab") as file:
        file.write(record_of(make_plan(3).targets[1]))
    with pytest.raises(ResultsError, match="another run wrote"):
        resultsfile_module._open_journal(path, found)


def test_refuses_a_plan_it_does_not_understand(tmp_path: Path) -> None:
    """Of a later version, damaged, or enormous; the message names the field."""
    path = killed(tmp_path, 2, 1)
    files = RunFiles(path)
    plan = json.loads(files.plan.read_bytes())
    for broken, reason in (({**plan, "format": 2}, "format"), ({**plan, "later": 1}, "later"), ([], "file")):
        files.plan.write_text(json.dumps(broken))
        with pytest.raises(ResultsError, match=f"not a plan.*{reason}"):
            ResultsFile.resume(path)
    with files.plan.open("wb") as file:
        file.truncate(resultsfile_module.MAX_PLAN + 1)
    with pytest.raises(ResultsError, match="too large"):
        ResultsFile.resume(path)


def test_a_resumption_that_cannot_be_written_gives_the_file_back(tmp_path: Path) -> None:
    """The journal is not left locked."""
    path = killed(tmp_path, 2, 1)
    obstacle = draft_of(RunFiles(path).plan)
    obstacle.mkdir()
    with pytest.raises(ResultsError, match="cannot be resumed"):
        ResultsFile.resume(path)
    obstacle.rmdir()
    ResultsFile.resume(path).journal.close()


def test_an_end_that_cannot_be_written_leaves_the_run_unfinished(tmp_path: Path) -> None:
    """The records are there, the plan too."""
    results = ResultsFile.create(tmp_path, make_plan(1))
    measure(results)
    draft_of(results.files.manifest).mkdir()
    with pytest.raises(ResultsError, match="the records are safe"):
        finish(results)
    assert results.files.plan.exists()
    assert len(inputs_in(results.path)) == 1


def test_a_plan_has_each_target_once() -> None:
    """And real times, countries and networks."""
    facts = make_plan(2).model_dump()
    with pytest.raises(ValidationError, match="planned twice"):
        Plan.model_validate({**facts, "targets": facts["targets"] * 2})
    with pytest.raises(ValidationError, match="does not match"):
        Plan.model_validate({**facts, "started": "2026-11-24T10:20:30Z"})
    for vantage in (
        {"country": "../x", "asn": "AS1"},
        {"country": "IR", "asn": "1"},
        {"country": "IR", "asn": "AS01"},
    ):
        with pytest.raises(ValidationError, match="pattern"):
            Plan.model_validate({**facts, "vantage": vantage})
    with pytest.raises(ValidationError, match="Extra inputs"):
        Plan.model_validate({**facts, "hostname": "here"})
