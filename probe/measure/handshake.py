"""Stream → TLS observation, and the same stream encrypted."""

import asyncio
import ssl
import time
from collections.abc import Callable

from probe.measure.certificate import MAX_CERTIFICATES, name_verification_failure, sent_chain
from probe.measure.failure import name_failure
from probe.measure.stream import HEAD_SIZE, Stream
from probe.measure.trace import Observed
from probe.record import Binary, Operation, TlsHandshake

PATIENCE = 0.3
"""Seconds for the rest of an answer that is no TLS; a page that came in several packets is there by then."""


async def handshake(
    stream: Stream,
    context: ssl.SSLContext,
    server_name: str,
    seen: Observed,
    deadline: float,
    wall_clock: Callable[[], float] = time.time,
) -> bool:
    """Encrypt `stream` within `deadline` seconds; False, and the stream closed, when that failed.

    One `tls_handshakes` row either way. Verification is on: the peer gets a real alert, and nothing is said
    to a peer that is not who it should be. `wall_clock` (seconds since the epoch) is held against the dates
    of a certificate that failed.
    """
    flow = stream.flow
    t0, failure = flow.now(), None
    flow.log(Operation.TLS_HANDSHAKE_START, t0)
    try:
        async with asyncio.timeout(deadline):
            await _negotiate(stream, context, server_name)
    except ssl.SSLCertVerificationError as error:
        assert stream.tls is not None
        failure = name_verification_failure(stream.tls, error, server_name, wall_clock())
    except (OSError, EOFError, ValueError) as error:
        failure = name_failure(error)
        if isinstance(error, ssl.SSLError) and not stream.spoke_tls:
            await _hear_out(stream)
        stream.error = error
    except asyncio.CancelledError as error:
        failure, stream.error = name_failure(error), error
        raise
    finally:
        flow.log(Operation.TLS_HANDSHAKE_DONE, flow.now(), 0, failure)
        seen.tls_handshakes.append(_row(stream, server_name, t0, failure))
        if failure is not None:
            stream.close()
    return failure is None


async def _negotiate(stream: Stream, context: ssl.SSLContext, server_name: str) -> None:
    tls = stream.start_tls_session(context, server_name)
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            await stream.feed()
        except ssl.SSLError:
            await _send_alert(stream)
            raise
        else:
            await stream.flush()
            return


async def _send_alert(stream: Stream) -> None:
    try:
        await stream.flush()
    except OSError:  # the peer left without waiting to hear why
        return


async def _hear_out(stream: Stream) -> None:
    """What came is no TLS, a block page mostly: the rest of it is evidence as well."""
    try:
        async with asyncio.timeout(PATIENCE):
            while len(stream.head) < HEAD_SIZE and await stream.receive():
                continue
    except OSError:
        return


def _row(stream: Stream, server_name: str, t0: float, failure: str | None) -> TlsHandshake:
    flow, tls = stream.flow, stream.tls
    cipher = tls.cipher() if tls else None
    chain = sent_chain(tls) if tls else []
    flow.certificates_lost = len(chain[MAX_CERTIFICATES:])
    return TlsHandshake(
        network="tcp",
        address=flow.address,
        failure=failure,
        server_name=server_name,
        tls_version=(tls.version() if tls and cipher else None) or "",
        cipher_suite=cipher[0] if cipher else "",
        negotiated_protocol=(tls.selected_alpn_protocol() if tls else None) or "",
        no_tls_verify=False,
        peer_certificates=[Binary.of(der) for der in chain[:MAX_CERTIFICATES]] or None,
        t0=t0,
        t=flow.now(),
        tags=flow.tags,
        transaction_id=flow.transaction_id,
    )
