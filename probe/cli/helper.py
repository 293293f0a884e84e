"""`probe helper`: answers probes elsewhere, in OONI's test-helper protocol."""

from pathlib import Path
from typing import Annotated

import typer

from probe.cli.stop import stop
from probe.cli.words import judge as words


def helper(
    host: Annotated[str, typer.Option(help=words.HOST)] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=words.PORT, min=0, max=65535)] = 8080,
    token_file: Annotated[Path | None, typer.Option(metavar="FILE", help=words.TOKEN_FILE)] = None,
    certificate: Annotated[Path | None, typer.Option(metavar="FILE", help=words.CERTIFICATE)] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help=words.KEY)] = None,
    log_urls: Annotated[bool, typer.Option("--log-urls", help=words.LOG_URLS)] = False,  # noqa: FBT002
) -> None:
    """Serve until stopped."""
    if (certificate is None) != (key is None):
        stop(words.KEY_AND_CERTIFICATE)
    try:
        from probe.cli.helping import serve
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        stop(words.NEEDS_HELPER)
    pair = (certificate, key) if certificate and key else None
    serve(host, port, token_file, pair, log_urls=log_urls)
