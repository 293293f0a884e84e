"""From hosts to platforms: what each role is for, how hosts of one role fare together, and what people can still do."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.judge.platform import HostVerdict, PlatformStatus, PlatformVerdict, judge_platform, judge_platforms
from probe.judge.role import BAD, GOOD, INTERFERED, NEEDS, SURE, WORKING, Need, RoleState, need_of, state_of
from probe.record.verdict import Confidence, ControlKind, ControlUsed, Mechanism, Status, Verdict
from probe.testlist import bundled_names, load_bundled

CONFIRMED, LIKELY, POSSIBLE, UNSURE = Confidence
REACHABLE, BLOCKED, THROTTLED, STATUS_DOWN, REFUSED, INCONCLUSIVE = Status
DAY = 86_400.0

NO_CONTROL = ControlUsed(kind=ControlKind.NONE)
FRESH = ControlUsed(kind=ControlKind.FILE, age_s=DAY)
STALE = ControlUsed(kind=ControlKind.FILE, age_s=30 * DAY)


def verdict(
    status: Status,
    confidence: Confidence = CONFIRMED,
    mechanism: Mechanism | None = None,
    detail: str | None = None,
    control: ControlUsed = FRESH,
) -> Verdict:
    """A verdict with the parts that count here."""
    return Verdict(
        status=status,
        confidence=confidence,
        layer=mechanism.layer if mechanism else None,
        mechanisms=[mechanism] if mechanism else [],
        rules=["some.rule"],
        detail=detail,
        control=control,
        ruleset="1",
    )


def on(host: str, role: str | None, found: Verdict, platform: str = "Platform") -> HostVerdict:
    """A verdict on a host."""
    return HostVerdict(platform, role, host, found)


def hosts(role: str, found: Verdict, *names: str) -> list[HostVerdict]:
    """The same verdict on each of `names`."""
    return [on(name, role, found) for name in names]


WORKS = verdict(REACHABLE)
BOGON = verdict(BLOCKED, CONFIRMED, Mechanism.DNS_BOGON, "10.10.34.36")
RESET = verdict(BLOCKED, LIKELY, Mechanism.TLS_RESET, "104.244.42.1:443")
ONCE = verdict(BLOCKED, POSSIBLE, Mechanism.TLS_RESET, "104.244.42.1:443")
SLOW = verdict(THROTTLED, LIKELY, Mechanism.TRANSFER_SLOW)
DOWN = verdict(STATUS_DOWN, LIKELY)
REFUSAL = verdict(REFUSED, LIKELY)
UNKNOWN = verdict(INCONCLUSIVE, UNSURE)


def once_at(
    address: str, mechanism: Mechanism = Mechanism.TLS_RESET, control: ControlUsed = FRESH
) -> Verdict:
    """One sighting of a flow to `address`."""
    return verdict(BLOCKED, POSSIBLE, mechanism, f"{address}:443", control)


# --- roles


@pytest.mark.parametrize("name", sorted({*bundled_names()} - {"canaries"}))
def test_every_role_of_a_bundled_list_is_known(name: str) -> None:
    """Nothing that is listed is aside by oversight."""
    assert {target.role for target in load_bundled(name).targets} <= set(NEEDS)


@pytest.mark.parametrize("name", sorted({*bundled_names()} - {"canaries"}))
def test_every_bundled_platform_has_a_way_in(name: str) -> None:
    """So that it can be reachable, or blocked."""
    targets = load_bundled(name).targets
    ways = {target.platform for target in targets if need_of(target.role or "") is Need.WAY_IN}
    assert ways == {target.platform for target in targets}


def test_needs_have_a_reason_each() -> None:
    """The table gives one sentence per role, and each kind of need stands in it."""
    assert all(need.reason.endswith(".") and len(need.reason) > 20 for need in NEEDS.values())
    assert {need.need for need in NEEDS.values()} == set(Need)


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ([], RoleState.OUT),
        ([WORKS], RoleState.WORKS),
        ([BOGON], RoleState.BLOCKED),
        ([ONCE], RoleState.BLOCKED),
        ([UNKNOWN], RoleState.UNKNOWN),
        ([DOWN, REFUSAL], RoleState.OUT),
        ([DOWN, UNKNOWN], RoleState.UNKNOWN),
        ([WORKS, DOWN, DOWN, REFUSAL], RoleState.WORKS),
        ([WORKS, UNKNOWN], RoleState.DOUBTFUL),
        ([WORKS, WORKS, UNKNOWN], RoleState.WORKS),
        ([WORKS, BOGON], RoleState.PARTLY),
        ([WORKS, WORKS, WORKS, RESET], RoleState.PARTLY),
        ([WORKS, ONCE], RoleState.PARTLY),
        ([WORKS, WORKS, ONCE], RoleState.WORKS),
        ([WORKS, WORKS, ONCE, ONCE], RoleState.PARTLY),
        ([SLOW], RoleState.PARTLY),
        ([WORKS, WORKS, SLOW], RoleState.PARTLY),
        ([BOGON, UNKNOWN, UNKNOWN], RoleState.BLOCKED),
        ([ONCE, UNKNOWN], RoleState.BLOCKED),
        ([ONCE, UNKNOWN, UNKNOWN], RoleState.UNKNOWN),
        ([BOGON, DOWN, REFUSAL], RoleState.BLOCKED),
    ],
)
def test_states_of_roles(verdicts: Sequence[Verdict], state: RoleState) -> None:
    """A sure sighting always counts, a single one when hosts that work do not outnumber it; what is down never does."""
    assert state_of(verdicts) is state


# --- platforms


def brief(found: PlatformVerdict) -> tuple[PlatformStatus, Confidence]:
    """Status and confidence."""
    return found.status, found.confidence


def test_instagram_with_names_forged_everywhere() -> None:
    """Every name, the app's too, is answered with a known block address."""
    found = judge_platform(
        [
            *hosts("web", BOGON, "www.instagram.com", "help.instagram.com"),
            *hosts("api", BOGON, "i.instagram.com", "graph.instagram.com"),
            *hosts("media", BOGON, "scontent.cdninstagram.com"),
            *hosts("short_link", REFUSAL, "ig.me"),
        ]
    )
    assert brief(found) == (PlatformStatus.BLOCKED, CONFIRMED)
    assert found.mechanisms == (Mechanism.DNS_BOGON,)
    named = ("graph.instagram.com", "help.instagram.com", "i.instagram.com", "www.instagram.com")
    assert found.hosts == {BLOCKED: named}
    assert found.failing_roles == ()


def test_youtube_whose_pages_work_and_whose_videos_do_not() -> None:
    """The pages come, and the hosts that serve video are reset: partly, and the roles say which."""
    found = judge_platform(
        [
            *hosts("web", WORKS, "www.youtube.com", "m.youtube.com"),
            *hosts("api", WORKS, "youtubei.googleapis.com"),
            *hosts("static", WORKS, "i.ytimg.com"),
            *hosts("media", RESET, "redirector.googlevideo.com", "manifest.googlevideo.com"),
        ]
    )
    assert brief(found) == (PlatformStatus.PARTLY, LIKELY)
    assert (found.working_roles, found.failing_roles) == (("api", "static", "web"), ("media",))
    assert found.hosts[BLOCKED] == ("manifest.googlevideo.com", "redirector.googlevideo.com")
    assert found.hosts[REACHABLE] == (
        "i.ytimg.com",
        "m.youtube.com",
        "www.youtube.com",
        "youtubei.googleapis.com",
    )
    assert found.mechanisms == (Mechanism.TLS_RESET,)


def test_youtube_whose_videos_are_slow() -> None:
    """What is throttled works and is interfered with."""
    found = judge_platform(
        [on("www.youtube.com", "web", WORKS), on("redirector.googlevideo.com", "media", SLOW)]
    )
    assert brief(found) == (PlatformStatus.PARTLY, LIKELY)
    assert found.hosts == {REACHABLE: ("www.youtube.com",), THROTTLED: ("redirector.googlevideo.com",)}


def test_x_whose_hosts_are_all_reset() -> None:
    """Each sighting by itself is only possible; alike at several addresses, against a control, they are likely."""
    addresses = ("162.159.140.229", "172.66.0.227", "104.244.42.2")
    found = judge_platform(
        [
            on("x.com", "web", once_at(addresses[0])),
            on("twitter.com", "web", once_at(addresses[1])),
            on("api.x.com", "api", once_at(addresses[2])),
        ]
    )
    assert brief(found) == (PlatformStatus.BLOCKED, LIKELY)


def test_telegram_whose_pages_are_blocked_and_whose_app_works() -> None:
    """One way in is left."""
    found = judge_platform(
        [
            *hosts("web", BOGON, "telegram.org", "web.telegram.org"),
            *hosts("api", WORKS, "api.telegram.org"),
            *hosts("realtime", WORKS, "venus.web.telegram.org"),
        ]
    )
    assert brief(found) == (PlatformStatus.PARTLY, CONFIRMED)
    assert (found.working_roles, found.failing_roles) == (("api", "realtime"), ("web",))


def test_a_platform_without_a_way_in_is_blocked_though_its_pictures_come() -> None:
    """The parts are worth nothing without the whole."""
    found = judge_platform(
        [on("a.com", "web", BOGON), on("api.a.com", "api", RESET), on("cdn.net", "media", WORKS)]
    )
    assert brief(found) == (PlatformStatus.BLOCKED, LIKELY)
    assert found.hosts == {BLOCKED: ("a.com", "api.a.com")}
    assert found.failing_roles == ("api", "web")


def test_a_few_hosts_that_say_nothing_change_nothing() -> None:
    """Hosts that are down, that refuse, or of which nothing is known leave a working platform reachable."""
    found = judge_platform(
        [
            *hosts("web", WORKS, "a.com", "b.com"),
            *hosts("web", DOWN, "old.a.com"),
            *hosts("web", UNKNOWN, "help.a.com"),
            *hosts("media", WORKS, "cdn.net"),
            *hosts("media", REFUSAL, "private.cdn.net"),
            *hosts("static", REFUSAL, "static.net"),
        ]
    )
    assert brief(found) == (PlatformStatus.REACHABLE, CONFIRMED)
    assert found.hosts == {REACHABLE: ("a.com", "b.com", "cdn.net")}
    assert found.mechanisms == ()


def test_a_role_of_which_nothing_is_known_is_not_reachable() -> None:
    """Without a control a blocked host is inconclusive: a platform of which a part is silent is not said to work."""
    found = judge_platform(
        [on("www.youtube.com", "web", WORKS), on("redirector.googlevideo.com", "media", UNKNOWN)]
    )
    assert brief(found) == (PlatformStatus.INCONCLUSIVE, UNSURE)
    assert found.hosts == {}


def test_a_way_in_that_works_is_never_called_blocked() -> None:
    """Though of as many hosts of its role nothing is known."""
    web = [on("a.com", "web", WORKS), on("b.com", "web", UNKNOWN)]
    assert judge_platform(web).status is PlatformStatus.INCONCLUSIVE
    found = judge_platform([*web, on("api.a.com", "api", BOGON)])
    assert brief(found) == (PlatformStatus.PARTLY, CONFIRMED)
    assert found.hosts == {REACHABLE: ("a.com",), BLOCKED: ("api.a.com",)}


def test_a_blocked_short_link_is_told_and_does_not_decide() -> None:
    """What people can do without is named among the failing roles."""
    found = judge_platform([on("x.com", "web", WORKS), on("t.co", "short_link", BOGON)])
    assert brief(found) == (PlatformStatus.REACHABLE, CONFIRMED)
    assert found.failing_roles == ("short_link",)


@pytest.mark.parametrize("role", ["short_link", "made up", None])
def test_a_platform_of_one_unneeded_role_is_judged_by_it(role: str | None) -> None:
    """Lists of one's own may name no roles at all."""
    assert judge_platform([on("a.com", role, BOGON)]).status is PlatformStatus.BLOCKED
    assert judge_platform([on("a.com", role, WORKS)]).status is PlatformStatus.REACHABLE


def test_a_platform_that_is_down() -> None:
    """For everyone: only if all that is needed is; where something refuses or is not known, it is not said."""
    web = on("a.com", "web", DOWN)
    assert brief(judge_platform([web, on("cdn.net", "media", DOWN)])) == (PlatformStatus.DOWN, LIKELY)
    assert judge_platform([web, on("a.co", "short_link", WORKS)]).status is PlatformStatus.DOWN
    assert judge_platform([web, on("b.com", "web", REFUSAL)]).status is PlatformStatus.INCONCLUSIVE
    assert judge_platform([web, on("b.com", "web", UNKNOWN)]).status is PlatformStatus.INCONCLUSIVE


def test_ways_in_that_refuse_leave_no_reachable_platform() -> None:
    """A platform that turns a country away is not reachable because its pictures are."""
    found = judge_platform([on("a.com", "web", REFUSAL), on("cdn.net", "media", WORKS)])
    assert found.status is PlatformStatus.INCONCLUSIVE


def test_nothing_at_all() -> None:
    """No verdicts."""
    found = judge_platform([])
    assert found == PlatformVerdict(PlatformStatus.INCONCLUSIVE, UNSURE, (), {}, {})


# --- how sure


def test_the_surest_host_of_a_role_speaks_for_it() -> None:
    """One proof is enough where the others only look alike."""
    found = judge_platform([*hosts("web", BOGON, "a.com"), *hosts("web", ONCE, "b.com", "c.com")])
    assert brief(found) == (PlatformStatus.BLOCKED, CONFIRMED)


def test_a_platform_is_no_surer_than_its_least_sure_role() -> None:
    """That every way in is blocked is as sure as the least sure of them."""
    found = judge_platform([on("a.com", "web", BOGON), on("api.a.com", "api", ONCE)])
    assert brief(found) == (PlatformStatus.BLOCKED, POSSIBLE)


def test_a_way_in_that_was_not_seen_takes_the_certainty() -> None:
    """Blocked is what was seen of the ways in; of another one nothing is known."""
    found = judge_platform([on("a.com", "web", BOGON), on("api.a.com", "api", UNKNOWN)])
    assert brief(found) == (PlatformStatus.BLOCKED, LIKELY)


A, B = once_at("192.0.2.1"), once_at("192.0.2.2")


@pytest.mark.parametrize(
    ("web", "confidence"),
    [
        ([("a.com", A), ("b.com", B)], LIKELY),
        ([("a.com", A)], POSSIBLE),
        ([("a.com", A), ("b.com", A)], POSSIBLE),
        ([("a.com", A), ("b.com", once_at("192.0.2.2", Mechanism.TLS_EOF))], POSSIBLE),
        ([("a.com", A), ("b.com", once_at("192.0.2.2", control=NO_CONTROL))], POSSIBLE),
        ([("a.com", A), ("b.com", once_at("192.0.2.2", control=STALE))], POSSIBLE),
    ],
    ids=["alike", "one", "one address", "other mechanisms", "no control", "stale control"],
)
def test_sightings_support_each_other(web: Sequence[tuple[str, Verdict]], confidence: Confidence) -> None:
    """Two alike at different addresses, each against a fresh control, are likely; anything less is not."""
    assert brief(judge_platform([on(host, "web", found) for host, found in web])) == (
        PlatformStatus.BLOCKED,
        confidence,
    )


def test_names_support_each_other_by_their_registered_name() -> None:
    """Two names of one zone may have one lame server; those of two have not."""
    found = verdict(BLOCKED, POSSIBLE, Mechanism.DNS_SERVFAIL, "system")
    zone = judge_platform(hosts("web", found, "www.a.com", "api.a.com"))
    zones = judge_platform(hosts("web", found, "www.a.com", "www.b.com"))
    assert (zone.confidence, zones.confidence) == (POSSIBLE, LIKELY)


def test_sightings_beside_hosts_that_work_do_not_support_each_other() -> None:
    """In a role where something works, failures may as well be flukes."""
    flukes = [on("a.com", "web", A), on("b.com", "web", B)]
    found = judge_platform([*flukes, *hosts("web", WORKS, "c.com", "d.com")])
    assert brief(found) == (PlatformStatus.PARTLY, POSSIBLE)


def test_the_most_frequent_mechanism_leads() -> None:
    """Then the order of a packet's way."""
    found = judge_platform(
        [*hosts("web", RESET, "a.com", "b.com"), *hosts("web", BOGON, "c.com"), *hosts("web", verdict(BLOCKED, LIKELY, Mechanism.DNS_NXDOMAIN), "d.com")]
    )  # fmt: skip
    assert found.mechanisms == (Mechanism.TLS_RESET, Mechanism.DNS_BOGON, Mechanism.DNS_NXDOMAIN)


def test_platforms_are_judged_apart() -> None:
    """Each by its own hosts, in the order of their names."""
    found = judge_platforms([on("x.com", "web", BOGON, "X"), on("instagram.com", "web", WORKS, "Instagram")])
    assert [(name, one.status.value) for name, one in found.items()] == [
        ("Instagram", "reachable"),
        ("X", "blocked"),
    ]


# --- whatever the verdicts

CONTROLS = st.sampled_from([NO_CONTROL, FRESH, STALE])
DETAILS = st.sampled_from([None, "192.0.2.1:443", "[2001:db8::1]:443", "system", ":"])
VERDICTS = st.builds(
    verdict,
    st.sampled_from(Status),
    st.sampled_from(Confidence),
    st.none() | st.sampled_from(Mechanism),
    DETAILS,
    CONTROLS,
)
HOSTS = st.sampled_from(["a.com", "www.a.com", "b.net", "192.0.2.7", "localhost", ""])
TARGETS = st.lists(
    st.builds(on, HOSTS, st.none() | st.sampled_from([*NEEDS, "other"]), VERDICTS), max_size=12
)


@given(TARGETS, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(targets: list[HostVerdict], shuffler: object) -> None:
    """Any verdicts have exactly one verdict together, the same in any order."""
    found = judge_platform(targets)
    shuffler.shuffle(mixed := list(targets))  # type: ignore[attr-defined]
    assert judge_platform(mixed) == found


@given(TARGETS)
def test_what_decides_was_given(targets: list[HostVerdict]) -> None:
    """The deciding hosts are among those given, with the outcome they are listed under; what is not decided has none."""
    found = judge_platform(targets)
    given_hosts = {(one.verdict.status, one.host) for one in targets}
    assert {(status, host) for status, hosts in found.hosts.items() for host in hosts} <= given_hosts
    assert set(found.roles) == {one.role or "" for one in targets}
    undecided = found.status is PlatformStatus.INCONCLUSIVE
    assert undecided == (not found.hosts)
    assert not undecided or (found.confidence, found.mechanisms) == (UNSURE, ())


@given(TARGETS)
def test_reachable_hides_nothing(targets: list[HostVerdict]) -> None:
    """No platform is reachable in which a role that is needed was surely interfered with, or not seen to work."""
    if judge_platform(targets).status is not PlatformStatus.REACHABLE:
        return
    needed = [one for one in targets if need_of(one.role or "") is not Need.ASIDE] or targets
    assert not any(one.verdict.status in INTERFERED and one.verdict.confidence in SURE for one in needed)
    assert any(one.verdict.status is REACHABLE for one in needed)
    for role in {one.role for one in needed}:
        states = {one.verdict.status for one in needed if one.role == role}
        assert REACHABLE in states or states <= {STATUS_DOWN, REFUSED}


@given(TARGETS)
def test_blocked_leaves_no_way_in(targets: list[HostVerdict]) -> None:
    """No platform is blocked of which a way in works, nor without a host that is blocked."""
    if judge_platform(targets).status is not PlatformStatus.BLOCKED:
        return
    ways = [one for one in targets if need_of(one.role or "") is Need.WAY_IN]
    assert not any(one.verdict.status in WORKING for one in ways)
    assert any(one.verdict.status is BLOCKED for one in targets)


@given(TARGETS)
def test_partly_has_both(targets: list[HostVerdict]) -> None:
    """Of a platform that works in part, something works and something is interfered with."""
    found = judge_platform(targets)
    if found.status is PlatformStatus.PARTLY:
        assert set(found.roles.values()) & GOOD
        assert set(found.roles.values()) & BAD
        assert set(found.hosts) & WORKING
        assert set(found.hosts) & INTERFERED


@given(
    st.lists(st.builds(on, HOSTS, st.sampled_from(["web", "api", "media"]), VERDICTS), min_size=1, max_size=8)
)
def test_never_surer_than_its_hosts(targets: list[HostVerdict]) -> None:
    """Confirmed is only what a host of it is; likely may be made of possible ones that support each other."""
    found = judge_platform(targets)
    if found.confidence is CONFIRMED:
        assert CONFIRMED in {one.verdict.confidence for one in targets}
    if found.confidence is LIKELY and not SURE & {one.verdict.confidence for one in targets}:
        assert sum(one.verdict.control != NO_CONTROL for one in targets) > 1
