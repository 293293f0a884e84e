"""How a language writes numbers, shares, days and names. Sentences are `telling.py`'s."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from markupsafe import Markup

from probe.report.page import words_en, words_fa
from probe.report.page.content import Network, Share

MAX_NAME = 100
"""Letters of a host, a URL or a file's name that are shown."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its words, its months, its digits (0 to 9, the thousands' mark, the percent sign)."""

    code: str
    name: str
    rtl: bool
    words: Mapping[str, str]
    mechanisms: Mapping[str, str]
    months: Sequence[str]
    digits: str
    thousands: str
    percent_sign: str

    def say(self, key: str, **values: object) -> Markup:
        """The words of `key` with `values` filled in, each made harmless to HTML unless it is markup already."""
        return Markup(self.words[key]).format(**values)  # noqa: S704 - the words are ours; format escapes the values

    def number(self, value: int) -> str:
        """`12,345`; `۱۲٬۳۴۵`."""
        return self._own(f"{value:,}").replace(",", self.thousands)

    def plain(self, value: int | str) -> str:
        """Digits without a thousands' mark: years, places in a series."""
        return self._own(str(value))

    def percent(self, value: float) -> str:
        """A share as whole percents; never 0 % for something, nor 100 % for less than all."""
        rounded = round(value * 100)
        if rounded == 0 and value > 0:
            return f"< {self._own('1')}{self.percent_sign}"
        if rounded == 100 and value < 1:  # noqa: PLR2004 - percent
            return f"> {self._own('99')}{self.percent_sign}"
        return f"{self._own(str(rounded))}{self.percent_sign}"

    def interval(self, share: Share) -> str:
        """`88 to 97 %`; both ends as whole percents, rounded outwards."""
        low, high = int(share.low * 100), -int(-share.high * 100 // 1)
        return str(
            self.say("interval", low=self._own(str(low)), high=f"{self._own(str(high))}{self.percent_sign}")
        )

    def day(self, day: date) -> str:
        """`10 Sep 2026`."""
        return f"{self.plain(day.day)} {self.months[day.month - 1]} {self.plain(day.year)}"

    def short_day(self, day: date) -> str:
        """`10 Sep`."""
        return f"{self.plain(day.day)} {self.months[day.month - 1]}"

    def count(self, value: int, noun: str) -> str:
        """`1 run`, `2 runs`."""
        return self.words[f"one_{noun}" if value == 1 else f"many_{noun}"].format(n=self.number(value))

    def network(self, network: Network) -> str:
        """`AS58224 (IR)`, or what is known of it; Latin letters and digits in every language, as in the records."""
        asn = f"AS{network.asn}" if network.asn else self.words["unknown_asn"]
        country = inert(network.country) if network.country != "ZZ" else self.words["unknown_country"]
        return f"{asn} ({country})" if network.asn or network.country != "ZZ" else asn

    def join(self, names: Sequence[str | Markup], most: int = 4) -> Markup:
        """`a, b and c`; beyond `most` names `a, b, c and 7 more`."""
        if len(names) > most:
            some = Markup(self.words["list_comma"]).join(names[: most - 1])  # noqa: S704 - our words
            return self.say("and_more", names=some, count=self.number(len(names) - most + 1))
        if len(names) < 2:  # noqa: PLR2004 - nothing to join
            return Markup("").join(names)
        head = Markup(self.words["list_comma"]).join(names[:-1])  # noqa: S704 - our words
        return head + Markup(self.words["list_and"]) + names[-1]  # noqa: S704 - our words

    def mechanism(self, code: str) -> str:
        """In words; a code that is not known is shown as it is."""
        return self.mechanisms.get(code) or inert(code)

    def _own(self, text: str) -> str:
        return text.translate({ord("0") + value: letter for value, letter in enumerate(self.digits)})


ENGLISH = Language(
    "en", "English", False, words_en.WORDS, words_en.MECHANISMS, words_en.MONTHS, "0123456789", ",", "\u202f%"  # noqa: FBT003
)  # fmt: skip
PERSIAN = Language(
    "fa", "فارسی", True, words_fa.WORDS, words_fa.MECHANISMS, words_fa.MONTHS, "۰۱۲۳۴۵۶۷۸۹", "٬", "٪"  # noqa: FBT003
)  # fmt: skip
LANGUAGES = (ENGLISH, PERSIAN)


def inert(text: str, most: int = MAX_NAME) -> str:
    """`text` from a record, safe to show: what steers a reader's screen or turns text around is shown as `�`; cut at `most`."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join("�" if unicodedata.category(letter) in STEERING else letter for letter in cut)


STEERING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's controls, marks that turn or hide text, halves of pairs, private and unassigned letters, line ends."""


PLATFORMS: Mapping[str, str] = MappingProxyType({
    name.lower(): name
    for name in (
        "Amnezia", "App Store", "BBC Persian", "Bluesky", "ChatGPT", "Clubhouse", "Discord", "DW",
        "Element", "Facebook", "GitHub", "Google Meet", "Google Play", "imo", "Instagram",
        "Iran International", "Lantern", "LINE", "LinkedIn", "Manoto", "Medium", "Meduza", "Messenger",
        "Mullvad", "New York Times", "NordVPN", "Outline", "Pinterest", "Proton VPN", "Psiphon",
        "Radio Farda", "Radio Svoboda", "Reddit", "Signal", "Snapchat", "SoundCloud", "Spotify",
        "Telegram", "The Moscow Times", "Threads", "TikTok", "Tor Project", "Twitch", "Viber",
        "VOA Persian", "WhatsApp", "Wikipedia", "Windscribe", "X", "YouTube", "Zoom",
    )
})  # fmt: skip
"""How platforms write themselves; stores have them in small letters."""


def subject_name(subject: str, most: int = MAX_NAME) -> str:
    """A platform's or host's name without markup."""
    return PLATFORMS.get(subject) or inert(subject, most)


def name(text: str, most: int = MAX_NAME) -> Markup:
    """A host, URL, code or file as markup: inert, and from left to right whatever stands around it."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(inert(text, most))
