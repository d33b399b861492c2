"""Storage that keeps the promises of `store`."""
