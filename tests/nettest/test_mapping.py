"""What can be measured: one mapping, written down, that nothing else adds to."""

import re

import pytest

from probe.nettest import NETTESTS


def test_the_mapping_is_read_only() -> None:
    """A nettest is in it because it is written there."""
    with pytest.raises(TypeError):
        NETTESTS["other"] = next(iter(NETTESTS.values()))  # type: ignore[index]


def test_names_and_versions_are_as_records_write_them() -> None:
    """df-000: 2 to 30 small letters; a version of numbers."""
    assert "web_connectivity" in NETTESTS
    for name, nettest in NETTESTS.items():
        assert nettest.name == name
        assert re.fullmatch(r"[a-z_0-9]{2,30}", name)
        assert re.fullmatch(r"\d+\.\d+\.\d+", nettest.version)
