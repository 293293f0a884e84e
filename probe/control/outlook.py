"""What all requests to a helper share: how it asks resolvers, how it reaches targets, and how long it tries."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from probe.control.guard import Block, Guard, GuardedNetwork
from probe.control.limits import Limits
from probe.measure.setting import Deadlines, Setting

DEADLINES = Deadlines(dns=4.0, tcp=15.0, tls=15.0, http=15.0)
"""Seconds, of OONI's helper (internal/oohelperd). `tcp` is for connect and handshake of an endpoint together, `http`
for the GET with all its redirects, look-ups and connections."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """`setting` asks the resolvers; its network contacts them alone. Targets are contacted through `network`.

    `slots`: connections to targets that may be open at once. With more than a process may open, the failures would
    be our own.
    """

    setting: Setting
    guard: Guard
    network: GuardedNetwork
    slots: asyncio.Semaphore

    @classmethod
    def over(
        cls, setting: Setting, limits: Limits, own: Iterable[str] = (), refused: Iterable[Block] = ()
    ) -> "Outlook":
        """The outlook of `setting`; `own` addresses and `refused` blocks are never contacted."""
        guard = Guard(own, refused)
        return cls(setting, guard, GuardedNetwork(setting.network, guard), asyncio.Semaphore(limits.sockets))
