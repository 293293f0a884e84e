"""The report in a real browser: slow proofs, skipped only where there is no Chromium."""
