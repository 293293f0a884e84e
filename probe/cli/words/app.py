"""What `probe --help` says."""

HELP = "Measures from this network which platforms can be reached, and how far each try gets: DNS, TCP, TLS, HTTP."
EXIT_CODES = (
    "Exit codes: 0 done; 1 differences or invalid records found; 2 wrong usage; 3 consent missing; "
    "4 the network is unusable; 130 or 143 interrupted, records are kept."
)
VERSION_HELP = "Print the version and end."
RUN = "Measure test lists and write one record per target."
PLAN = "Print every host that `run` would contact; send nothing."
DEMO = "Measure a small simulated internet on this machine: first a clean network, then a censored one."
VALIDATE = "Check result files line by line."
SCHEMA = "Print the JSON Schema of records, or check published copies of it."
LISTS = "Show and check test lists."
CONSENT = "Read, give or take back your consent to measuring."
