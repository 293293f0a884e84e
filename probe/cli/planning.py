"""`probe run --dry-run`: what would be contacted, and what it would cost. Sends nothing, looks nothing up."""

import json
from urllib.parse import urlsplit

import typer

from probe.cli.measuring import Wishes, plan_job
from probe.cli.words import run as words

BYTES_PER_TARGET = 150_000
"""Typical: two pages of 60 kB, and two handshakes of 5 kB for each of two addresses."""

SECONDS_PER_TARGET = 6.0
"""Typical on a network that interferes: some end after a second, some at deadlines of ten."""


def show_plan(wishes: Wishes) -> int:
    """Print every host, the bytes and the time; returns the exit code."""
    job = plan_job(wishes)
    hosts = sorted({urlsplit(target.url).hostname or "" for target in job.targets})
    resolvers = [resolver.endpoint for resolver in job.udp] + [
        f"{resolver.url} at {resolver.ip}" for resolver in job.doh
    ]
    size = len(job.targets) * BYTES_PER_TARGET
    seconds = len(job.targets) * SECONDS_PER_TARGET / job.limits.parallel
    if wishes.as_json:
        facts = {
            "hosts": hosts,
            "resolvers": ["system", *resolvers],
            "targets": len(job.targets),
            "bytes": size,
            "seconds": round(seconds),
        }
        typer.echo(json.dumps(facts))
        return 0
    typer.echo("\n".join(hosts))
    lists = ", ".join(f"{each.name} ({len(each.targets)})" for each in job.lists)
    typer.echo(words.PLAN_HOSTS.format(hosts=len(hosts), targets=len(job.targets), lists=lists), err=True)
    typer.echo(words.PLAN_RESOLVERS.format(resolvers=", ".join(resolvers)), err=True)
    cost = words.PLAN_COST.format(
        megabytes=size / 1e6, minutes=max(1, seconds / 60), parallel=job.limits.parallel
    )
    typer.echo(cost, err=True)
    return 0
