"""Consent: nothing counts but a yes to the current text."""

from pathlib import Path

import pytest

from probe.safety import consent


def test_given_and_revoked(tmp_path: Path) -> None:
    """Given once it counts until it is taken back."""
    path = tmp_path / "deep" / "consent.json"
    assert not consent.granted({}, path)
    consent.give(path)
    assert consent.granted({}, path)
    assert consent.revoke(path)
    assert not consent.granted({}, path)
    assert not consent.revoke(path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1}', '{"version": "0"}', "\xff"])
def test_old_or_broken_file_does_not_count(tmp_path: Path, content: str) -> None:
    """Another version, or a file that cannot be read, is no consent."""
    path = tmp_path / "consent.json"
    path.write_text(content, encoding="latin-1")
    assert not consent.granted({}, path)


@pytest.mark.parametrize(
    ("value", "counts"), [(consent.CONSENT_VERSION, True), ("0", False), ("yes", False), ("", False)]
)
def test_environment(tmp_path: Path, value: str, *, counts: bool) -> None:
    """PROBE_CONSENT counts when it names the version."""
    assert consent.granted({consent.VARIABLE: value}, tmp_path / "none") is counts


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({}, "linux", "/home/a/.config/reachprobe/consent.json"),
        ({"XDG_CONFIG_HOME": "/etc/a"}, "linux", "/etc/a/reachprobe/consent.json"),
        ({}, "darwin", "/home/a/Library/Application Support/reachprobe/consent.json"),
        ({"APPDATA": "/appdata"}, "win32", "/appdata/reachprobe/consent.json"),
    ],
)
def test_path(environ: dict[str, str], platform: str, expected: str) -> None:
    """Where each system keeps such things."""
    assert consent.consent_path(environ, platform, Path("/home/a")).as_posix() == expected


@pytest.mark.parametrize("language", consent.LANGUAGES)
def test_text_fits_one_screen_and_names_what_is_asked(language: str) -> None:
    """One plain screen, in every language, that names the resolvers that are asked by default and those whom nobody named."""
    text = consent.text(language)
    assert len(text.splitlines()) <= 34
    for word in ("8.8.8.8", "9.9.9.10", "1.1.1.1", "redirect"):
        assert word in text


def test_unknown_language() -> None:
    """Another language is refused with those there are."""
    with pytest.raises(ValueError, match="en, fa"):
        consent.text("xx")
