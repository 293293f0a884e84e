"""The figures apart from the page: drawings by name, and the numbers behind each as CSV (RFC 4180, UTF-8)."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from probe.report.page.body import Body, first_day, matrix_figure
from probe.report.page.content import Content, Network, Share
from probe.report.page.figures import Figure
from probe.report.page.language import inert

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet calculate a cell: a host's name or a reason in it comes from anybody."""

MAX_STEM = 60


def drawings(content: Content, body: Body) -> Iterator[tuple[str, Figure]]:
    """Name without suffix, and figure, in the language of `body`."""
    code = body.language.code
    if content.cells:
        yield f"matrix.{code}", matrix_figure(content, body.language)
    for strip in body.strips:
        yield f"days-{_stem(strip.subject)}.{code}", strip.figure
    for mechanism in body.mechanisms:
        yield f"mechanisms-{_stem(mechanism.subject)}.{code}", mechanism.figure
    for card in body.histories:
        yield f"host-{_stem(card.host.domain)}-AS{card.host.network.asn}.{code}", card.figure


def tables(content: Content) -> Iterator[tuple[str, str]]:
    """File name and content: a table for each kind of figure."""
    yield "matrix.csv", _csv(MATRIX, _matrix(content))
    yield "days.csv", _csv(DAYS, _days(content))
    yield "mechanisms.csv", _csv(MECHANISMS, _mechanisms(content))
    yield "hosts.csv", _csv(HOSTS, _hosts(content))


SHARE = ("interfered", "n", "share", "low", "high")
PLACE = ("probe_cc", "probe_asn", "subject")
MATRIX = (*PLACE, "state", "confidence", *SHARE, "throttled", "runs", "measurements", "inconclusive", "down", "down_runs", "refused", "confirmed", "since", "since_low", "since_high")  # fmt: skip
DAYS = (*PLACE, "first_day", "days", "interfered", "n", "reachable", "refused", "inconclusive", "down")
MECHANISMS = ("subject", "mechanism", "count", "n", "share", "low", "high", "networks")
HOSTS = ("domain", "platform", "probe_cc", "probe_asn", "first_day", "days", *SHARE)

Line = tuple[object, ...]


def _matrix(content: Content) -> Iterator[Line]:
    for cell in content.cells:
        tally, since = cell.tally, cell.since
        when = (since.day, since.low, since.high) if since else ("", "", "")
        sure = (tally.down, tally.down_runs, tally.refused, tally.confirmed)
        counts = (tally.throttled, tally.runs, tally.n, tally.inconclusive, *sure)
        yield (
            *_place(cell.network),
            cell.subject,
            cell.state,
            cell.confidence,
            *_share(cell.share),
            *counts,
            *when,
        )


def _days(content: Content) -> Iterator[Line]:
    bins = content.bins
    for strip in content.strips:
        for place, tally in sorted(strip.tallies.items()):
            counts = (
                tally.interfered,
                tally.usable,
                tally.reachable,
                tally.refused,
                tally.inconclusive,
                tally.down,
            )
            yield *_place(strip.cell.network), strip.cell.subject, first_day(bins, place), bins.days, *counts


def _mechanisms(content: Content) -> Iterator[Line]:
    for count in content.mechanisms:
        yield count.subject, count.mechanism, *_share(count.share), count.networks


def _hosts(content: Content) -> Iterator[Line]:
    bins = content.history_bins
    for history in content.histories:
        host = history.host
        for place, share in sorted(history.shares.items()):
            start = first_day(bins, place)
            yield host.domain, host.platform, *_place(host.network), start, bins.days, *_share(share)


def _place(network: Network) -> Line:
    return network.country, f"AS{network.asn}"


def _share(share: Share) -> Line:
    if not share.n:
        return 0, 0, "", "", ""
    return share.k, share.n, f"{share.value:.4f}", f"{share.low:.4f}", f"{share.high:.4f}"


def _csv(header: Iterable[str], lines: Iterable[Line]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([[_plain(value) for value in line] for line in lines])
    return out.getvalue()


def _plain(value: object) -> str:
    text = str(value)
    harmless = inert(text, len(text))
    return f"'{harmless}" if isinstance(value, str) and text.startswith(FORMULA) else harmless


def _stem(text: str) -> str:
    """`text` as part of a file's name on any system."""
    return re.sub(r"[^A-Za-z0-9._-]+|\.{2,}", "_", text)[:MAX_STEM].strip("._") or "unnamed"
