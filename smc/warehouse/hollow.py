"""Tables into which a transaction has put nothing yet, although it inserted or made them of a query.

DuckDB (1.5 and 2.0) loses sight of rows: when an insert of a transaction brought no row and a later one brings a row
group or more by several threads, no statement sees these until the next checkpoint. By one thread they are seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

_BEFORE = r"(?:\s|--[^\n]*\n)*"
_INSERT = re.compile(_BEFORE + r'insert\s+into\s+"?(?P<table>\w+)', re.IGNORECASE)
_CREATE = re.compile(
    _BEFORE + r'create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?table\s+"?(?P<table>\w+)"?(?P<query>\s+as\b)?',
    re.IGNORECASE,
)


@dataclass(slots=True)
class Hollow:
    """``tables``: those into which all inserts of the open transaction brought no row; ``filled``: those that got rows.

    ``open``: whether there is one.
    """

    open: bool = False
    tables: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)

    def began(self) -> None:
        self.open = True
        self.tables.clear()
        self.filled.clear()

    def ended(self) -> None:
        self.open = False

    def table(self, text: str) -> str | None:
        """The table into which a statement puts rows; None for other statements and outside a transaction."""
        if not self.open:
            return None
        if made := _CREATE.match(text):
            self._forget(made["table"].lower())
            return made["table"].lower() if made["query"] else None
        found = _INSERT.match(text)
        return found["table"].lower() if found else None

    def _forget(self, table: str) -> None:
        """A table that is made anew is another one."""
        self.tables.discard(table)
        self.filled.discard(table)

    def note(self, table: str, rows: int) -> None:
        """How many rows a statement put into ``table``."""
        if rows:
            self.tables.discard(table)
            self.filled.add(table)
        elif table not in self.filled:
            self.tables.add(table)


@contextmanager
def one_thread(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """The statements of the block are executed by one thread."""
    beside = connection.cursor()  # an open transaction that has failed takes no setting
    ((threads,),) = beside.execute("select current_setting('threads')").fetchall()
    beside.execute("set threads = 1")
    try:
        yield
    finally:
        beside.execute(f"set threads = {int(threads)}")
        beside.close()
