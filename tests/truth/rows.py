"""What each network of the lab must be judged: the rows of the truth table, after published experience with the real ones.

A verdict is written `status mechanism confidence`, `-` where there is no mechanism. `alone` is without any control.
A network that blocks must never be `reachable`, whatever is known of it.
"""

from dataclasses import dataclass

HTTPS = "https://www.instagram.com/"
CLEAR = "http://telegram.org/"
GATE = "https://gate.example.org/"
TWO = "https://www.youtube.com/"
"""A host with two addresses; the others have one, at which nothing is ever more than possible."""

REACHABLE = "reachable - confirmed"
UNKNOWN = "inconclusive - none"
DOWN = "down - likely"


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario, the URL that is measured there, the verdicts it must get; `blocks`: whether it interferes with the URL."""

    scenario: str
    url: str
    blocks: bool
    controlled: str
    alone: str
    note: str = ""


def _censored(scenario: str, url: str, controlled: str, alone: str, note: str = "") -> Row:
    return Row(scenario, url, True, controlled, alone, note)  # noqa: FBT003


def _free(scenario: str, url: str, controlled: str, alone: str, note: str = "") -> Row:
    return Row(scenario, url, False, controlled, alone, note)  # noqa: FBT003


ROWS: tuple[Row, ...] = (
    _free("clean", HTTPS, REACHABLE, REACHABLE),
    _free("clean", CLEAR, REACHABLE, REACHABLE, "sent on to https"),
    _censored("demo", HTTPS, "blocked dns.bogon confirmed", "blocked dns.bogon confirmed"),
    # names
    _censored("dns-bogon-private", HTTPS, "blocked dns.bogon confirmed", "blocked dns.bogon confirmed"),
    _free("dns-fake-ip", HTTPS, UNKNOWN, UNKNOWN, "a tunnel, not a censor"),
    _censored("dns-forged-race", HTTPS, "blocked dns.forged_answer confirmed", "blocked dns.forged_answer confirmed"),
    _censored("dns-forged-public-ip", HTTPS, "blocked dns.forged_answer likely", "blocked dns.forged_answer likely"),
    _censored("dns-forged-and-doh-blocked", HTTPS, "blocked dns.forged_answer likely", UNKNOWN),
    _free("dns-rewrite-safesearch", "https://www.youtube.com/", REACHABLE, REACHABLE, "finding: dns.rewritten"),
    _free("dns-hijack-proxy", HTTPS, REACHABLE, REACHABLE),
    _censored("dns-hijack-localhost", HTTPS, "blocked dns.bogon likely", "blocked dns.bogon likely"),
    _censored("dns-nxdomain", HTTPS, "blocked dns.nxdomain likely", "blocked dns.nxdomain likely", "three resolvers against an encrypted one"),
    _free("dns-nxdomain-for-all", HTTPS, DOWN, DOWN),
    _censored("dns-servfail", HTTPS, "blocked dns.servfail possible", "blocked dns.servfail possible"),
    _censored("dns-refused", HTTPS, "blocked dns.refused likely", "blocked dns.refused likely"),
    _censored("dns-empty", HTTPS, "blocked dns.empty likely", "blocked dns.empty likely"),
    _censored("dns-no-reply", HTTPS, "blocked dns.no_reply likely", "blocked dns.no_reply likely", "they answer for another name"),
    _free("dns-resolver-dead", HTTPS, UNKNOWN, UNKNOWN),
    _censored("dns-isp-only", HTTPS, "blocked dns.bogon confirmed", "blocked dns.bogon confirmed"),
    _free("dns-doh-blocked", HTTPS, REACHABLE, REACHABLE, "finding on the encrypted resolver"),
    _censored("dns-ghost", HTTPS, "blocked dns.bogon confirmed", "blocked dns.bogon confirmed"),
    _free("dns-truncated", HTTPS, REACHABLE, REACHABLE),
    _free("dns-wrong-id", HTTPS, REACHABLE, REACHABLE),
    _free("dns-garbage", HTTPS, REACHABLE, REACHABLE),
    # connections
    _censored("tcp-syn-drop", HTTPS, "blocked tcp.timeout possible", UNKNOWN),
    _censored("tcp-syn-drop", TWO, "blocked tcp.timeout likely", UNKNOWN, "seen at both of its addresses"),
    _censored("tcp-syn-rst", HTTPS, "blocked tcp.reset possible", UNKNOWN),
    _censored("tcp-syn-rst", TWO, "blocked tcp.reset likely", UNKNOWN, "seen at both of its addresses"),
    _free("tcp-refused-everywhere", HTTPS, DOWN, UNKNOWN),
    _free("tcp-one-of-many", "https://instagram.com/", REACHABLE, REACHABLE, "finding on the other address"),
    _censored("tcp-port80-only", CLEAR, "blocked tcp.timeout possible", "blocked tcp.timeout possible", "443 of the same address works"),
    _free("ipv6-off", HTTPS, REACHABLE, REACHABLE),
    # TLS
    _censored("tls-sni-rst", HTTPS, "blocked tls.reset possible", "blocked tls.reset possible"),
    _censored("tls-sni-rst", TWO, "blocked tls.reset likely", "blocked tls.reset possible", "seen at both of its addresses"),
    _censored("tls-sni-drop", HTTPS, "blocked tls.timeout possible", "blocked tls.timeout possible"),
    _censored("tls-sni-drop", TWO, "blocked tls.timeout likely", "blocked tls.timeout possible", "seen at both of its addresses"),
    _censored("tls-sni-fin", HTTPS, "blocked tls.eof possible", "blocked tls.eof possible"),
    _censored("tls-sni-fin", TWO, "blocked tls.eof likely", "blocked tls.eof possible", "seen at both of its addresses"),
    _censored("tls-residual", HTTPS, "blocked tls.reset possible", "blocked tls.reset possible"),
    _censored("tls-mitm-untrusted", HTTPS, "blocked tls.intercepted likely", UNKNOWN),
    _censored("tls-mitm-block-page", HTTPS, "blocked tls.intercepted likely", UNKNOWN),
    _free("tls-cert-expired", HTTPS, UNKNOWN, UNKNOWN, "here only: as with a wrong clock"),
    _free("tls-expired-everywhere", HTTPS, DOWN, UNKNOWN),
    _free("tls-untrusted-everywhere", HTTPS, DOWN, UNKNOWN),
    _free("tls-other-host-everywhere", HTTPS, DOWN, UNKNOWN),
    _free("tls-alert", HTTPS, "refused - possible", UNKNOWN),
    _censored("tls-plain-http-answer", HTTPS, "blocked http.blockpage confirmed", "blocked http.blockpage confirmed"),
    # HTTP
    _censored("http-403-iframe", CLEAR, "blocked http.blockpage confirmed", "blocked http.blockpage confirmed"),
    _censored("http-302-blockpage", CLEAR, "blocked http.blockpage confirmed", "blocked http.blockpage confirmed"),
    _censored("http-200-unknown-page", CLEAR, "blocked http.different possible", UNKNOWN),
    _censored("http-host-rst", CLEAR, "blocked http.reset possible", "blocked http.reset possible"),
    _censored("http-host-fin", CLEAR, "blocked http.eof possible", "blocked http.eof possible"),
    _censored("http-host-drop", CLEAR, "blocked http.timeout possible", "blocked http.timeout possible"),
    _free("http-dynamic-page", CLEAR, "reachable - likely", UNKNOWN),
    _free("https-server-geoblock", HTTPS, "refused - likely", "refused - likely"),
    _free("https-captcha", HTTPS, "refused - likely", "refused - likely"),
    _free("http-captcha", CLEAR, UNKNOWN, UNKNOWN),
    _free("http-captive-portal", CLEAR, UNKNOWN, UNKNOWN),
    _free("http-redirect-broken", GATE, REACHABLE, REACHABLE),
    _free("http-redirect-loop", GATE, REACHABLE, REACHABLE),
    _censored("redirect-then-blocked", GATE, "blocked tls.reset possible", "blocked tls.reset possible", "at hop 1"),
    _free("redirect-then-down", GATE, DOWN, DOWN),
    _free("http-huge", HTTPS, REACHABLE, REACHABLE),
    # transfers
    _censored("freeze-16k", HTTPS, "blocked transfer.frozen possible", UNKNOWN),
    _censored("throttle-sni", HTTPS, UNKNOWN, UNKNOWN, "one pass cannot tell throttled from slow"),
    # several layers, whole networks
    _censored("two-layers", HTTPS, "blocked dns.bogon confirmed", "blocked dns.bogon confirmed", "tls.reset as well"),
    _free("shutdown", HTTPS, UNKNOWN, UNKNOWN),
    _free("walled-garden", HTTPS, UNKNOWN, UNKNOWN),
)  # fmt: skip
