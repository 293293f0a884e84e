"""The measurement itself: df-000, the same for every nettest."""

from typing import Annotated

from pydantic import Field, StrictFloat, StrictInt, StringConstraints

from probe.record.model import Model, Unmodelled

DATA_FORMAT_VERSION = "0.2.0"
EXTENSIONS = {"dnst": 0, "httpt": 0, "netevents": 0, "tcpconnect": 0, "tlshandshake": 0}
"""Versions of the df-00x parts we write, as OONI's client declares them."""

Seconds = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$")
]
Asn = Annotated[str, StringConstraints(pattern=r"^AS[0-9]+$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2}$")]


class TestKeys(Model):
    """Results of a nettest we have no model for: everything is kept as it is."""

    __test__ = False


UNKNOWN_RESOLVER = "127.0.0.2"
"""df-000: the address of the system's resolver is not known."""


class Measurement(Model):
    """df-000. The fields without default are the ones OONI's own reader demands."""

    annotations: dict[str, str] | None = None
    data_format_version: str | None = None
    extensions: dict[str, StrictInt] | None = None
    input: str | None
    measurement_start_time: Seconds = Field(description="UTC")
    options: list[str] | None = None
    probe_asn: Asn = Field(description="AS0: not known")
    probe_cc: Country = Field(description="ZZ: not known")
    probe_network_name: str | None = None
    probe_ip: str | None = Field(default=None, description="always 127.0.0.1 in ours")
    report_id: str
    resolver_asn: str | None = None
    resolver_ip: str | None = Field(default=None, description=f"{UNKNOWN_RESOLVER}: not known")
    resolver_network_name: str | None = None
    software_name: str
    software_version: str
    test_helpers: dict[str, Unmodelled] | None = None
    test_keys: TestKeys
    test_name: str
    test_runtime: StrictFloat = Field(description="seconds")
    test_start_time: Seconds = Field(description="UTC, of the run")
    test_version: str
