"""`probe judge` and `probe explain`: old files judged with today's rules, and one verdict told as a story."""

from pathlib import Path
from typing import Annotated

import typer

from probe.cli.words import judge as words

Files = Annotated[list[Path], typer.Argument(metavar="FILE", help=words.FILES)]
Controls = Annotated[list[str] | None, typer.Option("--control", metavar="FILE", help=words.CONTROL)]
Fingerprints = Annotated[list[Path] | None, typer.Option(metavar="FILE", help=words.FINGERPRINTS)]
NetInfo = Annotated[Path | None, typer.Option(metavar="FILE", help=words.NETINFO)]
Json = Annotated[bool, typer.Option("--json", help=words.JSON)]


def judge(
    files: Files,
    controls: Controls = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help=words.OUTPUT)] = None,
    diff: Annotated[bool, typer.Option("--diff", help=words.DIFF)] = False,  # noqa: FBT002
    fingerprints: Fingerprints = None,
    netinfo: NetInfo = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Judge every record."""
    from probe.cli import judging

    bench = judging.Bench.open(controls or (), fingerprints or (), netinfo)
    raise typer.Exit(judging.judge_files(bench, files, output, diff=diff, as_json=as_json))


def explain(
    files: Files,
    url: Annotated[str | None, typer.Option("--input", metavar="URL", help=words.INPUT)] = None,
    controls: Controls = None,
    fingerprints: Fingerprints = None,
    netinfo: NetInfo = None,
) -> None:
    """Tell the reasoning of each verdict."""
    from probe.cli import explaining, judging

    bench = judging.Bench.open(controls or (), fingerprints or (), netinfo)
    raise typer.Exit(explaining.explain_files(bench, files, url))
