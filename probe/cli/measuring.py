"""From what was typed to a job, and from a job to what people see: the work behind `probe run`.

Imported by the command when it runs, so that `probe --help` need not load the measuring core.
"""

import asyncio
import os
import secrets
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from getpass import getuser
from pathlib import Path

import typer
from rich.console import Console

from probe import session
from probe.cli.narrate import JsonLines, Narrator
from probe.cli.stop import CONSENT, DONE, UNUSABLE, stop
from probe.cli.table import LiveTable
from probe.cli.units import parse_duration
from probe.cli.values import BadValueError, parse_asn, parse_country, parse_doh, parse_parallel, parse_resolver
from probe.cli.words import run as words
from probe.measure.network import SystemNetwork
from probe.measure.setting import DEFAULT_DOH, DEFAULT_UDP
from probe.measure.trust import Trust, TrustError
from probe.run import End
from probe.safety.consent import CONSENT_VERSION, consent_path, granted
from probe.safety.scrub import Scrubber, proxies_set
from probe.schedule import Limits
from probe.testlist import ListNotFoundError, Rejected, Target, TestList, combine, from_url, load

INTERRUPTED = 130
DEFAULT_LISTS = ("platforms",)

BYTES_PER_TARGET = 150_000
"""Typical: two pages of 60 kB, two handshakes of 5 kB for each of two addresses, and names."""

SECONDS_PER_TARGET = 6.0
"""Typical on a network that blocks: some end after 1 s, some at deadlines of 10 s."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options of `run` as typed."""

    lists: tuple[str, ...]
    urls: tuple[str, ...]
    output: Path
    resolvers: tuple[str, ...]
    dohs: tuple[str, ...]
    no_doh: bool
    ca_bundle: Path | None
    country: str
    asn: str
    parallel: int
    max_runtime: str | None
    seed: int | None
    resume: Path | None
    as_json: bool


def console() -> Console:
    """Where people read: standard error; NO_COLOR and narrow terminals are rich's to respect."""
    return Console(stderr=True, highlight=False)
