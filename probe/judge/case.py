"""One hop as the rules see it: the evidence, and which flows and which exchange speak for the network.

Where the names are wrong, the flows to the addresses they named say nothing of the site: those to the true addresses
do. A flow that we cut off ourselves, that went to an endpoint still hot from an earlier trigger, or that fell silent
while our own network or machine was not there, says nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from probe.judge.evidence import HopEvidence, is_own_fault
from probe.judge.lazy import lazy
from probe.judge.observed import Attempt, Exchange
from probe.record.failure import Failure
from probe.record.verdict import Confidence


@dataclass(frozen=True, slots=True)
class Sighting:
    """That a rule fired: how sure, at what (an address, a page, a failure), and on which transactions it rests."""

    confidence: Confidence
    detail: str = ""
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True)
class Case:
    """`flows`: those that speak. `authentic`: whether nobody on the way can have led us to this hop.

    `own_way`: whether the hops before this one were passed on the network's own way.
    """

    evidence: HopEvidence
    names_wrong: bool
    authentic: bool
    own_way: bool = True

    @lazy
    def all_flows(self) -> tuple[Attempt, ...]:
        """Flows to the addresses that count here."""
        return self.evidence.other_attempts if self.names_wrong else self.evidence.attempts

    @lazy
    def flows(self) -> tuple[Attempt, ...]:
        """Those among them that say something about the network."""
        return tuple(flow for flow in self.all_flows if speaks(flow, self.evidence))

    @lazy
    def partly_unheard(self) -> bool:
        """Whether a flow's end says nothing since this network or machine was not there: it may have worked otherwise.

        Then nobody can say that all of a site's addresses fail, or that all are wrong.
        """
        return any(self.evidence.is_mute(flow.failure) for flow in self.all_flows)

    @property
    def exchange(self) -> Exchange | None:
        """The exchange on these flows."""
        found = self.evidence.hop.exchange
        return found if found is not None and found.own_way is not self.names_wrong else None

    def is_hot(self, exchange: Exchange) -> bool:
        """Whether the flow of `exchange` went to an endpoint that was hot."""
        number = exchange.transaction_id
        return any(flow.hot and flow.transaction_id == number for flow in self.evidence.hop.attempts)

    @property
    def encrypted(self) -> bool:
        """Whether the URL asks for TLS."""
        return self.evidence.hop.scheme == "https"

    def up(self, ask: Callable[[str], bool | None]) -> bool | None:
        """Whether the site works elsewhere as far as this layer: `ask` of each endpoint, else the end of the whole way.

        An endpoint that fails for the control too is nobody's censorship, wherever else the site works.
        """
        answers = self.told(ask)
        if answers:
            return True in answers
        return True if self.evidence.answered_elsewhere else self.evidence.works_elsewhere

    def told(self, ask: Callable[[str], bool | None]) -> set[bool]:
        """What `ask` knows of the endpoints of the flows."""
        answers = (ask(endpoint_of(flow)) for flow in self.all_flows)
        return {answer for answer in answers if answer is not None}

    def encrypts_there(self, endpoint: str) -> bool | None:
        """Whether the control was shown a certificate for this hop's name at `endpoint`."""
        return self.evidence.control.encrypts(endpoint, self.evidence.hop.host)

    def weigh(self, sightings: int, *, up: bool | None) -> Confidence:
        """Likely when it was seen at two endpoints or more, and the site is known to work elsewhere; else possible."""
        evidence = self.evidence
        known = evidence.answered_elsewhere or evidence.control.proves(evidence.hop.host, evidence.hop.depth)
        return Confidence.LIKELY if up and known and sightings > 1 else Confidence.POSSIBLE


def endpoint_of(flow: Attempt) -> str:
    """`ip:port`, `[v6]:port`."""
    return flow.endpoint


def failed(flow: Attempt) -> bool:
    """Whether the flow did not get as far as it was to get."""
    return not flow.connected or (flow.tls is not None and flow.tls.failure is not None)


def speaks(flow: Attempt, evidence: HopEvidence) -> bool:
    """Whether the end of the flow says anything of the site or the way to it."""
    hot = flow.hot and failed(flow)
    return not hot and not was_cut(flow) and not evidence.is_mute(flow.failure)


def was_cut(flow: Attempt) -> bool:
    """Whether we ended the flow ourselves, or never had a chance."""
    return flow.failure == Failure.INTERRUPTED or is_own_fault(flow.failure)


def transactions(flows: Sequence[Attempt]) -> tuple[int, ...]:
    """Their numbers."""
    return tuple(dict.fromkeys(flow.transaction_id for flow in flows if flow.transaction_id is not None))
