"""smc feed detect."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.commands import line
from tests.scenarios.harness import ShopFolder

ROOT = Path(__file__).parent.parent.parent


def smc(folder: Path, *words: str) -> line.Done:
    return line.smc(*words, folder=folder)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = ShopFolder.create(tmp_path / "shop", {}).folder
    (folder / "drop.csv").write_text("customer_id;email\n1;a@example.com\n2;b@example.com\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["../outside", "/outside", "Big", "a b", "", "x.yaml"])
def test_a_feed_is_saved_under_a_name_of_feeds_alone(shop: Path, name: str) -> None:
    before = sorted(shop.rglob("*"))
    done = smc(shop, "feed", "detect", "drop.csv", "--save", name)
    assert (done.returncode, "cannot be the name of a feed" in done.stderr) == (2, True)
    assert sorted(shop.rglob("*")) == before


def test_a_feed_is_saved_in_a_project_alone(shop: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = smc(shop, "feed", "detect", "drop.csv", "--save", "drops", "--project", str(empty))
    assert (done.returncode, "smc init" in done.stderr) == (2, True)
    assert list(empty.iterdir()) == []
    assert smc(shop, "feed", "detect", "drop.csv", "--save", "drops").returncode == 0
    assert smc(shop, "validate").returncode == 0
    assert smc(shop, "feed", "detect", "drop.csv", "--save", "drops").returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize("words", [("feed", "detect"), ("import", "replay")], ids=" ".join)
@pytest.mark.parametrize("name", ["absent", "folder", "pipe"])
def test_what_cannot_be_read_is_said_at_once(shop: Path, words: tuple[str, ...], name: str) -> None:
    (shop / "folder").mkdir()
    os.mkfifo(shop / "pipe")
    done = smc(shop, *words, name)
    assert done.returncode == 2
    assert f"smc: {name}: " in done.stderr
    assert not (shop / "data" / "warehouse.duckdb").exists()


def test_an_empty_drop_is_a_mistake_of_the_call(shop: Path) -> None:
    (shop / "empty.csv").touch()
    assert smc(shop, "feed", "detect", "empty.csv").returncode == 2


def test_data_marts_and_fields_of_the_project_are_known(shop: Path) -> None:
    (shop / "fields.yaml").write_text(
        "marts:\n  shoe:\n    title: Shoes\n    fields:\n      shoe_size: {title: Size, type: integer}\n"
        "      heel_height: {title: Heel, type: integer}\n"
    )
    (shop / "shoes.csv").write_text("customer_id;shoe_size;heel_height\n1;40;3\n2;38;5\n", encoding="utf-8")
    done = smc(shop, "feed", "detect", "shoes.csv")
    assert "object: mart_shoe  # columns" in done.stdout, done.stderr
    (shop / "fields.yaml").write_text(
        "card:\n  colour: {title: C, type: string}\n  born: {title: B, type: integer}\n  till: {title: T, type: date}\n"
    )
    (shop / "cards.csv").write_text("card_id;level;Colour;born;TILL\n1;a;red;x;02.01.2027\n", encoding="utf-8")
    found = smc(shop, "feed", "detect", "cards.csv").stdout
    assert ("custom.colour: Colour" in found, "not mapped: born" in found) == (True, True), found
    assert "custom.till: TILL" in found
    (shop / "fields.yaml").write_text("marts: nonsense\n")
    broken = smc(shop, "feed", "detect", "shoes.csv")
    assert (broken.returncode, "fields.yaml has 1 problem" in broken.stderr) == (0, True)
