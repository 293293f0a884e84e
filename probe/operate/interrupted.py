"""The run to go on with at the next start, if one was interrupted."""

from collections.abc import Sequence

from probe.operate.inventory import Found, Subject

MAX_RESUMES = 5
"""A run that ends early every time, by a fault of ours or a target that kills us, must not stand in the way for ever."""

LAB = ("network_type", "lab")
"""The annotation of a run in the lab, whose network is gone."""


def newest_interrupted(runs: Sequence[Found], subject: Subject) -> Found | None:
    """The newest unfinished one of `runs` that measures `subject`, None when there is none to go on with."""
    candidates = [
        run
        for run in runs
        if not run.finished
        and run.subject == subject
        and run.resumed < MAX_RESUMES
        and LAB not in run.annotations
    ]
    return max(candidates, key=lambda run: (run.ended, run.name), default=None)
