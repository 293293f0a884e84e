"""A comparison put into words: sentences for people, the codes behind them. Decides and counts nothing."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from probe.cli.telling import codes, reason, status_in_words
from probe.cli.words import compare as words
from probe.record.verdict import ControlUsed, Status, Verdict
from probe.report.compare.change import Change, Class, Why
from probe.report.compare.row import Row
from probe.report.compare.seen import Kind, Reason, Seen
from probe.report.compare.told import Line

Labels = Sequence[str]


def count_of(count: int, noun: str) -> str:
    """`1 target`, `17 targets`."""
    return (words.SINGULAR if count == 1 else words.PLURAL).format(count=count, noun=noun)


def target_of(change: Change) -> str:
    """`www.instagram.com`, `t.me/news`: what was asked for, as people say it."""
    test_name, asked = change.item.target
    if asked is None:
        return test_name
    short = asked.removeprefix("https://")
    return short.removesuffix("/") if short.count("/") == 1 and "://" not in short else short


def line_of(change: Change, labels: Labels) -> Line:
    """`newly blocked — the connection … is reset once the name is sent (was reachable)`, with `[tls.reset possible]`."""
    seen = change.after if change.after is not None else change.before
    shown = seen is not None and seen.kind not in (Kind.MIXED, Kind.UNKNOWN)
    return Line(
        target=target_of(change),
        text=_sentence(change, labels),
        codes=codes(verdict_of(seen.row)) if seen is not None and shown else "",
    )


def verdict_of(row: Row) -> Verdict:
    """The verdict that `row` keeps, as far as it keeps it; of one without a verdict: cannot tell."""
    return Verdict(
        status=row.status or Status.INCONCLUSIVE,
        confidence=row.confidence,
        layer=row.layer,
        mechanisms=list(row.mechanisms),
        rules=[row.rule] if row.rule else [],
        detail=row.detail,
        hop=row.hop,
        host=row.host,
        control=ControlUsed(kind=row.control, age_s=row.control_age),
        ruleset="",
    )


def names(sides: Iterable[int], labels: Labels) -> str:
    """`A and B`."""
    found = [labels[side] for side in sides]
    return words.COMMA.join(found[:-1]) + (words.AND if len(found) > 1 else "") + found[-1]


FORMS: Mapping[Class, str] = MappingProxyType({
    Class.NEWLY_BLOCKED: words.NEWLY_BLOCKED,
    Class.NEWLY_OPEN: words.NEWLY_OPEN,
    Class.OTHER_MECHANISM: words.OTHER_MECHANISM,
    Class.OTHER_OUTCOME: words.OTHER_OUTCOME,
    Class.OTHER_CONFIDENCE: words.OTHER_CONFIDENCE,
    Class.SAME: words.SAME,
})  # fmt: skip
"""Classes of two verdicts that were set side by side."""

PAIR = 2


def _sentence(change: Change, labels: Labels) -> str:
    before, after = change.before, change.after
    if change.kind is Class.FLAPPING:
        told = [(label, _counted(seen)) for label, seen in zip(labels, change.item.seen, strict=True) if seen]
        return words.FLAPPING.format(sides=words.SEMICOLON.join(f"{label}: {text}" for label, text in told))
    if change.kind is Class.NOT_COMPARABLE:
        return _not_comparable(change, labels)
    if before is None or after is None:
        side, seen = (change.last, after) if before is None else (change.first, before)
        return words.ONLY_IN.format(side=labels[side or 0], verdict=_said(seen))
    text = FORMS[change.kind].format(
        status=status_in_words(verdict_of(after.row)),
        reason=_why(after.row) + _share(after),
        before=_in_short(before),
        sure_before=before.row.confidence.value,
        sure=after.row.confidence.value,
    )
    told_since = change.since is not None and len(labels) > PAIR
    return text + (words.SINCE.format(side=labels[change.since or 0]) if told_since else "")


def _not_comparable(change: Change, labels: Labels) -> str:
    why = words.SEMICOLON.join(_reason(one, change, labels) for one in change.whys)
    text = words.NOT_COMPARABLE.format(why=why)
    for side, (label, seen) in enumerate(zip(labels, change.item.seen, strict=True)):
        if seen is None:
            continue
        explained = any(side in one.sides for one in change.whys) and seen.reason in UNSAID
        if not explained:
            text += words.AND_THERE.format(side=label, verdict=_said(seen))
    return text


UNSAID = frozenset({Reason.RECORD_INVALID, Reason.NOT_MEASURED, Reason.NO_RULES})
"""Of these there is no verdict to be told."""


def _reason(why: Why, change: Change, labels: Labels) -> str:
    networks = [words.COMMA.join(" ".join(network) for network in side) for side in change.item.networks]
    form = words.REASON[why.reason.value]
    return form.format(
        sides=names(why.sides, labels), networks=words.ARROW.join(one for one in networks if one)
    )


def _said(seen: Seen | None) -> str:
    """`blocked — the connection … is reset [tls.reset possible]`; what disagrees, counted."""
    if seen is None:
        return words.NONE
    if seen.kind is Kind.MIXED:
        return _counted(seen)
    status = status_in_words(verdict_of(seen.row))
    return f"{status} — {_why(seen.row)}" if seen.row.rule else status


def _in_short(seen: Seen) -> str:
    """`reachable`; `blocked [tls.reset possible]`."""
    verdict = verdict_of(seen.row)
    status = status_in_words(verdict)
    return f"{status} {codes(verdict)}" if seen.row.mechanisms else status


def _why(row: Row) -> str:
    return reason(verdict_of(row)) or words.NO_REASON


def _share(seen: Seen) -> str:
    """`, in 4 of 5 measurements`."""
    count = dict(seen.counts)[seen.kind]
    return words.IN_OF.format(count=count, total=seen.total) if seen.total > 1 else ""


def _counted(seen: Seen) -> str:
    """`2 reachable, 1 blocked`; of a single measurement, `reachable`."""
    if seen.total == 1:
        return words.KIND[seen.kind.value]
    return words.COMMA.join(
        words.COUNTED.format(count=count, kind=words.KIND[kind.value]) for kind, count in seen.counts
    )
