"""What `probe compare` says. LANGUAGE and DIRECTION are those of these words, for the page."""

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGE, DIRECTION = "en", "ltr"

PATHS = "Two results: .jsonl, .jsonl.gz or .jsonl.zst files, folders, or patterns in quotes. The earlier one first. More with --by run."
BY = "Count by platform, asn, input or layer; run: one side for each run in all the files."
FORMAT = "table, json, csv or html. Default: what --output ends in (.txt: table), else table."
ONLY = "List only these: changes (all that differ), or a class as newly_blocked. May be given several times."
OUTPUT = "Write into this new file."
ACROSS = "Compare networks with each other: a target pairs with itself, wherever it was measured."
CONTROL = "Judge both sides anew with this control file, made by `probe control`. May be given several times."
FINGERPRINTS = (
    "Further fingerprints: OONI's CSV or Censored Planet's signature files. May be given several times."
)

NOT_TWO = (
    "{count} path(s) given: name two, or more with --by run (a pattern like 'week1/*.jsonl' goes in quotes)"
)
NOT_A_FORMAT = "--format {value}: not one of table, json, csv, html"
NOT_AN_ENDING = "--output {path}: what is to be written? Name it .txt, .json, .csv or .html, or say --format"
NOT_A_CLASS = "--only {value}: not one of changes, {names}"
A_PIPE = "{path}: a pipe; it must be written into a file first"
A_STORE = "{path}: a store of probe aggregate: compare the files that it was made of, or use probe aggregate changes"
NO_FILES = "{path}: no results there: no .jsonl, .jsonl.gz or .jsonl.zst file"
ONE_RUN = "--by run: {count} run(s) in these files; two are needed"
MANY_RUNS = "--by run: {count} runs in these files; up to {limit} are compared. Use: probe aggregate ingest"
NOTHING_READ = "{paths}: no record could be read"
TOO_MANY = "More than {limit} measurements: too many to compare in memory. Use: probe aggregate ingest"
BAD = "{file}:{line}: not read: {reason}"
UNUSABLE = "{file}:{line}: {reason}"
UNREADABLE = "{file}: cannot be read: {reason}"
BAD_PLAN = "{path}: cannot be read, so what its run did not come to is not known: {reason}"
NO_MOMENT = "measurement_start_time: no such moment: {value}"
EXISTS = "--output {path}: exists already and is not written over"
UNWRITABLE = "--output {path}: cannot be written: {reason}"
WRITTEN = "Written: {path}"
READING = "{records} records read, {file}"

TITLE = "Comparison"
RUN_LABEL = "run {number}"
SIDE = "{label}: {name} — {facts}"
READ = "{name}: {judged}"
TARGETS, MEASUREMENTS, RUNS, LINES = "target", "measurement", "run", "line"
PLURAL = "{count} {noun}s"
SINGULAR = "{count} {noun}"
UNTIL = "{first} to {last} UTC"
AT = "{first} UTC"
NO_TIME = "nothing measured"
JUDGED_AS_RECORDED = "verdicts as recorded, by today's rules"
JUDGED_ANEW = "{count} of {all} judged anew by today's rules"
BAD_LINES = "{lines} could not be read"
MORE = "and {count} more"
NONE = "none"
ELLIPSIS = "…"
BACKWARDS = (
    "{second} was measured before {first}: \u201cnewly\u201d follows the order given, not the calendar."
)

CONFOUNDS_TITLE = "Not alike on all sides, and perhaps the reason for what follows"
CAUTIONS_TITLE = "Alike on all sides, and a reason for care"
CONFOUND: Mapping[str, str] = MappingProxyType({
    "network": "network",
    "network_type": "kind of network",
    "tunnel": "measured through a tunnel (VPN)",
    "proxies": "proxy or VPN variables set",
    "control": "control",
    "stale_control": "age of the control",
    "resolvers": "resolvers",
    "doh": "DNS over HTTPS",
    "list": "test list",
    "software": "software",
    "ruleset": "verdicts as recorded, rules and tables",
    "roots": "trusted certificates",
    "tls": "TLS library",
    "lateness": "this machine was late",
})  # fmt: skip
MEANING: Mapping[str, str] = MappingProxyType({
    "network": "another network blocks other things",
    "network_type": "mobile and fixed lines of one network may be filtered differently",
    "tunnel": "what was measured there is the tunnel's network",
    "proxies": "they were not used; but a VPN may have been on",
    "control": "without one, what is down for everybody looks blocked",
    "stale_control": "sites move within weeks",
    "resolvers": "they may be lied to differently",
    "doh": "it shows which names are lied about",
    "list": "other targets, or other addresses of them",
    "software": "another version may see other things",
    "ruleset": "judged anew where they are not today's",
    "roots": "they decide which certificates are valid",
    "tls": "another ClientHello may be treated differently",
    "lateness": "timeouts may be its own",
})  # fmt: skip

CLASS: Mapping[str, str] = MappingProxyType({
    "newly_blocked": "newly blocked",
    "newly_open": "newly open",
    "other_mechanism": "blocked otherwise",
    "other_outcome": "other outcome",
    "flapping": "flapping",
    "appeared": "only later",
    "disappeared": "only before",
    "not_comparable": "not comparable",
    "other_confidence": "other confidence",
    "same": "same",
})  # fmt: skip
HEADING: Mapping[str, str] = MappingProxyType({
    "newly_blocked": "Newly blocked",
    "newly_open": "Newly open",
    "other_mechanism": "Still blocked, by another mechanism",
    "other_outcome": "Another outcome, neither newly blocked nor newly open",
    "flapping": "Flapping: the measurements disagree",
    "appeared": "Measured only later",
    "disappeared": "Measured only before",
    "not_comparable": "Not comparable",
    "other_confidence": "Unchanged, but more or less sure",
    "same": "Unchanged",
})  # fmt: skip

REASON: Mapping[str, str] = MappingProxyType({
    "record_invalid": "no valid record in {sides}",
    "not_measured": "the run was interrupted before it in {sides}",
    "no_rules": "there are no rules for this test",
    "other_network": "other network: {networks}",
    "own_network": "the own network did not work in {sides}",
    "tunnel": "measured through a tunnel (VPN) in {sides}",
    "contaminated": "under watch from another name's trigger in {sides}",
    "inconclusive": "cannot tell in {sides}",
    "control_missing": "no control in {sides}, where the verdict is only possible, and the other side has one",
    "measured_once": "measured in {sides} only",
})  # fmt: skip
AND, COMMA, ARROW, SEMICOLON = " and ", ", ", " → ", "; "

KIND: Mapping[str, str] = MappingProxyType({
    "open": "reachable",
    "interfered": "blocked",
    "refused": "refused by the site itself",
    "down": "down for everyone",
    "mixed": "flapping",
    "unknown": "cannot tell",
})  # fmt: skip
COUNTED = "{count} {kind}"

NEWLY_BLOCKED = "newly {status} — {reason} (was {before})"
NEWLY_OPEN = "newly open — {reason} (was {before})"
OTHER_MECHANISM = "still {status}, otherwise — {reason} (was {before})"
OTHER_OUTCOME = "now {status} — {reason} (was {before})"
FLAPPING = "flapping — {sides}"
ONLY_IN = "measured in {side} only — {verdict}"
NOT_COMPARABLE = "not comparable — {why}"
AND_THERE = "; {side}: {verdict}"
OTHER_CONFIDENCE = "{status} as before — {sure_before} → {sure}"
SAME = "{status} as before"
SINCE = "; since {side}"
IN_OF = ", in {count} of {total} measurements"
NO_REASON = "by a rule that this version does not know"

PLATFORM_CHANGED = "{after} (was {before})"
PLATFORM_SAME = "{after}, as before"

PAIRS = "Open or blocked on both sides: {n}; changed to blocked: {b}, to open: {c}; {size}."
DIFFERENCE = "{points} points {direction} blocked (95 % interval {low} to {high}); exact McNemar p {p}"
MORE_BLOCKED, LESS_BLOCKED = "more", "less"
P_BELOW, P_IS = "< 0.0001", "= {p}"
INSUFFICIENT = "insufficient for a test, which needs {least}"
NO_PAIRS = "No target was open or blocked on both sides: nothing to test."
INDEPENDENCE = (
    "The test takes each target as a case of its own; those of one platform are often blocked together."
)

SUMMARY = "{differences} of {targets} targets differ{alone}."
ALONE = ", {alone} of them because only one side measured them"
NO_DIFFERENCE = "No difference: {compared} of {targets} targets could be compared."
NOTHING_COMPARED = "Nothing could be compared: see why under \u201cNot comparable\u201d."
FOREIGN_HINT = "To compare networks with each other: --across-networks"
MORE_LINES = "… and {count} more: --format csv names all"
GROUPS_TITLE: Mapping[str, str] = MappingProxyType({
    "platform": "platform",
    "asn": "network",
    "input": "target",
    "layer": "layer",
})  # fmt: skip
NAMELESS: Mapping[str, str] = MappingProxyType({
    "platform": "(other)",
    "asn": "(not known)",
    "input": "(none)",
    "layer": "(no blocking)",
})  # fmt: skip
TOTAL = "all"
COLUMN_TARGETS, COLUMN_P = "targets", "p"
COLUMN_TARGET, COLUMN_WHAT, COLUMN_CODES = "target", "what changed", "codes"
TOO_FEW = "insufficient"
WHERE_CODES = "Codes in brackets are explained in docs/verdicts.md; the classes in docs/compare.md."
