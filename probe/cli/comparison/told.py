"""A comparison as it is shown, whole: which parts there are, in which order, and how much of each."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from probe.cli.comparison.reading import Reading
from probe.cli.comparison.words import count_of, line_of, verdict_of
from probe.cli.verdicts import hosts_of, platform_lines
from probe.cli.words import compare as words
from probe.cli.words.verdict import STATUS
from probe.judge.platform import judge_platforms
from probe.record.verdict import Verdict
from probe.report.compare.change import Change, Class
from probe.report.compare.comparison import COMPARED, By, Comparison, Facts, Group
from probe.report.compare.confounds import Confound
from probe.report.compare.row import Row
from probe.report.compare.seen import Reason
from probe.report.compare.told import Line, Notice, Notices, Section, Table, Told, Tone
from probe.report.statistics.paired import MIN_PAIRS, Paired
from probe.testlist import Target

TONES: dict[Class, Tone] = {
    Class.NEWLY_BLOCKED: "bad",
    Class.NEWLY_OPEN: "good",
    Class.OTHER_MECHANISM: "bad",
    Class.OTHER_OUTCOME: "doubt",
    Class.FLAPPING: "doubt",
    Class.NOT_COMPARABLE: "doubt",
}
UNLISTED = frozenset({Class.SAME})
"""Counted, and listed when asked for."""

ALONE = frozenset({Class.APPEARED, Class.DISAPPEARED})
SMALLEST_P = 0.0001
MAX_SIDES = 12
"""Runs that are described one by one."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How it is to be shown: grouped by what, which classes (empty: all that say something), how many targets of each."""

    by: By
    only: Collection[Class] = ()
    most: int | None = None


def tell(comparison: Comparison, readings: Sequence[Reading], wish: Wish) -> Told:
    """All of `comparison` in words. `readings`: what was read, one for each argument."""
    labels = tuple(side.label for side in comparison.sides)
    return Told(
        language=words.LANGUAGE,
        direction=words.DIRECTION,
        title=words.TITLE,
        labels=_few(labels, words.ELLIPSIS),
        sides=tuple(_sides(comparison, readings)),
        summary=tuple(_summary(comparison)),
        notices=tuple(_notices(comparison.confounds)),
        platforms=tuple(_platforms(comparison)),
        table=_table(comparison, wish.by),
        statistics=tuple(_statistics(comparison.whole().pairs)),
        sections=tuple(_sections(comparison, labels, wish)),
        columns=(words.COLUMN_TARGET, words.COLUMN_WHAT, words.COLUMN_CODES),
        footer=words.WHERE_CODES,
    )


def _sides(comparison: Comparison, readings: Sequence[Reading]) -> Iterable[str]:
    one_each = len(readings) == len(comparison.sides)
    for number, facts in enumerate(comparison.sides[:MAX_SIDES]):
        reading = readings[number] if one_each and readings[number].name == facts.name else None
        yield words.SIDE.format(label=facts.label, name=facts.name, facts=_facts(facts, reading))
    if len(comparison.sides) > MAX_SIDES:
        yield words.MORE.format(count=len(comparison.sides) - MAX_SIDES)
    if not one_each:
        yield from (words.READ.format(name=one.name, judged=_judged(one)) for one in readings)


def _facts(facts: Facts, reading: Reading | None) -> str:
    time = words.NO_TIME
    if facts.first:
        time = (words.AT if facts.first == facts.last else words.UNTIL).format(
            first=facts.first, last=facts.last
        )
    parts = [
        count_of(facts.targets, words.TARGETS),
        count_of(facts.measurements, words.MEASUREMENTS),
        count_of(facts.runs, words.RUNS),
    ]
    networks = words.COMMA.join(" ".join(network) for network in facts.networks[:3])
    if len(facts.networks) > 3:  # noqa: PLR2004 - what one line has room for
        networks += " " + words.MORE.format(count=len(facts.networks) - 3)
    told = [words.COMMA.join(parts), time, networks, *([_judged(reading)] if reading else [])]
    return words.SEMICOLON.join(text for text in told if text)


def _judged(reading: Reading) -> str:
    text = words.JUDGED_AS_RECORDED
    if reading.anew:
        text = words.JUDGED_ANEW.format(count=reading.anew, all=reading.records)
    bad = words.BAD_LINES.format(lines=count_of(reading.bad, words.LINES))
    return words.SEMICOLON.join([text, bad]) if reading.bad else text


def _summary(comparison: Comparison) -> Iterable[str]:
    total, differences = len(comparison.changes), comparison.differences
    if differences:
        alone = sum(change.kind in ALONE for change in comparison.changes)
        also = words.ALONE.format(alone=alone) if alone else ""
        yield words.SUMMARY.format(differences=differences, targets=total, alone=also)
    elif not comparison.nothing_compared:
        yield words.NO_DIFFERENCE.format(compared=comparison.compared, targets=total)
    if comparison.nothing_compared:
        yield words.NOTHING_COMPARED
    if any(why.reason is Reason.OTHER_NETWORK for change in comparison.changes for why in change.whys):
        yield words.FOREIGN_HINT
    first, last = comparison.sides[0], comparison.sides[-1]
    if first.first and last.last and last.last < first.first:
        yield words.BACKWARDS.format(first=first.label, second=last.label)


def _notices(found: Iterable[Confound]) -> Iterable[Notices]:
    found = list(found)
    for title, differs in ((words.CONFOUNDS_TITLE, True), (words.CAUTIONS_TITLE, False)):
        notices = tuple(map(_notice, (one for one in found if one.differs is differs)))
        if notices:
            yield Notices(title, notices)


def _notice(found: Confound) -> Notice:
    values = [
        words.COMMA.join(values) + (" " + words.MORE.format(count=more) if more else "") or words.NONE
        for values, more in zip(found.values, found.more, strict=True)
    ]
    rest = values[0] if len(set(values)) == 1 else words.MORE.format(count=len(values) - MAX_SIDES)
    return Notice(words.CONFOUND[found.kind.value], words.MEANING[found.kind.value], _few(values, rest))


def _few(texts: Sequence[str], rest: str) -> tuple[str, ...]:
    """As many as there is room for; `rest` stands for the others."""
    return (*texts[:MAX_SIDES], rest) if len(texts) > MAX_SIDES else tuple(texts)


def _platforms(comparison: Comparison) -> Iterable[Line]:
    """What became of each platform as a whole: judged, before and after, by the targets that could be compared."""
    told_of = [one for one in comparison.changes if one.kind in COMPARED and not _flaps_alike(one)]
    ends = [(one.item.platform, one.before, one.after) for one in told_of]
    told = [(name, before.row, after.row) for name, before, after in ends if name and before and after]
    befores = judge_platforms(hosts_of([_judged_target(name, row) for name, row, _ in told]))
    now = [_judged_target(name, row) for name, _, row in told]
    for (name, after), line in zip(judge_platforms(hosts_of(now)).items(), platform_lines(now), strict=True):
        before = befores[name].status
        form = words.PLATFORM_SAME if before is after.status else words.PLATFORM_CHANGED
        text = line.plain[len(name) + len(": ") :]
        yield Line(name, form.format(before=STATUS[before.value], after=text))


def _flaps_alike(change: Change) -> bool:
    """Neither side has one verdict that could be another one than before."""
    return change.kind is Class.FLAPPING and not change.is_difference


def _judged_target(platform: str, row: Row) -> tuple[Target, Verdict]:
    return Target(row.input or "", None, platform, row.role, "", "", 0), verdict_of(row)


def _table(comparison: Comparison, by: By) -> Table:
    """Classes that nobody is in have no column; the last row counts all."""
    groups = [*comparison.groups(by), comparison.whole()] if by is not By.INPUT else [comparison.whole()]
    classes = [kind for kind in Class if kind in ALWAYS or any(group.counts[kind] for group in groups)]
    named = [*(group.name or words.NAMELESS[by.value] for group in groups[:-1]), words.TOTAL]
    headings = (
        words.GROUPS_TITLE[by.value],
        words.COLUMN_TARGETS,
        *(words.CLASS[kind.value] for kind in classes),
    )
    rows = [_row(name, group, classes) for name, group in zip(named, groups, strict=True)]
    if by is By.LAYER:  # the layer is a part of the outcome: nothing is left to test
        return Table(headings, tuple(row[:-1] for row in rows))
    return Table((*headings, words.COLUMN_P), tuple(rows))


ALWAYS = frozenset({Class.NEWLY_BLOCKED, Class.NEWLY_OPEN, Class.SAME})


def _row(name: str, group: Group, classes: Iterable[Class]) -> tuple[str, ...]:
    counts = (str(group.counts[kind] or "-") for kind in classes)
    return name, str(group.total), *counts, p_of(group.pairs) if group.pairs.sufficient else words.TOO_FEW


def p_of(pairs: Paired) -> str:
    """`0.012`, `< 0.0001`."""
    p = pairs.p or 0.0
    return words.P_BELOW if p < SMALLEST_P else f"{p:.2g}"


def _statistics(pairs: Paired) -> Iterable[str]:
    if pairs.n == 0:
        yield words.NO_PAIRS
        return
    yield words.PAIRS.format(n=pairs.n, b=pairs.b, c=pairs.c, size=_size(pairs))
    if pairs.sufficient and pairs.b + pairs.c:
        yield words.INDEPENDENCE


def _size(pairs: Paired) -> str:
    """The difference with its interval, and p; or that there are too few pairs for either."""
    if pairs.p is None or pairs.difference is None or pairs.low is None or pairs.high is None:
        return words.INSUFFICIENT.format(least=MIN_PAIRS)
    turn = -1 if pairs.difference < 0 else 1
    low, high = sorted((turn * pairs.low, turn * pairs.high))
    return words.DIFFERENCE.format(
        points=_points(abs(pairs.difference)),
        direction=words.LESS_BLOCKED if turn < 0 else words.MORE_BLOCKED,
        low=_points(low),
        high=_points(high),
        p=p_of(pairs) if pairs.p < SMALLEST_P else words.P_IS.format(p=p_of(pairs)),
    )


def _points(share: float) -> str:
    return f"{round(share * 100):d}".replace("-", "\u2212")


def _sections(comparison: Comparison, labels: Sequence[str], wish: Wish) -> Iterable[Section]:
    for kind in Class:
        if kind not in wish.only if wish.only else kind in UNLISTED:
            continue
        found = sorted(
            (change for change in comparison.changes if change.kind is kind),
            key=lambda one: one.item.platform or "~",
        )
        if found:
            shown = found[: wish.most]
            more = words.MORE_LINES.format(count=len(found) - len(shown)) if len(shown) < len(found) else ""
            lines = tuple(line_of(change, labels) for change in shown)
            yield Section(words.HEADING[kind.value], TONES.get(kind, "plain"), len(found), lines, more)
