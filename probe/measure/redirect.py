"""Where an answer sends us next: Location, resolved against the URL it came from. Pure."""

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from probe.measure.fetch import Answer
from probe.measure.place import Place, locate
from probe.testlist import normalise

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 10
"""Followed in one journey, as OONI's client and most browsers' half (measurer.go)."""

LOCATION_CAP = 8192


@dataclass(frozen=True, slots=True)
class Next:
    """The next hop, or why there is none although the answer is a redirect."""

    place: Place | None
    problem: str | None = None


def follow(answer: Answer, here: Place) -> Next | None:
    """What `answer` asks for next; None when it is no redirect, or one without Location."""
    if answer.status not in REDIRECTS:
        return None
    values = answer.values(b"location")
    if not values:
        return None
    location = values[0].decode("utf-8", "replace").strip()
    if not location:
        return Next(None, "empty Location")
    if len(location) > LOCATION_CAP:
        return Next(None, f"Location of {len(location)} characters")
    return _resolve(location, here)


def _resolve(location: str, here: Place) -> Next:
    try:
        parts = urlsplit(location)
        if parts.scheme and not parts.netloc:  # urljoin would take "http:///x" as a path of the same host
            return Next(None, "Location with a scheme and no host")
        return Next(locate(normalise(urljoin(here.url, location))))
    except ValueError as error:
        return Next(None, f"{error}"[:200])
