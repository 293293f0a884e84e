"""Bodies and header values that may or may not be text: df-001's maybe-binary rule."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.record import (
    Binary,
    HttpRequest,
    HttpResponse,
    HttpTransaction,
    WebConnectivity,
    WebMeasurement,
    maybe_binary,
    read_measurement,
    to_bytes,
    to_line,
)
from tests.record.examples import measurement_of

BYTES = st.binary(max_size=60) | st.text(max_size=20).map(str.encode)


@given(BYTES)
def test_bytes_come_back(raw: bytes) -> None:
    """Whatever they are, through a line of a results file and back."""
    response = HttpResponse(body=maybe_binary(raw), headers={"X": maybe_binary(raw)}, code=200)
    row = HttpTransaction(failure=None, request=HttpRequest(), response=response)
    found = read_measurement(to_line(measurement_of(WebConnectivity(requests=[row]))))
    assert isinstance(found, WebMeasurement)
    assert found.test_keys.requests is not None
    back = found.test_keys.requests[0].response
    assert back == response
    assert to_bytes(back.body) == raw
    assert to_bytes((back.headers or {})["X"]) == raw


@given(BYTES)
def test_text_stays_text(raw: bytes) -> None:
    """A string exactly when the bytes are UTF-8, else an object with standard base64."""
    value = maybe_binary(raw)
    try:
        assert value == raw.decode()
    except UnicodeDecodeError:
        assert isinstance(value, Binary)
        written = json.loads(value.model_dump_json())
        assert written == {"format": "base64", "data": base64.b64encode(raw).decode()}


def test_null_is_no_bytes() -> None:
    """A body that never came."""
    assert to_bytes(None) == b""


def test_half_a_surrogate_pair_has_bytes() -> None:
    """Old records hold them in bodies."""
    assert to_bytes("a\ud800") == b"a\xed\xa0\x80"


@pytest.mark.parametrize("data", ["a", "====", "é", "\ud800", "QUJD\n", "QUJD!"])
def test_what_is_not_base64_is_said(data: str) -> None:
    """Rather than decoded to something else."""
    with pytest.raises(ValueError, match=r"base64|ASCII"):
        to_bytes(Binary(format="base64", data=data))
