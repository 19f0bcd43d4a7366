"""smc import rejects and replay, as a person uses them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.scenarios.harness import ShopFolder

ROOT = Path(__file__).parent.parent.parent
NIGHT = "2026-03-01"
FEED = (
    "title: R\nobject: receipt\nsource: {local: {path: inbox}}\nfiles: receipts*.csv\nreject_limit: 60%\n"
    "fields: {receipt_id: receipt, customer_id: card, purchased_at: time, total: total}\n"
)


def smc(folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "smc", *words], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


def data(folder: Path, *words: str) -> Any:
    return json.loads(smc(folder, *words, "--json").stdout)


def test_rejects_are_shown_saved_corrected_and_loaded(tmp_path: Path) -> None:
    made = ShopFolder.create(tmp_path / "shop", {"feeds/receipts.yaml": FEED})
    made.arrive({"receipts_1.csv": "receipt,card,time,total\nr1,a,2026-03-01 10:00:00,1.00\nr2,a,yesterday,2.00\n"})
    shop = made.folder
    smc(shop, "import", "--as-of", NIGHT)
    (shown,) = data(shop, "import", "rejects", "--feed", "receipts")
    assert (shown["file"], shown["line"], shown["field"], shown["column"], shown["value"]) == (
        "receipts_1.csv", 3, "purchased_at", "time", "yesterday",
    )  # fmt: skip
    assert "yesterday" in smc(shop, "import", "rejects", "--file", "receipts_1.csv").stdout
    assert data(shop, "import", "rejects", "--as-of", "2026-02-28") == []
    saved = smc(shop, "import", "rejects", "--save", "fix.csv")
    assert "smc import replay fix.csv" in saved.stderr
    path = shop / "fix.csv"
    path.write_text(path.read_text().replace("r2,a,yesterday", "r2,a,2026-02-28 10:00:00"))
    assert data(shop, "import", "replay", "fix.csv", "--as-of", NIGHT)["rows_accepted"] == 1
    assert data(shop, "import", "rejects") == []
    for more in ((), ("--overwrite",)):
        assert "known 1" in smc(shop, "import", "replay", "fix.csv", "--as-of", NIGHT, *more).stdout


def test_what_cannot_be_meant_is_said(tmp_path: Path) -> None:
    made = ShopFolder.create(tmp_path / "shop", {"feeds/receipts.yaml": FEED})
    made.arrive({})
    shop = made.folder
    before = smc(shop.parent, "import", "--project", str(shop), "rejects", code=2)
    assert "stand behind it" in before.stderr
    assert "there is no feed 'receipt'" in smc(shop, "import", "rejects", "--feed", "receipt", code=2).stderr
    assert "cannot be read" in smc(shop, "import", "replay", "nothing.csv", "--as-of", NIGHT, code=2).stderr
    (shop / "odd.csv").write_text("a,b\n1,2\n")
    assert "smc_feed is missing" in smc(shop, "import", "replay", "odd.csv", "--as-of", NIGHT, code=2).stderr


def test_no_cell_of_a_drop_is_said_on_the_screen_or_in_the_log(tmp_path: Path) -> None:
    head = "object: customer\nsource: {local: {path: inbox}}\nreject_limit: 100%\n"
    made = ShopFolder.create(
        tmp_path / "shop",
        {
            "feeds/people.yaml": head + "title: P\nfiles: people*.csv\nfields: {customer_id: id, email: mail}\n",
            "feeds/sexes.yaml": head + "title: S\nfiles: sexes*.csv\nfields:\n  customer_id: id\n"
            "  gender: {column: sex, steps: [{lookup: {items: {'1': m}}}]}\n",
        },
    )
    made.arrive(
        {
            "people_1.csv": "9,ivan@secret.example,Ivanov\n10,anna@secret.example,Petrova\n",
            "people_2.csv": "id;mail\n9;ivan@secret.example\n",
            "people_3.csv": "ivan@secret.example;Ivanov\n",
            "sexes_1.csv": "id,sex\n9,ivan@secret.example\n10,1\n",
        }
    )
    done = smc(made.folder, "import", "--as-of", NIGHT, code=1)
    log = (made.folder / "data" / "smc.log").read_text(encoding="utf-8")
    assert "9, xxxx@xxxxxx.xxxxxxx, xxxxxx" in done.stderr
    assert "header: false" in done.stderr
    for said in (done.stderr, done.stdout, log):
        assert not [word for word in ("ivan", "anna", "secret", "Ivanov", "Petrova") if word in said]
    for row in data(made.folder, "import", "rejects"):
        assert (row["value"], "ivan" in row["reason"]) == ("ivan@secret.example", False)
