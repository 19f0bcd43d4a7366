"""The rows of one customer, apart: whatever conditions read, each table is read once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlglot import exp

from smc.segment.evaluate import Evaluation
from smc.segment.narrow import keyed_tables, replaced
from smc.segment.scan import Scan
from smc.warehouse import DuckDBEngine, Warehouse, sql


@dataclass(frozen=True, slots=True)
class Own:
    """``query`` rewrites statements; temporary tables ``own_NAME`` hold the customer's rows of each table."""

    warehouse: Warehouse
    key: int
    _keyed: frozenset[str]
    _made: set[str] = field(default_factory=set)

    def query(self, query: exp.Expr) -> exp.Expr:
        """The query as if its tables had the rows of this customer alone.

        Right for whatever is worked out customer by customer, as atoms are.
        """
        return replaced(query, self._keyed, self._own)

    def _own(self, table: str) -> str:
        own = f"own_{table}"
        if table not in self._made:
            rows = sql(f"select * from {table} where customer_key = $key", key=self.key)
            DuckDBEngine(self.warehouse).materialise(own, rows)
            self._made.add(table)
        return own

    def evaluate(self, found: Evaluation) -> Evaluation:
        """The same for this customer, with its scans run. One that compares customers with each other is left whole."""
        asked = sql("customer_key = $key", key=self.key)
        scans = tuple(scan if scan.whole else replace(scan, query=self.query(scan.query)) for scan in found.scans)
        narrow = replace(found, scans=scans)
        narrow.materialise(DuckDBEngine(self.warehouse))
        return replace(narrow, flags=exp.select("*").from_(found.flags.subquery("everyone")).where(asked))

    def drop(self, scans: tuple[Scan, ...] = ()) -> None:
        """Nothing of it stays behind."""
        for table in (*(f"own_{name}" for name in self._made), *(scan.table for scan in scans)):
            self.warehouse.run(f"drop table if exists {table}")


@contextmanager
def own_rows(warehouse: Warehouse, key: int) -> Iterator[Own]:
    """The rows of a customer until the block ends."""
    own = Own(warehouse, key, keyed_tables(warehouse))
    try:
        yield own
    finally:
        own.drop()
