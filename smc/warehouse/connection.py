"""The warehouse: one DuckDB file with one writer, opened with the project's zone, memory and threads."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import duckdb

from smc.errors import DiskFullError, LockedError, SmcError, WarehouseError
from smc.warehouse.compose import text_of
from smc.warehouse.hollow import Hollow, one_thread
from smc.warehouse.migrate import migrate
from smc.warehouse.spill import limit_spill, sweep_spill

_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_FULL = ("No space left", "File too large", "Disk quota exceeded", "disk full")
_HOLDER = re.compile(r"lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")

_WRONG = "statistics_propagation"
"""DuckDB 2.0.0 takes a sum over a left join for less than it is when statistics say that the right side is empty."""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """An open warehouse. Parameters are named: ``rows("select … where day = $day", day=as_of)``."""

    connection: duckdb.DuckDBPyConnection
    path: Path
    _hollow: Hollow = field(default_factory=Hollow, repr=False, compare=False)

    @classmethod
    def open(
        cls, path: Path, *, timezone: str, memory: str = "50%", threads: int | None = None, read_only: bool = False
    ) -> Warehouse:
        """Open, creating and migrating unless ``read_only``. ``memory`` is DuckDB's limit, such as '4GB' or '50%'.

        Temporary files that a killed process left are removed when the warehouse opens for writing.
        """
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "disabled_optimizers": _WRONG,
        }
        if threads is not None:
            config["threads"] = threads
        path.parent.mkdir(parents=True, exist_ok=True)
        with translated(path):
            connection = duckdb.connect(str(path), read_only=read_only, config=config)
            connection.execute("set global TimeZone = ?", [timezone])
            limit_spill(connection, path)
            if not read_only:
                sweep_spill(connection, path)
                migrate(connection)
        return cls(connection, path)

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, statement: Any, /, **params: object) -> int:
        """Execute one statement; the number of rows it changed, where DuckDB says so."""
        text = _text(statement)
        table = self._hollow.table(text)
        with one_thread(self.connection) if table in self._hollow.tables else nullcontext():
            result = self._execute(text, params).fetchone()
        changed = int(result[0]) if result and isinstance(result[0], int) else 0
        if table is not None:
            self._hollow.note(table, changed)
        return changed

    def rows(self, statement: Any, /, **params: object) -> list[tuple[Any, ...]]:
        return self._execute(statement, params).fetchall()

    def records(self, statement: Any, /, **params: object) -> list[dict[str, Any]]:
        """Rows as dictionaries by column name."""
        result = self._execute(statement, params)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def batches(self, statement: Any, size: int, /, **params: object) -> Iterator[list[dict[str, Any]]]:
        """Records in lists of ``size``, read through a cursor of their own, so that writing may go on meanwhile."""
        cursor = self.connection.cursor()
        with translated(self.path):
            result = cursor.execute(_text(statement), params or None)
            names = [column[0] for column in result.description or ()]
            while rows := result.fetchmany(size):
                yield [dict(zip(names, row, strict=True)) for row in rows]
        cursor.close()

    def value(self, statement: Any, /, **params: object) -> Any:
        """The first column of the first row; None when there is no row."""
        row = self._execute(statement, params).fetchone()
        return row[0] if row else None

    @property
    def memory_limit(self) -> int:
        """Bytes that DuckDB may hold."""
        number, unit = str(self.value("select current_setting('memory_limit')")).split()
        return int(float(number) * _UNITS[unit])

    @contextmanager
    def all_optimizers(self) -> Iterator[None]:
        """For statements over much that compare no sum: they are quicker with the optimizer that is off otherwise."""
        self._execute("set disabled_optimizers = ''", {})
        try:
            yield
        finally:
            self._execute(f"set disabled_optimizers = '{_WRONG}'", {})

    @contextmanager
    def any_order(self) -> Iterator[None]:
        """For statements whose rows may be stored in any order: all threads write what they insert."""
        self._execute("set preserve_insertion_order = false", {})
        try:
            yield
        finally:
            self._execute("set preserve_insertion_order = true", {})

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing of it."""
        self._execute("begin", {})
        self._hollow.began()
        try:
            yield
            self._execute("commit", {})
        except BaseException:
            self._rollback()
            raise
        finally:
            self._hollow.ended()

    def publish(self, target: Path) -> None:
        """A read-only copy for reports and analysts, put in place at once; readers of the old one keep it."""
        with translated(self.path):
            self.connection.execute("checkpoint")
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(target.name + ".new")
            try:
                shutil.copyfile(self.path, fresh)
                fresh.replace(target)
            finally:
                fresh.unlink(missing_ok=True)

    def _execute(self, statement: Any, params: Mapping[str, object]) -> duckdb.DuckDBPyConnection:
        with translated(self.path):
            return self.connection.execute(_text(statement), dict(params) or None)

    def _rollback(self) -> None:
        try:
            self.connection.execute("rollback")
        except duckdb.Error:
            # A failed commit has already ended the transaction; there is nothing left to undo.
            return


def _named(holder: re.Match[str]) -> str:
    return f"{Path(holder['program']).name}, pid {holder['pid']}"


def _text(statement: Any) -> str:
    return statement if isinstance(statement, str) else text_of(statement)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of DuckDB and of the disk as ours, with what to do."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise _ours(error, path) from error


def _ours(error: Exception, path: Path) -> SmcError:
    text = str(error).split("\n\nLINE ")[0]
    if "max_temp_directory_size" in text:
        return DiskFullError(
            "the step needs more space for temporary files than three quarters of the free disk; it was undone and "
            "nothing of it is kept",
            where=str(path),
            remedy="Free some space, or raise the memory limit, and run the same command again.",
        )
    if any(sign in text for sign in _FULL):
        return DiskFullError(
            "the disk is full; the step was undone and nothing of it is kept",
            where=str(path),
            remedy="Free some space and run the same command again.",
        )
    if "Could not set lock" in text:
        holder = _HOLDER.search(text)
        return LockedError(
            f"another program has the warehouse open: {_named(holder) if holder else 'unknown'}",
            where=str(path),
            remedy="Close it; for looking at data open the snapshot, which is never locked.",
        )
    return WarehouseError(text, where=str(path))
