"""Exactness of what we write: keys outside the schema, and failure names outside the closed set."""

from collections.abc import Iterator

from pydantic import BaseModel

from probe.record.failure import is_known

FAILURE_KEYS = frozenset({"failure", "dns_experiment_failure", "http_experiment_failure"})
"""Keys of ours whose value is a df-007 name. `control_failure` and the helper's answer use a set of their own."""


def deviations(model: BaseModel, at: str = "") -> list[str]:
    """Every place in `model` that is not as the published schema says, as `path: reason`; none for our records."""
    return list(_walk(model, at))


def _walk(value: object, at: str) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from (f"{at}{key}: not in the schema" for key in value.model_extra or ())
        for key, part in value:
            if key in FAILURE_KEYS and not is_known(part):
                yield f"{at}{key}: {part!r} is not a failure name of df-007"
            else:
                yield from _walk(part, f"{at}{key}.")
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _walk(part, f"{at}{index}.")
