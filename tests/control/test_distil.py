"""A record of an open network says what a helper there would say; a record with a control gives it up."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.control.distil import control_in, control_of
from probe.control.protocol import read_answer, seal, write_answer
from probe.lab.lab import Lab
from probe.lab.scenario import Act, Rule, Scenario, Site
from probe.measure.setting import Deadlines
from probe.record import Measurement, WebMeasurement, read_measurement
from probe.record.control import Control
from tests.control.rooms import in_lab, scenario
from tests.measure.running import run
from tests.run.labs import begin, job, measure, records

HOSTS = (
    "https://www.instagram.com/",
    "http://www.example.com/",
    "https://telegra.ph/",
    "https://104.40.1.1/",
)
DEAD = "https://no-such-name.invalid/"
PATIENT = Deadlines(dns=3.0, linger=0.05, tcp=2.0, tls=2.0, http=3.0)
SHORT = Deadlines(dns=0.5, linger=0.05, tcp=0.4, tls=0.4, http=0.5, preference=0.1)

OONI_RECORD: dict[str, Any] = {
    "input": "https://www.example.com/",
    "measurement_start_time": "2023-08-24 14:35:29",
    "probe_asn": "AS137",
    "probe_cc": "IT",
    "report_id": "20230824T143529Z_webconnectivity_IT_137_n1_aaaaaaaaaaaaaaaa",
    "software_name": "ooniprobe",
    "software_version": "3.19.0",
    "test_name": "web_connectivity",
    "test_runtime": 1.5,
    "test_start_time": "2023-08-24 14:35:28",
    "test_version": "0.5.25",
}


def record(**keys: object) -> Measurement:
    """A record as OONI writes it, with these test keys."""
    return read_measurement(json.dumps({**OONI_RECORD, "test_keys": keys}))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Mapping[str, WebMeasurement]]]:
    """A clean lab and what our own tool measured there."""
    with scenario("clean") as lab:
        yield lab, measured(lab, tmp_path_factory.mktemp("clean"), *HOSTS, DEAD, deadlines=PATIENT)


def measured(lab: Lab, folder: Path, *urls: str, deadlines: Deadlines = SHORT) -> dict[str, WebMeasurement]:
    """The records of `urls` by their input."""
    work = job(urls, deadlines=deadlines)
    measure(lab, work, results := begin(lab, work, folder))
    found = records(results.path)
    return {one.input or "": one for one in found if isinstance(one, WebMeasurement)}


@pytest.mark.parametrize("url", [*HOSTS, DEAD])
def test_a_record_says_what_a_helper_says(url: str, clean: tuple[Lab, Mapping[str, WebMeasurement]]) -> None:
    """Same names, endpoints, certificates, page and hops, by two ways through the same network."""
    lab, found = clean

    async def ask() -> Control:
        async with in_lab(lab) as here:
            return Control.model_validate(await here.answer(url))

    helper, own = run(ask()), control_of(found[url])
    assert own is not None
    assert own.dns == helper.dns
    assert own.http_request == helper.http_request
    assert _answers(own) == _answers(helper)
    assert {ip: row.flags for ip, row in (own.ip_info or {}).items()} == _flags(helper, literal=url)
    assert set(helper.tcp_connect or {}) <= set(own.tcp_connect or {})
    assert set(helper.tls_handshake or {}) == set(own.tls_handshake or {})
    assert all(row.status for row in (own.tls_handshake or {}).values())


def _answers(control: Control) -> list[tuple[object, ...]]:
    return [
        (hop.url, hop.status_code, hop.failure, hop.body_sha256, hop.title_words, hop.tls_valid, hop.addrs)
        for hop in control.x_hops or ()
    ]


def _flags(helper: Control, literal: str) -> dict[str, int | None]:
    """A record has no second side that could have named the address of a URL without a name."""
    found = {ip: row.flags for ip, row in (helper.ip_info or {}).items()}
    return {} if "104.40.1.1" in literal else found


def test_a_distilled_record_is_a_valid_answer(clean: tuple[Lab, Mapping[str, WebMeasurement]]) -> None:
    """It can be sealed, written and read by a client as if a helper had said it."""
    control = control_of(clean[1][HOSTS[1]])
    assert control is not None
    assert read_answer(write_answer(seal(control))).http_request == control.http_request
    assert control.x_time == clean[1][HOSTS[1]].measurement_start_time
    assert control.x_software == "reachprobe 0.1.0"


def test_numbers_of_networks_come_from_the_given_table(
    clean: tuple[Lab, Mapping[str, WebMeasurement]],
) -> None:
    """As for a helper's answer."""
    control = control_of(clean[1][HOSTS[0]], lambda _: 64500)
    assert control is not None
    assert {row.asn for row in (control.ip_info or {}).values()} == {64500}


@pytest.mark.parametrize(
    ("act", "tcp", "tls", "http"),
    [
        (Act.SYN_DROP, "generic_timeout_error", None, "generic_timeout_error"),
        (Act.SYN_RESET, "connect_error", None, "unknown_error"),
        (Act.TLS_RESET, None, "connection_reset", "unknown_error"),
        (Act.TLS_UNTRUSTED, None, "ssl_unknown_authority", "unknown_error"),
    ],
)
def test_what_failed_in_the_open_network_too(
    act: Act, tcp: str | None, tls: str | None, http: str, tmp_path: Path
) -> None:
    """With a helper's names for it, and -1 for what did not come."""
    rule = Rule(act, hosts=("instagram.com",))
    with Lab(Scenario("open", "One site fails for all.", (rule,))) as lab:
        found = measured(lab, tmp_path, HOSTS[0])
    control = control_of(found[HOSTS[0]])
    assert control is not None
    assert {row.failure for row in (control.tcp_connect or {}).values()} == {tcp}
    assert {row.failure for row in (control.tls_handshake or {}).values()} == ({tls} if tls else set())
    assert control.http_request is not None
    assert (control.http_request.failure, control.http_request.status_code) == (http, -1)
    assert control.x_hops is not None
    assert control.x_hops[0].tls_valid is (False if tls == "ssl_unknown_authority" else None)


def test_a_redirect_whose_target_is_down(tmp_path: Path) -> None:
    """The hop that answered and the one that did not, with the URL of each."""
    sites = (
        Site("first.example.org", ("104.40.9.1",), 302, {"Location": "https://second.example.org/x"}, b""),
        Site("second.example.org", ("104.40.9.2",), closed_ports=(443,)),
    )
    with Lab(Scenario("open", "A redirect leads nowhere.", (), sites)) as lab:
        found = measured(lab, tmp_path, "https://first.example.org/")
    control = control_of(found["https://first.example.org/"])
    assert control is not None
    assert control.x_hops is not None
    first, second = control.x_hops
    assert (first.status_code, first.failure, first.tls_valid) == (302, None, True)
    assert (second.url, second.failure) == ("https://second.example.org/x", "connection_refused")
    assert second.addrs == ["104.40.9.2"]
    assert control.http_request is not None
    assert control.http_request.failure == "connection_refused_error"


@pytest.mark.parametrize(
    ("location", "failure"),
    [("http://127.0.0.1/", "http_invalid_redirect_location_host"), ("/", "http_unexpected_redirect_url")],
)
def test_redirects_that_end(location: str, failure: str, tmp_path: Path) -> None:
    """Broken or without end: the last hop answered, the GET as a whole failed, as a helper has it."""
    site = Site("turns.example.org", ("104.40.9.1",), 302, {"Location": location}, b"")
    with Lab(Scenario("open", "A redirect that ends.", (), (site,))) as lab:
        found = measured(lab, tmp_path, "http://turns.example.org/")
    control = control_of(found["http://turns.example.org/"])
    assert control is not None
    assert control.x_hops is not None
    assert (control.x_hops[-1].status_code, control.x_hops[-1].failure) == (302, failure)
    assert control.http_request is not None
    assert (control.http_request.status_code, control.http_request.failure) == (-1, "unknown_error")


def test_a_dead_network_is_no_control() -> None:
    """Nothing is said of a target when nothing could be seen at all."""
    silence = {"failure": "generic_timeout_error", "tags": ["depth=0"]}
    query = {"engine": "udp", "hostname": "www.example.com", "query_type": "A", **silence}
    connect = {
        "ip": "93.184.216.34",
        "port": 443,
        "status": {"failure": "generic_timeout_error", "success": False},
    }
    dead = record(queries=[query], tcp_connect=[{**connect, "tags": ["depth=0"]}])
    assert isinstance(dead, WebMeasurement)
    assert control_of(dead) is None


def test_own_missing_ipv6_is_left_out(tmp_path: Path) -> None:
    """Addresses without a route from there are not reported as failed."""
    with scenario("ipv6-off") as lab:
        found = measured(lab, tmp_path, HOSTS[1], deadlines=PATIENT)
    control = control_of(found[HOSTS[1]])
    assert control is not None
    assert control.dns is not None
    assert any(":" in ip for ip in control.dns.addrs or ())
    assert not any(endpoint.startswith("[") for endpoint in control.tcp_connect or {})


def test_only_ipv6_and_no_route_is_no_control(tmp_path: Path) -> None:
    """The machine that measured could not look."""
    site = Site("six.example.org", ("2606:4700:abc::1",))
    rule = Rule(Act.SYN_UNREACHABLE, addresses=("::/0",))
    with Lab(Scenario("open", "No IPv6.", (rule,), (site,))) as lab:
        found = measured(lab, tmp_path, "https://six.example.org/")
    assert control_of(found["https://six.example.org/"]) is None


# --- records of others


def test_a_records_own_control_is_found() -> None:
    """As OONI's clients keep it: today's keys, those of old days, and none."""
    today = {
        "tcp_connect": {"93.184.216.34:443": {"status": True, "failure": None}},
        "tls_handshake": {"93.184.216.34:443": {"server_name": "a", "status": True, "failure": None}},
        "quic_handshake": {},
        "http_request": {"body_length": 7, "discovered_h3_endpoint": "", "failure": None, "title": "", "headers": {}, "status_code": 200},
        "http3_request": None,
        "dns": {"failure": None, "addrs": ["93.184.216.34"]},
        "ip_info": {"93.184.216.34": {"asn": 15133, "flags": 11}},
    }  # fmt: skip
    found = control_in(record(control=today))
    assert found is not None
    assert found.model_dump(mode="json", exclude_unset=True) == today
    old = control_in(record(control={"dns": {"failure": None, "addrs": []}, "http_request": None}))
    assert old is not None
    assert old.tcp_connect is None


@pytest.mark.parametrize("control", [None, {}, {"dns": None}, {"other": 1}])
def test_a_control_that_is_none(control: object) -> None:
    """Missing, empty, or with nothing that is known."""
    assert control_in(record(control=control)) is None
    assert control_in(record()) is None


def test_records_that_say_nothing_of_their_target() -> None:
    """No rows, rows without depth, another test, no URL."""
    query = {"engine": "udp", "failure": None, "hostname": "a", "query_type": "A", "rcode": 0,
             "answers": [{"answer_type": "A", "ipv4": "93.184.216.34"}]}  # fmt: skip
    for keys in ({}, {"queries": [query]}, {"queries": None, "requests": None}):
        found = record(**keys)
        assert isinstance(found, WebMeasurement)
        assert control_of(found) is None
    at_depth = record(queries=[{**query, "tags": ["depth=0"]}])
    assert isinstance(at_depth, WebMeasurement)
    assert control_of(at_depth) is not None
    assert control_of(at_depth.model_copy(update={"input": None})) is None
    assert control_of(at_depth.model_copy(update={"input": "vpn://a/"})) is None


ROW = st.fixed_dictionaries(
    {"tags": st.lists(st.sampled_from(["depth=0", "depth=1", "depth=9", "depth=x", "classic"]), max_size=2)},
    optional={"transaction_id": st.integers(0, 3), "t": st.just(0.5)},
)
FAILURES = st.sampled_from(
    [None, "connection_reset", "network_unreachable", "too_many_files_open", "ssl_invalid_hostname", "junk"]
)
IPS = st.sampled_from(["93.184.216.34", "2606:4700::1", "10.0.0.1", "nonsense", ""])


def _rows(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.lists(st.builds(dict.__or__, ROW, st.fixed_dictionaries(fields)), max_size=4)


@settings(max_examples=300, deadline=None)
@given(
    queries=_rows(
        engine=st.sampled_from(["udp", "doh", "getaddrinfo"]),
        failure=FAILURES,
        hostname=st.just("a"),
        query_type=st.just("A"),
        rcode=st.sampled_from([None, 0, 3]),
        answers=st.none() | st.lists(st.builds(lambda ip: {"answer_type": "A", "ipv4": ip}, IPS), max_size=2),
    ),
    tcp_connect=_rows(
        ip=IPS, port=st.sampled_from([80, 443]), status=st.builds(lambda f: {"failure": f, "success": f is None}, FAILURES)
    ),
    tls_handshakes=_rows(failure=FAILURES, server_name=st.just("a"), address=st.sampled_from([None, "x", "[::1]:443"])),
    requests=_rows(
        failure=FAILURES,
        request=st.just({"url": "https://a.example/"}),
        response=st.none()
        | st.builds(
            lambda code, where: {"code": code, "body": "x", "headers": {"Location": where}},
            st.sampled_from([None, 0, 200, 302, 999]),
            st.text(max_size=5) | st.just("/b"),
        ),
    ),
)  # fmt: skip
def test_any_record_is_distilled_or_not(**keys: object) -> None:
    """Arbitrary valid rows: a control that can be written and read again, or none; never an exception."""
    found = record(**keys)
    assert isinstance(found, WebMeasurement)
    control = control_of(found)
    if control is not None:
        again = read_answer(write_answer(seal(control)))
        assert again.http_request is not None
        assert control_in(found) is None
