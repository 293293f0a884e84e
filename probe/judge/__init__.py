"""Records in, verdicts out: pure, no clock, no network."""
