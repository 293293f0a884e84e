"""`probe consent`: the text, and the user's yes or no to it."""

import os
import sys
from pathlib import Path

import typer

from probe.cli.stop import stop
from probe.cli.words import consent as words
from probe.safety import consent

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


def path() -> Path:
    """Where this user's consent is kept."""
    return consent.consent_path(os.environ, sys.platform, consent.home())


@app.command("show", help=words.SHOW)
def show(
    language: str = typer.Option("en", "--lang", metavar="LANGUAGE", help=words.LANGUAGE),
    *,
    as_json: bool = typer.Option(False, "--json", help=words.JSON),
) -> None:
    """The text goes to standard output, what it means for now to standard error."""
    if as_json:
        typer.echo(_state_json())
        return
    typer.echo(_text(language), nl=False)
    typer.echo("\n" + _state(), err=True)


@app.command("give", help=words.GIVE)
def give(
    language: str = typer.Option("en", "--lang", metavar="LANGUAGE", help=words.LANGUAGE),
    *,
    yes: bool = typer.Option(False, "--yes", help=words.YES),
) -> None:
    """Ask, unless told not to."""
    if not yes:
        if not sys.stdin.isatty():
            stop(words.NO_TERMINAL)
        typer.echo(_text(language))
        if not typer.confirm(words.ASK):
            stop(words.NOT_GIVEN, code=1)
    try:
        consent.give(path())
    except OSError as error:
        stop(words.UNWRITABLE.format(path=path(), reason=error.strerror))
    typer.echo(words.GIVEN, err=True)


@app.command("revoke", help=words.REVOKE)
def revoke() -> None:
    """Forget it."""
    try:
        existed = consent.revoke(path())
    except OSError as error:
        stop(words.UNREVOKABLE.format(path=path(), reason=error.strerror))
    typer.echo(words.REVOKED if existed else words.NOTHING_TO_REVOKE, err=True)
    if os.environ.get(consent.VARIABLE):
        typer.echo(words.STILL_SET, err=True)


def _text(language: str) -> str:
    try:
        return consent.text(language)
    except ValueError as error:
        stop(f"--lang {language}: {error}")


def _state() -> str:
    version, old = consent.CONSENT_VERSION, consent.given(path())
    if consent.granted(os.environ, path()):
        return words.STATE_GIVEN.format(version=version)
    return (words.STATE_OLD if old else words.STATE_MISSING).format(version=version, old=old)


def _state_json() -> str:
    import json

    return json.dumps({"version": consent.CONSENT_VERSION, "given": consent.granted(os.environ, path())})
