"""The vocabulary: every model that is written or sent, in OONI's data format 0.2.0 with our additions.

Nothing here does anything: no clock, no file, no network. Reading is tolerant (unknown keys survive a round
trip, OONI's own records validate), writing is exact (`deviations` of our own records is empty, tested).
"""

from probe.record.exact import deviations
from probe.record.failure import FAILURES, Failure
from probe.record.fitting import MAX_LINE, fitted_line
from probe.record.http import (
    Body,
    Headers,
    HttpRequest,
    HttpResponse,
    HttpTransaction,
    maybe_binary,
    to_bytes,
)
from probe.record.measurement import DATA_FORMAT_VERSION, EXTENSIONS, Measurement, TestKeys
from probe.record.model import Binary, Model
from probe.record.network import NetworkEvent, Operation, TcpConnect, TcpStatus
from probe.record.query import Answer, Query
from probe.record.reading import UnreadableRecordError, read_measurement, schemas, to_line
from probe.record.tls import TlsHandshake
from probe.record.web import WebConnectivity, WebMeasurement
from probe.record.x import Client, Lateness, ListEntry, Mark, MarkKind, NetworkState, Platform, Unparsed

__all__ = [
    "DATA_FORMAT_VERSION",
    "EXTENSIONS",
    "FAILURES",
    "MAX_LINE",
    "Answer",
    "Binary",
    "Body",
    "Client",
    "Failure",
    "Headers",
    "HttpRequest",
    "HttpResponse",
    "HttpTransaction",
    "Lateness",
    "ListEntry",
    "Mark",
    "MarkKind",
    "Measurement",
    "Model",
    "NetworkEvent",
    "NetworkState",
    "Operation",
    "Platform",
    "Query",
    "TcpConnect",
    "TcpStatus",
    "TestKeys",
    "TlsHandshake",
    "Unparsed",
    "UnreadableRecordError",
    "WebConnectivity",
    "WebMeasurement",
    "deviations",
    "fitted_line",
    "maybe_binary",
    "read_measurement",
    "schemas",
    "to_bytes",
    "to_line",
]
