"""What a scenario is made of: data, no behaviour beyond matching."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Act(StrEnum):
    """What a censor or a fault does. The part before the dot says where it stands."""

    DNS_FORGE = "dns.forge"  # value: the address answered instead
    DNS_RACE = "dns.race"  # value: the address answered first, the true answer follows
    DNS_NXDOMAIN = "dns.nxdomain"
    DNS_SERVFAIL = "dns.servfail"
    DNS_REFUSED = "dns.refused"
    DNS_EMPTY = "dns.empty"
    DNS_DROP = "dns.drop"
    DNS_WRONG_ID = "dns.wrong_id"  # first, the true answer follows
    DNS_GARBAGE = "dns.garbage"  # first, the true answer follows
    DNS_TRUNCATED = "dns.truncated"  # over UDP; whole over TCP
    SYN_DROP = "syn.drop"
    SYN_RESET = "syn.reset"
    SYN_UNREACHABLE = "syn.unreachable"
    TLS_RESET = "tls.reset"
    TLS_FIN = "tls.fin"
    TLS_DROP = "tls.drop"
    TLS_UNTRUSTED = "tls.untrusted"  # a certificate for the name, of a CA that nobody trusts
    TLS_CENSOR = "tls.censor"  # a certificate for the censor's own host
    TLS_EXPIRED = "tls.expired"
    TLS_ALERT = "tls.alert"  # handshake_failure
    TLS_PLAIN = "tls.plain"  # an HTTP 403 page in answer to the ClientHello
    HTTP_RESET = "http.reset"
    HTTP_FIN = "http.fin"
    HTTP_DROP = "http.drop"
    HTTP_PAGE = "http.page"  # Iran's 403 page
    HTTP_REDIRECT = "http.redirect"  # value: where to
    HTTP_OTHER = "http.other"  # a page that nobody knows
    SITE_GEOBLOCK = "site.geoblock"  # the site's own provider refuses, inside TLS as well
    SITE_CAPTCHA = "site.captcha"  # the site's own provider takes us for a robot
    FREEZE = "path.freeze"  # value: bytes after which nothing more comes
    THROTTLE = "path.throttle"  # value: bytes a second

    @property
    def layer(self) -> str:
        """dns, syn, tls, http, site or path."""
        return self.value.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Rule:
    """`act` on whatever matches all that is given: names (subdomains too), addresses, ports, resolvers.

    `residual`: seconds for which the address and port that triggered the rule are silent, whatever the name.
    `everywhere`: it is not the network's doing but a fact, for whoever looks from wherever.
    """

    act: Act
    hosts: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    resolvers: tuple[str, ...] = ()
    value: str = ""
    residual: float = 0.0
    everywhere: bool = False

    def names(self, host: str) -> bool:
        """Whether `host` is one of the rule's names or below one."""
        return not self.hosts or any(host == name or host.endswith("." + name) for name in self.hosts)

    def reaches(self, ip: str, port: int) -> bool:
        """Whether the rule stands on the way to `ip`:`port`."""
        return (not self.addresses or _within(ip, self.addresses)) and (not self.ports or port in self.ports)


def _within(ip: str, addresses: tuple[str, ...]) -> bool:
    return ip in addresses or ("::/0" in addresses and ":" in ip)


@dataclass(frozen=True, slots=True)
class Site:
    """A host that is not as the lab would make it: its addresses, and what it answers to any request, to everybody.

    `certificate`: what is wrong with its certificate, if anything. `dynamic`: another page each time.
    """

    host: str
    addresses: tuple[str, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    closed_ports: tuple[int, ...] = ()
    exists: bool = True
    certificate: Act | None = None
    dynamic: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """A network: its name, itself in one sentence, and its rules. `alive` is False when nothing answers at all."""

    name: str
    sentence: str
    rules: tuple[Rule, ...] = ()
    sites: tuple[Site, ...] = ()
    alive: bool = True

    def elsewhere(self) -> "Scenario":
        """The same sites, from a network that does nothing: where controls are."""
        facts = tuple(rule for rule in self.rules if rule.everywhere)
        sentence = "The same sites, seen from an open network."
        return Scenario(f"{self.name}-elsewhere", sentence, facts, self.sites)
