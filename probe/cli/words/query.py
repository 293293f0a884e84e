"""What `probe aggregate query` and `probe aggregate changes` say."""

QUERY = (
    "Count what was measured. By any of: day, month, country, asn, platform, domain, category, layer, mechanism, "
    'input, role, list, test, software. Shares come with their 95 % interval, or "insufficient".'
)
CHANGES = "Since when: what became blocked or slowed down, or open again. By place, with the days between which it happened."
OUTLIERS = (
    "Which networks block or slow down what others do not. Each against all others, for the same target, "
    "with Fisher's test and at most 5 % false findings."
)
SHIFT = (
    "Tell whether more was interfered with from a day on. Blocked or slowed down, each network against its own days before, "
    "all together by Cochran, Mantel and Haenszel."
)
BY_OUTLIERS = "A network's name (asn or country) and what is measured, with a comma between: asn,platform."
BY_SHIFT = "Names of what is measured, with commas between: platform."
AT = "The first day after, YYYY-MM-DD."
STORE = "The folder that `probe aggregate ingest` filled."
ENGINE = "duckdb (in this process), spark://HOST:PORT, clickhouse://USER@HOST:PORT/DATABASE, or chdb."
BY = "Names to group by, with commas between: day,country,asn,platform."
BY_PLACES = "Names of what makes a place, with commas between: asn,platform."
SINCE = "First day, YYYY-MM-DD."
UNTIL = "Last day, YYYY-MM-DD."
WHERE = "Keep these only: platform=instagram. May be given several times; the same name twice keeps either."
FORMAT = "table, json or csv."
MEMORY = "Memory DuckDB may use; more goes to a temporary folder."
WORLDWIDE = "Count what failed everywhere on a day as blocked or slowed down too, where it was. Usually it is counted as down."

NEEDS_EXTRA = "this needs further packages ({package}): pip install 'reachprobe[report]'"
WORKING = "Counting …"
UNKNOWN_NAME = "{option}: {reason}; did you mean {near}?"
UNKNOWN_NAME_ALL = "{option}: {reason}; there are {names}"
BAD_DAY = "{option} {value}: a day is written as 2026-11-24"
NO_DAYS = "--since {since} is after --until {until}: there is no day between them"
BAD_WHERE = "--where {value}: a name, = and a value are needed, as in --where platform=instagram"
BAD_FORMAT = "--format {value}: there are {known}{near}"
NEAR = "; did you mean {near}?"
BAD_MEMORY = "--memory {value}: a size like 1GB or 500MB, from 100MB"
NO_CHANGES_OF = "--by {name}: changes are looked for over days, at places; leave {name} out"

NOTHING = "No measurement matches."
NOTHING_INTERFERES = "{measured} of the measurements asked about say whether they were let through; none was blocked or throttled."
NOTE = (
    "{rows} rows, {n} measurements. share: blocked or slowed down, of usable, with its 95 % interval; insufficient: under "
    "{measurements} usable measurements or {runs} runs."
)
NOTE_PARTS = (
    "{rows} rows. share: interfered with in this way, of all usable measurements of the group, with its 95 % interval; "
    "insufficient: under {measurements} usable measurements or {runs} runs."
)
INSUFFICIENT = "insufficient"
NO_VALUE = "-"
SHARE = "{share} ({low} to {high})"
HEADING = "{name} {value}"

COLUMNS = {
    "n": "n",
    "runs": "runs",
    "usable": "usable",
    "blocked": "blocked",
    "throttled": "slowed",
    "share": "share",
}
CHANGE_COLUMNS = {"turn": "change", "day": "since about", "between": "between", "shares": "share", "n": "n"}
TURNS = {
    "blocked": {
        "blocked": "blocked",
        "opened": "open again",
        "more": "more blocked",
        "less": "less blocked",
    },
    "throttled": {
        "blocked": "slowed down",
        "opened": "open again",
        "more": "more slowed down",
        "less": "less slowed down",
    },
}
"""By what there was most of, and the turn."""
SHARES = "{before} → {after}"
BETWEEN = "{low} to {high}"
NO_CHANGES = "{places} places, {n} usable measurements: nothing changed that the evidence bears."
CHANGES_NOTE = (
    "{changes} changes at {changed} of {places} places. between: the first and last day it may have been, with 95 %. "
    "Places measured less than about once a day for ten days show no change."
)

BAD_OUTLIERS = (
    "--by {value}: one of asn and country, and one or more of platform, domain, category, input, role, list"
)
BAD_SHIFT = "--by {value}: one or more of platform, domain, category, input, role, list"
OUTLIER_COLUMNS = {"here": "here", "n": "n", "others": "others", "others_n": "others' n", "q": "q"}
SHIFT_COLUMNS = {
    "networks": "nets",
    "before_n": "before",
    "before_runs": "runs",
    "after_n": "after",
    "after_runs": "runs",
    "odds": "odds (95 %)",
    "p": "p",
    "note": "",
}
PERCENT = "{share:.0%}"
LITTLE, NEARLY = "<1%", ">99%"
SMALL = "<0.0001"
ODDS = "{odds:.2g} ({low:.2g} to {high:.2g})"
DIFFERENT = "differ"
ONE_ANSWER = "one answer"
NO_OUTLIERS = "{cells} cells tested, {little} insufficient: none differs from the others."
OUTLIERS_NOTE = (
    "{found} of {cells} cells differ, {little} more are insufficient. here, others: blocked or slowed down, of usable. q: of all findings "
    "with this q or less, about this share is chance."
)
NO_SHIFT = "No measurement matches, neither before {at} nor from it on."
SHIFT_NOTE = (
    "nets: networks with {measurements} usable measurements in {runs} runs or more on either side of {at}. before, after: "
    "their usable measurements, and in how many runs. odds: how much more likely blocked or slowed down than not from {at} on, "
    "1 is no change; one answer: all networks answered one way, before and after; insufficient: no network had enough on "
    "both sides. differ: the networks do, and one number for all misleads; see probe aggregate changes --by asn,…"
)
UNNAMED = " Left out: {n} measurements with no {names}, which have nothing in common."
OR = " or "
UNKNOWN_NETWORK = " Left out: {n} measurements of which neither network nor country is known; one before and one after need not be of one network."
