"""One verdict told as a story: the work behind `probe explain`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from probe.cli.judging import Bench, Tally, records_of
from probe.cli.stop import DIFFERENT, DONE, stop
from probe.cli.telling import sentence, shown
from probe.cli.words import judge as words
from probe.judge.control_view import STALE
from probe.judge.observed import Attempt, Hop, hops_of
from probe.judge.rules import RULES
from probe.record import WebMeasurement
from probe.record.verdict import Confidence, ControlKind, Status, Verdict

REASONS = {rule.id: (rule.reason, rule.source) for rule in RULES}
RULED_OUT = {"dns": words.OUT_DNS, "tcp": words.OUT_TCP, "tls": words.OUT_TLS}
DAY = 86_400
SIGHTINGS = 2
"""Flows that failed alike, from which on more of them say nothing new."""


def explain_files(bench: Bench, files: Sequence[Path], url: str | None) -> int:
    """Tell every record of `url`, or of all; the exit code."""
    tally, told = Tally(), 0
    for file in files:
        for record in records_of(file, tally):
            if isinstance(record, WebMeasurement) and (url is None or record.input == url):
                typer.echo(("\n" if told else "") + "\n".join(map(shown, story(record, bench.judge(record)))))
                told += 1
    if url is not None and not told:
        stop(words.NO_SUCH_INPUT.format(input=url, files=", ".join(map(str, files))))
    return DIFFERENT if tally.bad else DONE


def story(record: WebMeasurement, verdict: Verdict) -> list[str]:
    """The lines about one record."""
    lines = [f"{record.input}", f"  {sentence(verdict)}"]
    lines += _section(words.EXPLAIN_SEEN, [line for hop in hops_of(record) for line in seen(hop)])
    lines += _section(words.EXPLAIN_RULES, [_rule(rule) for rule in verdict.rules])
    lines += _section(
        words.EXPLAIN_OUT, [RULED_OUT[family] for family in verdict.ruled_out if family in RULED_OUT]
    )
    beside = [
        words.FINDING.format(rule=one.rule, mechanism=one.mechanism.value, detail=one.detail)
        for one in verdict.findings
    ]
    lines += _section(words.EXPLAIN_BESIDE, beside)
    lines += _section(words.EXPLAIN_SURER, surer(verdict))
    numbers = ", ".join(map(str, verdict.evidence)) or "-"
    control = verdict.control.kind.value + (f" {verdict.control.source}" if verdict.control.source else "")
    lines.append("  " + words.EXPLAIN_RESTS.format(numbers=numbers, control=control, ruleset=verdict.ruleset))
    return lines


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"  {title}:", *(f"    {line}" for line in lines)] if lines else []


def _rule(rule_id: str) -> str:
    reason, source = REASONS.get(rule_id, ("", ""))
    return f"{rule_id}: {reason} ({source})"


def seen(hop: Hop) -> Iterator[str]:
    """What one hop showed, step by step."""
    if hop.depth:
        yield words.HOP.format(depth=hop.depth, url=hop.url)
    for look_up in hop.look_ups:
        answer = ", ".join(look_up.addresses) or look_up.failure or "-"
        resolver = f"{look_up.resolver or 'system'} {look_up.query_type}"
        yield words.LOOKED_UP.format(resolver=resolver, answer=answer)
    for attempt in hop.attempts:
        yield words.CONNECTED.format(endpoint=f"{attempt.ip} {attempt.port}", outcome=_outcome(attempt))
    if hop.exchange is not None:
        status = f"status {hop.exchange.status}" if hop.exchange.status else ""
        outcome = ", ".join(filter(None, (status, hop.exchange.failure)))
        yield words.ANSWERED.format(address=hop.exchange.address or "?", outcome=outcome)


def _outcome(attempt: Attempt) -> str:
    steps = [attempt.tcp_failure or "TCP ok"]
    if attempt.tls is not None:
        steps.append(attempt.tls.failure or "TLS ok")
    return ", ".join(steps)


def surer(verdict: Verdict) -> list[str]:
    """What a person could do to know more."""
    if verdict.confidence is Confidence.CONFIRMED:
        return [words.SURER_NOTHING]
    advice = []
    if verdict.control.kind is ControlKind.NONE:
        advice.append(words.SURER_CONTROL)
    elif (verdict.control.age_s or 0) > STALE:
        advice.append(words.SURER_FRESH.format(days=(verdict.control.age_s or 0) / DAY))
    if verdict.confidence is Confidence.POSSIBLE or verdict.status is Status.INCONCLUSIVE:
        advice.append(words.SURER_AGAIN)
    if verdict.status is Status.BLOCKED and len(verdict.evidence) < SIGHTINGS:
        advice.append(words.SURER_ADDRESSES)
    return advice or [words.SURER_ENOUGH]
