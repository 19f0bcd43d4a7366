"""RFM of every buyer by stored boundaries against three ``ntile(5)``, which split equal values (ties by key)."""

from __future__ import annotations

from datetime import date
from typing import Any

from benchmarks.timing import Took, best, peak_mb, row
from smc.config.specs.project import MetricsSpec, RfmSpec
from smc.metric.compute import compute
from smc.metric.rfm import score
from smc.warehouse import Warehouse

_TIMES = 3
_BY_HAND = """
create or replace table hand_rfm as
select customer_key,
    ntile(5) over (order by last_receipt, customer_key) as recency,
    ntile(5) over (order by receipts_365d, customer_key) as frequency,
    ntile(5) over (order by revenue_365d, customer_key) as monetary
from customer_metric where receipts_365d > 0
"""


def run(warehouse: Warehouse, as_of: date) -> list[dict[str, Any]]:
    """Times of both over the same stored metrics, in turn; raises ``ValueError`` when the customers differ."""
    compute(warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), as_of=as_of)
    pairs = [(Took.by(lambda: warehouse.run(_BY_HAND)), _score(warehouse, as_of)) for _ in range(_TIMES)]
    by_hand, smc = (best(times) for times in zip(*pairs, strict=True))
    if warehouse.value("select count(*) from hand_rfm h full join rfm r using (customer_key) "
                       "where h.customer_key is null or r.customer_key is null"):  # fmt: skip
        raise ValueError("rfm and hand_rfm hold different customers")
    scored = warehouse.value("select count(*) from rfm")
    return [{**row("scores, boundaries and cells", by_hand, smc, scored), "peak_mb": peak_mb()}]


def _score(warehouse: Warehouse, as_of: date) -> Took:
    """Everybody's scores as on the first day, with the change of each in the history."""
    for table in ("rfm", "rfm_change", "rfm_day", "rfm_boundary", "rfm_touched"):
        warehouse.run(f"delete from {table}")
    warehouse.run("delete from watermark where name = 'rfm_scores'")
    warehouse.run("checkpoint")
    with warehouse.any_order(), warehouse.transaction():
        return Took.by(lambda: score(warehouse, RfmSpec(), as_of))
