"""A helper put together from options: the work behind `probe helper`."""

import asyncio
from pathlib import Path

import typer

from probe import session
from probe.cli.stop import stop
from probe.cli.words import judge as words
from probe.control import serving
from probe.judge.knowledge import Knowledge
from probe.measure.network import SystemNetwork
from probe.measure.setting import DEFAULT_UDP
from probe.measure.trust import Trust

MAX_TOKEN = 1024


def serve(
    host: str, port: int, token_file: Path | None, certificate: tuple[Path, Path] | None, *, log_urls: bool
) -> None:
    """Serve until a signal; ends the command when that cannot be."""
    token, network = _token(token_file) if token_file else None, SystemNetwork()
    service = serving.assemble(
        network,
        Trust.load(),
        own=asyncio.run(session.own_addresses(network, DEFAULT_UDP)),
        token=token,
        asn=Knowledge.packaged().asn,
        log_urls=log_urls,
    )
    try:
        serving.serve(service, host, port, certificate=certificate, ready=_tell)
    except OSError as error:
        stop(words.CANNOT_LISTEN.format(host=host, port=port, reason=error.strerror or error))


def _tell(url: str) -> None:
    typer.echo(words.LISTENING.format(url=url), err=True)


def _token(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            token = file.readline(MAX_TOKEN).strip()
    except (OSError, UnicodeDecodeError) as error:
        stop(words.BAD_TOKEN.format(path=path, reason=error))
    return token or stop(words.BAD_TOKEN.format(path=path, reason=words.EMPTY_TOKEN))
