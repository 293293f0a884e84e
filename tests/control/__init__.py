"""Helper, client, control files."""
