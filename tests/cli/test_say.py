"""What people are told, at their terminal's width."""

from probe.cli.say import wrapped

PATH = "results/20261126T212504Z-ZZ-AS0-of-a-network-with-a-long-name.jsonl"


def test_no_word_is_broken() -> None:
    """Nor a path, however long."""
    text = f"Stopped: 40 of 80 targets are measured. Go on with: probe run --resume {PATH}"
    lines = wrapped(text, 40).splitlines()
    assert " ".join(lines) == text
    assert [line for line in lines if len(line) > 40] == [PATH]


def test_lines_stay_lines() -> None:
    """An empty one as well."""
    assert wrapped("one two\n\nthree", 5) == "one\ntwo\n\nthree"
