"""What must not be shown of a value: passwords and tokens."""

import re

MASK = "***"
PASSWORD = re.compile(r"(?<=://)[^/?#\s]*(?=@[^/?#\s])")
"""`user:password` of a URL; the address of a helper, `URL@ADDRESS`, stands behind the host and its path instead."""

QUERY = re.compile(r"([?&][^=&#\s@]+=)[^&#\s@]+")


def masked(value: str, *, secret: bool = False) -> str:
    """`value` for people: three stars for a secret, and for passwords and parameters inside of URLs."""
    if secret:
        return MASK if value else value
    if "://" not in value:
        return value
    return QUERY.sub(rf"\g<1>{MASK}", PASSWORD.sub(_mask_password, value))


def _mask_password(match: re.Match[str]) -> str:
    """`https://host@192.0.2.1` is a helper at an address; `https://user:password@host` is not."""
    return match[0] if _is_host(match[0]) else MASK


def _is_host(text: str) -> bool:
    name, _, port = text.partition(":")
    return "." in name and (not port or port.isdigit())
