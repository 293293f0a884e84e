"""TLS handshakes: df-006."""

from pydantic import Field, StrictBool

from probe.record.model import Binary, Observation


class TlsHandshake(Observation):
    """One handshake; the certificates as the peer sent them, leaf first, also when verification failed."""

    network: str | None = Field(default=None, description="tcp, or udp for QUIC")
    address: str | None = Field(default=None, description="ip:port, [v6]:port")
    failure: str | None
    server_name: str | None
    outer_server_name: str | None = None
    echconfig: str | None = None
    tls_version: str | None = None
    cipher_suite: str | None = None
    negotiated_protocol: str | None = None
    no_tls_verify: StrictBool | None = None
    peer_certificates: list[Binary | str] | None = None
    so_error: str | None = None
