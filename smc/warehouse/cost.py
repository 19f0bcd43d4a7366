"""What a statement costs: seconds, and rows that were read of each table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from smc.warehouse.connection import Warehouse


@dataclass(frozen=True, slots=True)
class Cost:
    """``rows`` are those that were looked at, by table: parts of a table that cannot match are passed over."""

    seconds: float
    rows: Mapping[str, int]


@contextmanager
def profiled(warehouse: Warehouse) -> Iterator[None]:
    """Statements in the block are measured; ``last_cost`` tells of the last one whose rows were fetched."""
    warehouse.run("set enable_profiling = 'no_output'")
    warehouse.run("set profiling_coverage = 'ALL'")
    try:
        yield
    finally:
        warehouse.connection.disable_profiling()


def last_cost(warehouse: Warehouse) -> Cost:
    """Of the last statement in a block of ``profiled``."""
    told = json.loads(warehouse.connection.get_profiling_information(format="json"))
    rows: Counter[str] = Counter()
    for operator in _operators(told.get("operator", [])):
        table = operator.get("extra_info", {}).get("Table")
        if table and "rows_scanned" in operator:
            rows[str(table).rpartition(".")[2].strip('"')] += int(operator["rows_scanned"])
    return Cost(float(told.get("query", {}).get("total_time", 0)), dict(sorted(rows.items())))


def _operators(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for operator in found:
        yield operator
        yield from _operators(operator.get("children", []))
