"""Networks whose verdicts depend on more than one record or on the control itself."""

import asyncio
from pathlib import Path

from probe import session
from probe.control.answer import ControlAnswer
from probe.control.client import Helper
from probe.job import Job
from probe.judge.control_view import ControlView
from probe.judge.verdict import judge
from probe.lab.catalogue import CATALOGUE
from probe.lab.lab import Lab
from probe.lab.scenario import Act, Rule, Scenario, Site
from probe.planned import open_new
from probe.record import WebMeasurement
from probe.record.control import Control, ControlDns, ControlHttp
from probe.record.verdict import ControlKind, ControlUsed, Status, Verdict
from probe.schedule import Limits
from probe.testlist import parse
from tests.run.labs import KNOWLEDGE, Silent, around, records
from tests.truth.measuring import QUICK, controls, measure, verdict_of, written

SHARED = "104.40.9.1"
FIRST, SECOND = "https://www.instagram.com/", "https://innocent.example/"


def verdicts(
    folder: Path, scenario: Scenario, urls: tuple[str, ...], helpers: tuple[Helper, ...] = ()
) -> dict[str, Verdict]:
    """What a run over `urls`, one after the other, wrote into its records."""
    entries = parse("special", "\n".join(urls).encode())
    job = Job(entries.targets, Limits(parallel=1), seed=1, lists=[entries], deadlines=QUICK, controls=helpers)
    with Lab(scenario) as lab:
        results = open_new(job, folder, around(lab))
        asyncio.run(session.carry_out(job, results, around(lab), Silent()))
    found = {}
    for record in records(results.path):
        assert isinstance(record, WebMeasurement)
        assert record.test_keys.x_verdict is not None
        found[record.input or ""] = record.test_keys.x_verdict
    return found


def test_the_next_host_on_a_hot_address_is_not_called_blocked(tmp_path: Path) -> None:
    """Residual censorship: the named host is blocked, and silence at its address says nothing of its neighbour."""
    sites = (Site("www.instagram.com", (SHARED,)), Site("innocent.example", (SHARED,)))
    rule = Rule(Act.TLS_RESET, hosts=("instagram.com",), residual=120.0)
    found = verdicts(tmp_path, Scenario("residual", "As in Iran.", (rule,), sites), (FIRST, SECOND))
    assert written(found[FIRST]) == "blocked tls.reset possible"
    assert found[SECOND].status in (Status.INCONCLUSIVE, Status.REACHABLE)
    order = [found[SECOND].rules[0]]
    assert order in (["inconclusive.hot"], ["reachable.valid"])


def test_helper_blocked_and_site_fine(tmp_path: Path) -> None:
    """A certificate of the site needs no control; that there was none is in the verdict."""
    blocked = Rule(Act.SYN_DROP, addresses=("104.40.9.9",))
    scenario = Scenario("helper-blocked", "The helper cannot be reached.", (blocked,))
    helper = Helper("https://helper.example/", ip="104.40.9.9")
    (verdict,) = verdicts(tmp_path, scenario, (FIRST,), (helper,)).values()
    assert written(verdict) == "reachable - confirmed"
    assert verdict.control.kind is ControlKind.HELPER or verdict.control.kind is ControlKind.NONE


def test_helper_and_site_blocked(tmp_path: Path) -> None:
    """Blocked on what the network itself shows, or not to be told; never reachable."""
    rules = (Rule(Act.SYN_DROP, addresses=("104.40.9.9",)), *CATALOGUE["tls-sni-rst"].rules)
    helper = Helper("https://helper.example/", ip="104.40.9.9")
    (verdict,) = verdicts(
        tmp_path, Scenario("both", "Both are blocked.", rules), (FIRST,), (helper,)
    ).values()
    assert written(verdict) == "blocked tls.reset possible"


def test_helper_lies(tmp_path: Path) -> None:
    """A web server that is no helper answers nonsense: a failure in the record, and the run goes on."""
    helper = Helper("https://helper.example/", ip="104.40.9.10")
    found = verdicts(tmp_path, CATALOGUE["clean"], (FIRST, SECOND), (helper,))
    assert [written(verdict) for verdict in found.values()] == ["reachable - confirmed"] * 2


def test_a_control_that_says_everything_is_down_does_not_make_it_so() -> None:
    """What answered under its certificate is reachable, whatever the control says."""
    (record,) = measure(CATALOGUE["clean"], FIRST, QUICK)
    lie = Control(
        tcp_connect={},
        dns=ControlDns(failure="dns_name_error", addrs=[]),
        http_request=ControlHttp(
            failure="dns_lookup_error", body_length=-1, status_code=-1, headers={}, title=""
        ),
    )
    answer = ControlAnswer(lie, "helper", "https://liar.example/", age_s=0.0, verified=True)
    assert written(verdict_of(record, answer, KNOWLEDGE)) == "reachable - confirmed"


def test_a_stale_control_supports_and_does_not_prove() -> None:
    """What was likely with today's control is possible with last month's."""
    scenario = CATALOGUE["tcp-syn-drop"]
    (record,) = measure(scenario, "https://www.youtube.com/", QUICK)
    helped, _ = controls(scenario, record)
    for age, expected in ((0.0, "likely"), (30 * 86_400.0, "possible")):
        view = ControlView.of(helped.control, ControlUsed(kind=ControlKind.FILE, age_s=age))
        assert (
            written(judge(record, view, KNOWLEDGE.fingerprints).verdict) == f"blocked tcp.timeout {expected}"
        )
