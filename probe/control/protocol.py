"""Bytes of the test-helper protocol to models and back; the canonical form and its digest. Pure.

Reading is tolerant of keys that are not known and strict about types; writing gives exactly OONI's keys and ours.
"""

import hashlib
import json

from pydantic import ValidationError

from probe.record.control import Control, ControlRequest

SAFE_INTEGER = 2**53 - 1
"""RFC 8785 §3.2.2.3: beyond it JSON's numbers are not the same to all readers."""


class BadRequestError(ValueError):
    """A request that is not answered; the message says why, in words of ours alone."""


class UnreadableAnswerError(ValueError):
    """Bytes that are no answer of a helper."""


def read_request(body: bytes) -> ControlRequest:
    """The request in `body`; raises `BadRequestError`."""
    try:
        return ControlRequest.model_validate_json(body)
    except ValidationError as error:
        places = {".".join(map(str, e["loc"][:1])) or "JSON" for e in error.errors(include_input=False)}
        known = sorted(places & {*ControlRequest.model_fields, "JSON"}) or ["JSON"]
        raise BadRequestError(f"not a request of the protocol: {', '.join(known)}") from error


def write_request(request: ControlRequest) -> bytes:
    """`request` as JSON."""
    return request.model_dump_json(exclude_unset=True).encode()


def read_answer(body: bytes) -> Control:
    """The answer in `body`; raises `UnreadableAnswerError` for anything else, and when its own digest is not its."""
    try:
        control = Control.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableAnswerError("not an answer of the protocol") from error
    if control.http_request is None or control.dns is None or control.tcp_connect is None:
        raise UnreadableAnswerError("keys are missing")
    if not is_intact(control):
        raise UnreadableAnswerError("the digest is not that of the answer")
    return control


def write_answer(control: Control) -> bytes:
    """`control` as JSON, what was given when it was built and nothing else."""
    return control.model_dump_json(exclude_unset=True).encode()


def seal(control: Control) -> Control:
    """`control` with its digest."""
    return control.model_copy(update={"x_digest": _digest(control)})


def is_intact(control: Control) -> bool:
    """Whether `control` is what its digest says; true as well for those of other helpers, which have none."""
    try:
        return control.x_digest is None or control.x_digest == _digest(control)
    except ValueError:
        return False


def _digest(control: Control) -> str:
    facts = control.model_dump(mode="json", exclude_unset=True, exclude={"x_digest"})
    return hashlib.sha256(canonical(facts)).hexdigest()


def canonical(value: object) -> bytes:
    """JSON in the one form of RFC 8785, of values without fractions; raises `ValueError` for any other number."""
    text = json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")  # lone surrogates, which RFC 8785 refuses, raise here


def _ordered(value: object) -> object:
    """`value` with the keys of its objects in the order of their UTF-16 code units (RFC 8785 §3.2.3)."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=_utf16)}
    if isinstance(value, list):
        return [_ordered(part) for part in value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > SAFE_INTEGER):
        raise ValueError("a number that has no canonical form here")
    return value


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")
