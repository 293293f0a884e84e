"""How far a measurement got on the way a browser here would take: hand-made records, and arbitrary ones."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from probe.record import (
    Answer,
    Failure,
    HttpRequest,
    HttpResponse,
    HttpTransaction,
    Query,
    TcpConnect,
    TcpStatus,
    TlsHandshake,
    UnreadableRecordError,
    WebConnectivity,
    WebMeasurement,
    read_measurement,
)
from probe.record.reach import STEPS, Reach, reach_of
from tests.record.documents import Document, damaged, to_text, web_documents
from tests.record.examples import Builder, measurement_of, ooni_0_4, ooni_0_5_20, ooni_0_5_28, ooni_legacy

URL = "https://www.example.com/"
HERE, THERE = "93.184.216.34", "93.184.216.35"
"""The address that the system's resolver names, and one that only another does."""

ARRIVED = Reach(URL, 1, dns=True, tcp=True, tls=True, http=True, status=200, failure=None, elsewhere=None)


def tags(depth: int, *, classic: bool, fetches: bool = True) -> list[str]:
    """The tags of a flow."""
    return [
        *(["classic"] if classic else []),
        f"depth={depth}",
        f"fetch_body={'true' if fetches else 'false'}",
    ]


def query(*addresses: str, failure: str | None = None, engine: str = "getaddrinfo", depth: int = 0) -> Query:
    """A look-up; the system's has the tag `classic`."""
    return Query(
        engine=engine,
        failure=failure,
        hostname="www.example.com",
        query_type="ANY",
        answers=[Answer(answer_type="A", ipv4=address) for address in addresses],
        tags=[*(["classic"] if engine == "getaddrinfo" else []), f"depth={depth}"],
    )


class Flow:
    """One address tried at one depth: `classic` when the system's resolver named it."""

    def __init__(
        self, number: int, *, ip: str = HERE, depth: int = 0, classic: bool = True, fetches: bool = True
    ) -> None:
        self.number, self.ip = number, ip
        self.tags = tags(depth, classic=classic, fetches=fetches)

    def tcp(self, failure: str | None = None, port: int = 443) -> TcpConnect:
        """Its connection."""
        status = TcpStatus(failure=failure, success=failure is None)
        return TcpConnect(ip=self.ip, port=port, status=status, tags=self.tags, transaction_id=self.number)

    def tls(self, failure: str | None = None) -> TlsHandshake:
        """Its handshake."""
        return TlsHandshake(
            failure=failure, server_name="www.example.com", tags=self.tags, transaction_id=self.number
        )

    def http(self, code: int | None = 200, failure: str | None = None, url: str = URL) -> HttpTransaction:
        """Its exchange."""
        return HttpTransaction(
            failure=failure,
            request=HttpRequest(url=url),
            response=HttpResponse(code=code),
            tags=self.tags,
            transaction_id=self.number,
        )


MAIN, SECOND, OTHER = Flow(1), Flow(2, ip=THERE), Flow(3, ip=THERE, classic=False)
CHECK = Flow(4, fetches=False)
NEXT = Flow(5, depth=1)
NXDOMAIN, RESET, TIMEOUT = Failure.DNS_NXDOMAIN_ERROR, Failure.CONNECTION_RESET, Failure.GENERIC_TIMEOUT_ERROR

CASES: dict[str, tuple[WebConnectivity, Reach, str | None]] = {
    "all the way": (
        WebConnectivity(queries=[query(HERE)], tcp_connect=[MAIN.tcp()], tls_handshakes=[MAIN.tls()], requests=[MAIN.http()]),
        ARRIVED, None,
    ),
    "an error page is an answer": (
        WebConnectivity(queries=[query(HERE)], tcp_connect=[MAIN.tcp()], tls_handshakes=[MAIN.tls()], requests=[MAIN.http(503)]),
        replace(ARRIVED, status=503), None,
    ),
    "no such name": (
        WebConnectivity(queries=[query(failure=NXDOMAIN)]),
        Reach(URL, 1, dns=False, tcp=None, tls=None, http=None, status=None, failure=NXDOMAIN, elsewhere=None), "DNS",
    ),
    "an empty answer": (
        WebConnectivity(queries=[query()]),
        Reach(URL, 1, dns=False, tcp=None, tls=None, http=None, status=None, failure=None, elsewhere=None), "DNS",
    ),
    "no such name here, and the others' address works": (
        WebConnectivity(
            queries=[query(THERE, engine="udp"), query(failure=NXDOMAIN)],
            tcp_connect=[OTHER.tcp()], tls_handshakes=[OTHER.tls()], requests=[OTHER.http()],
        ),
        Reach(URL, 1, dns=False, tcp=None, tls=None, http=None, status=None, failure=NXDOMAIN, elsewhere=200), "DNS",
    ),
    "the address named here is silent, and the others' works": (
        WebConnectivity(
            queries=[query(HERE), query(THERE, engine="doh")],
            tcp_connect=[OTHER.tcp(), MAIN.tcp(TIMEOUT)], tls_handshakes=[OTHER.tls()], requests=[OTHER.http(302)],
        ),
        Reach(URL, 1, dns=True, tcp=False, tls=None, http=None, status=None, failure=TIMEOUT, elsewhere=302), "TCP",
    ),
    "the address named here is this machine, and is left alone": (
        WebConnectivity(
            queries=[query("127.0.0.1"), query(THERE, engine="doh")],
            tcp_connect=[OTHER.tcp()], tls_handshakes=[OTHER.tls()], requests=[OTHER.http()],
        ),
        Reach(URL, 1, dns=True, tcp=None, tls=None, http=None, status=None, failure=None, elsewhere=200), "TCP",
    ),
    "one of two addresses fails": (
        WebConnectivity(
            queries=[query(HERE, THERE)],
            tcp_connect=[SECOND.tcp(TIMEOUT), MAIN.tcp()], tls_handshakes=[MAIN.tls()], requests=[MAIN.http()],
        ),
        ARRIVED, None,
    ),
    "both addresses fail, each in its way": (
        WebConnectivity(
            queries=[query(HERE, THERE)],
            tcp_connect=[SECOND.tcp(), MAIN.tcp("connection_refused")], tls_handshakes=[SECOND.tls(RESET)],
        ),
        Reach(URL, 1, dns=True, tcp=True, tls=False, http=None, status=None, failure=RESET, elsewhere=None), "TLS",
    ),
    "reset after the request": (
        WebConnectivity(
            queries=[query(HERE)],
            tcp_connect=[MAIN.tcp()], tls_handshakes=[MAIN.tls()], requests=[MAIN.http(None, RESET)],
        ),
        Reach(URL, 1, dns=True, tcp=True, tls=True, http=False, status=None, failure=RESET, elsewhere=None), "HTTP",
    ),
    "the body breaks off behind the head": (
        WebConnectivity(
            queries=[query(HERE)],
            tcp_connect=[MAIN.tcp()], tls_handshakes=[MAIN.tls()], requests=[MAIN.http(200, TIMEOUT)],
        ),
        Reach(URL, 1, dns=True, tcp=True, tls=True, http=False, status=200, failure=TIMEOUT, elsewhere=None), "HTTP",
    ),
    "http needs no handshake, and its check of port 443 is another flow": (
        WebConnectivity(
            queries=[query(HERE)],
            tcp_connect=[MAIN.tcp(port=80), CHECK.tcp(RESET)], tls_handshakes=[CHECK.tls(RESET)],
            requests=[MAIN.http(url="http://www.example.com/")],
        ),
        replace(ARRIVED, url="http://www.example.com/", tls=None), None,
    ),
    "http that got no answer is not ended by its check of port 443": (
        WebConnectivity(
            queries=[query(HERE)],
            tcp_connect=[MAIN.tcp(TIMEOUT, 80), CHECK.tcp()], tls_handshakes=[CHECK.tls(RESET)],
        ),
        Reach(URL, 1, dns=True, tcp=False, tls=None, http=None, status=None, failure=TIMEOUT, elsewhere=None), "TCP",
    ),
    "an address for a host needs no look-up": (
        WebConnectivity(
            queries=[], tcp_connect=[Flow(1, classic=False).tcp()], tls_handshakes=[Flow(1, classic=False).tls()],
            requests=[Flow(1, classic=False).http()],
        ),
        replace(ARRIVED, dns=None), None,
    ),
    "the last hop counts": (
        WebConnectivity(
            queries=[query(HERE), query(HERE, depth=1)],
            tcp_connect=[MAIN.tcp(), NEXT.tcp()], tls_handshakes=[MAIN.tls(), NEXT.tls()],
            requests=[NEXT.http(403, url="https://next.example/"), MAIN.http(302)],
        ),
        replace(ARRIVED, url="https://next.example/", hops=2, status=403), None,
    ),
    "the first hop answers and the second is reset": (
        WebConnectivity(
            queries=[query(HERE), query(HERE, depth=1)],
            tcp_connect=[MAIN.tcp(), NEXT.tcp()], tls_handshakes=[MAIN.tls(), NEXT.tls(RESET)], requests=[MAIN.http(302)],
        ),
        Reach(URL, 2, dns=True, tcp=True, tls=False, http=None, status=None, failure=RESET, elsewhere=None), "TLS",
    ),
    "the second hop has no name": (
        WebConnectivity(
            queries=[query(HERE), query(failure=NXDOMAIN, depth=1)],
            tcp_connect=[MAIN.tcp()], tls_handshakes=[MAIN.tls()], requests=[MAIN.http(302)],
        ),
        Reach(URL, 2, dns=False, tcp=None, tls=None, http=None, status=None, failure=NXDOMAIN, elsewhere=None), "DNS",
    ),
    "time ran out behind the handshake": (
        WebConnectivity(queries=[query(HERE)], tcp_connect=[MAIN.tcp()], tls_handshakes=[MAIN.tls()]),
        Reach(URL, 1, dns=True, tcp=True, tls=True, http=None, status=None, failure=None, elsewhere=None), "HTTP",
    ),
    "time ran out behind the connection": (
        WebConnectivity(queries=[query(HERE)], tcp_connect=[MAIN.tcp()]),
        Reach(URL, 1, dns=True, tcp=True, tls=None, http=None, status=None, failure=None, elsewhere=None), "TLS",
    ),
    "nothing was tried": (
        WebConnectivity(),
        Reach(URL, 1, dns=None, tcp=None, tls=None, http=None, status=None, failure=None, elsewhere=None), "DNS",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("keys", "expected", "ended_at"), CASES.values(), ids=CASES)
def test_reach(keys: WebConnectivity, expected: Reach, ended_at: str | None) -> None:
    """Each step of the last hop, on the addresses that the system's resolver named."""
    found = reach_of(measurement_of(keys))
    assert found == expected
    assert found.ended_at == ended_at


def test_without_handshake_on_http_what_is_left_is_the_exchange() -> None:
    """Port 80 was open, and time ran out."""
    keys = WebConnectivity(queries=[query(HERE)], tcp_connect=[MAIN.tcp(port=80)])
    assert reach_of(measurement_of(keys, "http://www.example.com/")).ended_at == "HTTP"


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (ooni_0_5_28, ARRIVED),
        (ooni_0_5_20, ARRIVED),
        (ooni_0_4, Reach(URL, 1, dns=True, tcp=True, tls=False, http=False, status=0, failure=RESET, elsewhere=None)),
        (ooni_legacy, Reach("http://10.10.34.34/", 1, dns=True, tcp=True, tls=True, http=True, status=403, failure=None, elsewhere=None)),
    ],
)  # fmt: skip
def test_records_of_ooni(build: Builder, expected: Reach) -> None:
    """With today's tags, without `classic`, and without any tags: there every flow counts."""
    measurement = read_measurement(to_text(build()))
    assert isinstance(measurement, WebMeasurement)
    assert reach_of(measurement) == expected


def check(document: Document) -> None:
    """What holds of the reach of any record."""
    measurement = read_measurement(to_text(document))
    if not isinstance(measurement, WebMeasurement):
        return
    found = reach_of(measurement)
    steps = (found.dns, found.tcp, found.tls, found.http)
    assert 1 <= found.hops <= 10_000
    assert found.ended_at in {None, *STEPS}
    assert found.ended_at is not None or found.http or found.status is not None
    assert found.failure is None or False in steps
    assert found.status is None or found.elsewhere is None
    if False in steps:
        assert found.ended_at == STEPS[steps.index(False)]


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(web_documents())
def test_any_record_has_a_reach(document: Document) -> None:
    """Whatever its rows and tags, hop numbers of thousands of digits included."""
    check(document)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_a_damaged_record_has_a_reach(document: Document) -> None:
    """If it can be read at all."""
    try:
        check(document)
    except UnreadableRecordError:
        return
