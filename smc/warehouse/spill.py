"""Temporary files of DuckDB: how large they may grow, and that none stay behind when a process was killed."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import duckdb

MEMORY = ":memory:"
_FILES = "duckdb_temp_*"
_PART = 4


def spill_folder(path: Path) -> Path:
    """Where DuckDB puts what does not fit into memory, beside the warehouse."""
    return path.with_name(path.name + ".tmp")


def limit_spill(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Leave a quarter of the free disk alone, so that no statement can fill it."""
    free = shutil.disk_usage(path.parent).free
    with suppress(duckdb.OutOfMemoryException):  # others of this process have more on the disk already
        connection.execute("set global max_temp_directory_size = ?", [f"{free - free // _PART}B"])


def sweep_spill(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Remove what killed processes left. They hold rows of customers.

    ``connection`` is open for writing: no other process has the warehouse open then, so that all files are left ones,
    unless this process itself has begun to write some.
    """
    folder = spill_folder(path)
    if str(path) == MEMORY or not folder.is_dir():
        return
    left = list(folder.glob(_FILES))
    if not left or connection.execute("select count(*) from duckdb_temporary_files()").fetchall()[0][0]:
        return
    for file in left:
        file.unlink(missing_ok=True)
    with suppress(OSError):  # somebody keeps another file there
        folder.rmdir()
