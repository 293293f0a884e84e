"""What becomes of a target, case by case: each class, each reason, and what must not be called a change."""

import pytest

from probe.judge.rules import RULES as JUDGES_RULES
from probe.record.verdict import Confidence, ControlKind, Mechanism, Status
from probe.report.compare.change import Change, Class, Why
from probe.report.compare.row import NOWHERE, Problem, Row
from probe.report.compare.seen import RULES, Kind, Reason
from tests.report.compare.rows import HOME, LOST, MOBILE, blocked, compared, row

DOWN = row(Status.DOWN, confidence=Confidence.LIKELY, control=ControlKind.FILE)
REFUSED = row(Status.REFUSED)
UNSURE = row(Status.INCONCLUSIVE, rule="inconclusive.failed")
A, B = 0, 1


def change(one: Row | list[Row] | None, other: Row | list[Row] | None, *, across: bool = False) -> Change:
    """The only change between two sides."""
    sides = [side if isinstance(side, list) else [side] if side else [] for side in (one, other)]
    (found,) = compared(*sides, across=across).changes
    return found


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (row(), blocked(), Class.NEWLY_BLOCKED),
        (row(), row(Status.THROTTLED, Mechanism.TRANSFER_SLOW), Class.NEWLY_BLOCKED),
        (blocked(), row(), Class.NEWLY_OPEN),
        (blocked(), blocked(Mechanism.DNS_BOGON), Class.OTHER_MECHANISM),
        (blocked(), blocked(Mechanism.TLS_RESET, Mechanism.HTTP_RESET), Class.OTHER_MECHANISM),
        (blocked(), row(Status.THROTTLED, Mechanism.TLS_RESET), Class.OTHER_MECHANISM),
        (blocked(), blocked(confidence=Confidence.LIKELY), Class.OTHER_CONFIDENCE),
        (row(), row(confidence=Confidence.LIKELY), Class.OTHER_CONFIDENCE),
        (blocked(), blocked(detail="another address"), Class.SAME),
        (row(), DOWN, Class.OTHER_OUTCOME),
        (row(), REFUSED, Class.OTHER_OUTCOME),
        (REFUSED, blocked(), Class.OTHER_OUTCOME),
        (row(), None, Class.DISAPPEARED),
        (None, blocked(), Class.APPEARED),
        (None, UNSURE, Class.APPEARED),
    ],
)
def test_classes_of_single_measurements(one: Row | None, other: Row | None, expected: Class) -> None:
    """One measurement or none on each side."""
    found = change(one, other)
    assert found.kind is expected
    assert found.is_difference is (expected not in (Class.SAME, Class.OTHER_CONFIDENCE))


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (UNSURE, Reason.INCONCLUSIVE),
        (row(None, problem=Problem.RECORD_INVALID, network=NOWHERE), Reason.RECORD_INVALID),
        (row(None, problem=Problem.NOT_MEASURED), Reason.NOT_MEASURED),
        (row(None, problem=Problem.NO_RULES), Reason.NO_RULES),
        (row(Status.INCONCLUSIVE, rule="inconclusive.own_fault"), Reason.OWN_NETWORK),
        (row(Status.INCONCLUSIVE, rule="inconclusive.resolver_dead"), Reason.OWN_NETWORK),
        (row(Status.INCONCLUSIVE, rule="inconclusive.fake_address"), Reason.TUNNEL),
        (row(Status.INCONCLUSIVE, rule="inconclusive.hot", hot=True), Reason.CONTAMINATED),
        (blocked(hot=True), Reason.CONTAMINATED),
        (blocked(alive=False), Reason.OWN_NETWORK),
    ],
)
def test_reasons_on_one_side(other: Row, reason: Reason) -> None:
    """Never a difference, and the side is named, whichever it is."""
    assert change(row(), other).whys == (Why(reason, (B,)),)
    assert change(other, row()).whys == (Why(reason, (A,)),)
    assert not change(row(), other).is_difference
    assert change(row(), other).kind is Class.NOT_COMPARABLE


def test_the_judges_rules_have_the_ids_that_are_asked_for() -> None:
    """A rule that is renamed must not silently lose its reason."""
    assert set(RULES) <= {rule.id for rule in JUDGES_RULES}


def test_a_hot_endpoint_does_not_undo_what_is_proven() -> None:
    """A site that answered, and a block that is confirmed, stand."""
    assert change(blocked(), row(hot=True)).kind is Class.NEWLY_OPEN
    assert change(row(), blocked(hot=True, confidence=Confidence.CONFIRMED)).kind is Class.NEWLY_BLOCKED


def test_a_run_with_no_sign_of_life_blocks_nothing() -> None:
    """A cable pulled out looks like everything blocked; one answer anywhere in the run shows that it was not."""
    dead = [blocked(input=f"https://{n}.example/", alive=False, run="b") for n in range(20)]
    before = [row(input=f"https://{n}.example/") for n in range(20)]
    found = compared(before, dead)
    assert {one.kind for one in found.changes} == {Class.NOT_COMPARABLE}
    assert found.nothing_compared
    living = compared(before, [*dead, row(input="https://other.example/", run="b")])
    assert living.whole().counts[Class.NEWLY_BLOCKED] == 20


def test_control_on_one_side_only() -> None:
    """A change that rests on a sighting without control is none, whichever side has the control; what is likely stands."""
    controlled = row(control=ControlKind.FILE)
    assert change(controlled, blocked()).whys == (Why(Reason.CONTROL_MISSING, (B,)),)
    assert change(blocked(), controlled).whys == (Why(Reason.CONTROL_MISSING, (A,)),)
    assert change(controlled, blocked(confidence=Confidence.LIKELY)).kind is Class.NEWLY_BLOCKED
    assert change(row(), blocked(control=ControlKind.FILE)).kind is Class.NEWLY_BLOCKED, (
        "reachable needs no control"
    )
    assert change(blocked(control=ControlKind.FILE), blocked()).kind is Class.SAME
    assert change(DOWN, blocked()).whys == (Why(Reason.CONTROL_MISSING, (B,)),)


def test_other_networks_are_not_compared_unless_asked() -> None:
    """Both known and not the same; with --across-networks the networks are what is compared."""
    there = blocked(network=MOBILE)
    found = change(row(), there)
    assert (found.kind, found.whys) == (Class.NOT_COMPARABLE, (Why(Reason.OTHER_NETWORK, (A, B)),))
    assert change(row(), there, across=True).kind is Class.NEWLY_BLOCKED
    assert compared([row()], [there]).nothing_compared


@pytest.mark.parametrize("other", [LOST, ("IR", "AS0"), ("ZZ", "AS58224")])
def test_an_unknown_network_may_be_the_same(other: tuple[str, str]) -> None:
    """It is compared, and the network named as a confound."""
    assert change(row(), blocked(network=other)).kind is Class.NEWLY_BLOCKED


def test_another_country_is_another_network_even_if_its_number_is_unknown() -> None:
    """IR and DE."""
    assert (
        change(row(network=("IR", "AS0")), blocked(network=("DE", "AS0"))).whys[0].reason
        is Reason.OTHER_NETWORK
    )


def test_many_networks_pair_each_with_itself() -> None:
    """Two that both sides have, and one each that only one side has: those two are set against each other."""
    before = [row(network=network) for network in (HOME, MOBILE, ("IR", "AS1"))]
    after = [blocked(network=HOME), row(network=MOBILE), row(network=("IR", "AS2"))]
    found = {one.item.networks: one.kind for one in compared(before, after).changes}
    assert found == {
        ((HOME,), (HOME,)): Class.NEWLY_BLOCKED,
        ((MOBILE,), (MOBILE,)): Class.SAME,
        ((("IR", "AS1"),), (("IR", "AS2"),)): Class.NOT_COMPARABLE,
    }


def test_measurements_that_disagree_flap() -> None:
    """On one side it is a difference, on both alike it is none."""
    mixed = [row(uid="1"), blocked(uid="2")]
    assert change(row(), mixed).kind is Class.FLAPPING
    assert change(row(), mixed).is_difference
    assert change(mixed, blocked()).is_difference
    assert change(mixed, mixed).kind is Class.FLAPPING
    assert not change(mixed, mixed).is_difference


def week(answers: int, sightings: int, confidence: Confidence = Confidence.LIKELY) -> list[Row]:
    """So many of each, of one target."""
    passed = [row(uid=f"o{n}") for n in range(answers)]
    return [*passed, *(blocked(uid=f"b{n}", confidence=confidence) for n in range(sightings))]


def test_one_sighting_in_five_is_an_accident() -> None:
    """Only a possible one, only of five or more."""
    assert change(row(), week(4, 1, Confidence.POSSIBLE)).kind is Class.SAME
    assert change(row(), week(3, 1, Confidence.POSSIBLE)).kind is Class.FLAPPING
    assert change(row(), week(4, 1, Confidence.CONFIRMED)).kind is Class.FLAPPING


def test_one_answer_in_five_is_a_slip_through_the_block() -> None:
    """Of five or more; the pair counts as any other."""
    assert change(blocked(), week(1, 4)).kind is Class.OTHER_CONFIDENCE
    assert change(blocked(), week(1, 3)).kind is Class.FLAPPING
    assert change(blocked(), week(2, 7)).kind is Class.FLAPPING
    found = compared(week(14, 0), week(1, 13))
    assert found.changes[0].kind is Class.NEWLY_BLOCKED
    assert (found.whole().pairs.n, found.whole().pairs.b) == (1, 1)


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ((13, 1), (1, 13), True),
        ((11, 3), (4, 10), True),
        ((8, 6), (6, 8), False),
        ((13, 1), (12, 2), False),
        ((4, 1), (2, 6), False),
        ((3, 1), (1, 3), True),
        ((2, 1), (1, 2), True),
        ((1, 1), (1, 2), False),
        ((2, 1), (3, 1), False),
    ],
)
def test_two_sides_that_flap_unlike_each_other(
    one: tuple[int, int], other: tuple[int, int], *, differs: bool
) -> None:
    """Answers and sightings of each; from five by Fisher's test, below by what most say; the same both ways."""
    there, back = change(week(*one), week(*other)), change(week(*other), week(*one))
    assert (there.kind, back.kind) == (Class.FLAPPING, Class.FLAPPING)
    assert (there.is_difference, back.is_difference) == (differs, differs)


def test_down_as_often_as_refused_before() -> None:
    """A share of any kind counts, not only that of sightings."""
    down = [row(Status.DOWN, uid=f"d{n}", confidence=Confidence.LIKELY) for n in range(7)]
    refused = [row(Status.REFUSED, uid=f"r{n}") for n in range(7)]
    assert change([*week(7, 0), *down], [*week(7, 0), *refused]).is_difference
    assert not change([*week(7, 0), *down], [*week(8, 0), *down]).is_difference


def test_several_measurements_are_one_pair() -> None:
    """Those that tell nothing are counted and do not count; the surest speaks."""
    after = [
        blocked(uid="1"),
        blocked(uid="2", confidence=Confidence.LIKELY),
        row(Status.INCONCLUSIVE, uid="3"),
    ]
    found = compared([row(uid="4"), row(uid="5")], after)
    (one,) = found.changes
    assert (found.whole().pairs.n, found.whole().pairs.b) == (1, 1)
    assert one.after is not None
    assert (one.after.row.uid, one.after.counts) == ("2", ((Kind.INTERFERED, 2), (Kind.UNKNOWN, 1)))


def test_a_measurement_that_comes_twice_counts_once() -> None:
    """As in a file and its packed copy."""
    found = compared([row(uid="1"), row(uid="1")], [row(uid="2")])
    assert found.changes[0].item.seen[0] is not None
    assert found.changes[0].item.seen[0].total == 1
    assert found.sides[0].measurements == 1


def test_mechanisms_that_alternate_on_both_sides_are_not_another_mechanism() -> None:
    """What each side mostly saw, the other saw as well."""
    resets, eofs = (
        [blocked(uid=f"r{n}") for n in range(3)],
        [blocked(Mechanism.TLS_EOF, uid=f"e{n}") for n in range(2)],
    )
    before = [*resets, *eofs[:1]]
    after = [*resets[:1], *eofs]
    assert change(before, after).kind is Class.SAME
    assert change(resets, eofs).kind is Class.OTHER_MECHANISM


def test_a_better_record_stands_for_a_broken_one() -> None:
    """A torn line beside a whole record of the same target says nothing."""
    torn = row(None, problem=Problem.RECORD_INVALID, network=NOWHERE)
    assert change(row(), [torn, blocked()]).kind is Class.NEWLY_BLOCKED


@pytest.mark.parametrize(
    ("history", "expected", "since"),
    [
        ("oobb", Class.NEWLY_BLOCKED, 2),
        ("bbbo", Class.NEWLY_OPEN, 3),
        ("obob", Class.FLAPPING, None),
        ("oooo", Class.SAME, None),
        ("o?bb", Class.NEWLY_BLOCKED, 2),
        ("o..b", Class.NEWLY_BLOCKED, 3),
        ("o...", Class.DISAPPEARED, None),
        ("...o", Class.APPEARED, None),
        (".o..", Class.NOT_COMPARABLE, None),
        ("?.?o", Class.NOT_COMPARABLE, None),
    ],
)
def test_many_runs(history: str, expected: Class, since: int | None) -> None:
    """`o` open, `b` blocked, `?` cannot tell, `.` not measured."""
    seen = {"o": [row()], "b": [blocked()], "?": [UNSURE], ".": []}
    (found,) = compared(*(seen[letter] for letter in history)).changes
    assert (found.kind, found.since) == (expected, since)


def test_two_sides_at_least() -> None:
    """One cannot be compared."""
    with pytest.raises(ValueError, match="nothing to compare"):
        compared([row()])
