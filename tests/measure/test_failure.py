"""Exceptions to names: by type and number, never by text."""

import asyncio
import errno
import os
import socket
import ssl

import pytest

from probe.measure.failure import (
    ERRNO,
    GAI,
    NO_DATA_ON_WINDOWS,
    name_certificate_failure,
    name_failure,
)
from probe.record.failure import FAILURES, OWN_FAULTS, UNKNOWN_PREFIX, Failure, is_known

BY_NUMBER = {
    "ECONNREFUSED": "connection_refused",
    "ECONNRESET": "connection_reset",
    "EPIPE": "connection_reset",
    "ESHUTDOWN": "connection_reset",
    "ECONNABORTED": "connection_aborted",
    "ETIMEDOUT": "timed_out",
    "EHOSTUNREACH": "host_unreachable",
    "EHOSTDOWN": "host_unreachable",
    "ENETUNREACH": "network_unreachable",
    "ENETDOWN": "network_down",
    "ENETRESET": "network_reset",
    "ENOTCONN": "not_connected",
    "EMSGSIZE": "message_size",
    "EINTR": "interrupted",
    "EACCES": "permission_denied",
    "EPERM": "permission_denied",
    "EAFNOSUPPORT": "address_family_not_supported",
    "EADDRINUSE": "address_in_use",
    "EADDRNOTAVAIL": "address_not_available",
    "EBADF": "bad_file_descriptor",
    "EINVAL": "invalid_argument",
    "ENOBUFS": "no_buffer_space",
    "EMFILE": "too_many_files_open",
    "ENFILE": "too_many_files_open_in_system",
    "ENOMEM": "not_enough_memory",
    "EAGAIN": "operation_would_block",
}

BY_RESOLVER = {
    "EAI_NONAME": "dns_nxdomain_error",
    "EAI_AGAIN": "dns_temporary_failure",
    "EAI_FAIL": "dns_non_recoverable_failure",
    "EAI_MEMORY": "not_enough_memory",
    "EAI_SERVICE": "dns_server_misbehaving",
    "EAI_FAMILY": "dns_server_misbehaving",
}

OURS = "our own text, in any language"


@pytest.mark.parametrize("text", ["Connection refused", "Verbindungsaufbau abgelehnt", "timed out", ""])
@pytest.mark.parametrize("number", BY_NUMBER)
def test_numbers_of_the_operating_system(number: str, text: str) -> None:
    """The same name whatever the message says; on Windows the numbers are others, the symbols are not."""
    assert name_failure(OSError(getattr(errno, number), text)) == BY_NUMBER[number]


@pytest.mark.parametrize("number", BY_RESOLVER)
def test_numbers_of_the_resolver(number: str) -> None:
    """Whatever the platform's numbers are, also where two symbols share one."""
    assert name_failure(socket.gaierror(getattr(socket, number), OURS)) == BY_RESOLVER[number]


def test_a_name_without_addresses_is_not_a_name_that_does_not_exist() -> None:
    """Windows has a number for it that is in no symbol, and a symbol for it that is another's number."""
    assert name_failure(socket.gaierror(NO_DATA_ON_WINDOWS, OURS)) == "dns_no_answer"
    no_data = getattr(socket, "EAI_NODATA", socket.EAI_NONAME)
    if no_data != socket.EAI_NONAME:
        assert name_failure(socket.gaierror(no_data, OURS)) == "dns_no_answer"


def test_the_resolver_s_numbers_are_not_the_system_s() -> None:
    """Both are small integers: 11 as an EAI is no EAGAIN, and a look-up without number is named too."""
    for number in [*range(-120, 121), 11001]:
        name = name_failure(socket.gaierror(number, OURS))
        assert name in set(GAI.values()) | {Failure.DNS_SERVER_MISBEHAVING}, number
    assert name_failure(socket.gaierror(OURS)) == "dns_server_misbehaving"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (TimeoutError(), "generic_timeout_error"),
        (TimeoutError(OURS), "generic_timeout_error"),
        (TimeoutError(errno.ETIMEDOUT, OURS), "timed_out"),
        (ConnectionResetError(errno.ECONNRESET, OURS), "connection_reset"),
        (ConnectionRefusedError(errno.ECONNREFUSED, OURS), "connection_refused"),
        (BrokenPipeError(errno.EPIPE, OURS), "connection_reset"),
        (PermissionError(errno.EPERM, OURS), "permission_denied"),
        (InterruptedError(errno.EINTR, OURS), "interrupted"),
        (asyncio.CancelledError(), "interrupted"),
        (EOFError(), "eof_error"),
        (asyncio.IncompleteReadError(b"", 2), "eof_error"),
        (UnicodeError(OURS), "invalid_argument"),
        (UnicodeEncodeError("idna", "x", 0, 1, OURS), "invalid_argument"),
        (ValueError(OURS), "invalid_argument"),
        (ssl.SSLError(1, OURS), "ssl_failed_handshake"),
        (ssl.SSLError(OURS), "ssl_failed_handshake"),
        (ssl.SSLSyscallError(5, OURS), "ssl_failed_handshake"),
        (ssl.SSLEOFError(8, OURS), "eof_error"),
        (ssl.SSLZeroReturnError(6, OURS), "eof_error"),
    ],
)
def test_types_have_names(error: BaseException, name: str) -> None:
    """A kernel's timeout is not our own, TLS's numbers are not the system's, and a cancelled step was interrupted."""
    assert name_failure(error) == name


@pytest.mark.parametrize(
    "error",
    [OSError(), OSError(OURS), OSError(9999, OURS), RuntimeError(OURS), KeyError(OURS), MemoryError()],
)
def test_what_has_no_name_is_written_with_its_type(error: Exception) -> None:
    """Never with its text, which may hold an address of the volunteer's."""
    name = name_failure(error)
    assert name == f"{UNKNOWN_PREFIX}{type(error).__name__}"
    assert OURS not in name
    assert is_known(name)


def test_every_number_there_is_has_a_name_that_a_record_may_hold() -> None:
    """The system's, with and without a name of their own, and those of nobody."""
    for number in [*errno.errorcode, 0, -1, 10_000, 1 << 31]:
        name = name_failure(OSError(number, os.strerror(number) if number < 200 else OURS))
        assert name in FAILURES or name.startswith(UNKNOWN_PREFIX), number
        assert is_known(name)


def test_the_tables_hold_names_of_the_closed_set() -> None:
    """And the test above knows all of them."""
    assert {getattr(errno, number): name for number, name in BY_NUMBER.items()} == dict(ERRNO)
    assert set(GAI.values()) <= FAILURES


def test_our_own_faults_are_told_from_the_network_s() -> None:
    """No descriptors, no memory, no permission say nothing about anybody's network; a reset does."""
    ours = ["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EACCES", "EAFNOSUPPORT", "EADDRNOTAVAIL", "EINTR"]
    theirs = ["ECONNRESET", "ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"]
    assert {BY_NUMBER[number] for number in ours} <= OWN_FAULTS
    assert not {BY_NUMBER[number] for number in theirs} & OWN_FAULTS


@pytest.mark.parametrize(
    ("codes", "name"),
    [
        ([62, 63, 64], "ssl_invalid_hostname"),
        ([2, 4, 6, 7, 18, 19, 20, 21, 22, 24, 27, 28, 32, 68, 76, 77, 79], "ssl_unknown_authority"),
        ([9, 10, 13, 14, 25, 26, 34, 41, 47, 48, 66], "ssl_invalid_certificate"),
    ],
)
def test_openssl_s_verdicts_have_ooni_s_names(codes: list[int], name: str) -> None:
    """What OONI's client says where OpenSSL says this."""
    assert {name_certificate_failure(code) for code in codes} == {name}


def test_any_verdict_on_a_certificate_has_one_of_three_names() -> None:
    """Those of later versions of OpenSSL too."""
    names = {name_certificate_failure(code) for code in range(1, 400)}
    assert names == {"ssl_invalid_hostname", "ssl_unknown_authority", "ssl_invalid_certificate"}


def test_a_number_without_a_name_of_its_own_is_told() -> None:
    """By its symbol, which is the same in every language; without one there is the type alone."""
    assert name_failure(OSError(errno.EPROTO, "in any language")) == "unknown_failure: OSError EPROTO"
    assert name_failure(OSError("no number")) == "unknown_failure: OSError"
