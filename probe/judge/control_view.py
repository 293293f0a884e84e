"""The control as the rules ask it: does the name exist there, does this endpoint answer, did the site?

The control's lists say less than they seem to: a helper that saw nothing of an endpoint says nothing of it, and one
without our `x_hops` says nothing of a redirect's own steps but how the whole ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from probe.record.control import Control, ControlHop, HelperFailure
from probe.record.failure import Failure
from probe.record.verdict import ControlKind, ControlUsed

STALE = 7 * 86_400.0
"""Seconds after which a control supports and no longer proves: sites move, die and are born within weeks."""

USELESS = 90 * 86_400.0
"""Seconds after which it is no control any more."""


@dataclass(frozen=True, slots=True)
class ControlView:
    """A control and where it is from; `control` is None when there is none worth asking.

    `trusted`: nobody on the way can have changed it. One that may have been changed supports and proves nothing.
    """

    control: Control | None = None
    used: ControlUsed = field(default_factory=lambda: ControlUsed(kind=ControlKind.NONE))
    trusted: bool = True

    @classmethod
    def of(cls, control: Control | None, used: ControlUsed, *, trusted: bool = True) -> "ControlView":
        """`control`, unless it is too old or says nothing."""
        too_old = used.age_s is not None and abs(used.age_s) > USELESS
        if control is None or too_old or (control.dns is None and control.http_request is None):
            return cls()
        return cls(control, used, trusted)

    @property
    def fresh(self) -> bool:
        """Whether it may make a verdict likely."""
        return self.control is not None and self.trusted and abs(self.used.age_s or 0.0) <= STALE

    def addresses(self, host: str, depth: int) -> frozenset[str]:
        """What the name of hop `depth`, `host`, had for addresses there."""
        hop = self._hop(host)
        found = set(hop.addrs) if hop else set[str]()
        if depth == 0 and self.control and self.control.dns:
            found.update(self.control.dns.addrs or ())
        return frozenset(found)

    def has_name(self, host: str, depth: int) -> bool | None:
        """Whether the name had an address there; None: not known."""
        if self.addresses(host, depth):
            return True
        if depth == 0 and self.control and self.control.dns:
            return False
        hop = self._hop(host)
        return False if hop and hop.failure and hop.failure.startswith("dns_") else None

    def denies_name(self, host: str, depth: int) -> bool:
        """Whether the name has no address there because it has none, and not because its resolver was in trouble."""
        if self.has_name(host, depth) is not False:
            return False
        if depth == 0 and self.control and self.control.dns:
            return self.control.dns.failure in NO_NAME
        hop = self._hop(host)
        return hop is not None and hop.failure in NO_NAME

    def connects(self, endpoint: str) -> bool | None:
        """Whether a TCP connection to `endpoint` (ip:port, [v6]:port) was accepted there."""
        seen = (self.control.tcp_connect or {}).get(endpoint) if self.control else None
        return None if seen is None else seen.status is True and not seen.failure

    def encrypts(self, endpoint: str, host: str = "") -> bool | None:
        """Whether a handshake with `endpoint` succeeded there, for the name `host` if that is given."""
        seen = (self.control.tls_handshake or {}).get(endpoint) if self.control else None
        if seen is None or (host and seen.server_name and seen.server_name.lower().rstrip(".") != host):
            return None
        return seen.status is True and not seen.failure

    def works(self, url: str, host: str, depth: int) -> bool | None:
        """Whether the control got an answer at this hop, as far as it knows."""
        hop = self._hop(host, url)
        if hop is not None:
            return hop.failure is None
        if self.control is None or self.control.http_request is None or not self.speaks_of(host, depth):
            return None
        # Without a hop of its own, the end of the whole way speaks for each hop on it: OONI's rule for unexplained failures.
        http = self.control.http_request
        return ((http.status_code or 0) > 0 or None) if http.failure is None else False

    def speaks_of(self, host: str, depth: int) -> bool:
        """Whether the control may have come by hop `depth`, `host`; one that tells its way and has no such hop did not."""
        return depth == 0 or not self.hops() or self._hop(host) is not None

    def proves(self, host: str, depth: int) -> bool:
        """Whether it may make a verdict on hop `depth`, `host`, likely: it is fresh, and was there."""
        return self.fresh and (depth == 0 or self._hop(host) is not None)

    def hosts(self) -> frozenset[str]:
        """The hosts the control passed; empty when it does not tell."""
        return frozenset(_host(hop.url) for hop in self.hops())

    def hops(self) -> Sequence[ControlHop]:
        """The control's own hops."""
        return (self.control.x_hops or ()) if self.control else ()

    def hop_at(self, url: str, host: str) -> ControlHop | None:
        """The control's own hop at `url`, or at its host in the same scheme."""
        return self._hop(host, url)

    def _hop(self, host: str, url: str = "") -> ControlHop | None:
        hops = self.hops()
        exact = next((hop for hop in hops if url and hop.url == url), None)
        scheme = url.partition(":")[0]
        near = (
            hop for hop in hops if _host(hop.url) == host and (not scheme or hop.url.startswith(scheme + ":"))
        )
        return exact or next(near, None)


NO_NAME = frozenset({None, HelperFailure.DNS_NAME_ERROR, Failure.DNS_NXDOMAIN_ERROR, Failure.DNS_NO_ANSWER})
"""How it is said that a name does not exist or has no address; all else was the resolver's trouble."""


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower().rstrip(".")
    except ValueError:
        return ""
