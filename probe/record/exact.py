"""Exactness of what we write: keys outside the schema, and failure names outside the closed set."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from probe.record.control import HELPER_FAILURES, HelperPart
from probe.record.failure import is_known

SHOWN = 60
"""Characters of a key that are shown."""

FAILURE_KEYS = frozenset({"failure", "dns_experiment_failure", "http_experiment_failure"})
"""Keys of ours whose value is a df-007 name, or, in a helper's answer, a name of its own set; not `control_failure`."""


def deviations(model: BaseModel, at: str = "") -> list[str]:
    """Every place in `model` that is not as the published schema says, as `path: reason`; none for our records."""
    return list(_walk(model, at))


def printable(key: str) -> str:
    """`key` as it can be shown: a file may come from anywhere, and its keys may be long or steer a terminal."""
    return "".join(letter if letter.isprintable() else "�" for letter in key[:SHOWN])


def _walk(value: object, at: str) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from (f"{at}{printable(key)}: not in the schema" for key in value.model_extra or ())
        for key in type(value).model_fields:
            part = getattr(value, key)
            if key in FAILURE_KEYS and not _is_name(value, part):
                whose = "a helper" if isinstance(value, HelperPart) else "df-007"
                yield f"{at}{key}: {part!r} is not a failure name of {whose}"
            else:
                yield from _walk(part, f"{at}{key}.")
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _walk(part, f"{at}{index}.")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _walk(part, f"{at}{printable(str(key))}.")


def _is_name(model: BaseModel, failure: Any) -> bool:  # noqa: ANN401 - the value of any model's field
    if isinstance(model, HelperPart):
        return failure is None or failure in HELPER_FAILURES
    return is_known(failure)
