"""The rules: a table, one row each. An id never changes its meaning and is never used again.

A row says what is looked for (`test`), what it means (`status`, `mechanism`), why in one sentence, and whose finding
that is. `docs/verdicts.md` has one heading per id. How the table is walked is `verdict.py`'s.

Names, connections and handshakes, requests and pages stand in the order of a packet's way; of each layer the first
row that fires speaks. The conclusions come last, and the last of them always fires.
"""

from collections.abc import Callable
from dataclasses import dataclass

from probe.judge import conclusions as ends
from probe.judge import on_flows as flows
from probe.judge import on_names as names
from probe.judge import on_pages as pages
from probe.judge.case import Case, Sighting
from probe.record.failure import Failure
from probe.record.verdict import Layer, Mechanism, Status

RULESET = "2"
"""Counted up with every change of a row, an order or a threshold."""

ICLAB = "Niaki et al., ICLab: A Global, Longitudinal Internet Censorship Measurement Platform, IEEE S&P 2020"
IRBLOCK = "Tai et al., IRBlock, USENIX Security 2025"
OONI = "OONI Web Connectivity 0.5, analysisext.go"
PEARCE = "Pearce et al., Global Measurement of DNS Manipulation, USENIX Security 2017"
SATELLITE = "Raman et al., Censored Planet, CCS 2020"
HOANG = "Hoang et al., How Great is the Great Firewall?, USENIX Security 2021"
SUNDARA = "Sundara Raman et al., Global, Passive Detection of Connection Tampering, SIGCOMM 2023"
NET4PEOPLE = "net4people/bbs, threads on Iran, Russia and Turkey"
RFC9505 = "RFC 9505, A Survey of Worldwide Censorship Techniques"
RFC7725 = "RFC 7725, An HTTP Status Code to Report Legal Obstacles"
MCDONALD = "McDonald et al., 403 Forbidden: A Global View of CDN Geoblocking, IMC 2018"
OURS = "our own"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `layer`: of the step that is looked at, None for the measurement as a whole."""

    id: str
    layer: Layer | None
    status: Status
    mechanism: Mechanism | None
    test: Callable[[Case], Sighting | None]
    reason: str
    source: str


def _blocks(
    id_: str, mechanism: Mechanism, test: Callable[[Case], Sighting | None], reason: str, source: str
) -> Rule:
    return Rule(id_, mechanism.layer, Status.BLOCKED, mechanism, test, reason, source)


_F, _M = Failure, Mechanism

INTERFERENCE: tuple[Rule, ...] = (
    _blocks("dns.conflicting_answers", _M.DNS_FORGED_ANSWER, names.conflicting_answers,
            "One question over one socket got two answers that have nothing in common, and the system was given the wrong one: somebody on the way answered first.", HOANG),
    _blocks("dns.known_private_address", _M.DNS_BOGON, names.known_private_block_address,
            "The name is answered with an address that no public host can have and that is known to be a censor's.", IRBLOCK),
    _blocks("dns.known_public_address", _M.DNS_FORGED_ANSWER, names.known_public_block_address,
            "The name is answered with an address that is known to be a block page's or a sinkhole, and shows no certificate for the name.", PEARCE),
    _blocks("dns.known_name", _M.DNS_FORGED_ANSWER, names.known_block_name,
            "The name is answered with an alias that is known to be a block page's.", SATELLITE),
    _blocks("dns.private_address", _M.DNS_BOGON, names.private_address,
            "A public name is answered with an address that no public host can have, and nobody who cannot be lied for says so.", OONI),
    _blocks("dns.wrong_certificate", _M.DNS_FORGED_ANSWER, names.wrong_certificate,
            "The addresses that the name is answered with show a certificate for somebody else, and the site is at other addresses.", PEARCE),
    _blocks("dns.unlike_others", _M.DNS_FORGED_ANSWER, names.unlike_others,
            "The addresses that the name is answered with work for nobody who tried them, and others that the name has do work.", PEARCE),
    _blocks("dns.nxdomain", _M.DNS_NXDOMAIN, names.failing_with(_F.DNS_NXDOMAIN_ERROR),
            "The resolver says that there is no such name; there is.", RFC9505),
    _blocks("dns.servfail", _M.DNS_SERVFAIL, names.failing_with(_F.DNS_SERVFAIL_ERROR),
            "The resolver fails on this name, which others resolve.", RFC9505),
    _blocks("dns.refused", _M.DNS_REFUSED, names.failing_with(_F.DNS_REFUSED_ERROR),
            "The resolver refuses this name, which others resolve.", RFC9505),
    _blocks("dns.empty", _M.DNS_EMPTY, names.failing_with(_F.DNS_NO_ANSWER),
            "The resolver answers without an address for a name that has one.", RFC9505),
    _blocks("dns.no_reply", _M.DNS_NO_REPLY, names.no_reply,
            "Questions about this name get no reply, and the name exists.", RFC9505),
    _blocks("tcp.timeout", _M.TCP_TIMEOUT, flows.connecting_fails_with(_F.GENERIC_TIMEOUT_ERROR, _F.TIMED_OUT),
            "Connections to the site's addresses get no answer, and the site is there for others.", OONI),
    _blocks("tcp.refused", _M.TCP_REFUSED, flows.connecting_fails_with(_F.CONNECTION_REFUSED),
            "Connections to the site's addresses are refused, and the site is there for others.", OONI),
    _blocks("tcp.reset", _M.TCP_RESET, flows.connecting_fails_with(_F.CONNECTION_RESET, _F.CONNECTION_ABORTED),
            "Connections to the site's addresses are reset, and the site is there for others.", SUNDARA),
    _blocks("tcp.unreachable", _M.TCP_UNREACHABLE, flows.connecting_fails_with(_F.HOST_UNREACHABLE),
            "The network says that the site's addresses cannot be reached, and the site is there for others.", RFC9505),
    _blocks("tls.plain_answer", _M.HTTP_BLOCKPAGE, pages.plain_answer,
            "A known block page came in answer to the ClientHello, in the clear.", IRBLOCK),
    _blocks("tls.intercepted", _M.TLS_INTERCEPTED, flows.intercepted,
            "The certificate is not the site's, which others see at work with a valid one.", ICLAB),
    _blocks("tls.reset", _M.TLS_RESET, flows.handshake_fails_with(_F.CONNECTION_RESET, _F.CONNECTION_ABORTED),
            "The connection is reset after the ClientHello, which carries the name.", SUNDARA),
    _blocks("tls.eof", _M.TLS_EOF, flows.handshake_fails_with(_F.EOF_ERROR),
            "The connection is closed after the ClientHello, which carries the name.", SUNDARA),
    _blocks("tls.timeout", _M.TLS_TIMEOUT, flows.handshake_fails_with(_F.GENERIC_TIMEOUT_ERROR, _F.TIMED_OUT),
            "Nothing comes back after the ClientHello, which carries the name.", SUNDARA),
    _blocks("http.known_page", _M.HTTP_BLOCKPAGE, pages.known_page,
            "The answer in the clear is a known block page.", ICLAB),
    _blocks("http.block_address", _M.HTTP_BLOCKPAGE, pages.sent_to_block_address,
            "The answer in the clear sends us to an address that is no public host's, or a known block page's.", IRBLOCK),
    _blocks("http.reset", _M.HTTP_RESET, pages.request_fails_with(_F.CONNECTION_RESET, _F.CONNECTION_ABORTED),
            "The connection is reset after the request.", SUNDARA),
    _blocks("http.eof", _M.HTTP_EOF, pages.request_fails_with(_F.EOF_ERROR),
            "The connection is closed after the request, without an answer.", SUNDARA),
    _blocks("http.timeout", _M.HTTP_TIMEOUT, pages.request_fails_with(_F.GENERIC_TIMEOUT_ERROR, _F.TIMED_OUT),
            "Nothing comes back after the request.", SUNDARA),
    _blocks("transfer.frozen", _M.TRANSFER_FROZEN, pages.frozen,
            "The answer began and then nothing more came, while others get all of it.", NET4PEOPLE),
    _blocks("http.different", _M.HTTP_DIFFERENT, pages.different_page,
            "The page in the clear has nothing in common with what others get.", OONI),
)  # fmt: skip

CONCLUSIONS: tuple[Rule, ...] = (
    Rule("inconclusive.fake_address", Layer.DNS, Status.INCONCLUSIVE, None, names.fake_address,
         "The address is one that a tunnel on this machine or its router invents for every name.", OURS),
    Rule("refused.page", Layer.HTTP, Status.REFUSED, None, pages.refusal,
         "The site's own side refuses: by country, by sanctions, or because it takes us for a robot.", MCDONALD),
    Rule("reachable.valid", Layer.TLS, Status.REACHABLE, None, pages.answered,
         "An answer came inside TLS with a certificate for the name, on the network's own way.", OONI),
    Rule("reachable.alike", Layer.HTTP, Status.REACHABLE, None, pages.answered_alike,
         "The answer in the clear is what others get.", OONI),
    Rule("inconclusive.own_fault", None, Status.INCONCLUSIVE, None, ends.own_fault,
         "What failed is this machine's own: no route, no free descriptors, no memory, or it was interrupted.", OURS),
    Rule("inconclusive.late", None, Status.INCONCLUSIVE, None, ends.late,
         "No answer came, or the connection ended, while this machine itself stood still: asleep, halted or overloaded.", OURS),
    Rule("inconclusive.cut_off", None, Status.INCONCLUSIVE, None, ends.cut_off,
         "No answer came while nothing beyond this network gave a sign of life.", OURS),
    Rule("down.name", Layer.DNS, Status.DOWN, None, ends.no_such_name,
         "The name does not exist for others either.", OONI),
    Rule("down.connection", Layer.TCP, Status.DOWN, None, ends.connects_nowhere,
         "The site's addresses do not answer others either.", OONI),
    Rule("down.certificate", Layer.TLS, Status.DOWN, None, ends.certificate_is_bad,
         "The site's certificate is bad for others as well.", OONI),
    Rule("down.answer", Layer.HTTP, Status.DOWN, None, ends.answers_nobody,
         "The site fails for others too.", OONI),
    Rule("refused.handshake", Layer.TLS, Status.REFUSED, None, flows.refused_handshake,
         "The server refuses the handshake in TLS's own words, which proves that the name passed.", RFC9505),
    Rule("inconclusive.hot", Layer.TCP, Status.INCONCLUSIVE, None, ends.hot_endpoint,
         "The endpoint was still hot: another name had triggered a censor there shortly before.", NET4PEOPLE),
    Rule("inconclusive.resolver_dead", Layer.DNS, Status.INCONCLUSIVE, None, ends.resolver_is_dead,
         "The system's resolver had no answer for a name that surely exists either.", OURS),
    Rule("inconclusive.dates", Layer.TLS, Status.INCONCLUSIVE, None, ends.dates_are_wrong,
         "The certificate is not valid today, if this machine's clock is right.", OURS),
    Rule("inconclusive.certificate", Layer.TLS, Status.INCONCLUSIVE, None, ends.certificate_is_unknown,
         "The certificate is not valid for the name, and there is no control that says whether it ever was.", OURS),
    Rule("inconclusive.other_resolver", Layer.DNS, Status.INCONCLUSIVE, None, ends.answered_only_elsewhere,
         "Only an address that other resolvers name gave an answer, and why is not known.", OURS),
    Rule("inconclusive.other_way", Layer.HTTP, Status.INCONCLUSIVE, None, pages.other_way,
         "An answer in the clear sent us to another site: a login page, a page for this country, or a block page that is in no list.", OURS),
    Rule("inconclusive.in_the_clear", Layer.HTTP, Status.INCONCLUSIVE, None, ends.nobody_vouches,
         "An answer came in the clear, and there is nothing to hold it against: anybody on the way could have written it.", OURS),
    Rule("inconclusive.failed", None, Status.INCONCLUSIVE, None, ends.something_failed,
         "It failed, and there is no control that tells interference from a site that is down.", OURS),
    Rule("inconclusive.nothing", None, Status.INCONCLUSIVE, None, ends.nothing,
         "The record does not show enough.", OURS),
)  # fmt: skip

RULES: tuple[Rule, ...] = INTERFERENCE + CONCLUSIONS
