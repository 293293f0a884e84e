"""What `probe report` says in the terminal; what the page says is in `probe/report/page/words_*.py`."""

PATHS = (
    "A store made by `probe aggregate ingest`; or result files (.jsonl, also packed as .gz or .zst), folders, "
    "patterns in quotes, or - for standard input."
)
OUTPUT = "The page, an .html file. One that is there is replaced."
FIGURES = "Write each figure into this folder as well: SVG, PNG, and its numbers as CSV."
LANGUAGE = "en, fa, or both: the page then has a switch."
TARGET = "Show this host's history (x.com, or a URL of it). May be given several times."
SINCE = "Only measurements since this day, like 2026-09-01."
UNTIL = "Only measurements until this day, included."
CONTROL = "With result files: a control file, made by `probe control`. May be given several times."

NEEDS_EXTRA = "The report needs further packages ({package}): pip install 'reachprobe[report]'"
NOT_HTML = "--output {path}: the report is a page; name an .html file"
NO_FOLDER = "--output {path}: there is no folder {folder}"
UNWRITABLE = "{path}: cannot be written: {reason}"
BAD_LANGUAGE = "--language {value}: en, fa or both"
STORE_ALONE = "{path}: a store, and a report is made of one store alone; to join others to it: probe aggregate ingest FILE … --store {path}"
CONTROL_OF_STORE = "--control: the records of a store are judged when they are taken in: probe aggregate ingest … --control FILE"
NOTHING = "There is nothing to report: no measurement with a verdict in {paths}"
QUARANTINED = (
    "1 line was no record; the page names it, and so does `probe validate`.",
    "{count} lines were no records; the page names the first ones, `probe validate` all of them.",
)
UNREAD = (
    "1 file could not be read, or not to its end; what could not be read is not in the page.",
    "{count} files could not be read, or not to their end; what could not be read is not in the page.",
)
BAD_TARGET = "--target {value}: a host like x.com is needed"
NO_TARGET = "--target {target}: not measured on the networks and days of this page; its history is left out"
COUNTING = "Counting"
DRAWING = "Drawing"
STOPPED = "Stopped. No page was written."
FIGURES_DONE = "Figures: {count} files in {folder}"
"""Said on standard error; on standard output is the page's path and nothing else."""
