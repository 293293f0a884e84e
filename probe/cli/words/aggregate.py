"""What `probe aggregate ingest` and `compact` say."""

INGEST = "Take files of records into a store. Each is checked, judged by today's rules, and counted once."
COMPACT = "Join the small files of a store. Its content stays the same."

PATHS = "Files (.jsonl, also packed as .gz or .zst, and OONI's archive), folders, patterns in quotes, or - for standard input."
STORE = "The store's folder, made if it is not there; or s3://BUCKET/FOLDER."
JUDGE_ALL = "Judge records anew, too, whose own verdict is by today's rules and tables already."
JOBS = "Processes to work with. By default one for each processor, and only this one for little input."
KEEP_RAW = "Keep a copy of each file as .jsonl.gz in the store's folder raw/."
JSON = "One JSON object on standard output, with all that is counted."

NEEDS_EXTRA = "this needs further packages ({package}): pip install 'reachprobe[report]'"
BAD_JOBS = "--jobs {jobs}: from 1 to {most}"
READING = "Ingesting"
LINES = "{lines} lines"
UNREAD = "{name}: {reason}"
MORE_UNREAD = "… and {more} files more that could not be read"
STOPPED = "Stopped. What was committed is in the store; run the same command again for the rest."

SUMMARY = "{files} read: {records} new, {duplicates} left out as their id is known already, {quarantined} in quarantine."
LINE = ("1 record", "{count} records")
FILE = ("1 file", "{count} files")
KNOWN = "{files} not read: the store has the same content already."
REJECTED = "In quarantine, each with file, line and reason:"
REJECTED_FILE = "  {name}"
REJECTED_MORE = "  … and {more} files more"
MEASUREMENT = ("1 measurement", "{count} measurements")
DAY = ("1 day", "{count} days")
STORE_NOW = "The store now: {measurements}, {days}. Next: probe aggregate query --store {store}"
NOTHING = "No files of records found in: {paths}"
COMPACTED = "{before} files joined into {after}; the store has {files} files, {size}."
COMPACT_NOTHING = "Nothing to join: the store has {files} files, {size}."
