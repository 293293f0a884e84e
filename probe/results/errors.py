"""What can go wrong with results files; every message says which file, why, and what to do."""


class ResultsError(Exception):
    """The files cannot be used as asked."""


class NothingToResumeError(ResultsError):
    """The run is complete: every target has its record."""


class JournalError(ResultsError):
    """The journal does not take records any more; the first `lines` of them, `size` bytes, are in it whole.

    Both count from the opening of the journal.
    """

    def __init__(self, message: str, lines: int = 0, size: int = 0) -> None:
        super().__init__(message)
        self.lines = lines
        self.size = size
