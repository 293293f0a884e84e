"""Write docs/truth-table.md, or check that it is as it would be written."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from probe.judge.knowledge import Knowledge
from probe.lab.catalogue import CATALOGUE
from tests.truth.measuring import Seen, see, written
from tests.truth.rows import ROWS, Row

PAGE = Path(__file__).parents[2] / "docs" / "truth-table.md"
AT_A_TIME = 4

HEAD = """# Truth table

Every network of the lab, measured by the real code on real sockets, and judged. Made by `python -m tests.truth`; CI fails when it changes.

A verdict is written *status mechanism confidence*. With control: the answer of our helper in an open network, and a control file made there; both must
give the same. Alone: without any control. Networks that interfere with the URL are marked ●.

| | network | URL | with control | alone | |
|---|---|---|---|---|---|
"""

COUNTS = """
## Confusion matrix

Rows are what the network does to the URL, columns what was said. *Cannot tell* is `inconclusive`.

| {title} | said blocked | said free | cannot tell |
|---|---|---|---|
| interferes | {hit} | {miss} | {unsure} |
| does not | {false} | {right} | {unsure_free} |

False positives: {false}. False negatives: {miss}. Rows whose verdict is not the expected one: {wrong}.
"""

FREE = frozenset({"reachable", "down", "refused"})


def main() -> int:
    """0 when the page is as it was, or was written; 1 when it differs or a verdict is wrong."""
    knowledge = Knowledge.packaged()
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        seen = list(threads.map(lambda row: see(row, knowledge), ROWS))
    page = HEAD + "\n".join(line_of(row, got) for row, got in zip(ROWS, seen, strict=True)) + "\n"
    page += matrix(
        "with control",
        [(row, got.helped.status.value, is_right(row, got)) for row, got in zip(ROWS, seen, strict=True)],
    )
    page += matrix(
        "alone",
        [(row, got.alone.status.value, is_right(row, got)) for row, got in zip(ROWS, seen, strict=True)],
    )
    page += sentences()
    wrong = [row.scenario for row, got in zip(ROWS, seen, strict=True) if not is_right(row, got)]
    if sys.argv[1:] == ["--check"]:
        same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page
        print(
            f"{PAGE.name}: {'as it was' if same else 'differs: python -m tests.truth'}; wrong: {wrong or 'none'}"
        )
        return 0 if same and not wrong else 1
    PAGE.write_text(page, encoding="utf-8", newline="\n")
    print(f"{PAGE.name}: {len(ROWS)} rows; wrong: {wrong or 'none'}")
    return 1 if wrong else 0


def line_of(row: Row, got: Seen) -> str:
    """A row of the page: what was said, and what was expected where that is something else."""
    controlled = {written(got.helped), written(got.by_file)}
    told = " / ".join(sorted(controlled))
    if controlled != {row.controlled}:
        told += f" **expected {row.controlled}**"
    alone = written(got.alone)
    if alone != row.alone:
        alone += f" **expected {row.alone}**"
    return f"| {'●' if row.blocks else ''} | {row.scenario} | {row.url} | {told} | {alone} | {row.note} |"


def is_right(row: Row, got: Seen) -> bool:
    """Whether all three verdicts are the expected ones."""
    return {written(got.helped), written(got.by_file)} == {row.controlled} and written(got.alone) == row.alone


def matrix(title: str, rows: list[tuple[Row, str, bool]]) -> str:
    """The counts of one kind of judging."""

    def count(*statuses: str, blocks: bool) -> int:
        return sum(1 for row, status, _ in rows if row.blocks == blocks and status in statuses)

    return COUNTS.format(
        title=title,
        hit=count("blocked", "throttled", blocks=True),
        miss=count(*FREE, blocks=True),
        unsure=count("inconclusive", blocks=True),
        false=count("blocked", "throttled", blocks=False),
        right=count(*FREE, blocks=False),
        unsure_free=count("inconclusive", blocks=False),
        wrong=sum(not right for _, _, right in rows),
    )


def sentences() -> str:
    """The networks, each in its sentence."""
    names = dict.fromkeys(row.scenario for row in ROWS)
    lines = "\n".join(f"- **{name}**: {CATALOGUE[name].sentence}" for name in names)
    return f"\n## The networks\n\n{lines}\n"


if __name__ == "__main__":
    sys.exit(main())
