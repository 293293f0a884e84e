"""What `probe status` says."""

RESULTS = "The results folder. Default: where `probe run` writes, be it set by PROBE_OUTPUT or in a configuration file."
JSON = "One JSON object on standard output."
HEALTHCHECK = "Say in one line whether all is well; exit 1 when it is not."
MAX_AGE = "Healthy means that a run ended in order within this time, or is going on for no longer."

BAD_MAX_AGE = "--max-age {value}: {reason}"
NO_FOLDER = "{folder}: no such folder; name the one that runs write to by --results"

NO_RUN = "no run so far"
LAST = "Last run:   {finished} UTC, {outcome}{code}: {measured} of {planned} targets in {seconds} s"
LAST_FAILED = "Last run:   {finished} UTC, failed{code}"
NO_LAST = "Last run:   none"
EXIT_CODE = ", exit code {code}"
VERDICTS = "Verdicts:   {verdicts}"
SUCCESS = "Last good:  {moment} UTC"
RUNNING = "Going on:   since {moment} UTC"
NEXT = "Next run:   {moment} UTC"
NOT_KEPT = "Next run:   not known; no schedule is running"
STOPPED_SCHEDULE = "Next run:   none; the schedule is not running"
DISK = "Disk:       {used} used by results, {free} free"
HEALTH = "Health:     {verdict}"

OUTCOMES = {
    "complete": "complete",
    "deadline": "out of time",
    "budget": "out of bytes",
    "stopped": "stopped",
    "network_unusable": "the network was unusable",
    "failed": "failed",
}
HEALTHY, UNHEALTHY = "healthy, {reason}", "unhealthy, {reason}"
REASONS = {
    "recent": "a run ended in order {age} ago",
    "running": "a run is going on for {age}",
    "waiting": "the schedule waits for its first run for {age}",
    "stuck": "a run began {age} ago and did not end",
    "overdue": "the next run was due {age} ago",
    "old": "the last run that ended in order did so {age} ago",
    "never": "no run ended in order so far",
    "unreadable": "{problem}",
}
