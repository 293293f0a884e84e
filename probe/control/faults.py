"""What a place elsewhere must not say: failures that are its own doing are no news of the target.

A control that reports its own missing IPv6, or its own dead resolvers, turns a reachable site into one that is down
for everybody. So such a row is left out, and when nothing else is left there is no answer at all.
"""

from probe.record.failure import OWN_FAULTS, Failure

NO_ROUTE = frozenset({Failure.NETWORK_UNREACHABLE, Failure.NETWORK_DOWN, Failure.HOST_UNREACHABLE})


class OwnFaultError(Exception):
    """This machine or its network could not look; says nothing about the target. The message says what is wrong."""


def is_own_fault(ip: str, failure: str | None) -> bool:
    """Whether a failure at address `ip` says nothing about the target: IPv6 without a route is the usual one."""
    return failure in OWN_FAULTS or (":" in ip and failure in NO_ROUTE)
