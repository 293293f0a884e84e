"""The report page: `Content` in, one self-contained page out. Nothing here reads a file, a clock or a network."""
