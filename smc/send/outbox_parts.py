"""Templates and files in the outbox: kept once by their hashes, as they were when messages were handed over."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from smc.model.file import File
from smc.model.template import Template
from smc.send.outbox_tables import attached, template


def put(connection: Connection, templates: Iterable[Template], files: Iterable[File]) -> None:
    """Those that are not there yet."""
    if rows := [asdict(item) | {"sha256": item.sha256} for item in templates]:
        connection.execute(_insert_new(connection, template), rows)
    for file in files:
        connection.execute(_insert_new(connection, attached), [asdict(file) | {"sha256": file.sha256}])


def templates_of(connection: Connection, hashes: Collection[str]) -> dict[str, Template]:
    rows = connection.execute(select(template).where(template.c.sha256.in_(hashes)))
    return {row.sha256: Template(row.name, row.subject, row.preheader, row.html, row.text) for row in rows}


def files_of(connection: Connection, hashes: Collection[str]) -> dict[str, File]:
    rows = connection.execute(select(attached).where(attached.c.sha256.in_(hashes)))
    return {row.sha256: File(row.name, row.kind, row.content) for row in rows}


def _insert_new(connection: Connection, table: Table) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()
