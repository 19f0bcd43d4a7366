"""From rows to tables: stage, keys, merge by the feed's mode, and what else must follow; one transaction a file."""
