"""Whether the rows of a stage come in the order of time, so that they need not be sorted on their way into the table.

A table lies well when few of its row groups hold any given moment; then a scan of some days skips the others.
"""

from __future__ import annotations

from smc.warehouse import Warehouse

GROUP = 122_880
"""Rows of a row group of DuckDB, the unit in which scans skip."""

_SAMPLE, _FEW, _WORSE = 64, 8, 4


def lies_in_order(warehouse: Warehouse, value: str, source: str, condition: str) -> bool:
    """``value``: SQL of a time or day over ``source``, in which ``s`` is the stage. False for a few row groups: sorting
    them costs nothing.

    Looks at the first rows of each group. How many groups hold a moment, on average, is the sum of their spans over the
    span of all; sorted, that is about one, and more when days are longer than groups.
    """
    groups, spans, whole, unit = warehouse.rows(
        "select count(*), sum(high - low + unit), max(high) - min(low) + max(unit), max(unit) from ("
        "select epoch(min(t)) as low, epoch(max(t)) as high, "
        "case when typeof(any_value(t)) = 'DATE' then 86400e0 else 1e0 end as unit from ("
        f"select s.rowid // {GROUP} as g, {value} as t from {source} "
        f"where {condition} and s.rowid % {GROUP} < {_SAMPLE}) group by g having min(t) is not null)"
    )[0]
    if groups <= _FEW:
        return False
    sorted_groups = 1 + groups * unit / whole
    return bool(spans / whole <= _WORSE * sorted_groups)
