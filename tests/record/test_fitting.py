"""Records that are too long: what is left out, in which order, and that it is said."""

from probe.record import (
    HttpRequest,
    HttpResponse,
    HttpTransaction,
    MarkKind,
    WebConnectivity,
    WebMeasurement,
    deviations,
    fitted_line,
    read_measurement,
    to_line,
)
from tests.record.examples import measurement_of


def answered(number: int, body: str, header: str = "v") -> HttpTransaction:
    """An exchange with an answer."""
    response = HttpResponse(code=200, body=body, headers={"h": header}, headers_list=[("h", header)])
    request = HttpRequest(url=f"https://x{number}.example/", method="GET")
    return HttpTransaction(failure=None, transaction_id=number, request=request, response=response)


def fitted(*rows: HttpTransaction, limit: int) -> WebMeasurement:
    """What is read back of a record with `rows`."""
    line = fitted_line(measurement_of(WebConnectivity(requests=list(rows))), limit)
    assert len(line) <= limit
    read = read_measurement(line)
    assert isinstance(read, WebMeasurement)
    assert not [told for told in deviations(read) if "x_marks" in told]
    return read


def left_out(record: WebMeasurement) -> list[tuple[int | None, str | None]]:
    """Marks of this kind."""
    marks = record.test_keys.x_marks or []
    assert {mark.kind for mark in marks} == {MarkKind.RECORD_CAPPED}
    return [(mark.transaction_id, mark.detail and mark.detail.rpartition(": ")[2]) for mark in marks]


def bodies(record: WebMeasurement) -> list[object]:
    """Of all answers."""
    return [row.response.body for row in record.test_keys.requests or () if row.response]


def test_a_record_that_fits_is_as_it_was() -> None:
    """To the byte."""
    record = measurement_of(WebConnectivity(requests=[answered(1, "\x01" * 999)]))
    whole = to_line(record)
    assert fitted_line(record, len(whole)) == whole
    assert record.test_keys.x_marks is None


def test_the_longest_bodies_go_first() -> None:
    """And only so many as must; what is left of their answers says that it is not all."""
    record = fitted(answered(1, "a"), answered(2, "\x01" * 5000), answered(3, "b" * 6000), limit=12_000)
    assert bodies(record) == ["a", "", "b" * 6000]
    assert left_out(record) == [(2, "body")]
    cut = [row for row in record.test_keys.requests or () if row.transaction_id == 2]
    assert cut[0].response is not None
    assert cut[0].response.body_is_truncated is True
    assert cut[0].response.code == 200


def test_then_headers() -> None:
    """When bodies are not enough."""
    record = fitted(answered(1, "a" * 100, "\x01" * 5000), limit=5_000)
    assert left_out(record) == [(1, "body"), (1, "headers")]
