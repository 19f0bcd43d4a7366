"""The benchmarks measure what they say: seeded data, equal figures on both sides, results that can be kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import delta, load, metrics, run
from benchmarks.filled import filled
from benchmarks.generate import generate


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


def test_smc_and_the_statement_by_hand_agree(drops: Path, tmp_path: Path) -> None:
    with filled(drops, tmp_path) as warehouse:
        rows = metrics.run(warehouse, run.AS_OF)  # raises when a figure differs
    assert [row["rows"] for row in rows] == [300, 300]


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
    assert "| metrics | 1,000 | all | 10 | 2.00 | 3.00 | 1.50 |  | 5 |" in text
    assert text.startswith("# Above\n")
    assert text.endswith("\nBelow\n")
    assert "old" not in text
