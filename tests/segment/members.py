"""Who a rule matches, as the segment stage finds it."""

from __future__ import annotations

from datetime import date

from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.rule import Rule
from smc.segment.evaluate import evaluation, select_ids
from smc.segment.resolve import resolve
from smc.warehouse import DuckDBEngine, Warehouse


def members_of(warehouse: Warehouse, rule: Rule, as_of: date) -> set[str]:
    """Ids of the customers; metrics and RFM are as the warehouse has them."""
    asked = resolve(
        warehouse, segments={}, rules={"r": rule}, fields=FieldsSpec(), metrics=MetricsSpec(), as_of=as_of
    )  # fmt: skip
    found = evaluation(asked)
    found.materialise(DuckDBEngine(warehouse))
    return {row[0] for row in warehouse.rows(select_ids(found.members(found.rules["r"])))}
