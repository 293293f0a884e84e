"""Web Connectivity's keys, OONI's names and ours; one model for reading and writing."""

from pydantic import Field

from probe.record.http import HttpTransaction
from probe.record.measurement import Measurement, TestKeys
from probe.record.model import Model
from probe.record.network import NetworkEvent, TcpConnect
from probe.record.query import Query
from probe.record.tls import TlsHandshake
from probe.record.x import Client, ListEntry, Mark, Platform, Unparsed


class DohKeys(Model):
    """`x_doh`: the flow on which the DoH resolver was asked; its queries about the target stand in `queries`."""

    network_events: list[NetworkEvent] | None = None
    queries: list[Query] | None = None
    requests: list[HttpTransaction] | None = None
    tcp_connect: list[TcpConnect] | None = None
    tls_handshakes: list[TlsHandshake] | None = None


class Do53Keys(Model):
    """`x_do53`: the datagrams behind the `udp` queries."""

    network_events: list[NetworkEvent] | None = None
    queries: list[Query] | None = None


class WebConnectivity(TestKeys):
    """test_keys of `web_connectivity`. The classic verdict keys stay null until a judge fills them."""

    agent: str | None = None
    client_resolver: str | None = None
    retries: int | None = None
    socksproxy: str | None = None
    queries: list[Query] | None = None
    tcp_connect: list[TcpConnect] | None = None
    tls_handshakes: list[TlsHandshake] | None = None
    requests: list[HttpTransaction] | None = None
    network_events: list[NetworkEvent] | None = None
    x_dns_whoami: object | None = None
    x_doh: DohKeys | None = None
    x_do53: Do53Keys | None = None
    x_dns_duplicate_responses: list[Query] | None = Field(
        default=None,
        description="datagrams that came beside the answer in `queries`: late, forged, or not for us",
    )
    x_control_request: object | None = None
    control: object | None = None
    x_conn_priority_log: list[object] | None = None
    control_failure: str | None = None
    x_dns_flags: int | None = None
    dns_experiment_failure: str | None = None
    dns_consistency: str | None = None
    http_experiment_failure: str | None = None
    x_blocking_flags: int | None = None
    x_null_null_flags: int | None = None
    body_proportion: float | None = None
    body_length_match: bool | None = None
    headers_match: bool | None = None
    status_code_match: bool | None = None
    title_match: bool | None = None
    blocking: str | bool | None = None
    accessible: bool | None = None
    x_client: Client | None = None
    x_list: ListEntry | None = None
    x_platform: Platform | None = None
    x_marks: list[Mark] | None = None
    x_unparsed: list[Unparsed] | None = None


class WebMeasurement(Measurement):
    """A measurement of one URL."""

    test_keys: WebConnectivity
