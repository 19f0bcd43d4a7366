"""Whose figures are computed: everyone or the touched, perhaps only a range of keys at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sqlglot import exp

from smc.warehouse import Warehouse, all_of, sql

TOUCHED, ANEW, AGED, ACTIVE = "metric_touched", "metric_anew", "metric_aged", "metric_active"
"""Temporary tables with keys of customers: those whose figures can have changed, and why: whose receipts are others,
whose windows left days behind, and whose figures over facts can have changed."""

_LINE_BYTES, _ROW_BYTES, _CUSTOMER_BYTES = 130, 90, 400
"""What the widest step holds in memory for each line, row of another table, and customer; measured
(benchmarks/README.md) and rounded up."""
_SHARE = 0.55
"""Of the memory limit; the rest is for scanning and writing."""
_MOST = 64
_KEYS = "select coalesce(min(customer_key), 0), coalesce(max(customer_key), 0) from customer_ident"


@dataclass(frozen=True, slots=True)
class Scope:
    """``only``: customers in this table. ``keys``: only keys after the first up to the last."""

    only: str | None = None
    keys: tuple[int, int] | None = None

    def of(self, alias: str) -> exp.Expr:
        """The condition over ``alias.customer_key``."""
        return all_of(list(self.conditions(alias)))

    def conditions(self, alias: str) -> Iterator[exp.Expr]:
        key = exp.column("customer_key", table=alias)
        if self.keys is not None:
            yield sql("$key > $after and $key <= $until", key=key, after=self.keys[0], until=self.keys[1])
        if self.only is not None:
            yield sql(f"$key in (select customer_key from {self.only})", key=key)

    def parts(self, warehouse: Warehouse, tables: Sequence[str]) -> Iterator[Scope]:
        """The scope in so many ranges of keys that what is read of ``tables`` fits into the memory limit."""
        count = min(_MOST, _needed(warehouse, tables, self.only) // _limit(warehouse) + 1)
        first, last = warehouse.rows(_KEYS)[0]
        if count == 1 or first == last:
            yield self
            return
        ends = [first - 1 + (last - first + 1) * number // count for number in range(count + 1)]
        for after, until in pairwise(ends):
            yield replace(self, keys=(after, until))


def _needed(warehouse: Warehouse, tables: Sequence[str], only: str | None) -> int:
    """Bytes that the figures of everyone would take in one piece, or the share of them that those in the table are."""
    sizes = dict(warehouse.rows("select table_name, estimated_size from duckdb_tables() where not temporary"))
    rows = sum(sizes.get(table, 0) * (_LINE_BYTES if table == "receipt_line" else _ROW_BYTES) for table in tables)
    whole = rows + sizes["customer_ident"] * _CUSTOMER_BYTES
    if only is None:
        return int(whole)
    # those who are touched buy more than others
    share = 3 * warehouse.value(f"select count(*) from {only}") / max(1, sizes["customer_ident"])
    return int(whole * min(1.0, share))


def _limit(warehouse: Warehouse) -> int:
    """Bytes that one part may take."""
    return max(1, int(warehouse.memory_limit * _SHARE))
