"""Statistics of reachability: proportions, pairs, cells, changes. Pure."""
