"""More networks of the lab: where the sites, their providers or the whole network are what is special.

`scenarios.py` has the censors. All of them together are the rows of the truth table (tests/truth).
"""

from collections.abc import Mapping
from types import MappingProxyType

from probe.lab.scenario import Act, Rule, Scenario, Site
from probe.lab.scenarios import BANNED, BLOCK_ADDRESS, DOH_ADDRESSES, FOREIGN_ADDRESS, SCENARIOS, STRANGER

HOST = "www.instagram.com"
CLEAR = "telegram.org"
GATE = "gate.example.org"
"""A site that sends its visitors on."""

SAFE_SEARCH = "216.239.38.120"
FAKE_IP = "198.18.0.7"
HUGE = b"<p>x</p>" * 262_144
"""2 MiB, four times what is kept of a body."""

_HERE = Site(HOST, ("104.40.7.1", "104.40.7.2"))


def _gate(location: str) -> tuple[Site, ...]:
    return (Site(GATE, ("104.40.8.1",), status=302, headers={"Location": location}),)


_ALL = (
    Scenario("dns-fake-ip", "A tunnel on the router answers every name with an address of its own.", (Rule(Act.DNS_FORGE, value=FAKE_IP),)),
    Scenario("dns-rewrite-safesearch", "The name is answered with the same operator's address that enforces safe search.",
        (Rule(Act.DNS_FORGE, hosts=("www.youtube.com",), value=SAFE_SEARCH),)),
    Scenario("dns-hijack-proxy", "The name is answered with a proxy that serves the right site under its certificate.",
        (Rule(Act.DNS_FORGE, hosts=BANNED, value="104.50.1.1"),)),
    Scenario("dns-nxdomain-for-all", "There is no such name, for anybody.", sites=(Site(HOST, exists=False),)),
    Scenario("dns-ghost", "The site is long gone, and its name is still answered with a block address.",
        (Rule(Act.DNS_FORGE, hosts=BANNED, value=BLOCK_ADDRESS),), (Site(HOST, exists=False),)),
    Scenario("dns-resolver-dead", "No resolver in the clear answers anything.", (Rule(Act.DNS_DROP),)),
    Scenario("tcp-refused-everywhere", "The site's port is closed, for everybody.", sites=(Site(HOST, ("104.40.7.3",), closed_ports=(443,)),)),
    Scenario("tls-expired-everywhere", "The site's certificate has expired, for everybody.", sites=(Site(HOST, ("104.40.7.5",), certificate=Act.TLS_EXPIRED),)),
    Scenario("tls-untrusted-everywhere", "The site's certificate is its own, for everybody.", sites=(Site(HOST, ("104.40.7.6",), certificate=Act.TLS_UNTRUSTED),)),
    Scenario("tls-other-host-everywhere", "The site's certificate is another host's, for everybody.", sites=(Site(HOST, ("104.40.7.7",), certificate=Act.TLS_CENSOR),)),
    Scenario("http-200-unknown-page", "Requests in the clear get a filter's page that is in no list.", (Rule(Act.HTTP_OTHER, hosts=BANNED),),
        (Site(CLEAR, ("104.40.7.8",), headers={"X-Site": "telegram"}),)),
    Scenario("http-dynamic-page", "The page is another one at each visit.", sites=(Site(CLEAR, ("104.40.7.9",), headers={"X-Site": "news"}, dynamic=True),)),
    Scenario("https-server-geoblock", "The site's provider does not serve this country.", (Rule(Act.SITE_GEOBLOCK, hosts=BANNED),)),
    Scenario("https-captcha", "The site's provider takes us for a robot.", (Rule(Act.SITE_CAPTCHA, hosts=BANNED),)),
    Scenario("http-captcha", "The same in the clear, where anybody could have written it.", (Rule(Act.SITE_CAPTCHA, hosts=BANNED),),
        (Site(CLEAR, ("104.40.7.10",), headers={"X-Site": "telegram"}),)),
    Scenario("http-captive-portal", "Every request in the clear is sent to a login page.",
        (Rule(Act.HTTP_REDIRECT, value="http://login.hotspot.example/"),)),
    Scenario("http-redirect-broken", "The site sends us to what is no URL.", sites=_gate("http://[::bad/")),
    Scenario("http-redirect-loop", "The site sends us to itself.", sites=_gate(f"https://{GATE}/")),
    Scenario("redirect-then-blocked", "The first site is fine and sends us to one whose handshakes are reset.",
        (Rule(Act.TLS_RESET, hosts=BANNED),), _gate(f"https://{HOST}/")),
    Scenario("redirect-then-down", "The first site is fine and sends us to one that is no more.", sites=_gate("https://gone.invalid/")),
    Scenario("http-huge", "The page has two million bytes.", sites=(Site(HOST, ("104.40.7.11",), body=HUGE),)),
    Scenario("two-layers", "The name is forged, and handshakes with the true address are reset.",
        (Rule(Act.DNS_FORGE, hosts=BANNED, value=BLOCK_ADDRESS), Rule(Act.TLS_RESET, hosts=BANNED)), (_HERE,)),
    Scenario("dns-forged-and-doh-blocked", "The name is answered with a stranger's address, and no encrypted resolver can be asked.",
        (Rule(Act.DNS_FORGE, hosts=BANNED, value=FOREIGN_ADDRESS), STRANGER, Rule(Act.SYN_RESET, addresses=DOH_ADDRESSES, ports=(443,)))),
)  # fmt: skip

CATALOGUE: Mapping[str, Scenario] = MappingProxyType(
    {**SCENARIOS, **{scenario.name: scenario for scenario in _ALL}}
)
"""Every network of the lab, by name."""
