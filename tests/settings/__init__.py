"""Tests of `probe.settings`."""
