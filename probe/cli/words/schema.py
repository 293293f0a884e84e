"""What `probe schema` says."""

NAME = "Which schema: {names}. Default: web_connectivity."
CHECK = "Compare with the .schema.json files in this folder; exit 1 when they differ."
WRITE = "Write all schemas into this folder."
DRIFT = "{file}: differs from the models; make it anew with: probe schema --write {folder}"
UNKNOWN = "No schema {name!r}; there are: {names}"
