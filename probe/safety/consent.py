"""Consent: a text with a version, and whether this machine's user has agreed to that version."""

import json
import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

CONSENT_VERSION = "1"
"""Counted up when what is contacted, recorded or risked changes: consent to an older text does not count."""

VARIABLE = "PROBE_CONSENT"
NOWHERE = Path(os.devnull)
LANGUAGES = ("en", "fa")


def text(language: str = "en") -> str:
    """The one screen that says what is contacted, recorded and risky; raises `ValueError` for an unknown language."""
    if language not in LANGUAGES:
        raise ValueError(f"no text in {language!r}; there are: {', '.join(LANGUAGES)}")
    return files("probe.safety").joinpath(f"consent_{language}.txt").read_text(encoding="utf-8")


def home() -> Path:
    """This user's home; a place that holds nothing for a user whom the system does not know, as in some containers."""
    try:
        return Path.home()
    except RuntimeError:
        return NOWHERE


def consent_path(environ: Mapping[str, str], platform: str, home: Path) -> Path:
    """Where consent is kept; `platform` as `sys.platform` has it."""
    if platform == "win32":
        base = Path(environ.get("APPDATA") or home / "AppData" / "Roaming")
    elif platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return base / "reachprobe" / "consent.json"


def granted(environ: Mapping[str, str], path: Path) -> bool:
    """Whether consent to the current text was given, in the environment or in the file."""
    return CONSENT_VERSION in (environ.get(VARIABLE, ""), given(path))


def given(path: Path) -> str | None:
    """The version that the file at `path` agrees to, None when there is none or it cannot be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    version = content.get("version") if isinstance(content, dict) else None
    return version if isinstance(version, str) else None


def give(path: Path, version: str = CONSENT_VERSION) -> None:
    """Note consent to `version`; raises `OSError` when the file cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"version": version}) + "\n", encoding="utf-8")
    draft.replace(path)


def revoke(path: Path) -> bool:
    """Forget consent; False when there was none."""
    existed = path.exists()
    path.unlink(missing_ok=True)
    return existed
