"""Web Connectivity: one URL, all its resolvers, addresses and hops, as one record of OONI's format."""

from probe import __version__
from probe.judge.inscribe import inscribe_verdict
from probe.measure.journey import Journey
from probe.measure.trace import Trace
from probe.measure.trust import ALPN
from probe.nettest.context import Context, Nettest
from probe.nettest.control import inscribe_control, view_of
from probe.record import (
    DATA_FORMAT_VERSION,
    EXTENSIONS,
    Client,
    ListEntry,
    NetworkState,
    Platform,
    WebConnectivity,
    WebMeasurement,
)
from probe.record.measurement import UNKNOWN_RESOLVER
from probe.record.web import Do53Keys, DohKeys
from probe.testlist import Target

TEST_NAME = "web_connectivity"
TEST_VERSION = "0.5.28"
"""The version of OONI's nettest whose keys and tags these records follow."""


async def measure(target: Target, context: Context) -> WebMeasurement:
    """Measure `target.url` and describe it."""
    in_flight = context.in_flight()
    started, t0 = context.utc_now(), context.setting.clock()
    trace = await Journey(context.setting, target.url).run()
    client = _client(trace, context, t0, in_flight)
    network = await context.network.state_during(trace)
    request, answer = await context.controls.ask(target.url, trace.seen.tcp_connect)
    runtime = context.setting.clock() - t0
    record = _record(target, context, started, runtime, _keys(trace, target, client, network))
    inscribe_control(record, request, answer)
    inscribe_verdict(record, view_of(answer), context.knowledge)
    return record


def _record(
    target: Target, context: Context, started: str, runtime: float, keys: WebConnectivity
) -> WebMeasurement:
    run = context.run
    return WebMeasurement(
        annotations={
            "architecture": run.architecture,
            "engine_name": "reachprobe",
            "engine_version": __version__,
            "measurement_id": context.new_id(),
            "platform": run.platform,
            "run_id": run.run_id,
            **run.annotations,
        },
        data_format_version=DATA_FORMAT_VERSION,
        extensions=dict(EXTENSIONS),
        input=target.url,
        measurement_start_time=started,
        options=[],
        probe_asn=run.asn,
        probe_cc=run.country,
        probe_network_name="",
        probe_ip="127.0.0.1",
        report_id=run.report_id,
        resolver_asn="AS0",
        resolver_ip=UNKNOWN_RESOLVER,
        resolver_network_name="",
        software_name="reachprobe",
        software_version=__version__,
        test_helpers={},
        test_keys=keys,
        test_name=TEST_NAME,
        test_runtime=round(runtime, 6),
        test_start_time=run.started,
        test_version=TEST_VERSION,
    )


def _keys(trace: Trace, target: Target, client: Client, network: NetworkState) -> WebConnectivity:
    seen = trace.seen
    extra = {"x_platform": Platform(platform=target.platform, role=target.role)} if target.platform else {}
    return WebConnectivity(
        agent="redirect",
        client_resolver=UNKNOWN_RESOLVER,
        retries=None,
        socksproxy=None,
        queries=seen.queries,
        tcp_connect=seen.tcp_connect,
        tls_handshakes=seen.tls_handshakes,
        requests=seen.requests[::-1],
        network_events=seen.events(),
        x_dns_duplicate_responses=seen.duplicates,
        x_doh=_doh(trace),
        x_do53=Do53Keys(network_events=trace.do53.events(), queries=[]),
        x_network=network,
        x_client=client,
        x_list=ListEntry(
            name=target.list_name, sha256=target.list_sha256, category_code=target.category_code
        ),
        x_marks=trace.marks,
        x_unparsed=trace.unparsed,
        **extra,
    )


def _doh(trace: Trace) -> DohKeys:
    rows = trace.doh
    return DohKeys(
        network_events=rows.events(),
        queries=[],
        requests=[],
        tcp_connect=rows.tcp_connect,
        tls_handshakes=rows.tls_handshakes,
    )


def _client(trace: Trace, context: Context, since: float, in_flight: int) -> Client:
    return Client(
        python=context.run.python,
        openssl=context.run.openssl,
        alpn=list(ALPN),
        client_hello_bytes=trace.client_hello_bytes,
        ca_bundle=context.setting.trust.ca_bundle,
        in_flight=in_flight,
        loop_lateness_ms=context.lateness(since),
        proxies_ignored=list(context.run.proxies_ignored),
    )


WEB_CONNECTIVITY = Nettest(TEST_NAME, TEST_VERSION, measure)
