"""Plans and records to write: small, valid, without any measuring."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from probe.record.runfile import ListUsed, Plan, PlannedTarget, Vantage

FINISHED = "2026-11-24 10:25:00"
VERSIONS = {"reachprobe": "0.1", "python": "3.11.7"}
TEST_NAME = "web_connectivity"


def make_plan(targets: int = 3) -> Plan:
    """A plan of `targets` URLs, begun at 10:20:30 in a network in Iran."""
    return Plan(
        run_id="0123456789abcdef",
        report_id="20261124T102030Z_webconnectivity_IR_58224_n1_0123456789abcdef",
        started="2026-11-24 10:20:30",
        command=["probe", "run", "platforms"],
        options={"parallel": "4"},
        vantage=Vantage(country="IR", asn="AS58224"),
        lists=[ListUsed(name="platforms", sha256="ab" * 32, targets=targets, rejected=0)],
        software_name="reachprobe",
        software_version="0.1",
        targets=[make_target(number) for number in range(targets)],
    )


def make_target(number: int) -> PlannedTarget:
    """The target on line `number` + 2 of a list."""
    return PlannedTarget(
        test_name=TEST_NAME,
        input=f"https://site{number}.example/",
        category_code="NEWS",
        list_name="platforms",
        list_sha256="ab" * 32,
        line=number + 2,
    )


def record_of(target: PlannedTarget, padding: int = 0) -> bytes:
    """A line that is the record of `target`, with `padding` bytes of body."""
    return line_of(target.test_name, target.input, body="x" * padding)


def line_of(test_name: str, asked: str | None, **rest: object) -> bytes:
    """A record as one line."""
    return json.dumps({"test_name": test_name, "input": asked, **rest}).encode() + b"\n"


def inputs_in(path: Path) -> list[str]:
    """The inputs of all lines; raises for any that is not JSON."""
    return [json.loads(line)["input"] for line in path.read_bytes().splitlines()]


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder: for property tests, where one of pytest's would be shared by all examples."""
    with TemporaryDirectory() as name:
        yield Path(name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.builds(
    line_of,
    st.sampled_from(["web_connectivity", "telegram"]),
    st.none() | st.text(max_size=12),
    test_keys=JSON,
)
