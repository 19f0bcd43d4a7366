"""smc's import of receipts and lines against bare ``read_csv`` of all VARCHAR and ``insert`` of the same files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from benchmarks.drops import TIMEZONE, Drops
from benchmarks.timing import timed
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec, ImportSettings
from smc.import_.run import import_feeds
from smc.warehouse import Warehouse

_OBJECTS = {
    "categories": "category",
    "products": "product",
    "stores": "store",
    "customers": "customer",
    "receipts": "receipt",
    "lines": "receipt_line",
}
_WORTH_A_LINE = 50_000


def run(drops: Path, scratch: Path, as_of: date, memory: str) -> list[dict[str, Any]]:
    """Seconds of both for each kind of file, under one limit of memory; every row must be accepted."""
    with Warehouse.open(scratch / "load.duckdb", timezone=TIMEZONE, memory=memory) as warehouse:
        rows = [_one(warehouse, drops, scratch / "landing", name, as_of) for name in _OBJECTS]
    total = {key: sum(row[key] for row in rows) for key in ("baseline_s", "smc_s", "rows")}
    return [*(row for row in rows if row["rows"] >= _WORTH_A_LINE), {"what": "everything", **total}]


def _one(warehouse: Warehouse, drops: Path, landing: Path, name: str, as_of: date) -> dict[str, Any]:
    feeds = {name: feed_of(drops, name)}
    bare_s = timed(lambda: bare(warehouse, drops, name))
    smc_s = timed(
        lambda: import_feeds(
            warehouse,
            feeds,
            fields=FieldsSpec(),
            settings=ImportSettings(),
            country="US",
            root=drops,
            landing=landing,
            as_of=as_of,
            now=datetime.now(UTC),
            progress=lambda _: None,
        )
    )
    count = warehouse.value(f"select count(*) from bare_{name}")
    accepted = warehouse.value("select rows_accepted from import_file where feed = $feed", feed=name)
    if accepted != count:
        raise ValueError(f"{name}: {accepted} rows accepted of {count}")
    return {"what": name, "baseline_s": bare_s, "smc_s": smc_s, "rows": count}


def bare(warehouse: Warehouse, drops: Path, name: str) -> None:
    files = Drops(drops)
    columns = ", ".join(f"{column} varchar" for column in files.columns(name))
    warehouse.run(f"create table bare_{name} ({columns})")
    with warehouse.transaction():
        warehouse.run(f"insert into bare_{name} select * from {files[name]}")


def feed_of(drops: Path, name: str) -> FeedSpec:
    return FeedSpec.model_validate(
        {
            "title": name,
            "object": _OBJECTS[name],
            "source": {"local": {"path": drops}},
            "files": f"{name}.csv",
            "fields": {column: column for column in Drops(drops).columns(name)},
        }
    )
