"""smc import rejects and replay, as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import line
from tests.scenarios.harness import ShopFolder

ROOT = Path(__file__).parent.parent.parent
NIGHT = "2026-03-01"
FEED = (
    "title: R\nobject: receipt\nsource: {local: {path: inbox}}\nfiles: receipts*.csv\nreject_limit: 60%\n"
    "fields: {receipt_id: receipt, customer_id: card, purchased_at: time, total: total}\n"
)


def smc(folder: Path, *words: str, code: int = 0) -> line.Done:
    done = line.smc(*words, folder=folder)
    assert done.returncode == code, done.stderr
    return done


def data(folder: Path, *words: str) -> Any:
    return json.loads(smc(folder, *words, "--json").stdout)


@pytest.mark.slow
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


SEVERAL = (
    "title: R\nsource: {local: {path: inbox}}\nfiles: flat*.csv\nreject_limit: 100%\nobjects:\n"
    "  customer:\n    fields:\n      customer_id: card\n"
    "      first_name: {column: name, steps: [{lookup: {items: {a: b}}}]}\n"
    "      custom.shoe: {column: shoe, steps: [{lookup: {items: {a: b}}}]}\n"
    "  receipt: {fields: {receipt_id: receipt, customer_id: card, purchased_at: time, total: total}}\n"
)
SHOE = "customer:\n  shoe: {title: Shoe, type: string}\n"
FLAT = "receipt,card,time,total,name,shoe\n"


def test_values_of_persons_are_shown_by_their_shape_whatever_object_they_belong_to(tmp_path: Path) -> None:
    made = ShopFolder.create(tmp_path / "shop", {"feeds/flat.yaml": SEVERAL, "fields.yaml": SHOE})
    made.arrive({"flat_1.csv": FLAT + "r1,c1,2026-03-01 10:00:00,dear,Annabelle,Pumps42\n"})
    shown = smc(made.folder, "import", "--feed", "flat", "--as-of", NIGHT)
    said = shown.stdout + shown.stderr
    assert not [word for word in ("Annabelle", "Pumps42") if word in said]
    assert [word for word in ("xxxxxxxxx", "xxxxx99", "dear", "customer.first_name") if word not in said] == []


@pytest.mark.slow
def test_a_long_value_is_cut_wherever_people_see_it(tmp_path: Path) -> None:
    made = ShopFolder.create(tmp_path / "shop", {"feeds/receipts.yaml": FEED.replace("60%", "100%")})
    long = "z" * 300_000
    made.arrive({"receipts_1.csv": f"receipt,card,time,total\nr1,a,{long},1.00\n"})
    shop = made.folder
    for words in (("import", "--as-of", NIGHT), ("import", "rejects")):
        said = smc(shop, *words).stdout
        assert len(said) < 4000
        assert "(300,000" in said
    assert [row["value"] for row in data(shop, "import", "rejects")] == [long]
    smc(shop, "import", "rejects", "--save", "all.csv")
    assert long in (shop / "all.csv").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_files_of_this_run_are_shown_and_no_others(tmp_path: Path) -> None:
    made = ShopFolder.create(tmp_path / "shop", {"feeds/receipts.yaml": FEED})
    head = "receipt,card,time,total\n"
    made.arrive({"receipts_1.csv": head + "r1,a,2026-03-01 10:00:00,1.00\nr2,a,yesterday,2.00\n"})
    first = data(made.folder, "import", "--as-of", NIGHT)
    assert ([row["file"] for row in first["files"]], len(first["rejects"])) == (["receipts_1.csv"], 1)
    again = data(made.folder, "import", "--as-of", NIGHT)
    assert (again["files"], again["rejects"], again["ledger"]) == ([], [], first["ledger"])
    assert "Files of this run for 2026-03-01: nothing." in smc(made.folder, "import", "--as-of", NIGHT).stderr
    made.arrive({"receipts_2.csv": head + "r3,a,2026-03-01 11:00:00,3.00\nr4,a,never,4.00\n"})
    (file,) = data(made.folder, "import", "--as-of", NIGHT)["files"]
    assert (file["file"], file["state"], file["rows_read"], file["rows_rejected"]) == ("receipts_2.csv", "loaded", 2, 1)


def test_names_and_values_from_outside_do_nothing_to_the_terminal(tmp_path: Path) -> None:
    made = ShopFolder.create(tmp_path / "shop", {"feeds/receipts.yaml": FEED})
    odd = "\x1b]0;owned\x07\u202e"
    made.arrive(
        {
            "receipts_1.csv": f"receipt,{odd}\nr{odd},a\n",
            "receipts_2.csv": f"receipt,card,time,total\nr1,a,2026-03-01 10:00:00,1.00\nr2,a,2026-03-01{odd},1.00\n",
        }
    )
    done = smc(made.folder, "import", "--as-of", NIGHT, code=1)
    shown = smc(made.folder, "import", "rejects")
    said = done.stdout + done.stderr + shown.stdout + (made.folder / "data" / "smc.log").read_text(encoding="utf-8")
    for shown_to_people in (done.stderr, done.stdout, shown.stdout):
        assert "␛]0;owned␇\\u202e" in shown_to_people
    assert not {"\x1b", "\x07"} & set(said)
    assert "\u202e" not in done.stdout + done.stderr + shown.stdout
