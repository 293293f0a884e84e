"""The files that deploy a probe fit the program: what they set exists, and what bounds a run is shorter than what kills it."""

import re
import tomllib
from pathlib import Path

import pytest

from probe.cli.sizes import parse_size
from probe.cli.units import parse_duration
from probe.settings import RUN, Document, read

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
KUBERNETES = (DEPLOY / "kubernetes" / "reachprobe.yaml").read_text(encoding="utf-8")
SERVICE = (DEPLOY / "systemd" / "reachprobe.service").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BOUNDS = ("max_runtime", "max_bytes", "keep", "max_disk")


def of_kubernetes() -> str:
    """The config.toml in the ConfigMap."""
    block = re.search(r"  config\.toml: \|\n((?:    .*\n)+)", KUBERNETES)
    assert block is not None
    return re.sub(r"^    ", "", block[1], flags=re.MULTILINE)


CONFIGURATIONS = {
    "image": (DEPLOY / "container" / "config.toml").read_text(encoding="utf-8"),
    "Kubernetes": of_kubernetes(),
}


def text_of(document: Document, key: str) -> str:
    """What `document` says of `key` in [run]."""
    entry = document.entry("run", key)
    assert entry is not None, key
    return str(entry.value)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_configuration_is_read_and_bounds_a_run(name: str) -> None:
    """Each key is one that the program knows, and time, bytes, age and disk have an end."""
    document = read(CONFIGURATIONS[name].encode(), name)
    assert all(text_of(document, key) for key in BOUNDS)
    assert text_of(document, "resume_interrupted") == "True"


def test_what_kills_a_run_waits_for_it() -> None:
    """An interrupted run and a new one, each as long as it may be, end before Kubernetes and systemd lose patience."""
    limit = int(re.search(r"activeDeadlineSeconds: (\d+)", KUBERNETES)[1])  # type: ignore[index]
    assert limit > parse_duration(text_of(read(CONFIGURATIONS["Kubernetes"].encode(), "k"), "max_runtime"))
    patience = re.search(r"TimeoutStartSec=(\w+)min", SERVICE)[1]  # type: ignore[index]
    assert int(patience) * 60 > parse_duration(re.search(r"PROBE_MAX_RUNTIME=(\w+)", SERVICE)[1])  # type: ignore[index]


def test_the_volume_has_room_for_what_is_kept() -> None:
    """The claim is larger than `max_disk`."""
    claim = int(re.search(r"storage: (\d+)Gi", KUBERNETES)[1]) << 30  # type: ignore[index]
    assert claim > parse_size(text_of(read(CONFIGURATIONS["Kubernetes"].encode(), "k"), "max_disk"))


@pytest.mark.parametrize(
    "text", [SERVICE, DOCKERFILE, KUBERNETES, (DEPLOY / "compose" / "compose.yaml").read_text("utf-8")]
)
def test_each_variable_is_one_that_the_program_knows(text: str) -> None:
    """A misspelled PROBE_… would be a setting that nobody obeys."""
    known = {option.env for option in RUN.options} | {"PROBE_CONSENT", "PROBE_CONFIG"}
    assert set(re.findall(r"\bPROBE_[A-Z_]+\b", text)) <= known


def test_nothing_consents_for_the_operator() -> None:
    """In no file that is handed out has consent been given."""
    for path in (*DEPLOY.rglob("*"), ROOT / "Dockerfile"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            given = re.findall(r"^[^#\n]*\bPROBE_CONSENT\s*[=:][ \t]*\"?([\w.]+)", text, re.MULTILINE)
            assert not given, (path, given)
    assert re.search(r'- name: PROBE_CONSENT\n +value: ""', KUBERNETES)


def test_what_the_image_is_built_of_reaches_the_build() -> None:
    """Each source that is copied from the context is let through by .dockerignore."""
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")
    }
    copied = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if re.match(r"COPY (?!--from)", line)]
    for source in (name.rstrip("/") for names in copied for name in names):
        assert any(source == name or source.startswith(f"{name}/") for name in let_through), source
        assert (ROOT / source).exists(), source


def test_the_image_is_of_the_locked_version_of_python() -> None:
    """The locks were made for the Python that the image has."""
    versions = set(re.findall(r"^FROM python:(\d\.\d+)-slim", DOCKERFILE, re.MULTILINE))
    lock = (ROOT / "tools" / "lock.py").read_text(encoding="utf-8")
    assert versions == set(re.findall(r'^PYTHON = "(.*)"', lock, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11"
