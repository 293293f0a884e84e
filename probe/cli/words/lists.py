"""What `probe lists` says."""

SHOW = "Print the bundled lists with their sizes. With a name: the entries of that list."
LINT = "Find what is wrong with lists. Rejected lines, moved hosts, http where https exists, bad categories."
SOURCE = "A bundled list's name, a file, or - for standard input."
JSON = "JSON on standard output."
REJECTED = "{name}:{line}: rejected: {reason}: {text}"
FOUND = "{name}:{line}: {code}: {message}"
CLEAN = "{count} entries, nothing found"
