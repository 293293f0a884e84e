"""One language's part of the page, prepared for the template: figures drawn, tables filled, names joined."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from altair.utils.schemapi import debug_mode
from markupsafe import Markup

from probe.report.page.choose import MAX_NAMES
from probe.report.page.content import (
    Bins,
    Cell,
    Content,
    History,
    HostState,
    MechanismCount,
    Network,
    Share,
    Strip,
)
from probe.report.page.figures import Axis, Figure, draw_history, draw_matrix, draw_mechanisms, draw_strips
from probe.report.page.language import Language, inert, name, subject_name
from probe.report.page.state import share_of
from probe.report.page.svg import inline
from probe.report.page.telling import Statement, Teller

MAX_REACHABLE = 8
"""Reachable cells named in the summary."""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A network, and its cell for each subject."""

    network: Network
    cells: Sequence[tuple[str, Cell | None]]


@dataclass(frozen=True, slots=True)
class StripCard:
    """The strips of one subject. `rows`: first day, and `k/n` for each network."""

    subject: str
    figure: Figure
    svg: Markup
    caption: Markup
    networks: Sequence[Network]
    rows: Sequence[tuple[str, Sequence[str]]]

    @property
    def plain(self) -> str:
        """The subject without markup."""
        return subject_name(self.subject)


@dataclass(frozen=True, slots=True)
class MechanismCard:
    """The mechanisms of one subject."""

    subject: str
    figure: Figure
    svg: Markup
    caption: Markup
    counts: Sequence[MechanismCount]

    @property
    def plain(self) -> str:
        """The subject without markup."""
        return subject_name(self.subject)


@dataclass(frozen=True, slots=True)
class HistoryCard:
    """One host's history. `rows`: first day and share."""

    host: HostState
    figure: Figure
    svg: Markup
    plain: str
    evidence: Markup
    rows: Sequence[tuple[str, Share]]


@dataclass(frozen=True, slots=True)
class Body:
    """Everything the template shows in one language."""

    language: Language
    teller: Teller
    title: str
    matrix: Sequence[MatrixRow]
    reachable: Sequence[Statement]
    reachable_more: int
    strips: Sequence[StripCard]
    mechanisms: Sequence[MechanismCard]
    histories: Sequence[HistoryCard]
    quality: Sequence[tuple[str, str]]
    omitted_networks: Markup
    omitted_subjects: Markup
    omitted_histories: Markup
    omitted_places: Markup
    rulesets: Markup
    software: Markup


def prepare(content: Content, language: Language) -> Body:
    """`content` in `language`. Figures are not checked against Vega-Lite's schema, which takes ten times as long: tests do."""
    with debug_mode(False):  # noqa: FBT003 - altair's signature
        return _prepare(content, language)


def _prepare(content: Content, language: Language) -> Body:
    teller = Teller(content, language)
    reachable = teller.reachable()
    return Body(
        language=language,
        teller=teller,
        title=_title(content, language),
        matrix=_matrix(content),
        reachable=reachable[:MAX_REACHABLE],
        reachable_more=max(0, len(reachable) - MAX_REACHABLE),
        strips=[_strip_card(teller, subject) for subject in content.subjects if _strips(content, subject)],
        mechanisms=[_mechanism_card(teller, one) for one in _with_mechanisms(content)],
        histories=[_history_card(teller, one) for one in content.histories],
        quality=_quality(teller),
        omitted_networks=_names(language, content.omitted_networks.names, content.omitted_networks.total),
        omitted_subjects=_names(language, content.omitted_subjects.names, content.omitted_subjects.total),
        omitted_histories=_names(language, content.omitted_histories.names, content.omitted_histories.total),
        omitted_places=_names(language, content.omitted_places.names, content.omitted_places.total),
        rulesets=language.join([name(one, 40) for one in content.quality.rulesets]),
        software=language.join([name(one, 40) for one in content.quality.software]),
    )


def matrix_figure(content: Content, language: Language) -> Figure:
    """The matrix as a picture, for export: the page has it as a table."""
    cells, teller = [], Teller(content, language)
    for row, network in enumerate(content.networks):
        for column, subject in enumerate(content.subjects):
            cell = content.cell(network, subject)
            if cell is not None:
                numbers, _ = teller.numbers(cell)
                cells.append((row, column, cell.state, teller.word(cell), numbers.unescape()))
    rows = [language.network(network) for network in content.networks]
    return draw_matrix(rows, [subject_name(subject, 20) for subject in content.subjects], cells)


def first_day(bins: Bins, place: int) -> date:
    """The first day of a bin."""
    return bins.first + timedelta(days=bins.days * place)


def _title(content: Content, language: Language) -> str:
    key = "title" if content.first < content.last else "title_day"
    return language.words[key].format(first=language.day(content.first), last=language.day(content.last))


def _names(language: Language, names: Sequence[str], total: int) -> Markup:
    """Some names of many, without a count of the rest, which the sentence has."""
    joined = Markup(language.words["list_comma"]).join([name(one, 60) for one in names])  # noqa: S704 - our words
    return joined + (" …" if total > len(names) else "")


def _matrix(content: Content) -> list[MatrixRow]:
    places = {(cell.network, cell.subject): cell for cell in content.cells}
    return [
        MatrixRow(network, [(subject, places.get((network, subject))) for subject in content.subjects])
        for network in content.networks
    ]


def _axis(bins: Bins, language: Language) -> Axis:
    """First and last day; one in the middle where there is room."""
    ticks = [(0.0, language.day(bins.first)), (float(bins.count), language.day(bins.last))]
    if bins.count == 1:
        return Axis([(0.5, language.day(bins.first))])
    if bins.count >= 9:  # noqa: PLR2004 - a middle that can be told from the ends
        middle = bins.count // 2
        ticks.insert(1, (middle + 0.5, language.short_day(first_day(bins, middle))))
    return Axis(ticks)


def _strips(content: Content, subject: str) -> list[Strip]:
    return [strip for strip in content.strips if strip.cell.subject == subject]


def _strip_card(teller: Teller, subject: str) -> StripCard:
    content, language = teller.content, teller.language
    strips, bins = _strips(content, subject), content.bins
    labels = [_short_network(strip.cell.network, language) for strip in strips]
    figure = draw_strips(strips, labels, bins, _axis(bins, language), rtl=language.rtl)
    networks = language.count(len(strips), "network")
    measured = sum(tally.usable for strip in strips for tally in strip.tallies.values())
    label = language.words["strip_label"].format(subject=subject_name(subject), networks=networks)
    places = sorted({place for strip in strips for place in strip.tallies})
    rows = [
        (language.day(first_day(bins, place)), [_of(strip, place, language) for strip in strips])
        for place in places
    ]
    shown = [strip.cell.network for strip in strips]
    caption = _strip_caption(teller, subject, shown, language.count(measured, "measurement"))
    return StripCard(subject, figure, Markup(inline(figure.svg(), label)), caption, shown, rows)  # noqa: S704 - written by an allow list


def _strip_caption(teller: Teller, subject: str, shown: Sequence[Network], measurements: str) -> Markup:
    """How much is drawn, and which networks there was no room for."""
    language = teller.language
    networks = [cell.network for cell in teller.content.cells if cell.subject == subject]
    rest = [network for network in networks if network not in shown]
    total = language.count(len(networks), "network")
    if not rest:
        return language.say("caption_strip", networks=total, measurements=measurements)
    names = _names(language, [language.network(network) for network in rest[:MAX_NAMES]], len(rest))
    k = language.number(len(shown))
    return language.say("caption_strip_some", k=k, networks=total, measurements=measurements, names=names)


def _short_network(network: Network, language: Language) -> str:
    return (
        f"AS{network.asn}"
        if network.asn
        else f"{inert(network.country, 4)} AS?"
        if language.code == "en"
        else "AS?"
    )


def _of(strip: Strip, place: int, language: Language) -> str:
    tally = strip.tallies.get(place)
    return f"{language.number(tally.interfered)}/{language.number(tally.usable)}" if tally else ""


def _with_mechanisms(content: Content) -> list[str]:
    return list(dict.fromkeys(count.subject for count in content.mechanisms))


def _mechanism_card(teller: Teller, subject: str) -> MechanismCard:
    content, language = teller.content, teller.language
    counts = [count for count in content.mechanisms if count.subject == subject]
    numbers = [
        language.words["mechanism_number"].format(
            k=language.number(count.share.k), share=language.percent(count.share.value)
        )
        for count in counts
    ]
    labels = [language.mechanism(count.mechanism) for count in counts]
    figure = draw_mechanisms(counts, labels, numbers, rtl=language.rtl)
    label = language.words["mechanism_label"].format(subject=subject_name(subject))
    caption = _mechanism_caption(teller, subject, counts)
    return MechanismCard(subject, figure, Markup(inline(figure.svg(), label)), caption, counts)  # noqa: S704 - written by an allow list


def _mechanism_caption(teller: Teller, subject: str, counts: Sequence[MechanismCount]) -> Markup:
    """How many measurements that is, and the mechanisms there was no room for."""
    language = teller.language
    n = language.count(counts[0].share.n, "measurement")
    rest = counts[0].share.n - sum(count.share.k for count in counts)
    if not rest:
        return language.say("caption_mechanisms", measurements=n)
    shown = {count.mechanism for count in counts}
    cells = [cell for cell in teller.content.cells if cell.subject == subject]
    codes = sorted({code for cell in cells for code, _ in cell.mechanisms} - shown)
    names = _names(language, [code or language.mechanism(code) for code in codes[:MAX_NAMES]], len(codes))
    return language.say("caption_mechanisms_some", measurements=n, k=language.number(rest), names=names)


def _history_card(teller: Teller, history: History) -> HistoryCard:
    language, bins, host = teller.language, teller.content.history_bins, history.host
    percents = [(value, language.percent(value)) for value in (0.0, 0.5, 1.0)]
    figure = draw_history(history, bins, _axis(bins, language), percents)
    plain = language.words["history_label"].format(
        domain=inert(host.domain), network=language.network(host.network)
    )
    rows = [(language.day(first_day(bins, place)), share) for place, share in sorted(history.shares.items())]
    evidence = teller.evidence(host)
    return HistoryCard(host, figure, Markup(inline(figure.svg(), plain)), plain, evidence, rows)  # noqa: S704 - written by an allow list


def _quality(teller: Teller) -> list[tuple[str, str]]:
    """What was counted, with its words."""
    language, quality = teller.language, teller.content.quality

    def part(k: int) -> str:
        """A number of measurements, with its share of all."""
        if not k or not quality.n:
            return language.number(k)
        return language.say(
            "quality_of",
            k=language.number(k),
            n=language.number(quality.n),
            share=language.percent(share_of(k, quality.n).value),
        )

    return [
        (language.number(quality.files), language.words["quality_files"]),
        (language.number(quality.refused_lines), language.words["quality_refused"]),
        (part(quality.inconclusive), language.words["quality_inconclusive"]),
        (part(quality.uncontrolled), language.words["quality_uncontrolled"]),
        (part(quality.contaminated), language.words["quality_contaminated"]),
        (part(quality.worldwide_down), language.words["quality_down"]),
        (part(quality.unknown_network), language.words["quality_unknown"]),
        (part(quality.rejudged), language.words["quality_rejudged"]),
    ]
