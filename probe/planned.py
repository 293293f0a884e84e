"""A job as a plan beside the records of its run, and a plan as the job that is left of it.

job → plan → run → killed, stopped, out of time → plan → job
"""

import platform
import secrets
import ssl
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from probe import __version__
from probe.job import TEST_NAME, Job, Surroundings, stamp
from probe.measure.doh import DohResolver
from probe.measure.resolve import UdpResolver
from probe.measure.vitals import shows_life
from probe.nettest import RunIdentity
from probe.record import UnreadableRecordError, read_measurement
from probe.record.runfile import ListUsed, Plan, PlannedTarget
from probe.results import ResultsError, ResultsFile
from probe.testlist import Target, TestList, normalise

SOFTWARE = "reachprobe"


def open_new(job: Job, output: Path, surroundings: Surroundings) -> ResultsFile:
    """Make the files of a new run; raises `ResultsError`."""
    started, run_id = surroundings.now(), secrets.token_hex(16)
    country, asn = job.vantage.country, job.vantage.asn
    moment = started.strftime("%Y%m%dT%H%M%SZ")
    plan = Plan(
        run_id=run_id,
        report_id=f"{moment}_webconnectivity_{country}_{asn.removeprefix('AS')}_n1_{run_id[:16]}",
        started=stamp(started),
        command=["probe", *job.command],
        options=_options(job, surroundings),
        vantage=job.vantage,
        lists=[_list_used(each) for each in job.lists],
        annotations=dict(job.annotations),
        seed=job.seed,
        software_name=SOFTWARE,
        software_version=__version__,
        targets=[_planned(target) for target in job.targets],
    )
    return ResultsFile.create(output, plan)


def go_on(path: Path, job: Job, check: Callable[[Plan], None] = lambda _: None) -> tuple[ResultsFile, Job]:
    """The unfinished run at `path`, and what is missing of it: as it was planned, but for the limits of `job`.

    `check` may refuse the plan by a `ResultsError`. Raises that, before anything is changed, for a plan that cannot be
    gone on with as well, and what `ResultsFile.resume` raises.
    """

    def look_at(plan: Plan) -> None:
        """Raises `ResultsError`."""
        check(plan)
        try:
            _planned_resolvers(plan)
            for target in plan.targets:
                _require_measurable(target)
        except ValueError as error:
            raise ResultsError(f"{path}: its plan is damaged: {error}") from error

    results = ResultsFile.resume(path, check=look_at, in_vain=tried_in_vain)
    plan = results.plan
    udp, doh = _planned_resolvers(plan)
    return results, replace(
        job,
        targets=[_target(planned) for planned in results.missing],
        seed=plan.seed or 0,
        vantage=plan.vantage,
        annotations=plan.annotations,
        udp=udp,
        doh=doh,
    )


def _planned_resolvers(plan: Plan) -> tuple[list[UdpResolver], list[DohResolver]]:
    """Raises `ValueError`."""
    for name in ("resolvers", "doh"):
        if name not in plan.options:
            raise ValueError(f"no options.{name}")
    return (
        [UdpResolver.parse(text) for text in plan.options["resolvers"].split()],
        [DohResolver.parse(text) for text in plan.options["doh"].split()],
    )


def _require_measurable(target: PlannedTarget) -> None:
    """As a list's entry is: a plan that somebody else made must not lead into one's own network. Raises `ValueError`."""
    if target.test_name != TEST_NAME or not target.input:
        raise ValueError(f"no {TEST_NAME} of a URL: {target.test_name} {target.input}")
    if normalise(target.input) != target.input:
        raise ValueError(f"not a URL as it is measured: {target.input[:80]}")


def tried_in_vain(line: bytes) -> bool:
    """Whether nothing in the record `line` came from outside of the network: of its target it says nothing."""
    try:
        return not shows_life(read_measurement(line))
    except UnreadableRecordError:
        return False


def _planned(target: Target) -> PlannedTarget:
    facts = asdict(target)
    return PlannedTarget(test_name=TEST_NAME, input=facts.pop("url"), **facts)


def _target(planned: PlannedTarget) -> Target:
    return Target(url=planned.input or "", **planned.model_dump(exclude={"test_name", "input"}))


def _options(job: Job, surroundings: Surroundings) -> dict[str, str]:
    """What a resumed run needs, and what a reader of the results must know."""
    return {
        "parallel": str(job.limits.parallel),
        "max_runtime": "" if job.limits.max_runtime is None else f"{job.limits.max_runtime:g} s",
        "resolvers": " ".join(resolver.endpoint for resolver in job.udp),
        "doh": " ".join(resolver.named for resolver in job.doh),
        "max_bytes": "" if job.budget.network is None else str(job.budget.network),
        "ca_bundle": surroundings.trust.ca_bundle,
    }


def _list_used(each: TestList) -> ListUsed:
    return ListUsed(
        name=each.name, sha256=each.sha256, targets=len(each.targets), rejected=len(each.rejected)
    )


def identify(plan: Plan, proxies: Sequence[str]) -> RunIdentity:
    """What all records of the run of `plan` say about it."""
    return RunIdentity(
        run_id=plan.run_id,
        report_id=plan.report_id,
        started=plan.started,
        asn=plan.vantage.asn,
        country=plan.vantage.country,
        platform=platform.system().lower() or "unknown",
        architecture=platform.machine() or "unknown",
        python=platform.python_version(),
        openssl=ssl.OPENSSL_VERSION,
        proxies_ignored=tuple(proxies),
        annotations=plan.annotations,
    )
