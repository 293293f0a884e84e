"""How many records are read and judged in a second on one core, beside a plain loop of json.loads; is memory flat?

    .venv/bin/python benchmarks/judge.py [RECORDS]

Makes RECORDS typical records (1,000 by default: two thirds reachable, with pages of 2 to 60 kB; resolvers, flows and
socket events as a measurement has them; OONI's own are of this size), reads and judges them from a file, and from one
ten times as long; then as many with a page of 40 kB each. Ends with 1 when less than 2,000 typical records a second
are read and judged, or when the longer file needs more memory.
"""

import gc
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from probe.control.distil import control_in
from probe.judge.control_view import ControlView
from probe.judge.fingerprints import Fingerprints
from probe.judge.verdict import judge
from probe.record import NetworkEvent, WebMeasurement, read_measurement, to_line
from probe.record.verdict import ControlKind, ControlUsed
from tests.judge.records import (
    ALERT,
    BLOCK_PRIVATE,
    CAPTCHA,
    CLEAR,
    FOREIGN,
    GOOD,
    GOOD6,
    IRAN,
    NXDOMAIN,
    OTHER,
    RESET,
    TIMEOUT,
    UNREACHABLE,
    UNTRUSTED,
    URL,
    Story,
    control,
    down,
)

LEAST = 2_000.0
"""Records a second, read and judged."""

ROUNDS = 3
GROWTH = 10
SPARE_KB = 8_192
"""What the allocator may take more for a file ten times as long."""

SIZES = (2_000, 4_000, 8_000, 12_000, 40_000, 60_000)
SHARES = (25, 25, 20, 15, 10, 5)
HEAVY = 40_000
"""Bytes of pages."""

WORDS = [
    "the",
    "people",
    "state",
    "news",
    "world",
    "today",
    "report",
    "minister",
    "law",
    "city",
    "price",
    "weather",
]

Kind = Callable[[bytes], tuple[Story, ControlView]]
UP = control(GOOD, OTHER, up=[f"{GOOD}:443", f"{OTHER}:443", f"{GOOD}:80"])


def page(choose: random.Random, size: int) -> bytes:
    """About `size` bytes of a page as news sites make them, in one of two scripts."""
    words = (
        WORDS
        if choose.random() < 0.7
        else ["новости", "сайт", "доступ", "страны", "мира", "закон", "решение"]
    )
    lines = [f"<html><head><title>{choose.choice(words)} {choose.randrange(10**6)}</title></head><body>"]
    while size > 0:
        text = f'<p class="story-{choose.randrange(90)}"><a href="/{choose.randrange(9999)}">{" ".join(choose.choices(words, k=40))}</a></p>\n'
        lines.append(text)
        size -= len(text.encode())
    return "".join(lines).encode()


def named(url: str = URL) -> Story:
    """A name that all resolvers answer alike."""
    story = (
        Story(url)
        .system(GOOD, OTHER, GOOD6)
        .udp(GOOD, OTHER)
        .udp(GOOD6)
        .udp(GOOD, OTHER, resolver="9.9.9.10:53")
    )
    return story.udp(GOOD6, resolver="9.9.9.10:53").doh(GOOD, OTHER).doh(GOOD6).network(system=True, udp=True)


HEADERS = {
    "Server": "nginx",
    "Content-Type": "text/html; charset=utf-8",
    "X-Site": "a",
    "Vary": "Accept-Encoding",
}


def reached(body: bytes) -> tuple[Story, ControlView]:
    """A site that works, IPv6 off."""
    return named().flow(GOOD6, tcp=UNREACHABLE).flow(OTHER).flow(
        GOOD, status=200, body=body, headers=HEADERS
    ), UP


def sent_on(body: bytes) -> tuple[Story, ControlView]:
    """From http to https."""
    story = named(CLEAR).flow(GOOD, check=True).flow(GOOD, status=301, headers={"Location": URL}, body=b"")
    return story.hop(URL).system(GOOD).udp(GOOD).doh(GOOD).flow(
        GOOD, status=200, body=body, headers=HEADERS
    ), UP


def in_the_clear(body: bytes) -> tuple[Story, ControlView]:
    """A page over http."""
    view = control(GOOD, body=body, headers=HEADERS)
    return named(CLEAR).flow(GOOD, check=True).flow(GOOD, status=200, body=body, headers=HEADERS), view


KINDS: tuple[tuple[int, Kind], ...] = (
    (40, reached),
    (15, sent_on),
    (10, in_the_clear),
    (6, lambda _: (named().flow(GOOD, status=403, body=CAPTCHA, headers=HEADERS), UP)),
    (6, lambda _: (Story().system(BLOCK_PRIVATE).udp(BLOCK_PRIVATE).doh(GOOD).flow(BLOCK_PRIVATE, tcp=TIMEOUT).flow(GOOD, tls=RESET), UP)),
    (5, lambda _: (Story().system(failure=NXDOMAIN).udp(failure=NXDOMAIN).doh(failure=TIMEOUT), UP)),
    (5, lambda _: (Story().system(FOREIGN).udp(FOREIGN).late(GOOD).doh(failure=RESET).flow(FOREIGN, tls=UNTRUSTED), UP)),
    (5, lambda _: (named().flow(GOOD, tls=RESET).flow(OTHER, tls=RESET), UP)),
    (4, lambda _: (named().flow(GOOD, tcp=TIMEOUT).flow(OTHER, tcp=TIMEOUT), down(GOOD, OTHER, dead=[f"{GOOD}:443"]))),
    (2, lambda _: (named().flow(GOOD, tls=ALERT).strange(b"HTTP/1.1 403 No\r\n\r\n" + IRAN), ControlView())),
    (2, lambda _: (named(CLEAR).flow(GOOD, status=403, body=IRAN), ControlView())),
)  # fmt: skip


def records(count: int, *, heavy: bool = False) -> Iterator[bytes]:
    """Lines of a results file, the same each time."""
    choose = random.Random(1)
    weights, kinds = [weight for weight, _ in KINDS], [kind for _, kind in KINDS]
    for kind in choose.choices(kinds, weights, k=count):
        size = HEAVY if heavy else choose.choices(SIZES, SHARES)[0]
        story, view = kind(page(choose, size))
        story.keys.control = view.control
        story.keys.network_events = events(choose)
        other = (
            f"93.{choose.randrange(1, 250)}.{choose.randrange(1, 250)}."  # no two sites share their addresses
        )
        yield to_line(story.record()).replace(b"93.184.215.", other.encode())


def events(choose: random.Random) -> list[NetworkEvent]:
    """Socket events as a measurement has them, ten to forty."""
    tags, place = ["classic", "depth=0"], f"{GOOD}:443"
    return [
        NetworkEvent(
            operation="read", failure=None, address=place, proto="tcp", num_bytes=1400, tags=tags, transaction_id=5,
            t0=number / 100, t=number / 100 + 0.01,
        )
        for number in range(choose.randrange(10, 40))
    ]  # fmt: skip


def loads(path: Path) -> int:
    """The least that anybody who reads these files does."""
    with path.open("rb") as file:
        return sum(bool(json.loads(line)) for line in file)


def reads(path: Path) -> int:
    """Models, and no verdict."""
    with path.open("rb") as file:
        return sum(isinstance(read_measurement(line), WebMeasurement) for line in file)


def judges(path: Path, known: Fingerprints, found: dict[str, int]) -> int:
    """Records read and judged with the control they carry."""
    number = 0
    with path.open("rb") as file:
        for line in file:
            record = read_measurement(line)
            assert isinstance(record, WebMeasurement)
            view = ControlView.of(control_in(record), ControlUsed(kind=ControlKind.RECORD, age_s=0.0))
            status = judge(record, view, known).verdict.status.value
            found[status] = found.get(status, 0) + 1
            number += 1
    return number


def rate(run: Callable[[], int]) -> float:
    """Records per second of CPU, the best of some rounds: the machine may have other things to do."""
    best = 0.0
    for _ in range(ROUNDS):
        gc.collect()
        start = time.process_time()
        best = max(best, run() / (time.process_time() - start))
    return best


def peak_kb() -> int:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def table(path: Path, count: int, known: Fingerprints) -> float:
    """Print how fast the records of `path` are parsed, read and judged; returns the last."""
    found = dict[str, int]()
    print(f"{count} records of {path.stat().st_size / count / 1000:.1f} kB")
    plain = rate(lambda: loads(path))
    read = rate(lambda: reads(path))
    judged = rate(lambda: judges(path, known, found))
    for name, value in (
        ("json.loads alone", plain),
        ("read by the models", read),
        ("read and judged", judged),
    ):
        print(f"  {name:20} {value:8.0f} records/s  {plain / value:5.2f} times json.loads")
    print("  " + ", ".join(f"{status} {number // ROUNDS}" for status, number in sorted(found.items())))
    return judged


def write(path: Path, lines: Iterable[bytes]) -> Path:
    """`lines` as a file."""
    with path.open("wb") as file:
        file.writelines(lines)
    return path


def main(count: int) -> int:
    """Print the tables; 1 when a bound is not kept."""
    known = Fingerprints.packaged()
    with TemporaryDirectory() as folder:
        short, long = write(Path(folder, "typical"), records(count)), Path(folder, "long")
        judged = table(short, count, known)
        before = peak_kb()
        with long.open("wb") as file:
            for _ in range(GROWTH):
                with short.open("rb") as part:
                    copyfileobj(part, file)
        judges(long, known, {})
        grown = peak_kb() - before
        print(f"{count * GROWTH} records: {grown} kB more at the peak of {peak_kb()} kB")
        table(write(Path(folder, "heavy"), records(count, heavy=True)), count, known)
    return int(judged < LEAST or grown > SPARE_KB)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
