"""The published JSON Schemas, and as much of a validator as they need: every place where a document leaves its schema."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "results" / "schema"

Schema = Mapping[str, Any]

TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
NOTES = {"title", "description", "default"}
UNDERSTOOD = {
    "$defs", "$ref", "additionalProperties", "anyOf", "const", "default", "description", "enum", "items", "maxItems", "maximum",
    "minItems", "minimum", "pattern", "prefixItems", "properties", "required", "title", "type",
}  # fmt: skip


def load(name: str) -> Schema:
    """A published schema."""
    schema: Schema = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    return schema


def strays(value: object, schema: Schema, root: Schema | None = None, at: str = "") -> list[str]:
    """Paths at which `value` is not as `schema` says, keys that no `properties` names included."""
    root = root or schema
    assert set(schema) <= UNDERSTOOD, f"keywords this validator does not know: {set(schema) - UNDERSTOOD}"
    if set(schema) <= NOTES:
        return []
    if "$ref" in schema:
        return strays(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, at)
    if "anyOf" in schema:
        return min((strays(value, choice, root, at) for choice in schema["anyOf"]), key=len)
    if not _is_of_type(value, schema["type"]) or not _is_in_range(value, schema):
        return [at or "."]
    return [path for key, part, rule in _parts(value, schema) for path in strays_of(part, rule, root, f"{at}.{key}")]  # fmt: skip


def strays_of(part: object, rule: Schema | None, root: Schema, at: str) -> list[str]:
    """The same for a part; without a rule it should not be there."""
    return [at] if rule is None else strays(part, rule, root, at)


def _is_of_type(value: object, name: str) -> bool:
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _is_in_range(value: object, schema: Schema) -> bool:
    if "const" in schema and (value != schema["const"] or type(value) is not type(schema["const"])):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str):
        return re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, int | float):
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    return not isinstance(value, list) or len(value) <= schema.get("maxItems", len(value))


def _parts(value: object, schema: Schema) -> Iterator[tuple[str | int, object, Schema | None]]:
    """Keys or places, their values, and their schema; None for what should not be there, or should and is not."""
    if isinstance(value, dict):
        named, others = schema.get("properties", {}), schema["additionalProperties"]
        free = None if named else {} if others is True else others
        yield from ((key, part, named.get(key, free)) for key, part in value.items())
        yield from ((key, None, None) for key in schema.get("required", ()) if key not in value)
    elif isinstance(value, list):
        first = schema.get("prefixItems", ())
        for index, part in enumerate(value):
            yield index, part, first[index] if index < len(first) else schema.get("items")
