"""Files of a run: `NAME.jsonl` with one record a line, and beside it the plan (unfinished) or the manifest (ended).

Threads and files only: no event loop, no network. What a kill -9 leaves is a whole number of good lines and at
most one torn one, which `recover` sets aside before the run goes on.
"""

from probe.results.journal import Journal, JournalError
from probe.results.reading import read_lines
from probe.results.recovery import Recovered, recover
from probe.results.runfiles import ResultsError, RunFiles

__all__ = ["Journal", "JournalError", "Recovered", "ResultsError", "RunFiles", "read_lines", "recover"]
