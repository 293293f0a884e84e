"""Lines of a results file to models and back, and the JSON Schema of what we publish."""

import json
from collections.abc import Mapping
from types import MappingProxyType

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, from_json

from probe.record.exact import printable
from probe.record.measurement import Measurement
from probe.record.runfile import Manifest, Plan
from probe.record.web import WebMeasurement

MODELS: Mapping[str, type[Measurement]] = MappingProxyType({"web_connectivity": WebMeasurement})
"""test_name → model of the whole measurement; any other name is read as plain `Measurement`."""

CLOSE, SPACED = b'"test_name":"web_connectivity"', b'"test_name": "web_connectivity"'
"""How nearly all lines name their nettest."""

MAX_REASONS = 5

JSON_WORDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (list, "an array"),
    (str, "a string"),
    (bool, "true or false"),
    ((int, float), "a number"),
)
"""What people who read JSON call the values; true is also a number to Python."""


class UnreadableRecordError(ValueError):
    """A line that is not a measurement; the message names the fields and what is wrong with them."""


def read_measurement(line: bytes | str) -> Measurement:
    """One line of a results file, ours or OONI's; raises `UnreadableRecordError`."""
    return _read_at_once(line) or _read_in_steps(line)


def _read_at_once(line: bytes | str) -> Measurement | None:
    """Parsed and validated in one go, a quarter faster. None: it is another nettest, or something is wrong with it."""
    if isinstance(line, str) or not (CLOSE in line or SPACED in line):
        return None
    try:
        found = WebMeasurement.model_validate_json(line)
    except ValidationError:
        return None
    return found if found.test_name == "web_connectivity" else None


def _read_in_steps(line: bytes | str) -> Measurement:
    """By the model that the nettest's name asks for, with the reasons for what is refused."""
    data = _parse(line)
    if not isinstance(data, dict):
        kind = next((word for types, word in JSON_WORDS if isinstance(data, types)), "null")
        raise UnreadableRecordError(f"not a JSON object but {kind}")
    model = MODELS.get(str(data.get("test_name")), Measurement)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise UnreadableRecordError(_reasons(error)) from error


def _parse(line: bytes | str) -> object:
    """The parser of pydantic takes half the time; what it refuses may still be JSON, as half a surrogate pair, escaped, is."""
    try:
        return from_json(line)
    except (ValueError, TypeError):  # TypeError: a str with half a surrogate pair
        try:
            return json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UnreadableRecordError(f"not JSON: {error}") from error


def _reasons(error: ValidationError) -> str:
    found = [
        f"{'.'.join(printable(str(part)) for part in e['loc']) or 'record'}: {e['msg']}"
        for e in error.errors(include_url=False, include_input=False)
    ]
    more = f" (and {len(found) - MAX_REASONS} more)" if len(found) > MAX_REASONS else ""
    return "; ".join(found[:MAX_REASONS]) + more


def to_line(measurement: Measurement) -> bytes:
    """`measurement` as one line of JSON with its newline: what was given when it was built, nothing else."""
    try:
        text = measurement.model_dump_json(exclude_unset=True)
    except PydanticSerializationError:  # half a surrogate pair is no UTF-8; JSON can hold it escaped
        text = json.dumps(measurement.model_dump(exclude_unset=True), separators=(",", ":"))
    return text.encode() + b"\n"


def schemas() -> dict[str, dict[str, object]]:
    """The published JSON Schemas, by file stem."""
    models: dict[str, type[BaseModel]] = {
        "web_connectivity": WebMeasurement,
        "plan": Plan,
        "manifest": Manifest,
    }
    return {name: model.model_json_schema(mode="serialization") for name, model in models.items()}
