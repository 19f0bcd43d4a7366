"""Parquet files: what their footer says, and their columns as exact text."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from smc.import_.land.unpack import RefusedError, cut, damaged

_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_PLAIN = re.compile(r"VARCHAR|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)|DATE|TIME|UUID|ENUM\(.*\)")
_LOCAL = re.compile(r"TIMESTAMP(_S|_MS|_NS)?")
FLOATS = frozenset({"FLOAT", "DOUBLE"})
_ZONED, _BOOLEAN = "TIMESTAMP WITH TIME ZONE", "BOOLEAN"


def footer(path: Path) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Number of rows, and name and type of each column. ``RefusedError`` when the file is no whole Parquet file."""
    with path.open("rb") as file:
        head = file.read(4)
        size = file.seek(0, 2)
        file.seek(max(0, size - 4))
        tail = file.read(4)
    if not size:
        raise RefusedError("the file is empty")
    if _ENCRYPTED in {head, tail}:
        raise RefusedError("the Parquet file is encrypted; have it written without encryption")
    if head != _MAGIC:
        raise RefusedError("it is no Parquet file; correct compression or kind of the feed's format")
    if tail != _MAGIC:
        raise cut("Parquet")
    config: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "autoload_known_extensions": "false"}
    try:
        with duckdb.connect(config=config) as connection:
            where = {"path": str(path)}
            found = connection.execute("select num_rows from parquet_file_metadata($path)", where).fetchone()
            columns = connection.execute("describe select * from read_parquet($path)", where).fetchall()
    except duckdb.Error as error:
        raise damaged("Parquet", str(error).split("\n", 1)[0]) from error
    return int(found[0]) if found else 0, tuple((name, kind) for name, kind, *_ in columns)


def is_nested(kind: str) -> bool:
    return kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION", "VARIANT", "JSON"))


def is_readable(kind: str) -> bool:
    """Whether a column of this type has an exact text."""
    known = kind in FLOATS or kind in {_ZONED, _BOOLEAN} or is_nested(kind)
    return known or _PLAIN.fullmatch(kind) is not None or _LOCAL.fullmatch(kind) is not None


def is_time(kind: str) -> bool:
    """Whether its text is ISO 8601 by its type."""
    return kind in {"DATE", _ZONED} or _LOCAL.fullmatch(kind) is not None


def text_of_column(name: str, kind: str) -> str:
    """SQL of the exact text of a column: ISO 8601 for times, with ``Z`` where they are instants.

    A floating-point number is the shortest decimal that is read back as the same number; whole ones have no ``.0``.
    """
    cell = '"' + name.replace('"', '""') + '"'
    if kind == _ZONED:
        return f"strftime(timezone('UTC', {cell}), '%Y-%m-%dT%H:%M:%S.%f') || 'Z'"
    if _LOCAL.fullmatch(kind):
        return f"replace(cast({cell} as varchar), ' ', 'T')"
    if kind in FLOATS:
        return f"regexp_replace(cast({cell} as varchar), '\\.0$', '')"
    if is_nested(kind):
        return f"cast(to_json({cell}) as varchar)"
    return f"cast({cell} as varchar)" if is_readable(kind) else "cast(null as varchar)"
