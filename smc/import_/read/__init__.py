"""From text to rows of typed values in DuckDB, and the words for a value that cannot be read."""
