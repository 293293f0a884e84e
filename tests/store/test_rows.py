"""A record gives one row, and a row a step; any record that is valid fits the columns."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.record import WebMeasurement, read_measurement
from probe.record.identity import uid_of
from probe.store.batch import observations_of, table_of
from probe.store.bench import Bench, Tables
from probe.store.columns import MEASUREMENTS, OBSERVATIONS
from probe.store.rows import (
    MAX_STEPS,
    MAX_TEXT,
    Judged,
    Origin,
    UnusableRecordError,
    domain_of,
    measurement_row,
    observation_rows,
    split_endpoint,
)
from probe.store.schema import TABLES, schema_of
from tests.judge.records import GOOD, OTHER
from tests.record.documents import Document, web_documents
from tests.record.examples import BUILDERS
from tests.store.records import NOW, document, line, uid

ORIGIN = Origin("0123456789abcdef", 7)
BENCH = Bench.open(Tables())


def row_of(data: bytes, judged: Judged | None = None) -> dict[str, object]:
    """The row of the record in `data`, as the table has it."""
    record = read_measurement(data)
    row = measurement_row(record, uid_of(record, data), judged or Judged(), ORIGIN, NOW)
    (found,) = table_of(MEASUREMENTS, [row]).to_pylist()
    return dict(found)


def steps_of(data: bytes) -> list[dict[str, object]]:
    """The rows of its steps."""
    record = read_measurement(data)
    row = measurement_row(record, uid_of(record, data), Judged(), ORIGIN, NOW)
    steps = list(observation_rows(record))
    return list(observations_of(table_of(MEASUREMENTS, [row]), [0] * len(steps), steps).to_pylist())


def test_a_row_says_what_the_record_says() -> None:
    """Times, places, ids and the verdict of today and of then."""
    data = line(1, blocked=True, resolver_asn="AS15169")
    record = read_measurement(data)
    row = row_of(data, BENCH.judged(record))
    assert row == row | {
        "measurement_start_day": date(2026, 2, 2),
        "measurement_start_time": datetime(2026, 2, 2, 4, 5, 1, tzinfo=UTC),
        "measurement_uid": uid(1),
        "run_id": "run0",
        "probe_cc": "DE",
        "probe_asn": 64501,
        "domain": "www.instagram.com",
        "platform": "instagram",
        "role": "web",
        "status": "blocked",
        "layer": "tls",
        "mechanism": "tls.reset",
        "mechanisms": "tls.reset",
        "rule": "tls.reset",
        "control": "record",
        "recorded_status": None,
        "contaminated": False,
        "resolver_asn": 15169,
        "source": ORIGIN.source,
        "source_line": ORIGIN.line,
    }


def test_a_step_has_a_row_with_what_it_saw() -> None:
    """Look-ups, connections, handshakes and requests, in this order."""
    steps = steps_of(line(1))
    assert [step["step"] for step in steps] == ["dns", "dns", "dns", "tcp", "tls", "http"]
    assert steps[1] == steps[1] | {
        "ip": "8.8.8.8", "port": 53, "dns_engine": "udp", "dns_answer": f"{GOOD} {OTHER}", "measurement_uid": uid(1),
    }  # fmt: skip
    assert steps[4] == steps[4] | {"hostname": "www.instagram.com", "ip": GOOD, "port": 443, "failure": None}
    assert steps[5]["http_response_status_code"] == 200
    assert steps[3]["duration"] == pytest.approx(0.1)


def test_the_platform_of_others_records_is_known_by_the_host() -> None:
    """And what a record says of itself goes first."""
    assert row_of(line(1))["platform"] == "instagram"
    assert row_of(line(1, input="https://nobody.example/"))["platform"] is None
    keys = document(1)["test_keys"]
    assert isinstance(keys, dict)
    keys = keys | {"x_platform": {"platform": "Own", "role": "api"}}
    assert (row_of(line(1, test_keys=keys))["platform"], row_of(line(1, test_keys=keys))["role"]) == (
        "own",
        "api",
    )


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_records_of_ooni_have_rows(name: str) -> None:
    """Of every generation; those without a model have no verdict."""
    data = json.dumps(BUILDERS[name]()).encode()
    record = read_measurement(data)
    row = row_of(data, BENCH.judged(record))
    assert (row["status"] is not None) == isinstance(record, WebMeasurement)
    assert row["recorded_status"] is None


def test_an_id_is_ours_or_theirs_or_the_lines() -> None:
    """Ours only in our form and in our records: annotations are anybody's."""
    ours, theirs = read_measurement(line(1)), "20240212203347.1_IT_webconnectivity_0"
    assert uid_of(ours, b"x") == uid(1)
    odd = read_measurement(line(1, annotations={"measurement_id": "all the same"}, measurement_uid=theirs))
    assert uid_of(odd, b"x") == theirs
    other = read_measurement(line(1, software_name="other"))
    assert uid_of(other, b"x\n") == uid_of(other, b"x") != uid_of(other, b"y")


@pytest.mark.parametrize(
    "moment", ["1970-01-01 00:00:00", "2011-12-31 23:59:59", "2200-01-01 00:00:00", "2026-02-30 00:00:00", "0000-00-00 00:00:00"]
)  # fmt: skip
def test_a_clock_that_was_wrong_is_told(moment: str) -> None:
    """Such a record would spoil every question about days."""
    with pytest.raises(UnusableRecordError, match=f"measurement_start_time: {moment}"):
        row_of(line(1, measurement_start_time=moment))


def test_a_clock_may_be_a_day_ahead() -> None:
    """Clocks of others need not be right to the hour."""
    soon = datetime.fromtimestamp(NOW + 80_000, UTC)
    assert row_of(line(1, measurement_start_time=f"{soon:%Y-%m-%d %H:%M:%S}"))


def test_an_as_number_has_32_bits() -> None:
    """All of them."""
    assert row_of(line(1, probe_asn="AS4294967295"))["probe_asn"] == 4_294_967_295
    with pytest.raises(UnusableRecordError, match="probe_asn"):
        row_of(line(1, probe_asn="AS4294967296"))
    with pytest.raises(UnusableRecordError, match="probe_asn"):
        row_of(line(1, probe_asn="AS" + "9" * 5000))
    assert row_of(line(1, resolver_asn="ASx"))["resolver_asn"] == 0


def test_cells_are_bounded() -> None:
    """However long a text and however many the steps."""
    row = row_of(line(1, input="https://x.example/" + "a" * 100_000, software_version="1" * 9_999))
    assert len(str(row["input"])) == len(str(row["software_version"])) == MAX_TEXT
    keys = document(1)["test_keys"]
    assert isinstance(keys, dict)
    keys = keys | {"queries": keys["queries"] * 1000}
    assert sum(step["step"] == "dns" for step in steps_of(line(1, test_keys=keys))) == MAX_STEPS


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://WWW.Example.com./x", "www.example.com"),
        ("http://пример.example/", "xn--e1afmkfd.example"),
        ("https://[2001:db8::1]:8443/", "2001:db8::1"),
        ("http://10.0.0.1/", "10.0.0.1"),
        ("dot://dns.example:853", "dns.example"),
        ("dns.example", "dns.example"),
        ("https://[", None),
        ("", None),
        (None, None),
    ],
)
def test_the_domain_of_an_input(text: str | None, domain: str | None) -> None:
    """As punycode; of other schemes too."""
    assert domain_of(text) == domain


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1.2.3.4:53", ("1.2.3.4", 53)),
        ("[2001:db8::1]:443", ("2001:db8::1", 443)),
        ("https://1.1.1.1/dns-query", ("https://1.1.1.1/dns-query", None)),
        ("8.8.8.8", ("8.8.8.8", None)),
        ("1.2.3.4:²", ("1.2.3.4:²", None)),
        ("", (None, None)),
    ],
)
def test_endpoints(text: str, parts: tuple[str | None, int | None]) -> None:
    """Address and port apart."""
    assert split_endpoint(text) == parts


PLAUSIBLE = {"measurement_start_time": "2026-02-03 04:05:06", "probe_asn": "AS1"}


@given(web_documents(), st.sampled_from([{}, PLAUSIBLE, PLAUSIBLE, PLAUSIBLE]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_every_valid_record_fits(made: Document, plausible: Document) -> None:
    """Or is refused with a reason: nothing else is raised, whatever the record holds."""
    data = json.dumps(made | plausible).encode()
    record = read_measurement(data)
    steps = list(observation_rows(record))
    try:
        row = measurement_row(record, uid_of(record, data), BENCH.judged(record), ORIGIN, NOW)
    except UnusableRecordError:
        assert not plausible
        return
    table = table_of(MEASUREMENTS, [row])
    found = observations_of(table, [0] * len(steps), steps)
    assert (table.num_rows, found.num_rows) == (1, len(steps))
    assert table.schema == schema_of(MEASUREMENTS)
    assert found.schema == schema_of(OBSERVATIONS)


def test_every_column_is_described() -> None:
    """In the file's own metadata."""
    for columns in TABLES.values():
        fields = list(schema_of(columns))
        assert [field.metadata[b"description"].decode() for field in fields] == [
            text for _, text in columns.values()
        ]
