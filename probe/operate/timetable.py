"""When runs are due: a cron expression, a time zone, and each probe's own delay. Pure: no clock is read here.

The expression is read by cronsim, which does what Debian's cron does, also where clocks change between summer and
winter time: a time that is skipped comes right after the change, a time that comes twice counts once. Seconds, as a
sixth field in front, are understood too.

A tick has two moments: when it is `due` by the expression, and when its run `starts`, which is later by the probe's
delay. The delay is a fraction of the jitter, or of the gap to the next tick where that is shorter, so that starts
keep the order of their ticks and no two coincide.
"""

import hashlib
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Self

from cronsim import CronSim, CronSimError

from probe.operate.memory import Tick

MAX_EXPRESSION = 200
"""Characters; the longest that says something is far shorter."""

MAX_GAP = timedelta(days=366 * 28)
"""29 February on a given weekday comes once in 28 years, or in 40; nobody measures as rarely."""

SECOND = timedelta(seconds=1)
CHANGE = timedelta(hours=3)
"""Longer than clocks are put forward or back for summer and winter time."""


class TimetableError(ValueError):
    """The expression, the zone or the jitter cannot be used; says which and why."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """All ticks, one after the other. `jitter` is the longest delay, `probe_id` decides each day's share of it."""

    expression: str
    zone: tzinfo = UTC
    zone_name: str = "UTC"
    jitter: timedelta = timedelta()
    probe_id: str = ""

    @classmethod
    def parse(cls, expression: str, zone_name: str, jitter: float, probe_id: str, now: datetime) -> Self:
        """The timetable of five or six fields in the zone called `zone_name`, `jitter` in seconds.

        Raises `TimetableError`, also when nothing is due within 28 years of `now`.
        """
        clean = " ".join(expression.split())
        if len(expression) > MAX_EXPRESSION:
            raise TimetableError(f"longer than {MAX_EXPRESSION} characters")
        zone = find_zone(zone_name)
        try:
            CronSim(clean, now)
        except CronSimError as error:
            reason = str(error)
            raise TimetableError(reason[:1].lower() + reason[1:]) from error
        table = cls(clean, zone, zone_name, timedelta(seconds=jitter), probe_id)
        table.after(now)
        return table

    def after(self, moment: datetime) -> Tick:
        """The first tick that is due after `moment`; raises `TimetableError` when there is none."""
        due = self._due_after(moment)
        return Tick(due, due + self._delay(due))

    def latest(self, now: datetime) -> Tick | None:
        """The last tick whose start is not after `now`; None when there was none for 28 years."""
        for due in self._dues(now + self._margin(now), back=True):
            if due <= now and (tick := Tick(due, due + self._delay(due))).starts <= now:
                return tick if now - due <= MAX_GAP else None
        return None

    def between(self, first: datetime, last: datetime) -> Iterator[Tick]:
        """Ticks due after `first` and not after `last`."""
        tick = self.after(first)
        while tick.due <= last:
            yield tick
            tick = self.after(tick.due)

    def _due_after(self, moment: datetime) -> datetime:
        for due in self._dues(moment):
            if due > moment:  # asked within an hour that comes twice, cronsim answers with its first time
                if due - moment > MAX_GAP:
                    break
                return due
        raise TimetableError("names no time within 28 years")

    def _dues(self, moment: datetime, *, back: bool = False) -> Iterator[datetime]:
        for due in CronSim(self.expression, moment.astimezone(self.zone), reverse=back):
            yield due.astimezone(UTC)

    def _margin(self, now: datetime) -> timedelta:
        """How far behind `now` to look back from: within an hour that comes twice cronsim overlooks the first one."""
        offset, before = (moment.astimezone(self.zone).utcoffset() for moment in (now, now - CHANGE))
        return SECOND if offset == before else CHANGE

    def _delay(self, due: datetime) -> timedelta:
        if not self.jitter:
            return self.jitter
        gap = self._due_after(due) - due
        share = stagger(self.probe_id, due.date()) * min(self.jitter, gap).total_seconds()
        return timedelta(seconds=int(share))


def stagger(probe_id: str, day: date) -> float:
    """This probe's share of the jitter on `day` (UTC), from 0 to below 1: SHA-256 of `ID|YYYY-MM-DD`, its first 8 bytes.

    Evenly spread over probes and over days, and the same each time it is asked: a fleet needs no agreement.
    """
    digest = hashlib.sha256(f"{probe_id}|{day.isoformat()}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / (1 << 53)


def find_zone(name: str) -> tzinfo:
    """The time zone called `name`, like `Europe/Berlin`; raises `TimetableError`."""
    if name == "UTC":
        return UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (OSError, ValueError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise TimetableError(f"no time zone is called {name}") from error
    except KeyError as error:
        raise TimetableError(
            f"no time zone is called {name} (a system without any: pip install tzdata)"
        ) from error
