"""The notebook in docs/ runs from top to bottom on a store, and makes its three figures."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.golden import ROWS, write_rows

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebook" / "store.ipynb"

RUN = """
import sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
for cell in notebook.cells:
    for output in cell.get("outputs", []):
        print(*output.get("data", {}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("platforms", [True, False])
def test_the_notebook_makes_its_figures(tmp_path: Path, platforms: bool) -> None:  # noqa: FBT001 - a case
    """Of hosts, where no measurement names a platform. In a process of its own, since a kernel is one too; without a figure that is an error in disguise."""
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    kept = ROWS if platforms else [row for row in ROWS if not row.get("platform")]
    store = write_rows(tmp_path / "store", kept)
    environment = {
        "REACHPROBE_STORE": str(store),
        "PATH": str(Path(sys.executable).parent),
        "PYTHONPATH": str(NOTEBOOK.parents[2]),
        "HOME": str(tmp_path),
        "JUPYTER_PLATFORM_DIRS": "1",
    }
    found = subprocess.run(
        [sys.executable, "-c", RUN, NOTEBOOK],
        capture_output=True, text=True, timeout=300, check=False, env=environment,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert found.stdout.count("image/svg+xml") == 3
