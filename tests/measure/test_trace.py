"""The notebook of a measurement: numbered flows, events in order, and a mark for whatever was left out."""

import itertools

from probe.measure.trace import MAX_EVENTS, Trace
from probe.record import MarkKind, TcpConnect, TcpStatus


def ticking() -> Trace:
    """A trace whose clock goes on by a second at each look, from 1000 on."""
    ticks = itertools.count(1000)
    return Trace(lambda: float(next(ticks)))


def test_times_count_from_the_beginning() -> None:
    """Of the measurement, in seconds, to the microsecond."""
    trace = ticking()
    assert [trace.now(), trace.now()] == [1.0, 2.0]
    moments = iter([0.1, 0.1000004, 0.1234567])
    trace = Trace(lambda: next(moments))
    assert [trace.now(), trace.now()] == [0.0, 0.023457]


def test_flows_are_numbered_over_all_parts_of_a_record() -> None:
    """From 1 on, as OONI's are."""
    trace = ticking()
    flows = [
        trace.open_flow(where, "", "tcp", []) for where in (trace.seen, trace.doh, trace.do53, trace.seen)
    ]
    assert [flow.transaction_id for flow in flows] == [1, 2, 3, 4]
    assert [flow.transaction_id for flow in trace.seen.flows] == [1, 4]


def test_events_are_rows_in_the_order_of_their_end() -> None:
    """Whatever flow they belong to; sizes and addresses where there are any."""
    trace = ticking()
    one = trace.open_flow(trace.seen, "192.0.2.1:80", "tcp", ["depth=0"])
    two = trace.open_flow(trace.seen, "", "udp", [])
    one.log("write", 0.5, 10)
    two.log("resolve_start", 0.5)
    one.log("read", 0.5, 0, "connection_reset")
    rows = trace.seen.events()
    assert [(row.operation, row.t0, row.t, row.transaction_id) for row in rows] == [
        ("write", 0.5, 1.0, 1),
        ("resolve_start", 0.5, 2.0, 2),
        ("read", 0.5, 3.0, 1),
    ]
    assert [row.model_dump(exclude_unset=True).get("num_bytes", "absent") for row in rows] == [
        10,
        "absent",
        "absent",
    ]
    assert [row.model_dump(exclude_unset=True).get("address", "absent") for row in rows] == [
        "192.0.2.1:80",
        "absent",
        "192.0.2.1:80",
    ]
    assert [row.failure for row in rows] == [None, None, "connection_reset"]


def test_what_was_left_out_is_marked_once() -> None:
    """By flow, wherever it is kept; a full flow of exactly the cap leaves no mark."""
    trace = ticking()
    flows = [trace.open_flow(where, "", "tcp", []) for where in (trace.seen, trace.doh, trace.do53)]
    for flow, more in zip(flows, (5, 1, 0), strict=True):
        for _ in range(MAX_EVENTS + more):
            flow.log("read", 0.0, 1)
    flows[2].certificates_lost = 3
    trace.conclude()
    trace.conclude()
    assert [(mark.kind, mark.transaction_id, mark.detail) for mark in trace.marks] == [
        (MarkKind.EVENTS_CAPPED, 1, f"5 events beyond {MAX_EVENTS}"),
        (MarkKind.EVENTS_CAPPED, 2, f"1 events beyond {MAX_EVENTS}"),
        (MarkKind.CERTIFICATES_CAPPED, 3, "3 certificates more"),
    ]
    assert all(len(flow.events) == MAX_EVENTS for flow in flows)


def test_the_same_mark_is_made_once() -> None:
    """Another detail, or another flow, is another mark."""
    trace = ticking()
    for flow, detail in [(None, "a"), (None, "a"), (1, "a"), (1, "b"), (1, "b")]:
        trace.mark(MarkKind.BODY_CAPPED, flow, detail)
    assert [(mark.transaction_id, mark.detail) for mark in trace.marks] == [(None, "a"), (1, "a"), (1, "b")]


def test_tags_that_come_late_reach_the_rows_made_before() -> None:
    """Those of their own flow alone."""
    trace = ticking()
    flows = [trace.open_flow(trace.seen, "", "tcp", [f"depth={n}"]) for n in range(2)]
    status = TcpStatus(failure=None, success=True)
    for flow in flows:
        row = TcpConnect(ip="192.0.2.1", port=80, status=status, t0=0.0, t=0.0)
        row.tags, row.transaction_id = list(flow.tags), flow.transaction_id
        trace.seen.tcp_connect.append(row)
    flows[0].tags.insert(0, "classic")
    trace.conclude()
    assert [row.tags for row in trace.seen.tcp_connect] == [["classic", "depth=0"], ["depth=1"]]
