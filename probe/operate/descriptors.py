"""How many files and sockets this process may have open: its own limit must not look like the network's doing."""

import sys

if sys.platform != "win32":
    import resource

ENOUGH = 65_536
"""More than a thousand targets at a time need; a bound, since some systems reserve memory for each."""

MODEST = 10_240
"""macOS's OPEN_MAX: it says that there is no limit, and refuses more than this."""

PER_TARGET = 12
"""Four questions over UDP, two of the system's, and connections to two addresses of each family, with some to spare."""

RESERVE = 64
"""Files of the run itself, its loop, its encrypted resolvers and helpers."""


def raise_limit() -> int | None:
    """Allow this process as many open files as it may have; returns how many that are, None when there is no limit."""
    if sys.platform == "win32":  # has no such limit
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return None
    for wish in (ENOUGH, MODEST):
        goal = wish if hard == resource.RLIM_INFINITY else min(wish, hard)
        if goal <= soft:
            break
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (goal, hard))
        except (OSError, ValueError):
            continue
        return int(goal)
    return int(soft)


def targets_within(limit: int) -> int:
    """How many targets can be measured at a time with `limit` open files; at least one."""
    return max(1, (limit - RESERVE) // PER_TARGET)
