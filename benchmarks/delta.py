"""A night's drops, 1 % of the base, on top of the loaded base: the cost must follow the delta, not the base.

Half of the receipts of the delta are new, a quarter corrects known ones, and a quarter comes again unchanged; their
lines come with them, and so does 1 % of the profiles. The baseline reads and inserts the same files as they are.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.drops import TIMEZONE, Drops
from benchmarks.load import bare, feed_of
from benchmarks.timing import timed
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec, ImportSettings
from smc.import_.run import import_feeds
from smc.warehouse import Warehouse

_ORDER = ("categories", "products", "stores", "customers", "receipts", "lines")
_NIGHT = ("customers", "receipts", "lines")
_PERCENT = 1

_CUT = {
    "customers": """
        select * replace (case when hash(customer_id) % 2 = 0 then 'Town' else city end as city)
        from {customers} where hash(customer_id) % 100 < {percent}
    """,
    "receipts": """
        select * replace (
            case when hash(receipt_id) % 400 < 2 * {percent} then 'N' || receipt_id else receipt_id end as receipt_id,
            case when hash(receipt_id) % 400 = 2 * {percent} then 'cancelled' else status end as status
        )
        from {receipts} where hash(receipt_id) % 400 < 4 * {percent}
    """,
    "lines": """
        select * replace (
            case when hash(receipt_id) % 400 < 2 * {percent} then 'N' || receipt_id else receipt_id end as receipt_id
        )
        from {lines} where hash(receipt_id) % 400 < 4 * {percent}
    """,
}


def run(drops: Path, scratch: Path, as_of: date, memory: str) -> list[dict[str, Any]]:
    """Seconds of both for the files of one night on a base that smc has loaded."""
    with Warehouse.open(scratch / "delta.duckdb", timezone=TIMEZONE, memory=memory) as warehouse:
        _load(warehouse, {name: feed_of(drops, name) for name in _ORDER}, drops, scratch, as_of)
        night = scratch / "night"
        night.mkdir()
        for name in _NIGHT:
            query = _CUT[name].replace("{percent}", str(_PERCENT)).format_map(Drops(drops))
            warehouse.run(f"copy ({query}) to '{night / name}.csv' (format csv, header true, delimiter ',')")
        rows: list[dict[str, Any]] = []
        for name in _NIGHT:
            bare_s = timed(partial(bare, warehouse, night, name))
            smc_s = timed(partial(_load, warehouse, {name: feed_of(night, name)}, night, scratch, as_of))
            rows.append({"what": name, "baseline_s": bare_s, "smc_s": smc_s, "rows": _count(warehouse, name)})
        total = {key: sum(row[key] for row in rows) for key in ("baseline_s", "smc_s", "rows")}
        return [*rows, {"what": "a night", **total}]


def _load(warehouse: Warehouse, feeds: dict[str, FeedSpec], root: Path, scratch: Path, as_of: date) -> None:
    done = import_feeds(
        warehouse, feeds, fields=FieldsSpec(), settings=ImportSettings(), country="US", root=root,
        landing=scratch / "landing", as_of=as_of, now=datetime.now(UTC), progress=lambda _: None,
    )  # fmt: skip
    if done.failures:
        raise ValueError(done.failures[0])


def _count(warehouse: Warehouse, name: str) -> int:
    return int(warehouse.value(f"select count(*) from bare_{name}"))
