"""Exactness: what is in a record that the schema does not have, or that no failure is called."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from probe.record import UnreadableRecordError, deviations, read_measurement
from tests.record.documents import Document, damaged, to_text, web_documents
from tests.record.examples import base, ooni_0_4, ooni_0_5_28, ooni_legacy

EXAMPLES = Path(__file__).parents[2] / "results" / "example"
ROW: Document = {"failure": None, "success": True}


def strange_in(document: Document) -> list[str]:
    """The deviations of `document`."""
    return deviations(read_measurement(to_text(document)))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(web_documents(extra=False))
def test_nothing_but_the_schema_is_exact(document: Document) -> None:
    """Whatever the known keys hold, as long as failures have their names."""
    assert strange_in(document) == []


def test_our_examples_are_exact() -> None:
    """Records made in the lab."""
    lines = [line for path in EXAMPLES.glob("*.jsonl") for line in path.read_bytes().splitlines()]
    assert len(lines) >= 6
    assert [found for line in lines for found in deviations(read_measurement(line))] == []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (base({}, x_new=1), ["x_new: not in the schema"]),
        (base({"x_new": {"failure": "nonsense"}}), ["test_keys.x_new: not in the schema"]),
        (base({"failure": {}}), ["test_keys.failure: not in the schema"]),
        (base({"queries": [{"hostname": "a", "query_type": "A", "failure": "boom", "x": 1}]}), ["test_keys.queries.0.x: not in the schema", "test_keys.queries.0.failure: 'boom' is not a failure name of df-007"]),
        (base({"tcp_connect": [{"ip": "a", "port": 1, "status": ROW}, {"ip": "a", "port": 1, "status": ROW | {"why": 0}}]}), ["test_keys.tcp_connect.1.status.why: not in the schema"]),
        (base({"requests": [{"failure": None, "request": {}, "response": {"headers_list": [["a", {"format": "base64", "data": "", "x": 1}]]}}]}), ["test_keys.requests.0.response.headers_list.0.1.x: not in the schema"]),
        (base({"requests": [{"failure": None, "request": {}, "response": {"headers": {"any name": "value"}}}]}), []),
        (base({"dns_experiment_failure": "dns_lookup_error"}), ["test_keys.dns_experiment_failure: 'dns_lookup_error' is not a failure name of df-007"]),
        (base({"control_failure": "dns_lookup_error"}), []),
        (base({"control": {"dns": {"failure": "dns_name_error"}}}), []),
        (base({"control": {"tcp_connect": {"1.1.1.1:80": {"failure": "dns_nxdomain_error"}}}}), ["test_keys.control.tcp_connect.1.1.1.1:80.failure: 'dns_nxdomain_error' is not a failure name of a helper"]),
    ],
)  # fmt: skip
def test_what_deviates(document: Document, expected: list[str]) -> None:
    """Each by its path; the names of headers are nobody's keys, and a helper has failure names of its own."""
    assert strange_in(document) == expected


def test_ooni_of_today_is_exact_and_of_old_is_not() -> None:
    """Its keys and names are ours; before 2020 there were others."""
    assert strange_in(ooni_0_5_28()) == []
    assert strange_in(ooni_0_4()) == [
        "test_keys.x_status: not in the schema",
        "test_keys.x_dns_runtime: not in the schema",
        "test_keys.tcp_connect.0.conn_id: not in the schema",
        "test_keys.tcp_connect.0.dial_id: not in the schema",
        "test_keys.tls_handshakes.0.conn_id: not in the schema",
    ]
    assert "test_keys.tcp_connect.0.status.failure: False is not a failure name of df-007" in strange_in(
        ooni_legacy()
    )


def test_a_path_can_be_shown() -> None:
    """Keys of a file that came from somewhere are cut and made printable."""
    (found,) = strange_in(base({}, **{"\x1b[2J" + "k" * 500: 1}))
    assert found.startswith("�[2Jkk")
    assert found.isprintable()
    assert len(found) < 100


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_never_raises(document: Document) -> None:
    """Whatever could be read can be judged exact or not, and the answer can be shown."""
    try:
        measurement = read_measurement(to_text(document))
    except UnreadableRecordError:
        return
    assert all(line.isprintable() for line in deviations(measurement))
