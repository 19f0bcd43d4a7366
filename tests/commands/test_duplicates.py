"""smc customer duplicates, merge and unmerge."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from smc.pipeline.store import lock
from smc.project import load_project
from tests.commands import line
from tests.scenarios.harness import ShopFolder
from tests.servers.flaky import put

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
CUSTOMERS = """card,first_name,last_name,email,born,joined
001,Anna,Lee,anna@example.com,,2026-03-01 10:00:00
002,anna,lee,Anna@Example.com,,2026-03-02 10:00:00
003,Bo,Lee,anna@example.com,,2026-03-02 10:00:00
"""
RULES = "merge: nightly\nrules:\n  mail: {same: [email, first_name, last_name]}\n"


def smc(folder: Path, *words: str, code: int = 0) -> str:
    done = line.smc(*words, folder=folder)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def test_duplicates_are_shown_merged_by_the_night_and_parted(tmp_path: Path) -> None:
    made = ShopFolder.create(tmp_path / "shop", {})
    made.arrive({})
    shop = made.folder
    put(shop / "inbox", "customers_1.csv", CUSTOMERS)
    smc(shop, "import")
    (shop / "duplicates.yaml").write_text(RULES, encoding="utf-8")
    seen = json.loads(smc(shop, "customer", "duplicates", "--json", "--save", "found.csv"))
    assert (seen["groups"], seen["weak"]) == (1, 1)
    assert [(one["survivor"], one["ids"], one["why"]) for one in seen["first"]] == [
        ("001", ["002"], None), ("001", ["002", "003"], "weak"),
    ]  # fmt: skip
    with (shop / "found.csv").open(encoding="utf-8", newline="") as file:
        assert [row["customer_id"] for row in csv.DictReader(file)] == ["001", "002", "001", "002", "003"]
    assert "anna@example.com" not in smc(shop, "customer", "duplicates").lower()
    assert json.loads(smc(shop, "customer", "merge", "--dry-run", "--json"))["merged"] == 1
    assert "1 customers were merged into 1" in smc(shop, "import")
    assert (
        json.loads(smc(shop, "customer", "show", "002", "--as-of", "2026-03-05", "--json"))["profile"]["customer_id"]
        == "001"
    )
    assert json.loads(smc(shop, "customer", "unmerge", "002", "--json"))["parted_from"] == "001"
    assert (
        json.loads(smc(shop, "customer", "show", "002", "--as-of", "2026-03-05", "--json"))["profile"]["customer_id"]
        == "002"
    )
    assert json.loads(smc(shop, "customer", "merge", "--json")) == {
        "merged": 0, "survivors": 0, "accounts": 0, "not_merged": 1,
    }  # fmt: skip
    assert json.loads(smc(shop, "customer", "merge", "003", "002", "--json"))["merged"] == 1
    assert "takes two ids" in smc(shop, "customer", "merge", "003", code=2)


def test_nothing_is_made_where_there_is_no_data(tmp_path: Path) -> None:
    shop = ShopFolder.create(tmp_path / "shop", {}).folder
    (shop / "duplicates.yaml").write_text(RULES, encoding="utf-8")
    before = sorted(shop.rglob("*"))
    for words in (["merge", "--dry-run"], ["merge"], ["merge", "1", "2"], ["unmerge", "1"], ["duplicates"]):
        assert "there is no data yet" in smc(shop, "customer", *words, code=2)
    assert sorted(shop.rglob("*")) == before


def test_a_dry_run_waits_for_nobody_and_publishes_nothing(tmp_path: Path) -> None:
    made = ShopFolder.create(tmp_path / "shop", {})
    made.arrive({})
    shop = made.folder
    put(shop / "inbox", "customers_1.csv", CUSTOMERS)
    smc(shop, "import")
    (shop / "duplicates.yaml").write_text(RULES, encoding="utf-8")
    snapshot = shop / "data" / "snapshot.duckdb"
    before = snapshot.stat().st_mtime_ns, snapshot.stat().st_ino
    with lock(load_project(shop), "run nightly"):
        assert json.loads(smc(shop, "customer", "merge", "--dry-run", "--json"))["merged"] == 1
        smc(shop, "customer", "merge", code=3)
    rules = RULES.replace("email, first_name", "email, phone, first_name")
    (shop / "duplicates.yaml").write_text(rules, encoding="utf-8")
    assert json.loads(smc(shop, "customer", "merge", "--json"))["merged"] == 0
    assert (snapshot.stat().st_mtime_ns, snapshot.stat().st_ino) == before
    assert json.loads(smc(shop, "customer", "merge", "001", "002", "--json"))["merged"] == 1
    assert snapshot.stat().st_mtime_ns > before[0]
    said = smc(shop, "customer", "duplicates", "--save", "absent/x.csv", code=2)
    assert "absent/x.csv" in said
    assert "Make room" not in said
