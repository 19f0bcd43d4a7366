"""Names that cannot be columns of a table that a project declares."""

from __future__ import annotations

RESERVED = frozenset((
    "all", "analyse", "analyze", "and", "anti", "any", "array", "as", "asc", "asof", "asymmetric", "at",
    "authorization", "between", "binary", "both", "by", "case", "cast", "check", "collate", "collation",
    "column", "concurrently", "constraint", "create", "cross", "default", "deferrable", "desc", "describe",
    "distinct", "do", "else", "end", "except", "false", "fetch", "for", "foreign", "freeze", "from", "full",
    "glob", "group", "having", "ilike", "in", "initially", "inner", "intersect", "into", "is", "isnull", "join",
    "lambda", "lateral", "leading", "left", "like", "limit", "natural", "not", "notnull", "null", "offset",
    "on", "only", "or", "order", "outer", "overlaps", "pivot", "pivot_longer", "pivot_wider", "placing",
    "positional", "primary", "qualify", "references", "returning", "right", "select", "semi", "show", "similar",
    "some", "summarize", "symmetric", "table", "tablesample", "then", "to", "trailing", "true", "union",
    "unique", "unpack", "unpivot", "using", "variadic", "verbose", "when", "where", "window", "with",
))  # fmt: skip
"""Words of SQL that DuckDB does not take as the bare name of a column everywhere."""

OWN = frozenset((
    "bad", "broken", "custom", "customer_id", "customer_key", "day", "decided", "final", "first", "first_line",
    "first_v", "h", "known", "line", "lines", "n", "numbered", "ord", "raw", "same", "v", "why",
))  # fmt: skip
"""Columns that smc itself adds, in the table or on the way into it."""


def free_column(name: str) -> str:
    """The name; ``ValueError`` when it is taken."""
    if name in RESERVED:
        raise ValueError(f"'{name}' is a word of SQL; give the field another name, such as '{name}_'")
    if name in OWN or name.endswith("_key"):
        raise ValueError(f"'{name}' is a name that smc uses itself; give the field another one")
    return name
