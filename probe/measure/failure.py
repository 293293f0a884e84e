"""Exceptions to failure names: the one place that knows errno, `ssl` and `getaddrinfo` numbers.

A name is derived from the type of an exception and its number, never from its text, which changes with
versions and languages. What the peer's HTTP did wrong is `fetch.py`'s to say, what its DNS message said
`resolve.py`'s: neither comes as an exception of the operating system.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import Mapping
from types import MappingProxyType

from probe.record.failure import UNKNOWN_PREFIX, Failure

ERRNO: Mapping[int, Failure] = MappingProxyType(
    {
        errno.ECONNREFUSED: Failure.CONNECTION_REFUSED,
        errno.ECONNRESET: Failure.CONNECTION_RESET,
        # The peer's reset can arrive while we write: the kernel then says EPIPE or, on Windows, ESHUTDOWN.
        errno.EPIPE: Failure.CONNECTION_RESET,
        errno.ESHUTDOWN: Failure.CONNECTION_RESET,
        errno.ECONNABORTED: Failure.CONNECTION_ABORTED,
        errno.ETIMEDOUT: Failure.TIMED_OUT,
        errno.EHOSTUNREACH: Failure.HOST_UNREACHABLE,
        errno.EHOSTDOWN: Failure.HOST_UNREACHABLE,
        errno.ENETUNREACH: Failure.NETWORK_UNREACHABLE,
        errno.ENETDOWN: Failure.NETWORK_DOWN,
        errno.ENETRESET: Failure.NETWORK_RESET,
        errno.ENOTCONN: Failure.NOT_CONNECTED,
        errno.EMSGSIZE: Failure.MESSAGE_SIZE,
        errno.EINTR: Failure.INTERRUPTED,
        errno.EACCES: Failure.PERMISSION_DENIED,
        errno.EPERM: Failure.PERMISSION_DENIED,
        errno.EAFNOSUPPORT: Failure.ADDRESS_FAMILY_NOT_SUPPORTED,
        errno.EADDRINUSE: Failure.ADDRESS_IN_USE,
        errno.EADDRNOTAVAIL: Failure.ADDRESS_NOT_AVAILABLE,
        errno.EBADF: Failure.BAD_FILE_DESCRIPTOR,
        errno.EINVAL: Failure.INVALID_ARGUMENT,
        errno.ENOBUFS: Failure.NO_BUFFER_SPACE,
        errno.EMFILE: Failure.TOO_MANY_FILES_OPEN,
        errno.ENFILE: Failure.TOO_MANY_FILES_OPEN_IN_SYSTEM,
        errno.ENOMEM: Failure.NOT_ENOUGH_MEMORY,
        errno.EAGAIN: Failure.OPERATION_WOULD_BLOCK,  # no thread to be had, or none free in time
    }
)

X509_HOST_MISMATCH = frozenset({62, 63, 64})
"""X509_V_ERR_HOSTNAME_MISMATCH, _EMAIL_, _IP_ADDRESS_ (OpenSSL x509_vfy.h)."""

X509_AUTHORITY = frozenset({2, 4, 6, 7, 18, 19, 20, 21, 22, 24, 27, 28, 32, 68, 76, 77, 79})
"""No issuer, self-signed, not a CA, a signature that is wrong or too weak: nobody we trust vouches for the chain.

Go counts a path that is too long (25) and a purpose that is not a server's (26) among the invalid certificates.
"""

NO_DATA_ON_WINDOWS = 11004
"""WSANO_DATA. The `EAI_NODATA` of Windows' headers is not it but another word for `EAI_NONAME`."""

GAI: Mapping[int, Failure] = MappingProxyType(
    {
        NO_DATA_ON_WINDOWS: Failure.DNS_NO_ANSWER,
        getattr(socket, "EAI_NODATA", -5): Failure.DNS_NO_ANSWER,
        getattr(socket, "EAI_ADDRFAMILY", -9): Failure.DNS_NO_ANSWER,
        socket.EAI_NONAME: Failure.DNS_NXDOMAIN_ERROR,
        socket.EAI_AGAIN: Failure.DNS_TEMPORARY_FAILURE,
        socket.EAI_FAIL: Failure.DNS_NON_RECOVERABLE_FAILURE,
        socket.EAI_MEMORY: Failure.NOT_ENOUGH_MEMORY,
    }
)


def name_failure(error: BaseException) -> str:
    """The df-007 name of `error`; `unknown_failure: TypeName ERRNO` when there is none."""
    if isinstance(error, TimeoutError) and error.errno is None:
        return Failure.GENERIC_TIMEOUT_ERROR
    if isinstance(error, asyncio.CancelledError):
        return Failure.INTERRUPTED
    if isinstance(error, EOFError):
        return Failure.EOF_ERROR
    if isinstance(error, ssl.SSLError):
        return name_tls_failure(error)
    if isinstance(error, socket.gaierror):
        return GAI.get(error.errno or 0, Failure.DNS_SERVER_MISBEHAVING)
    return _name_by_number(error)


def _name_by_number(error: BaseException) -> str:
    if isinstance(error, OSError) and (name := ERRNO.get(error.errno or 0)):
        return name
    if isinstance(error, ValueError):  # UnicodeError is one
        return Failure.INVALID_ARGUMENT
    number = errno.errorcode.get(error.errno or 0, "") if isinstance(error, OSError) else ""
    return f"{UNKNOWN_PREFIX}{type(error).__name__} {number}".rstrip()


def name_tls_failure(error: ssl.SSLError) -> str:
    """Failures inside TLS; a certificate is named by OpenSSL's verdict, see `certificate.py` for OONI's order."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return name_certificate_failure(error.verify_code)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Failure.EOF_ERROR
    return Failure.SSL_FAILED_HANDSHAKE


def name_certificate_failure(verify_code: int) -> str:
    """`verify_code` of OpenSSL (X509_V_ERR_…) to OONI's three names."""
    if verify_code in X509_HOST_MISMATCH:
        return Failure.SSL_INVALID_HOSTNAME
    if verify_code in X509_AUTHORITY:
        return Failure.SSL_UNKNOWN_AUTHORITY
    return Failure.SSL_INVALID_CERTIFICATE
