"""A record, or what is left of one, to one small row for comparing; equal texts and settings are kept once. Nothing is read here."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from urllib.parse import urlsplit

from probe.record import MarkKind, Measurement, WebConnectivity, WebMeasurement
from probe.record.failure import Failure
from probe.record.identity import uid_of
from probe.record.measurement import UNKNOWN_RESOLVER
from probe.record.runfile import Plan
from probe.record.verdict import Verdict
from probe.report.compare.row import NOWHERE, Problem, Row, Settings
from probe.testlist.bundled import load_bundled

PLATFORMS = "platforms"
UDP, DOH, SYSTEM = frozenset({"udp", "tcp"}), frozenset({"doh", "doh3", "dot"}), "system"
ANSWERS = frozenset({None, Failure.DNS_NXDOMAIN_ERROR})
"""How look-ups end that somebody answered; a resolver on this machine gives the other failures of itself."""

REFUSALS = frozenset({Failure.CONNECTION_REFUSED, Failure.CONNECTION_RESET})
MAX_TEXT = 2_048
COUNTRY, ASN = re.compile("[A-Z0-9]{2}"), re.compile("AS(0|[1-9][0-9]{0,9})")


class Rows:
    """Makes rows. Texts that come again are kept once, so that a row costs some hundred bytes."""

    def __init__(self) -> None:
        self._texts = dict[str, str]()
        self._settings = dict[Settings, Settings]()
        self._platforms = {
            urlsplit(target.url).hostname or "": (target.platform, target.role)
            for target in load_bundled(PLATFORMS).targets
        }

    def of_record(
        self, record: Measurement, line: bytes, verdict: Verdict | None, recorded: Verdict | None
    ) -> Row:
        """The row of `record`, which stands in `line`; `verdict` by today's rules, `recorded` as it came. None: there are no rules for it, there was none."""
        keys = record.test_keys if isinstance(record, WebMeasurement) else None
        platform, role = self._platform(record, keys)
        return Row(
            test_name=self._text(record.test_name),
            input=self._input(record.input),
            network=(self._text(record.probe_cc), self._text(record.probe_asn)),
            run=self._text((record.annotations or {}).get("run_id") or record.report_id),
            uid=uid_of(record, line),
            started=self._text(record.measurement_start_time),
            platform=platform,
            role=role,
            settings=self._shared(_settings(record, keys, recorded)),
            problem=None if verdict else Problem.NO_RULES,
            alive=keys is None or _network_lived(keys),
            hot=any(mark.kind is MarkKind.ENDPOINT_HOT for mark in (keys and keys.x_marks) or ()),
            lateness=keys.x_client.loop_lateness_ms.p99 if keys and keys.x_client else None,
            **(self._verdict(verdict) if verdict else {}),  # type: ignore[arg-type]
        )

    def of_invalid(self, line: bytes) -> Row | None:
        """A placeholder for the target of a line that is no valid record, if it can still be told; its run may be empty."""
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(data, dict) or not isinstance(data.get("test_name"), str):
            return None
        if not isinstance(data.get("input"), str):
            return None
        country, asn = str(data.get("probe_cc")), str(data.get("probe_asn"))
        known = COUNTRY.fullmatch(country) and ASN.fullmatch(asn)
        notes = data.get("annotations")
        run = (notes.get("run_id") if isinstance(notes, dict) else None) or data.get("report_id") or ""
        return Row(
            test_name=self._text(data["test_name"]),
            input=self._input(data["input"]),
            network=(country, asn) if known else NOWHERE,
            run=self._text(str(run)),
            problem=Problem.RECORD_INVALID,
            alive=False,
        )

    def of_plan(self, plan: Plan, measured: Iterable[tuple[str, str | None]]) -> list[Row]:
        """Placeholders for the targets that the run of `plan` did not come to."""
        done = set(measured)
        return [
            Row(
                test_name=self._text(target.test_name),
                input=self._input(target.input),
                network=(plan.vantage.country, plan.vantage.asn),
                run=plan.run_id,
                platform=self._optional(target.platform),
                role=self._optional(target.role),
                problem=Problem.NOT_MEASURED,
                alive=False,
            )
            for target in plan.targets
            if target.key not in done
        ]

    def _verdict(self, verdict: Verdict) -> dict[str, object]:
        return {
            "status": verdict.status,
            "confidence": verdict.confidence,
            "layer": verdict.layer,
            "mechanisms": tuple(verdict.mechanisms),
            "rule": self._text(verdict.rules[0] if verdict.rules else ""),
            "detail": self._optional(verdict.detail),
            "host": self._optional(verdict.host),
            "hop": verdict.hop,
            "control": verdict.control.kind,
            "control_age": verdict.control.age_s,
        }

    def _platform(self, record: Measurement, keys: WebConnectivity | None) -> tuple[str | None, str | None]:
        if keys is not None and keys.x_platform is not None:
            return self._optional(keys.x_platform.platform), self._optional(keys.x_platform.role)
        try:
            host = urlsplit(record.input or "").hostname or ""
        except ValueError:
            host = ""
        return self._platforms.get(host.rstrip("."), (None, None))

    def _text(self, text: str) -> str:
        text = text[:MAX_TEXT]
        return self._texts.setdefault(text, text)

    def _input(self, text: str | None) -> str | None:
        """As `_text`, but two that begin alike stay two."""
        if text is None or len(text) <= MAX_TEXT:
            return self._optional(text)
        digest = sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
        return self._text(f"{text[: MAX_TEXT - 20]}… {digest}")

    def _optional(self, text: str | None) -> str | None:
        return None if text is None else self._text(text)

    def _shared(self, settings: Settings) -> Settings:
        return self._settings.setdefault(settings, settings)


def _network_lived(keys: WebConnectivity) -> bool:
    """Whether something beyond this machine answered: a resolver, or an address."""
    network = keys.x_network
    if network is not None and network.alive is not False and any(network.resolvers.values()):
        return True
    if any(flow.status.success or flow.status.failure in REFUSALS for flow in keys.tcp_connect or ()):
        return True
    return any(query.failure in ANSWERS for query in keys.queries or ())


def _settings(record: Measurement, keys: WebConnectivity | None, recorded: Verdict | None) -> Settings:
    tables = f"{recorded.ruleset}; {recorded.knowledge or '-'}" if recorded else "-"
    common = Settings(
        software=f"{record.software_name} {record.software_version}"[:MAX_TEXT],
        ruleset=tables[:MAX_TEXT],
        resolvers=_few(_systems_resolver(record)),
        network_type=(record.annotations or {}).get("network_type", "")[:MAX_TYPE].lower(),
    )
    if keys is None:
        return common
    asked = {(query.engine, query.resolver_address) for query in keys.queries or () if query.resolver_address}
    resolvers = {address for engine, address in asked if engine in UDP and address}
    client = keys.x_client
    return replace(
        common,
        list_name=keys.x_list.name[:MAX_TEXT] if keys.x_list else "",
        list_sha256=keys.x_list.sha256[:64] if keys.x_list else "",
        resolvers=_few(
            {*common.resolvers, *resolvers, *(keys.x_network.resolvers if keys.x_network else ())} - {SYSTEM}
        ),
        dohs=_few(address for engine, address in asked if engine in DOH and address),
        proxies=_few(client.proxies_ignored if client else ()),
        roots=client.ca_bundle[:64] if client else "",
        tls=client.openssl[:MAX_TEXT] if client else "",
    )


def _systems_resolver(record: Measurement) -> Iterable[str]:
    """Where OONI's client found the system's resolver to be: its network, whose addresses come and go, or else its address."""
    if record.resolver_asn and record.resolver_asn != NOWHERE[1]:
        yield record.resolver_asn
    elif record.resolver_ip and record.resolver_ip != UNKNOWN_RESOLVER:
        yield record.resolver_ip


MAX_TYPE = 64
MAX_SETTING = 16


def _few(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({text[:MAX_TEXT] for text in texts})[:MAX_SETTING])
