"""Where command line, environment, file and default meet. Who wins is Click's to decide; the file is its `default_map`.

Precedence: command line > environment > file > default. One file is read, whole: the one that --config or
PROBE_CONFIG names, else the first that exists of `places`. Never one of the working directory: whoever can write there
could name a helper, which learns every address that is measured.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from stat import S_ISREG
from typing import Annotated

import typer

from probe.cli.stop import stop
from probe.cli.words import config as words
from probe.safety.consent import consent_path, home
from probe.settings import TABLES, Document, Option, SettingsError, Table, nearest, read
from probe.settings.document import MAX_BYTES

SYSTEM_WIDE = Path("/etc/reachprobe/config.toml")
META = "probe.document"
QUIET = "quiet"
"""Of a context that is made beside another one, which told already what is wrong with the environment."""

SAME_OPTIONS = {"plan": "run"}
"""Commands that take the options of another one."""

COMMAND_LINE, ENVIRONMENT, FILE, DEFAULT = "COMMANDLINE", "ENVIRONMENT", "DEFAULT_MAP", "DEFAULT"
RANKS = (DEFAULT, FILE, ENVIRONMENT, COMMAND_LINE)
"""Click's names of the four, the weakest first."""

OTHER_VARIABLES = ("PROBE_CONFIG", "PROBE_CONSENT")
TELLING = 0.84
"""How near a variable's name must be before it is called a mistake: others may use the prefix as well."""


def places(environ: Mapping[str, str], platform: str, home: Path) -> list[Path]:
    """Where a configuration is looked for: beside the consent of this user, then the machine's."""
    own = consent_path(environ, platform, home).with_name("config.toml")
    return [own] if platform == "win32" else [own, SYSTEM_WIDE]


def own_place() -> Path:
    """Where this user's configuration is kept."""
    return places(os.environ, sys.platform, home())[0]


def find(path: Path | None) -> Path | None:
    """`path`, or the first place that has a file; None when none has."""
    candidates = places(os.environ, sys.platform, home())
    return path or next((place for place in candidates if _is_there(place)), None)


def _is_there(place: Path) -> bool:
    """Whether `place` is a file; of one that this user may not look for, as if there were none, people are told."""
    try:
        return S_ISREG(place.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        typer.echo(words.NOT_LOOKED_AT.format(path=place, reason=error.strerror), err=True)
        return False


def load(context: typer.Context, path: Path | None) -> Path | None:
    """Callback of --config: what the file says becomes the defaults of the command of `context`."""
    found = find(path)
    document = _read(found) if found else Document()
    context.meta[META] = document
    context.default_map = dict(_defaults(context, document))
    if context.obj != QUIET:
        _tell_unknown_variables(os.environ)
    return found


Config = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="PROBE_CONFIG", show_envvar=False, metavar="FILE", help=words.CONFIG,
        is_eager=True, callback=load, show_default=False,
    ),
]  # fmt: skip


def _read(path: Path) -> Document:
    try:
        with path.open("rb") as file:
            return read(file.read(MAX_BYTES + 1), str(path))
    except OSError as error:
        stop(words.UNREADABLE.format(path=path, reason=error.strerror))
    except SettingsError as error:
        stop(str(error))


def tables_of(command: str | None) -> Iterator[Table]:
    """The tables of the file that are about `command`."""
    name = SAME_OPTIONS.get(command or "", command)
    return (table for table in TABLES if name == table.command or name in table.also)


def parameter_of(context: typer.Context, option: Option) -> str | None:
    """The name of the command's parameter that `option` sets."""
    for parameter in context.command.params:
        if option.flag in (*parameter.opts, parameter.name):
            return parameter.name
    return None


def _defaults(context: typer.Context, document: Document) -> Iterator[tuple[str, object]]:
    for table in tables_of(context.info_name):
        for option in table.options:
            entry, name = document.entry(table.name, option.key), parameter_of(context, option)
            if entry is not None and name is not None:
                yield name, entry.value


def source_of(context: typer.Context, parameter: str) -> str:
    """Click's name of where the value of `parameter` came from; one of `RANKS`."""
    source = context.get_parameter_source(parameter)
    return source.name if source is not None and source.name in RANKS else DEFAULT


def ranks_of(context: typer.Context) -> dict[str, int]:
    """How strong the value of each parameter is: 3 for the command line, 2 the environment, 1 the file, 0 the default."""
    return {name: RANKS.index(source_of(context, name)) for name in context.params}


def origin_of(context: typer.Context, table: Table, option: Option) -> str:
    """For people: where the value of `option` came from."""
    source = source_of(context, parameter_of(context, option) or "")
    document: Document = context.meta.get(META) or Document()
    entry = document.entry(table.name, option.key)
    if source == FILE and entry is not None:
        return words.FROM_FILE.format(place=f"{document.name}:{entry.line}" if entry.line else document.name)
    return {
        COMMAND_LINE: words.FROM_COMMAND_LINE,
        ENVIRONMENT: words.FROM_VARIABLE.format(name=option.env),
    }.get(source, words.FROM_DEFAULT)


def with_origin(context: typer.Context, message: str) -> str:
    """`message` about an option, which it begins with, and where its value came from, unless it was typed."""
    flag = message.split(" ", 1)[0]
    for table in tables_of(context.info_name):
        for option in table.options:
            source = source_of(context, parameter_of(context, option) or "")
            if option.flag == flag and source in (FILE, ENVIRONMENT):
                return words.WITH_ORIGIN.format(message=message, origin=origin_of(context, table, option))
    return message


def _tell_unknown_variables(environ: Iterable[str]) -> None:
    """A misspelt variable would silently do nothing."""
    known = {option.env for table in TABLES for option in table.options} | set(OTHER_VARIABLES)
    for name in sorted(environ):
        if name.startswith("PROBE_") and name not in known and (near := nearest(name, known, TELLING)):
            typer.echo(words.UNKNOWN_VARIABLE.format(name=name, near=near), err=True)
