"""A request of the protocol → the answer: look up, check the endpoints and visit the URL at the same time.

What a request may ask for is decided here; what may be contacted, in `guard.py`.
"""

import asyncio
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from probe import __version__
from probe.control.endpoints import Checked, check_all
from probe.control.faults import OwnFaultError
from probe.control.guard import BAD_PORTS, is_bogon
from probe.control.limits import Limits
from probe.control.lookup import LookedUp, look_up
from probe.control.outlook import Outlook
from probe.control.protocol import BadRequestError
from probe.control.visit import Visit
from probe.measure.fetch import HEADERS
from probe.measure.lateness import LatenessWatch
from probe.measure.place import Place, locate
from probe.record.control import (
    AddressFlag,
    Control,
    ControlAddress,
    ControlDns,
    ControlHttp,
    ControlRequest,
    dns_failure,
)
from probe.testlist import BadUrlError, normalise

SOFTWARE = f"reachprobe {__version__}"

HONOURED = frozenset({"user-agent", "accept", "accept-language"})
"""Headers of a probe that are sent on, as OONI's helper does (http.go)."""

HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]{0,1022}[\x21-\x7e])?")

Asn = Callable[[str], int]
"""Address → number of the network it belongs to; 0: not known."""


def unknown_asn(_ip: str) -> int:
    """For helpers without such a table."""
    return 0


class Measurer:
    """Answers requests. `utc_now` gives the time as records write it."""

    def __init__(
        self, outlook: Outlook, limits: Limits, utc_now: Callable[[], str], asn: Asn = unknown_asn
    ) -> None:
        self._outlook, self._limits, self._utc_now, self._asn = outlook, limits, utc_now, asn

    async def measure(self, request: ControlRequest) -> Control:
        """The answer; raises `BadRequestError`, and `OwnFaultError` when this machine could not look, or not in time.

        What fails while this machine is overloaded or stands still may be its own doing: such endpoints are left out,
        and where the GET fails there is no answer.
        """
        place, headers = _place(request.http_request), request_headers(request.http_request_headers)
        theirs = addresses_in((request.tcp_connect or [])[: self._limits.endpoints])
        moment, clock = self._utc_now(), asyncio.get_running_loop().time
        began, lateness = clock(), LatenessWatch(clock)
        watching = asyncio.create_task(lateness.watch())
        try:
            async with asyncio.timeout(self._limits.total):
                named, checked, visit, http = await self._look(place, theirs, headers)
            unheard = lateness.since(began).unheard
        except TimeoutError as error:
            raise OwnFaultError("out of time") from error
        except ExceptionGroup as group:
            if group.subgroup(OwnFaultError) is None:
                raise
            raise OwnFaultError("targets cannot be reached from here") from group
        finally:
            watching.cancel()
        if any(hop.failure in unheard for hop in visit.hops):
            raise OwnFaultError("too much to do")
        checked = [one for one in checked if one.ended not in unheard]
        return Control(
            tcp_connect={one.endpoint: one.tcp for one in checked},
            **_handshakes(checked),
            quic_handshake={},
            http_request=http,
            http3_request=None,
            dns=ControlDns(
                failure=dns_failure(named.failure),
                addrs=[] if place.address else list(named.addresses),
            ),
            ip_info=self._describe(theirs, named, checked, literal=place.address is not None),
            x_hops=visit.hops,
            x_time=moment,
            x_software=SOFTWARE,
        )

    async def _look(
        self, place: Place, theirs: Sequence[str], headers: Sequence[tuple[str, str]]
    ) -> tuple[LookedUp, Sequence[Checked], Visit, ControlHttp]:
        if place.address is not None:
            named = LookedUp((place.address,), None)
        else:
            named = await look_up(self._outlook.setting, place.host)
        visit, addresses = Visit(self._outlook, headers), dict.fromkeys((*named.addresses, *theirs))
        async with asyncio.TaskGroup() as group:
            http = group.create_task(visit.go(place, named))
            checks = group.create_task(check_all(self._outlook, place, addresses, self._limits.endpoints))
        return named, checks.result(), visit, http.result()

    def _describe(
        self, theirs: Sequence[str], named: LookedUp, checked: Iterable[Checked], *, literal: bool
    ) -> dict[str, ControlAddress]:
        ours = () if literal else named.addresses
        valid = {one.ip for one in checked if one.tls is not None and one.tls.failure is None}
        return {
            ip: ControlAddress(
                asn=self._asn(ip),
                flags=flags_of(ip, probe=ip in theirs, helper=ip in ours, valid=ip in valid),
            )
            for ip in dict.fromkeys((*ours, *theirs))
        }


def _place(url: str) -> Place:
    try:
        place = locate(normalise(url))
    except (BadUrlError, ValueError) as error:
        raise BadRequestError("http_request is no URL of a public http or https server") from error
    if place.address is not None and is_bogon(place.address):
        raise BadRequestError("http_request is no URL of a public http or https server")
    if place.port in BAD_PORTS:
        raise BadRequestError("http_request has a port that is not for web servers")
    return place


def request_headers(asked: Mapping[str, Sequence[str]] | None) -> list[tuple[str, str]]:
    """The headers of the GET: those that are honoured as asked for, the others as a probe sends them."""
    wished = {name.lower(): values for name, values in (asked or {}).items() if name.lower() in HONOURED}
    headers = []
    for name, value in HEADERS:
        values = wished.get(name.lower(), [value])[:1]
        if any(not HEADER_VALUE.fullmatch(one) for one in values):
            raise BadRequestError(f"http_request_headers: {name} is no header's value")
        headers += [(name, one) for one in values]
    return headers


def addresses_in(endpoints: Iterable[str]) -> list[str]:
    """The addresses of `ip:port` and `[v6]:port`, each once; what is none is passed over, names are not resolved."""
    found = dict[str, None]()
    for text in endpoints:
        try:
            found[str(ipaddress.ip_address(urlsplit(f"//{text}").hostname or ""))] = None
        except ValueError:
            continue
    return list(found)


def flags_of(ip: str, *, probe: bool = False, helper: bool = False, valid: bool = False) -> int:
    """`ip_info.*.flags` of an address."""
    raised = {
        AddressFlag.FROM_PROBE: probe,
        AddressFlag.FROM_HELPER: helper,
        AddressFlag.BOGON: is_bogon(ip),
        AddressFlag.VALID: valid,
    }
    return sum(int(flag) for flag, is_raised in raised.items() if is_raised)


def _handshakes(checked: Iterable[Checked]) -> dict[str, object]:
    """Absent when there is none, as OONI's helper leaves it out."""
    found = {one.endpoint: one.tls for one in checked if one.tls is not None}
    return {"tls_handshake": found} if found else {}
