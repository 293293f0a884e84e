"""Every scenario of the lab, measured by the real code: what the record must show of it."""

import asyncio
from collections.abc import Callable

import pytest

from probe.lab import scenarios
from probe.lab.lab import Lab
from probe.lab.scenarios import SCENARIOS
from probe.lab.web import BLOCK_ADDRESSES
from probe.measure.doh import DohSession
from probe.measure.journey import Journey
from probe.measure.setting import DEFAULT_DOH, Deadlines, Setting
from probe.measure.trace import Trace
from probe.measure.trust import Trust
from probe.record import MarkKind

DEADLINES = Deadlines(dns=1.0, linger=0.1, tcp=0.8, tls=0.8, http=1.0, preference=0.3)
HTTPS, HTTP = "https://www.instagram.com/", "http://telegram.org/"


def measure(name: str, url: str) -> Trace:
    """One journey in scenario `name`."""

    async def run(lab: Lab) -> Trace:
        trust = Trust.load(lab.ca_file)
        network = lab.network()
        doh = [DohSession(network, trust, resolver) for resolver in DEFAULT_DOH]
        setting = Setting(network, trust, doh=doh, deadlines=DEADLINES)
        try:
            return await Journey(setting, url).run()
        finally:
            setting.close()

    with Lab(SCENARIOS[name]) as lab:
        return asyncio.run(run(lab))


def answers(trace: Trace, engine: str) -> set[str]:
    """Addresses and failures that the resolvers of `engine` gave for IPv4, or for both families."""
    rows = [row for row in trace.seen.queries if row.engine == engine and row.query_type in ("A", "ANY")]
    return {text for row in rows for text in (row.addresses() or [str(row.failure)])}


def tcp(trace: Trace) -> set[str | None]:
    """How connects ended."""
    return {row.status.failure or None for row in trace.seen.tcp_connect}


def tls(trace: Trace) -> set[str | None]:
    """How handshakes ended."""
    return {row.failure for row in trace.seen.tls_handshakes}


def http(trace: Trace) -> list[object]:
    """Status of each exchange, or its failure, first hop first."""
    return [row.response.code if row.response else row.failure for row in trace.seen.requests]


def marks(trace: Trace) -> set[MarkKind]:
    """Kinds of marks."""
    return {mark.kind for mark in trace.marks}


BLOCK = BLOCK_ADDRESSES[2]
Check = Callable[[Trace], bool]

EXPECTED: dict[str, tuple[str, Check]] = {
    "clean": (
        HTTP,
        lambda t: tcp(t) == {None} and tls(t) == {None} and http(t) == [301, 200] and not t.marks,
    ),
    "demo": (HTTPS, lambda t: answers(t, "getaddrinfo") == {BLOCK} and "connection_refused" in tcp(t)),
    "dns-bogon-private": (HTTPS, lambda t: answers(t, "udp") == {BLOCK} and BLOCK not in answers(t, "doh")),
    "dns-forged-race": (
        HTTPS,
        lambda t: answers(t, "udp") == {BLOCK} and len(t.seen.duplicates) >= 2 and http(t) == [200],
    ),
    "dns-forged-public-ip": (HTTPS, lambda t: answers(t, "udp").isdisjoint(answers(t, "doh"))),
    "dns-hijack-localhost": (
        HTTPS,
        lambda t: MarkKind.ADDRESS_NOT_CONTACTED in marks(t) and "127.0.0.1" not in str(t.seen.tcp_connect),
    ),
    "dns-nxdomain": (
        HTTPS,
        lambda t: answers(t, "udp") == answers(t, "getaddrinfo") == {"dns_nxdomain_error"},
    ),
    "dns-servfail": (
        HTTPS,
        lambda t: (
            answers(t, "udp") == {"dns_servfail_error"}
            and answers(t, "getaddrinfo") == {"dns_temporary_failure"}
        ),
    ),
    "dns-refused": (HTTPS, lambda t: answers(t, "udp") == {"dns_refused_error"}),
    "dns-empty": (
        HTTPS,
        lambda t: (
            answers(t, "udp") == {"dns_no_answer"}
            and answers(t, "getaddrinfo") <= {"dns_no_answer", "dns_nxdomain_error"}
        ),
    ),
    "dns-no-reply": (
        HTTPS,
        lambda t: answers(t, "udp") == answers(t, "getaddrinfo") == {"generic_timeout_error"},
    ),
    "dns-isp-only": (
        HTTPS,
        lambda t: answers(t, "getaddrinfo") == {BLOCK} and BLOCK not in answers(t, "udp"),
    ),
    "dns-doh-blocked": (HTTPS, lambda t: answers(t, "doh") == {"connection_reset"} and http(t) == [200]),
    "dns-truncated": (HTTPS, lambda t: answers(t, "tcp") == answers(t, "doh") and http(t) == [200]),
    "dns-wrong-id": (
        HTTPS,
        lambda t: (
            {d.failure for d in t.seen.duplicates} == {"dns_reply_with_wrong_query_id"} and http(t) == [200]
        ),
    ),
    "dns-garbage": (
        HTTPS,
        lambda t: {d.failure for d in t.seen.duplicates} == {"dns_server_misbehaving"} and http(t) == [200],
    ),
    "tcp-syn-drop": (HTTPS, lambda t: tcp(t) == {"generic_timeout_error"} and http(t) == []),
    "tcp-syn-rst": (HTTPS, lambda t: tcp(t) == {"connection_reset"}),
    "tcp-one-of-many": (HTTPS, lambda t: tcp(t) == {None, "generic_timeout_error"} and http(t) == [200]),
    "tcp-port80-only": (
        HTTP,
        lambda t: tcp(t) == {None, "generic_timeout_error"} and http(t) == [] and tls(t) == {None},
    ),
    "ipv6-off": ("https://i.ytimg.com/", lambda t: tcp(t) <= {None, "host_unreachable"} and http(t) == [200]),
    "tls-sni-rst": (HTTPS, lambda t: tls(t) == {"connection_reset"}),
    "tls-sni-drop": (HTTPS, lambda t: tls(t) == {"generic_timeout_error"}),
    "tls-sni-fin": (HTTPS, lambda t: tls(t) == {"eof_error"}),
    "tls-residual": (
        HTTP,
        lambda t: "connection_reset" in tls(t) and tcp(t) == {None, "generic_timeout_error"},
    ),
    "tls-mitm-untrusted": (
        HTTPS,
        lambda t: tls(t) == {"ssl_unknown_authority"} and bool(t.seen.tls_handshakes[0].peer_certificates),
    ),
    "tls-mitm-block-page": (HTTPS, lambda t: tls(t) == {"ssl_invalid_hostname"}),
    "tls-cert-expired": (HTTPS, lambda t: tls(t) == {"ssl_invalid_certificate"}),
    "tls-alert": (HTTPS, lambda t: tls(t) == {"ssl_failed_handshake"} and not t.unparsed),
    "tls-plain-http-answer": (
        HTTPS,
        lambda t: tls(t) == {"ssl_failed_handshake"} and "403 Forbidden" in str(t.unparsed),
    ),
    "http-403-iframe": (
        HTTP,
        lambda t: http(t) == [403] and "10.10.34.35" in str(t.seen.requests[0].response),
    ),
    "http-302-blockpage": (HTTP, lambda t: http(t) == [302] and MarkKind.REDIRECT_NOT_FOLLOWED in marks(t)),
    "http-host-rst": (HTTP, lambda t: http(t) == ["connection_reset"]),
    "http-host-fin": (HTTP, lambda t: http(t) == ["eof_error"]),
    "http-host-drop": (HTTP, lambda t: http(t) == ["generic_timeout_error"]),
    "freeze-16k": (
        HTTPS,
        lambda t: t.seen.requests[0].failure == "generic_timeout_error" and http(t) == [200],
    ),
    "throttle-sni": (
        HTTPS,
        lambda t: t.seen.requests[0].failure == "generic_timeout_error" and http(t) == [200],
    ),
    "walled-garden": (
        HTTPS,
        lambda t: (
            answers(t, "udp") == answers(t, "getaddrinfo") == {"dns_nxdomain_error"}
            and answers(t, "doh") == {"ssl_invalid_hostname"}
            and not t.seen.tcp_connect
        ),
    ),
    "shutdown": (HTTPS, lambda t: answers(t, "udp") == {"generic_timeout_error"} and not t.seen.tcp_connect),
}


def test_every_scenario_is_expected() -> None:
    """A new scenario needs a row here."""
    assert set(EXPECTED) == set(SCENARIOS)


def test_scenarios_are_named_and_said_in_one_sentence() -> None:
    """Each once, lower case with dashes, and no two with the same words."""
    assert all(name == scenario.name == name.lower() for name, scenario in SCENARIOS.items())
    sentences = [scenario.sentence for scenario in SCENARIOS.values()]
    assert len(set(sentences)) == len(sentences)
    for sentence in sentences:
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert sentence.endswith(".")
        assert ". " not in sentence


def test_no_scenario_is_lost() -> None:
    """Two of one name would hide one another in the mapping."""
    assert len(scenarios._ALL) == len(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    """The record shows what the network did."""
    url, check = EXPECTED[name]
    trace = measure(name, url)
    assert check(trace), (
        answers(trace, "udp"),
        answers(trace, "doh"),
        tcp(trace),
        tls(trace),
        http(trace),
        trace.marks,
    )
