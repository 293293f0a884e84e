"""Tests of probe.operate."""
