"""What a list holds once it is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """One URL to measure, normalised; where it came from: `line` is 1-based, `list_sha256` of the list's bytes."""

    url: str
    category_code: str | None
    platform: str | None
    role: str | None
    list_name: str
    list_sha256: str
    line: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that is no target: its number, its text made short and printable, and why."""

    list_name: str
    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class TestList:
    """A list that was read, in its order."""

    __test__ = False

    name: str
    sha256: str
    targets: tuple[Target, ...]
    rejected: tuple[Rejected, ...]
