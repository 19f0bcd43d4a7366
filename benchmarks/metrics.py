"""A full computation of metrics and RFM against one hand-written statement for the same figures (without RFM)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.timing import Took, best, row
from smc.config.specs.project import MetricsSpec, RfmSpec
from smc.metric.compute import compute
from smc.warehouse import Warehouse

_TIMES = 2
"""Both in turn, so often; the better counts, since the first of all also reads the file from disk."""


def run(warehouse: Warehouse, as_of: date) -> list[dict[str, Any]]:
    """Times of both, and of the night after; raises ``ValueError`` when the figures differ."""
    by_hand = (Path(__file__).parent / "by_hand.sql").read_text(encoding="utf-8")
    pairs = [_pair(warehouse, by_hand, as_of) for _ in range(_TIMES)]
    baseline, smc = (best(times) for times in zip(*pairs, strict=True))
    _require_equal(warehouse)
    customers = warehouse.value("select count(*) from customer_metric")
    _compute(warehouse, as_of - timedelta(days=1))
    night = Took.by(lambda: _compute(warehouse, as_of))
    return [
        row("all metrics and RFM", baseline, smc, customers),
        row("the next day of the same receipts, incremental", baseline, night, customers),
    ]


def _pair(warehouse: Warehouse, by_hand: str, as_of: date) -> tuple[Took, Took]:
    warehouse.run("drop table if exists by_hand")
    return (
        Took.by(lambda: warehouse.run(by_hand)),
        Took.by(lambda: _compute(warehouse, as_of, full=True)),
    )


def _compute(warehouse: Warehouse, as_of: date, *, full: bool = False) -> None:
    compute(warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), as_of=as_of, full=full)


def _require_equal(warehouse: Warehouse) -> None:
    """All columns by hand but the medians (by hand they lose half cents) and the category (by hand its text id).

    Columns that customer_metric has from other tables than receipts and lines are not written by hand.
    """
    columns = [row[0] for row in warehouse.rows("select column_name from (describe by_hand)")]
    kept = ", ".join(name for name in columns if not name.startswith("median") and name != "favourite_category")
    differ = warehouse.value(
        f"""select count(*) from (
            (select {kept} from customer_metric where receipts > 0 except select {kept} from by_hand)
            union all (select {kept} from by_hand except select {kept} from customer_metric)
        )"""
    )
    if differ:
        raise ValueError(f"{differ} rows differ between customer_metric and by_hand")
