"""What a place elsewhere saw of a target: OONI's test-helper protocol, and what we add to it under `x_…`.

A helper's answer, a distilled line of a control file and a record's `test_keys.control` are the same model. OONI's
clients ignore the keys that we add; old records lack many of the others, so that on reading all may be absent.

A helper's failure names are a set of their own (internal/oohelperd of OONI's client), coarser than df-007's; which
names mean the same is said by the tables below. What is compared with what is a judge's work.
"""

from collections.abc import Mapping
from enum import IntFlag, StrEnum
from types import MappingProxyType

from pydantic import Field, StrictBool, StrictInt

from probe.record.failure import Failure
from probe.record.http import Headers
from probe.record.model import Model


class HelperFailure(StrEnum):
    """The names of `dns`, `tcp_connect` and `http_request`; `tls_handshake` has df-007's."""

    DNS_NAME_ERROR = "dns_name_error"
    DNS_SERVER_FAILURE = "dns_server_failure"
    DNS_LOOKUP_ERROR = "dns_lookup_error"
    GENERIC_TIMEOUT_ERROR = "generic_timeout_error"
    CONNECTION_REFUSED_ERROR = "connection_refused_error"
    CONNECT_ERROR = "connect_error"
    UNKNOWN_ERROR = "unknown_error"


HELPER_FAILURES = frozenset(map(str, HelperFailure))

FailureTable = Mapping[str, HelperFailure | None]
"""Name of df-007 → what a helper calls the same; None: no failure at all, only no addresses."""

DNS_FAILURES: FailureTable = MappingProxyType(
    {
        Failure.DNS_NXDOMAIN_ERROR: HelperFailure.DNS_NAME_ERROR,
        Failure.DNS_NO_ANSWER: None,
        Failure.DNS_SERVFAIL_ERROR: HelperFailure.DNS_SERVER_FAILURE,
        Failure.DNS_REFUSED_ERROR: HelperFailure.DNS_SERVER_FAILURE,
        Failure.DNS_TEMPORARY_FAILURE: HelperFailure.DNS_SERVER_FAILURE,
        Failure.DNS_NON_RECOVERABLE_FAILURE: HelperFailure.DNS_SERVER_FAILURE,
        Failure.DNS_SERVER_MISBEHAVING: HelperFailure.DNS_SERVER_FAILURE,
    }
)
"""`dns.failure`; any other name is `unknown_error`."""

TCP_FAILURES: FailureTable = MappingProxyType(
    {
        Failure.GENERIC_TIMEOUT_ERROR: HelperFailure.GENERIC_TIMEOUT_ERROR,
        Failure.TIMED_OUT: HelperFailure.GENERIC_TIMEOUT_ERROR,
        Failure.CONNECTION_REFUSED: HelperFailure.CONNECTION_REFUSED_ERROR,
    }
)
"""`tcp_connect.*.failure`; any other name is `connect_error`."""

HTTP_FAILURES: FailureTable = MappingProxyType(
    {
        Failure.DNS_NXDOMAIN_ERROR: HelperFailure.DNS_LOOKUP_ERROR,
        Failure.DNS_NO_ANSWER: HelperFailure.DNS_LOOKUP_ERROR,
        Failure.DNS_SERVFAIL_ERROR: HelperFailure.DNS_LOOKUP_ERROR,
        Failure.DNS_REFUSED_ERROR: HelperFailure.DNS_LOOKUP_ERROR,
        Failure.DNS_TEMPORARY_FAILURE: HelperFailure.DNS_LOOKUP_ERROR,
        Failure.DNS_NON_RECOVERABLE_FAILURE: HelperFailure.DNS_LOOKUP_ERROR,
        Failure.DNS_SERVER_MISBEHAVING: HelperFailure.DNS_LOOKUP_ERROR,
        Failure.GENERIC_TIMEOUT_ERROR: HelperFailure.GENERIC_TIMEOUT_ERROR,
        Failure.TIMED_OUT: HelperFailure.GENERIC_TIMEOUT_ERROR,
        Failure.CONNECTION_REFUSED: HelperFailure.CONNECTION_REFUSED_ERROR,
    }
)
"""`http_request.failure`; any other name is `unknown_error`."""


def dns_failure(failure: str | None) -> HelperFailure | None:
    """What a helper calls the failure of a look-up."""
    return _rename(DNS_FAILURES, failure, HelperFailure.UNKNOWN_ERROR)


def tcp_failure(failure: str | None) -> HelperFailure | None:
    """What a helper calls the failure of a connect."""
    return _rename(TCP_FAILURES, failure, HelperFailure.CONNECT_ERROR)


def http_failure(failure: str | None) -> HelperFailure | None:
    """What a helper calls the failure of a GET, whatever step it was in."""
    return _rename(HTTP_FAILURES, failure, HelperFailure.UNKNOWN_ERROR)


def _rename(table: FailureTable, failure: str | None, other: HelperFailure) -> HelperFailure | None:
    return None if failure is None else table.get(failure, other)


class AddressFlag(IntFlag):
    """`ip_info.*.flags`: who named the address, and what is known of it."""

    FROM_PROBE = 1
    FROM_HELPER = 2
    BOGON = 4
    VALID = 8
    """A TLS handshake there showed a valid certificate for the URL's name."""


class ControlRequest(Model):
    """What a probe asks a helper; also a record's `x_control_request`."""

    http_request: str = Field(description="the URL")
    http_request_headers: dict[str, list[str]] | None = Field(
        default=None, description="only User-Agent, Accept and Accept-Language are honoured"
    )
    tcp_connect: list[str] | None = Field(
        default=None, description="ip:port, [v6]:port: what the probe tried"
    )
    x_quic_enabled: StrictBool | None = None


class HelperPart(Model):
    """A part of an answer whose `failure` is one of `HELPER_FAILURES`."""

    failure: str | None = None


class ControlTcp(HelperPart):
    """One connect."""

    status: StrictBool | None = None


class ControlTls(Model):
    """One handshake; `failure` as in df-007."""

    server_name: str | None = None
    status: StrictBool | None = None
    failure: str | None = None


class ControlHttp(HelperPart):
    """The GET, after all its redirects; status and length are -1 when no answer came."""

    body_length: StrictInt | None = Field(default=None, description="bytes, decoded")
    discovered_h3_endpoint: str | None = None
    title: str | None = None
    headers: Headers | None = None
    status_code: StrictInt | None = None


class ControlDns(HelperPart):
    """The look-up. No failure and no addresses: the name exists and has none."""

    addrs: list[str] | None = None


class ControlAddress(Model):
    """What is known of one address; `flags` is a sum of `AddressFlag`."""

    asn: StrictInt | None = Field(default=None, description="0: not known")
    flags: StrictInt | None = None


class ControlHop(Model):
    """`x_hops`: one URL on the way of the GET, with its own look-up, connection and answer; failure as in df-007."""

    url: str
    addrs: list[str] = Field(description="of the URL's host")
    address: str | None = Field(default=None, description="ip:port that answered, or failed last")
    failure: str | None = None
    tls_valid: StrictBool | None = Field(
        default=None, description="whether the certificate was valid for the name; null: none was seen"
    )
    status_code: StrictInt | None = None
    location: str | None = Field(default=None, description="header Location, as far as it is text")
    body_length: StrictInt | None = Field(default=None, description="bytes, decoded")
    body_sha256: str | None = Field(default=None, description="of the decoded body, as far as it was read")
    body_is_truncated: StrictBool | None = None
    title: str | None = None
    title_words: list[str] | None = Field(default=None, description="lower case, of five letters or more")


class Control(Model):
    """The whole answer."""

    tcp_connect: dict[str, ControlTcp] | None = None
    tls_handshake: dict[str, ControlTls] | None = Field(default=None, description="absent when there is none")
    quic_handshake: dict[str, ControlTls] | None = None
    http_request: ControlHttp | None = None
    http3_request: ControlHttp | None = None
    dns: ControlDns | None = None
    ip_info: dict[str, ControlAddress] | None = None
    x_hops: list[ControlHop] | None = None
    x_time: str | None = Field(default=None, description="UTC, YYYY-MM-DD HH:MM:SS: when it was looked up")
    x_software: str | None = Field(default=None, description="name and version of what looked it up")
    x_digest: str | None = Field(
        default=None,
        description="SHA-256 of the canonical form of all other keys: what a signature would sign",
    )
