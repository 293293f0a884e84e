"""Lines to measurements: every line is one, or is refused with a reason that can be shown."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.record import (
    Measurement,
    UnreadableRecordError,
    WebMeasurement,
    read_measurement,
    reading,
    to_line,
)
from probe.record.model import MAX_DEPTH
from tests.record.documents import ANYTHING, Document, damaged, to_text, web_documents
from tests.record.examples import base, ooni_0_5_28, ooni_telegram


def read_or_refuse(line: bytes | str) -> Measurement | str:
    """The measurement, or the reason that `line` is none; any other outcome fails the test."""
    try:
        return read_measurement(line)
    except UnreadableRecordError as error:
        return str(error)


def nested(depth: int) -> str:
    """The examples' record with a value of `depth` levels in a key that no model describes."""
    return to_text(base({}))[:-1] + ', "x_deep": ' + "[" * depth + "]" * depth + "}"


@given(st.binary(max_size=200))
def test_any_bytes(line: bytes) -> None:
    """No bytes, not even UTF-16 or a torn line, do anything but read or be refused."""
    assert read_or_refuse(line)


@given(st.text(st.characters(), max_size=60))
def test_any_text(line: str) -> None:
    """The same for text."""
    assert read_or_refuse(line)


@given(ANYTHING)
def test_any_json(value: object) -> None:
    """Valid JSON that is no measurement is refused."""
    assert isinstance(read_or_refuse(json.dumps(value)), str)


@given(web_documents() | damaged())
def test_reading_at_once_is_reading_in_steps(document: Document) -> None:
    """The quick way takes nothing that the other refuses, and makes the same of it."""
    line = to_text(document).encode()
    at_once = reading._read_at_once(line)
    if at_once is not None:
        in_steps = reading._read_in_steps(line)
        assert at_once == in_steps
        assert type(at_once) is type(in_steps)
        assert to_line(at_once) == to_line(in_steps)


def test_most_lines_are_read_at_once() -> None:
    """Ours, and OONI's."""
    for spaced in (None, (",", ":")):
        line = json.dumps(ooni_0_5_28(), separators=spaced).encode()
        assert isinstance(reading._read_at_once(line), WebMeasurement)


@given(st.integers(0, 4000))
def test_a_line_cut_anywhere(place: int) -> None:
    """What a kill leaves is refused until the last brace is there."""
    text = to_text(ooni_0_5_28())
    cut = text[: min(place, len(text) - 1)]
    assert isinstance(read_or_refuse(cut), str)
    assert isinstance(read_or_refuse(cut.encode()), str)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "not JSON: Expecting value"),
        (b"\xff\xfe", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "not a JSON object but an array"),
        (b"null", "not a JSON object but null"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"{}", "input: Field required; measurement_start_time: Field required"),
        (b'{"test_name": []}', "input: Field required"),
    ],
)
def test_why_a_line_is_refused(line: bytes, reason: str) -> None:
    """The reason begins with what is wrong."""
    with pytest.raises(UnreadableRecordError) as caught:
        read_measurement(line)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"input": 5}, "input: Input should be a valid string"),
        ({"probe_asn": "137"}, "probe_asn: String should match"),
        ({"probe_asn": "AS\u0661"}, "probe_asn: String should match"),
        ({"probe_cc": "ir"}, "probe_cc: String should match"),
        ({"measurement_start_time": "2024-02-12T20:33:47Z"}, "measurement_start_time: String should match"),
        ({"test_start_time": "\u0662\u0660\u0662\u0664-02-12 20:33:47"}, "test_start_time: String should match"),
        ({"test_runtime": float("nan")}, "test_runtime: Input should be a finite number"),
        ({"test_runtime": 10**400}, "test_runtime: Input should be a valid number"),
        ({"test_runtime": "2.5"}, "test_runtime: Input should be a valid number"),
        ({"test_keys": None}, "test_keys: "),
        ({"test_keys": {"tcp_connect": [{"ip": "1.1.1.1", "port": "443", "status": {"failure": None, "success": True}}]}}, "test_keys.tcp_connect.0.port: "),
        ({"test_keys": {"accessible": "yes"}}, "test_keys.accessible: "),
        ({"test_keys": {"x_dns_flags": True}}, "test_keys.x_dns_flags: "),
        ({"test_keys": {"x_dns_whoami": {"a": float("-inf")}}}, "test_keys.x_dns_whoami: Value error, a number that JSON does not have"),
        ({"x_new": [float("nan")]}, "x_new: Value error, a number that JSON does not have"),
    ],
)  # fmt: skip
def test_why_a_field_is_refused(changed: dict[str, object], reason: str) -> None:
    """The reason names the field by its path."""
    found = read_or_refuse(to_text(base({}) | changed))
    assert isinstance(found, str)
    assert found.startswith(reason)


def test_a_number_beyond_all_numbers_is_refused() -> None:
    """1e999 is JSON, and infinite to whoever reads it."""
    assert (
        read_or_refuse(nested(1).replace("[]", "1e999"))
        == "x_deep: Value error, a number that JSON does not have"
    )


def test_only_the_first_reasons_are_told() -> None:
    """A record of another kind must not fill the screen."""
    found = read_or_refuse(b"{}")
    assert isinstance(found, str)
    assert found.endswith(" (and 7 more)")
    assert found.count(";") == 4


def test_reasons_can_be_shown() -> None:
    """A key may be as long as the file, and may hold what steers a terminal."""
    key = "\x1b[2J\n\ud800é" + "k" * 100_000
    found = read_or_refuse(to_text(base({}, test_helpers={key: float("nan")})))
    assert isinstance(found, str)
    assert found.isprintable()
    assert found.startswith("test_helpers.�[2J�")
    assert len(found) < 200


def test_depth_has_a_bound() -> None:
    """What is accepted can be written again; what is too deep for that is refused when it is read."""
    found = read_measurement(nested(MAX_DEPTH))
    assert json.loads(to_line(found)) == json.loads(nested(MAX_DEPTH))
    assert read_or_refuse(nested(MAX_DEPTH + 1)) == "x_deep: Value error, nested more than 64 levels deep"
    for depth in (300, 900, 5000, 200_000):
        assert isinstance(read_or_refuse(nested(depth)), str)


def test_of_two_equal_keys_the_last_counts() -> None:
    """As for every reader of JSON that is in use."""
    text = to_text(base({}))[:-1] + ', "input": "https://second.example/"}'
    assert read_measurement(text).input == "https://second.example/"


def test_text_with_a_byte_order_mark_or_in_utf_16_is_read() -> None:
    """As bytes; editors on Windows write such files."""
    text = to_text(base({}))
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert read_measurement(text.encode(encoding)) == read_measurement(text)


def test_the_test_name_decides_the_model() -> None:
    """What has no model of its own is a plain measurement, with everything under `test_keys` as it was."""
    assert isinstance(read_measurement(to_text(ooni_0_5_28())), WebMeasurement)
    found = read_measurement(to_text(ooni_telegram()))
    assert type(found) is Measurement
    assert found.test_keys.model_extra == ooni_telegram()["test_keys"]
