"""Own addresses, host name and user name out of everything that is written. Pure: the identity is an argument.

What a page says about the visitor in words of its own cannot be found here; the consent text says so.
"""

import ipaddress
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

SCRUBBED = b"[scrubbed]"
MIN_NAME = 4
COMMON_NAMES = frozenset(
    {"admin", "administrator", "computer", "debian", "desktop", "docker", "guest", "home", "host", "laptop",
     "linux", "localhost", "nobody", "probe", "root", "server", "ubuntu", "user", "windows"}
)  # fmt: skip
"""Names that say nothing about anybody, and stand in many pages."""

WORDS_OF_RECORDS = frozenset(
    {"base64", "blocked", "budget", "classic", "complete", "confirmed", "connect", "deadline", "demo", "clean", "down",
     "file", "getaddrinfo", "helper", "http", "https", "inconclusive", "ipv4", "ipv6", "likely", "none", "possible",
     "quic", "reachable", "reachprobe", "read", "record", "redirect", "refused", "stopped", "system", "throttled",
     "write"}
)  # fmt: skip
"""Values of a closed set: without one of these a record would not be one any more."""

STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+":?')
"""A string of JSON; the colon after a key belongs to it, so that keys can be told."""

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "no_proxy")


BINARY = re.compile(rb'\{"format":"base64","data":"(?<="[:,]\{"format":"base64","data":")([^"]*)"')
"""A body or a header that is no UTF-8, as `probe.record` writes it. Not a certificate, which stands in a list: cut, it is none."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What must never be written: this machine's addresses and name, and the user's."""

    addresses: tuple[str, ...] = ()
    host_name: str = ""
    user_name: str = ""


@dataclass(frozen=True, slots=True)
class _Form:
    """One spelling. `needle` is in it in every case, in small letters: looking for it is what makes the pattern cheap."""

    needle: bytes
    pattern: re.Pattern[bytes]

    def is_in(self, data: bytes, lowered: bytes) -> bool:
        """Whether it stands in `data`, which in small letters is `lowered`."""
        return self.needle in lowered and self.pattern.search(data) is not None


class Scrubber:
    """Replaces every form of the addresses and names of `identity` by `[scrubbed]`; leaves the rest byte for byte.

    `published` are texts that are written as they are, like the URLs that are measured: a name that stands in one of
    them tells nothing, and taken out of it, the record would be one of something else.
    """

    def __init__(self, identity: Identity = Identity(), published: Iterable[str] = ()) -> None:
        names = list(_telling_names(identity.host_name, identity.user_name))
        text = "\n".join(published).encode() if names else b""
        forms = [_name_form(name) for name in names]
        self._forms = [form for form in forms if not form.pattern.search(text)]
        self._known = set[str]()
        for address in identity.addresses:
            self.learn(address)

    @property
    def knows_nobody(self) -> bool:
        """Whether there is nothing to replace."""
        return not self._forms

    def learn(self, address: str) -> None:
        """Replace this address as well from now on: one that this machine was just seen to use."""
        if address not in self._known:
            self._known.add(address)
            self._forms += _address_forms(address)

    def clean_bytes(self, data: bytes) -> bytes:
        """`data` without the identity; the same object when there was none in it."""
        lowered = data.lower()
        for form in self._forms:
            if form.is_in(data, lowered):
                data = form.pattern.sub(SCRUBBED, data)
        return data

    def clean_record(self, line: bytes) -> bytes:
        """The same for a line of JSON, in its strings alone: a user may be called 10001, and so may a time.

        Bodies and headers that stand as base64 are cleaned as the bytes that they were.
        """
        if self.knows_nobody:
            return line
        line = BINARY.sub(self._clean_binary, line)
        lowered = line.lower()
        if not any(form.is_in(line, lowered) for form in self._forms):
            return line
        return STRING.sub(lambda found: self.clean_bytes(found[0]), line)

    def _clean_binary(self, found: re.Match[bytes]) -> bytes:
        whole, data = found[0], a2b_base64(found[1])
        clean = self.clean_bytes(data)
        return whole if clean is data else whole.replace(found[1], b2a_base64(clean, newline=False))

    def clean_text(self, text: str) -> str:
        """The same for text."""
        return self.clean_bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def _address_forms(text: str) -> Iterator[_Form]:
    address = ipaddress.ip_address(text.split("%", maxsplit=1)[0])
    if address.is_loopback or address.is_unspecified:
        return
    if isinstance(address, ipaddress.IPv4Address):
        parts = str(address).split(".")
        yield from (_ipv4_form(order) for order in (parts, parts[::-1]))
        number = str(int(address))
        yield _form(number, number, rf"(?<=//{number})(?!\d)")
        return
    full = ":".join(group.lstrip("0") or "0" for group in address.exploded.split(":"))
    for spelling in sorted({address.compressed, full}):
        groups = spelling.split(":")
        padded = (f"0{{0,3}}{group}" if group else "" for group in groups)
        yield _ipv6_form(max(groups, key=len), "(?::|%3A|-)".join(padded).removeprefix("0{0,3}"))
    yield _ipv6_form(address.reverse_pointer, re.escape(address.reverse_pointer))


def _ipv4_form(parts: Sequence[str]) -> _Form:
    """With dots, or as names of hosts have it, with zeros before as well; not inside of a longer row of numbers."""
    first, rest = parts[0], "".join(rf"[._-]0{{0,2}}{part}" for part in parts[1:])
    alone = "".join(rf"(?<![1-9]{zeros}{first})" for zeros in ("", "0", "00"))
    return _form(max(parts, key=len), first, rf"{alone}(?<!\d\.{first}){rest}(?!\d|\.\d)")


def _ipv6_form(needle: str, pattern: str) -> _Form:
    first, rest = pattern[0], pattern[1:]
    return _form(needle, f"[{first}{first.upper()}]", rf"(?i:(?<![\da-f].){rest}(?![\da-f]|:[\da-f]))")


def _form(needle: str, first: str, rest: str) -> _Form:
    """A pattern that begins with plain characters is searched for ten times as fast, so what goes before is asked after them."""
    return _Form(needle.encode(), re.compile((first + rest).encode()))


def _telling_names(host_name: str, user_name: str) -> Iterator[str]:
    for name in {host_name, host_name.split(".", maxsplit=1)[0], user_name}:
        if len(name) >= MIN_NAME and name.lower() not in COMMON_NAMES | WORDS_OF_RECORDS:
            yield name


def _name_form(name: str) -> _Form:
    # Not before `":`, which ends a key of a record: a user may be called "input" as well.
    text = name.encode()
    pattern = rb"(?<![\w-])" + re.escape(text) + rb"(?![\w-]|\":)"
    return _Form(text.lower(), re.compile(pattern, re.IGNORECASE))


def proxies_set(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the proxy variables that are set. Their values, which may hold passwords, are not looked at."""
    return tuple(sorted(name for name in environ if name.lower() in PROXY_VARIABLES and environ[name]))
