"""Web Connectivity's keys, OONI's names and ours; one model for reading and writing."""

from pydantic import Field, StrictBool, StrictFloat, StrictInt

from probe.record.control import Control, ControlRequest
from probe.record.http import HttpTransaction
from probe.record.measurement import Measurement, TestKeys
from probe.record.model import Model, Unmodelled
from probe.record.network import NetworkEvent, TcpConnect
from probe.record.query import Query
from probe.record.tls import TlsHandshake
from probe.record.verdict import Verdict
from probe.record.x import Client, ListEntry, Mark, NetworkState, Platform, Unparsed


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
    retries: StrictInt | None = None
    socksproxy: str | None = None
    queries: list[Query] | None = None
    tcp_connect: list[TcpConnect] | None = None
    tls_handshakes: list[TlsHandshake] | None = None
    requests: list[HttpTransaction] | None = None
    network_events: list[NetworkEvent] | None = None
    x_dns_whoami: Unmodelled | None = None
    x_doh: DohKeys | None = None
    x_do53: Do53Keys | None = None
    x_dns_duplicate_responses: list[Query] | None = Field(
        default=None,
        description="datagrams that came beside the answer in `queries`: late, forged, or not for us",
    )
    x_control_request: ControlRequest | Unmodelled | None = Field(default=None, union_mode="left_to_right")
    control: Control | Unmodelled | None = Field(
        default=None,
        union_mode="left_to_right",
        description="the helper's answer; what is none is kept as it is",
    )
    x_conn_priority_log: list[Unmodelled] | None = None
    control_failure: str | None = None
    x_dns_flags: StrictInt | None = None
    dns_experiment_failure: str | None = None
    dns_consistency: str | None = None
    http_experiment_failure: str | None = None
    x_blocking_flags: StrictInt | None = None
    x_null_null_flags: StrictInt | None = None
    body_proportion: StrictFloat | None = None
    body_length_match: StrictBool | None = None
    headers_match: StrictBool | None = None
    status_code_match: StrictBool | None = None
    title_match: StrictBool | None = None
    blocking: str | StrictBool | None = None
    accessible: StrictBool | None = None
    x_verdict: Verdict | None = None
    x_network: NetworkState | None = None
    x_client: Client | None = None
    x_list: ListEntry | None = None
    x_platform: Platform | None = None
    x_marks: list[Mark] | None = None
    x_unparsed: list[Unparsed] | None = None


class WebMeasurement(Measurement):
    """A measurement of one URL."""

    test_keys: WebConnectivity
