"""The words of the protocol: failure names, the canonical form, what is read and what is refused."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.control.protocol import (
    BadRequestError,
    UnreadableAnswerError,
    canonical,
    is_intact,
    read_answer,
    read_request,
    seal,
    write_answer,
    write_request,
)
from probe.record import FAILURES, Failure, deviations
from probe.record.control import (
    DNS_FAILURES,
    HELPER_FAILURES,
    HTTP_FAILURES,
    TCP_FAILURES,
    Control,
    ControlDns,
    ControlHttp,
    ControlRequest,
    dns_failure,
    http_failure,
    tcp_failure,
)
from probe.record.page import title_of, title_words

OLD_ANSWER = {
    "tcp_connect": {"93.184.216.34:80": {"status": True, "failure": None}},
    "http_request": {
        "body_length": 1270,
        "failure": None,
        "title": "Example Domain",
        "headers": {"Server": "ECS"},
        "status_code": 200,
    },
    "dns": {"failure": None, "addrs": ["93.184.216.34"]},
}
"""As helpers answered before 2022."""


def answer() -> Control:
    """A small one of ours."""
    return Control(
        tcp_connect={},
        http_request=ControlHttp(
            body_length=3, failure=None, title="Ünïcödé \u2028 \U0001f600", headers={}, status_code=200
        ),
        dns=ControlDns(failure=None, addrs=["93.184.216.34"]),
        x_time="2026-01-02 03:04:05",
    )


@pytest.mark.parametrize(
    ("probe", "dns", "tcp", "http"),
    [
        (None, None, None, None),
        ("dns_nxdomain_error", "dns_name_error", "connect_error", "dns_lookup_error"),
        ("dns_no_answer", None, "connect_error", "dns_lookup_error"),
        ("dns_servfail_error", "dns_server_failure", "connect_error", "dns_lookup_error"),
        ("dns_refused_error", "dns_server_failure", "connect_error", "dns_lookup_error"),
        ("generic_timeout_error", "unknown_error", "generic_timeout_error", "generic_timeout_error"),
        ("connection_refused", "unknown_error", "connection_refused_error", "connection_refused_error"),
        ("connection_reset", "unknown_error", "connect_error", "unknown_error"),
        ("ssl_invalid_hostname", "unknown_error", "connect_error", "unknown_error"),
        ("unknown_failure: Whatever", "unknown_error", "connect_error", "unknown_error"),
    ],
)
def test_helpers_have_names_of_their_own(
    probe: str | None, dns: str | None, tcp: str | None, http: str | None
) -> None:
    """What a probe calls a failure, and what a helper calls the same in each part of its answer."""
    assert (dns_failure(probe), tcp_failure(probe), http_failure(probe)) == (dns, tcp, http)


def test_tables_know_only_names_of_both_sets() -> None:
    """Every left side is a df-007 name, every right side one of a helper's."""
    for table in (DNS_FAILURES, TCP_FAILURES, HTTP_FAILURES):
        assert set(table) <= FAILURES
        assert {name for name in table.values() if name} <= HELPER_FAILURES


def test_every_failure_has_a_name_in_every_part() -> None:
    """Whatever happens, what the helper says of it is in its closed set."""
    for failure in Failure:
        names = {dns_failure(failure), tcp_failure(failure), http_failure(failure)}
        assert names - {None} <= HELPER_FAILURES


def test_canonical_form_is_that_of_the_rfc() -> None:
    """Keys in the order of their UTF-16 code units, shortest escapes, no blanks (RFC 8785 §3.2.2, §3.2.3)."""
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    order = list(json.loads(canonical(value)).values())
    assert order == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]
    literals = {"b": [None, True, False, -7], "a": '\u20ac$\u000f\nA\'B"\\\\"/'}
    expected = '{"a":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/","b":[null,true,false,-7]}'
    assert canonical(literals) == expected.encode()


@pytest.mark.parametrize("value", [1.5, [float("nan")], {"a": 2**53}, "\ud800"])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    """Fractions, numbers beyond JavaScript's, half a surrogate pair."""
    with pytest.raises(ValueError, match=r"canonical form|surrogates"):
        canonical(value)


def test_digest_is_of_the_canonical_form_of_the_rest() -> None:
    """Anybody can check it with any JSON library, whatever the order of keys on the wire."""
    wire = json.loads(write_answer(seal(answer())))
    digest = wire.pop("x_digest")
    assert digest == hashlib.sha256(canonical(wire)).hexdigest()
    shuffled = json.dumps({"x_digest": digest, **dict(reversed(wire.items()))}).encode()
    assert is_intact(read_answer(shuffled))


def test_a_changed_answer_is_not_intact() -> None:
    """One key added on the way, known or not, is found."""
    sealed = json.loads(write_answer(seal(answer())))
    for change in ({"x_time": "2026-01-02 03:04:06"}, {"more": 1}, {"more": 1.5}):
        with pytest.raises(UnreadableAnswerError, match="digest"):
            read_answer(json.dumps({**sealed, **change}).encode())


def test_an_answer_without_digest_is_taken_as_it_is() -> None:
    """Other helpers, and ours of other days, have none; keys that are not known survive."""
    control = read_answer(json.dumps({**OLD_ANSWER, "new": {"a": 1}}).encode())
    assert control.http_request is not None
    assert control.http_request.title == "Example Domain"
    assert json.loads(write_answer(control)) == {**OLD_ANSWER, "new": {"a": 1}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"<html>",
        b"\xff\xfe",
        b'{"dns": 1}',
        json.dumps({**OLD_ANSWER, "dns": None}).encode(),
        json.dumps({**OLD_ANSWER, "tcp_connect": []}).encode(),
        json.dumps({**OLD_ANSWER, "http_request": {"status_code": "200"}}).encode(),
        json.dumps({**OLD_ANSWER, "ip_info": {"1.1.1.1": {"asn": 1.5}}}).encode(),
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_nonsense_is_no_answer(body: bytes) -> None:
    """Wrong JSON, wrong types, missing parts, bottomless nesting: one error, whatever it is."""
    with pytest.raises(UnreadableAnswerError):
        read_answer(body)


def test_requests_are_read_with_and_without_the_quic_switch() -> None:
    """x_quic_enabled is optional, and so are the lists; Go writes null for an empty one."""
    plain = {"http_request": "https://www.example.com/", "http_request_headers": {}, "tcp_connect": []}
    for more in ({}, {"x_quic_enabled": True}, {"x_quic_enabled": False}, {"unknown": [1]}):
        request = read_request(json.dumps({**plain, **more}).encode())
        assert json.loads(write_request(request)) == {**plain, **more}
    bare = read_request(
        b'{"http_request":"https://a.example/","http_request_headers":null,"tcp_connect":null}'
    )
    assert bare.tcp_connect is None


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"{", "JSON"),
        (b"[]", "JSON"),
        (b"{}", "http_request"),
        (b'{"http_request": 7}', "http_request"),
        (b'{"http_request": "https://a.example/", "tcp_connect": [1]}', "tcp_connect"),
        (b'{"http_request": "https://a.example/", "x_quic_enabled": "yes"}', "x_quic_enabled"),
        (b'{"http_request": "\\ud800"}', "JSON"),
    ],
)
def test_a_bad_request_is_told_which_key_is_wrong(body: bytes, named: str) -> None:
    """In words of ours: nothing of the request is echoed."""
    with pytest.raises(BadRequestError, match=f": {named}$"):
        read_request(body)


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=5))
def test_requests_survive_the_wire(url: str, endpoints: list[str]) -> None:
    """Read after write is the identity."""
    request = ControlRequest(http_request=url, tcp_connect=endpoints)
    assert read_request(write_request(request)) == request


@pytest.mark.parametrize(
    ("page", "title"),
    [
        (b"<html><title>Example  Domain</title>", "Example  Domain"),
        (b"<TITLE>x</TITLE>", "x"),
        (b"<title lang=en>x</title>", ""),
        (b"<title></title>", ""),
        (b"<title>" + b"a" * 512 + b"</title>", "a" * 512),
        (b"<title>" + b"a" * 513 + b"</title>", ""),
        ("<title>Яндекс</title>".encode(), "Яндекс"),
        (b"<title>\xff</title>", "\ufffd"),
        (b"<title><title>" * 20000, ""),
    ],
)
def test_titles_are_found_as_ooni_finds_them(page: bytes, title: str) -> None:
    """No attributes, nothing nested, 512 characters at most."""
    assert title_of(page) == title


def test_title_words_are_the_telling_ones() -> None:
    """Five letters or more, lower case, each once."""
    assert title_words("The Example of an EXAMPLE Domain") == ["example", "domain"]


def test_a_control_in_a_record_is_exact() -> None:
    """Names of both sets, each where it belongs, are no deviation; a name of the other set is one."""
    good = Control.model_validate(
        {
            "tcp_connect": {"1.1.1.1:443": {"status": False, "failure": "connection_refused_error"}},
            "tls_handshake": {"1.1.1.1:443": {"status": False, "failure": "ssl_invalid_hostname"}},
            "dns": {"failure": "dns_name_error", "addrs": []},
        }
    )
    assert deviations(good) == []
    bad = Control.model_validate(
        {
            "tcp_connect": {"1.1.1.1:443": {"status": False, "failure": "connection_refused"}},
            "dns": {"failure": "dns_nxdomain_error", "more": 1},
        }
    )
    assert len(deviations(bad)) == 3
