"""The literal table of everything that a configuration file or the environment can set. One row an option.

An option has three names that follow from its flag: `--max-runtime` on the command line is `max_runtime` in the file
and PROBE_MAX_RUNTIME in the environment. Its help is the command's, so that it is said, and translated, once.
Not here, and so not to be set for later: consent, `--resume`, `--dry-run`, `--config`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a value may be in the file: text (a whole number will do), several texts, or true and false."""

    TEXT = "text"
    TEXTS = "texts"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True)
class Option:
    """One option. `flag` as on the command line, or the name of an argument; `example` as it stands in a file, in TOML.

    `short` is the key where the table's name says the rest: `port` in [metrics] for `--metrics-port`. The value of a
    `secret` is never printed.
    """

    flag: str
    kind: Kind
    example: str
    short: str = ""
    secret: bool = False

    @property
    def parameter(self) -> str:
        """The flag as a name."""
        return self.flag.removeprefix("--").replace("-", "_")

    @property
    def key(self) -> str:
        """Its key in the table of the file."""
        return self.short or self.parameter

    @property
    def env(self) -> str:
        """Its environment variable."""
        return f"PROBE_{self.parameter.upper()}"


@dataclass(frozen=True, slots=True)
class Table:
    """One [table] of the file. `command` is the one whose options these are; those in `also` have some of them."""

    name: str
    command: str
    options: tuple[Option, ...]
    also: tuple[str, ...] = ()

    def find(self, key: str) -> Option | None:
        """The option with `key`."""
        return next((option for option in self.options if option.key == key), None)


TEXT, TEXTS, SWITCH = Kind.TEXT, Kind.TEXTS, Kind.SWITCH

RUN = Table("run", "run", (
    Option("lists",                TEXTS,  '["platforms", "/etc/reachprobe/mine.csv"]'),
    Option("--url",                TEXTS,  '["https://example.org/"]'),
    Option("--output",             TEXT,   '"/var/lib/reachprobe"'),
    Option("--resolver",           TEXTS,  '["8.8.8.8", "9.9.9.10"]'),
    Option("--doh",                TEXTS,  '["https://dns.google/dns-query@8.8.8.8"]'),
    Option("--no-doh",             SWITCH, "true"),
    Option("--ca-bundle",          TEXT,   '"/etc/ssl/certs/ca-certificates.crt"'),
    Option("--country",            TEXT,   '"IR"'),
    Option("--asn",                TEXT,   '"AS58224"'),
    Option("--parallel",           TEXT,   "40"),
    Option("--max-runtime",        TEXT,   '"20m"'),
    Option("--max-bytes",          TEXT,   '"200M"'),
    Option("--seed",               TEXT,   "1"),
    Option("--control",            TEXTS,  '["/etc/reachprobe/control.jsonl"]'),
    Option("--control-token",      TEXT,   '"…"', secret=True),
    Option("--fingerprints",       TEXTS,  '["/etc/reachprobe/fingerprints.csv"]'),
    Option("--netinfo",            TEXT,   '"/etc/reachprobe/asn.mmdb"'),
    Option("--keep",               TEXT,   '"90d"'),
    Option("--max-disk",           TEXT,   '"2G"'),
    Option("--resume-interrupted", SWITCH, "true"),
    Option("--json",               SWITCH, "true"),
    Option("--summary-line",       SWITCH, "true"),
))  # fmt: skip

SCHEDULE = Table("schedule", "schedule", (
    Option("--cron",               TEXT,   '"17 */6 * * *"'),
    Option("--jitter",             TEXT,   '"10m"'),
    Option("--timezone",           TEXT,   '"UTC"'),
    Option("--once-if-missed",     SWITCH, "true"),
    Option("--max-runs",           TEXT,   "24"),
    Option("--time-limit",         TEXT,   '"2h"'),
    Option("--probe-id",           TEXT,   '"probe-17"'),
    Option("--log-format",         TEXT,   '"json"'),
    Option("--log-level",          TEXT,   '"info"'),
))  # fmt: skip
METRICS = Table("metrics", "schedule", (
    Option("--metrics-file",       TEXT,   '"/var/lib/node_exporter/reachprobe.prom"', short="file"),
    Option("--metrics-port",       TEXT,   "9464", short="port"),
    Option("--metrics-host",       TEXT,   '"127.0.0.1"', short="host"),
    Option("--metrics-targets",    SWITCH, "true", short="targets"),
), also=("run",))  # fmt: skip

TABLES = (RUN, SCHEDULE, METRICS)
