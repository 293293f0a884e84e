"""Rules about requests and answers: who spoke, and whether it is what others are told.

Inside TLS with a certificate for the name nobody on the way can speak: a block page there is the site's own, or its
provider's. In the clear anybody can, whatever the status.
"""

from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from probe.judge.case import Case, Sighting
from probe.judge.difference import SUCCESS, compare, is_alike
from probe.judge.evidence import known_block_page
from probe.judge.observed import Exchange
from probe.judge.signature import Match
from probe.record.failure import Failure
from probe.record.page import title_of
from probe.record.verdict import Confidence

REDIRECTS = range(300, 400)
FROZEN_AFTER = 1024
"""Bytes of a body after which silence is a transfer that froze, and not an answer that never began."""

SILENT_PART = 0.5
"""Part of the time of an exchange, at its end, without a byte."""

UNAVAILABLE_FOR_LEGAL_REASONS = 451

WHOLE_ENOUGH = frozenset({None, Failure.EOF_ERROR, Failure.HTTP_REQUEST_FAILED})
"""Ends of an answer that servers make as often as anybody: cut short, or out of form. Silence and resets may be the network's."""


def known_page(case: Case) -> Sighting | None:
    """A known block page in the clear, whichever address it came from, or inside TLS where only the clear could lead."""
    exchange = case.evidence.hop.exchange
    if exchange is None or (exchange.encrypted and case.authentic):
        return None
    page = known_block_page(case.evidence.page) or _known_beginning(case)
    if page is None or _is_for_everybody(case, exchange):
        return None
    return Sighting(Confidence.CONFIRMED, page.id, _number(exchange))


def _known_beginning(case: Case) -> Match | None:
    """The page, when what came was no HTTP that anybody can parse."""
    return known_block_page(case.evidence.strange_page) if not case.encrypted else None


def plain_answer(case: Case) -> Sighting | None:
    """A known block page in answer to a ClientHello."""
    page = known_block_page(case.evidence.strange_page)
    if page is None or not case.encrypted or any(flow.proves_name for flow in case.flows):
        return None
    numbers = tuple(number for number, _ in case.evidence.hop.strange)
    return Sighting(Confidence.CONFIRMED, page.id, numbers)


def sent_to_block_address(case: Case) -> Sighting | None:
    """A redirect in the clear to an address that no public host has, or that is known to be a block page's."""
    exchange, evidence = case.evidence.hop.exchange, case.evidence
    if exchange is None or exchange.encrypted or exchange.status not in REDIRECTS:
        return None
    target = _target(exchange)
    if not target or not (evidence.bogon(target) or evidence.is_forged(target)):
        return None
    if _is_for_everybody(case, exchange):
        return None
    if evidence.is_forged(target):
        return Sighting(Confidence.CONFIRMED, target, _number(exchange))
    # A login page of the place one is in does the same, but lets nobody out to ask a helper.
    sure = Confidence.LIKELY if evidence.let_out and evidence.works_elsewhere else Confidence.POSSIBLE
    return Sighting(sure, target, _number(exchange))


def request_fails_with(*names: str) -> Callable[[Case], Sighting | None]:
    """No answer to the request, in the way of `names`. In the clear the Host header can be why; in TLS it cannot be read."""

    def test(case: Case) -> Sighting | None:
        """The rule."""
        exchange, up = case.exchange, case.evidence.works_elsewhere
        if exchange is None or exchange.status is not None or exchange.failure not in names:
            return None
        if exchange.failure is None or case.is_hot(exchange):
            return None
        if case.evidence.is_mute(exchange.failure):
            return None
        if up is False or (up is None and exchange.encrypted):
            return None
        return Sighting(Confidence.POSSIBLE, exchange.failure, _number(exchange))

    return test


def frozen(case: Case) -> Sighting | None:
    """The answer began and then nothing more came, while others get all of it."""
    exchange = case.exchange
    if exchange is None or exchange.status is None or exchange.failure != Failure.GENERIC_TIMEOUT_ERROR:
        return None
    if len(exchange.body) < FROZEN_AFTER or not case.evidence.works_elsewhere or case.is_hot(exchange):
        return None
    if case.evidence.is_mute(exchange.failure):
        return None
    if exchange.silence is None or exchange.silence < SILENT_PART:
        return (
            None  # it still came when our time was up: slow, or throttled, which one pass does not tell apart
        )
    return Sighting(Confidence.POSSIBLE, f"{len(exchange.body)} bytes", _number(exchange))


def different_page(case: Case) -> Sighting | None:
    """A page in the clear that has nothing in common with what others get.

    An error page is none: a server that refuses us says so in the clear as well, in words that no list knows.
    """
    exchange, control = case.exchange, case.evidence.control.control
    if (
        exchange is None
        or exchange.encrypted
        or exchange.status not in SUCCESS
        or exchange.failure is not None
    ):
        return None
    if control is None or control.http_request is None or not case.evidence.works_elsewhere:
        return None
    if not case.authentic or case.evidence.refusals:
        return None
    found = compare(exchange, control.http_request)
    unlike = found.length_matches is False and found.headers_match is False and not found.title_matches
    if not unlike or found.status_matches is None:
        return None
    return Sighting(Confidence.POSSIBLE, f"status {exchange.status}", _number(exchange))


def other_way(case: Case) -> Sighting | None:
    """The last hop is of another site than the one before it, and a redirect in the clear led there."""
    exchange = case.evidence.hop.exchange
    if case.authentic or exchange is None or exchange.status is None:
        return None
    return Sighting(Confidence.NONE, case.evidence.hop.host, _number(exchange))


def refusal(case: Case) -> Sighting | None:
    """A page by which a site's own side refuses, from the site itself or as the control sees it."""
    exchange = case.exchange
    if exchange is None or exchange.status is None or not case.own_way:
        return None
    if not (_is_the_sites(case, exchange) or (not exchange.encrypted and _control_sees(case, exchange))):
        return None
    by_law = exchange.status == UNAVAILABLE_FOR_LEGAL_REASONS
    page = next((match for match in case.evidence.refusals if not match.weak), None)
    if page is None and not by_law:
        return None
    return Sighting(
        Confidence.LIKELY, f"{page.meaning}: {page.vendor}" if page else "status 451", _number(exchange)
    )


def answered(case: Case) -> Sighting | None:
    """An answer inside TLS with a certificate for the name, on the network's own way, of the site that was asked for."""
    exchange = case.evidence.hop.exchange
    if exchange is None or exchange.status is None or not _is_the_sites(case, exchange) or not case.own_way:
        return None
    if exchange.failure not in WHOLE_ENOUGH:
        return None
    if not exchange.own_way and not any(flow.proves_name for flow in case.evidence.attempts):
        return None
    whole = exchange.own_way and exchange.failure is None
    sure = Confidence.CONFIRMED if whole else Confidence.LIKELY
    return Sighting(sure, f"status {exchange.status}", _number(exchange))


def answered_alike(case: Case) -> Sighting | None:
    """An answer in the clear that is what others get."""
    exchange, control = case.exchange, case.evidence.control.control
    if exchange is None or exchange.status is None or exchange.encrypted or exchange.failure is not None:
        return None
    if control is None or control.http_request is None or not case.own_way:
        return None
    if not case.evidence.works_elsewhere or not case.evidence.control.fresh or _goes_on(exchange):
        return None
    if not is_alike(exchange, control.http_request):
        return None
    return Sighting(Confidence.LIKELY, f"status {exchange.status}", _number(exchange))


def _goes_on(exchange: Exchange) -> bool:
    """Whether the answer sends us on, and so is not the page that the control compares."""
    return exchange.status in REDIRECTS and exchange.header("location") is not None


def _is_the_sites(case: Case, exchange: Exchange) -> bool:
    """Whether the site itself spoke: inside TLS with a certificate for the name, where only the site can have led us."""
    flows = [one for one in case.evidence.hop.attempts if one.transaction_id == exchange.transaction_id]
    shaken = [flow for flow in flows if flow.tls is not None]
    return exchange.encrypted and case.authentic and all(flow.proves_name for flow in shaken)


def _is_for_everybody(case: Case, exchange: Exchange) -> bool:
    """Whether the control was told the same: a notice of seizure, or a page about censorship."""
    view = case.evidence.control
    there = view.hop_at(case.evidence.hop.url, case.evidence.hop.host)
    if exchange.status in REDIRECTS:
        return (
            there is not None
            and bool(there.location)
            and _target(exchange) == _host_of(there.url, there.location)
        )
    http = view.control.http_request if view.control else None
    return (
        http is not None
        and http.status_code == exchange.status
        and http.title == title_of(exchange.body) != ""
    )


def _control_sees(case: Case, exchange: Exchange) -> bool:
    control = case.evidence.control.control
    http = control.http_request if control else None
    return http is not None and http.status_code == exchange.status


def _target(exchange: Exchange) -> str:
    """The host a redirect points to; empty when it points nowhere."""
    return _host_of(exchange.url, exchange.header("location"))


def _host_of(url: str, location: str | None) -> str:
    try:
        return urlsplit(urljoin(url, location or "")).hostname or ""
    except ValueError:
        return ""


def _number(exchange: Exchange) -> tuple[int, ...]:
    return () if exchange.transaction_id is None else (exchange.transaction_id,)
