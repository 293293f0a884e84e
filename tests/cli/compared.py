"""Records to compare, made in sentences, and `probe compare` as it is typed."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import typer
import zstandard
from typer.testing import CliRunner, Result

from probe.cli.compare import compare
from probe.record import Measurement, Platform, WebMeasurement, to_line
from tests.judge.records import GOOD, RESET, Story

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
app.command()(compare)

INSTAGRAM, X, TELEGRAM = "https://www.instagram.com/", "https://x.com/", "https://t.me/"
TIMES = iter(range(10**6))


def probe_compare(*arguments: object, width: int = 200, **environ: str) -> Result:
    """Run it, with a terminal of `width` columns."""
    environment = {"COLUMNS": str(width), "TERMINAL_WIDTH": str(width), "NO_COLOR": "1", **environ}
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=environment)


def works(url: str) -> Story:
    """A site that answers."""
    return Story(url).system(GOOD).doh(GOOD).flow(GOOD, status=200)


def is_reset(url: str) -> Story:
    """A site whose handshake is reset."""
    return Story(url).system(GOOD).doh(GOOD).flow(GOOD, tls=RESET)


def is_lied_about(url: str) -> Story:
    """A site whose name is answered with a known block address."""
    return Story(url).system("10.10.34.36").doh(GOOD).flow("10.10.34.36", tcp=RESET)


def measured(story: Story, *, run: str = "r", platform: str | None = "P", **given: object) -> WebMeasurement:
    """A record of `run`; `given` replaces fields of it."""
    record = story.record()
    record.annotations = {"run_id": run, "measurement_id": f"{next(TIMES):08x}-0000-4000-8000-000000000000"}
    record.report_id, record.probe_cc, record.probe_asn = run, "IR", "AS58224"
    if platform:
        record.test_keys.x_platform = Platform(platform=platform, role="web")
    return record.model_copy(update=given)


def write(path: Path, records: Iterable[Measurement]) -> Path:
    """`records` as a results file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = b"".join(map(to_line, records))
    if path.suffix == ".gz":
        data = gzip.compress(data)
    if path.suffix == ".zst":
        data = zstandard.compress(data)
    path.write_bytes(data)
    return path


def two_results(folder: Path) -> tuple[Path, Path]:
    """All three sites open; then one reset, one open, one gone from the list and one new on it."""
    before = write(folder / "before.jsonl", [measured(works(url)) for url in (INSTAGRAM, X, TELEGRAM)])
    after = [is_reset(INSTAGRAM), works(X), works("https://new.example/")]
    return before, write(folder / "after.jsonl", [measured(story, run="s") for story in after])


def classes(result: Result) -> dict[str, str]:
    """Input → class, of what was said as JSON."""
    return {target["input"]: target["class"] for target in json.loads(result.stdout)["targets"]}
