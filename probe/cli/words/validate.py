"""What `probe validate` says."""

FILES = "Result files: .jsonl or .jsonl.gz, or one record as .json; from this program or OONI's."
JSON = "One JSON object per bad line and a final summary on standard output."
BAD = "{file}:{line}: {reason}"
SUMMARY = "{valid} valid, {bad} invalid records in {files}"
MISSING = "{file}: no such file"
FOLDER = "{file}: a folder; name the .jsonl files in it"
