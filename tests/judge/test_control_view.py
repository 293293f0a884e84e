"""What a control says of a name, an endpoint and a hop, and what it does not say."""

import pytest

from probe.judge.control_view import STALE, USELESS, ControlView
from probe.record.control import Control, ControlDns, ControlTls
from probe.record.verdict import ControlKind, ControlUsed
from tests.judge.records import (
    CLEAR,
    FOREIGN,
    GOOD,
    HOST,
    NXDOMAIN,
    OTHER,
    SERVFAIL,
    TIMEOUT,
    URL,
    control,
    down,
    hop,
)

NEW = "https://new.example/"


def test_no_control_says_nothing() -> None:
    """Every question is answered with: not known."""
    view = ControlView()
    assert (view.has_name(HOST, 0), view.connects("a:1"), view.encrypts("a:1"), view.works(URL, HOST, 0)) == (
        None,
    ) * 4
    assert not view.fresh
    assert not view.denies_name(HOST, 0)
    assert (view.addresses(HOST, 0), view.hosts()) == (frozenset(), frozenset())


@pytest.mark.parametrize("empty", [None, Control(), Control(tcp_connect={}, x_time="2026-01-01 00:00:00")])
def test_a_control_without_look_up_or_answer_is_none(empty: Control | None) -> None:
    """It is not said to have been used either."""
    view = ControlView.of(empty, ControlUsed(kind=ControlKind.HELPER))
    assert (view.control, view.used.kind) == (None, ControlKind.NONE)


@pytest.mark.parametrize(
    ("age", "fresh"), [(None, True), (0.0, True), (STALE, True), (-STALE, True), (STALE + 1, False)]
)
def test_age(age: float | None, fresh: bool) -> None:  # noqa: FBT001
    """A control from after the measurement is as old as one from before."""
    assert control(GOOD, age=age).fresh is fresh


@pytest.mark.parametrize("age", [USELESS + 1, -USELESS - 1])
def test_a_control_of_a_season_ago_is_none(age: float) -> None:
    """Sites have moved."""
    view = control(GOOD, age=age)
    assert (view.control, view.used.kind) == (None, ControlKind.NONE)


@pytest.mark.parametrize(
    ("failure", "has", "denied"),
    [
        (None, False, True),
        ("dns_name_error", False, True),
        ("dns_server_failure", False, False),
        ("unknown_error", False, False),
    ],
)
def test_a_name_without_addresses(failure: str | None, has: bool, denied: bool) -> None:  # noqa: FBT001
    """A resolver in trouble denies nothing."""
    view = down(dns=failure)
    assert (view.has_name(HOST, 0), view.denies_name(HOST, 0)) == (has, denied)
    assert (view.has_name(HOST, 1), view.denies_name(HOST, 1)) == (None, False)


def test_names_of_deeper_hops() -> None:
    """Only the control's own hops speak of them."""
    view = control(
        GOOD,
        hops=[
            hop(CLEAR, GOOD),
            hop(NEW, FOREIGN),
            hop("https://gone.example/", failure=NXDOMAIN),
            hop("https://ill.example/", failure=SERVFAIL),
        ],
    )
    assert view.addresses("new.example", 1) == {FOREIGN}
    assert view.addresses("new.example", 3) == {FOREIGN}
    assert view.denies_name("gone.example", 1)
    assert not view.denies_name("ill.example", 1)
    assert view.has_name("other.example", 1) is None
    assert view.hosts() == {HOST, "new.example", "gone.example", "ill.example"}


def test_endpoints() -> None:
    """Those that were tried; IPv6 in brackets."""
    view = control(up=[f"{GOOD}:443", "[2001:4860::1]:443"], dead=[f"{OTHER}:443"], bad=[f"{FOREIGN}:443"])
    assert [view.connects(f"{ip}:443") for ip in (GOOD, OTHER, FOREIGN, "1.1.1.1")] == [
        True,
        False,
        True,
        None,
    ]
    assert [view.encrypts(f"{ip}:443") for ip in (GOOD, OTHER, FOREIGN)] == [True, None, False]
    assert view.connects("[2001:4860::1]:443") is True


def test_a_handshake_is_about_the_name_it_asked_for() -> None:
    """The control asked for the first hop's."""
    tls = {f"{GOOD}:443": ControlTls(server_name=HOST.upper(), status=True, failure=None)}
    view = ControlView.of(
        Control(tls_handshake=tls, dns=ControlDns(addrs=[])), ControlUsed(kind=ControlKind.FILE)
    )
    assert view.encrypts(f"{GOOD}:443", HOST) is True
    assert view.encrypts(f"{GOOD}:443", "new.example") is None
    assert view.encrypts(f"{GOOD}:443") is True


def test_whether_it_works_by_the_end_of_the_whole_way() -> None:
    """Without hops of its own, as OONI's controls are."""
    assert control(GOOD).works(URL, HOST, 0) is True
    assert control(GOOD).works(NEW, "new.example", 1) is True
    assert control(GOOD, status=0).works(URL, HOST, 0) is None
    assert down(GOOD).works(URL, HOST, 0) is False
    assert down(GOOD).works(NEW, "new.example", 1) is False


def test_whether_it_works_by_hops() -> None:
    """Each hop speaks for itself, and nobody for a host that the control never saw."""
    view = down(GOOD, hops=[hop(CLEAR, GOOD, status=301), hop(URL, GOOD, failure=TIMEOUT, status=None)])
    assert view.works(CLEAR, HOST, 0) is True
    assert view.works(URL, HOST, 1) is False
    assert view.works(f"{URL}other", HOST, 1) is False
    assert view.works(NEW, "new.example", 1) is None
    assert not view.speaks_of("new.example", 1)


def test_what_it_proves() -> None:
    """The first hop, and those it passed; nothing when it is old."""
    view = control(GOOD, hops=[hop(URL, GOOD)])
    assert (view.proves(HOST, 0), view.proves(HOST, 4), view.proves("new.example", 1)) == (True, True, False)
    assert not control(GOOD).proves(HOST, 1)
    assert not control(GOOD, age=STALE + 1).proves(HOST, 0)


@pytest.mark.parametrize("url", ["", "http://[", "http://[v1.x]/", ":", "\ud800"])
def test_urls_that_are_none(url: str) -> None:
    """On both sides."""
    view = control(GOOD, hops=[hop(url)])
    assert view.works(url, "", 0) in (True, None)
    assert control(GOOD, hops=[hop(URL)]).works(url, "", 1) is None
