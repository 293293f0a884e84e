"""What the lab's web servers answer: a page for every host, DNS over HTTPS at the resolvers' addresses."""

import gzip
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from probe.lab.names import Names
from probe.lab.scenario import Act, Site

DOH_PATH = "/dns-query"
DNS_MESSAGE = "application/dns-message"
MAX_BODY = 65536
MAX_PAGES = 256
"""Pages kept, the newest; any other is made again, the same."""

TO_HTTPS_OF_TEN = 7
"""Hosts of ten that send requests in the clear on to https."""

BLOCK_ADDRESSES = ("10.10.34.34", "10.10.34.35", "10.10.34.36")
BLOCK_PAGE = (
    b'<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1256"><title>M4-8</title></head>'
    b'<body><iframe src="http://10.10.34.35:80" style="width: 100%; height: 100%" scrolling="no" marginwidth="0" '
    b'marginheight="0" frameborder="0" vspace="0" hspace="0"></iframe></body></html>\r\n'
)
"""As Iran's filter serves it: status 403, no Server header, an iframe to the page itself."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked; header names in lower case."""

    method: str
    host: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What it gets."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def block_page() -> Response:
    """Iran's 403 page."""
    return Response(403, {"Content-Type": "text/html"}, BLOCK_PAGE)


def unknown_page() -> Response:
    """A filter's page that is in no list: nothing about it is like the site's."""
    body = b"<html><head><title>Zugriff verweigert</title></head><body>Diese Seite ist nicht freigegeben.</body></html>"
    return Response(200, {"Content-Type": "text/html", "X-Filter": "1"}, body)


def geoblock_page() -> Response:
    """A content network's page for countries that it does not serve."""
    body = b"<html><body>error code: 1009</body></html>"
    return Response(403, {"Content-Type": "text/html", "Server": "cloudflare"}, body)


def captcha_page() -> Response:
    """A content network's test for robots."""
    body = b"<html><head><title>Just a moment...</title></head><body></body></html>"
    return Response(
        403, {"Content-Type": "text/html", "Server": "cloudflare", "CF-Mitigated": "challenge"}, body
    )


class Web:
    """All web servers of the lab. `resolve` answers a DNS message that came over HTTPS to an address."""

    def __init__(
        self, names: Names, sites: Mapping[str, Site], resolve: Callable[[bytes, str], bytes | None]
    ) -> None:
        self._names, self._sites, self._resolve = names, sites, resolve
        self._pages: OrderedDict[str, bytes] = OrderedDict()
        self._visits = 0

    def answer(self, request: Request, ip: str, *, encrypted: bool) -> Response:
        """Answer `request` as the server at `ip` would."""
        host = request.host.partition(":")[0] if not request.host.startswith("[") else request.host
        if encrypted and request.target.partition("?")[0] == DOH_PATH and request.method == "POST":
            message = self._resolve(request.body, ip)
            return Response(200, {"Content-Type": DNS_MESSAGE}, message) if message else Response(400)
        if ip in BLOCK_ADDRESSES:
            return Response(200, {"Content-Type": "text/html"}, BLOCK_PAGE)
        site = self._sites.get(host)
        if site is not None:
            return self._of_site(site, host)
        draw = self._names.draw("web " + host)
        if not encrypted and draw[0] % 10 < TO_HTTPS_OF_TEN:
            return Response(301, {"Location": f"https://{host}{request.target}"})
        return self._compress(request, Response(200, self._headers(draw), self._page(host)))

    def certificate(self, host: str) -> Act | None:
        """What is wrong with the certificate of `host`, whoever asks."""
        site = self._sites.get(host)
        return site.certificate if site else None

    def _of_site(self, site: Site, host: str) -> Response:
        body = site.body if site.body is not None else self._page(host)
        if site.dynamic:
            self._visits += 1
            words = self._names.draw(f"news {self._visits} {host}").hex()
            headline = f"<html><head><title>{words[:9]} {words[9:20]}</title></head><body>".encode()
            body = headline + body * (1 + self._visits % 5)
        return Response(site.status, {"Content-Type": "text/html", **site.headers}, body)

    @staticmethod
    def _headers(draw: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Server": ("nginx", "Apache", "lab")[draw[1] % 3],
        }
        if draw[2] % 3 == 0:
            headers["Set-Cookie"] = f"session={draw[3:7].hex()}; Path=/"
        return headers

    def _page(self, host: str) -> bytes:
        """5 to 60 kB of a host's own text, which compression halves at best."""
        if host not in self._pages:
            count = 64 + int.from_bytes(self._names.draw("page " + host)[:2], "big") % 700
            lines = (f"<p>{self._names.draw(f'{number} {host}').hex()}</p>" for number in range(count))
            title = f"<title>Welcome to {host}</title>"
            page = f"<!doctype html><html><head>{title}</head><body>\n{chr(10).join(lines)}\n</body></html>"
            self._pages[host] = page.encode()
            if len(self._pages) > MAX_PAGES:
                self._pages.popitem(last=False)
        return self._pages[host]

    @staticmethod
    def _compress(request: Request, response: Response) -> Response:
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return response
        headers = {**response.headers, "Content-Encoding": "gzip"}
        return Response(response.status, headers, gzip.compress(response.body, 1, mtime=0))
