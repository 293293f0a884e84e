"""What a schedule tells on standard error: one event a line, as a sentence or as a JSON object.

An event is a name (`run.ended`), a level and facts. No fact of level info or above names a target or an address; what
a run itself says, which may, is told at debug. Python's `logging` carries it; there is no library to be gained here.
"""

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import IO, Protocol

NAME = "probe.operate"
MAX_TEXT = 2000
"""Characters of one fact; longer ones are cut."""

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Format(StrEnum):
    """How a line looks."""

    TEXT = "text"
    JSON = "json"


class Tell(Protocol):
    """Takes one event. `level` is one of `logging`'s."""

    def __call__(self, event: str, level: int = logging.INFO, **facts: object) -> None:
        """Log it."""
        ...


class JsonFormatter(logging.Formatter):
    """`{"time": "2026-11-26T06:30:00.123Z", "level": "info", "event": "run.ended", …facts}`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = {"time": moment(record), "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps({**line, **facts_of(record)}, default=str)


class TextFormatter(logging.Formatter):
    """`2026-11-26T06:30:00.123Z sentence`; `sentences` has one for each event, with the facts to be filled in."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__()
        self._sentences = sentences

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        facts = {name: "-" if fact is None else fact for name, fact in facts_of(record).items()}
        event = record.getMessage()
        text = self._sentences[event].format(**facts) if event in self._sentences else f"{event} {facts}"
        return f"{moment(record)} {UNPRINTABLE.sub(' ', text)}"


def moment(record: logging.LogRecord) -> str:
    """When it was told, UTC."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z"


def facts_of(record: logging.LogRecord) -> dict[str, object]:
    """Its facts, texts cut to `MAX_TEXT`."""
    facts = getattr(record, "facts", {})
    return {name: fact[:MAX_TEXT] if isinstance(fact, str) else fact for name, fact in facts.items()}


@contextmanager
def telling(stream: IO[str], form: Format, level: int, sentences: Mapping[str, str]) -> Iterator[Tell]:
    """Events of `level` and above go to `stream` while this is open. A stream that nobody reads ends nothing."""
    logger = logging.getLogger(NAME)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if form is Format.JSON else TextFormatter(sentences))
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False

    def tell(event: str, level: int = logging.INFO, **facts: object) -> None:
        """One event."""
        logger.log(level, event, extra={"facts": facts})

    try:
        yield tell
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]
