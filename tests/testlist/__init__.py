"""Tests of probe.testlist."""
