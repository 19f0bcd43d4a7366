"""How the outbox opens its database, and its errors in our words. SQLite is what there is so far."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from smc.errors import DiskFullError, SmcError, WarehouseError

BUSY_MS = 60_000


def sqlite_engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite+pysqlite:///{path}", connect_args={"timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _settings)
    event.listen(engine, "begin", _begin)
    return engine


def reading_engine(path: Path) -> Engine:
    """For looking alone: SQLite itself refuses whatever would change the file."""
    at = f"{path.resolve().as_uri()}?mode=ro"
    engine = create_engine(
        "sqlite+pysqlite://", poolclass=NullPool,
        creator=lambda: sqlite3.connect(at, uri=True, timeout=BUSY_MS / 1000, isolation_level=None),
    )  # fmt: skip
    event.listen(engine, "begin", _begin)
    return engine


def _settings(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, see _begin
    cursor = connection.cursor()
    cursor.execute(f"pragma busy_timeout = {BUSY_MS}")
    cursor.execute("pragma journal_mode = wal")
    # FULL: a commit is on disk when it returns. With NORMAL a power cut may undo the last commits, and with them the
    # note that a message has been sent.
    cursor.execute("pragma synchronous = full")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "begin immediate"))


def ours(text: str, path: Path) -> SmcError:
    if "disk is full" in text or "No space left" in text:
        return DiskFullError(
            "the disk is full; nothing half-done is kept", where=str(path), remedy="Free some space and run again."
        )
    return WarehouseError(text, where=str(path), remedy="See whether another program holds the outbox.")
