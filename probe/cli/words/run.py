"""What `probe run` and `probe plan` say."""

LISTS = "A bundled list's name, a CSV or text file of URLs, or - for standard input. Default: platforms."
URL = "A URL to measure, instead of or beside lists. May be given several times."
OUTPUT = "A .jsonl file, or a folder in which a file is made, named by time, country and network."
RESOLVER = "UDP resolver asked beside the system's, ADDRESS or ADDRESS:PORT. May be given several times."
DOH = "DNS over HTTPS resolver by address: https://NAME/PATH@ADDRESS. May be given several times."
NO_DOH = "Ask no resolver over HTTPS."
CA_BUNDLE = "Trust the roots in this PEM file instead of the packaged ones."
COUNTRY = "Where this network is: two letters, like IR. Default: ZZ, not known."
ASN = "Number of this network, like AS58224. Default: AS0, not known."
PARALLEL = "Targets measured at the same time. Above 100 the recorded times are this machine's own queueing."
MAX_RUNTIME = "End after this long, like 90s, 10m or 1h30m; what is missing can be resumed."
RESUME = "Go on with an interrupted run: its .jsonl file."
DRY_RUN = "Print every host that would be contacted, the bytes and the time; send nothing."
JSON = "One JSON object per target and a final summary on standard output."
SEED = "Number that decides the order of targets. Default: a new one each run."

CONSENT_MISSING = (
    "Nothing was sent: your consent is missing.\n"
    "Read `probe consent show`, then `probe consent give`, or set PROBE_CONSENT={version} in the environment."
)
UNUSABLE = "The network is unusable: no resolver answered and no connection was accepted. {measured} of {planned} targets were tried, their records are kept."
STOPPED = "Stopped: {measured} of {planned} targets are measured. Go on with: probe run --resume {path}"
OUT_OF_TIME = (
    "Time is up: {measured} of {planned} targets are measured. Go on with: probe run --resume {path}"
)
CRASHED = "{url}: a fault in probe itself, no record was written ({error}). Please report it."
REJECTED = "{name}:{line}: not measured: {reason}: {text}"
NOTHING = "There is nothing to measure: no list entry was accepted."
ALREADY_COMPLETE = "{path}: every target of this run is measured already."
PROXIES = "Ignored, since a measurement through a proxy says nothing about this network: {names}"
BAD_RESOLVER = "--resolver {value}: not an address like 8.8.8.8, 8.8.8.8:53 or [2001:db8::1]:53"
BAD_DOH = "--doh {value}: not like https://dns.google/dns-query@8.8.8.8"
BAD_COUNTRY = "--country {value}: not two letters like IR"
BAD_ASN = "--asn {value}: not like AS58224"
BAD_PARALLEL = "--parallel {value}: not a number from 1 to 1000"
BAD_DURATION = "--max-runtime {value}: {reason}"
RESUME_ALONE = "--resume goes on with a run as it was planned: give no lists, --url or --output with it."

PLAN_HOSTS = "{hosts} hosts, {targets} targets, from {lists}"
PLAN_RESOLVERS = "Resolvers: the system's; {resolvers}"
PLAN_COST = (
    "About {megabytes:.0f} MB and {minutes:.0f} minutes at {parallel} targets at a time. Nothing was sent."
)

RECORDS = "Records: "
ANSWERED_IS_NOT_OPEN = (
    "This says how far each try got on this network's own way, not what is blocked:\n"
    "an answer can be a block page, and a failure can be anybody's."
)
COLUMN_PLATFORM, COLUMN_TARGETS, COLUMN_ANSWERED = "platform", "targets", "answered"
COLUMN_ENDED = {"DNS": "ended at DNS", "TCP": "at TCP", "TLS": "at TLS", "HTTP": "at HTTP"}
STATUS = "status {status}"
ELSEWHERE = "{outcome} (elsewhere {status})"
NO_PLATFORM = "(other)"
IN_FLIGHT = "{done}/{total} measured, {flying} in flight"
