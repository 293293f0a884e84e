"""Files of a run: `NAME.jsonl` with one record a line; beside it the plan (unfinished) and the manifest (ended).

Threads and files only: no event loop, no network, no opinion on what a record holds beyond its `test_name` and
`input`. The rules that hold here:

- The plan is on disk before the first record, and goes away only after the manifest is on disk.
- A line is a whole record or it is not in the journal: what a kill leaves half-written is moved to `NAME.torn`.
- Nothing is ever written over, and no two processes write the same journal.
"""

from probe.record import MAX_LINE
from probe.results.errors import JournalError, NothingToResumeError, ResultsError
from probe.results.journal import Journal, Written
from probe.results.lines import Line, lines_of
from probe.results.recovery import Recovered, missing, recover
from probe.results.resultsfile import ResultsFile
from probe.results.runfiles import RunFiles

__all__ = [
    "MAX_LINE",
    "Journal",
    "JournalError",
    "Line",
    "NothingToResumeError",
    "Recovered",
    "ResultsError",
    "ResultsFile",
    "RunFiles",
    "Written",
    "lines_of",
    "missing",
    "recover",
]
