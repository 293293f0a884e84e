"""The two files beside a run's records: the plan while it is unfinished, the manifest once it has ended.

Only their shape lives here; when they are written and removed is said in `probe.results`. They are exact in both
directions: a key that is not listed is refused, and a change of shape changes `format`.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

MOMENT = "%Y-%m-%d %H:%M:%S"
"""How df-000 writes a time, always UTC."""

Outcome = Literal["complete", "stopped", "network_unusable", "deadline", "budget"]
Key = tuple[str, str | None]
"""What a record is a record of: `test_name` and `input`; a test without an input has None."""


def parse_moment(text: str) -> datetime:
    """The moment that `text` names; raises `ValueError` for anything but `YYYY-MM-DD HH:MM:SS`."""
    return datetime.strptime(text, MOMENT).replace(tzinfo=UTC)


def _checked(text: str) -> str:
    parse_moment(text)
    return text


Moment = Annotated[str, AfterValidator(_checked), Field(description="UTC, YYYY-MM-DD HH:MM:SS")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Vantage(_Part):
    """Where the measuring network is, as declared: ISO 3166 country (ZZ unknown) and AS number (AS0 unknown)."""

    country: str = Field(pattern=r"^[A-Z0-9]{2}$")
    asn: str = Field(pattern=r"^AS(0|[1-9][0-9]{0,9})$")


class ListUsed(_Part):
    """A list that was read: what it is called, the SHA-256 of its bytes, how many lines were taken and refused."""

    name: str
    sha256: str
    targets: int = Field(ge=0)
    rejected: int = Field(ge=0)


class PlannedTarget(_Part):
    """One target of a plan: the test, its input, and where in which list it came from."""

    test_name: str
    input: str | None
    category_code: str | None = None
    platform: str | None = None
    role: str | None = None
    list_name: str
    list_sha256: str
    line: int = Field(description="1-based line in the list")

    @property
    def key(self) -> Key:
        """What the record of this target will have as `test_name` and `input`."""
        return self.test_name, self.input


class _Run(_Part):
    """What is known of a run from its start."""

    format: Literal[1] = 1
    run_id: str
    report_id: str
    started: Moment
    command: list[str] = Field(description="the command as given, without names of folders or users")
    options: dict[str, str] = Field(description="options that differ from the default")
    vantage: Vantage
    lists: list[ListUsed]
    annotations: dict[str, str] = Field(
        default_factory=dict, description="what every record of the run carries"
    )
    seed: int | None = Field(default=None, description="decides the order of targets")
    resumed: int = Field(default=0, ge=0, description="how often the run was gone on with")


class Plan(_Run):
    """`NAME.plan.json`: written first, removed when every target has a record. Its presence means: unfinished."""

    software_name: str
    software_version: str
    targets: list[PlannedTarget]
    unusable: bool = Field(
        default=False,
        description="the network was found unusable once: what was tried in vain is to be measured again",
    )

    @model_validator(mode="after")
    def _plan_each_once(self) -> Self:
        seen = set[Key]()
        for target in self.targets:
            if target.key in seen:
                raise ValueError(f"{target.test_name} {target.input} is planned twice")
            seen.add(target.key)
        return self


class Counts(_Part):
    """Targets planned, those with a record, those without; bytes in `NAME.torn`, set aside from broken lines."""

    planned: int = Field(ge=0)
    measured: int = Field(ge=0)
    missing: int = Field(ge=0)
    torn_bytes: int = Field(ge=0)


class Manifest(_Run):
    """`NAME.manifest.json`: written when a run ends. With a plan still beside it the run can be gone on with."""

    finished: Moment
    outcome: Outcome
    versions: dict[str, str] = Field(description="reachprobe, python, openssl and the libraries that measure")
    counts: Counts
    records_file: str = Field(description="file name, in the same folder")
    records_bytes: int = Field(ge=0)
    records_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
