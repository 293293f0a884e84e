"""Consent, from its text to what counts: nothing is sent without it."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from probe.safety import consent
from tests.cli.running import environment, invoke


def state(home: Path, **environ: str) -> object:
    """Whether consent counts."""
    return json.loads(invoke("consent", "show", "--json", home=home, **environ).stdout)["given"]


def test_without_consent_nothing_is_sent(tmp_path: Path) -> None:
    """Exit 3, a sentence that says what to do, no file."""
    done = invoke("run", "-o", str(tmp_path / "out"), home=tmp_path)
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.startswith("Nothing was sent: your consent is missing.\n")
    assert f"PROBE_CONSENT={consent.CONSENT_VERSION}" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["0", "yes", "", "11"])
def test_consent_to_another_text_does_not_count(value: str, tmp_path: Path) -> None:
    """PROBE_CONSENT must name the present version."""
    assert invoke("run", home=tmp_path, PROBE_CONSENT=value).exit_code == 3
    assert state(tmp_path, PROBE_CONSENT=value) is False


def test_the_round_trip(tmp_path: Path) -> None:
    """Shown, given, shown, revoked, revoked again; each says what is the case now."""
    assert state(tmp_path) is False
    assert "You have not agreed" in invoke("consent", "show", home=tmp_path).stderr
    given = invoke("consent", "give", "--yes", home=tmp_path)
    assert (given.exit_code, given.stdout) == (0, "")
    assert state(tmp_path) is True
    assert "You have agreed" in invoke("consent", "show", home=tmp_path).stderr
    assert "taken back" in invoke("consent", "revoke", home=tmp_path).stderr
    assert state(tmp_path) is False
    again = invoke("consent", "revoke", home=tmp_path)
    assert (again.exit_code, again.stderr) == (0, "There was no consent to take back.\n")
    assert invoke("run", home=tmp_path).exit_code == 3


def test_what_was_agreed_to_before_the_text_changed(tmp_path: Path) -> None:
    """Does not count, and is said."""
    invoke("consent", "give", "--yes", home=tmp_path)
    (file,) = tmp_path.rglob("consent.json")
    file.write_text('{"version": "0"}')
    assert "You have agreed to version 0; this is version" in invoke("consent", "show", home=tmp_path).stderr
    assert invoke("run", home=tmp_path).exit_code == 3


def test_the_environment_outlives_a_revocation(tmp_path: Path) -> None:
    """Which is said, since it would surprise."""
    now = {"PROBE_CONSENT": consent.CONSENT_VERSION}
    assert "PROBE_CONSENT is still set" in invoke("consent", "revoke", home=tmp_path, **now).stderr
    assert state(tmp_path, **now) is True


@pytest.mark.parametrize(("language", "words"), [("en", "WHAT IS RISKY"), ("fa", "چه خطری دارد")])
def test_the_text_in_each_language(language: str, words: str, tmp_path: Path) -> None:
    """On standard output, within eighty columns; what it means for now goes to people."""
    done = invoke("consent", "show", "--lang", language, home=tmp_path)
    assert done.exit_code == 0
    assert words in done.stdout
    assert done.stdout == consent.text(language)
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_nobody_agrees_for_somebody_else(tmp_path: Path) -> None:
    """Without a terminal there is nobody to ask; a script must say that it is one."""
    done = invoke("consent", "give", home=tmp_path, stdin="y\n")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "consent give --yes" in done.stderr
    assert state(tmp_path) is False


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    """One line with the place and the reason."""
    file = tmp_path / "file"
    file.touch()
    done = invoke("consent", "give", "--yes", home=file, XDG_CONFIG_HOME=str(file))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(str(file))
    assert done.stderr.endswith("cannot be written: Not a directory\n")


def test_a_consent_that_cannot_be_deleted(tmp_path: Path) -> None:
    """It counts still, and that is said."""
    (tmp_path / "reachprobe" / "consent.json").mkdir(parents=True)
    done = invoke("consent", "revoke", home=tmp_path, XDG_CONFIG_HOME=str(tmp_path))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "consent.json: cannot be deleted: " in done.stderr
    assert done.stderr.endswith("Your consent still counts.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("typed", "code", "counts"), [("y\n", 0, True), ("n\n", 1, False), ("\n", 1, False)])
def test_asked_at_a_terminal(typed: str, code: int, tmp_path: Path, *, counts: bool) -> None:
    """The text in the language that was asked for, a question, and the answer counts; no answer is a no."""
    import pty  # noqa: PLC0415 - there is none on Windows

    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "probe", "consent", "give", "--lang", "fa"]
    with subprocess.Popen(
        command, stdin=follower, stdout=follower, stderr=follower, cwd=tmp_path, env=environment(tmp_path)
    ) as process:
        os.close(follower)
        seen = _until("[y/N]: ", leader)
        os.write(leader, typed.encode())
        assert process.wait(20) == code
    os.close(leader)
    assert "چه خطری دارد" in seen
    assert state(tmp_path) is counts


def _until(prompt: str, terminal: int) -> str:
    """What a terminal shows up to `prompt`."""
    shown = b""
    while prompt.encode() not in shown:
        assert select.select([terminal], [], [], 20)[0], shown
        shown += os.read(terminal, 65536)
    return shown.decode()
