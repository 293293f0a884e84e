"""What can be measured: a literal mapping from a nettest's name to what it does.

A nettest turns one target into one record. Nothing registers itself: what is not in `NETTESTS` does not exist.
"""

from collections.abc import Mapping
from types import MappingProxyType

from probe.nettest.context import Context, Nettest, RunIdentity
from probe.nettest.web import WEB_CONNECTIVITY

__all__ = ["NETTESTS", "Context", "Nettest", "RunIdentity"]

NETTESTS: Mapping[str, Nettest] = MappingProxyType({WEB_CONNECTIVITY.name: WEB_CONNECTIVITY})
