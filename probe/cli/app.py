"""The command line as a whole: which commands there are, in the order people meet them."""

import typer

from probe import __version__
from probe.cli import (
    aggregate,
    compare,
    config,
    consent,
    control,
    demo,
    helper,
    judge,
    lists,
    report,
    run,
    schedule,
    schema,
    status,
    validate,
)
from probe.cli.words import app as words

app = typer.Typer(
    name="probe",
    help=words.HELP,
    epilog=words.EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - Typer's callback signature
    if wanted:
        typer.echo(f"probe {__version__}")
        raise typer.Exit


@app.callback()
def probe(
    *,
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help=words.VERSION_HELP
    ),
) -> None:
    """Options that go before any command."""


app.command("run", help=words.RUN)(run.run)
app.command("plan", help=words.PLAN)(run.plan)
app.command("demo", help=words.DEMO)(demo.demo)
app.command("judge", help=words.JUDGE)(judge.judge)
app.command("explain", help=words.EXPLAIN)(judge.explain)
app.command("compare", help=words.COMPARE)(compare.compare)
app.add_typer(aggregate.app, name="aggregate", help=words.AGGREGATE)
app.command("report", help=words.REPORT)(report.report)
app.command("schedule", help=words.SCHEDULE)(schedule.schedule)
app.command("status", help=words.STATUS)(status.status)
app.command("control", help=words.CONTROL)(control.control)
app.command("helper", help=words.HELPER)(helper.helper)
app.command("validate", help=words.VALIDATE)(validate.validate)
app.command("schema", help=words.SCHEMA)(schema.schema)
app.add_typer(config.app, name="config", help=words.CONFIG)
app.add_typer(lists.app, name="lists", help=words.LISTS)
app.add_typer(consent.app, name="consent", help=words.CONSENT)
