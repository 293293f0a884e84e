#!/usr/bin/env bash
# Metrics, alert rules and dashboard by Prometheus' own tool: names, expressions, and what the alerts do.
# Needs promtool (Debian: prometheus; its service is not needed) and a Python with reachprobe[schedule] in it.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
command -v promtool >/dev/null || { echo "promtool is missing: apt-get install prometheus"; exit 2; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

PYTHONPATH=. "$python" tools/check_metrics.py "$scratch"
promtool check metrics <"$scratch/metrics.prom"
promtool check rules deploy/prometheus/reachprobe.rules.yaml "$scratch/dashboard.rules.yaml"
promtool test rules deploy/prometheus/reachprobe.rules.test.yaml
