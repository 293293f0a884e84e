"""A report on a million measurements: how long it takes to make, how large it is, how fast it opens, and whether it is right.

    .venv/bin/python benchmarks/report.py --rows 1000000

A store with planted truth is made first (`planted.py`). What the page says of each platform and network is held against
what was planted. The page is opened in the machine's Chromium, cold, in a new profile each time; without one, that part is left out.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from probe.cli.report_rows import Bounds, ask
from probe.report.page.assemble import assemble
from probe.report.page.content import Content, State
from probe.report.page.render import render
from probe.store.layout import Store

OPENINGS = 5
BOUND = 3_000
"""Milliseconds to the load event."""
INTERFERENCE = (State.BLOCKED, State.PARTLY)


def main() -> None:
    """Plant, ask, draw, compare, open."""
    parser = argparse.ArgumentParser(description="A report on many measurements.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--store", type=Path, help="a store of planted.py that is there already")
    parser.add_argument("--page", type=Path, help="keep the page here")
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder:
        store = wanted.store or plant(Path(folder) / "store", wanted.rows)
        page = wanted.page or Path(folder) / "report.html"
        right = compare(make(store, page), json.loads((store / "truth.json").read_text()))
        if not open_in_browser(page) or not right:
            sys.exit(1)


def plant(store: Path, rows: int) -> Path:
    """A new store."""
    planted = Path(__file__).with_name("planted.py")
    subprocess.run([sys.executable, str(planted), str(store), "--rows", str(rows)], check=True)
    return store


def make(store: Path, page: Path) -> Content:
    """The page, with the time of each part."""
    start = time.perf_counter()
    asked = ask(Store(store), Bounds())
    assert asked is not None
    counted = time.perf_counter()
    content = assemble(*asked, datetime.now(UTC), "benchmark")
    page.write_text(render(content), encoding="utf-8")
    drawn = time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{content.total.n:,} measurements, {content.total.runs:,} runs, {content.networks_total} networks")
    print(f"counted in {counted - start:.1f} s, drawn in {drawn - counted:.1f} s, at most {memory:.0f} MB")
    print(f"page: {page.stat().st_size / 1e6:.2f} MB")
    return content


def compare(content: Content, truth: dict[str, list[dict[str, str | int | None]]]) -> bool:
    """Whether nothing is missed and nothing invented: what is planted and still on at the end, against the cells; days of change against their intervals."""
    blocks = [block for block in truth["blocks"] if block["platform"] and not block["until"]]
    planted = {(block["asn"], str(block["platform"]).lower()): block for block in blocks}
    found = {(cell.network.asn, cell.subject): cell for cell in content.cells if cell.state in INTERFERENCE}
    both = planted.keys() & found.keys()
    dated = [place for place in both if planted[place]["since"]]
    changes = {place: found[place].since for place in dated}
    hit = sum(
        since is not None and str(since.low) <= str(planted[place]["since"]) <= str(since.high)
        for place, since in changes.items()
    )
    print(f"planted {len(planted)}, found {len(both)}, invented {len(found.keys() - planted.keys())}")
    print(f"of {len(dated)} that began within the time, {hit} have their day within the interval")
    return planted.keys() == found.keys()


def open_in_browser(page: Path) -> bool:
    """Whether it opens within the bound. Cold: a new profile each time, from the start of the navigation to the load event and the first picture."""
    try:
        from tests.browser.opening import browsing, chromium, opened  # noqa: PLC0415 - playwright may be missing
    except ModuleNotFoundError as error:
        print(f"not opened: {error.name} is missing")
        return True
    if chromium() is None:
        print("not opened: no Chromium on this machine")
        return True
    slowest = 0.0
    for width in (1200, 400):
        loads, paints = [], []
        for _ in range(OPENINGS):
            with browsing() as browser, opened(browser, page, width=width) as (tab, trouble):
                assert not trouble, trouble
                loads.append(tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
                paints.append(
                    tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
                )
        print(
            f"{width} wide: loaded in {median(loads):.0f} ms (at most {max(loads):.0f}), first picture {median(paints):.0f} ms"
        )
    return slowest < BOUND


if __name__ == "__main__":
    main()
