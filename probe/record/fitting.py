"""A record as one line that readers take: of one that is too long, the longest parts are left out, and said to be.

A journey of eleven answers full of control characters, six bytes each in JSON, is longer than any record a reader need
take. It is worth having all the same: how far the target got stands in its short parts.
"""

from collections.abc import Iterator

from pydantic_core import to_json

from probe.record.http import HttpTransaction
from probe.record.measurement import Measurement
from probe.record.reading import to_line
from probe.record.web import WebConnectivity, WebMeasurement
from probe.record.x import Mark, MarkKind

MAX_LINE = 16 << 20
"""Bytes; OONI's largest records are under 1 MB, so that a longer line is no record."""

LONGEST = MAX_LINE // 2
"""Of our own: what is scrubbed of a line may take more room than what stood there."""


def fitted_line(measurement: Measurement, max_line: int = LONGEST) -> bytes:
    """`to_line` in at most `max_line` bytes, for which parts are taken out of `measurement`; each has a mark.

    First bodies, the longest in JSON before others, then headers, then certificates but the leaves.
    """
    line = to_line(measurement)
    if len(line) > max_line and isinstance(measurement, WebMeasurement):
        keys = measurement.test_keys
        for mark in _shortened(keys):
            keys.x_marks = [*(keys.x_marks or ()), mark]
            line = to_line(measurement)
            if len(line) <= max_line:
                break
    return line


def _shortened(keys: WebConnectivity) -> Iterator[Mark]:
    """Takes part after part out of `keys`, and says which."""
    answered = [row for row in keys.requests or () if row.response is not None]
    for row in sorted(answered, key=_body_length, reverse=True):
        if row.response is not None and row.response.body:
            row.response.body, row.response.body_is_truncated = "", True
            yield _left_out(row.transaction_id, "body")
    for row in answered:
        if row.response is not None:
            row.response.headers, row.response.headers_list = {}, []
            yield _left_out(row.transaction_id, "headers")
    for handshake in keys.tls_handshakes or ():
        if handshake.peer_certificates:
            handshake.peer_certificates = handshake.peer_certificates[:1]
            yield _left_out(handshake.transaction_id, "certificates but the first")


def _body_length(row: HttpTransaction) -> int:
    """In JSON."""
    return len(to_json(row.response.body)) if row.response else 0


def _left_out(transaction_id: int | None, part: str) -> Mark:
    return Mark(
        kind=MarkKind.RECORD_CAPPED,
        transaction_id=transaction_id,
        detail=f"the record was too long; left out: {part}",
    )
