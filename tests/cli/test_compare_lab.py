"""Every network of the lab compared with the clean one: what is blocked there is found, and nothing else is."""

from pathlib import Path

import pytest

from probe.cli.comparison.reading import Progress, Reader, Reading
from probe.cli.judging import Bench
from probe.lab.scenarios import SCENARIOS
from probe.report.compare.change import Class
from probe.report.compare.comparison import Side, compare
from tests.run.labs import begin, job, measure, scenario
from tests.truth.measuring import PATIENT

BANNED = ("https://www.instagram.com/", "https://x.com/")
FREE = "https://telegra.ph/"

HARMLESS = {
    "clean",
    "dns-doh-blocked",
    "dns-garbage",
    "dns-truncated",
    "dns-wrong-id",
    "http-302-blockpage",
    "http-403-iframe",
    "http-host-drop",
    "http-host-fin",
    "http-host-rst",
    "ipv6-off",
    "tcp-one-of-many",
    "tcp-port80-only",
    "throttle-sni",
}
"""Networks in which these sites can be reached over https."""

UNTOLD = {
    "freeze-16k",
    "shutdown",
    "tcp-syn-drop",
    "tcp-syn-rst",
    "tls-alert",
    "tls-cert-expired",
    "tls-mitm-block-page",
    "tls-mitm-untrusted",
    "walled-garden",
}
"""Networks that cannot be told from a site that is down, or moved, without a control; or that do not work at all."""


@pytest.fixture(scope="module")
def reader() -> Reader:
    """One for all."""
    return Reader(Bench.open((), (), None), always=False, told=Progress())


def measured(name: str, folder: Path, reader: Reader) -> Reading:
    """The sites, on the network `name`."""
    with scenario(name) as lab:
        work = job((*BANNED, FREE), deadlines=PATIENT)
        measure(lab, work, results := begin(lab, work, folder))
    return reader.read(str(results.path))


@pytest.fixture(scope="module")
def clean(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Reading:
    """The clean network."""
    return measured("clean", tmp_path_factory.mktemp("clean"), reader)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_network_beside_the_clean_one(
    name: str, clean: Reading, reader: Reader, tmp_path: Path
) -> None:
    """In both directions."""
    there = measured(name, tmp_path, reader)
    forth = compare([Side("A", clean.rows), Side("B", there.rows)])
    back = compare([Side("A", there.rows), Side("B", clean.rows)])
    classes = {one.item.target[1]: one.kind for one in forth.changes}
    dead = name in ("shutdown", "walled-garden")
    assert classes[FREE] is (Class.NOT_COMPARABLE if dead else Class.SAME)
    assert forth.nothing_compared is dead
    expected = Class.NEWLY_BLOCKED
    if name in HARMLESS | UNTOLD:
        expected = Class.SAME if name in HARMLESS else Class.NOT_COMPARABLE
    also = {Class.SAME} if name == "freeze-16k" else set()  # a page that is shorter passes
    assert {classes[url] for url in BANNED} - also == {expected}
    assert back.whole().counts[Class.NEWLY_OPEN] == forth.whole().counts[Class.NEWLY_BLOCKED]
