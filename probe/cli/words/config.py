"""What `probe config` says, and what every command says about its configuration."""

CONFIG = (
    "Read options from this file. Default: config.toml beside your consent, else /etc/reachprobe/config.toml."
)
SHOW = "Show every option, and where it is set. Takes options of `run` as well, to see what they change."
INIT = "Write a commented configuration file. Every option is explained in it, none is set."
INIT_OUTPUT = "Where to; - for standard output. Default: where `probe run` looks for it."
JSON = "One JSON object on standard output."
ARGUMENTS = "Options of `run`."

NOT_LOOKED_AT = "{path}: not looked for: {reason}"
UNREADABLE = "--config {path}: cannot be read: {reason}"
UNKNOWN_VARIABLE = "{name} is set, but there is no such option; did you mean {near}?"
WITH_ORIGIN = "{message} ({origin})"
FROM_COMMAND_LINE = "command line"
FROM_VARIABLE = "environment {name}"
FROM_FILE = "file {place}"
FROM_DEFAULT = "default"
NOT_USED = "{origin}; not used beside what is typed"

NO_FILE = "No configuration file. Looked for: {places}"
READ_FILE = "Configuration file: {path}"
PRECEDENCE = (
    "The command line wins over the environment, the environment over the file, the file over the default."
)
COLUMN_OPTION, COLUMN_VALUE, COLUMN_ORIGIN = "option", "value", "from"
NOT_SET = "not set"
WRITTEN = "Written: {path}. Nothing is set in it yet: take away the # before what you want."
EXISTS = "{path}: exists already and is not written over"
UNWRITABLE = "{path}: cannot be written: {reason}"

TOP = """\
# Configuration of reachprobe. Every line is a comment: take away the # before an option to set it.
# The command line wins over the environment, the environment over this file, this file over the default.
# `probe config show` prints what is in force, and where each value comes from.
# Consent cannot be given here: set PROBE_CONSENT, or run `probe consent give`.
"""
VARIABLE = "Environment: {name}"
