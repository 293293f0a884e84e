"""`probe compare` behind its options: reading both sides, laying them out as rows, telling what came of it."""
