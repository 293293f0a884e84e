"""The control of one measurement: into the record, and to the judge."""

from probe.control.answer import ControlAnswer
from probe.judge.control_view import ControlView
from probe.record import WebMeasurement
from probe.record.control import ControlRequest
from probe.record.verdict import ControlKind, ControlUsed


def inscribe_control(record: WebMeasurement, request: ControlRequest | None, answer: ControlAnswer) -> None:
    """Write what was asked and what came back as OONI's client does: null where there is nothing."""
    keys = record.test_keys
    keys.x_control_request = request
    keys.control = answer.control
    keys.control_failure = answer.failure
    if answer.kind == "helper" and answer.source is not None:
        record.test_helpers = {"backend": {"address": answer.source, "type": "https"}}


def view_of(answer: ControlAnswer) -> ControlView:
    """`answer` as the judge asks it."""
    used = ControlUsed(kind=ControlKind(answer.kind), age_s=answer.age_s, source=answer.source)
    return ControlView.of(answer.control, used, trusted=answer.verified)
