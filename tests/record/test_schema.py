"""The published schemas: they are the models', they take what we write, and nothing beside it."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import BaseModel, ValidationError

from probe.record import read_measurement, schemas, to_line
from probe.record.runfile import Counts, Manifest, Plan
from probe.results.resultsfile import OF_PLAN_ONLY
from tests.record.documents import Document, to_text, web_documents
from tests.record.examples import ooni_0_5_28
from tests.record.published import FOLDER, Schema, load, strays
from tests.results.examples import FINISHED, VERSIONS, make_plan

EXAMPLES = FOLDER.parent / "example"
WEB = load("web_connectivity")


def manifest() -> Manifest:
    """The manifest of a finished run."""
    facts = make_plan().model_dump(exclude=OF_PLAN_ONLY)
    counts = Counts(planned=3, measured=3, missing=0, torn_bytes=0)
    return Manifest(
        **facts,
        finished=FINISHED,
        outcome="complete",
        versions=VERSIONS,
        counts=counts,
        records_file="run.jsonl",
        records_bytes=300,
        records_sha256="0" * 64,
    )


RUNFILES: dict[str, BaseModel] = {"plan": make_plan(), "manifest": manifest()}


@pytest.mark.parametrize("name", sorted(schemas()))
def test_published_is_what_the_models_say(name: str) -> None:
    """One file each, and no other."""
    assert load(name) == json.loads(json.dumps(schemas()[name]))
    assert {path.name for path in FOLDER.iterdir()} == {f"{stem}.schema.json" for stem in schemas()}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.jsonl")), ids=lambda path: path.name)
def test_examples_are_as_published(path: Path) -> None:
    """Every key path of every record is in the schema, and every value of its type."""
    for line in path.read_bytes().splitlines():
        assert strays(json.loads(line), WEB) == []


def test_what_is_not_published_is_found() -> None:
    """The check itself: a key beside the schema, one that is missing, a wrong type, a wrong form, too much."""
    record = ooni_0_5_28()
    assert strays(record, WEB) == []
    for changed, path in (
        ({"x_new": 1}, ".x_new"),
        ({"probe_asn": "137"}, ".probe_asn"),
        ({"test_runtime": True}, ".test_runtime"),
        ({"extensions": {"dnst": "0"}}, ".extensions.dnst"),
        ({"test_keys": {"x_marks": [{"kind": "unheard_of"}]}}, ".test_keys.x_marks.0.kind"),
        ({"test_keys": {"tcp_connect": [{"ip": "a", "port": 70000, "status": {"failure": None, "success": True}}]}}, ".test_keys.tcp_connect.0.port"),
        ({"test_keys": {"queries": [{"failure": None, "query_type": "A"}]}}, ".test_keys.queries.0.hostname"),
        ({"test_keys": {"requests": [{"failure": None, "request": {"headers_list": [["a", "b", "c"]]}}]}}, ".test_keys.requests.0.request.headers_list.0"),
    ):  # fmt: skip
        assert strays(record | changed, WEB) == [path]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(web_documents(extra=False))
def test_the_models_write_what_the_schema_takes(document: Document) -> None:
    """For any measurement without unknown keys."""
    assert strays(json.loads(to_line(read_measurement(to_text(document)))), WEB) == []


@pytest.mark.parametrize("name", RUNFILES)
def test_plan_and_manifest_are_as_published_and_come_back(name: str) -> None:
    """Every key of them in the schema, every required one there; read again they are equal."""
    model = RUNFILES[name]
    text = model.model_dump_json()
    assert strays(json.loads(text), load(name)) == []
    assert set(json.loads(text)) == set(load(name)["properties"])
    assert type(model).model_validate_json(text) == model


@pytest.mark.parametrize("name", RUNFILES)
def test_plan_and_manifest_are_exact(name: str) -> None:
    """A key that is not listed is refused, in them and in every part of them; so is another format."""
    model = RUNFILES[name]
    document = json.loads(model.model_dump_json())
    for part in [document, *_models_in(document)]:
        part["later"] = 1
        with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
            type(model).model_validate(document)
        assert strays(document, load(name)) != []
        del part["later"]
    with pytest.raises(ValidationError, match="format"):
        type(model).model_validate(document | {"format": 2})
    assert _open_ended(load(name)) == []


@pytest.mark.parametrize(
    ("model", "changed", "reason"),
    [
        (Plan, {"started": "2026-02-30 00:00:00"}, "started"),
        (Plan, {"resumed": -1}, "resumed"),
        (Manifest, {"outcome": "crashed"}, "outcome"),
        (Manifest, {"records_sha256": "A" * 64}, "records_sha256"),
        (Manifest, {"counts": {"planned": -1, "measured": 0, "missing": 0, "torn_bytes": 0}}, "planned"),
    ],
)
def test_what_a_plan_and_a_manifest_cannot_say(
    model: type[BaseModel], changed: Document, reason: str
) -> None:
    """Days that are not, negative counts, endings that are none, digests of another form."""
    name = model.__name__.lower()
    document = json.loads(RUNFILES[name].model_dump_json())
    with pytest.raises(ValidationError, match=reason):
        model.model_validate(document | changed)


def test_a_plan_does_not_change() -> None:
    """What was planned stays what it was."""
    plan = make_plan()
    with pytest.raises(ValidationError, match="frozen"):
        plan.run_id = "another"  # type: ignore[misc]


def _models_in(document: Document) -> list[Document]:
    """The parts that are models of their own."""
    lists, targets = document["lists"], document.get("targets", [])
    assert isinstance(lists, list)
    assert isinstance(targets, list)
    parts = [document["vantage"], *lists, *targets, *([document["counts"]] if "counts" in document else [])]
    return [part for part in parts if isinstance(part, dict)]


def _open_ended(schema: Schema) -> list[str]:
    """Titles of objects with named keys that would take others too."""
    objects = [schema, *schema.get("$defs", {}).values()]
    return [each["title"] for each in objects if "properties" in each and each.get("additionalProperties") is not False]  # fmt: skip
