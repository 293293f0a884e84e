"""A lab from its start to its end: it leaves nothing behind, and disturbs no other."""

import json
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest

from probe.lab.lab import Lab
from probe.lab.names import Names
from probe.lab.network import Door
from probe.lab.resolvers import RESOLVERS
from probe.lab.scenario import Act, Rule
from probe.lab.scenarios import SCENARIOS
from tests.lab.clients import HOST, fetch, knock, lab_with, reach
from tests.measure.running import open_descriptors

ROOT = Path(__file__).parents[2]


def lab_threads() -> int:
    """Threads of labs."""
    return sum(thread.name == "probe-lab" for thread in threading.enumerate())


def test_twenty_starts_leak_nothing() -> None:
    """No descriptor, no thread, no file, with visits in between."""
    for _ in range(2):
        with lab_with() as lab:
            fetch(lab)
    before = open_descriptors()
    folders = []
    for _ in range(20):
        with lab_with() as lab:
            fetch(lab)
            folders.append(lab.ca_file.parent)
    assert open_descriptors() == before
    assert lab_threads() == 0
    assert not any(folder.exists() for folder in folders)


def test_it_ends_whatever_its_connections_are_doing(caplog: pytest.LogCaptureFixture) -> None:
    """Silent ones, half-said ones, frozen ones, and those that wait to be read: all are closed at once."""
    before = open_descriptors()
    with lab_with(Rule(Act.TLS_DROP, hosts=(HOST,)), Rule(Act.FREEZE, value="100")) as lab:
        clients = [knock(lab, b""), knock(lab, b"to 10"), reach(lab), reach(lab), reach(lab, port=80)]
        clients[3].sendall(b"\x16\x03")
        for _ in range(100):
            clients[4].sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.05)
        start = time.monotonic()
    assert time.monotonic() - start < 8.0
    for client in clients:
        client.close()
    assert open_descriptors() == before
    assert caplog.records == []


def test_a_reader_that_stopped_does_not_outlive_the_lab() -> None:
    """The server has said all and waits for it to be read: closed with the rest."""
    before = open_descriptors()
    with warnings.catch_warnings(action="error"):
        with lab_with() as lab:
            sock = reach(lab, port=80)
            request = b"GET / HTTP/1.1\r\nHost: 2.example.org\r\n\r\n"
            sock.sendall(request * 400)
            time.sleep(0.2)
        sock.close()
        assert open_descriptors() == before


def test_two_labs_at_once_are_two_internets() -> None:
    """Each with its own censor, its own roots, its own doors; one ends, the other goes on."""
    with lab_with() as clean:
        with lab_with(Rule(Act.TLS_RESET, hosts=(HOST,))) as censored:
            assert clean.door != censored.door
            assert fetch(clean).startswith(b"HTTP/1.1 200 ")
            with pytest.raises(ConnectionResetError):
                fetch(censored)
            assert clean.ca_file.read_bytes() != censored.ca_file.read_bytes()
        assert fetch(clean).startswith(b"HTTP/1.1 200 ")


def test_closing_twice_or_never_started() -> None:
    """Neither is an error."""
    lab = lab_with()
    with lab:
        lab.close()
    lab.close()
    lab_with().close()
    assert lab_threads() == 0


def test_one_seed_one_internet() -> None:
    """Pages and addresses are those of the seed, in every lab and process."""
    with lab_with(sites=()) as lab:
        page = fetch(lab, "7.example.org")
    with lab_with(sites=()) as lab:
        assert fetch(lab, "7.example.org") == page
    with Lab(SCENARIOS["clean"], seed=1) as lab:
        assert fetch(lab, "7.example.org") != page
    assert Names(0, []).addresses("7.example.org") == ["151.138.68.53", "63.76.244.76"]


def test_a_lab_in_a_process_of_its_own() -> None:
    """Says in one line where it listens, serves, and ends when its input does."""
    command = [sys.executable, "-m", "probe.lab", "tls-sni-rst", "0.01"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        place = json.loads(process.stdout.readline())
        assert set(Door(**place["door"]).udp_ports) == RESOLVERS
        assert Path(place["ca_file"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
        process.stdin.close()
        assert process.wait(10) == 0
    assert not Path(place["ca_file"]).exists()


def test_a_scenario_that_there_is_none_of() -> None:
    """A sentence with those there are, no trace of Python's."""
    command = [sys.executable, "-m", "probe.lab", "nonesuch"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=30)
    assert done.returncode == 1
    assert done.stderr.startswith("no scenario 'nonesuch'; there are: clean, demo, ")
    assert done.stderr.count("\n") == 1
