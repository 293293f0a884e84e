"""The truth table: every network of the lab, measured by the real code, and judged with and without a control.

python -m tests.truth            write docs/truth-table.md
python -m tests.truth --check    exit 1 when it would change
"""
