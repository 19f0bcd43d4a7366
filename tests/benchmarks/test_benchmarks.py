"""The benchmarks measure what they say: seeded data, equal figures on both sides, results that can be kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import campaigns, delta, heart, load, metrics, night, run
from benchmarks.base import base, copied
from benchmarks.generate import generate
from smc.warehouse import Warehouse

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def drops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("drops"), customers=300, seed=7)


def test_the_same_seed_makes_the_same_files(drops: Path, tmp_path: Path) -> None:
    again = generate(tmp_path, customers=300, seed=7)
    other = generate(tmp_path, customers=300, seed=8)
    for file in drops.glob("*.csv"):
        assert (again / file.name).read_bytes() == file.read_bytes()
    assert (other / "receipts.csv").read_bytes() != (drops / "receipts.csv").read_bytes()


def test_the_shop_has_the_promised_shape(drops: Path) -> None:
    receipts = (drops / "receipts.csv").read_text(encoding="utf-8").splitlines()[1:]
    lines = (drops / "lines.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert 6 < len(receipts) / 300 < 16
    assert 2 < len(lines) / len(receipts) < 4
    assert {row.split(",")[4] for row in receipts} == {"paid", "cancelled", "returned"}
    assert any(row.split(",")[1] == "" for row in receipts)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return base(tmp_path_factory.mktemp("base"), customers=400, receipts=6, seed=7)


def _sum(ready: Path, table: str) -> Any:
    with Warehouse.open(ready, timezone="UTC", read_only=True) as warehouse:
        return warehouse.value(f"select sum(hash(t)) from {table} t")


def test_the_same_seed_fills_the_same_warehouse(ready: Path, tmp_path: Path) -> None:
    again = base(tmp_path, customers=400, receipts=6, seed=7)
    other = base(tmp_path, customers=400, receipts=6, seed=8)
    for table in ("customer", "receipt", "receipt_line", "product", "event", "web_event", "customer_order"):
        assert _sum(again, table) == _sum(ready, table)
    assert _sum(other, "receipt") != _sum(ready, "receipt")


def test_the_base_is_as_the_import_leaves_it(ready: Path) -> None:
    with Warehouse.open(ready, timezone="America/New_York", read_only=True) as warehouse:
        assert warehouse.value("select count(*) from receipt") == 2400
        assert not warehouse.value(
            """select count(*) from receipt_line l join receipt r using (receipt_key) join product p using (product_key)
            where l.customer_key is distinct from r.customer_key or l.day <> r.day or l.category_key <> p.category_key
            or l.counted <> (r.status <> 'cancelled')"""
        )
        assert not warehouse.value(
            """select count(*) from receipt r join (
                select receipt_key, sum(amount) as total from receipt_line group by receipt_key
            ) l using (receipt_key) where l.total <> r.total or cast(r.purchased_at as date) <> r.day"""
        )
        assert warehouse.value("select max(day) from receipt") == run.AS_OF
        assert not warehouse.value(
            """select count(*) from (
                select purchased_at < lag(purchased_at) over (order by rowid) as back from receipt
            ) where back"""
        )


def test_smc_and_the_statement_by_hand_agree(ready: Path, tmp_path: Path) -> None:
    with copied(ready, tmp_path, "1GB") as warehouse:
        rows = metrics.run(warehouse, run.AS_OF)  # raises when a figure differs
    assert {row["rows"] for row in rows} == {394}


def test_everything_by_hand_is_as_smc_has_it(ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures, members, customers with scores; and nights give what a full computation gives. Raises otherwise."""
    monkeypatch.setattr(night, "NEW", 60)
    monkeypatch.setattr(night, "CORRECTED", 20)
    with copied(ready, tmp_path, "1GB") as warehouse:
        found = heart.run(warehouse, run.AS_OF, "1GB", customers=400, receipts=6, seed=7)
        assert warehouse.value("select count(*) from receipt") == 2400 + 2 * 60
        assert warehouse.value("select count(*) from receipt where day > $day and status = 'paid'", day=run.AS_OF) > 60
    assert [len(found[part]) for part in heart.PARTS] == [1, 1, 2, 3]
    assert found["rfm"][0]["rows"] > 300
    assert found["segments"][0]["rows"] > 0
    one, other, both = (row["smc_cpu_s"] for row in found["night"])
    assert both == one + other


def test_the_sliced_statement_by_hand_agrees(ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_ONCE", 100)
    with copied(ready, tmp_path, "1GB") as warehouse:
        (row,) = metrics.run(warehouse, run.AS_OF)  # raises when a figure of the tenth differs
    assert row["what"].endswith("by hand a tenth, times ten")


def test_the_night_of_campaigns_plans_messages_and_its_second_run_none(
    ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "NEW", 60)
    monkeypatch.setattr(night, "CORRECTED", 20)
    monkeypatch.setattr(campaigns, "_OF_A_KIND", 1)
    with copied(ready, tmp_path, "1GB") as warehouse:
        busy, quiet = campaigns.run(warehouse, run.AS_OF, customers=400, receipts=6, seed=7)
    assert busy["rows"] > 0
    assert quiet["rows"] == 0


def test_the_import_takes_every_generated_row(drops: Path, tmp_path: Path) -> None:
    rows = load.run(drops, tmp_path, run.AS_OF, "1GB")  # raises when a row is rejected
    assert rows[-1]["rows"] == sum(len(file.read_bytes().splitlines()) - 1 for file in drops.glob("*.csv"))


def test_a_night_on_a_loaded_base_takes_every_row(drops: Path, tmp_path: Path) -> None:
    rows = delta.run(drops, tmp_path, run.AS_OF, "1GB")  # raises when a file is refused
    assert [row["what"] for row in rows] == ["customers", "receipts", "lines", "a night"]
    assert all(row["rows"] > 0 for row in rows)


def test_results_replace_those_of_the_same_kind_and_size(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Above\n<!-- results -->\nold\n<!-- end of results -->\nBelow\n", encoding="utf-8")
    row = {"what": "all", "baseline_s": 2.0, "smc_s": 1.0, "rows": 10}
    record: dict[str, Any] = {"benchmark": "metrics", "customers": 1000, "peak_mb": 5, "machine": "M", "versions": "V"}
    run.keep({**record, "rows": [row]}, tmp_path)
    run.keep({**record, "rows": [{**row, "smc_s": 3.0}]}, tmp_path)
    run.keep({**record, "benchmark": "load", "rows": [row]}, tmp_path)
    kept = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [(item["benchmark"], item["rows"][0]["smc_s"]) for item in kept] == [("load", 1.0), ("metrics", 3.0)]
    text = readme.read_text(encoding="utf-8")
    assert "| metrics | 1,000 | all | 10 | 2.00 | 3.00 | 1.50 |  |  |  |  | 5 |" in text
    assert text.startswith("# Above\n")
    assert text.endswith("\nBelow\n")
    assert "old" not in text
