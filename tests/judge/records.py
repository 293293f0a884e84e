"""Measurements told in sentences: who named what, which flow got how far, what came back; and controls beside them.

    Story("https://www.example.com/").system(GOOD).doh(GOOD).flow(GOOD, status=200).judged()

Rows get the tags, depths and transaction ids that our own client gives them: a flow is on the network's own way when
the system's resolver named its address.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Self
from urllib.parse import urlsplit

from probe.judge.case import Case
from probe.judge.control_view import ControlView
from probe.judge.evidence import HopEvidence
from probe.judge.fingerprints import Fingerprints
from probe.judge.observed import hops_of
from probe.judge.verdict import judge
from probe.record import (
    Answer,
    Client,
    HttpRequest,
    HttpResponse,
    HttpTransaction,
    Lateness,
    Mark,
    MarkKind,
    NetworkEvent,
    Query,
    TcpConnect,
    TcpStatus,
    TlsHandshake,
    Unparsed,
    WebConnectivity,
    WebMeasurement,
    maybe_binary,
)
from probe.record.control import Control, ControlDns, ControlHop, ControlHttp, ControlTcp, ControlTls
from probe.record.verdict import ControlKind, ControlUsed, Verdict
from probe.record.x import NetworkState

URL = "https://www.example.com/"
CLEAR = "http://www.example.com/"
HOST = "www.example.com"

GOOD, OTHER, THIRD = "93.184.215.14", "93.184.215.15", "93.184.215.16"
GOOD6, OTHER6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2606:2800:21f:cb07:6820:80da:af6b:8b2d"
FOREIGN = "104.244.46.17"
"""Somebody else's."""

BLOCK_PRIVATE, BLOCK_PUBLIC = "10.10.34.36", "188.186.157.49"
"""In the packaged tables: Iran's and a Russian provider's."""

UDP = "8.8.8.8:53"
DOH = "https://1.1.1.1/dns-query"

TIMEOUT, RESET, EOF = "generic_timeout_error", "connection_reset", "eof_error"
REFUSED, UNREACHABLE = "connection_refused", "network_unreachable"
NXDOMAIN, NO_ANSWER = "dns_nxdomain_error", "dns_no_answer"
SERVFAIL, DNS_REFUSED = "dns_servfail_error", "dns_refused_error"
WRONG_HOST, UNTRUSTED, WRONG_DATES = (
    "ssl_invalid_hostname",
    "ssl_unknown_authority",
    "ssl_invalid_certificate",
)
ALERT = "ssl_failed_handshake"

PAGE = b"<html><head><title>Example Domain</title></head><body>" + b"All is well. " * 80 + b"</body></html>"
IRAN = (
    b"<html><head><title>M4-6\n</title></head><body>"
    b'<iframe src="http://10.10.34.35:80" style="width: 100%"></iframe></body></html>'
)
CAPTCHA = b"<html><head><title>Just a moment...</title></head><body></body></html>"
UNKNOWN = b"<html><head><title>Notice from your provider</title></head><body>Sorry.</body></html>"

DAY = 86_400.0


@cache
def known() -> Fingerprints:
    """The packaged tables."""
    return Fingerprints.packaged()


class Story:
    """A measurement in the making, hop by hop; every method adds rows at the present hop."""

    def __init__(self, url: str = URL, country: str = "ZZ") -> None:
        self.url, self.country = url, country
        self.keys = WebConnectivity(
            queries=[], tcp_connect=[], tls_handshakes=[], requests=[], network_events=[],
            x_dns_duplicate_responses=[], x_marks=[], x_unparsed=[],
        )  # fmt: skip
        self._here, self._depth, self._last = url, 0, 0
        self._named: set[str] = set()

    # --- names

    def system(self, *ips: str, failure: str | None = None, names: Sequence[str] = ()) -> Self:
        """What the system's resolver said."""
        self._named.update(ips)
        return self._query("getaddrinfo", "ANY", "", ips, failure, names)

    def udp(
        self, *ips: str, failure: str | None = None, resolver: str = UDP, names: Sequence[str] = ()
    ) -> Self:
        """What a resolver said over UDP, asked for A; with addresses of IPv6, for AAAA."""
        return self._query("udp", _type(ips), resolver, ips, failure, names)

    def late(self, *ips: str, failure: str | None = None) -> Self:
        """A further datagram on the socket of the last question."""
        assert self.keys.queries
        assert self.keys.x_dns_duplicate_responses is not None
        first = self.keys.queries[-1]
        row = first.model_copy(update={"answers": _answers(ips) or None, "failure": failure})
        self.keys.x_dns_duplicate_responses.append(row)
        return self

    def doh(self, *ips: str, failure: str | None = None, query_type: str = "") -> Self:
        """What an encrypted resolver said."""
        return self._query("doh", query_type or _type(ips), DOH, ips, failure, ())

    def _query(
        self,
        engine: str,
        kind: str,
        resolver: str,
        ips: Sequence[str],
        failure: str | None,
        names: Sequence[str],
    ) -> Self:
        assert self.keys.queries is not None
        tags = ["classic"] if engine == "getaddrinfo" else []
        aliases = [Answer(answer_type="CNAME", hostname=name) for name in names]
        row = Query(
            engine=engine, failure=failure, hostname=self._host, query_type=kind, resolver_address=resolver,
            answers=[*aliases, *_answers(ips)] or None, tags=[*tags, f"depth={self._depth}"],
            transaction_id=self._next(), t0=0.0, t=0.1,
        )  # fmt: skip
        self.keys.queries.append(row)
        return self

    # --- flows

    def flow(
        self,
        ip: str,
        *,
        tcp: str | None = None,
        tls: str | None = None,
        http: str | None = None,
        status: int | None = None,
        body: bytes = PAGE,
        headers: Mapping[str, str] | None = None,
        port: int | None = None,
        check: bool = False,
        hot: bool = False,
        truncated: bool = False,
        last_byte: float | None = None,
    ) -> Self:
        """One connection: how its steps failed, and the answer, if one came. `check`: 443 of a URL in the clear.

        `last_byte`: seconds into the ten of the exchange, after which nothing was read.
        """
        encrypted = check or self._here.startswith("https:")
        port = port or (443 if encrypted else urlsplit(self._here).port or 80)
        number = self._next()
        tags = ["classic"] if ip in self._named or self._host == ip else []
        tags += ["tcptls_experiment", f"depth={self._depth}", f"fetch_body={'false' if check else 'true'}"]
        where = f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
        common = {"tags": tags, "transaction_id": number, "t0": 0.1, "t": 0.2}
        self._append("tcp_connect", TcpConnect(
            ip=ip, port=port, status=TcpStatus(failure=tcp, success=tcp is None), **common))  # fmt: skip
        if tcp is None and encrypted:
            self._append("tls_handshakes", TlsHandshake(
                address=where, failure=tls, server_name=self._host, no_tls_verify=False, network="tcp", **common))  # fmt: skip
        if status is not None or http is not None:
            row = HttpTransaction(
                failure=http, address=where, network="tcp", request=HttpRequest(url=self._here, method="GET"),
                response=_response(status, headers or {}, body, truncated=truncated) if status else None,
                **common | {"t0": 1.0, "t": 11.0},
            )  # fmt: skip
            self._append("requests", row)
        if hot:
            self._append("x_marks", Mark(kind=MarkKind.ENDPOINT_HOT, transaction_id=number))
        if last_byte is not None:
            self._append("network_events", NetworkEvent(
                operation="read", failure=None, num_bytes=1400, **common | {"t0": last_byte, "t": 1.0 + last_byte}))  # fmt: skip
        return self

    def strange(self, data: bytes) -> Self:
        """What came on the last flow was neither TLS nor HTTP."""
        self._append("x_unparsed", Unparsed(transaction_id=self._last, data=maybe_binary(data)))
        return self

    def hop(self, url: str) -> Self:
        """The last answer led to `url`; what follows is seen there."""
        self._here, self._depth, self._named = url, self._depth + 1, set()
        return self

    def network(self, *, alive: bool | None = None, **resolvers: bool) -> Self:
        """Which resolvers answer for a neutral name: `system=True`; `udp` is the one over UDP. `alive`: anything at all."""
        state = {UDP if name == "udp" else name: answers for name, answers in resolvers.items()}
        self.keys.x_network = NetworkState(id="n", resolvers=state, alive=alive)
        return self

    def machine(self, *, p50: float = 1.0, most: float = 5.0) -> Self:
        """By how many milliseconds the machine that measured was late."""
        self.keys.x_client = Client(
            python="3", openssl="3", alpn=[], ca_bundle="", in_flight=1, proxies_ignored=[],
            loop_lateness_ms=Lateness(p50=p50, p99=most, max=most),
        )  # fmt: skip
        return self

    # --- what becomes of it

    def record(self) -> WebMeasurement:
        """The measurement."""
        keys = self.keys.model_copy(update={"requests": (self.keys.requests or [])[::-1]})
        return WebMeasurement(
            input=self.url, measurement_start_time="2026-02-03 04:05:06", test_start_time="2026-02-03 04:05:06",
            probe_asn="AS0", probe_cc=self.country, report_id="r", software_name="reachprobe", software_version="0",
            test_keys=keys, test_name="web_connectivity", test_runtime=1.0, test_version="0.5.28",
        )  # fmt: skip

    def judged(self, control: ControlView | None = None) -> Verdict:
        """The verdict."""
        return judge(self.record(), control or ControlView(), known()).verdict

    def evidence(self, control: ControlView | None = None, depth: int = 0) -> HopEvidence:
        """The evidence of one hop."""
        record = self.record()
        hop = hops_of(record)[depth]
        keys = record.test_keys
        lateness = keys.x_client.loop_lateness_ms if keys.x_client else None
        there = control or ControlView()
        return HopEvidence(hop, there, known(), self.country, keys.x_network, lateness=lateness)

    def case(
        self, control: ControlView | None = None, *, names_wrong: bool = False, authentic: bool = True
    ) -> Case:
        """The first hop as the rules see it."""
        return Case(self.evidence(control), names_wrong=names_wrong, authentic=authentic)

    @property
    def _host(self) -> str:
        return urlsplit(self._here).hostname or ""

    def _next(self) -> int:
        self._last += 1
        return self._last

    def _append(self, key: str, row: object) -> None:
        rows = getattr(self.keys, key)
        rows.append(row)


def control(
    *addrs: str,
    status: int = 200,
    body: bytes = PAGE,
    headers: Mapping[str, str] | None = None,
    failure: str | None = None,
    dns: str | None = None,
    up: Sequence[str] = (),
    dead: Sequence[str] = (),
    bad: Sequence[str] = (),
    hops: Sequence[ControlHop] | None = None,
    age: float | None = 60.0,
    kind: ControlKind = ControlKind.FILE,
) -> ControlView:
    """What was seen elsewhere: the name's addresses and how the GET ended.

    Endpoints: `up` connect (and encrypt, on 443), `dead` do not connect, `bad` connect and have no valid certificate.
    """
    answered = failure is None
    tcp = {where: ControlTcp(status=True, failure=None) for where in (*up, *bad)}
    tcp |= {where: ControlTcp(status=False, failure="connect_error") for where in dead}
    tls = {where: ControlTls(status=True, failure=None) for where in up if where.endswith(":443")}
    tls |= {where: ControlTls(status=False, failure=UNTRUSTED) for where in bad}
    found = Control(
        tcp_connect=tcp,
        tls_handshake=tls,
        dns=ControlDns(failure=dns, addrs=list(addrs)),
        http_request=ControlHttp(
            failure=failure, status_code=status if answered else -1, body_length=len(body) if answered else -1,
            title=_title(body) if answered else "", headers=dict(headers or {}) if answered else {},
        ),
        x_hops=list(hops) if hops is not None else None,
    )  # fmt: skip
    return ControlView.of(found, ControlUsed(kind=kind, age_s=age, source="elsewhere"))


def hop(
    url: str, *addrs: str, failure: str | None = None, status: int | None = 200, location: str | None = None
) -> ControlHop:
    """One hop of the control's."""
    return ControlHop(url=url, addrs=list(addrs), failure=failure, status_code=status, location=location)


def down(*addrs: str, failure: str = "generic_timeout_error", **more: object) -> ControlView:
    """A control that got no answer either."""
    return control(*addrs, failure=failure, **more)  # type: ignore[arg-type]


def _title(body: bytes) -> str:
    return body.decode("latin-1").partition("<title>")[2].partition("</title>")[0]


def _type(ips: Sequence[str]) -> str:
    return "AAAA" if ips and ":" in ips[0] else "A"


def _answers(ips: Sequence[str]) -> list[Answer]:
    return [
        Answer(answer_type="AAAA", ipv6=ip) if ":" in ip else Answer(answer_type="A", ipv4=ip) for ip in ips
    ]


def _response(status: int, headers: Mapping[str, str], body: bytes, *, truncated: bool) -> HttpResponse:
    return HttpResponse(
        code=status, body=maybe_binary(body), body_is_truncated=truncated, headers=dict(headers),
        headers_list=list(headers.items()),
    )  # fmt: skip
