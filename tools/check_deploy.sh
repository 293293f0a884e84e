#!/usr/bin/env bash
# Holds each file of deploy/ to a validator of the program that will read it. Ends with 1 at the first that does not pass.
#
#   tools/check_deploy.sh
#
# Needs a Python with this project installed ($PYTHON, else .venv), systemd's own systemd-analyze (no systemd need be running), and
# Debian's docker-compose and shellcheck; PyPI's kubernetes-validate is put into a folder that goes away.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-$PWD/.venv/bin/python}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
kubernetes="1.30 1.34" # the oldest and the newest that the manifest is meant for
exposure=15            # tenths; systemd-analyze calls up to 2.0 "OK" and what nothing was done for 9.6 "UNSAFE"

say() { printf '%4ss  %s\n' "$SECONDS" "$*"; }
fail() { say "NOT VALID: $*"; exit 1; }

tools_there() {
    local package missing=""
    for package in systemd docker-compose shellcheck; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=" $package"
    done
    [ -z "$missing" ] && return
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends $missing >"$scratch/apt.log" 2>&1 ||
        { tail -20 "$scratch/apt.log"; fail "apt-get install$missing"; }
}

kubernetes() {
    local version
    "$python" -m venv "$scratch/venv"
    "$scratch/venv/bin/pip" -q install 'kubernetes-validate==1.37.0' 2>/dev/null
    for version in $kubernetes; do
        "$scratch/venv/bin/kubernetes-validate" --strict --quiet --kubernetes-version "$version" deploy/kubernetes/*.yaml >"$scratch/k8s" 2>&1 ||
            { cat "$scratch/k8s"; fail "Kubernetes $version"; }
    done
    sed 's/concurrencyPolicy: Forbid/concurrencyPolicy: 5/; s/readOnlyRootFilesystem/readOnlyRootFileSystem/' deploy/kubernetes/reachprobe.yaml >"$scratch/bad.yaml"
    ! "$scratch/venv/bin/kubernetes-validate" --strict --quiet --kubernetes-version "${kubernetes##* }" "$scratch/bad.yaml" >/dev/null 2>&1 ||
        fail "the validator accepts anything"
    say "Kubernetes: $(grep -c '^kind:' deploy/kubernetes/reachprobe.yaml) resources fit the schemas of $kubernetes, strictly"
}

systemd() {
    local unit
    # What is not installed here cannot be found here: the unit is looked at with this checkout's program in its place.
    for unit in deploy/systemd/*; do
        sed "s#/opt/reachprobe/bin/probe#$(dirname "$python")/probe#" "$unit" >"$scratch/$(basename "$unit")"
    done
    (cd "$scratch" && systemd-analyze verify --man=no ./reachprobe.service ./reachprobe.timer) >"$scratch/verify" 2>&1 || true
    if [ -s "$scratch/verify" ]; then cat "$scratch/verify"; fail "systemd-analyze verify"; fi
    sed 's/^ProtectSystem=.*/ProtectSystme=strict/' "$scratch/reachprobe.service" >"$scratch/bad.service"
    systemd-analyze verify --man=no "$scratch/bad.service" 2>&1 | grep -q ProtectSystme || fail "systemd-analyze verify accepts anything"
    systemd-analyze calendar --iterations=2 "$(sed -n 's/^OnCalendar=//p' deploy/systemd/reachprobe.timer)" >"$scratch/calendar" || fail "OnCalendar"
    systemd-analyze security --offline=yes --no-pager --threshold=$exposure "$scratch/reachprobe.service" >"$scratch/security" 2>&1 ||
        { tail -3 "$scratch/security"; fail "exposure above 0.$exposure"; }
    say "systemd: $(grep -o 'Overall exposure.*' "$scratch/security")"
}

compose() {
    local file
    for file in deploy/compose/*.yaml; do
        PROBE_CONSENT=1 docker-compose --file "$file" config >"$scratch/compose" 2>"$scratch/compose.err" ||
            { cat "$scratch/compose.err"; fail "docker-compose config: $file"; }
        ! env -u PROBE_CONSENT docker-compose --file "$file" config >/dev/null 2>&1 || fail "$file starts without consent"
    done
    say "compose: docker-compose config takes it, and refuses it without PROBE_CONSENT"
}

cron() {
    "$python" tools/check_crontab.py deploy/cron/reachprobe || fail "deploy/cron/reachprobe"
    sed 's/ [\\]%/ %/' deploy/cron/reachprobe >"$scratch/bad.cron"
    ! "$python" tools/check_crontab.py "$scratch/bad.cron" 2>/dev/null || fail "the check of the crontab accepts anything"
    say "cron: fields, user, and a command that sh can read"
}

scripts() {
    shellcheck tools/*.sh .ci/run || fail "shellcheck"
    say "shellcheck has nothing to say"
}

tools_there
kubernetes
systemd
compose
cron
scripts
