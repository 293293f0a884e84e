"""A thousand sites as they are on a network that does nothing: a third of them news pages that change, some dead, some refusing us."""

from dataclasses import dataclass

from probe.lab.scenario import Act, Rule, Scenario, Site

COUNT = 1000


@dataclass(frozen=True, slots=True)
class Crowd:
    """The scenario, and the URLs to measure in it."""

    scenario: Scenario
    urls: tuple[str, ...]


def crowd(count: int = COUNT) -> Crowd:
    """`count` sites: 30 % change at each visit, 5 % each are dead, expired, closed, captcha and geoblock; a third in the clear."""
    sites, captchas, geoblocks, urls = [], [], [], []
    for number in range(count):
        host, kind = f"www.site{number}.example", number % 20
        urls.append(f"{'http' if number % 3 == 0 else 'https'}://{host}/")
        address = f"104.{60 + number // 200}.{number % 200}.9"
        headers = {"X-Site": f"s{number}"}
        if kind < 6:
            sites.append(Site(host, (address,), headers=headers, dynamic=True))
        elif kind == 6:
            sites.append(Site(host, exists=False))
        elif kind == 7:
            sites.append(Site(host, (address,), closed_ports=(80, 443)))
        elif kind == 8:
            sites.append(Site(host, (address,), certificate=Act.TLS_EXPIRED))
        elif kind == 9:
            captchas.append(host)
        elif kind == 10:
            geoblocks.append(host)
    rules = (Rule(Act.SITE_CAPTCHA, hosts=tuple(captchas)), Rule(Act.SITE_GEOBLOCK, hosts=tuple(geoblocks)))
    return Crowd(Scenario("crowd", "Many sites, and nothing interferes.", rules, tuple(sites)), tuple(urls))
