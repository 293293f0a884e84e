"""What the network does to a name, a connection, a handshake or a request: rules to decisions.

Pure but for the memory of residual censorship, whose clock is an argument.
"""

from collections.abc import Callable

from probe.lab.names import Names
from probe.lab.scenario import Rule, Scenario


class Censor:
    """The rules of a scenario, asked at each layer. The first rule that matches decides."""

    def __init__(self, scenario: Scenario, names: Names, clock: Callable[[], float]) -> None:
        self._rules = {
            layer: [r for r in scenario.rules if r.act.layer == layer]
            for layer in ("dns", "syn", "tls", "http", "site", "path")
        }
        self._names, self._clock = names, clock
        self._hot: dict[tuple[str, int], tuple[Rule, float]] = {}

    def on_query(self, host: str, resolver: str, *, encrypted: bool) -> Rule | None:
        """A DNS question to `resolver`; over DoH only rules that name the resolver itself apply."""
        for rule in self._rules["dns"]:
            asked = resolver in rule.resolvers if rule.resolvers else not encrypted
            if asked and rule.names(host):
                return rule
        return None

    def on_connect(self, ip: str, port: int) -> Rule | None:
        """A SYN to `ip`:`port`; a rule with names knows the addresses of all that were looked up."""
        hot = self._residual(ip, port)
        for rule in [hot] if hot else self._rules["syn"]:
            known = not rule.hosts or any(rule.names(owner) for owner in self._names.owners(ip))
            if hot or (known and rule.reaches(ip, port)):
                return rule
        return None

    def on_client_hello(self, server_name: str, ip: str, port: int) -> Rule | None:
        """A ClientHello with `server_name`, empty when it has none."""
        return self._match("tls", server_name, ip, port)

    def on_request(self, host: str, ip: str, port: int, *, encrypted: bool) -> Rule | None:
        """An HTTP request in the clear; inside TLS nobody on the way sees it."""
        return None if encrypted else self._match("http", host, ip, port)

    def at_site(self, host: str, ip: str, port: int) -> Rule | None:
        """A request as it arrives at the site's own side, which sees whence it comes."""
        return self._match("site", host, ip, port)

    def on_flow(self, host: str, ip: str, port: int) -> Rule | None:
        """The transfer of a flow whose name is `host`."""
        return self._match("path", host, ip, port)

    def _match(self, layer: str, host: str, ip: str, port: int) -> Rule | None:
        for rule in self._rules[layer]:
            if rule.names(host) and rule.reaches(ip, port):
                if rule.residual:
                    self._hot[ip, port] = (rule, self._clock() + rule.residual)
                return rule
        return None

    def _residual(self, ip: str, port: int) -> Rule | None:
        """Any packet to a hot endpoint starts its timer again, as real censors do."""
        rule, until = self._hot.get((ip, port), (None, 0.0))
        if rule is None or self._clock() >= until:
            return None
        self._hot[ip, port] = (rule, self._clock() + rule.residual)
        return rule
