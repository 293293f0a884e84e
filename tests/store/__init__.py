"""Tests of the store: real files, real processes, real kills; engines answer on real data."""
