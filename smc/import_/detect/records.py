"""Columns of files that name their fields in themselves: NDJSON and Parquet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from smc.errors import FeedError
from smc.import_.detect.columns import Column, Kind, column_of
from smc.import_.detect.finding import Finding

_TYPES: tuple[tuple[str, Kind], ...] = (
    ("BOOL", "boolean"), ("TIMESTAMP", "datetime"), ("DATE", "date"), ("DECIMAL", "decimal"), ("DOUBLE", "decimal"),
    ("FLOAT", "decimal"), ("INT", "integer"),
)  # fmt: skip


def ndjson_columns(text: str) -> tuple[list[Column], int, list[int]]:
    """A column for every path of the objects, such as ``cart.0.sku``; cells of objects that lack it are empty.

    Then the number of rows, and the lines that are no object, counting from 1.
    """
    rows: list[dict[str, str]] = []
    odd: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            one = json.loads(line, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            one = None
        if isinstance(one, dict):
            rows.append(dict(_flat(one, "")))
        else:
            odd.append(number)
    names = dict.fromkeys(name for row in rows for name in row)
    return [column_of(name, (row.get(name, "") for row in rows)) for name in names], len(rows), odd


def _flat(value: Any, path: str) -> list[tuple[str, str]]:
    match value:
        case dict():
            return [pair for key, inner in value.items() for pair in _flat(inner, f"{path}.{key}" if path else key)]
        case list():
            return [pair for i, inner in enumerate(value) for pair in _flat(inner, f"{path}.{i}")]
        case None:
            return [(path, "")]
        case bool():
            return [(path, str(value).lower())]
        case _:
            return [(path, str(value))]


def parquet_columns(path: Path) -> tuple[list[Column], int]:
    """Columns by the schema of the file, rows by its footer. ``FeedError`` when it is no Parquet."""
    import duckdb

    try:
        with duckdb.connect() as connection:
            described = connection.execute("describe select * from read_parquet($path)", {"path": str(path)}).fetchall()
            ((rows,),) = connection.execute(
                "select sum(num_rows) from parquet_file_metadata($path)", {"path": str(path)}
            ).fetchall()
    except duckdb.Error as error:
        raise FeedError("the file cannot be read as Parquet", where=str(path)) from error
    return [
        Column(name, _kind(kind), 1.0, Finding(_form(_kind(kind)), f"type {kind}")) for name, kind, *_ in described
    ], rows


def _kind(kind: str) -> Kind:
    return next((ours for theirs, ours in _TYPES if theirs in kind), "text")


def _form(kind: Kind) -> tuple[str, ...]:
    return {"datetime": ("iso",), "date": ("%Y-%m-%d",), "decimal": (".", "")}.get(kind, ())
