"""Metrics, RFM, segments and nights one after the other on one copy of a base, so that nothing is computed twice."""

from __future__ import annotations

from datetime import date
from typing import Any

from benchmarks import metrics, night, rfm, segments
from benchmarks.timing import Took, forget_peak
from smc.warehouse import Warehouse

PARTS = ("metrics", "rfm", "segments", "night")


def run(
    warehouse: Warehouse, as_of: date, memory: str, *, customers: int, receipts: int, seed: int
) -> dict[str, list[dict[str, Any]]]:
    """Rows of each benchmark of ``PARTS``."""
    computed = metrics.run(warehouse, as_of, memory)
    warehouse.run("checkpoint")
    forget_peak()
    scored = rfm.run(warehouse, as_of)
    members = segments.run(warehouse, as_of)
    full = _smc(computed[0]), _smc(members[0])
    nights = night.nights(warehouse, as_of, full, customers=customers, receipts=receipts, seed=seed)
    return dict(zip(PARTS, (computed, scored, members, nights), strict=True))


def _smc(row: dict[str, Any]) -> Took:
    return Took(row["smc_s"], row["smc_cpu_s"])
