"""What `probe schema` says."""

NAME = "Which schema: web_connectivity, plan or manifest. Default: web_connectivity."
CHECK = "Compare with the .schema.json files in this folder; exit 1 when they differ."
WRITE = "Write all schemas into this folder."
DRIFT = "{file}: not what the models say, or not there; make it anew with: probe schema --write {folder}"
UNWRITABLE = "--write {folder}: cannot be written: {reason}"
UNKNOWN = "No schema {name!r}; there are: {names}"
