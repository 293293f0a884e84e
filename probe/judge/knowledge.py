"""What a judge knows beside the records: fingerprints, and whose addresses are whose. Made once, handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from probe.judge.fingerprints import Fingerprints
from probe.judge.netinfo import NetInfo


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The tables that verdicts rest on."""

    fingerprints: Fingerprints
    netinfo: NetInfo

    @classmethod
    def packaged(cls) -> Self:
        """What is shipped."""
        return cls(Fingerprints.packaged(), NetInfo.packaged())

    @classmethod
    def load(cls, fingerprints: Sequence[Path] = (), netinfo: Path | None = None) -> Self:
        """What is shipped, with the user's `fingerprints` beside it and his table of addresses instead of it.

        Raises `FingerprintFileError`, `NetInfoError`.
        """
        known = Fingerprints.packaged()
        return cls(
            known.extended(fingerprints) if fingerprints else known,
            NetInfo.from_mmdb(netinfo) if netinfo else NetInfo.packaged(),
        )

    @property
    def version(self) -> str:
        """Which tables these are, for the record."""
        return f"fingerprints {self.fingerprints.digest}; addresses {self.netinfo.date}"

    def asn(self, ip: str) -> int:
        """Number of the system that announces `ip`; 0: not known."""
        origin = self.netinfo.lookup(ip)
        return origin.asn if origin else 0
