"""Pages that are known: the packaged tables, and what they say of pages of our own making."""
# ruff: noqa: RUF001 - censors write in languages whose letters look like Latin ones

import re
import time

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from probe.judge.fingerprints import Fingerprints
from probe.judge.page import MAX_CHARACTERS, normalise
from probe.judge.pattern import Expression, Spaced
from probe.judge.signature import Kind, Match, Refusal, Scope, whole_words
from probe.judge.tables import packaged_rows

KNOWN = Fingerprints.packaged()
ROWS = {
    row["id"]: row for table in ("block_pages.csv", "server_refusals.csv") for row in packaged_rows(table)
}
BY_ID = {signature.match.id: signature for signature in KNOWN.signatures}
ALL = [signature.match for signature in KNOWN.signatures]

IRAN_FRAME = (
    '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1256"><title>M4-6\r\n</title></head>'
    '<body><iframe src="http://10.10.34.35:80" style="width: 100%; height: 100%" scrolling="no"></iframe></body></html>\r\n'
)
RUSSIAN_LAW = "<h1>Доступ к информационному ресурсу ограничен на основании Федерального закона от 27 июля 2006 г. № 149-ФЗ</h1>"
AKAMAI = (
    "<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n \nYou don't have permission to access "
    '"http&#58;&#47;&#47;www&#46;example&#46;com&#47;" on this server.<P>\nReference&#32;&#35;18&#46;1a2b3c\n</BODY></HTML>'
)
CLOUDFLARE_1020 = (
    "<title>Access denied | www.example.com used Cloudflare to restrict access</title>"
    '<span class="cf-error-code">1020</span><p>Performance &amp; security by <a href="https://www.cloudflare.com/">Cloudflare</a></p>'
)


def matches(
    body: str | bytes = b"", status: int = 200, headers: list[tuple[str, str]] | None = None
) -> list[Match]:
    """What the packaged tables know of an answer."""
    return KNOWN.match_page(status, headers or [], body.encode() if isinstance(body, str) else body)


def ids(found: list[Match]) -> set[str]:
    """Their ids."""
    return {match.id for match in found}


def located(url: str) -> list[tuple[str, str]]:
    """The header of a redirect to `url`."""
    return [("Location", url)]


def filled(piece: str) -> str:
    """As many characters as are looked at, of `piece` again and again."""
    return (piece * (MAX_CHARACTERS // len(piece) + 1))[:MAX_CHARACTERS]


# The tables.


def test_ids_are_unique_and_plain() -> None:
    """An id stands once in both tables together, and is made of a-z, 0-9 and hyphens."""
    listed = [
        row["id"] for table in ("block_pages.csv", "server_refusals.csv") for row in packaged_rows(table)
    ]
    assert len(listed) == len(set(listed)) == len(KNOWN.signatures) > 500
    assert all(re.fullmatch(r"[a-z0-9-]+", one) for one in listed)


def test_rows_are_sound() -> None:
    """Places, codes and countries are of the closed sets; patterns are lower case and compile; each row has a source."""
    for row in ROWS.values():
        assert re.fullmatch(r"body|location|status|header:[a-z-]+", row["where"])
        assert row["match"] in ("literal", "regex")
        assert row["source"]
        assert re.fullmatch(r"([A-Z]{2})?", row.get("country", ""))
        assert all(100 <= status <= 599 for status in BY_ID[row["id"]].statuses)
        plain = re.sub(r"\\[A-Z]", "", row["pattern"]) if row["match"] == "regex" else row["pattern"]
        assert plain == plain.lower()
        re.compile(row["pattern"] if row["match"] == "regex" else "")


def test_scopes_and_meanings_are_all_in_use() -> None:
    """Every word of the closed sets stands for something, but for the unknown scope, which lists of others have."""
    assert {match.scope for match in ALL if match.kind is Kind.BLOCK_PAGE} == set(Scope) - {Scope.UNKNOWN}
    assert {match.meaning for match in ALL if match.kind is Kind.REFUSAL} == set(Refusal)


EXPRESSIONS = {name: row for name, row in ROWS.items() if row["match"] == "regex"}


@pytest.mark.parametrize("row", EXPRESSIONS.values(), ids=EXPRESSIONS.keys())
@settings(max_examples=2, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_each_expression_is_found_where_it_matches(row: dict[str, str], data: st.DataObject) -> None:
    """A text made for an expression is found by it: its anchors, words and reach lose nothing."""
    example = data.draw(st.from_regex(row["pattern"]))
    if row["where"] == "body":
        assume(re.search(row["pattern"], normalise(example)))
        found = matches(example.encode("utf-8", "surrogatepass"), fitting_status(row["id"]))
    else:
        assume(re.search(row["pattern"], example.lower()))
        name = row["where"].removeprefix("header:")
        found = matches(b"", fitting_status(row["id"]), [(name, example)])
    assert row["id"] in ids(found)


def fitting_status(name: str) -> int:
    """A status with which the signature counts."""
    return min(BY_ID[name].statuses, default=200)


PIECES = [
    *sorted({anchor for name in EXPRESSIONS for anchor in BY_ID[name].pattern.anchors}),
    *[row["pattern"] for row in ROWS.values() if row["match"] == "literal"],
    "<title>", "</title>", '<iframe src="http://', "https://", '="', ' href="', "доступ ограничен", "роскомнадзор",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(PIECES) | st.sampled_from(["", " ", "/", "x", "\n", "<p>", "-" * 400]), max_size=30
    ),
    st.sampled_from([200, 403, 429, 451, 503]),
)
def test_a_page_says_what_plain_searches_say(pieces: list[str], status: int) -> None:
    """Exactly the rows are found whose pattern stands in the page and whose status fits: nothing lost, nothing added."""
    body = "".join(pieces)
    text = normalise(body[:MAX_CHARACTERS])
    expected = {
        name
        for name, row in ROWS.items()
        if row["where"] == "body"
        and (not BY_ID[name].statuses or status in BY_ID[name].statuses)
        and len(text) <= int(row["longest"] or len(text))
        and (row["pattern"] in text if row["match"] == "literal" else re.search(row["pattern"], text))
    }
    assert ids(matches(body, status)) - {"status-451", "status-429"} == expected


# Iran.


@pytest.mark.parametrize("title", ["M4-6", "M5-8", "MNN3-1(1)", "FR1-6"])
@pytest.mark.parametrize("address", ["10.10.34.34", "10.10.34.35", "10.10.34.36"])
def test_irans_page_with_status_403(title: str, address: str) -> None:
    """The frame with the filter's address and the box code in the title, as a 403."""
    found = matches(IRAN_FRAME.replace("M4-6", title).replace("10.10.34.35", address), 403, [("Server", "x")])
    assert {"ir-frame-v4", "ir-title-code"} <= ids(found)
    assert (found[0].kind, found[0].country, found[0].scope) == (Kind.BLOCK_PAGE, "IR", Scope.NATIONAL)


def test_irans_page_behind_the_frame_in_its_own_charset() -> None:
    """The Persian notice in windows-1256, which writes two letters the Arabic way."""
    notice = "<p>دسترسي به تارنماي فراخوانده شده امكان پذير نمي باشد</p>"
    head = b'<meta http-equiv="Content-Type" content="text/html; charset=windows-1256">'
    assert "ir-portal-text" in ids(matches(head + notice.encode("cp1256")))
    assert "ir-portal-text" in ids(matches("<p>به تارنمای فراخوانده شده امکان&nbsp;پذیر نیست</p>"))


@pytest.mark.parametrize(
    "url",
    [
        "http://10.10.34.34",
        "http://10.10.34.36/?type=Invalid Site&policy=MainPolicy",
        "https://10.10.34.35:8443/",
        "http://[d0:0:0:0:0:0:0:11]/",
        "http://peyvandha.ir",
        "http://www.internet.ir/x",
    ],
)
def test_redirects_to_irans_page(url: str) -> None:
    """A Location that leads to the filter's addresses or portal."""
    assert {match.country for match in matches(b"", 302, located(url))} == {"IR"}


@pytest.mark.parametrize(
    "url",
    [
        "http://10.10.34.3",
        "http://10.10.34.350/",
        "http://10.10.35.34/",
        "http://a.ir/?u=http://10.10.34.34",
        "http://internet.ir.example/",
    ],
)
def test_other_redirects_are_not_irans(url: str) -> None:
    """Addresses and names that only look like them."""
    assert matches(b"", 302, located(url)) == []


# Other countries.


@pytest.mark.parametrize(
    ("body", "name", "country"),
    [
        (RUSSIAN_LAW, "ru-149fz-restricted", "RU"),
        ("<title>Доступ к ресурсу ограничен</title><p>Подробнее: eais.rkn.gov.ru, Роскомнадзор", "ru-title-plus-register", "RU"),
        ('<meta http-equiv="refresh" content="0;url=http://blackhole.beeline.ru/">', "ru-beeline-f", "RU"),
        ("Ограничен на основании решения Министерства информации Республики&nbsp;Беларусь", "by-mininfo", "BY"),
        ("<title>Telekomünikasyon İletişim Başkanlığı</title>", "tr-tib-title", "TR"),
        ("<span>... 01/02/2020 tarih ve 490.05 sayılı BTK kararıyla erişime engellenmiştir.</span>", "tr-decision-span", "TR"),
        ("Your requested URL has been blocked as per the directions received from Department of Telecommunications", "in-dot-directions", "IN"),
        ('<iframe src="http://www.airtel.in/dot/?dpid=1"></iframe>', "in-airtel-frame", "IN"),
        ("This site is prohibited for viewership from within Pakistan", "pk-surf-safely", "PK"),
        ("<title>Internet Positif</title>", "id-positif-title", "ID"),
        ("<title> Blocked URL العنوان محجوب </title>", "sa-title", "SA"),
        ("<TITLE>GdF Stop Page</TITLE>", "it-gdf", "IT"),
        ('<div class="title">国家反诈中心</div>', "cn-antifraud", "CN"),
    ],
)  # fmt: skip
def test_block_pages(body: str, name: str, country: str) -> None:
    """Pages as censors in several countries write them."""
    found = {match.id: match for match in matches(body)}
    assert found[name].country == country
    assert found[name].kind is Kind.BLOCK_PAGE


def test_words_that_count_only_in_a_short_text() -> None:
    """A notice is short; an article that quotes it is not."""
    notice = "<p>Данный ресурс заблокирован в соответствии с законодательством РФ.</p>"
    assert "ru-law-register-generic" in ids(matches(notice))
    assert matches(notice + "а б " * 6_000) == []


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://warning.rt.ru/?id=4&url=x", "ru-rostelecom-l"),
        ("//fz139.ttk.ru/", "ru-ttk-l"),
        ("HTTP://Internetpositif.Uzone.ID/", "id-uzone-l"),
        ("https://lamanlabuh.aduankonten.id/", "id-lamanlabuh-l"),
        ("http://www.warning.or.kr/i1.html", "kr-warning-l"),
        ("http://lighthouse.du.ae", "ae-du-l"),
        ("https://block.opendns.com/?url=x", "p-umbrella-l"),
    ],
)
def test_redirects_to_block_pages(url: str, name: str) -> None:
    """Hosts that serve nothing else, in any case, with or without a scheme."""
    assert name in ids(matches(b"", 302, located(url)))


def test_filters_that_were_chosen_are_no_censorship() -> None:
    """Parental filters, products and schools have scopes of their own."""
    assert {match.scope for match in matches("blocked by BT Parental Controls")} == {Scope.OPT_IN}
    assert {match.scope for match in matches("<p>FortiGuard Web Filtering</p>")} == {Scope.PRODUCT}
    assert {match.scope for match in matches("akses ke situs ini diblokir pada jaringan kami")} == {
        Scope.INSTITUTION
    }


# Refusals.


@pytest.mark.parametrize(
    ("body", "status", "headers", "vendor", "meaning"),
    [
        ("error code: 1009", 403, [], "Cloudflare", Refusal.GEOBLOCK),
        (CLOUDFLARE_1020, 403, [("Server", "cloudflare")], "Cloudflare", Refusal.WAF),
        ("<title>Just a moment...</title>", 503, [], "Cloudflare", Refusal.BOT_CHECK),
        ("", 403, [("cf-mitigated", "challenge")], "Cloudflare", Refusal.BOT_CHECK),
        ("", 522, [("server", "cloudflare")], "Cloudflare", Refusal.MAINTENANCE),
        (AKAMAI, 403, [("Server", "AkamaiGHost")], "Akamai", Refusal.WAF),
        ("", 202, [("x-amzn-waf-action", "challenge")], "AWS WAF", Refusal.BOT_CHECK),
        ("The Amazon CloudFront distribution is configured to block access from your country.", 403, [], "Amazon CloudFront", Refusal.GEOBLOCK),
        ('<script src="https://ct.captcha-delivery.com/c.js"></script>', 403, [], "DataDome", Refusal.BOT_CHECK),
        ("Since Docker is a US company, we must comply with US export control", 403, [], "Docker", Refusal.SANCTION),
        ("<h1>451: Unavailable due to legal reasons</h1>", 451, [], "generic", Refusal.GEOBLOCK),
        ("", 429, [], "generic", Refusal.RATE_LIMIT),
        ("", 503, [("Retry-After", "120")], "generic", Refusal.MAINTENANCE),
    ],
)  # fmt: skip
def test_refusals(
    body: str, status: int, headers: list[tuple[str, str]], vendor: str, meaning: Refusal
) -> None:
    """Pages with which the site's own side refuses, by vendor and reason."""
    found = matches(body, status, headers)
    assert (vendor, meaning) in {(match.vendor, match.meaning) for match in found}
    assert {match.kind for match in found} == {Kind.REFUSAL}


def test_a_refusal_needs_its_status() -> None:
    """The same words with another status are words."""
    assert matches("error code: 1009", 200) == []
    assert matches(b"", 200, [("server", "cloudflare")]) == []
    assert matches("<title>Just a moment...</title>", 200) == []


def test_a_block_page_goes_before_a_refusal() -> None:
    """Providers answer with 451 and 403 as well: the block page is said first."""
    found = matches(RUSSIAN_LAW, 451, [("server", "akamaighost")])
    assert found[0].kind is Kind.BLOCK_PAGE
    assert "status-451" in ids(found)


def test_http_in_answer_to_a_client_hello() -> None:
    """Raw bytes are taken apart and recognised; bytes that are no HTTP are not."""
    message = b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n" + IRAN_FRAME.encode()
    assert "ir-frame-v4" in ids(KNOWN.match_message(message))
    assert "ru-beeline-l" in ids(
        KNOWN.match_message(b"HTTP/1.1 302 F\r\nLocation: http://blackhole.beeline.ru/\r\n\r\n")
    )
    assert KNOWN.match_message(b"\x15\x03\x01\x00\x02\x02\x28") == []


# What is nothing.

ORDINARY = {
    "news": "<title>Iran blocks another messenger</title><p>Users were sent to 10.10.34.34, a page that says access is "
    'not allowed. See <a href="http://10.10.34.36/">the address</a>. Blocked by whom?</p>',
    "about Russia": "<title>Роскомнадзор заблокировал сайт</title><p>Доступ к сайту ограничен, говорится в сообщении.</p>",
    "a link to Korea's page": '<a href="http://warning.or.kr/">what Koreans see</a>',
    "wikipedia": "<title>Internet censorship in Turkey - Wikipedia</title><p>Law 5651, Access Providers Union, BTK.</p>",
    "nginx": "<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center><hr><center>nginx</center>",
    "apache": "<title>404 Not Found</title><h1>Not Found</h1><p>The requested URL was not found on this server.</p>",
    "login": "<title>Log in</title><form method=post><input name=user><input type=password></form><p>Access restricted to members",
    "parked": "<title>example.com</title><p>This domain is for sale. Buy it now.</p>",
    "json": '{"error": {"code": 403, "message": "access denied"}}',
    "Cloudflare's customer": '<script src="https://static.cloudflareinsights.com/beacon.min.js"></script><p>Protected by love.</p>',
    "security blog": "<title>How captchas work</title><p>Please enable cookies. Checking your browser takes a moment.</p>",
    "Persian": "<title>خبرگزاری</title><p>دسترسی به اینترنت و سایت های خبری در ایران</p>",
    "Indonesian": "<title>Berita</title><p>Situs ini membahas internet positif dan peraturan menteri.</p>",
    "empty": "",
}  # fmt: skip


@pytest.mark.parametrize("body", ORDINARY.values(), ids=ORDINARY.keys())
@pytest.mark.parametrize("status", [200, 301, 403, 404, 500])
def test_ordinary_pages(body: str, status: int) -> None:
    """Pages that speak of censorship, refuse like everybody, or have nothing to do with it."""
    headers = [
        ("Server", "nginx/1.24"),
        ("Location", "https://www.example.com/login?next=/"),
        ("Via", "1.1 varnish"),
    ]
    assert matches(body, status, headers) == []


# Bounds.


@settings(deadline=None)
@given(
    st.none() | st.integers(-5, 99999),
    st.lists(
        st.tuples(
            st.text(max_size=20) | st.sampled_from(["location", "Server", "content-type"]),
            st.text(max_size=80),
        ),
        max_size=8,
    ),
    st.binary(max_size=400),
)
def test_total_on_any_answer(status: int | None, headers: list[tuple[str, str]], body: bytes) -> None:
    """Whatever a server sends, there is a list, block pages before refusals."""
    found = KNOWN.match_page(status, headers, body)
    assert [match.kind for match in found] == sorted((match.kind for match in found), key=list(Kind).index)
    KNOWN.match_message(body)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        " a",
        "<title>",
        "=('",
        "<iframe src='",
        "диблокир diblokir ",
        "&nbsp;",
        "\x00",
        "every anchor",
        "words of anchors",
    ],
)
def test_never_slow(piece: str) -> None:
    """The worst that 64 Ki characters can do takes a small part of a second; the benchmark has the figures."""
    anchors = [anchor for signature in KNOWN.signatures for anchor in signature.pattern.anchors]
    special = {
        "every anchor": " ".join(anchors),
        "words of anchors": b" ".join(word for anchor in anchors for word in whole_words(anchor)).decode(),
    }
    body = filled(special.get(piece, piece)).encode()
    start = time.thread_time()
    KNOWN.match_page(403, located("http://x/" + "a" * 9000), body)
    assert time.thread_time() - start < 0.3


BODY_PATTERNS = [
    s for s in KNOWN.signatures if s.place == "body" and isinstance(s.pattern, Expression | Spaced)
]


def test_no_expression_runs_away() -> None:
    """Not even on a text made of nothing but its own anchors; how fast they are is measured in benchmarks/."""
    for signature in BODY_PATTERNS:
        text = filled("".join(f"<title> {anchor} " for anchor in signature.pattern.anchors))
        start = time.thread_time()
        signature.pattern.found_in(text, signature.pattern.anchors)
        assert time.thread_time() - start < 2.0, signature.match.id


def test_only_the_beginning_of_a_body_is_looked_at() -> None:
    """What stands beyond 65,536 characters is not seen, and what is before is."""
    padding = "x " * (MAX_CHARACTERS // 2)
    assert matches(padding + IRAN_FRAME) == []
    assert "ir-frame-v4" in ids(matches(padding[: -len(IRAN_FRAME)] + IRAN_FRAME))


def test_one_object_has_it_all() -> None:
    """Forged answers and special ranges are asked of the same object; its digest is that of the shipped tables."""
    forged = KNOWN.forged_address("10.10.34.36")
    assert forged is not None
    assert forged.country == "IR"
    assert KNOWN.bogon("10.10.34.36") == "private"
    assert KNOWN.forged_name("example.com") is None
    assert re.fullmatch("[0-9a-f]{16}", KNOWN.digest)
    assert Fingerprints.packaged().digest == KNOWN.digest
    assert KNOWN.rejected == ()
