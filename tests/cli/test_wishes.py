"""From options to a job."""

from pathlib import Path

import pytest

from probe.cli.values import BadValueError
from probe.cli.wishes import OF_A_FOLDER, PLANNED, Wishes, plan_job
from probe.cli.words import run as words
from probe.measure.setting import DEFAULT_DOH, DEFAULT_UDP


def test_defaults() -> None:
    """The bundled platforms, the usual resolvers, nowhere known, an order of its own each time."""
    job = plan_job(Wishes())
    assert [used.name for used in job.lists] == ["platforms"]
    assert len(job.targets) == 80
    assert (job.udp, job.doh) == (DEFAULT_UDP, DEFAULT_DOH)
    assert (job.vantage.country, job.vantage.asn) == ("ZZ", "AS0")
    assert (job.limits.parallel, job.limits.max_runtime) == (40, None)
    assert plan_job(Wishes()).seed != plan_job(Wishes()).seed


def test_everything_that_can_be_said() -> None:
    """Each option has its place in the job."""
    job = plan_job(
        Wishes(
            lists=("canaries",),
            urls=("x.com",),
            resolvers=("9.9.9.9", "[2620:fe::fe]:5353"),
            dohs=("https://dns.google/dns-query@8.8.8.8",),
            country="ir",
            asn="58224",
            parallel="7",
            max_runtime="1h30m",
            seed="5",
        )
    )
    assert [used.name for used in job.lists] == ["canaries", "command line"]
    assert job.targets[-1].url == "https://x.com/"
    assert [resolver.endpoint for resolver in job.udp] == ["9.9.9.9:53", "[2620:fe::fe]:5353"]
    assert [resolver.ip for resolver in job.doh] == ["8.8.8.8"]
    assert (job.vantage.country, job.vantage.asn) == ("IR", "AS58224")
    assert (job.limits.parallel, job.limits.max_runtime, job.seed) == (7, 5400, 5)


def test_urls_stand_in_place_of_the_default_list() -> None:
    """Or beside lists that are named."""
    assert len(plan_job(Wishes(urls=("x.com", "https://x.com/"))).targets) == 1
    assert len(plan_job(Wishes(urls=("x.example",), lists=("news",))).targets) == 11


def test_no_doh() -> None:
    """None is asked."""
    assert plan_job(Wishes(no_doh=True)).doh == ()


def test_the_command_has_no_folders_in_it(tmp_path: Path) -> None:
    """It goes into the manifest, and a folder's name may be a person's."""
    file = tmp_path / "somebody" / "mine.txt"
    file.parent.mkdir()
    file.write_text("x.com\n")
    job = plan_job(Wishes(lists=(str(file), "news"), urls=("t.me",), output=tmp_path))
    assert job.command == ["run", "mine.txt", "news", "--url", "t.me"]


def test_a_resumed_run_has_its_targets_in_its_plan() -> None:
    """No list is read, the default neither."""
    job = plan_job(Wishes(resume=Path("run.jsonl"), parallel="3", max_runtime="5m"))
    assert (job.targets, job.lists) == ((), [])
    assert (job.limits.parallel, job.limits.max_runtime) == (3, 300)


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(resume=Path("x"), lists=("news",)),
        Wishes(resume=Path("x"), urls=("x.com",)),
        Wishes(resume=Path("x"), output=Path("y")),
        Wishes(resume=Path("x"), resolvers=("8.8.8.8",)),
        Wishes(resume=Path("x"), dohs=("https://dns.google/q@8.8.8.8",)),
        Wishes(resume=Path("x"), no_doh=True),
        Wishes(resume=Path("x"), country="IR"),
        Wishes(resume=Path("x"), asn="AS1"),
        Wishes(resume=Path("x"), seed="0"),
    ],
)
def test_a_resumed_run_is_not_planned_anew(wishes: Wishes) -> None:
    """What it would silently not do is refused."""
    with pytest.raises(BadValueError, match="as it was planned"):
        plan_job(wishes)


def test_what_does_not_go_with_a_resumed_run_is_named() -> None:
    """All of it, so that nobody has to guess what does."""
    said = words.RESUME_ALONE.replace(" and ", ", ").split(": ")[1].removesuffix(" do not go with it")
    flags = [f"--{name.removesuffix('s').replace('_', '-')}" for name in (*PLANNED[1:], *OF_A_FOLDER)]
    assert sorted(said.split(", ")) == sorted(["lists", *flags])


def test_nothing_that_can_be_measured() -> None:
    """Is said, not run."""
    with pytest.raises(BadValueError, match="nothing to measure"):
        plan_job(Wishes(urls=("http://127.0.0.1/", "nonsense here")))
