"""What `probe schedule` says."""

CRON = (
    "When to run: five fields as in a crontab (minute hour day month weekday), or six with seconds in front."
)
JITTER = "Start each run later by a share of this, like 10m. Each probe has its own share each day, so that a fleet is spread out."
TIMEZONE = "Time zone of --cron, like Europe/Berlin."
ONCE_IF_MISSED = "When a run was due while this was not running: make up for it at once, by one run."
MAX_RUNS = "End after this many runs, with the exit code of the last."
TIME_LIMIT = "End a run that takes longer than this: first in order, then by force."
PROBE_ID = (
    "Name that decides this probe's share of --jitter. Default: a random one, kept in the results folder."
)
METRICS_FILE = (
    "After each run, write metrics for Prometheus here: a .prom file for node_exporter's textfile collector."
)
METRICS_PORT = "Serve metrics for Prometheus on this port."
METRICS_HOST = "Address for --metrics-port. Anybody who can reach it can read when you measure."
METRICS_TARGETS = "Name each target of the last run in the metrics. They tell what you measure."
LOG_FORMAT = "Lines on standard error: text, or json, one object a line."
LOG_LEVEL = (
    "Least level of what is told: debug, info, warning or error. Debug tells what runs say, targets included."
)
RUN_OPTIONS = "Behind --, what `probe run` takes: lists and options."

BAD_CRON = "--cron {value}: {reason}; five fields like '17 */6 * * *' are: minute hour day month weekday"
BAD_JITTER = "--jitter {value}: {reason}"
BAD_ZONE = "--timezone {value}: {reason}"
BAD_TIME_LIMIT = "--time-limit {value}: {reason}"
BAD_FORMAT = "--log-format {value}: not text or json"
BAD_LEVEL = "--log-level {value}: not debug, info, warning or error"
BAD_PROBE_ID = "--probe-id: longer than {most} characters"
BAD_METRICS = "--metrics-port {reason}"
BAD_HOST = "--metrics-host {value}: not an address like 127.0.0.1 or ::1"
METRICS_NEED_FOLDER = "--metrics-file tells of the runs in a results folder: name one by -o, not a file"
TARGETS_ALONE = "--metrics-targets goes with --metrics-file or --metrics-port"
NO_CRON = "--cron is missing: say when to run, like --cron '17 */6 * * *'"
TOO_SLOW = "`probe run --dry-run` with these options takes longer than {seconds:.0f} s; are its lists too long, or on a slow disk?"
NO_RESUME = (
    "--resume names one run, a schedule makes new ones; to finish what was interrupted: --resume-interrupted"
)
NO_INPUT = "a schedule has no standard input to read a list from: name a file"
ONE_FILE = "--output {path}: each run of a schedule makes its own file; name a folder"
NEEDS_METRICS = "--metrics-file needs one more package: pip install 'reachprobe[schedule]'"
NEEDS = "A schedule needs more packages: pip install 'reachprobe[schedule]'"

HEALTH_NOT_SAVED = "health.json cannot be written: {reason}. `probe status` will not know of this run."
METRICS_NOT_WRITTEN = "The metrics file cannot be written: {reason}. The run is none the worse for it."

EVENTS = {
    "schedule.started": "Keeping {cron!r} ({zone}, jitter {jitter_s} s, probe {probe_id}) in {folder}.",
    "schedule.ended": "Ended by signal {signal}.",
    "schedule.done": "All runs are done: {runs}.",
    "state.anew": "What was run before is not known: {reason}. The schedule begins anew.",
    "state.not_saved": "The state of the schedule cannot be written: {reason}. Measuring goes on; after a restart a run may be missed or made again.",
    "health.not_saved": "health.json cannot be written: {reason}. Measuring goes on.",
    "metrics.serving": "Metrics: http://{host}:{port}/metrics",
    "metrics.not_written": "The metrics file cannot be written: {reason}. Measuring goes on.",
    "clock.put_back": "The clock was put back by {seconds} s. What was run is not run again.",
    "runs.missed": "{missed} runs were due and did not come. They are not made up for one by one.",
    "run.next": "Next run: {start}",
    "run.started": "Run started, due {due}, {late_s} s late.",
    "run.ended": "Run ended with exit code {exit_code} after {seconds} s.",
    "run.refused": "Run ended with exit code {exit_code} after {seconds} s: {said}",
    "run.too_long": "The run took longer than --time-limit and was asked to end.",
    "run.killed": "The run did not end when it was asked to, and was killed.",
    "run.said": "  {line}",
}
