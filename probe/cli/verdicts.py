"""The verdicts of a run as people read them at its end: each target that is not simply reachable, then each platform."""

from collections import Counter
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from probe.cli.telling import STYLES, codes, place_of, reason, status_in_words
from probe.cli.words import verdict as words
from probe.judge.platform import HostVerdict, PlatformStatus, PlatformVerdict, judge_platforms
from probe.record.verdict import Status, Verdict
from probe.testlist import Target

MAX_TARGETS = 60
"""Targets that are told one by one; a list of thousands is for `probe judge`."""

Judged = Sequence[tuple[Target, Verdict]]

PLATFORM_STYLES = {
    PlatformStatus.REACHABLE: "green",
    PlatformStatus.PARTLY: "red",
    PlatformStatus.BLOCKED: "bold red",
    PlatformStatus.DOWN: "dim",
    PlatformStatus.INCONCLUSIVE: "yellow",
}


def tell(out: Console, judged: Judged, *, dead: bool = False) -> None:
    """Everything, on `out`; of a `dead` network no target of which nothing can be told: it is the same with all."""
    special = [entry for entry in judged if not dead or entry[1].status is not Status.INCONCLUSIVE]
    for line in [*target_lines(special), *platform_lines(judged)]:
        out.print(line)


def target_lines(judged: Judged) -> Iterable[Text]:
    """A line for each target that is not reachable, platform by platform."""
    special = [entry for entry in judged if entry[1].status is not Status.REACHABLE]
    for target, verdict in sorted(special, key=lambda entry: (entry[0].platform or "~", entry[0].url))[
        :MAX_TARGETS
    ]:
        yield Text.assemble(
            (status_in_words(verdict), STYLES[verdict.status]),
            f" {_shown(target)}: {reason(verdict)} ",
            (codes(verdict), "dim"),
        )
    if len(special) > MAX_TARGETS:
        yield Text(words.MORE_TARGETS.format(count=len(special) - MAX_TARGETS), "dim")
    if special:
        yield Text()


def platform_lines(judged: Judged) -> Iterable[Text]:
    """`Instagram: blocked — the name is answered with 10.10.34.36, a known block address; 15 of 17 hosts [dns.bogon confirmed]`."""
    for name, verdict in judge_platforms(hosts_of(judged)).items():
        targets = [entry for entry in judged if entry[0].platform == name]
        mechanisms = [*(mechanism.value for mechanism in verdict.mechanisms), verdict.confidence.value]
        yield Text.assemble(
            (name, "bold"),
            ": ",
            (words.STATUS[verdict.status.value], PLATFORM_STYLES[verdict.status]),
            f"{_why(verdict, targets)} ",
            (f"[{' '.join(mechanisms)}]", "dim"),
        )


def hosts_of(judged: Judged) -> list[HostVerdict]:
    """The verdicts on hosts of platforms, as the judge of platforms takes them."""
    return [
        HostVerdict(target.platform, target.role, urlsplit(target.url).hostname or "", verdict)
        for target, verdict in judged
        if target.platform
    ]


def _why(platform: PlatformVerdict, targets: Judged) -> str:
    """The most frequent reason among the hosts that interference decided, how many they are, and what works all the same."""
    bad = [verdict for _, verdict in targets if verdict.status in (Status.BLOCKED, Status.THROTTLED)]
    told = platform.status in (PlatformStatus.BLOCKED, PlatformStatus.PARTLY)
    if not bad or not told:
        answered = sum(verdict.status is Status.REACHABLE for _, verdict in targets)
        return words.PLATFORM_REACHED.format(reached=answered, hosts=len(targets))
    rule, _ = Counter(verdict.rules[0] for verdict in bad).most_common(1)[0]
    alike = [verdict for verdict in bad if verdict.rules[0] == rule]
    text = words.PLATFORM_WHY.format(reason=place_of(alike), count=len(bad), hosts=len(targets))
    if platform.status is PlatformStatus.PARTLY and platform.working_roles:
        roles = ", ".join(words.ROLES.get(role, role) for role in platform.working_roles if role)
        text += words.PLATFORM_WORKS.format(roles=roles) if roles else ""
    return text


def _shown(target: Target) -> str:
    return target.url.removeprefix("https://")
