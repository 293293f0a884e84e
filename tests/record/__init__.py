"""Tests of probe.record: what is read and written, and what is said of it."""
