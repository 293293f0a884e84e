"""Rows to compare: a short way to write them, and a strategy for any of them."""

from dataclasses import replace

from hypothesis import strategies as st

from probe.record.verdict import Confidence, ControlKind, Mechanism, Status
from probe.report.compare.comparison import Comparison, Side, compare
from probe.report.compare.row import Network, Problem, Row, Settings

HOME: Network = ("IR", "AS58224")
MOBILE: Network = ("IR", "AS44244")
LOST: Network = ("ZZ", "AS0")
URL = "https://x.com/"


def row(status: Status | None = Status.REACHABLE, *mechanisms: Mechanism, **given: object) -> Row:
    """A measurement of x.com from home; reachable is confirmed, anything else only possible."""
    sure = Confidence.CONFIRMED if status is Status.REACHABLE else Confidence.POSSIBLE
    if status is Status.INCONCLUSIVE:
        sure = Confidence.NONE
    base = Row(
        test_name="web_connectivity",
        input=URL,
        network=HOME,
        run="r",
        status=status,
        confidence=sure,
        mechanisms=mechanisms,
        layer=mechanisms[0].layer if mechanisms else None,
        platform="X",
        started="2026-01-02 03:04:05",
    )
    return replace(base, **given)  # type: ignore[arg-type]


def blocked(*mechanisms: Mechanism, **given: object) -> Row:
    """A block, by a reset after the ClientHello if nothing else is said."""
    return row(Status.BLOCKED, *(mechanisms or (Mechanism.TLS_RESET,)), **given)


def compared(*sides: list[Row], across: bool = False) -> Comparison:
    """The comparison of `sides`."""
    return compare([Side(str(number), rows) for number, rows in enumerate(sides)], across=across)


def _made(
    status: Status | None,
    confidence: Confidence,
    mechanisms: tuple[Mechanism, ...],
    problem: Problem | None,
    **given: object,
) -> Row:
    interfered = status in (Status.BLOCKED, Status.THROTTLED)
    return row(
        None if problem else status,
        confidence=confidence,
        mechanisms=mechanisms if interfered else (),
        layer=mechanisms[0].layer if interfered and mechanisms else None,
        problem=problem or (Problem.NO_RULES if status is None else None),
        **given,
    )


RULES = (
    "reachable.valid",
    "tls.reset",
    "inconclusive.own_fault",
    "inconclusive.fake_address",
    "inconclusive.hot",
    "inconclusive.failed",
)

rows: st.SearchStrategy[Row] = st.builds(
    _made,
    status=st.one_of(st.none(), st.sampled_from(Status)),
    confidence=st.sampled_from(Confidence),
    mechanisms=st.lists(
        st.sampled_from([Mechanism.DNS_BOGON, Mechanism.TLS_RESET, Mechanism.TLS_EOF]),
        min_size=1,
        max_size=2,
        unique=True,
    ).map(tuple),
    problem=st.sampled_from([None, None, None, None, *Problem]),
    input=st.sampled_from([URL, "https://t.me/", "https://www.youtube.com/", None]),
    network=st.sampled_from([HOME, MOBILE, LOST, ("IR", "AS0")]),
    run=st.sampled_from(["r1", "r2"]),
    uid=st.sampled_from(["", "", "u1", "u2", "u3"]),
    started=st.sampled_from(["2026-01-02 03:04:05", "2026-01-03 03:04:05"]),
    rule=st.sampled_from(RULES),
    control=st.sampled_from(ControlKind),
    control_age=st.sampled_from([None, 0.0, 1e6]),
    hot=st.booleans(),
    alive=st.booleans(),
    platform=st.sampled_from(["X", "Telegram", None]),
    settings=st.sampled_from(
        [
            Settings(),
            Settings(software="reachprobe 0.1", resolvers=("8.8.8.8:53",)),
            Settings(proxies=("HTTPS_PROXY",)),
        ]
    ),
    lateness=st.sampled_from([None, 5.0, 900.0]),
)
"""Any row, of four targets in four networks."""

sides = st.lists(rows, max_size=12)
