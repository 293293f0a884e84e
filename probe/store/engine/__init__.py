"""One module an engine: how it opens a store's tables, and nothing of what is asked."""
