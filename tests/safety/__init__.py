"""Tests of probe.safety."""
