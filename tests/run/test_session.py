"""Whole runs in the lab: records, files, stops, resumes."""

import asyncio
import hashlib
import json
import os
import signal
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from probe.measure.network import SystemNetwork
from probe.measure.resolve import UdpResolver
from probe.measure.setting import Deadlines
from probe.planned import go_on
from probe.record import WebMeasurement, deviations
from probe.record.reach import reach_of
from probe.results import recover
from probe.run import End
from probe.safety.scrub import Identity
from probe.schedule import Limits
from probe.session import carry_out, own_addresses
from tests.measure.networks import PretendNetwork, SeenFrom, at
from tests.run.labs import Silent, around, begin, job, measure, records, scenario

SLOW_DNS = Deadlines(dns=3.0, tcp=3.0, tls=3.0, http=3.0)


def test_clean_run_writes_exact_records(tmp_path: Path) -> None:
    """Every platform target becomes one record that is exactly as the schema says, and the manifest counts them."""
    with scenario("clean") as lab:
        work = job()
        progress, manifest, listener = measure(lab, work, results := begin(lab, work, tmp_path))
    found = records(results.path)
    assert progress.end is End.COMPLETE
    assert sorted(listener.heard) == sorted(target.url for target in work.targets)
    assert {record.input for record in found} == set(listener.heard)
    assert len(found) == len(work.targets) == manifest.counts.measured
    assert [problem for record in found for problem in deviations(record)] == []
    assert manifest.records_sha256 == hashlib.sha256(results.path.read_bytes()).hexdigest()
    assert not results.files.plan.exists()


def test_clean_network_is_reached_everywhere(tmp_path: Path) -> None:
    """On a network that does nothing every target answers: no false failure."""
    with scenario("clean") as lab:
        work = job(deadlines=SLOW_DNS)
        measure(lab, work, results := begin(lab, work, tmp_path))
    reaches = [reach_of(record) for record in records(results.path) if isinstance(record, WebMeasurement)]
    assert [reach for reach in reaches if reach.ended_at or reach.status is None] == []


def test_censored_network_is_never_shown_as_reached(tmp_path: Path) -> None:
    """A banned host whose name is forged, or whose handshake is reset, did not answer on this network's own way."""
    with scenario("demo") as lab:
        work = job(deadlines=SLOW_DNS)
        measure(lab, work, results := begin(lab, work, tmp_path))
    ended = {
        record.input: reach_of(record).ended_at
        for record in records(results.path)
        if isinstance(record, WebMeasurement)
    }
    assert ended["https://www.instagram.com/"] == "TCP"
    assert ended["https://x.com/"] == "TLS"
    assert ended["https://www.youtube.com/"] == "TLS"
    assert ended["https://telegram.org/"] == "TLS"
    assert ended["https://telegra.ph/"] is None


def test_what_a_record_says_of_us(tmp_path: Path) -> None:
    """The list, the platform, the client and the run are in the record; no address of ours is."""
    with scenario("clean") as lab:
        work = job(["https://www.instagram.com/"])
        measure(lab, work, results := begin(lab, work, tmp_path), Identity(("185.122.170.81",)))
    text = results.path.read_text(encoding="utf-8")
    record = json.loads(text)
    keys = record["test_keys"]
    assert record["probe_ip"] == "127.0.0.1"
    assert record["probe_cc"] == "ZZ"
    assert record["report_id"] == results.plan.report_id
    assert record["annotations"]["run_id"] == results.plan.run_id
    assert keys["x_list"]["name"] == "test"
    assert keys["x_client"]["proxies_ignored"] == ["HTTPS_PROXY"]
    assert keys["x_client"]["client_hello_bytes"] > 200
    assert keys["x_client"]["in_flight"] == 1
    assert "185.122.170.81" not in text
    assert (keys["blocking"], keys["accessible"]) == (False, True)
    assert keys["x_verdict"]["status"] == "reachable"
    assert keys["x_network"]["resolvers"] == {"system": True, "8.8.8.8:53": True, "9.9.9.10:53": True}


def test_an_address_that_turns_up_on_the_way(tmp_path: Path) -> None:
    """Some ways lead out from another address of this machine; it is seen at the sockets, and kept out of the record."""
    with scenario("clean") as lab:
        work = job(["https://www.instagram.com/"])
        results = begin(lab, work, tmp_path)
        elsewhere = replace(around(lab), network=SeenFrom("185.122.170.81", lab.network()))
        asyncio.run(carry_out(work, results, elsewhere, Silent()))
    text = results.path.read_text(encoding="utf-8")
    assert "185.122.170.81" not in text
    assert "[scrubbed]" in text
    assert json.loads(text)["test_keys"]["x_verdict"]["status"] == "reachable"


@pytest.mark.parametrize("resolver", ["127.0.0.1", "2606:4700:4700::1111"])
def test_own_addresses_whatever_resolvers_were_named(resolver: str) -> None:
    """A way to the outside is asked for in both families; the loopback's addresses are nobody's."""

    class Machine(PretendNetwork):
        async def open_udp(self, ip: str, port: int) -> socket.socket:
            own = "127.0.0.1" if ip == "127.0.0.1" else "2001:db8::7" if ":" in ip else "198.51.100.7"
            return at(own, await SystemNetwork().open_udp("127.0.0.1", port))

    assert asyncio.run(own_addresses(Machine(), [UdpResolver(resolver)])) == ["198.51.100.7", "2001:db8::7"]


def test_dead_network_is_found_out(tmp_path: Path) -> None:
    """Without any sign of life the run ends early; what was tried has valid records, the rest can be resumed."""
    with scenario("shutdown") as lab:
        work = job(limits=Limits(parallel=10))
        progress, manifest, _ = measure(lab, work, results := begin(lab, work, tmp_path))
    assert progress.end is End.NETWORK_UNUSABLE
    assert manifest.outcome == "network_unusable"
    assert 10 <= manifest.counts.measured < 40
    assert len(records(results.path)) == manifest.counts.measured
    assert results.files.plan.exists()


def test_one_dead_target_is_not_a_dead_network(tmp_path: Path) -> None:
    """A name that nobody answers for says nothing about the network when the resolvers answer for another."""
    with scenario("dns-no-reply") as lab:
        work = job(["https://telegram.org/"])
        progress, _, _ = measure(lab, work, begin(lab, work, tmp_path))
    assert progress.end is End.COMPLETE


def test_deadline_then_resume(tmp_path: Path) -> None:
    """A run that ran out of time says so; resumed, it measures what is missing and nothing else."""
    with scenario("clean", rtt=0.1) as lab:
        work = job(limits=Limits(parallel=10, max_runtime=1.0))
        progress, manifest, first = measure(lab, work, results := begin(lab, work, tmp_path))
        assert progress.end is End.DEADLINE
        assert 0 < manifest.counts.measured < manifest.counts.planned
        again, rest = go_on(results.path, job(deadlines=SLOW_DNS))
        _, manifest, second = measure(lab, rest, again)
    assert manifest.outcome == "complete"
    assert manifest.resumed == 1
    assert sorted(first.heard + second.heard) == sorted(target.url for target in work.targets)
    assert not set(first.heard) & set(second.heard)
    assert recover(results.path).torn_bytes == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows delivers no signals to oneself this way")
def test_signal_ends_the_run_in_order(tmp_path: Path) -> None:
    """SIGTERM: nothing new is started, what was finished is kept, and the manifest says that it was stopped."""
    with scenario("clean", rtt=0.1) as lab:
        work = job(limits=Limits(parallel=5))
        results = begin(lab, work, tmp_path)
        timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM))
        timer.start()
        progress, manifest, listener = measure(lab, work, results)
    assert progress.end is End.STOPPED
    assert progress.signal == signal.SIGTERM
    assert manifest.counts.measured == len(listener.heard) < len(work.targets)
    assert len(records(results.path)) == manifest.counts.measured


def test_ip_literals_and_odd_ports(tmp_path: Path) -> None:
    """URLs with an address for a host are measured without any look-up, on the port they name."""
    urls = ["https://104.40.1.9/", "http://104.40.1.9:8080/x", "https://[2606:4700::1111]:8443/"]
    with scenario("clean") as lab:
        work = job(urls)
        measure(lab, work, results := begin(lab, work, tmp_path))
    for record in records(results.path):
        assert isinstance(record, WebMeasurement)
        reach = reach_of(record)
        assert not record.test_keys.queries or reach.hops > 1
        assert reach.ended_at is None
        assert reach.status == 200
