"""Verdicts as people read them: one sentence, then the codes for whoever looks them up."""

from collections.abc import Sequence

from probe.cli.words import verdict as words
from probe.record.verdict import Status, Verdict

STYLES = {
    Status.REACHABLE: "green",
    Status.BLOCKED: "bold red",
    Status.THROTTLED: "red",
    Status.DOWN: "dim",
    Status.REFUSED: "yellow",
    Status.INCONCLUSIVE: "yellow",
}


def shown(text: str) -> str:
    """`text` as a terminal can show it: records come from anybody, and may hold what steers one."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def status_in_words(verdict: Verdict) -> str:
    """`blocked`, `cannot tell`; with how sure, where that is not everything."""
    return words.STATUS[verdict.status.value]


def reason(verdict: Verdict) -> str:
    """Why, by the rule that decided; and where, when that was after redirects."""
    text = words.RULES.get(verdict.rules[0] if verdict.rules else "", "")
    said = text.format(detail=verdict.detail or "?", host=verdict.host or "?")
    return said + (
        words.AT_HOP.format(hop=verdict.hop, host=verdict.host) if verdict.hop and verdict.host else ""
    )


def place_of(alike: Sequence[Verdict]) -> str:
    """The reason that several verdicts share, by one rule; what it was seen at only where that is the same for all."""
    details = {verdict.detail for verdict in alike}
    detail = details.pop() if len(details) == 1 else None
    text = words.RULES.get(alike[0].rules[0], "")
    return text.format(detail=detail or words.SEVERAL, host=words.SEVERAL)


def codes(verdict: Verdict) -> str:
    """`[dns.bogon confirmed]`."""
    parts = [*(mechanism.value for mechanism in verdict.mechanisms), verdict.confidence.value]
    return f"[{' '.join(parts)}]"


def sentence(verdict: Verdict) -> str:
    """`blocked — the name is answered with 10.10.34.36, a known block address [dns.bogon confirmed]`."""
    return (
        f"{words.SENTENCE.format(status=status_in_words(verdict), reason=reason(verdict))} {codes(verdict)}"
    )
