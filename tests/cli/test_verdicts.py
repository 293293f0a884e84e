"""Verdicts at the end of a run: the targets that are special, then each platform, in words first."""

import pytest

from probe.cli.verdicts import MAX_TARGETS, platform_lines, target_lines, tell
from probe.record.verdict import Confidence, ControlKind, ControlUsed, Mechanism, Status, Verdict
from probe.testlist import Target
from tests.cli.running import screen, shown


def target(host: str, platform: str | None = "Instagram", role: str | None = "web") -> Target:
    """A target of a list."""
    return Target(f"https://{host}/", None, platform, role, "platforms", "ab" * 32, 2)


def verdict(status: Status, rule: str, *mechanisms: Mechanism, detail: str | None = None) -> Verdict:
    """A verdict by one rule, without control."""
    return Verdict(
        status=status,
        confidence=Confidence.CONFIRMED,
        mechanisms=list(mechanisms),
        rules=[rule],
        detail=detail,
        control=ControlUsed(kind=ControlKind.NONE),
        ruleset="1",
    )


def forged(detail: str = "10.10.34.36") -> Verdict:
    """A name that is answered with a block address."""
    return verdict(Status.BLOCKED, "dns.known_private_address", Mechanism.DNS_BOGON, detail=detail)


def fine() -> Verdict:
    """An answer."""
    return verdict(Status.REACHABLE, "reachable.valid", detail="status 200")


def test_a_platform_in_words() -> None:
    """What it is, why, how many hosts, and the codes behind."""
    judged = [(target("www.instagram.com"), forged()), (target("i.instagram.com", role="api"), forged())]
    (line,) = platform_lines(judged)
    assert line.plain == (
        "Instagram: blocked — the name is answered with 10.10.34.36, a known block address; 2 of 2 hosts "
        "[dns.bogon confirmed]"
    )


def test_a_platform_of_which_a_part_works() -> None:
    """It says which."""
    judged = [(target("www.instagram.com"), fine()), (target("cdn.example", role="media"), forged())]
    (line,) = platform_lines(judged)
    assert line.plain.startswith("Instagram: partly blocked — the name is answered with 10.10.34.36")
    assert "1 of 2 hosts; works: web pages" in line.plain


def test_several_places_are_not_told_as_one() -> None:
    """Where hosts differ in what was seen, no single address is named."""
    judged = [(target("a.example"), forged("10.10.34.35")), (target("b.example"), forged("10.10.34.36"))]
    (line,) = platform_lines(judged)
    assert "answered with their addresses" in line.plain


def test_a_reachable_platform_is_said_in_one_line() -> None:
    """With how many of its hosts answered."""
    (line,) = platform_lines([(target("www.instagram.com"), fine())])
    assert line.plain == "Instagram: reachable, 1 of 1 hosts reachable [confirmed]"


def test_only_special_targets_are_told() -> None:
    """A reachable one is no news; a target without platform is told too."""
    judged = [(target("fine.example"), fine()), (target("bad.example", platform=None), forged())]
    lines = [line.plain for line in target_lines(judged)]
    assert lines == [
        "blocked bad.example/: the name is answered with 10.10.34.36, a known block address [dns.bogon confirmed]",
        "",
    ]
    assert list(platform_lines(judged[1:])) == []


def test_a_long_list_is_cut() -> None:
    """And says how many more there are."""
    judged = [(target(f"h{number}.example"), forged()) for number in range(MAX_TARGETS + 5)]
    lines = [line.plain for line in target_lines(judged)]
    assert len(lines) == MAX_TARGETS + 2
    assert lines[-2] == "… and 5 more: probe judge FILE tells each"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_every_width_keeps_the_words(width: int) -> None:
    """Lines are folded, nothing is cut off."""
    out = screen(width)
    tell(out, [(target("www.instagram.com"), forged()), (target("i.instagram.com", role="api"), fine())])
    text = " ".join(shown(out).split())
    assert max(map(len, shown(out).splitlines())) <= width
    assert "a known block address" in text
    assert "dns.bogon confirmed" in text
