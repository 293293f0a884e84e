"""What all models of the vocabulary share: tolerance on reading, and OONI's way of writing bytes."""

import base64
import binascii
import math
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictFloat, StrictInt

MAX_DEPTH = 64
"""Levels of lists and objects inside a value that no model describes: OONI's have under ten, pydantic writes 255."""


def _writable(value: object) -> object:
    """`value`, if it can be written as it was read; raises `ValueError`."""
    level = [value]
    for _ in range(MAX_DEPTH):
        if any(isinstance(part, float) and not math.isfinite(part) for part in level):
            raise ValueError("a number that JSON does not have")
        level = [part for whole in level for part in _parts(whole)]
        if not level:
            return value
    raise ValueError(f"nested more than {MAX_DEPTH} levels deep")


def _parts(whole: object) -> list[object]:
    if isinstance(whole, dict):
        return list(whole.values())
    return whole if isinstance(whole, list) else []


Unmodelled = Annotated[object, AfterValidator(_writable)]
"""Any value of JSON."""


class Model(BaseModel):
    """Base of every model: keys we do not know are kept, so that a record survives being read and written.

    Records are written with `exclude_unset`: a key appears exactly when whoever built the model gave it,
    which keeps "null" and "absent" apart as OONI's readers expect. Types of JSON are not turned into each other:
    a port of "443" would be written as 443.
    """

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)
    __pydantic_extra__: dict[str, Unmodelled] = Field(init=False)


class Observation(Model):
    """What one step saw: seconds since the start of the measurement, OONI's tags, and the flow it belongs to.

    Times are absent in very old records of OONI's, `t0` in some newer ones.
    """

    t0: StrictFloat | None = Field(default=None, description="start, seconds since the measurement began")
    t: StrictFloat | None = Field(default=None, description="end, seconds since the measurement began")
    tags: list[str] | None = Field(default=None, description="OONI's tags: depth=N, classic, fetch_body=…")
    transaction_id: StrictInt | None = Field(
        default=None, description="the same for all observations of one flow or look-up"
    )


class Binary(Model):
    """Bytes that are not valid UTF-8, in OONI's df-001 form."""

    format: Literal["base64"]
    data: str = Field(description="standard base64 with padding")

    @classmethod
    def of(cls, raw: bytes) -> "Binary":
        """Wrap `raw`."""
        return cls(format="base64", data=base64.b64encode(raw).decode("ascii"))

    def raw(self) -> bytes:
        """The bytes; raises `ValueError` when `data` is not base64."""
        try:
            return base64.b64decode(self.data, validate=True)
        except binascii.Error as error:
            raise ValueError(f"not base64: {error}") from error
