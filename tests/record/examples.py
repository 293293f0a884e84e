"""Measurements as other clients write them, made by hand: the smallest that show what is peculiar to each."""

import base64
from collections.abc import Callable, Mapping

from probe.record import WebConnectivity, WebMeasurement
from tests.record.documents import Document

Builder = Callable[[], Document]

BLOCK_PAGE = "<html><head><title>M4-6</title></head></html>"
NOT_TEXT = {"format": "base64", "data": base64.b64encode(b"\xff\xfe\x00").decode()}
CERTIFICATE = {"format": "base64", "data": base64.b64encode(b"not really DER").decode()}


def base(test_keys: Document, **changed: object) -> Document:
    """df-000 around `test_keys`."""
    return {
        "annotations": {"platform": "linux", "network_type": "wifi"},
        "data_format_version": "0.2.0",
        "input": "https://www.example.com/",
        "measurement_start_time": "2024-02-12 20:33:47",
        "probe_asn": "AS30722",
        "probe_cc": "IT",
        "probe_ip": "127.0.0.1",
        "probe_network_name": "Vodafone Italia S.p.A.",
        "report_id": "20240212T203347Z_webconnectivity_IT_30722_n1_0123456789abcdef",
        "resolver_asn": "AS30722",
        "resolver_ip": "83.224.70.77",
        "resolver_network_name": "Vodafone Italia S.p.A.",
        "software_name": "ooniprobe-android",
        "software_version": "3.20.1",
        "test_keys": test_keys,
        "test_name": "web_connectivity",
        "test_runtime": 2.5,
        "test_start_time": "2024-02-12 20:33:46",
        "test_version": "0.5.28",
        **changed,
    }


def ooni_0_5_28() -> Document:
    """Today's client: tags, transaction ids, DoH and UDP beside the system's resolver, maybe-binary values, a control."""
    classic = ["classic", "tcptls_experiment", "depth=0", "fetch_body=true"]
    flow = {"t0": 0.1, "t": 0.2, "tags": classic, "transaction_id": 30001}
    return base(
        {
            "agent": "redirect",
            "client_resolver": "83.224.70.77",
            "retries": None,
            "socksproxy": None,
            "network_events": [{**flow, "operation": "read", "num_bytes": 517, "failure": None, "proto": "tcp", "address": "93.184.216.34:443"}],
            "x_dns_whoami": {"system_v4": [{"address": "83.224.70.77"}], "udp_v4": {"8.8.4.4:53": None}},
            "x_doh": {"network_events": [], "queries": [], "requests": [], "tcp_connect": [], "tls_handshakes": []},
            "x_do53": {"network_events": [], "queries": []},
            "x_dns_duplicate_responses": [],
            "queries": [
                {
                    "t0": 0.0, "t": 0.05, "tags": ["classic", "depth=0"], "transaction_id": 20001, "engine": "getaddrinfo", "failure": None,
                    "hostname": "www.example.com", "query_type": "ANY", "resolver_address": "", "resolver_hostname": None, "resolver_port": None,
                    "answers": [{"answer_type": "A", "ipv4": "93.184.216.34", "asn": 15133, "as_org_name": "Edgecast Inc.", "ttl": None}],
                },
                {
                    "t0": 0.0, "t": 0.04, "tags": ["depth=0"], "transaction_id": 20002, "engine": "doh", "failure": "dns_no_answer",
                    "hostname": "www.example.com", "query_type": "AAAA", "resolver_address": "https://mozilla.cloudflare-dns.com/dns-query",
                    "resolver_hostname": None, "resolver_port": None, "answers": [], "raw_response": "AAE=", "rcode": 0,
                },
            ],
            "tcp_connect": [{**flow, "ip": "93.184.216.34", "port": 443, "status": {"blocked": False, "failure": None, "success": True}}],
            "tls_handshakes": [{
                **flow, "network": "tcp", "address": "93.184.216.34:443", "cipher_suite": "TLS_AES_256_GCM_SHA384", "failure": None,
                "negotiated_protocol": "h2", "no_tls_verify": False, "peer_certificates": [CERTIFICATE], "server_name": "www.example.com", "tls_version": "TLSv1.3",
            }],
            "requests": [{
                **flow, "network": "tcp", "address": "93.184.216.34:443", "alpn": "h2", "failure": None,
                "request": {
                    "body": "", "body_is_truncated": False, "headers": {"Accept": "*/*"}, "headers_list": [["Accept", "*/*"]],
                    "method": "GET", "tor": {"exit_ip": None, "exit_name": None, "is_tor": False}, "x_transport": "tcp", "url": "https://www.example.com/",
                },
                "response": {
                    "body": NOT_TEXT, "body_is_truncated": True, "code": 200,
                    "headers": {"Server": NOT_TEXT, "Etag": ""}, "headers_list": [["Server", NOT_TEXT], ["Etag", ""]],
                },
            }],
            "control_failure": None,
            "control": {"dns": {"failure": None, "addrs": ["93.184.216.34"]}, "ip_info": {"93.184.216.34": {"asn": 15133, "flags": 11}}},
            "x_conn_priority_log": [{"msg": "create with 1 addresses", "t": 0.05}],
            "x_blocking_flags": 32, "x_dns_flags": 0, "x_null_null_flags": 0,
            "body_proportion": 1, "body_length_match": True, "headers_match": True, "status_code_match": True, "title_match": True,
            "dns_experiment_failure": None, "dns_consistency": "consistent", "http_experiment_failure": None,
            "blocking": False, "accessible": True,
        }
    )  # fmt: skip


def ooni_0_5_20() -> Document:
    """LTE before the tag `classic`: nothing says which addresses the system's resolver named."""
    document = ooni_0_5_28()
    keys = document["test_keys"]
    assert isinstance(keys, dict)
    for rows in ("queries", "tcp_connect", "tls_handshakes", "requests", "network_events"):
        for row in keys[rows]:
            row["tags"] = [tag for tag in row["tags"] if tag.startswith(("depth", "fetch"))]
    return document | {"test_version": "0.5.20", "software_name": "miniooni"}


def ooni_0_4() -> Document:
    """Before LTE: engine `system`, tags null, no start times nor ids, no certificates after a failed handshake."""
    return base(
        {
            "agent": "redirect",
            "client_resolver": "83.224.70.77",
            "queries": [
                {"answers": [{"answer_type": "A", "ipv4": "93.184.216.34", "ttl": None}], "engine": "system", "failure": None, "hostname": "www.example.com", "query_type": "A", "resolver_hostname": None, "resolver_port": None, "resolver_address": "", "t": 0.05, "tags": None},
                {"answers": None, "engine": "system", "failure": "dns_no_answer", "hostname": "www.example.com", "query_type": "AAAA", "resolver_hostname": None, "resolver_port": None, "resolver_address": "", "t": 0.05, "tags": None},
            ],
            "tcp_connect": [{"conn_id": 3, "dial_id": 1, "ip": "93.184.216.34", "port": 443, "status": {"blocked": None, "failure": None, "success": True}, "t": 0.1, "tags": None}],
            "tls_handshakes": [{"cipher_suite": "", "conn_id": 3, "failure": "connection_reset", "negotiated_protocol": "", "no_tls_verify": False, "peer_certificates": None, "server_name": "www.example.com", "so_error": "connection_reset", "t": 0.2, "tags": None, "tls_version": ""}],
            "requests": [{
                "failure": "connection_reset",
                "request": {"body": "", "body_is_truncated": False, "headers_list": [], "headers": {}, "method": "GET", "tor": {"exit_ip": None, "exit_name": None, "is_tor": False}, "x_transport": "tcp", "url": "https://www.example.com/"},
                "response": {"body": "", "body_is_truncated": False, "code": 0, "headers_list": None, "headers": None},
                "t": 0.2, "tags": None,
            }],
            "network_events": None,
            "x_status": 8, "x_dns_runtime": 51000000,
            "blocking": "http-failure", "accessible": False,
        },
        test_version="0.4.1",
        extensions={"dnst": 0, "httpt": 0, "netevents": 0, "tcpconnect": 0, "tlshandshake": 0},
        options=None,
    )  # fmt: skip


def ooni_legacy() -> Document:
    """The client before 2020: no engine, `failure` false, ports of resolvers as numbers, headers null, certificates as text."""
    return base(
        {
            "client_resolver": "83.224.70.77",
            "queries": [{"resolver_hostname": "8.8.8.8", "resolver_port": 53, "failure": None, "query_type": "A", "hostname": "www.example.com", "answers": [{"answer_type": "CNAME", "hostname": "e.example.com"}, {"answer_type": "A", "ipv4": "10.10.34.35"}]}],
            "tcp_connect": [
                {"ip": "10.10.34.35", "port": 80, "status": {"blocked": False, "failure": False, "success": True}},
                {"ip": "10.10.34.36", "port": 80, "status": {"blocked": True, "failure": "connection_refused_error", "success": False}},
            ],
            "tls_handshakes": [{"failure": None, "server_name": None, "peer_certificates": ["-----BEGIN CERTIFICATE-----"]}],
            "requests": [
                {"failure": None, "request": {"body": None, "headers": {}, "method": "GET", "tor": {"is_tor": False, "exit_ip": None, "exit_name": None}, "url": "http://10.10.34.34/"}, "response": {"body": BLOCK_PAGE, "code": 403, "headers": {"Server": None}, "response_length": None}},
                {"failure": None, "request": {"method": "GET", "url": "http://www.example.com/"}, "response": None},
            ],
            "blocking": "dns", "accessible": False,
        },
        annotations=None,
        input="http://www.example.com/",
        id="1b2e3f40-0000-4000-8000-000000000000",
        input_hashes=[],
        options=["-f", "http://www.example.com/"],
        probe_city=None,
        software_name="ooniprobe",
        software_version="2.0.1",
        backend_version="1.1.4",
        test_helpers={"backend": "httpo://y3zq5fwelrzkkv3s.onion"},
        test_version="0.1.0",
    )  # fmt: skip


def ooni_telegram() -> Document:
    """A nettest that is not ours to model."""
    keys: Document = {
        "telegram_http_blocking": False,
        "telegram_tcp_blocking": True,
        "telegram_web_failure": None,
        "requests": [],
        "tcp_connect": None,
    }
    return base(keys, test_name="telegram", test_version="0.3.1", input=None)  # fmt: skip


def newest() -> Document:
    """Keys that OONI's client has begun to send lately."""
    return ooni_0_5_28() | {"measurement_uid": "20240212203347.1_IT_webconnectivity_0", "probe_id": "abc"}


BUILDERS: Mapping[str, Builder] = {
    build.__name__: build
    for build in (ooni_0_5_28, ooni_0_5_20, ooni_0_4, ooni_legacy, ooni_telegram, newest)
}


def measurement_of(keys: WebConnectivity, url: str = "https://www.example.com/") -> WebMeasurement:
    """A measurement of ours around `keys`."""
    document = base({}, input=url, software_name="reachprobe")
    return WebMeasurement.model_validate(document).model_copy(update={"test_keys": keys})
