"""Commands: parse, one call, render, exit code. Nothing is imported here or in a command's module that takes time."""
