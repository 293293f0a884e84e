"""The lab's networks, each in one sentence. What they must be judged as stands with the judge."""

from collections.abc import Mapping
from types import MappingProxyType

from probe.lab.resolvers import ISP_RESOLVER
from probe.lab.scenario import Act, Rule, Scenario, Site
from probe.lab.web import BLOCK_ADDRESSES

INSTAGRAM = ("instagram.com", "cdninstagram.com")
X = ("x.com", "twitter.com", "t.co", "twimg.com")
YOUTUBE = ("youtube.com", "youtu.be", "ytimg.com", "googlevideo.com", "youtubei.googleapis.com")
TELEGRAM = ("telegram.org", "t.me", "telegram.me")
BANNED = INSTAGRAM + X + YOUTUBE + TELEGRAM
BLOCK_ADDRESS = BLOCK_ADDRESSES[2]
FOREIGN_ADDRESS = "104.244.46.17"

DOH_ADDRESSES = (
    "1.1.1.1",
    "1.0.0.1",
    "8.8.8.8",
    "8.8.4.4",
    "9.9.9.9",
    "9.9.9.10",
    "149.112.112.112",
    "149.112.112.10",
)


STRANGER = Rule(Act.TLS_CENSOR, addresses=(FOREIGN_ADDRESS,), everywhere=True)
"""Whoever lives at the foreign address shows a certificate of his own."""


def _on_banned(act: Act, value: str = "", **matching: object) -> tuple[Rule, ...]:
    return (Rule(act, hosts=BANNED, value=value, **matching),)  # type: ignore[arg-type]


_ALL = (
    Scenario("clean", "Nothing interferes."),
    Scenario("demo", "Instagram's names are forged; handshakes of X are reset, of Telegram closed, of YouTube left without an answer.", (
        Rule(Act.DNS_FORGE, hosts=INSTAGRAM, value=BLOCK_ADDRESS),
        Rule(Act.TLS_RESET, hosts=X),
        Rule(Act.TLS_DROP, hosts=YOUTUBE),
        Rule(Act.HTTP_PAGE, hosts=BANNED),
        Rule(Act.TLS_FIN, hosts=TELEGRAM),
    )),
    Scenario("dns-bogon-private", "Every resolver over UDP answers a block page's private address.", _on_banned(Act.DNS_FORGE, BLOCK_ADDRESS)),
    Scenario("dns-forged-race", "A forged answer comes first, the true one 30 ms later.", _on_banned(Act.DNS_RACE, BLOCK_ADDRESS)),
    Scenario("dns-forged-public-ip", "The answer is a public address of somebody else.", (
        Rule(Act.DNS_FORGE, hosts=BANNED, value=FOREIGN_ADDRESS), STRANGER)),
    Scenario("dns-hijack-localhost", "The answer is 127.0.0.1.", _on_banned(Act.DNS_FORGE, "127.0.0.1")),
    Scenario("dns-nxdomain", "Resolvers over UDP say that there is no such name.", _on_banned(Act.DNS_NXDOMAIN)),
    Scenario("dns-servfail", "Resolvers over UDP fail on these names.", _on_banned(Act.DNS_SERVFAIL)),
    Scenario("dns-refused", "Resolvers over UDP refuse these names.", _on_banned(Act.DNS_REFUSED)),
    Scenario("dns-empty", "Resolvers over UDP answer without an address.", _on_banned(Act.DNS_EMPTY)),
    Scenario("dns-no-reply", "Questions about these names are dropped.", _on_banned(Act.DNS_DROP)),
    Scenario("dns-isp-only", "The provider's resolver lies, all others are honest.", _on_banned(Act.DNS_FORGE, BLOCK_ADDRESS, resolvers=(ISP_RESOLVER,))),
    Scenario("dns-doh-blocked", "Connections to DNS over HTTPS are reset.", (Rule(Act.SYN_RESET, addresses=DOH_ADDRESSES, ports=(443,)),)),
    Scenario("dns-truncated", "Answers are cut short, whole over TCP.", _on_banned(Act.DNS_TRUNCATED)),
    Scenario("dns-wrong-id", "An answer with another id comes first.", _on_banned(Act.DNS_WRONG_ID)),
    Scenario("dns-garbage", "Junk comes before the answer.", _on_banned(Act.DNS_GARBAGE)),
    Scenario("tcp-syn-drop", "SYNs to the addresses of these names are dropped.", _on_banned(Act.SYN_DROP)),
    Scenario("tcp-syn-rst", "SYNs to the addresses of these names are answered with RST.", _on_banned(Act.SYN_RESET)),
    Scenario("tcp-one-of-many", "One of two addresses does not answer.", (Rule(Act.SYN_DROP, addresses=("104.40.1.1",)),),
        (Site("instagram.com", ("104.40.1.1", "104.40.1.2")), Site("www.instagram.com", ("104.40.1.1", "104.40.1.2")))),
    Scenario("tcp-port80-only", "Port 80 is dropped, port 443 works.", _on_banned(Act.SYN_DROP, ports=(80,))),
    Scenario("ipv6-off", "No IPv6 address can be reached.", (Rule(Act.SYN_UNREACHABLE, addresses=("::/0",)),)),
    Scenario("tls-sni-rst", "RST after a ClientHello with the name.", _on_banned(Act.TLS_RESET)),
    Scenario("tls-sni-drop", "Silence after a ClientHello with the name.", _on_banned(Act.TLS_DROP)),
    Scenario("tls-sni-fin", "FIN after a ClientHello with the name.", _on_banned(Act.TLS_FIN)),
    Scenario("tls-residual", "RST on the name, then silence from that address for two minutes.", _on_banned(Act.TLS_RESET, residual=120.0)),
    Scenario("tls-mitm-untrusted", "A certificate for the name from an unknown authority.", _on_banned(Act.TLS_UNTRUSTED)),
    Scenario("tls-mitm-block-page", "The certificate of the censor's own host.", _on_banned(Act.TLS_CENSOR)),
    Scenario("tls-cert-expired", "The site's certificate has expired.", _on_banned(Act.TLS_EXPIRED)),
    Scenario("tls-alert", "The server refuses the handshake.", _on_banned(Act.TLS_ALERT)),
    Scenario("tls-plain-http-answer", "An HTTP block page in answer to the ClientHello.", _on_banned(Act.TLS_PLAIN)),
    Scenario("http-403-iframe", "Iran's 403 page for requests in the clear.", _on_banned(Act.HTTP_PAGE)),
    Scenario("http-302-blockpage", "A redirect to a block page's host.", _on_banned(Act.HTTP_REDIRECT, "http://10.10.34.35/?type=Invalid Site&policy=MainPolicy")),
    Scenario("http-host-rst", "RST after the Host header.", _on_banned(Act.HTTP_RESET)),
    Scenario("http-host-fin", "FIN after the Host header.", _on_banned(Act.HTTP_FIN)),
    Scenario("http-host-drop", "Silence after the Host header.", _on_banned(Act.HTTP_DROP)),
    Scenario("freeze-16k", "After 16 kB of a flow nothing more comes.", _on_banned(Act.FREEZE, "16384")),
    Scenario("throttle-sni", "15 kB a second for these names.", _on_banned(Act.THROTTLE, "15000")),
    Scenario("shutdown", "Nothing answers at all.", alive=False),
    Scenario("walled-garden", "There is no way out: a gateway denies every name and answers every connection itself.", (
        Rule(Act.DNS_NXDOMAIN),
        Rule(Act.TLS_CENSOR),
    )),
)  # fmt: skip

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({scenario.name: scenario for scenario in _ALL})
