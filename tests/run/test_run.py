"""The runner by itself, with nettests written for it: faults of our own, and the end of a run."""

import asyncio

import pytest

from probe.control.sources import ControlSources
from probe.measure.setting import Setting
from probe.measure.trust import Trust
from probe.measure.watch import NetworkWatch
from probe.nettest import Context, Nettest, RunIdentity
from probe.record import Lateness, Measurement, TestKeys
from probe.run import End, Progress, Run
from probe.schedule import Limits
from probe.testlist import Target
from tests.run.labs import KNOWLEDGE, Silent, job, scenario

TARGETS = job([f"https://{number}.example.com/" for number in range(12)]).targets


def record(target: Target) -> Measurement:
    """The least record there is, of a nettest that is no web measurement."""
    return Measurement(
        input=target.url,
        measurement_start_time="2026-01-01 00:00:00",
        test_start_time="2026-01-01 00:00:00",
        probe_asn="AS0",
        probe_cc="ZZ",
        report_id="",
        software_name="reachprobe",
        software_version="0",
        test_keys=TestKeys(),
        test_name="nothing",
        test_runtime=0.0,
        test_version="0",
    )


async def measured(target: Target, context: Context) -> Measurement:
    """A nettest that is done at once."""
    assert context.in_flight() >= 0
    return record(target)


async def faulty(target: Target, _: Context) -> Measurement:
    """A nettest with a bug that three targets meet."""
    if target.url.startswith(("https://3", "https://5", "https://7")):
        raise ZeroDivisionError
    return record(target)


async def cancelled_inside(target: Target, _: Context) -> Measurement:
    """A nettest that waits for a step which somebody else gave up."""
    if target.url.startswith("https://3"):
        step = asyncio.ensure_future(asyncio.sleep(3600))
        asyncio.get_running_loop().call_soon(step.cancel)
        await step
    return record(target)


async def stuck(target: Target, _: Context) -> Measurement:
    """A nettest that never ends for one target."""
    if target.url.startswith("https://3"):
        await asyncio.sleep(3600)
    return record(target)


def carry_out(
    nettest: Nettest,
    limits: Limits,
    lines: list[bytes],
    *,
    full_after: int = 1000,
    listener: Silent | None = None,
) -> tuple[Progress, Silent]:
    """Run `TARGETS` through `nettest`."""
    listener = listener or Silent()

    def sink(line: bytes) -> None:
        if len(lines) >= full_after:
            raise OSError(28, "no space left on device")
        lines.append(line)

    async def main() -> Progress:
        with scenario("clean") as lab:
            setting = Setting(lab.network(), Trust.load(lab.ca_file))
            run = RunIdentity("id", "report", "2026-01-01 00:00:00", "AS0", "ZZ", "linux", "x86", "3", "3")
            context = Context(
                setting,
                run,
                lambda: "",
                lambda _: Lateness(p50=0, p99=0, max=0),
                lambda: 0,
                lambda: "",
                ControlSources([], setting.wall_clock),
                KNOWLEDGE,
                NetworkWatch(setting),
            )
            return await Run(TARGETS, nettest, context, limits, sink, listener).run()

    return asyncio.run(main()), listener


def test_every_target_once() -> None:
    """More workers than targets, or fewer: each target is measured once."""
    for parallel in (1, 5, 50):
        lines: list[bytes] = []
        progress, listener = carry_out(Nettest("x", "1", measured), Limits(parallel), lines)
        assert (progress.end, progress.measured, len(lines)) == (End.COMPLETE, 12, 12)
        assert sorted(listener.heard) == sorted(target.url for target in TARGETS)


class Deaf(Silent):
    """Hears four targets, and is gone."""

    def finished(self, target: Target, measurement: Measurement) -> None:
        """As a full disk or a closed pipe says it."""
        super().finished(target, measurement)
        if len(self.heard) == 4:
            raise OSError(28, "no space left on device")


def test_nobody_listens_any_more() -> None:
    """The run is stopped in order; what is in flight is still finished and written."""
    lines: list[bytes] = []
    progress, _ = carry_out(Nettest("x", "1", measured), Limits(1), lines, listener=Deaf())
    assert (progress.end, progress.signal, progress.measured, len(lines)) == (End.STOPPED, None, 4, 4)
    assert progress.unheard is not None


def test_a_bug_in_one_target_never_ends_the_list() -> None:
    """Our own exception is told, counted, and costs only its target."""
    lines: list[bytes] = []
    progress, listener = carry_out(Nettest("x", "1", faulty), Limits(3), lines)
    assert (progress.measured, progress.crashed, progress.end) == (9, 3, End.COMPLETE)
    assert [crash.split()[1] for crash in listener.crashes] == ["ZeroDivisionError"] * 3


def test_a_step_that_was_given_up_never_ends_the_list() -> None:
    """Nobody asked the worker itself to end: told as a bug, and the worker goes on."""
    lines: list[bytes] = []
    progress, listener = carry_out(Nettest("x", "1", cancelled_inside), Limits(1), lines)
    assert (progress.measured, progress.crashed, progress.end) == (11, 1, End.COMPLETE)
    assert [crash.split()[1] for crash in listener.crashes] == ["CancelledError"]


def test_time_is_up() -> None:
    """What hangs is cut off at the end of the run's time; what was done before is kept."""
    lines: list[bytes] = []
    progress, _ = carry_out(Nettest("x", "1", stuck), Limits(2, max_runtime=0.4), lines)
    assert (progress.end, progress.measured) == (End.DEADLINE, 11)


def test_a_full_disk_ends_the_run_with_its_error() -> None:
    """When records cannot be kept any more there is no point in measuring on."""
    lines: list[bytes] = []
    with pytest.raises(OSError, match="no space"):
        carry_out(Nettest("x", "1", measured), Limits(2), lines, full_after=4)
    assert len(lines) == 4
