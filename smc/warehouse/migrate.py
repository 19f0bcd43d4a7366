"""Bring a warehouse to the newest tables: every file of ``migrations/`` once, in order, each in a transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

import duckdb

from smc.errors import UsageError

_TABLE = re.compile(r"-- (?P<comment>[^\n]+)\ncreate table (?P<table>\w+) \((?P<body>.*?)\n\);", re.DOTALL)
_VERSION_TABLE = """-- Migrations that this warehouse has
create table schema_version (
    version integer not null -- number of the migration
);"""
_ADDED = re.compile(r"^alter table (?P<table>\w+) add column (?P<column>\w+) [^;]+; -- (?P<comment>.+)$", re.MULTILINE)
_COLUMN = re.compile(r"^\s+(?P<column>\w+) [^\n]*?,?\s*-- (?P<comment>.+)$", re.MULTILINE)


def migrations() -> list[tuple[int, str]]:
    """Number and text of every migration, in order."""
    folder = files(__package__) / "migrations"
    named = sorted((item.name, item) for item in folder.iterdir() if item.name.endswith(".sql"))
    return [(int(name[:4]), item.read_text(encoding="utf-8")) for name, item in named]


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Apply what is missing. A warehouse made by a newer smc is refused, not touched."""
    connection.execute(_VERSION_TABLE.replace("create table", "create table if not exists"))
    for comment in comments(_VERSION_TABLE):
        connection.execute(comment)
    done = {row[0] for row in connection.execute("select version from schema_version").fetchall()}
    known = migrations()
    if newer := done - {number for number, _ in known}:
        raise UsageError(
            f"the warehouse has migration {max(newer):04}, which this smc does not know",
            remedy="Update smc, or open the warehouse with the version that wrote it.",
        )
    for number, text in known:
        if number not in done:
            connection.begin()
            connection.execute(text)
            for comment in comments(text):
                connection.execute(comment)
            connection.execute("insert into schema_version values (?)", [number])
            connection.commit()


def is_current(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a warehouse has the tables of this smc: a snapshot may have been published by an older one."""
    done = {row[0] for row in connection.execute("select version from schema_version").fetchall()}
    return done == {number for number, _ in migrations()}


def comments(text: str) -> Iterator[str]:
    """COMMENT statements from the comments of a migration, so that analysts see them in the database."""
    for table in _TABLE.finditer(text):
        yield f"comment on table {table['table']} is {_quoted(table['comment'])}"
        for column in _COLUMN.finditer(table["body"]):
            yield f"comment on column {table['table']}.{column['column']} is {_quoted(column['comment'])}"
    for column in _ADDED.finditer(text):
        yield f"comment on column {column['table']}.{column['column']} is {_quoted(column['comment'])}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
