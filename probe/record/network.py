"""Connections and the bytes on them: df-005 `tcp_connect` and df-008 `network_events`."""

from enum import StrEnum
from typing import Literal

from pydantic import Field, StrictBool, StrictInt

from probe.record.model import Model, Observation


class TcpStatus(Model):
    """Outcome of a connect; `blocked` is set by judges, never by us.

    `failure` is false instead of null in OONI's records before 2020.
    """

    failure: str | Literal[False] | None
    success: StrictBool
    blocked: StrictBool | None = None


class TcpConnect(Observation):
    """One attempt to connect to one address and port."""

    ip: str
    port: StrictInt = Field(ge=0, le=65535)
    status: TcpStatus


class Operation(StrEnum):
    """The operations of df-008 that we write."""

    CONNECT = "connect"
    READ = "read"
    WRITE = "write"
    READ_FROM = "read_from"
    WRITE_TO = "write_to"
    RESOLVE_START = "resolve_start"
    RESOLVE_DONE = "resolve_done"
    TLS_HANDSHAKE_START = "tls_handshake_start"
    TLS_HANDSHAKE_DONE = "tls_handshake_done"
    HTTP_TRANSACTION_START = "http_transaction_start"
    HTTP_TRANSACTION_DONE = "http_transaction_done"


class NetworkEvent(Observation):
    """One system call on a socket, or a marker between steps; `num_bytes` of reads and writes."""

    operation: str
    failure: str | None
    address: str | None = Field(default=None, description="ip:port, [v6]:port")
    proto: str | None = Field(default=None, description="tcp or udp")
    num_bytes: StrictInt | None = None
