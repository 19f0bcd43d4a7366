"""Parquet files: what their footer says, and their columns as exact text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from smc.import_.land.unpack import Limits, RefusedError, check_inflation, check_text, cut, damaged, most_text

_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_PLAIN = re.compile(r"VARCHAR|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)|DATE|TIME|UUID|ENUM\(.*\)")
_LOCAL = re.compile(r"TIMESTAMP(_S|_MS|_NS)?")
FLOATS = frozenset({"FLOAT", "DOUBLE"})
_ZONED, _BOOLEAN = "TIMESTAMP WITH TIME ZONE", "BOOLEAN"
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1, "autoload_known_extensions": "false", "memory_limit": "1GB", "temp_directory": "",
}  # fmt: skip
_READ = "read_parquet($path, binary_as_string = false)"
_MUCH, _LONG = "smc_much", "smc_long"


def footer(path: Path, packed: int, limits: Limits) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Number of rows, and name and type of each column. ``packed``: bytes of the file as it came.

    ``RefusedError`` when the file is no whole Parquet file, or when its text is beyond the limits.
    """
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
    try:
        with duckdb.connect(config=_CONFIG) as connection:
            where = {"path": str(path)}
            found = connection.execute("select num_rows from parquet_file_metadata($path)", where).fetchone()
            columns = connection.execute(f"describe select * from {_READ}", where).fetchall()
            rows = int(found[0]) if found else 0
            named = tuple((name, kind) for name, kind, *_ in columns)
            _check_size(connection, path, rows, named, packed=packed, limits=limits)
    except duckdb.Error as error:
        raise damaged("Parquet", str(error).split("\n", 1)[0]) from error
    return rows, named


def _check_size(
    connection: duckdb.DuckDBPyConnection, path: Path, rows: int, columns: Sequence[tuple[str, str]], *,
    packed: int, limits: Limits,
) -> None:  # fmt: skip
    """Hold the text of a file against the limits of text, as if it were written as CSV.

    A cell has a byte at least. What the footer says of sizes is no bound: one text of a dictionary may stand in every
    row, and a footer may lie. So the texts are measured row by row, up to the limit and never beyond.
    """
    check_text(rows * len(columns), limits)
    check_inflation(rows * len(columns), packed, limits)
    sizes = [f"coalesce({size}, 0)" for name, kind in columns if (size := _size(name, kind))]
    if not sizes:
        return
    most = min(limits.text, most_text(packed, limits))
    try:
        connection.execute(
            f"select max(case when total > {most} then error('{_MUCH}') "
            f"when size > {limits.line} then error('{_LONG}') end) from ("
            "select size, sum(size) over (rows between unbounded preceding and current row) as total from ("
            f"select {len(columns)} + {' + '.join(sizes)} as size from {_READ}))",
            {"path": str(path)},
        ).fetchall()
    except duckdb.InvalidInputException as error:
        if _MUCH in str(error):
            check_text(most + 1, limits)
            check_inflation(most + 1, packed, limits)
        if _LONG in str(error):
            raise RefusedError(
                f"a row of it is longer than the limit of {limits.line} bytes (import.longest_line)"
            ) from error
        raise


def _size(name: str, kind: str) -> str:
    """SQL of the bytes of a cell; empty where no cell of the type is long, or none is ever read."""
    cell = column(name)
    if is_nested(kind):
        return f"strlen(cast({cell} as varchar))"
    return f"strlen({cell})" if kind == "VARCHAR" else ""


def column(name: str) -> str:
    """A name as an SQL column."""
    return '"' + name.replace('"', '""') + '"'


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
    cell = column(name)
    if kind == _ZONED:
        return f"strftime(timezone('UTC', {cell}), '%Y-%m-%dT%H:%M:%S.%f') || 'Z'"
    if _LOCAL.fullmatch(kind):
        return f"replace(cast({cell} as varchar), ' ', 'T')"
    if kind in FLOATS:
        return f"regexp_replace(cast({cell} as varchar), '\\.0$', '')"
    if is_nested(kind):
        return f"cast(to_json({cell}) as varchar)"
    return f"cast({cell} as varchar)" if is_readable(kind) else "cast(null as varchar)"
