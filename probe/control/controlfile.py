"""Control files: the same targets measured in an open network by the same tool, carried here by any means.

A control file is an ordinary results file, plain or gzipped, with its manifest beside it if it still has one. Reading
keeps of each record what a helper would have answered, packed, and nothing else: memory grows with the number of
targets and not with the size of their pages. Nothing here says how old is too old: `age_s` is a fact, the rest the
judge's.
"""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from probe.control.answer import ControlAnswer
from probe.control.distil import control_of
from probe.control.measurement import Asn, unknown_asn
from probe.control.protocol import write_answer
from probe.record import UnreadableRecordError, WebMeasurement, read_measurement
from probe.record.control import Control
from probe.record.runfile import Manifest, parse_moment
from probe.results import RunFiles, lines_of
from probe.testlist import BadUrlError, normalise

MAX_INPUTS = 200_000
"""Targets of one file; all lists together have 40,000."""

MAX_MANIFEST = 4 << 20
CHUNK = 1 << 20


class ControlFileError(ValueError):
    """A file that cannot serve as control; the message says why and what to do."""


@dataclass(slots=True)
class ControlFile:
    """A control file in memory. Times are UTC, `YYYY-MM-DD HH:MM:SS`.

    `vantage`: country and AS number it was measured from. `measured`: the first and the last time in it.
    `verified`: its bytes are those that its manifest names. `refused`: lines that are no record of ours, or say
    nothing of their target.
    """

    name: str
    sha256: str
    verified: bool
    vantage: tuple[str, str] | None = None
    measured: tuple[str, str] | None = None
    refused: int = 0
    _packed: dict[str, bytes] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, path: Path, asn: Asn = unknown_asn) -> Self:
        """Read `path`, a `.jsonl` or `.jsonl.gz`.

        Raises `ControlFileError` when it cannot be read, is not what its manifest names, or has no record in it.
        """
        try:
            manifest, reader = _manifest_of(path), _Reader(path)
            file = cls(path.name, "", verified=False)
            for measurement in reader.measurements():
                file._take(measurement, asn)
            file.refused += reader.refused
            file.sha256 = reader.sha256
            file.verified = manifest is not None and _matches(manifest, path, reader)
        except OSError as error:
            raise ControlFileError(f"{path}: cannot be read: {error.strerror}") from error
        if manifest is not None:
            file.vantage = (manifest.vantage.country, manifest.vantage.asn)
        if not file._packed:
            raise ControlFileError(f"{path}: no record in it says how a target is seen elsewhere")
        return file

    def __len__(self) -> int:
        return len(self._packed)

    def control_for(self, url: str) -> Control | None:
        """The control of the target `url`, as lists write it or normalised; None when it is not in the file."""
        packed = self._packed.get(url) or self._packed.get(_normal(url))
        return Control.model_validate_json(zlib.decompress(packed)) if packed else None

    def answer(self, url: str, now: float) -> ControlAnswer:
        """What the file says of `url`; `now` is the wall clock, seconds since the epoch."""
        control = self.control_for(url)
        age = now - _epoch(control.x_time) if control and control.x_time else None
        return ControlAnswer(
            control, "file", self.name, age_s=age, verified=self.verified, vantage=self.vantage
        )

    def age_s(self, now: float) -> float:
        """Seconds between the last measurement in the file and `now`; negative when one of the clocks is wrong."""
        return now - _epoch(self.measured[1]) if self.measured else 0.0

    def _take(self, measurement: WebMeasurement, asn: Asn) -> None:
        """Keep what the record says; of several for one target the last one that got an answer, or else the last."""
        control, url = control_of(measurement, asn), measurement.input
        if control is None or url is None or not self._is_better(control, url):
            self.refused += control is None
            return
        if len(self._packed) >= MAX_INPUTS and url not in self._packed:
            raise ControlFileError(f"{self.name}: more than {MAX_INPUTS} targets")
        moment = measurement.measurement_start_time
        try:
            parse_moment(moment)
            self._packed[url] = zlib.compress(write_answer(control), 1)
        except ValueError:  # the 31st of a short month, or half a surrogate pair, which UTF-8 cannot hold
            self.refused += 1
            return
        self.vantage = self.vantage or (measurement.probe_cc, measurement.probe_asn)
        first, last = self.measured or (moment, moment)
        self.measured = (min(first, moment), max(last, moment))

    def _is_better(self, control: Control, url: str) -> bool:
        known = self.control_for(url)
        return known is None or _answered(control) or not _answered(known)


class _Reader:
    """The records of a file, and on the way the digest of its lines."""

    def __init__(self, path: Path) -> None:
        self.refused = 0
        self._path = path
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Of the lines read so far, decompressed; blank ones hold nothing."""
        return self._digest.hexdigest()

    def measurements(self) -> Iterator[WebMeasurement]:
        """Each record of a URL; everything else is counted."""
        for line, _ in lines_of(self._path):
            self._digest.update(line.data)
            if line.reason is not None:
                self.refused += 1
                continue
            try:
                measurement = read_measurement(line.data)
            except UnreadableRecordError:
                self.refused += 1
                continue
            if isinstance(measurement, WebMeasurement):
                yield measurement
            else:
                self.refused += 1


def _manifest_of(path: Path) -> Manifest | None:
    beside = RunFiles(path.with_name(path.name.removesuffix(".gz"))).manifest
    if not beside.exists():
        return None
    if beside.stat().st_size > MAX_MANIFEST:
        raise ControlFileError(f"{beside}: too large for a manifest")
    try:
        return Manifest.model_validate_json(beside.read_bytes())
    except ValidationError as error:
        raise ControlFileError(
            f"{beside}: no manifest of ours; use the one that came with the file"
        ) from error


def _matches(manifest: Manifest, path: Path, reader: _Reader) -> bool:
    """The manifest names the lines; packed by other means, the file may be named as it is. Raises `ControlFileError`."""
    if manifest.records_sha256 in (reader.sha256, _digest_of(path)):
        return True
    raise ControlFileError(
        f"{path}: its bytes are not those that its manifest names: changed, cut short or of another run; copy both again"
    )


def _digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _answered(control: Control) -> bool:
    return control.http_request is not None and control.http_request.failure is None


def _normal(url: str) -> str:
    try:
        return normalise(url)
    except BadUrlError:
        return url


def _epoch(moment: str) -> float:
    """Seconds since the epoch."""
    return parse_moment(moment).timestamp()
