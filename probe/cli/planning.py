"""`probe run --dry-run`: what would be contacted, and what it would cost. Sends nothing, looks nothing up."""

import json
from urllib.parse import urlsplit

import typer

from probe.cli.values import BadValueError
from probe.cli.wishes import Wishes, plan_job
from probe.cli.words import run as words
from probe.control.client import Helper
from probe.measure.vitals import CANARY

BYTES_PER_TARGET = 150_000
"""Typical: two pages of 60 kB, and two handshakes of 5 kB for each of two addresses."""

SECONDS_PER_TARGET = 6.0
"""Typical on a network that interferes: some end after a second, some at deadlines of ten."""


def show_plan(wishes: Wishes) -> int:
    """Print every host but those of redirects, which nobody knows before; the bytes and the time; returns the exit code. Raises `BadValueError`."""
    if wishes.resume is not None:
        raise BadValueError(words.NO_PLAN_OF_REST)
    job = plan_job(wishes)
    hosts = sorted({urlsplit(target.url).hostname or "" for target in job.targets})
    resolvers = [resolver.endpoint for resolver in job.udp] + [
        f"{resolver.url} at {resolver.ip}" for resolver in job.doh
    ]
    helpers = [control.url for control in job.controls if isinstance(control, Helper)]
    size = len(job.targets) * BYTES_PER_TARGET
    seconds = len(job.targets) * SECONDS_PER_TARGET / job.limits.parallel
    if wishes.as_json:
        facts = {
            "hosts": hosts,
            "resolvers": ["system", *resolvers],
            "canary": CANARY,
            "helpers": helpers,
            "targets": len(job.targets),
            "bytes": size,
            "seconds": round(seconds),
        }
        typer.echo(json.dumps(facts))
        return 0
    typer.echo("\n".join(hosts))
    lists = ", ".join(f"{each.name} ({len(each.targets)})" for each in job.lists)
    typer.echo(words.PLAN_HOSTS.format(hosts=len(hosts), targets=len(job.targets), lists=lists), err=True)
    typer.echo(words.PLAN_REDIRECTS, err=True)
    typer.echo(words.PLAN_RESOLVERS.format(resolvers=", ".join(resolvers)), err=True)
    typer.echo(words.PLAN_CANARY.format(name=CANARY), err=True)
    if helpers:
        typer.echo(words.PLAN_HELPERS.format(helpers=", ".join(helpers)), err=True)
    megabytes, minutes = max(1, round(size / 1e6)), max(1, round(seconds / 60))
    cost = words.PLAN_COST.format(megabytes=megabytes, minutes=minutes, parallel=job.limits.parallel)
    typer.echo(cost, err=True)
    return 0
