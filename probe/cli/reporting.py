"""The work behind `probe report`: a store, or files taken into a temporary one; what is asked of it; the page; the figures."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

import typer

from probe import __version__
from probe.cli.querying import days_of
from probe.cli.say import say
from probe.cli.stop import DIFFERENT, DONE, INTERRUPTED, leaving, stop
from probe.cli.telling import shown
from probe.cli.words import report as words

if TYPE_CHECKING:
    from probe.report.page.body import Body
    from probe.report.page.content import Content
    from probe.report.page.language import Language
    from probe.store.layout import Store

PAGES = (".html", ".htm")
PACKAGES = ("altair", "duckdb", "ibis", "jinja2", "markupsafe", "numpy", "pyarrow", "scipy", "vl_convert")
CHOICES = {"en": ("en",), "fa": ("fa",), "both": ("en", "fa")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed, checked."""

    paths: tuple[str, ...]
    output: Path
    figures: Path | None
    languages: tuple[str, ...]
    targets: tuple[str, ...]
    since: date | None
    until: date | None
    controls: tuple[str, ...]

    @classmethod
    def of(
        cls,
        paths: Sequence[str],
        output: Path,
        figures: Path | None,
        language: str,
        targets: Sequence[str],
        since: str | None,
        until: str | None,
        controls: Sequence[str],
    ) -> Self:
        """Ends the command when something cannot be used, before anything is read."""
        if output.suffix.lower() not in PAGES:
            stop(words.NOT_HTML.format(path=output))
        if not output.absolute().parent.is_dir():
            stop(words.NO_FOLDER.format(path=output, folder=output.absolute().parent))
        if language not in CHOICES:
            stop(words.BAD_LANGUAGE.format(value=language))
        hosts = tuple(_host(target) for target in targets)
        days = days_of(since, until)
        return cls(tuple(paths), output, figures, CHOICES[language], hosts, *days, tuple(controls))


def report(wanted: Wanted) -> int:
    """Make the page; the exit code."""
    _need_packages()
    with leaving(), _interruptible(), _store(wanted) as (store, quarantined, unread):
        content = _content(store, wanted)
        _write(content, wanted)
    for count, sentence in ((quarantined, words.QUARANTINED), (unread, words.UNREAD)):
        if count:
            say(sentence[count != 1].format(count=f"{count:,}"))
    typer.echo(str(wanted.output))
    return DIFFERENT if quarantined or unread else DONE


def _host(target: str) -> str:
    """A host as the store has it, of what was typed: a name, or a URL of it."""
    from probe.store.rows import domain_of

    host = domain_of(target.strip())
    if not host:
        stop(words.BAD_TARGET.format(value=target))
    return host.rstrip(".")


def _content(store: "Store", wanted: Wanted) -> "Content":
    from probe.cli.report_rows import Bounds, ask
    from probe.report.page.assemble import assemble, host_states

    with _status(words.COUNTING):
        asked = ask(store, Bounds(wanted.since, wanted.until, wanted.targets))
    if asked is None:
        stop(words.NOTHING.format(paths=" ".join(wanted.paths)))
    answers, quality = asked
    measured = {one.domain for one in host_states(answers)} if wanted.targets else set()
    for target in dict.fromkeys(wanted.targets):
        if target not in measured:
            say(shown(words.NO_TARGET.format(target=target)))
    return assemble(answers, quality, datetime.fromtimestamp(time.time(), UTC), __version__)


def _write(content: "Content", wanted: Wanted) -> None:
    from probe.report.page.body import prepare
    from probe.report.page.render import render_bodies

    with _status(words.DRAWING):
        bodies = [prepare(content, language) for language in _languages(wanted.languages)]
        page = render_bodies(content, bodies)
        try:
            _replace(wanted.output, page.encode())
            count = _write_figures(content, bodies, wanted.figures) if wanted.figures else 0
        except OSError as error:
            stop(
                words.UNWRITABLE.format(path=error.filename or wanted.output, reason=error.strerror or error)
            )
    if count:
        say(words.FIGURES_DONE.format(count=count, folder=wanted.figures))


def _languages(codes: Sequence[str]) -> "list[Language]":
    from probe.report.page.language import LANGUAGES

    return [language for language in LANGUAGES if language.code in codes]


def _write_figures(content: "Content", bodies: "Sequence[Body]", folder: Path) -> int:
    """Every figure in each language, and its numbers; how many files that were."""
    from probe.report.page.export import drawings, tables

    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, text in tables(content):
        _replace(folder / name, text.encode())
        count += 1
    for body in bodies:
        for stem, figure in drawings(content, body):
            _replace(folder / f"{stem}.svg", figure.svg().encode())
            _replace(folder / f"{stem}.png", figure.png())
            count += 2
    return count


def _replace(path: Path, data: bytes) -> None:
    """`path` has the old content or the new one, never half of it. Raises `OSError`."""
    from probe.results.durable import replace_file

    replace_file(path, data)


@contextmanager
def _store(wanted: Wanted) -> "Iterator[tuple[Store, int, int]]":
    """The store; how many lines were no records, and how many files could not be read, when it was made just now."""
    from probe.cli import ingesting
    from probe.results.finding import is_store
    from probe.store.errors import StoreError
    from probe.store.layout import INSIDE, Store, is_inside
    from probe.store.place import Place

    try:
        stores = [path for path in wanted.paths if "://" in path or is_store(Path(path))]
        for path in wanted.paths:
            if path not in stores and Path(path).is_dir() and is_inside(Place.at(path)):
                stop(shown(INSIDE.format(place=path)))
        if stores:
            if len(wanted.paths) > 1:
                stop(words.STORE_ALONE.format(path=stores[0]))
            if wanted.controls:
                stop(words.CONTROL_OF_STORE)
            yield Store(stores[0]), 0, 0
            return
        with TemporaryDirectory(prefix="reachprobe-") as folder:
            tables = ingesting.tables_of(wanted.controls, (), None, judge_all=False)
            wishes = ingesting.wishes_of(tables, None, keep_raw=False)
            found = ingesting.run(list(wanted.paths), folder, wishes, words.STOPPED)
            for unread in found.unread[: ingesting.SHOWN]:
                say(shown(f"{unread.name}: {unread.reason}"))
            yield Store.at(folder), found.quarantined, len(found.unread)
    except StoreError as error:
        stop(shown(str(error)))


def _need_packages() -> None:
    """Ends the command with one sentence when a package is missing, before minutes are spent."""
    for package in PACKAGES:
        if find_spec(package) is None:
            stop(words.NEEDS_EXTRA.format(package=package))


@contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        stop(words.STOPPED, INTERRUPTED + 2)


@contextmanager
def _status(text: str) -> Iterator[None]:
    """Something that moves, on a terminal."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    with console.status(text) if console.is_terminal else contextlib.nullcontext():
        yield
