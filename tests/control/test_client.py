"""Asking helpers: honest, dead, slow, hostile and lying ones, in turn; nothing is ever raised."""

import json
import ssl
from collections.abc import Callable, Sequence

import pytest

from probe.control.answer import Attempt, ControlAnswer
from probe.control.client import Helper, HelperClient, request_of
from probe.control.protocol import canonical, seal, write_answer
from probe.measure.trust import Trust
from probe.record import TcpConnect, TcpStatus
from probe.record.control import Control, ControlDns, ControlHttp, ControlRequest
from tests.measure.certificates import Pki
from tests.measure.networks import PretendNetwork
from tests.measure.running import run
from tests.measure.servers import Peer, Script, over_tls, reply
from tests.measure.world import ADDRESS, OTHER, World, world

HELPER = "helper.example.net"
URL = f"https://{HELPER}/"
REQUEST = ControlRequest(http_request="https://www.example.org/", tcp_connect=["93.184.216.34:443"])
GOOD = Control(
    tcp_connect={},
    http_request=ControlHttp(body_length=4, failure=None, title="fine", headers={}, status_code=200),
    dns=ControlDns(failure=None, addrs=["93.184.216.34"]),
)
MIB = 1 << 20


def http(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    """A whole HTTP answer."""
    return f"HTTP/1.1 {status}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def post(answer: bytes, heard: list[bytes] | None = None) -> Script:
    """A helper that reads a whole request and says `answer`."""

    async def play(peer: Peer) -> None:
        head = await peer.request()
        size = int(
            next(line[16:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        )
        while len(peer.seen) < size:
            await peer.receive()
        if heard is not None:
            heard.append(head + peer.seen)
        await peer.send(answer, 1 << 16)
        await peer.end("fin")

    return play


def asked(
    pki: Pki,
    script: Script,
    helpers: Sequence[Helper] = (Helper(URL),),
    *,
    deadline: float = 2.0,
    identity: str = HELPER,
) -> ControlAnswer:
    """What a client gets when `script` is at the helper's address, behind a certificate for `identity`."""

    async def play() -> ControlAnswer:
        async with world(pki.trust) as there:
            await _put(there, pki, script, identity)
            return await HelperClient(helpers, there.network, there.trust, lambda: 0.0).ask(REQUEST, deadline)

    return run(play())


async def _put(there: World, pki: Pki, script: Script, identity: str = HELPER) -> None:
    there.network.names[HELPER] = [ADDRESS]
    context = pki.authority.issue(identity).context(("http/1.1",))
    await there.serve(over_tls(context, script), port=443)
    await there.serve(script, port=80)


def test_an_honest_helper_is_believed(pki: Pki) -> None:
    """Over TLS the answer is verified; the request goes out as JSON, naming us and no browser."""
    heard: list[bytes] = []
    answer = asked(pki, post(http(write_answer(seal(GOOD))), heard))
    assert answer.control is not None
    assert answer.control.http_request == GOOD.http_request
    assert (answer.kind, answer.source, answer.failure, answer.age_s) == ("helper", URL, None, 0.0)
    assert answer.verified
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1\r\nHost: helper.example.net\r\n")
    assert b"User-Agent: reachprobe/" in head
    assert b"Authorization" not in head
    assert json.loads(body) == {"http_request": REQUEST.http_request, "tcp_connect": REQUEST.tcp_connect}


def test_a_token_is_presented(pki: Pki) -> None:
    """To the helper that it is for."""
    heard: list[bytes] = []
    asked(pki, post(http(write_answer(GOOD)), heard), [Helper(URL, token="secret")])
    assert b"Authorization: Bearer secret\r\n" in heard[0]


def test_a_helper_in_the_clear_is_not_verified(pki: Pki) -> None:
    """Http works, and the answer says that anybody may have written it."""
    answer = asked(pki, post(http(write_answer(GOOD))), [Helper(f"http://{HELPER}/")])
    assert answer.control is not None
    assert not answer.verified


def test_an_address_spares_the_look_up(pki: Pki) -> None:
    """Also when the name does not resolve here."""

    async def play() -> tuple[ControlAnswer, list[str]]:
        async with world(pki.trust) as there:
            await _put(there, pki, post(http(write_answer(GOOD))))
            del there.network.names[HELPER]
            helper = Helper.parse(f"{URL}@{ADDRESS}")
            client = HelperClient([helper], there.network, there.trust, lambda: 0.0)
            return await client.ask(REQUEST), there.network.asked

    answer, names = run(play())
    assert answer.control is not None
    assert names == []


LIES: dict[str, tuple[bytes, str]] = {
    "no JSON": (http(b"<html>blocked</html>"), "json_parse_error"),
    "half of it": (http(write_answer(GOOD)[:-9]), "json_parse_error"),
    "nothing": (http(b""), "json_parse_error"),
    "null": (http(b"null"), "json_parse_error"),
    "a list": (http(b"[1, 2]"), "json_parse_error"),
    "an empty object": (http(b"{}"), "json_parse_error"),
    "wrong types": (http(b'{"tcp_connect":[],"dns":3,"http_request":"x"}'), "json_parse_error"),
    "a number for a text": (http(write_answer(GOOD).replace(b'"fine"', b"7")), "json_parse_error"),
    "bottomless nesting": (http(b'{"x":' * 100000), "json_parse_error"),
    "not UTF-8": (http(b'{"tcp_connect":{},"dns":{"addrs":["\xff"]},"http_request":{}}'), "json_parse_error"),
    "another's digest": (http(write_answer(seal(GOOD)).replace(b"fine", b"fake")), "json_parse_error"),
    "too much": (http(b'{"a":"' + b"x" * (5 * MIB) + b'"}'), "http_request_failed"),
    "endless": (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (5 * MIB), "http_request_failed"),
    "a bomb": (http(b"\x1f\x8b" + b"\0" * 99, more="Content-Encoding: gzip\r\n"), "http_request_failed"),
    "busy": (http(b'{"error":"busy"}', "503 Busy"), "http_unexpected_status_code"),
    "too often": (http(b"{}", "429 Too Many"), "http_unexpected_status_code"),
    "bad request": (http(b"{}", "400 Bad"), "http_unexpected_status_code"),
    "a redirect": (http(b"", "302 Found", "Location: /other\r\n"), "http_unexpected_status_code"),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n\r\n", "http_request_failed"),
    "cut short": (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", "eof_error"),
}


@pytest.mark.parametrize("lie", LIES)
def test_lies_and_nonsense_are_failures(lie: str, pki: Pki) -> None:
    """Whatever a helper says that is no answer becomes a failure name; no control."""
    data, failure = LIES[lie]
    answer = asked(pki, post(data))
    assert (answer.control, answer.failure) == (None, failure)
    assert answer.attempts == (Attempt(URL, failure),)
    assert answer.age_s is None


@pytest.mark.parametrize(
    ("end", "failure"),
    [("reset", "connection_reset"), ("fin", "eof_error"), ("hang", "generic_timeout_error")],
)
def test_helpers_that_break_off(end: str, failure: str, pki: Pki) -> None:
    """A reset, an end, silence after the request."""
    assert asked(pki, reply(b"", end), deadline=0.3).failure == failure


def test_somebody_elses_certificate(pki: Pki) -> None:
    """Nothing is told to whoever stands in the helper's place."""
    heard: list[bytes] = []
    answer = asked(pki, post(http(write_answer(GOOD)), heard), identity="other.example.net")
    assert (answer.control, answer.failure) == (None, "ssl_invalid_hostname")
    assert heard == []


def test_helpers_are_tried_in_turn(pki: Pki) -> None:
    """The first that answers is the answer; what the others did is kept."""
    helpers = [Helper("https://no-such.example/"), Helper("https://93.184.216.99/"), Helper(URL)]
    answer = asked(pki, post(http(write_answer(GOOD))), helpers)
    assert answer.source == URL
    assert answer.attempts == (
        Attempt("https://no-such.example/", "dns_nxdomain_error"),
        Attempt("https://93.184.216.99/", "connection_refused"),
        Attempt(URL, None),
    )


def test_a_silent_helper_leaves_time_for_the_next(pki: Pki) -> None:
    """Of the deadline each has its part."""

    async def play() -> ControlAnswer:
        async with world(pki.trust) as there:
            await _put(there, pki, post(http(write_answer(GOOD))))
            there.network.silent.add((OTHER, 443))
            helpers = [Helper(f"https://{OTHER}/"), Helper(URL)]
            return await HelperClient(helpers, there.network, there.trust, lambda: 0.0).ask(REQUEST, 0.6)

    answer = run(play(), 3.0)
    assert answer.control is not None
    assert answer.attempts[0].failure == "generic_timeout_error"


def test_a_second_address_of_a_helper_is_tried(pki: Pki) -> None:
    """One of its addresses refuses, the other serves."""

    async def play() -> ControlAnswer:
        async with world(pki.trust) as there:
            await _put(there, pki, post(http(write_answer(GOOD))))
            there.network.names[HELPER] = [OTHER, ADDRESS]
            return await HelperClient([Helper(URL)], there.network, there.trust, lambda: 0.0).ask(REQUEST)

    assert run(play()).control is not None


def test_an_unreachable_helper_is_left_alone_for_a_while(pki: Pki) -> None:
    """Forty targets do not wait for it one after the other; one that answers badly is asked again at once."""
    now = 0.0

    async def play() -> list[int]:
        nonlocal now
        opened = []
        async with world(pki.trust) as there:
            there.network.names[HELPER] = [ADDRESS]
            client = HelperClient([Helper(URL)], there.network, there.trust, lambda: now)
            for moment in (0.0, 1.0, 4.9, 5.0, 14.9):
                now = moment
                answer = await client.ask(REQUEST)
                assert answer.failure == "connection_refused"
                opened.append(len(there.network.opened))
            now = 200.0
            await _put(there, pki, post(http(b"nonsense")))
            assert [(await client.ask(REQUEST)).failure for _ in range(2)] == ["json_parse_error"] * 2
            opened.append(len(there.network.opened))
        return opened

    assert run(play()) == [1, 1, 1, 2, 2, 4]


def test_nobody_to_ask() -> None:
    """No helper is no failure."""

    async def play() -> ControlAnswer:
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client = HelperClient([], PretendNetwork(), _trust(trust), lambda: 0.0)
        return await client.ask(REQUEST)

    answer = run(play())
    assert (answer.kind, answer.control, answer.failure) == ("none", None, None)


def _trust(context: ssl.SSLContext) -> Trust:
    return Trust(context, "")


@pytest.mark.parametrize(
    "url", ["https://", "ftp://a.example/", "nonsense", "https://a.example:99999/", "http://[::bad/"]
)
def test_a_helper_that_is_no_url(url: str, pki: Pki) -> None:
    """Refused where it is named; a client that is given one all the same answers with a failure."""
    with pytest.raises(ValueError, match=r"."):
        Helper.parse(url)
    answer = asked(pki, post(b""), [Helper(url)])
    assert (answer.control, answer.failure) == (None, "invalid_argument")


@pytest.mark.parametrize(
    ("text", "helper"),
    [
        ("https://h.example/", Helper("https://h.example/")),
        ("http://127.0.0.1:8000/", Helper("http://127.0.0.1:8000/")),
        ("https://h.example/x@192.0.2.1", Helper("https://h.example/x", "192.0.2.1")),
        ("https://h.example/@2001:DB8::1", Helper("https://h.example/", "2001:db8::1")),
    ],
)
def test_how_helpers_are_written(text: str, helper: Helper) -> None:
    """A URL, and if one likes the address to reach it at."""
    assert Helper.parse(text) == helper
    with pytest.raises(ValueError, match="is no address"):
        Helper.parse("https://h.example/@nowhere")


def test_what_is_asked_about_a_measurement() -> None:
    """Each endpoint once, as OONI writes them; the headers that the helper shall use too."""
    rows = [_row("93.184.216.34", 443), _row("2606:4700::1", 443), _row("93.184.216.34", 443)]
    request = request_of("https://www.example.org/", rows)
    assert request.tcp_connect == ["93.184.216.34:443", "[2606:4700::1]:443"]
    assert set(request.http_request_headers or ()) == {"Accept", "Accept-Language", "User-Agent"}
    assert request.x_quic_enabled is False


def _row(ip: str, port: int) -> TcpConnect:
    return TcpConnect(ip=ip, port=port, status=TcpStatus(failure=None, success=True))


def test_garbage_of_every_length_is_survived(pki: Pki) -> None:
    """The right answer cut anywhere is no answer, and never an exception."""
    whole = http(canonical(json.loads(write_answer(GOOD))))
    cuts = range(0, len(whole), 23)

    async def play() -> list[ControlAnswer]:
        answers = []
        async with world(pki.trust) as there:
            there.network.names[HELPER] = [ADDRESS]
            turns = iter([*cuts, len(whole)])
            await there.serve(_in_turn(lambda: post(whole[: next(turns)])))
            client = HelperClient([Helper(f"http://{HELPER}/")], there.network, there.trust, lambda: 0.0)
            for _ in (*cuts, 0):
                answers.append(await client.ask(REQUEST))  # noqa: PERF401 - one after the other
        return answers

    answers = run(play())
    assert [answer.control is not None for answer in answers] == [False] * len(cuts) + [True]


def _in_turn(make: Callable[[], Script]) -> Script:
    async def play(peer: Peer) -> None:
        await make()(peer)

    return play
