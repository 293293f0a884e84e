"""Tests of probe.run and probe.session."""
