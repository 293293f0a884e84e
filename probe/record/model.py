"""What all models of the vocabulary share: tolerance on reading, and OONI's way of writing bytes."""

import base64
import binascii
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """Base of every model: keys we do not know are kept, so that a record survives being read and written.

    Records are written with `exclude_unset`: a key appears exactly when whoever built the model gave it,
    which keeps "null" and "absent" apart as OONI's readers expect.
    """

    model_config = ConfigDict(extra="allow", ser_json_inf_nan="null")


class Observation(Model):
    """What one step saw: seconds since the start of the measurement, OONI's tags, and the flow it belongs to.

    Times are absent in very old records of OONI's, `t0` in some newer ones.
    """

    t0: float | None = Field(default=None, description="start, seconds since the measurement began")
    t: float | None = Field(default=None, description="end, seconds since the measurement began")
    tags: list[str] | None = Field(default=None, description="OONI's tags: depth=N, classic, fetch_body=…")
    transaction_id: int | None = Field(
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
