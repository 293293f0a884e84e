"""The columns of the store's tables: their types, units, and OONI's names where OONI has one.

Nothing is read or written here. Types are what every engine agrees on: text, 64-bit integers (AS numbers need
32 bits without a sign), 64-bit floats, booleans, dates and UTC times to the second. No lists, no structs: engines differ on them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

LAYOUT = 1
"""Version of the two tables; a store of another version is refused, not guessed at."""

Kind = Literal["text", "int", "float", "bool", "date", "time"]

MEASUREMENTS: Mapping[str, tuple[Kind, str]] = MappingProxyType({
    "measurement_start_day": ("date", "UTC day of the start; the store is partitioned by it"),
    "measurement_uid": ("text", "our own id of the measurement, OONI's, or the digest of its line"),
    "run_id": ("text", "all measurements of one run share it; OONI's report_id where there is none of ours"),
    "measurement_start_time": ("time", "UTC"),
    "probe_cc": ("text", "two letters, ZZ: not known"),
    "probe_asn": ("int", "0: not known"),
    "test_name": ("text", ""),
    "software_name": ("text", ""),
    "software_version": ("text", ""),
    "input": ("text", "null: a measurement without one"),
    "domain": ("text", "host of the input, as punycode"),
    "category_code": ("text", "Citizen Lab's, from the list that named the target"),
    "list_name": ("text", "of the list that named the target"),
    "platform": ("text", "instagram, x, youtube, telegram …"),
    "role": ("text", "what the host does for its platform"),
    "status": ("text", "by today's rules: reachable, blocked, throttled, down, refused, inconclusive"),
    "confidence": ("text", "by today's rules: confirmed, likely, possible, none"),
    "layer": ("text", "by today's rules: dns, tcp, tls, http, quic"),
    "mechanism": ("text", "by today's rules: the first on the path"),
    "mechanisms": ("text", "by today's rules: all, in the order of the path, with a space between"),
    "rule": ("text", "id of the rule that decided"),
    "ruleset": ("text", "version of today's rules"),
    "recorded_status": ("text", "as the record's own verdict had it; null: it had none"),
    "recorded_confidence": ("text", ""),
    "recorded_mechanism": ("text", ""),
    "recorded_ruleset": ("text", ""),
    "control": ("text", "helper, file, record, none"),
    "contaminated": ("bool", "an endpoint was still hot from an earlier block: no attempt of its own"),
    "resolver_asn": ("int", "0: not known"),
    "test_runtime": ("float", "seconds"),
    "source": ("text", "digest (SHA-256, first 16 digits) of the ingested file's content"),
    "source_line": ("int", "line in it, from 1"),
})  # fmt: skip
"""One row a measurement: name → kind and meaning."""

OBSERVATIONS: Mapping[str, tuple[Kind, str]] = MappingProxyType({
    "measurement_start_day": ("date", "UTC day of the measurement's start; the store is partitioned by it"),
    "measurement_uid": ("text", "the measurement it belongs to"),
    "probe_cc": ("text", ""),
    "probe_asn": ("int", ""),
    "domain": ("text", "of the measurement's input"),
    "step": ("text", "dns, tcp, tls, http"),
    "transaction_id": ("int", ""),
    "t": ("float", "seconds since the start of the measurement, when the step ended"),
    "duration": ("float", "seconds"),
    "hostname": ("text", "asked for, named in the ClientHello, or in the URL"),
    "ip": ("text", "address contacted, or the resolver's"),
    "port": ("int", ""),
    "failure": ("text", "OONI's name; null: none"),
    "dns_engine": ("text", ""),
    "dns_query_type": ("text", ""),
    "dns_answer": ("text", "addresses and names, with a space between; capped"),
    "dns_answer_asn": ("int", "of the first address"),
    "tls_version": ("text", ""),
    "tls_certificate_sha256": ("text", "of the leaf, hexadecimal"),
    "http_response_status_code": ("int", ""),
    "http_response_body_length": ("int", "bytes kept in the record"),
})  # fmt: skip
"""One row a step: name → kind and meaning."""

SOURCES: Mapping[str, tuple[Kind, str]] = MappingProxyType({
    "source": ("text", "digest (SHA-256) of the file's content as it was given, compressed or not"),
    "name": ("text", "the file's name, without its folder"),
    "size": ("int", "bytes of the file"),
    "lines": ("int", "lines that were not empty"),
    "records": ("int", "lines that became rows"),
    "duplicates": ("int", "lines whose measurement's id was known already"),
    "quarantined": ("int", "lines that are in quarantine"),
    "ingested": ("time", "UTC"),
})  # fmt: skip
"""One row a file that was ingested: name → kind and meaning. lines = records + duplicates + quarantined."""
