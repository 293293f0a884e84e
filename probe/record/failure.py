"""The closed set of names a failure can have: OONI's df-007.

null means that nothing failed. Three things stay different: a fault of our own machine (`OWN_FAULTS`), what the
network did (all others), and a step that was never attempted, which has no observation at all.
"""

from enum import StrEnum
from typing import Literal


class Failure(StrEnum):
    """One name per way to fail, as OONI's df-007 and its client spell them."""

    # The network's behaviour, seen at any layer.
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_RESET = "connection_reset"
    CONNECTION_ABORTED = "connection_aborted"
    CONNECTION_ALREADY_CLOSED = "connection_already_closed"
    EOF_ERROR = "eof_error"
    GENERIC_TIMEOUT_ERROR = "generic_timeout_error"
    TIMED_OUT = "timed_out"
    HOST_UNREACHABLE = "host_unreachable"
    NETWORK_UNREACHABLE = "network_unreachable"
    NETWORK_DOWN = "network_down"
    NETWORK_RESET = "network_reset"
    NOT_CONNECTED = "not_connected"
    MESSAGE_SIZE = "message_size"
    # Names.
    DNS_NXDOMAIN_ERROR = "dns_nxdomain_error"
    DNS_NO_ANSWER = "dns_no_answer"
    DNS_SERVFAIL_ERROR = "dns_servfail_error"
    DNS_REFUSED_ERROR = "dns_refused_error"
    DNS_BOGON_ERROR = "dns_bogon_error"
    DNS_TEMPORARY_FAILURE = "dns_temporary_failure"
    DNS_NON_RECOVERABLE_FAILURE = "dns_non_recoverable_failure"
    DNS_SERVER_MISBEHAVING = "dns_server_misbehaving"
    DNS_REPLY_WITH_WRONG_QUERY_ID = "dns_reply_with_wrong_query_id"
    ANDROID_DNS_CACHE_NO_DATA = "android_dns_cache_no_data"
    # TLS and QUIC.
    SSL_FAILED_HANDSHAKE = "ssl_failed_handshake"
    SSL_INVALID_HOSTNAME = "ssl_invalid_hostname"
    SSL_UNKNOWN_AUTHORITY = "ssl_unknown_authority"
    SSL_INVALID_CERTIFICATE = "ssl_invalid_certificate"
    QUIC_INCOMPATIBLE_VERSION = "quic_incompatible_version"
    # HTTP.
    HTTP_REQUEST_FAILED = "http_request_failed"
    HTTP_INVALID_REDIRECT_LOCATION_HOST = "http_invalid_redirect_location_host"
    HTTP_UNEXPECTED_STATUS_CODE = "http_unexpected_status_code"
    HTTP_UNEXPECTED_REDIRECT_URL = "http_unexpected_redirect_url"
    JSON_PARSE_ERROR = "json_parse_error"
    # Our own machine, or our own decision.
    INTERRUPTED = "interrupted"
    PERMISSION_DENIED = "permission_denied"
    ADDRESS_FAMILY_NOT_SUPPORTED = "address_family_not_supported"
    ADDRESS_IN_USE = "address_in_use"
    ADDRESS_NOT_AVAILABLE = "address_not_available"
    BAD_FILE_DESCRIPTOR = "bad_file_descriptor"
    INVALID_ARGUMENT = "invalid_argument"
    NO_BUFFER_SPACE = "no_buffer_space"
    TOO_MANY_FILES_OPEN = "too_many_files_open"
    TOO_MANY_FILES_OPEN_IN_SYSTEM = "too_many_files_open_in_system"
    NOT_ENOUGH_MEMORY = "not_enough_memory"
    OPERATION_WOULD_BLOCK = "operation_would_block"


OWN_FAULTS = frozenset(list(Failure)[list(Failure).index(Failure.INTERRUPTED) :])
"""Failures that say nothing about the network."""

SILENCE = frozenset({Failure.GENERIC_TIMEOUT_ERROR, Failure.TIMED_OUT})
"""Failures that mean that nothing came; an outage brings them about as well as a censor."""

LOST = frozenset({
    Failure.CONNECTION_RESET, Failure.CONNECTION_ABORTED, Failure.EOF_ERROR, Failure.HOST_UNREACHABLE,
})  # fmt: skip
"""Failures that a machine meets which was asleep or halted: servers lose patience, and Wi-Fi is not back at once."""

UNKNOWN_PREFIX = "unknown_failure: "
"""df-007: anything else is written with this prefix and the name of the exception's type, never its text."""

FAILURES = frozenset(map(str, Failure))


def is_known(name: str | Literal[False] | None) -> bool:
    """Whether `name` is one that our own records may hold; false, which old records have, is none."""
    return name is None or (name is not False and (name in FAILURES or name.startswith(UNKNOWN_PREFIX)))
