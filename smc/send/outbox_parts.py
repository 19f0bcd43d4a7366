"""Templates and files in the outbox: kept once by their hashes, as they were when messages were handed over."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from smc.model.file import File
from smc.model.template import Content, Note, Template
from smc.send.outbox_tables import attached, template


def put(connection: Connection, templates: Iterable[Content], files: Iterable[File]) -> None:
    """Those that are not there yet."""
    if rows := [_row(item) for item in templates]:
        connection.execute(_insert_new(connection, template), rows)
    for file in files:
        connection.execute(_insert_new(connection, attached), [asdict(file) | {"sha256": file.sha256}])


def templates_of(connection: Connection, hashes: Collection[str]) -> dict[str, Content]:
    rows = connection.execute(select(template).where(template.c.sha256.in_(hashes)))
    return {row.sha256: _content(row) for row in rows}


def files_of(connection: Connection, hashes: Collection[str]) -> dict[str, File]:
    rows = connection.execute(select(attached).where(attached.c.sha256.in_(hashes)))
    return {row.sha256: File(row.name, row.kind, row.content) for row in rows}


def _row(item: Content) -> dict[str, Any]:
    if isinstance(item, Template):
        return asdict(item) | {"sha256": item.sha256, "parts": None}
    empty = dict.fromkeys(("subject", "preheader", "html", "text"), "")
    return empty | {"sha256": item.sha256, "name": item.name, "parts": json.dumps(item.parts, ensure_ascii=False)}


def _content(row: Any) -> Content:
    if row.parts is None:
        return Template(row.name, row.subject, row.preheader, row.html, row.text)
    return Note(row.name, tuple((name, source) for name, source in json.loads(row.parts)))


def _insert_new(connection: Connection, table: Table) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()
