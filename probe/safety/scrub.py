"""Own addresses, host name and user name out of everything that is written. Pure: the identity is an argument.

What a page says about the visitor in words of its own cannot be found here; the consent text says so.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping

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


class Scrubber:
    """Replaces every form of the given addresses and names by `[scrubbed]`; leaves the rest byte for byte.

    `published` are texts that are written as they are, like the URLs that are measured: a name that stands in one of
    them tells nothing, and taken out of it, the record would be one of something else.
    """

    def __init__(
        self,
        addresses: Iterable[str] = (),
        host_name: str = "",
        user_name: str = "",
        published: Iterable[str] = (),
    ) -> None:
        forms = [form for address in addresses for form in _address_patterns(address)]
        names = [_name_pattern(name) for name in _telling_names(host_name, user_name)]
        text = "\n".join(published).encode() if names else b""
        forms += [name for name in names if not re.search(name, text, re.IGNORECASE)]
        self._pattern = re.compile(b"|".join(forms), re.IGNORECASE) if forms else None

    def clean_bytes(self, data: bytes) -> bytes:
        """`data` without the identity; the same object when there was none in it."""
        if self._pattern is None or self._pattern.search(data) is None:
            return data
        return self._pattern.sub(SCRUBBED, data)

    def clean_record(self, line: bytes) -> bytes:
        """The same for a line of JSON, in its strings alone: a user may be called 10001, and so may a time."""
        if self._pattern is None or self._pattern.search(line) is None:
            return line
        return STRING.sub(lambda found: self.clean_bytes(found[0]), line)

    def clean_text(self, text: str) -> str:
        """The same for text."""
        return self.clean_bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def _address_patterns(text: str) -> Iterator[bytes]:
    address = ipaddress.ip_address(text.split("%", maxsplit=1)[0])
    if isinstance(address, ipaddress.IPv4Address):
        parts = str(address).split(".")
        for separator in (r"\.", "-"):
            for order in (parts, parts[::-1]):
                yield rf"(?<![\d.-]){separator.join(order)}(?![\d-]|\.\d)".encode()
        yield rf"(?<=//){int(address)}(?!\d)".encode()
        return
    for form in sorted({address.compressed, address.exploded, address.reverse_pointer}):
        pattern = re.escape(form).replace(":", "(?::|%3A|-)")
        yield rf"(?<![\da-f:]){pattern}(?![\da-f:])".encode()


def _telling_names(host_name: str, user_name: str) -> Iterator[str]:
    for name in {host_name, host_name.split(".", maxsplit=1)[0], user_name}:
        if len(name) >= MIN_NAME and name.lower() not in COMMON_NAMES | WORDS_OF_RECORDS:
            yield name


def _name_pattern(name: str) -> bytes:
    # Not before `":`, which ends a key of a record: a user may be called "input" as well.
    return rb"(?<![\w-])" + re.escape(name.encode()) + rb"(?![\w-]|\":)"


def proxies_set(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the proxy variables that are set. Their values, which may hold passwords, are not looked at."""
    return tuple(sorted(name for name in environ if name.lower() in PROXY_VARIABLES and environ[name]))
