"""What is wrong with a list, although it can be measured. Pure: no look-up, no network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import urlsplit

from probe.testlist.bundled import bundled_names, load_bundled
from probe.testlist.entry import Target, TestList

CATEGORIES = frozenset(
    [
        "ALDR",
        "ANON",
        "COMM",
        "COMT",
        "CTRL",
        "CULTR",
        "DATE",
        "ECON",
        "ENV",
        "FILE",
        "GAME",
        "GMB",
        "GOVT",
        "GRP",
        "HACK",
        "HATE",
        "HOST",
        "HUMR",
        "IGO",
        "LGBT",
        "MILX",
        "MISC",
        "MMED",
        "NEWS",
        "POLR",
        "PORN",
        "PROV",
        "PUBH",
        "REL",
        "SRCH",
        "XED",
    ]
)
"""Citizen Lab's category codes, version of 2017 (32 with CTRL and MISC)."""

MOVED: Mapping[str, str] = MappingProxyType(
    {
        "twitter.com": "x.com",
        "www.twitter.com": "x.com",
        "mobile.twitter.com": "x.com",
        "youtube.com": "www.youtube.com",
        "instagram.com": "www.instagram.com",
        "telegram.me": "t.me",
        "medium.freecodecamp.org": "www.freecodecamp.org",
        "plus.google.com": "",
        "www.orkut.com": "",
        "vine.co": "",
    }
)
"""Hosts whose site lives elsewhere now, or nowhere (empty)."""


class Code(StrEnum):
    """Kinds of findings."""

    REJECTED = "rejected"
    MOVED = "moved"
    HTTP = "http"
    CATEGORY = "category"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at a line."""

    line: int
    code: Code
    message: str


def lint(entries: TestList) -> list[Finding]:
    """All findings of a list, by line; duplicates and other rejected lines are among them."""
    known = _known_hosts()
    secure = set(known) | {
        urlsplit(target.url).netloc for target in entries.targets if target.url.startswith("https://")
    }
    findings = [Finding(line.line, Code.REJECTED, f"{line.reason}: {line.text}") for line in entries.rejected]
    for target in entries.targets:
        findings += _lint_target(target, secure, known)
    return sorted(findings, key=lambda finding: (finding.line, finding.code))


def _lint_target(target: Target, secure: set[str], known: Mapping[str, str]) -> Iterator[Finding]:
    parts = urlsplit(target.url)
    host = parts.netloc
    if host in MOVED and not target.platform:
        there = MOVED[host]
        yield Finding(target.line, Code.MOVED, f"{host} is at {there} now" if there else f"{host} is closed")
    if parts.scheme == "http" and host in secure and target.category_code != "CTRL":
        yield Finding(target.line, Code.HTTP, f"https://{host}/ exists")
    if target.category_code is not None and target.category_code not in CATEGORIES:
        yield Finding(target.line, Code.CATEGORY, f"no category {target.category_code!r}")
    if target.platform is None and known.get(host):
        yield Finding(target.line, Code.PLATFORM, f"{host} belongs to {known[host]}")


def _known_hosts() -> dict[str, str]:
    """Hosts of the bundled lists that are there over https, with their platform."""
    targets = (target for name in bundled_names() for target in load_bundled(name).targets)
    return {
        urlsplit(target.url).netloc: target.platform or ""
        for target in targets
        if target.url.startswith("https://")
    }
