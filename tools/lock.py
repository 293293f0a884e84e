"""The lock files of the image: every package with its version and the SHA-256 of each of its files, for all platforms.

    python tools/lock.py            make locks/ anew, with the newest versions that pyproject.toml allows
    python tools/lock.py --check    offline: do the locks fit pyproject.toml, is everything pinned and hashed, is no address in them?
    python tools/lock.py --try      fetch what the locks name for amd64 and arm64, wheels only; nothing is installed

`locks/image.txt` is what runs in the image, `locks/build.txt` what its wheel is built with. Making them needs uv
(`pip install uv`); pip installs from them (`--require-hashes`). Which index is asked is the machine's business, not the locks'.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYTHON = "3.13"
"""The image's."""
EXTRAS = ("schedule", "lab", "netinfo")
"""What goes into the image beside the core: its scheduler and metrics, the lab it proves itself in, the reader of address tables."""
IMAGE, BUILD = ROOT / "locks" / "image.txt", ROOT / "locks" / "build.txt"

PLATFORMS = {
    "amd64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "arm64": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
}
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
OPTIONS = (
    "--universal", "--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links",
    "--no-annotate", "--quiet", "--upgrade", f"--python-version={PYTHON}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What pyproject.toml asks for."""

    image: list[Requirement]
    build: list[Requirement]

    @classmethod
    def read(cls) -> "Wanted":
        """From the project's own file."""
        content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        project = content["project"]
        extras = [line for extra in EXTRAS for line in project["optional-dependencies"][extra]]
        image = [Requirement(line) for line in (*project["dependencies"], *extras)]
        return cls(image, [Requirement(line) for line in content["build-system"]["requires"]])


def make(path: Path, wanted: list[Requirement]) -> None:
    """Write `path` anew."""
    with tempfile.NamedTemporaryFile("w", suffix=".in", encoding="utf-8") as source:
        source.write("".join(f"{requirement}\n" for requirement in wanted))
        source.flush()
        command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, source.name, "-o", str(path)]
        subprocess.run(command, check=True)
    print(f"{path.relative_to(ROOT)}: {len(pins_of(path.read_text(encoding='utf-8'))[0])} packages")


def pins_of(text: str) -> tuple[dict[str, str], list[str]]:
    """Name to version, and every line that is neither a pin nor a hash: an address, an option, a pin without hash."""
    pins: dict[str, str] = {}
    strange = []
    for line in text.splitlines():
        if found := PIN.match(line):
            pins[canonicalize_name(found[1])] = found[2]
        elif not HASH.match(line) and line and not line.startswith("#"):
            strange.append(line)
    return pins, strange


def faults(path: Path, wanted: list[Requirement]) -> list[str]:
    """What is wrong with the lock at `path`, as sentences."""
    name = path.relative_to(ROOT)
    pins, strange = pins_of(path.read_text(encoding="utf-8"))
    found = [f"{name}: neither a pin nor a hash: {line}" for line in strange]
    for requirement in wanted:
        version = pins.get(canonicalize_name(requirement.name))
        if version is None:
            found.append(f"{name}: {requirement.name} is missing")
        elif version not in requirement.specifier:
            found.append(f"{name}: {requirement.name} {version} is not {requirement.specifier}")
    return found


def fetch(path: Path) -> None:
    """Fetch all that `path` names, for each platform, into a folder that goes away."""
    for platform, tags in PLATFORMS.items():
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
            command += ["--only-binary=:all:", f"--python-version={PYTHON}", "--implementation=cp"]
            command += [word for tag in tags for word in ("--platform", tag)]
            subprocess.run([*command, "-r", str(path), "-d", folder], check=True)
            files = list(Path(folder).iterdir())
            size = sum(file.stat().st_size for file in files)
            print(f"{path.relative_to(ROOT)} for {platform}: {len(files)} wheels, {size / 1e6:.1f} MB")


def main() -> int:
    """Do what is asked; 1 when a lock is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--try", dest="fetch", action="store_true")
    asked = parser.parse_args()
    wanted = Wanted.read()
    locks = {IMAGE: wanted.image, BUILD: wanted.build}
    if asked.fetch:
        for path in locks:
            fetch(path)
        return 0
    if not asked.check:
        IMAGE.parent.mkdir(exist_ok=True)
        for path, requirements in locks.items():
            make(path, requirements)
    found = [fault for path, requirements in locks.items() for fault in faults(path, requirements)]
    for fault in found:
        print(fault, file=sys.stderr)
    if not found:
        print("the locks fit pyproject.toml")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
