"""Arbitrary documents that a model takes: made from its own fields, so that a new field is tested from its first day."""

import json
from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from probe.record import FAILURES, WebMeasurement
from probe.record.control import HELPER_FAILURES, HelperPart

Json = object
Document = dict[str, Json]

TEXT = st.text(max_size=12) | st.text(st.sampled_from("a\ud800\udfff\U0001f600"), max_size=4)
"""Also with halves of surrogate pairs, which JSON can hold and UTF-8 cannot."""

NAMES = st.text(max_size=8) | st.sampled_from(["x_new", "model_dump", "model_fields", "self", "__class__"])
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
WHOLE = st.integers() | st.integers(2**64, 2**300)

ANYTHING: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | WHOLE | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)

TAGS = ["classic", "depth=0", "depth=1", "depth=12", "fetch_body=true", "fetch_body=false"]
ODD_TAGS = ["depth=", "depth=٣", "depth=" + "9" * 5000, "depth=-1", "\ud800"]

HELPER_NAMES: st.SearchStrategy[Json] = st.none() | st.sampled_from(sorted(HELPER_FAILURES))

ROWS = frozenset({"queries", "tcp_connect", "tls_handshakes", "requests"})
"""What a measurement mostly has."""

BY_NAME: Mapping[str, st.SearchStrategy[Json]] = {
    "failure": st.none() | st.sampled_from(sorted(FAILURES)),
    "dns_experiment_failure": st.none() | st.just("unknown_failure: OSError"),
    "http_experiment_failure": st.none() | st.just("eof_error"),
    "tags": st.none() | st.lists(st.sampled_from(TAGS + ODD_TAGS), max_size=3),
    "engine": st.sampled_from(["getaddrinfo", "system", "udp", "doh"]),
    "transaction_id": st.integers(0, 3),
}
"""Keys whose values mean something to whoever reads the record."""


@st.composite
def documents(draw: st.DrawFn, model: type[BaseModel], *, extra: bool = True) -> Document:
    """A document that `model` takes: some of its optional keys, null where it may be, and keys nobody knows if `extra`."""
    values = _values(model, extra)
    optional = sorted(name for name, field in model.model_fields.items() if not field.is_required())
    names = [name for name in values if name not in optional]
    if optional:
        chosen = draw(st.lists(st.sampled_from(optional), unique=True, max_size=6))
        names += [name for name in optional if name in chosen or (name in ROWS and draw(st.booleans()))]
    unknown = draw(st.dictionaries(NAMES, ANYTHING, max_size=2)) if extra and draw(st.booleans()) else {}
    return {**unknown, **{name: draw(values[name]) for name in names}}


def web_documents(*, extra: bool = True) -> st.SearchStrategy[Document]:
    """Documents of web measurements."""
    named = {"test_name": "web_connectivity"}
    return documents(WebMeasurement, extra=extra).map(lambda document: document | named)


@st.composite
def damaged(draw: st.DrawFn) -> Document:
    """A web measurement's document in which one value, at any depth, is something else, or is gone."""
    document = draw(web_documents())
    holder, key = draw(st.sampled_from(list(_places(document))))
    if draw(st.booleans()):
        del holder[key]  # type: ignore[arg-type]
    else:
        holder[key] = draw(ANYTHING | st.sampled_from(["1", "yes", 1, 1.0, True]))  # type: ignore[index]
    return document


def to_text(document: Document) -> str:
    """`document` as JSON."""
    return json.dumps(document)


def _places(value: Json) -> list[tuple[Document | list[Json], str | int]]:
    keys: list[tuple[Document | list[Json], str | int]] = []
    if isinstance(value, dict):
        keys = [(value, key) for key in value]
    elif isinstance(value, list):
        keys = [(value, index) for index in range(len(value))]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return keys + [place for part in parts for place in _places(part)]


@cache
def _values(model: type[BaseModel], extra: bool) -> Mapping[str, st.SearchStrategy[Json]]:  # noqa: FBT001
    """What each field of `model` may hold."""
    values = {
        name: BY_NAME[name] if name in BY_NAME else _of_field(field, extra=extra)
        for name, field in model.model_fields.items()
    }
    helper = {"failure": HELPER_NAMES} if issubclass(model, HelperPart) else {}
    return values | helper


def _of_field(field: FieldInfo, *, extra: bool) -> st.SearchStrategy[Json]:
    limits = {
        name: getattr(entry, name)
        for entry in field.metadata
        for name in ("ge", "le", "pattern")
        if getattr(entry, name, None) is not None
    }
    if "pattern" in limits:
        return st.from_regex(f"\\A{limits['pattern'].strip('^$')}\\Z")
    if "ge" in limits:
        return st.integers(limits["ge"], limits.get("le"))
    return _of(field.annotation, extra=extra)


def _of(kind: object, *, extra: bool) -> st.SearchStrategy[Json]:
    """Values of JSON for a type annotation of the vocabulary."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is Annotated:
        return _of(parts[0], extra=extra)
    if origin in (Union, UnionType, list, tuple, dict):
        return _compound(origin, [_of(part, extra=extra) for part in parts])
    assert isinstance(kind, type)
    if issubclass(kind, BaseModel):
        return st.deferred(lambda: documents(kind, extra=extra))
    return st.sampled_from([str(member) for member in kind]) if issubclass(kind, Enum) else PLAIN[kind]


def _compound(origin: object, parts: list[st.SearchStrategy[Json]]) -> st.SearchStrategy[Json]:
    if origin is list:
        return st.lists(parts[0], max_size=2)
    if origin is tuple:
        return st.tuples(*parts).map(list)
    if origin is dict:
        return st.dictionaries(st.text(max_size=8), parts[1], max_size=2)
    return st.one_of(*parts)


PLAIN: Mapping[type, st.SearchStrategy[Json]] = {
    NoneType: st.none(),
    bool: st.booleans(),
    int: WHOLE,
    float: NUMBERS,
    str: TEXT,
    object: ANYTHING,
}
