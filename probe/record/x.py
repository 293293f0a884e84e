"""What we add to OONI's format, all of it under `test_keys.x_…` (records.md in the docs lists the keys)."""

from enum import StrEnum

from pydantic import Field, StrictBool, StrictFloat, StrictInt

from probe.record.failure import LOST, SILENCE, Failure
from probe.record.http import Body
from probe.record.model import Model

STANDSTILL = 2_000.0
"""Milliseconds that the event loop was late by, once: half of the shortest deadline, that of a look-up, a fifth of the others."""

OVERLOADED = 200.0
"""Milliseconds by which the event loop was late in half of all samples: a new connection to an encrypted resolver takes about ten of them."""


class Lateness(Model):
    """How late our own event loop ran its timers during the measurement: the error bar of every time in it."""

    p50: StrictFloat = Field(description="milliseconds")
    p99: StrictFloat = Field(description="milliseconds")
    max: StrictFloat = Field(description="milliseconds")

    @property
    def too_late(self) -> bool:
        """Whether the machine did not listen for long: it was asleep, halted or overloaded, and deadlines passed."""
        return self.max >= STANDSTILL or self.p50 >= OVERLOADED

    @property
    def unheard(self) -> frozenset[Failure]:
        """The failures that say nothing of a target then: silence, and after a standstill what a machine meets that wakes."""
        if not self.too_late:
            return frozenset()
        return SILENCE | LOST if self.max >= STANDSTILL else SILENCE


class Client(Model):
    """`x_client`: what measured, as far as it can change what is seen."""

    python: str
    openssl: str
    alpn: list[str] = Field(description="protocols offered, in this order")
    client_hello_bytes: StrictInt | None = Field(
        default=None, description="length of the first ClientHello sent, null: none was"
    )
    ca_bundle: str = Field(description="first 16 hex digits of the SHA-256 of the roots trusted")
    in_flight: StrictInt = Field(description="targets being measured when this one started, itself included")
    loop_lateness_ms: Lateness
    proxies_ignored: list[str] = Field(
        description="names of proxy variables that were set; their values are not recorded"
    )


class ListEntry(Model):
    """`x_list`: the list that named this target."""

    name: str
    sha256: str = Field(description="of the list's bytes, hexadecimal")
    category_code: str | None = None


class Platform(Model):
    """`x_platform`: the platform the target serves, and its role there (web, api, media …), from the list."""

    platform: str
    role: str | None = None


class NetworkState(Model):
    """`x_network`: the state of one's own network at the time of the measurement, the same in all records with one `id`.

    Where something in the record got no answer, what is said here held from before that silence until right after it.
    """

    id: str
    resolvers: dict[str, StrictBool] = Field(
        description="ip:port of each UDP resolver and `system` → whether it answered for a name that nobody blocks"
    )
    alive: StrictBool | None = Field(
        default=None,
        description="whether anything beyond this network gave a sign of life, null: not looked for",
    )


class MarkKind(StrEnum):
    """Why a record holds less than there was."""

    ADDRESSES_CAPPED = "addresses_capped"
    ADDRESS_NOT_CONTACTED = "address_not_contacted"
    ANSWERS_CAPPED = "answers_capped"
    DATAGRAMS_CAPPED = "datagrams_capped"
    EVENTS_CAPPED = "events_capped"
    BODY_CAPPED = "body_capped"
    BODY_NOT_DECODED = "body_not_decoded"
    CERTIFICATES_CAPPED = "certificates_capped"
    REDIRECT_NOT_FOLLOWED = "redirect_not_followed"
    REDIRECTS_CAPPED = "redirects_capped"
    PRIVATE_ADDRESS_NOT_FETCHED = "private_address_not_fetched"
    TARGET_DEADLINE = "target_deadline"
    ENDPOINT_HOT = "endpoint_hot"
    RECORD_CAPPED = "record_capped"


class Mark(Model):
    """One entry of `x_marks`: a limit that was reached, or something left undone on purpose."""

    kind: MarkKind
    transaction_id: StrictInt | None = None
    detail: str | None = Field(default=None, description="the limit, address or reason")


class Unparsed(Model):
    """One entry of `x_unparsed`: the first bytes of an answer that was neither TLS nor HTTP as we know it."""

    transaction_id: StrictInt
    data: Body
