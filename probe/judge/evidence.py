"""What one hop of a record proves, set beside its control: facts for the rules, no verdict.

The network's own way is the system's resolver and the addresses it named. What other resolvers named is what the
own way is compared with: an address whose certificate was valid for the name is right, whoever named it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from probe.judge.addresses import Special
from probe.judge.control_view import ControlView
from probe.judge.fingerprints import Fingerprints
from probe.judge.forged import Confidence as Known
from probe.judge.forged import Forged, Forgery
from probe.judge.lazy import lazy
from probe.judge.observed import Attempt, Exchange, Hop, LookUp
from probe.judge.signature import Kind, Match
from probe.record import Lateness, NetworkState
from probe.record.failure import OWN_FAULTS, SILENCE, Failure
from probe.record.verdict import ControlKind

CERTIFICATE_FAILURES = frozenset({Failure.SSL_INVALID_HOSTNAME, Failure.SSL_UNKNOWN_AUTHORITY})
"""A certificate for somebody else, or of nobody we trust. Wrong dates are another matter: our clock may be wrong."""

UNREACHABLE = frozenset({Failure.NETWORK_UNREACHABLE, Failure.HOST_UNREACHABLE, Failure.ADDRESS_FAMILY_NOT_SUPPORTED,
                         Failure.ADDRESS_NOT_AVAILABLE, Failure.NETWORK_DOWN})  # fmt: skip
"""What a machine without IPv6 says of every IPv6 address: no sign of anything."""

NO_WAY_OUT = frozenset({Failure.NETWORK_UNREACHABLE, Failure.NETWORK_DOWN})
"""Our own machine has no route."""

EXHAUSTED = frozenset({Failure.TOO_MANY_FILES_OPEN, Failure.TOO_MANY_FILES_OPEN_IN_SYSTEM, Failure.NO_BUFFER_SPACE,
                       Failure.NOT_ENOUGH_MEMORY})  # fmt: skip
"""Our own machine has nothing left."""

SERVED = range(200, 300)
LONGEST_REFUSAL = 8_192
"""Characters; what providers answer with 200 to a robot is short, and long pages that hold such words are not rare."""

MAX_NAMED = 64
BODY_LIMIT = 65_536


@dataclass(frozen=True, slots=True)
class Named:
    """An address that the system's resolver named. `valid`: whether its certificate was for the name, None: none seen."""

    ip: str
    bogon: Special | None
    forged: Forged | None
    valid: bool | None
    agreed: bool

    @property
    def known_forged(self) -> bool:
        """Whether it is a forged answer that two projects saw."""
        return is_sure(self.forged)


def is_sure(known: Forged | None) -> bool:
    """Whether `known` alone is enough: two projects saw it, and it is no safe search."""
    return (
        known is not None and known.confidence is Known.CONFIRMED and known.meaning is not Forgery.REWRITTEN
    )


class HopEvidence:
    """Facts about one hop; made once, each fact computed when first asked for."""

    def __init__(
        self,
        hop: Hop,
        control: ControlView,
        known: Fingerprints,
        country: str | None,
        network: NetworkState | None,
        *,
        lateness: Lateness | None = None,
    ) -> None:
        """`country`: of the network, for answers known in several; `network`: its state, where the record has it.

        `alive`: which resolvers answered a neutral name; `cut_off`: nothing gave a sign of life, so that no silence
        says anything of a site. `lateness`: of the machine that measured; `late`: it did not listen for so long that
        silence says nothing either.
        """
        self.hop, self.control = hop, control
        self.alive: Mapping[str, bool] = (network.resolvers if network else None) or {}
        self.cut_off = network is not None and network.alive is False
        self.late = lateness is not None and lateness.too_late
        self._mute = (SILENCE if self.cut_off else frozenset()) | (
            lateness.unheard if lateness else frozenset()
        )
        self._known, self._country = known, country
        self._special: dict[str, Special | None] = {}

    # --- names

    @lazy
    def system(self) -> LookUp | None:
        """The system's answer: the look-up with addresses, if one has some; older clients asked for A and AAAA apart."""
        found = [look_up for look_up in self.hop.look_ups if look_up.system]
        best = sorted(found, key=lambda look_up: (not look_up.addresses, look_up.query_type == "AAAA"))
        return best[0] if best else None

    @lazy
    def plain(self) -> tuple[LookUp, ...]:
        """Answers of resolvers whose words anybody on the way can change, the system's first."""
        others = (look_up for look_up in self.hop.look_ups if not look_up.encrypted and not look_up.system)
        return (*(look_up for look_up in self.hop.look_ups if look_up.system), *others)

    @lazy
    def proven(self) -> frozenset[str]:
        """Addresses at which a certificate was valid for the name."""
        return frozenset(attempt.ip for attempt in self.hop.attempts if attempt.proves_name)

    @lazy
    def proven_there(self) -> frozenset[str]:
        """Addresses of ours at which the control was shown a valid certificate for the name."""
        host, control = self.hop.host, self.control
        return frozenset(one.ip for one in self.hop.attempts if control.encrypts(one.endpoint, host))

    @lazy
    def disproven(self) -> frozenset[str]:
        """Addresses at which a certificate was shown that is not for the name, or is nobody's."""
        shown = (attempt for attempt in self.hop.attempts if attempt.tls is not None)
        return frozenset(one.ip for one in shown if one.tls and one.tls.failure in CERTIFICATE_FAILURES)

    @lazy
    def encrypted_answer(self) -> frozenset[str]:
        """Addresses that an encrypted resolver named."""
        return frozenset(ip for look_up in self.hop.look_ups if look_up.encrypted for ip in look_up.addresses)

    @lazy
    def reference(self) -> frozenset[str]:
        """Addresses that are right as far as is known: proven, or from a resolver that cannot be lied for, or the control's."""
        return self.proven | self.encrypted_answer | self.control.addresses(self.hop.host, self.hop.depth)

    @lazy
    def told_better(self) -> bool:
        """Whether addresses of the name are known from somebody who cannot be lied for, or from a fresh control."""
        host, depth = self.hop.host, self.hop.depth
        by_control = self.control.proves(host, depth) and bool(self.control.addresses(host, depth))
        return bool(self.proven or self.encrypted_answer) or by_control

    @lazy
    def network_lives(self) -> bool:
        """Whether anything came back from beyond this machine: without that, silence says nothing of the site."""
        if self.cut_off:
            return False
        spoke = any(one.addresses or one.failure in SAID for one in self.hop.look_ups)
        return self.let_out or spoke or any(one.connected for one in self.hop.attempts)

    @lazy
    def exhausted(self) -> str | None:
        """What this machine had none left of, by any row of the hop: descriptors, buffers, memory."""
        failures = [one.failure for one in self.hop.look_ups] + [one.tcp_failure for one in self.hop.attempts]
        return next((failure for failure in failures if failure in EXHAUSTED), None)

    def is_for_all(self, look_up: LookUp) -> bool:
        """Whether `look_up` got no answer where no name, or nothing at all, would have: that says nothing of this name."""
        if look_up.failure not in UNANSWERED:
            return False
        starved = self.exhausted is not None and look_up.failure not in SILENCE
        return starved or self.cut_off or self.late or self.alive.get(look_up.resolver or "system") is False

    def is_mute(self, failure: str | None) -> bool:
        """Whether `failure`, of a flow or an exchange, tells of our network or machine at the time, and not of the site."""
        return failure in self._mute

    @lazy
    def names_unheard(self) -> bool:
        """Whether one of the addresses that the system named might have shown a certificate for the name, had we listened."""
        return any(self.is_mute(one.failure) for one in self.attempts)

    @property
    def let_out(self) -> bool:
        """Whether this network is known to let traffic out: a neutral name answered, or a helper was asked through it."""
        if self.cut_off or self.alive:
            return not self.cut_off and any(self.alive.values())
        return self.control.used.kind in (ControlKind.HELPER, ControlKind.RECORD)

    @lazy
    def named(self) -> tuple[Named, ...]:
        """What the system's resolver named."""
        addresses = (ip for look_up in self.hop.look_ups if look_up.system for ip in look_up.addresses)
        return tuple(self._name(ip) for ip in islice(dict.fromkeys(addresses), MAX_NAMED))

    def _name(self, ip: str) -> Named:
        valid: bool | None = True if ip in self.proven else None
        if valid is None and ip in self.disproven:
            valid = False
        forged = self._known.forged_address(ip, self._country)
        return Named(ip, self.bogon(ip), forged, valid, ip in self.reference or ip in self.proven_there)

    @lazy
    def names_right(self) -> bool:
        """Whether at least one address of the system is shown to be right: a browser tries them all."""
        return any(one.valid or one.agreed for one in self.named)

    @lazy
    def name_exists(self) -> bool | None:
        """Whether the name has addresses, by those that cannot be lied for; None: none of them answered, or they differ."""
        if not self.hop.is_name or self.proven or self.encrypted_answer:
            return True
        host, depth = self.hop.host, self.hop.depth
        if self.control.addresses(host, depth):
            return None if self.denied else True  # another name in another country, or none any more
        return False if self.control.denies_name(host, depth) or self.denied else None

    @lazy
    def denied(self) -> bool:
        """Whether an encrypted resolver said that there is no such name, or no address of either family."""
        said = [look_up for look_up in self.hop.look_ups if look_up.encrypted and look_up.failure in DENIED]
        families = {look_up.query_type for look_up in said if look_up.failure == Failure.DNS_NO_ANSWER}
        return any(one.failure == Failure.DNS_NXDOMAIN_ERROR for one in said) or {"A", "AAAA"} <= families

    @lazy
    def forged_names(self) -> tuple[str, ...]:
        """Targets of CNAMEs that are known forgeries, in answers that the system was given as well."""
        told = {one.ip for one in self.named}
        given = [look_up for look_up in self.plain if look_up.system or told.intersection(look_up.addresses)]
        return tuple(name for one in given for name in one.names if is_sure(self._known.forged_name(name)))

    # --- flows

    @lazy
    def attempts(self) -> tuple[Attempt, ...]:
        """The flows that the own way rests on, without IPv6 where this machine has none."""
        return without_dead_ipv6(self.hop.own_attempts)

    @lazy
    def other_attempts(self) -> tuple[Attempt, ...]:
        """The flows to addresses that only others named, on the port of the URL."""
        found = [attempt for attempt in self.hop.attempts if not attempt.own_way and attempt.fetches]
        return without_dead_ipv6(found)

    @lazy
    def answered_elsewhere(self) -> bool:
        """Whether the site answered at an address that the system did not name."""
        exchange = self.hop.exchange
        by_http = (
            exchange is not None
            and not exchange.own_way
            and exchange.status is not None
            and exchange.encrypted
        )
        return by_http or any(attempt.proves_name for attempt in self.hop.attempts if not attempt.own_way)

    @lazy
    def works_elsewhere(self) -> bool | None:
        """Whether the control got an answer at this hop."""
        return self.control.works(self.hop.url, self.hop.host, self.hop.depth)

    @lazy
    def exchange(self) -> Exchange | None:
        """The exchange, when it was on the own way."""
        found = self.hop.exchange
        return found if found is not None and found.own_way else None

    # --- pages

    @lazy
    def page(self) -> tuple[Match, ...]:
        """What the answer is known as, whichever way it came."""
        found = self.hop.exchange
        if found is None or found.status is None:
            return ()
        return tuple(self._known.match_page(found.status, found.headers, found.body[:BODY_LIMIT]))

    @lazy
    def refusals(self) -> tuple[Match, ...]:
        """The refusals that the answer is known as. The text of a long page that was served is not read: it is the site's."""
        found = self.hop.exchange
        if found is None or found.status is None:
            return ()
        if not found.encrypted:
            return tuple(match for match in self.page if match.kind is Kind.REFUSAL)
        served = found.status in SERVED and found.size > LONGEST_REFUSAL
        return tuple(
            self._known.match_refusals(
                found.status, found.headers, b"" if served else found.body[:BODY_LIMIT]
            )
        )

    @lazy
    def strange_page(self) -> tuple[Match, ...]:
        """What answers that were no TLS or no HTTP are known as."""
        return tuple(match for _, data in self.hop.strange for match in self._known.match_message(data))

    def bogon(self, host: str) -> Special | None:
        """Why no public host answers at `host`; None for names and public addresses."""
        if host not in self._special:
            self._special[host] = self._known.bogon(host)
        return self._special[host]

    def is_forged(self, host: str) -> bool:
        """Whether `host` is surely a block page's, by address or name."""
        return is_sure(self._known.forged_address(host, self._country) or self._known.forged_name(host))


DENIED = frozenset({Failure.DNS_NXDOMAIN_ERROR, Failure.DNS_NO_ANSWER})
"""An answer that says: no such name, or no address."""

UNANSWERED = SILENCE | {Failure.DNS_TEMPORARY_FAILURE}
"""Failures of a look-up that mean that no answer came; of getaddrinfo's own word mostly."""

SAID = DENIED | {Failure.DNS_SERVFAIL_ERROR, Failure.DNS_REFUSED_ERROR}
"""Failures that a resolver put into words."""


def without_dead_ipv6(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """`attempts` without the IPv6 ones that never left this machine, unless there are no others."""
    found = tuple(attempts)
    kept = tuple(one for one in found if ":" not in one.ip or one.tcp_failure not in UNREACHABLE)
    return kept or found


def is_own_fault(failure: str | None) -> bool:
    """Whether `failure` says nothing about the network beyond this machine."""
    return failure in OWN_FAULTS or failure in NO_WAY_OUT


def known_block_page(matches: Sequence[Match]) -> Match | None:
    """The first block page among `matches` that is not weak."""
    return next((match for match in matches if match.kind is Kind.BLOCK_PAGE and not match.weak), None)
