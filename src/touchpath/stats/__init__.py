"""Numbers in, numbers out: intervals and comparisons."""
