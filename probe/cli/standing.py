"""How the runs in a folder are doing, found out and told: the work behind `probe status`. Writes nothing."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer

from probe.cli.sizes import spell_size
from probe.cli.stop import DIFFERENT, DONE, stop
from probe.cli.units import parse_duration
from probe.cli.words import status as words
from probe.operate.disk import Disk, disk_of
from probe.operate.health import Health, HealthError, Judgement, Kept, Why, judge_health, read_health
from probe.operate.outcome import LastRun, changed, describe, manifests
from probe.operate.state import ScheduleState, StateError, is_kept, read_state
from probe.record.runfile import MOMENT, parse_moment

UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is known of a folder. `problem` says what could not be read; `kept`: a schedule is running."""

    folder: Path
    health: Health
    state: ScheduleState | None
    kept: bool
    disk: Disk | None
    judgement: Judgement | None
    problem: str | None

    @property
    def healthy(self) -> bool:
        """Whether all is well."""
        return self.judgement is not None and self.judgement.healthy


def show(folder: Path, max_age: str, *, as_json: bool, healthcheck: bool) -> int:
    """Print how `folder` is doing; the exit code: 1 when a check was asked for and it is not well."""
    try:
        seconds = parse_duration(max_age)
    except ValueError as error:
        stop(words.BAD_MAX_AGE.format(value=max_age, reason=error))
    if not folder.is_dir() and not healthcheck:
        stop(words.NO_FOLDER.format(folder=folder))
    standing = find_out(folder, datetime.now(UTC), seconds)
    if as_json:
        typer.echo(json.dumps(facts_of(standing)))
    else:
        typer.echo(verdict_of(standing) if healthcheck else "\n".join(lines_of(standing)))
    return DIFFERENT if healthcheck and not standing.healthy else DONE


def find_out(folder: Path, now: datetime, max_age: float) -> Standing:
    """What is known of `folder` at `now`."""
    problem, health, state = None, Health(), None
    try:
        health = read_health(folder)
        state = read_state(folder)
    except (HealthError, StateError) as error:
        problem = str(error)
    if health == Health() and problem is None:
        health = _from_manifests(folder)
    kept = is_kept(folder)
    keeper = Kept(state.since, state.next_start, state.running_since) if kept and state else None
    judgement = judge_health(health, keeper, now, max_age) if problem is None else None
    return Standing(folder, health, state, kept, disk_of(folder), judgement, problem)


def _from_manifests(folder: Path) -> Health:
    """What a folder without `health.json` tells: runs of an earlier version, or brought here."""
    paths = changed(manifests(folder), {})
    run = describe(paths[-1], None) if paths else None
    return Health() if run is None else Health().ended(run)


def verdict_of(standing: Standing) -> str:
    """Healthy or not, and why, in one line."""
    sentence = words.HEALTHY if standing.healthy else words.UNHEALTHY
    return sentence.format(reason=reason_of(standing))


def reason_of(standing: Standing) -> str:
    """Why."""
    judgement = standing.judgement
    if judgement is None:
        return words.REASONS["unreadable"].format(problem=standing.problem)
    return words.REASONS[judgement.why].format(age=spell(abs(judgement.age or 0.0)))


def spell(seconds: float) -> str:
    """`3 h`, `2 d`: in the largest unit of which there are two, else in seconds."""
    size, unit = next(((size, unit) for size, unit in UNITS if seconds >= 2 * size), UNITS[-1])
    return f"{seconds / size:.0f} {unit}"


def lines_of(standing: Standing) -> list[str]:
    """For people."""
    health, lines = standing.health, list[str]()
    lines.append(_last(health.last) if health.last else words.NO_LAST)
    if health.last and health.last.statuses:
        verdicts = ", ".join(f"{count} {name}" for name, count in sorted(health.last.statuses.items()))
        lines.append(words.VERDICTS.format(verdicts=verdicts))
    if health.last_success and (health.last is None or health.last_success != health.last.finished):
        lines.append(words.SUCCESS.format(moment=health.last_success))
    if running := running_since(standing):
        lines.append(words.RUNNING.format(moment=running))
    lines.append(_next(standing))
    if standing.disk:
        used, free = spell_size(standing.disk.used), spell_size(standing.disk.free)
        lines.append(words.DISK.format(used=used, free=free))
    return [*lines, words.HEALTH.format(verdict=verdict_of(standing))]


def running_since(standing: Standing) -> str | None:
    """Since when a run is going on, as `health.json` or a running schedule has it."""
    state = standing.state
    if standing.kept and state and state.running_since:
        return f"{state.running_since.astimezone(UTC):{MOMENT}}"
    return standing.health.running_since


def _last(run: LastRun) -> str:
    code = "" if run.exit_code is None else words.EXIT_CODE.format(code=run.exit_code)
    if run.outcome == "failed":
        return words.LAST_FAILED.format(finished=run.finished, code=code)
    took = (parse_moment(run.finished) - parse_moment(run.started)).total_seconds()
    return words.LAST.format(
        finished=run.finished,
        outcome=words.OUTCOMES[run.outcome],
        code=code,
        measured=run.measured,
        planned=run.planned,
        seconds=round(max(0.0, took)),
    )


def _next(standing: Standing) -> str:
    state = standing.state
    if state is None:
        return words.NOT_KEPT
    if not standing.kept or state.next_start is None:
        return words.STOPPED_SCHEDULE
    return words.NEXT.format(moment=f"{state.next_start.astimezone(UTC):{MOMENT}}")


def facts_of(standing: Standing) -> dict[str, object]:
    """For programs."""
    state, judgement, disk = standing.state, standing.judgement, standing.disk
    schedule = state and {
        "running": standing.kept,
        "cron": state.expression,
        "timezone": state.zone,
        "next_start": state.next_start and f"{state.next_start.astimezone(UTC):{MOMENT}}",
        "missed": state.missed,
    }
    health = standing.health
    return {
        "healthy": standing.healthy,
        "why": judgement.why.value if judgement else Why.UNREADABLE.value,
        "age_s": None if judgement is None or judgement.age is None else round(judgement.age),
        "problem": standing.problem,
        "running_since": running_since(standing),
        "last": health.last and health.last.model_dump(),
        "last_success": health.last_success,
        "runs": health.runs,
        "targets": health.targets,
        "schedule": schedule,
        "disk": disk and {"used_bytes": disk.used, "free_bytes": disk.free},
    }
