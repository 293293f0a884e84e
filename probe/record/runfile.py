"""The two files beside a run's records: the plan while it is unfinished, the manifest once it has ended."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 1


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ListUsed(_File):
    """A list that was read: what it was called, the SHA-256 of its bytes, and what it held."""

    name: str
    sha256: str
    targets: int
    rejected: int


class PlannedTarget(_File):
    """One target of a plan, as `probe.testlist.Target` has it."""

    url: str
    category_code: str | None
    platform: str | None
    role: str | None
    list_name: str
    list_sha256: str
    line: int


class RunFacts(_File):
    """What is known of a run from its start."""

    format: Literal[1] = FORMAT
    run_id: str
    report_id: str
    started: str = Field(description="UTC, YYYY-MM-DD HH:MM:SS")
    country: str
    asn: str
    versions: dict[str, str] = Field(description="reachprobe, python, openssl and the libraries that measure")
    options: dict[str, str] = Field(description="options of the command that differ from the default")
    annotations: dict[str, str]
    lists: list[ListUsed]


class Plan(RunFacts):
    """`NAME.plan.json`: written first, removed when every target is measured. Its presence means: unfinished."""

    seed: int
    test_name: str
    targets: list[PlannedTarget]


class Counts(_File):
    """How many targets were planned and have a record; how often the run was resumed; bytes of torn lines set aside."""

    planned: int
    measured: int
    resumed: int
    torn_bytes: int


class Manifest(RunFacts):
    """`NAME.manifest.json`: written at the end of a run or of each part of it."""

    finished: str = Field(description="UTC, YYYY-MM-DD HH:MM:SS")
    outcome: Literal["complete", "stopped", "deadline", "network_unusable"]
    counts: Counts
    records_file: str
    records_bytes: int
    records_sha256: str
