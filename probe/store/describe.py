"""The files that describe a store to people and other programs, made from its manifest: pure."""

import json
from collections.abc import Mapping

from probe.store.columns import Kind
from probe.store.layout import MANIFEST, STORE, Manifest
from probe.store.schema import TABLES

SCHEMA, PACKAGE, SUMS = "_schema.json", "datapackage.json", "SHA256SUMS"

TITLES = {
    "measurements": "One row a measurement, with its verdict by today's rules and as recorded",
    "observations": "One row a step of a measurement: a look-up, a connection, a handshake, a request",
    "sources": "One row a file that was ingested, with what became of its lines",
}

FRICTIONLESS: Mapping[Kind, str] = {
    "text": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "date": "date",
    "time": "datetime",
}


def schema_file(manifest: Manifest) -> bytes:
    """`_schema.json`: the columns, their types and meanings."""
    tables = {
        table: {name: {"type": kind, "description": text} for name, (kind, text) in columns.items()}
        for table, columns in TABLES.items()
    }
    return _json({"layout": manifest.layout, "tables": tables})


def package_file(manifest: Manifest) -> bytes:
    """`datapackage.json`: a data package (Frictionless Data, version 1), one resource a table."""
    resources = [
        {
            "name": table,
            "title": TITLES[table],
            "format": "parquet",
            "mediatype": "application/vnd.apache.parquet",
            "path": [part.name for part in manifest.tables[table]],
            "bytes": sum(part.size for part in manifest.tables[table]),
            "rows": manifest.rows(table),
            "schema": {
                "fields": [
                    {"name": name, "type": FRICTIONLESS[kind], "description": text}
                    for name, (kind, text) in columns.items()
                ]
            },
        }
        for table, columns in TABLES.items()
        if manifest.tables[table]
    ]
    return _json(
        {
            "name": f"reachprobe-{STORE}",
            "title": "Measurements of what can be reached from which network",
            "created": manifest.written.replace(" ", "T") + "Z",
            "version": str(manifest.number),
            "resources": resources,
        }
    )


def sums_file(manifest: Manifest, others: Mapping[str, str]) -> bytes:
    """`SHA256SUMS`, for `sha256sum -c`: every Parquet file, and `others`, name → digest."""
    found = {part.name: part.sha256 for parts in manifest.tables.values() for part in parts} | dict(others)
    return "".join(f"{found[name]}  {name}\n" for name in sorted(found)).encode()


def manifest_file(manifest: Manifest) -> bytes:
    """`manifest.json`."""
    return manifest.model_dump_json(indent=1).encode() + b"\n"


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


NAMES = (SCHEMA, MANIFEST, PACKAGE, SUMS)
"""Beside the folders of tables."""
