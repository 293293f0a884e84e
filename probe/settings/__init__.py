"""What can be set, and what a configuration file sets: text in, values out. No disk, no environment, no command line.

Who wins (command line, environment, file, default) is decided where all four meet: in `probe.cli.configuring`.
"""

from probe.settings.document import Document, Entry, SettingsError, read
from probe.settings.options import METRICS, RUN, SCHEDULE, TABLES, Kind, Option, Table
from probe.settings.secrets import masked
from probe.settings.suggestion import nearest

__all__ = [
    "METRICS",
    "RUN",
    "SCHEDULE",
    "TABLES",
    "Document",
    "Entry",
    "Kind",
    "Option",
    "SettingsError",
    "Table",
    "masked",
    "nearest",
    "read",
]
