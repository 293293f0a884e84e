"""Tests of the results files: real files, real threads, real kills."""
