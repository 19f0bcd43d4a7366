"""Where statements that scan receipts, lines or messages run. DuckDB is the default; a cluster can take its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from smc.warehouse.compose import name, sql
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
        create = sql("create or replace temp table $target as select 1", target=name(table))
        create.set("expression", query.copy())
        self.warehouse.run(create)
