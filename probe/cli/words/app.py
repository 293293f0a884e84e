"""What `probe --help` says."""

HELP = "Measures from this network which platforms can be reached, and how far each try gets: DNS, TCP, TLS, HTTP."
EXIT_CODES = (
    "Exit codes: 0 done; 1 differences or invalid records found; 2 wrong usage; 3 consent missing; "
    "4 the network is unusable; 130 or 143 interrupted, records are kept."
)
VERSION_HELP = "Print the version and end."
RUN = "Measure test lists and write one record per target."
PLAN = "Print every host that `run` would contact; send nothing. Takes the options of `run`."
DEMO = "Measure a small simulated internet on this machine. First a clean network, then a censored one."
JUDGE = "Judge old records, ours or OONI's, with today's rules."
EXPLAIN = "Tell why a record was judged as it was. And what would make it surer."
CONTROL = "Measure lists in an open network. A control for those who measure elsewhere."
HELPER = "Serve as a control for others, in OONI's test-helper protocol."
VALIDATE = "Check result files line by line. Each bad line is named, with what is wrong with it."
SCHEMA = "Print the JSON Schema of records. Or write it, or check published copies of it."
LISTS = "Show and check test lists."
CONSENT = "Read, give or take back your consent to measuring."
