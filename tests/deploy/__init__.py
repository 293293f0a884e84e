"""Tests of what deploys a probe: Dockerfile, locks, deploy/."""
