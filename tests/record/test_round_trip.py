"""Read, then write: the same document, whoever wrote it and whatever it holds."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from probe.record import (
    Measurement,
    UnreadableRecordError,
    WebConnectivity,
    WebMeasurement,
    read_measurement,
    to_line,
)
from tests.record.documents import Document, damaged, documents, to_text, web_documents
from tests.record.examples import BUILDERS, Builder, measurement_of

EXAMPLES = Path(__file__).parents[2] / "results" / "example"
WIDE = settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def exactly(text: str | bytes) -> str:
    """A document in one spelling: equal exactly when keys, values and their types are."""
    return json.dumps(json.loads(text), sort_keys=True)


def as_numbers(text: str | bytes) -> str:
    """The same, but 3 and 3.0 are one number, as they are to JSON."""
    return json.dumps(json.loads(text, parse_int=float), sort_keys=True)


@WIDE
@given(web_documents())
def test_a_web_measurement_comes_back(document: Document) -> None:
    """Unknown keys at every depth, null beside absent, bytes, halves of surrogate pairs, numbers of any size."""
    text = to_text(document)
    found = read_measurement(text)
    assert isinstance(found, WebMeasurement)
    line = to_line(found)
    assert line.count(b"\n") == 1
    assert exactly(line) == exactly(text)
    assert to_line(read_measurement(line)) == line
    assert read_measurement(line) == found


@given(documents(Measurement).filter(lambda document: document["test_name"] != "web_connectivity"))
def test_any_other_measurement_comes_back(document: Document) -> None:
    """What has no model of its own is kept whole under `test_keys`."""
    text = to_text(document)
    found = read_measurement(text)
    assert type(found) is Measurement
    assert exactly(to_line(found)) == exactly(text)


@WIDE
@given(damaged())
def test_what_is_accepted_is_written_as_it_was(document: Document) -> None:
    """A document with one value changed is refused or kept: no "443" becomes 443, no "yes" true."""
    text = to_text(document)
    try:
        found = read_measurement(text)
    except UnreadableRecordError:
        return
    assert as_numbers(to_line(found)) == as_numbers(text)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.jsonl")), ids=lambda path: path.name)
def test_published_examples_come_back_byte_for_byte(path: Path) -> None:
    """They were written by this very code."""
    lines = path.read_bytes().splitlines(keepends=True)
    assert lines
    assert [to_line(read_measurement(line)) for line in lines] == lines


@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)
def test_records_of_other_clients_come_back(build: Builder) -> None:
    """OONI's formats of ten years."""
    text = to_text(build())
    assert as_numbers(to_line(read_measurement(text))) == as_numbers(text)


def test_null_and_absent_stay_apart() -> None:
    """A key is written exactly when whoever built the record gave it, null included."""
    line = to_line(measurement_of(WebConnectivity(retries=None, agent="redirect")))
    keys = json.loads(line)["test_keys"]
    assert keys == {"retries": None, "agent": "redirect"}
    again = read_measurement(line)
    assert isinstance(again, WebMeasurement)
    assert again.test_keys.model_fields_set == {"retries", "agent"}


def test_half_a_surrogate_pair_is_written_escaped() -> None:
    """The line is UTF-8 whatever was in the record."""
    document = BUILDERS["ooni_0_5_28"]() | {"x_note": 'a\ud800"\n', "x_\ue000": ["é"]}
    line = to_line(read_measurement(json.dumps(document)))
    assert rb"a\ud800" in line
    assert json.loads(line.decode("utf-8")) == document
