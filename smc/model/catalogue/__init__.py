"""The objects themselves, a file per group."""
