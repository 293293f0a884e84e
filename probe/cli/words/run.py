"""What `probe run` and `probe plan` say."""

LISTS = "A bundled list's name, a CSV or text file of URLs, or - for standard input. Default: platforms."
URL = "A URL to measure, instead of or beside lists. May be given several times."
OUTPUT = "A .jsonl file, or a folder in which a file is made, named by time, country and network. Default: results."
RESOLVER = "UDP resolver asked beside the system's, ADDRESS or ADDRESS:PORT. May be given several times."
DOH = "DNS over HTTPS resolver by address: https://NAME/PATH@ADDRESS. May be given several times."
NO_DOH = "Ask no resolver over HTTPS."
CA_BUNDLE = "Trust the roots in this PEM file instead of the packaged ones."
COUNTRY = "Where this network is: two letters, like IR. Default: ZZ, not known."
ASN = "Number of this network, like AS58224. Default: AS0, not known."
PARALLEL = "Targets measured at the same time. Above 100 the recorded times are this machine's own queueing."
MAX_RUNTIME = "End after this long, like 90s, 10m or 1h30m; what is missing can be resumed."
MAX_BYTES = "Start nothing more once the run has sent and received about so much, like 200M; what is missing can be resumed."
KEEP = "Before the run, delete finished runs of the folder that are older than this, like 90d."
MAX_DISK = "Keep all runs of the folder within so much, like 2G. The oldest finished ones are deleted first."
RESUME_INTERRUPTED = "If the folder has an interrupted run of the same lists, finish that first."
CONTROL_TOKEN = "Token for the helper. Better set by PROBE_CONTROL_TOKEN: others can read command lines."  # noqa: S105 - words about one
METRICS_FILE = (
    "After the run, write metrics for Prometheus here: a .prom file for node_exporter's textfile collector."
)
METRICS_TARGETS = "Name each target of the run in the metrics. They tell what you measure."
SUMMARY_LINE = "The final summary alone, one line of JSON, on standard output."
RESUME = "Go on with an interrupted run: its .jsonl file."
DRY_RUN = (
    "Print every host that would be contacted but those of redirects, the bytes and the time; send nothing."
)
JSON = "One JSON object per target and a final summary on standard output."
SEED = "Number that decides the order of targets. Default: a new one each run."

CONSENT_MISSING = (
    "Nothing was sent: your consent is missing.\n"
    "Read `probe consent show`, then `probe consent give`, or set PROBE_CONSENT={version} in the environment."
)
UNUSABLE = "The network is unusable: at the end no resolver answered when asked directly, and no site could be reached. {measured} of {planned} targets were tried, their records are kept. To try again those that gave no sign of life: probe run --resume {path}"
STOPPED = "Stopped: {measured} of {planned} targets are measured. Go on with: probe run --resume {path}"
OUT_OF_TIME = (
    "Time is up: {measured} of {planned} targets are measured. Go on with: probe run --resume {path}"
)
NONE_IN_TIME = "Time is up before one target was done: {measured} of {planned} are measured. Allow more by --max-runtime, and go on with: probe run --resume {path}"
OUT_OF_BYTES = "The bound on bytes is reached: {measured} of {planned} targets are measured. Go on with: probe run --resume {path}"
INCOMPLETE = "{missing} of {planned} targets have no record. To try them again: probe run --resume {path}"
CRASHED = "{url}: a fault in probe itself, no record was written ({error}). Please report it."
REJECTED = "{name}:{line}: not measured: {reason}: {text}"
NOTHING = "There is nothing to measure: no entry of the lists was accepted."
PROXIES = "Ignored, since a measurement through a proxy says nothing about this network: {names}"
BAD_RESOLVER = "--resolver {value}: not an address like 8.8.8.8, 8.8.8.8:53 or [2001:db8::1]:53"
BAD_DOH = "--doh {value}: not like https://dns.google/dns-query@8.8.8.8"
CONTROL = (
    "A helper's URL, or a control file made by `probe control`. May be given several times; tried in turn."
)
FINGERPRINTS = (
    "Further fingerprints: OONI's CSV or Censored Planet's signature files. May be given several times."
)
NETINFO = "A MaxMind DB (.mmdb) to use instead of the packaged table of addresses."
BAD_CONTROL = "--control {value}: {reason}"
BAD_FINGERPRINTS = "--fingerprints {reason}"
REJECTED_FINGERPRINT = "--fingerprints {row}: not used"
BAD_NETINFO = "--netinfo {reason}"
BAD_COUNTRY = "--country {value}: not two letters like IR"
BAD_ASN = "--asn {value}: not like AS58224"
BAD_PARALLEL = "--parallel {value}: not a number from 1 to 1000"
BAD_SEED = "--seed {value}: not a whole number from 0 to 4294967295"
BAD_VALUE = "{flag} {value}: {reason}"
RESUME_ALONE = "--resume goes on with a run as it was planned: lists, --url, --output, --resolver, --doh, --no-doh, --country, --asn, --seed, --keep, --max-disk and --resume-interrupted do not go with it"
NO_PLAN_OF_REST = (
    "--resume does not go with --dry-run: what the run set out to measure stands in its .plan.json"
)
NEEDS_FOLDER = "--keep, --max-disk and --resume-interrupted are about a folder of runs, and {output} is one file: name a folder"
TOKEN_FOR_ONE = "--control-token is for one helper, and --control names {count}"  # noqa: S105 - words about one
TOKEN_IN_THE_CLEAR = "--control-token: {url} is not https, so that everybody on the way could read the token"  # noqa: S105
DOH_OR_NOT = "--no-doh and --doh exclude each other: give one of them"

PLAN_HOSTS = "Hosts: {hosts}. Targets: {targets}, from {lists}."
PLAN_RESOLVERS = "Resolvers: the system's; {resolvers}."
PLAN_CANARY = "Asked of each as well, every few seconds, since nobody blocks it; its site is greeted where none answers at once: {name}"
PLAN_REDIRECTS = "Redirects are followed too, to hosts that only the answers will name."
PLAN_HELPERS = "Helpers, which learn every address that is measured: {helpers}"
PLAN_COST = (
    "Cost: about {megabytes} MB and {minutes} min, with {parallel} targets at a time. Nothing was sent."
)

RECORDS = "Records: "
STAR = "* the site answered at an address that other resolvers name, not at the one given here."
NOBODY_READS = "Stopped: nobody reads the output any more. Finished records are in {path}"
NO_OUTPUT = "--json and --summary-line write to standard output, which is closed: nothing was measured"
OF_THE_LAB = "{path}: a run of probe demo, whose network is gone; start the demo again"
HOW_TO_KNOW_MORE = "Verdicts are on this network's own way, of one moment. Why, and what would make them surer: probe explain {path}"
COLUMN_PLATFORM, COLUMN_TARGETS, COLUMN_ANSWERED = "platform", "targets", "answered"
COLUMN_ENDED = {"DNS": "ended at DNS", "TCP": "at TCP", "TLS": "at TLS", "HTTP": "at HTTP"}
STATUS = "status {status}"
ELSEWHERE, ELSEWHERE_SHORT = "{outcome} (elsewhere {status})", "{outcome} *"
NO_ANSWER = "no answer"
NO_PLATFORM = "(other)"
IN_FLIGHT = "{done}/{total} measured, {flying} in flight"

LOCK_NOTE = "process {pid}, since {moment} UTC"
BUSY = "Nothing was measured: {reason}. Wait for its end, or choose another folder by -o."
UNWRITABLE = "--output {folder}: cannot be written: {reason}; choose another place by -o"
DELETED = "Deleted {runs} old runs of {folder} ({size}), the newest {name}."
DELETED_ONE = "Deleted the old run {name} of {folder} ({size})."
UNDELETABLE = "Not deleted: {name}: {reason}"
FEW_FILES = "This system allows {limit} open files, enough for about {fitting} targets at a time: with --parallel {parallel} some will have no verdict. Allow more (ulimit -n), or measure fewer at a time."
NO_ROOM = "--max-disk {bound}: {folder} holds {used} that may not be deleted: its newest run, and unfinished ones. Allow more, or move them away."
FINISHING = "Going on with the interrupted run {name} first."
NOT_FINISHING = "Not gone on with: {reason}"
NOTHING_LEFT = (
    "The interrupted run is finished; nothing is left of --max-runtime or --max-bytes for a new one."
)
