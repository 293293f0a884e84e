"""Tests of probe.nettest."""
