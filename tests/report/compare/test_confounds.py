"""What is named beside the differences, and when."""

import pytest

from probe.record.verdict import ControlKind, Status
from probe.report.compare.confounds import MAX_VALUES, ConfoundKind, confounds
from probe.report.compare.row import Problem, Row, Settings
from tests.report.compare.rows import MOBILE, row


def found(one: Row, other: Row) -> dict[ConfoundKind, tuple[tuple[str, ...], ...]]:
    """Kinds and values, of two rows with a control."""
    return {confound.kind: confound.values for confound in confounds([[one], [other]])}


PLAIN = row(control=ControlKind.FILE)


def with_settings(**given: object) -> Row:
    """A row of another setting."""
    return row(control=ControlKind.FILE, settings=Settings(**given))  # type: ignore[arg-type]


CASES: list[tuple[ConfoundKind, Row, tuple[str | None, str | None]]] = [
    (ConfoundKind.NETWORK, row(control=ControlKind.FILE, network=MOBILE), ("IR AS58224", "IR AS44244")),
    (ConfoundKind.NETWORK_TYPE, with_settings(network_type="mobile"), (None, "mobile")),
    (ConfoundKind.RESOLVERS, with_settings(resolvers=("9.9.9.9:53",)), (None, "9.9.9.9:53")),
    (ConfoundKind.DOH, with_settings(dohs=("https://dns.example/",)), (None, "https://dns.example/")),
    (ConfoundKind.PROXIES, with_settings(proxies=("HTTPS_PROXY",)), (None, "HTTPS_PROXY")),
    (ConfoundKind.LIST, with_settings(list_name="l", list_sha256="ab" * 32), (None, "l abababababab")),
    (ConfoundKind.SOFTWARE, with_settings(software="ooniprobe 3"), (None, "ooniprobe 3")),
    (ConfoundKind.RULESET, with_settings(ruleset="0; -"), (None, "0; -")),
    (ConfoundKind.ROOTS, with_settings(roots="ff"), (None, "ff")),
    (ConfoundKind.TLS, with_settings(tls="OpenSSL 4"), (None, "OpenSSL 4")),
    (ConfoundKind.CONTROL, row(), ("file", "none")),
    (ConfoundKind.STALE_CONTROL, row(control=ControlKind.FILE, control_age=20 * 86_400.0), (None, "20 d")),
    (ConfoundKind.LATENESS, row(control=ControlKind.FILE, lateness=900.0), (None, "900 ms")),
    (
        ConfoundKind.TUNNEL,
        row(
            Status.INCONCLUSIVE,
            control=ControlKind.FILE,
            rule="inconclusive.fake_address",
            detail="198.18.0.1",
        ),
        (None, "198.18.0.1"),
    ),
]


@pytest.mark.parametrize(("kind", "other", "values"), CASES)
def test_each_is_named_once_with_the_values_of_both_sides(
    kind: ConfoundKind, other: Row, values: tuple[str | None, str | None]
) -> None:
    """And nothing else is; in the other order the values are."""
    expected = tuple((value,) if value else () for value in values)
    assert found(PLAIN, other) == {kind: expected}
    assert found(other, PLAIN) == {kind: expected[::-1]}


def test_every_kind_is_tried_above() -> None:
    """A new one needs a row there."""
    assert {kind for kind, _, _ in CASES} == set(ConfoundKind)


def test_a_vpn_is_a_tunnel_because_somebody_says_so() -> None:
    """Whatever its addresses; on both sides it is a reason for care."""
    vpn = with_settings(network_type="vpn")
    assert found(with_settings(network_type="wifi"), vpn) == {
        ConfoundKind.NETWORK_TYPE: (("wifi",), ("vpn",)),
        ConfoundKind.TUNNEL: ((), ("vpn",)),
    }
    assert found(vpn, vpn) == {ConfoundKind.TUNNEL: (("vpn",), ("vpn",))}


def test_what_is_alike_is_named_only_where_it_weakens_both() -> None:
    """No control and a late machine on both sides; a control on both is nothing."""
    assert found(PLAIN, PLAIN) == {}
    assert set(found(row(), row())) == {ConfoundKind.CONTROL}
    late = row(control=ControlKind.FILE, lateness=900.0)
    (confound,) = confounds([[late], [late]])
    assert (confound.kind, confound.differs) == (ConfoundKind.LATENESS, False)


def test_lateness_is_that_of_most_measurements() -> None:
    """One that was late is no reason."""
    rows = [row(control=ControlKind.FILE, lateness=value, uid=str(value)) for value in (5.0, 6.0, 5000.0)]
    assert confounds([rows, [PLAIN]]) == ()


def test_values_beyond_some_are_counted() -> None:
    """A thousand volunteers have as many resolvers."""
    rows = [with_settings(resolvers=(f"10.0.0.{n}:53",)) for n in range(MAX_VALUES + 7)]
    (confound,) = confounds([rows, [PLAIN]])
    assert (len(confound.values[0]), confound.more) == (MAX_VALUES, (7, 0))


def test_what_was_not_measured_has_no_settings() -> None:
    """Placeholders say nothing of how the others were measured."""
    assert confounds([[PLAIN], [PLAIN, row(None, problem=Problem.NOT_MEASURED, network=MOBILE)]]) == ()
