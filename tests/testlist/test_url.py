"""URLs as typed to URLs as measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.testlist import BadUrlError, normalise


@pytest.mark.parametrize(
    ("typed", "measured"),
    [
        ("https://www.instagram.com/", "https://www.instagram.com/"),
        ("HTTP://WWW.Example.COM", "http://www.example.com/"),
        ("instagram.com", "https://instagram.com/"),
        ("https://example.com:443/a?b=c#d", "https://example.com/a?b=c"),
        ("http://example.com:80", "http://example.com/"),
        ("http://example.com:8080/x", "http://example.com:8080/x"),
        ("https://example.com.", "https://example.com/"),
        ("https://Яндекс.рф/поиск", "https://xn--d1acpjx3f.xn--p1ai/%D0%BF%D0%BE%D0%B8%D1%81%D0%BA"),
        ("https://a_b.example.com/", "https://a_b.example.com/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://\u2467。8。8。\uff18/", "http://8.8.8.8/"),
        ("http://1.2.3.4.example.com/", "http://1.2.3.4.example.com/"),
        ("https://[2001:4860:4860:0:0:0:0:8888]/", "https://[2001:4860:4860::8888]/"),
        ("https://example.com/a%20b?q=%2F", "https://example.com/a%20b?q=%2F"),
        ("https://example.com/a b", "https://example.com/a%20b"),
        (f"https://{'a' * 63}.com/", f"https://{'a' * 63}.com/"),
        ("example.com/?u=http://foo", "https://example.com/?u=http://foo"),
        ("example.com/a://b", "https://example.com/a://b"),
        ("example.com?u=ftp://foo", "https://example.com/?u=ftp://foo"),
        ("http://[64:ff9b::808:808]/", "http://[64:ff9b::808:808]/"),
    ],
)
def test_normalised(typed: str, measured: str) -> None:
    """Every form that a list may have comes to the one form that is measured."""
    assert normalise(typed) == measured


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("ftp://example.com/", "scheme"),
        ("https://user:secret@example.com/", "user name"),
        ("https:///path", "no host"),
        ("http://10.10.34.36/", "not a public address"),
        ("http://127.0.0.1/", "not a public address"),
        ("http://[::1]/", "not a public address"),
        ("http://[fe80::1]/", "not a public address"),
        ("http://224.0.0.1/", "not a public address"),
        ("http://0.0.0.0/", "not a public address"),
        ("http://999.1.1.1/", "not an address"),
        ("http://0x7f000001/", "not an address"),
        ("http://2130706433/", "not an address"),
        ("http://0x7f.1/", "not an address"),
        ("http://127.1/", "not an address"),
        ("http://10.0.0.1./", "not an address"),
        ("http://a.b.123/", "not an address"),
        ("http://a.0x/", "not an address"),
        ("http://[v1.x]/", "not an address"),
        ("http://10。0。0。1/", "not a public address"),
        ("http://[::ffff:10.0.0.1]/", "not a public address"),
        ("http://[2001:4860:4860::8888%25eth0]/", "not a public address"),
        ("http://[64:ff9b::c0a8:101]/", "not a public address"),
        ("http://[2002:c0a8:101::1]/", "not a public address"),
        ("http://[::192.168.1.1]/", "not a public address"),
        ("http://[::127.0.0.1]/", "not a public address"),
        ("http://[::]/", "not a public address"),
        ("http://[::bad/", "not a URL"),
        ("http://localhost/", "local network"),
        ("http://router.local/", "local network"),
        ("http://intranet/", "local network"),
        ("http://example.com:99999/", "not a URL"),
        ("http://example.com:0/", "port 0"),
        ("http://a..b.com/", "empty label"),
        (f"http://{'a' * 64}.com/", "longer than 63"),
        ("http://" + ".".join(["a" * 60] * 5) + ".com/", "longer than 253"),
        ("http://exa mple.com/", "no host name"),
        ("http://example.com/\x01", "control character"),
        ("http://example.com/" + "a" * 9000, "longer than 8192"),
        ("http://-a.com/", "no host name"),
    ],
)
def test_refused(typed: str, reason: str) -> None:
    """What must not or cannot be measured is refused, and the reason says why."""
    with pytest.raises(BadUrlError, match=reason):
        normalise(typed)


SPELLINGS = {
    "0": "0\uff10\u24ea",
    "1": "1\uff11\u2460\u00b9",
    "2": "2\uff12\u2461\u00b2",
    "7": "7\uff17\u2466",
    ".": ".\uff0e\u3002\uff61",
}


@given(st.sampled_from(["10.0.0.1", "127.0.0.1", "172.17.0.2", "0.0.0.0"]), st.data())
def test_no_spelling_of_a_private_address_gets_through(address: str, data: st.DataObject) -> None:
    """In digits and dots of whatever script: what is looked up is what was checked."""
    spelt = "".join(data.draw(st.sampled_from(SPELLINGS[character])) for character in address)
    with pytest.raises(BadUrlError, match="address"):
        normalise(f"http://{spelt}/")


@given(st.text(max_size=80))
def test_never_another_error(text: str) -> None:
    """Whatever the text, the answer is a URL or `BadUrlError`; and normalising twice changes nothing."""
    try:
        once = normalise(text)
    except BadUrlError:
        return
    assert normalise(once) == once
    assert once.isascii()


@given(st.from_regex(r"\Ahttps?://[a-z0-9._-]{1,40}(:[0-9]{1,6})?(/[ -~]{0,30})?\Z"))
def test_idempotent_on_likely_urls(text: str) -> None:
    """The same for texts that look like URLs."""
    try:
        once = normalise(text)
    except BadUrlError:
        return
    assert normalise(once) == once
