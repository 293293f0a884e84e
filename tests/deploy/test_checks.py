"""The checks of locks and crontabs find what is wrong: each mistake that matters, by its name."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CRONTAB = (ROOT / "deploy" / "cron" / "reachprobe").read_text(encoding="utf-8")


def run(tool: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`tool` with `arguments`, to its end."""
    command = [sys.executable, str(tool), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


@pytest.fixture
def lock_tool(tmp_path: Path) -> Path:
    """The lock tool in a project of its own: this one's, to be spoiled."""
    (tmp_path / "tools").mkdir()
    shutil.copytree(ROOT / "locks", tmp_path / "locks")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return Path(shutil.copy(ROOT / "tools" / "lock.py", tmp_path / "tools"))


def test_the_locks_fit(lock_tool: Path) -> None:
    """As they are, nothing is wrong with them."""
    done = run(lock_tool, "--check")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("httpx==", "httpx-other==", "httpx is missing"),
        ("typer==0.", "typer==0.0.", "is not >="),
        ("    --hash=sha256:", "    --hash=md5:", "neither a pin nor a hash"),
        (
            "annotated-types==",
            "--index-url https://index.example/\nannotated-types==",
            "neither a pin nor a hash: --index-url",
        ),
        ("h2==", "h2>=", "neither a pin nor a hash: h2>="),
    ],
)
def test_a_lock_that_does_not_fit(lock_tool: Path, before: str, after: str, told: str) -> None:
    """A package gone, one too old, a weak hash, an address, a version that floats."""
    lock = lock_tool.parent.parent / "locks" / "image.txt"
    text = lock.read_text(encoding="utf-8")
    spoiled = (
        text.replace(before, after, 1)
        if "\n" + before not in text
        else text.replace("\n" + before, "\n" + after, 1)
    )
    assert spoiled != text
    lock.write_text(spoiled, encoding="utf-8")
    done = run(lock_tool, "--check")
    assert done.returncode == 1
    assert told in done.stderr


def test_the_crontab_is_as_cron_wants_it() -> None:
    """As it is, nothing is wrong with it."""
    done = run(ROOT / "tools" / "check_crontab.py", str(ROOT / "deploy" / "cron" / "reachprobe"))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("\\%", "%", "% without a backslash"),
        ("0 */6 * * *", "0 */6 * *", "0 */6 * * reachprobe"),
        ("0 */6 * * *", "61 */6 * * *", "61 */6"),
        ("$((", "$((((", "yntax error"),
        ("logger -t reachprobe\n", "logger -t reachprobe", "has no end"),
        ("\n0 ", "\n#0 ", "no job"),
    ],
)
def test_a_crontab_with_a_mistake(tmp_path: Path, before: str, after: str, told: str) -> None:
    """What cron would read otherwise than meant."""
    assert before in CRONTAB
    file = tmp_path / "crontab"
    file.write_text(CRONTAB.replace(before, after), encoding="utf-8")
    done = run(ROOT / "tools" / "check_crontab.py", str(file))
    assert done.returncode == 1
    assert told in done.stderr
