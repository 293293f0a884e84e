"""`x_verdict`: what a judge says of a measurement. Words and closed sets only; how it is found is `probe.judge`'s.

A verdict is of the network's own way: the system's resolver and the addresses it names, as a browser here would go.
"""

from enum import StrEnum

from pydantic import Field, StrictFloat, StrictInt

from probe.record.model import Model


class Status(StrEnum):
    """The answer to "can it be reached from here?"."""

    REACHABLE = "reachable"
    BLOCKED = "blocked"
    THROTTLED = "throttled"
    DOWN = "down"
    REFUSED = "refused"
    INCONCLUSIVE = "inconclusive"


class Confidence(StrEnum):
    """How sure: proven; well supported and seen more than once; one sighting or no control; not said."""

    CONFIRMED = "confirmed"
    LIKELY = "likely"
    POSSIBLE = "possible"
    NONE = "none"


class Layer(StrEnum):
    """Where on the way (RFC 9505 §4 has identification and interference at each of them)."""

    DNS = "dns"
    TCP = "tcp"
    TLS = "tls"
    HTTP = "http"
    QUIC = "quic"


class Mechanism(StrEnum):
    """How the network interferes. What stands before the dot is the layer; a transfer is HTTP's."""

    DNS_BOGON = "dns.bogon"
    DNS_FORGED_ANSWER = "dns.forged_answer"
    DNS_NXDOMAIN = "dns.nxdomain"
    DNS_SERVFAIL = "dns.servfail"
    DNS_REFUSED = "dns.refused"
    DNS_EMPTY = "dns.empty"
    DNS_NO_REPLY = "dns.no_reply"
    DNS_REWRITTEN = "dns.rewritten"
    TCP_RESET = "tcp.reset"
    TCP_REFUSED = "tcp.refused"
    TCP_TIMEOUT = "tcp.timeout"
    TCP_UNREACHABLE = "tcp.unreachable"
    TLS_RESET = "tls.reset"
    TLS_EOF = "tls.eof"
    TLS_TIMEOUT = "tls.timeout"
    TLS_ALERT = "tls.alert"
    TLS_INTERCEPTED = "tls.intercepted"
    HTTP_BLOCKPAGE = "http.blockpage"
    HTTP_RESET = "http.reset"
    HTTP_EOF = "http.eof"
    HTTP_TIMEOUT = "http.timeout"
    HTTP_DIFFERENT = "http.different"
    TRANSFER_FROZEN = "transfer.frozen"
    TRANSFER_SLOW = "transfer.slow"

    @property
    def layer(self) -> Layer:
        """Its layer."""
        name = self.value.partition(".")[0]
        return Layer.HTTP if name == "transfer" else Layer(name)


class ControlKind(StrEnum):
    """Where the view from elsewhere came from. `record`: it stood in the record as its client had written it."""

    HELPER = "helper"
    FILE = "file"
    RECORD = "record"
    NONE = "none"


class ControlUsed(Model):
    """The control a verdict rests on."""

    kind: ControlKind
    age_s: StrictFloat | None = Field(
        default=None, description="seconds between the control and the measurement"
    )
    source: str | None = Field(default=None, description="the helper's URL, the file's name")


class Finding(Model):
    """Something seen beside the verdict that does not decide it."""

    mechanism: Mechanism
    rule: str
    detail: str | None = Field(default=None, description="the address, resolver or name it was seen at")
    transaction_ids: list[StrictInt] = Field(default_factory=list)


class Verdict(Model):
    """One verdict on one record; the first mechanism is the first on the path."""

    status: Status
    confidence: Confidence
    layer: Layer | None = Field(default=None, description="of the first mechanism")
    mechanisms: list[Mechanism] = Field(default_factory=list)
    rules: list[str] = Field(description="ids of the rules that fired, the deciding one first")
    detail: str | None = Field(default=None, description="the address, page or failure that decided")
    hop: StrictInt = Field(default=0, description="0: the URL itself; n: after n redirects")
    host: str | None = Field(default=None, description="the name or address at that hop")
    evidence: list[StrictInt] = Field(
        default_factory=list, description="transaction_ids that the verdict rests on"
    )
    ruled_out: list[str] = Field(
        default_factory=list, description="steps that passed at that hop: dns, tcp, tls"
    )
    findings: list[Finding] = Field(default_factory=list)
    control: ControlUsed
    ruleset: str = Field(description="version of the rules")
    knowledge: str | None = Field(
        default=None, description="digest of the tables of fingerprints; date of the addresses"
    )
