"""The truth table holds: each network of the lab is judged as it must be."""

import pytest

from probe.lab.catalogue import CATALOGUE
from probe.record.verdict import Confidence, Status
from tests.run.labs import KNOWLEDGE
from tests.truth.measuring import see, written
from tests.truth.rows import ROWS, Row


def _name(row: Row) -> str:
    return f"{row.scenario}-{row.url.partition('//')[2].rstrip('/')}"


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_a_network_is_judged_as_it_must_be(row: Row) -> None:
    """By our helper, by a control file, and without any control."""
    seen = see(row, KNOWLEDGE)
    assert (written(seen.helped), written(seen.by_file), written(seen.alone)) == (
        row.controlled,
        row.controlled,
        row.alone,
    )


def test_every_network_is_in_the_table() -> None:
    """None of the lab's is left out."""
    assert {row.scenario for row in ROWS} == set(CATALOGUE)


@pytest.mark.parametrize("row", [row for row in ROWS if row.blocks], ids=_name)
def test_what_blocks_is_never_expected_to_be_reachable(row: Row) -> None:
    """The table itself keeps the first rule of all."""
    assert not row.controlled.startswith((Status.REACHABLE, Status.DOWN))
    assert not row.alone.startswith((Status.REACHABLE, Status.DOWN))


@pytest.mark.parametrize("row", [row for row in ROWS if not row.blocks], ids=_name)
def test_what_does_not_block_is_never_expected_to_be_blocked(row: Row) -> None:
    """And the other first rule."""
    assert not row.controlled.startswith(Status.BLOCKED)
    assert not row.alone.startswith(Status.BLOCKED)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.alone.split()[1].endswith(("timeout", "reset", "eof"))], ids=_name
)
def test_a_failure_without_control_is_never_more_than_possible(row: Row) -> None:
    """A timeout, a reset or an end alone proves nothing."""
    assert row.alone.endswith(Confidence.POSSIBLE)
