"""`probe lists`: the bundled lists, any list's entries, and what is wrong with them."""

import typer

from probe.cli.words import lists as words

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("show", help=words.SHOW)
def show(
    source: str | None = typer.Argument(None, metavar="LIST", help=words.SOURCE),
    *,
    as_json: bool = typer.Option(False, "--json", help=words.JSON),
) -> None:
    """All bundled lists with their sizes, or the entries of one list."""
    from probe.cli import listing

    listing.show_entries(source, as_json=as_json) if source else listing.show_names(as_json=as_json)


@app.command("lint", help=words.LINT)
def lint(
    sources: list[str] = typer.Argument(..., metavar="LIST", help=words.SOURCE),
    *,
    as_json: bool = typer.Option(False, "--json", help=words.JSON),
) -> None:
    """Exit 1 when anything was found."""
    from probe.cli import listing

    raise typer.Exit(listing.lint_all(sources, as_json=as_json))
