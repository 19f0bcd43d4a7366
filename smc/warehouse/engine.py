"""Where statements that scan receipts, lines or messages run. DuckDB is the default; a cluster can take its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from smc.warehouse.compose import name, text_of
from smc.warehouse.connection import Warehouse


class Engine(Protocol):
    """Runs one portable SELECT and leaves its result as a temporary table of the warehouse."""

    def materialise(self, table: str, query: exp.Expr) -> None:
        """Replace the temporary table ``table`` by the result of ``query``."""
        ...


@dataclass(frozen=True, slots=True)
class DuckDBEngine:
    """The warehouse itself as the engine."""

    warehouse: Warehouse

    def materialise(self, table: str, query: exp.Expr) -> None:
        self.warehouse.run(f"create or replace temp table {text_of(name(table))} as {text_of(query)}")
