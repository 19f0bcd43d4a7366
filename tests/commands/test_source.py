"""smc source and the parts of smc import that speak of sources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import line
from tests.scenarios.harness import ShopFolder
from tests.servers.flaky import put

ROOT = Path(__file__).parent.parent.parent
CUSTOMERS = "card,first_name,last_name,email,born,joined\n001,Anna,A,anna@example.com,,2026-03-01 10:00:00\n"
FAR = """title: Far receipts
object: receipt
source:
  sftp: {host: 127.0.0.1, port: 1, path: drops, user: joe, password: "${file:secrets/far}", timeout: 1}
files: "*.csv"
after: {action: move, folder: done}
fields: {receipt_id: receipt, purchased_at: time, total: total}
"""


def smc(folder: Path, *words: str) -> line.Done:
    return line.smc(*words, folder=folder)


def data(folder: Path, *words: str) -> Any:
    return json.loads(smc(folder, *words, "--json").stdout)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    made = ShopFolder.create(tmp_path / "shop", {})
    made.arrive({})
    put(made.folder / "inbox", "customers_1.csv", CUSTOMERS)
    put(made.folder / "secrets", "far", "hidden-word")
    return made.folder


def test_sources_are_listed_without_secrets(shop: Path) -> None:
    (shop / "feeds" / "far.yaml").write_text(FAR)
    done = smc(shop, "source", "list")
    assert done.returncode == 0, done.stderr
    assert "hidden-word" not in done.stdout
    assert "joe" not in done.stdout
    far = next(row for row in data(shop, "source", "list") if row["feed"] == "far")
    assert far == {
        "feed": "far",
        "kind": "sftp",
        "place": "127.0.0.1:1 drops",
        "files": "*.csv",
        "after": "move to done",
    }


def test_a_check_tells_new_from_known_and_writes_nothing(shop: Path) -> None:
    (found,) = data(shop, "source", "check", "customers")["files"]
    assert (found["file"], found["size"], found["state"]) == ("customers_1.csv", len(CUSTOMERS), "new")
    assert not (shop / "data" / "warehouse.duckdb").exists()
    assert smc(shop, "import", "--as-of", "2026-03-01").returncode == 0
    put(shop / "inbox", "customers_2.csv", CUSTOMERS.replace("001", "002"))
    before = (shop / "data" / "warehouse.duckdb").read_bytes()
    states = {row["file"]: row["state"] for row in data(shop, "source", "check")["files"]}
    assert states == {"customers_1.csv": "known", "customers_2.csv": "new"}
    assert (shop / "data" / "warehouse.duckdb").read_bytes() == before


def test_what_waits_is_shown_with_its_reason(shop: Path) -> None:
    feed = shop / "feeds" / "customers.yaml"
    feed.write_text(feed.read_text() + "ready: {marker: '{name}.ok'}\n")
    checked = smc(shop, "source", "check", "customers")
    assert checked.returncode == 0
    assert "its marker customers_1.csv.ok is not there" in checked.stdout
    done = smc(shop, "import", "--as-of", "2026-03-01")
    assert "waiting: feed customers: customers_1.csv: its marker customers_1.csv.ok is not there" in done.stderr
    assert done.returncode == 0
    assert data(shop, "import", "--as-of", "2026-03-01")["waiting"] == [
        "waiting: feed customers: customers_1.csv: its marker customers_1.csv.ok is not there"
    ]


def test_a_source_that_fails_ends_with_1_and_the_others_are_checked(shop: Path) -> None:
    (shop / "feeds" / "far.yaml").write_text(FAR)
    done = smc(shop, "source", "check")
    assert done.returncode == 1
    assert "failed: feed far: " in done.stderr
    assert "hidden-word" not in done.stderr
    assert "customers_1.csv" in done.stdout


def test_single_feeds_are_imported(shop: Path) -> None:
    (shop / "feeds" / "far.yaml").write_text(FAR)
    found = data(shop, "import", "--feed", "customers", "--as-of", "2026-03-01")
    assert [(row["file"], row["rows_accepted"]) for row in found["files"]] == [("customers_1.csv", 1)]
    assert len(found["ledger"]) == 12
    assert smc(shop, "import", "--feed", "receipts", "--as-of", "2026-03-01").returncode == 0


@pytest.mark.parametrize("words", [("import", "--feed", "custmers"), ("source", "check", "custmers")])
def test_unknown_feeds_are_named(shop: Path, words: tuple[str, ...]) -> None:
    done = smc(shop, *words)
    assert done.returncode == 2
    assert "there is no feed 'custmers'" in done.stderr
    assert "Did you mean 'customers'?" in done.stderr
