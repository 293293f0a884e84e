"""What a host is for on its platform, what that is to the users, and how the hosts of one role fare together.

The platform as a whole is judged in `platform.py`.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from probe.record.verdict import Confidence, Status, Verdict


class Need(StrEnum):
    """What a role is to the people who use a platform."""

    WAY_IN = "way in"
    """One of these is enough to get in; without any the platform is lost."""
    PART = "part"
    """Without it the platform is not what people come for."""
    ASIDE = "aside"
    """One can do without."""


class Reasoned(NamedTuple):
    """A need, and why."""

    need: Need
    reason: str


NEEDS: Mapping[str, Reasoned] = {
    "web": Reasoned(Need.WAY_IN, "The site in a browser."),
    "api": Reasoned(Need.WAY_IN, "What the app asks; who has the app needs no web page."),
    "media": Reasoned(Need.PART, "Pictures, video, uploads: what people come for."),
    "static": Reasoned(Need.PART, "Scripts and styles, without which the web page stays blank."),
    "realtime": Reasoned(Need.PART, "Messages and calls as they happen; of a messenger that is all."),
    "download": Reasoned(Need.PART, "Newcomers and updates need it; of a store that is all."),
    "short_link": Reasoned(Need.ASIDE, "The long form of a link opens the same page."),
}
"""Role in a test list → what it is to the users. Roles that are not named here are aside."""


def need_of(role: str) -> Need:
    """What `role` is to the users."""
    known = NEEDS.get(role)
    return known.need if known else Need.ASIDE


def needed(roles: Collection[str]) -> list[str]:
    """Those of `roles` that count: all of them when none is needed."""
    return [role for role in roles if need_of(role) is not Need.ASIDE] or list(roles)


class RoleState(StrEnum):
    """How the hosts of one role fare together.

    `doubtful`: some work, of as many nothing is known. `out`: all down or refusing, which is not the network's doing.
    """

    WORKS = "works"
    DOUBTFUL = "doubtful"
    PARTLY = "partly"
    BLOCKED = "blocked"
    OUT = "out"
    UNKNOWN = "unknown"


GOOD = frozenset({RoleState.WORKS, RoleState.DOUBTFUL, RoleState.PARTLY})
"""Something works."""

BAD = frozenset({RoleState.BLOCKED, RoleState.PARTLY})
"""Something is interfered with."""

WORKING = frozenset({Status.REACHABLE, Status.THROTTLED})
INTERFERED = frozenset({Status.BLOCKED, Status.THROTTLED})
"""What is throttled works, and is interfered with."""

SURE = frozenset({Confidence.CONFIRMED, Confidence.LIKELY})


def state_of(verdicts: Sequence[Verdict]) -> RoleState:
    """The state of a role with these `verdicts`; `out` when there are none.

    A sighting that is only possible counts against hosts that work when it is not outnumbered by them: about a fifth
    of all connections die early with no censor. Hosts of which nothing is known leave the role to those that work as
    long as these are more. Hosts that are down or refuse say nothing of the network.
    """
    works = sum(one.status in WORKING for one in verdicts)
    sure = any(one.status in INTERFERED and one.confidence in SURE for one in verdicts)
    unsure = sum(one.status in INTERFERED and one.confidence not in SURE for one in verdicts)
    unknown = sum(one.status is Status.INCONCLUSIVE for one in verdicts)
    if works:
        if sure or unsure >= works:
            return RoleState.PARTLY
        return RoleState.WORKS if works > unknown else RoleState.DOUBTFUL
    if sure or (unsure and unsure >= unknown):
        return RoleState.BLOCKED
    return RoleState.UNKNOWN if unknown else RoleState.OUT
