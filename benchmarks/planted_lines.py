"""The lines of the planted world: each kind of measurement is built once by the models and judged, then copied.

A copy differs in its ids, times, network; the rest is as the models wrote it. What a kind looks like is told by
`tests/judge/records.py`, so that rows have the tags and transaction ids that our own client gives them.
"""

import base64
import random
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from hashlib import shake_128
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from planted_world import Run, Site, World, outcomes

from benchmarks.judge import HEADERS, SHARES, SIZES, page
from probe.judge.control_view import ControlView
from probe.judge.inscribe import inscribe_verdict
from probe.judge.knowledge import Knowledge
from probe.record import Binary, Client, Lateness, ListEntry, NetworkEvent, Platform, WebMeasurement, to_line
from probe.record.verdict import ControlKind, Verdict
from tests.judge.records import (
    BLOCK_PRIVATE,
    BLOCK_PUBLIC,
    CAPTCHA,
    EOF,
    IRAN,
    NXDOMAIN,
    REFUSED,
    RESET,
    TIMEOUT,
    UNTRUSTED,
    Story,
    control,
    down,
)

ID, RUN = "00000000-0000-4000-8000-00000000aaaa", "00000000000000000000000000bbbbbb"
START, BEGAN, ASN = "2001-01-01 00:00:01", "2001-01-01 00:00:02", "AS4294967295"
REPORT = "20010101T000000Z_webconnectivity"
MARKS = {text.encode(): name for name, text in (("id", ID), ("run", RUN), ("start", START), ("began", BEGAN), ("asn", ASN), ("report", REPORT))}  # fmt: skip
SPLIT = re.compile(b"(" + b"|".join(map(re.escape, MARKS)) + b")")
MOMENT = "%Y-%m-%d %H:%M:%S"

HOW = {"reset": RESET, "timeout": TIMEOUT, "eof": EOF, "refused": REFUSED}
VARIANTS = 3
"""Copies of a kind that differ in page and times."""

DEFAULT = Client(
    python="3.11.7", openssl="OpenSSL 3.0.16", alpn=["h2", "http/1.1"], client_hello_bytes=517, ca_bundle="0f1e2d3c4b5a6978",
    in_flight=40, loop_lateness_ms=Lateness(p50=0.1, p99=1.9, max=3.2), proxies_ignored=[],
)  # fmt: skip


@cache
def knowledge() -> Knowledge:
    """The packaged tables."""
    return Knowledge.packaged()


class Lines:
    """`verdicts`: as recorded, by today's rules, by older ones, or not at all."""

    def __init__(self, *, bodies: bool = False, verdicts: str = "today") -> None:
        self._bodies, self._verdicts = bodies, verdicts
        self._made: dict[tuple[str, str, str, int], list[bytes]] = {}

    def of(self, place: World, run: Run) -> Iterator[bytes]:
        """The records of `run`."""
        began = datetime.strptime(run.name[:16], "%Y%m%dT%H%M%SZ")  # noqa: DTZ007 - written as it is read
        values = {
            "run": f"{random.Random(run.seed).getrandbits(128):032x}".encode(),
            "began": began.strftime(MOMENT).encode(),
            "asn": f"AS{run.network.asn}".encode(),
        }
        values["report"] = f"{run.name[:16]}_webconnectivity_{run.network.cc}_{run.network.asn}".encode()
        for number, (site, met, choose) in enumerate(outcomes(place, run)):
            values["start"] = (began + timedelta(seconds=number // 4)).strftime(MOMENT).encode()
            digits = f"{choose.getrandbits(128):032x}"
            values["id"] = (
                f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}".encode()
            )
            parts = self._parts(site, met, run.network.cc, int(digits[0], 16) % VARIANTS)
            yield b"".join(values[MARKS[part]] if part in MARKS else part for part in parts)

    def _parts(self, site: Site, met: str, country: str, variant: int) -> list[bytes]:
        key = (site.domain, met, country, variant)
        if key not in self._made:
            record = measurement(site, met, country, variant, bodies=self._bodies)
            _date_verdict(record, self._verdicts)
            self._made[key] = SPLIT.split(to_line(record))
        return self._made[key]


def verdict(site: Site, met: str, country: str) -> Verdict:
    """What today's rules say of this kind."""
    found = measurement(site, met, country, 0, bodies=False).test_keys.x_verdict
    assert found is not None
    return found


def _date_verdict(record: WebMeasurement, verdicts: str) -> None:
    found = record.test_keys.x_verdict
    assert found is not None
    if verdicts == "older":
        record.test_keys.x_verdict = found.model_copy(update={"ruleset": "0", "knowledge": None})
    elif verdicts == "none":
        record.test_keys.__pydantic_fields_set__.discard("x_verdict")
        record.test_keys.x_verdict = None


def measurement(site: Site, met: str, country: str, variant: int, *, bodies: bool) -> WebMeasurement:
    """A measurement of this kind, judged."""
    choose = random.Random(f"{site.domain} {met} {variant}")
    body = page(choose, choose.choices(SIZES, SHARES)[0]) if bodies or site.kind == "dynamic" else b""
    story, view = _story(site, met, body)
    record = _dressed(story.record(), site, country, choose)
    record.test_keys.control = view.control
    inscribe_verdict(record, view, knowledge())
    return record


def _story(site: Site, met: str, body: bytes) -> tuple[Story, ControlView]:
    """What the site and the network do, told in rows."""
    way, _, twist = met.partition("!")
    story, good, other = Story(site.url), f"93.184.{site.number}.14", f"93.184.{site.number}.15"
    clear = site.url.startswith("http:")
    up = control(
        good, other, up=[f"{good}:443", f"{other}:443", *([f"{good}:80", f"{other}:80"] if clear else ())],
        body=body or CAPTCHA, headers=HEADERS, kind=ControlKind.HELPER,
    )  # fmt: skip
    if met == "outage":
        silent = story.system(failure=TIMEOUT).udp(failure=TIMEOUT).doh(failure=TIMEOUT)
        return silent.network(system=False), ControlView()
    if way.startswith("dns."):
        return _lied_to(story, way, good), up
    story.system(good, other).udp(good, other).udp(good, other, resolver="9.9.9.10:53").doh(good, other)
    story.network(system=True, udp=True)
    if way == "down":
        dead = down(good, other, dead=[f"{good}:443", f"{other}:443"], kind=ControlKind.HELPER)
        return story.flow(good, tcp=TIMEOUT).flow(other, tcp=TIMEOUT), dead
    return _answered(story, way, twist, (good, other), body), up


def _answered(story: Story, way: str, twist: str, ips: tuple[str, str], body: bytes) -> Story:
    """What comes of connecting to the right addresses."""
    if way == "recovered":
        story.flow(ips[1], **({"tcp": TIMEOUT} if story.url.startswith("http:") else {"tls": RESET}))  # type: ignore[arg-type]
    if way in ("reached", "recovered"):
        return story.flow(ips[0], status=200, body=body, headers=HEADERS)
    if way == "refused":
        return story.flow(ips[0], status=403, body=CAPTCHA, headers=HEADERS)
    if way == "http.blockpage":
        return story.flow(ips[0], status=403, body=IRAN)
    layer, _, kind = way.partition(".")
    for ip in ips[:1] if twist == "once" else ips:
        story.flow(ip, **{layer: HOW[kind]}, hot=twist == "hot")  # type: ignore[arg-type]
    return story


def _lied_to(story: Story, way: str, good: str) -> Story:
    """What the system's resolver does."""
    if way == "dns.nxdomain":
        return story.system(failure=NXDOMAIN).udp(failure=NXDOMAIN).doh(good)
    if way == "dns.no_reply":
        return story.system(failure=TIMEOUT).udp(failure=TIMEOUT).doh(good).network(system=True, udp=True)
    if way == "dns.bogon":
        return story.system(BLOCK_PRIVATE).udp(BLOCK_PRIVATE).doh(good).flow(BLOCK_PRIVATE, tcp=TIMEOUT)
    return (
        story.system(BLOCK_PUBLIC)
        .udp(BLOCK_PUBLIC)
        .doh(good)
        .flow(BLOCK_PUBLIC, tls=UNTRUSTED)
        .flow(good, status=200)
    )


def _dressed(record: WebMeasurement, site: Site, country: str, choose: random.Random) -> WebMeasurement:
    """With what a measurement of ours carries beside."""
    keys = record.test_keys
    keys.x_client, keys.network_events = DEFAULT, _events(record, choose)
    keys.x_list = ListEntry(
        name="platforms" if site.platform else "news", sha256="0" * 64, category_code=site.category
    )
    if site.platform:
        keys.x_platform = Platform(platform=site.platform, role=site.role)
    for query in keys.queries or ():
        raw = f"{site.domain}{query.query_type}".encode() * 2 + choose.randbytes(24)
        query.raw_response = base64.b64encode(raw).decode() if query.failure is None else None
    for handshake in keys.tls_handshakes or ():
        if handshake.failure is None:
            seeds = (f"{site.domain} {number}".encode() for number in range(2))
            handshake.peer_certificates = [Binary.of(shake_128(seed).digest(900)) for seed in seeds]
            handshake.tls_version, handshake.cipher_suite = "TLSv1.3", "TLS_AES_128_GCM_SHA256"
    update = {
        "annotations": {"architecture": "x86_64", "engine_name": "reachprobe", "engine_version": "0.1.0", "measurement_id": ID, "platform": "linux", "run_id": RUN, "network_type": "wifi"},
        "data_format_version": "0.2.0", "measurement_start_time": START, "test_start_time": BEGAN, "probe_asn": ASN,
        "probe_cc": country, "report_id": f"{REPORT}_n1_{RUN}", "probe_ip": "127.0.0.1", "resolver_asn": "AS0",
        "software_version": "0.1.0", "test_runtime": round(choose.uniform(0.4, 11.0), 6),
    }  # fmt: skip
    return WebMeasurement.model_validate(record.model_dump(exclude_unset=True) | update)


def _events(record: WebMeasurement, choose: random.Random) -> list[NetworkEvent]:
    """A connect, two writes and some reads a flow."""
    found = []
    for flow in record.test_keys.tcp_connect or ():
        place, failed = f"{flow.ip}:{flow.port}", not flow.status.success
        kinds = (
            ["connect"]
            if failed
            else ["connect", "write", "read", "write", *["read"] * choose.randrange(1, 5)]
        )
        for number, operation in enumerate(kinds):
            t0 = 0.1 + number * choose.uniform(0.01, 0.05)
            found.append(NetworkEvent(
                address=place, failure=flow.status.failure or None, operation=operation, proto="tcp",
                num_bytes=None if operation == "connect" else choose.randrange(60, 1400), t0=round(t0, 6),
                t=round(t0 + 0.02, 6), tags=flow.tags, transaction_id=flow.transaction_id,
            ))  # fmt: skip
    return found
