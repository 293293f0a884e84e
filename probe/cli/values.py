"""Values of options: text as typed to what the program works with; every refusal names the option and a right form."""

import re
from pathlib import Path

from probe.cli.words import run as words
from probe.control.client import Helper
from probe.control.controlfile import ControlFile
from probe.measure.doh import DohResolver
from probe.measure.resolve import UdpResolver

MAX_PARALLEL = 1000
MAX_SEED = (1 << 32) - 1


class BadValueError(ValueError):
    """A value that cannot be used; the message is for the person who typed it."""


def parse_resolver(text: str) -> UdpResolver:
    """`8.8.8.8`, `8.8.8.8:53`, `[2001:db8::1]:53`, `2001:db8::1`."""
    try:
        return UdpResolver.parse(text)
    except ValueError:
        raise BadValueError(words.BAD_RESOLVER.format(value=text)) from None


def parse_doh(text: str) -> DohResolver:
    """`https://dns.google/dns-query@8.8.8.8`."""
    try:
        return DohResolver.parse(text)
    except ValueError:
        raise BadValueError(words.BAD_DOH.format(value=text)) from None


def parse_control(text: str) -> ControlFile | Helper:
    """A control file's path, or the URL of a helper, `URL` or `URL@ADDRESS`."""
    try:
        if text.startswith(("http://", "https://")):
            return Helper.parse(text)
        return ControlFile.load(Path(text))
    except ValueError as error:  # ControlFileError is one
        raise BadValueError(words.BAD_CONTROL.format(value=text, reason=error)) from None


def parse_country(text: str) -> str:
    """Two letters, as ISO 3166-1 has them; in any case."""
    if not re.fullmatch(r"[A-Za-z]{2}", text):
        raise BadValueError(words.BAD_COUNTRY.format(value=text))
    return text.upper()


def parse_asn(text: str) -> str:
    """`AS58224`; the number alone will do."""
    match = re.fullmatch(r"(?:AS)?(\d{1,10})", text, re.IGNORECASE)
    if match is None or int(match[1]) >= 1 << 32:
        raise BadValueError(words.BAD_ASN.format(value=text))
    return f"AS{int(match[1])}"


def parse_parallel(text: str) -> int:
    """From 1 to 1000."""
    if not re.fullmatch(r"\d{1,9}", text) or not 1 <= int(text) <= MAX_PARALLEL:
        raise BadValueError(words.BAD_PARALLEL.format(value=text))
    return int(text)


def parse_seed(text: str) -> int:
    """Any whole number up to 32 bits."""
    if not re.fullmatch(r"\d{1,10}", text) or int(text) > MAX_SEED:
        raise BadValueError(words.BAD_SEED.format(value=text))
    return int(text)
