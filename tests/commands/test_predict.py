"""smc predict as people meet it: switched off, too little to learn from, and a shop with two years of receipts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.commands.line import smc
from tests.commands.test_cli import data
from tests.metric.shopping import FIRST, Truth, day, simulate
from tests.scenarios.harness import ShopFolder

WEEKS = 80
AS_OF = day(WEEKS) - timedelta(days=1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ShopFolder:
    """A project with imported receipts of 700 customers and prediction switched on."""
    made = ShopFolder.create(tmp_path_factory.mktemp("predict") / "shop", {})
    sales = simulate(700, WEEKS, Truth(), seed=4)
    rows = zip(sales.customer, sales.day, sales.total, strict=True)
    receipts = [
        f"r{number},{who},s1,{FIRST + timedelta(days=int(after))} 12:00:00,paid,{total:.2f}"
        for number, (who, after, total) in enumerate(rows)
    ]
    made.arrive({"receipts_1.csv": "receipt,card,store,time,status,total\n" + "\n".join(receipts) + "\n"})
    assert smc("import", "--as-of", str(AS_OF), folder=made.folder).returncode == 0
    return made


def switch(shop: ShopFolder, text: str) -> None:
    settings = (shop.folder / "smc.yaml").read_text(encoding="utf-8").split("\nprediction:", maxsplit=1)[0]
    shop.change({"smc.yaml": f"{settings.rstrip()}\n\nprediction: {text}\n"})


def test_it_says_how_to_switch_it_on(tmp_path: Path) -> None:
    off = ShopFolder.create(tmp_path / "shop", {})
    done = smc("predict", folder=off.folder)
    assert done.returncode == 2
    assert "prediction: {}" in done.stderr


def test_a_shop_without_history_gets_the_reason_and_no_failure(tmp_path: Path) -> None:
    young = ShopFolder.create(tmp_path / "shop", {})
    switch(young, "{}")
    done = smc("predict", "--as-of", "2026-03-01", folder=young.folder)
    assert done.returncode == 0, done.stderr
    assert "There are no predictions: there are no receipts of customers" in done.stdout


@pytest.mark.slow
def test_it_tells_parameters_the_check_and_what_they_mean(shop: ShopFolder) -> None:
    switch(shop, "{margin: 30%, horizon: 52 weeks}")
    told = smc("predict", "--as-of", str(AS_OF), folder=shop.folder)
    assert told.returncode == 0, told.stderr
    for words in ("alpha", "expected", "never to come again", "A visit brings", "Of 700 customers about", "horizon"):
        assert words in told.stdout
    known = data("predict", "--as-of", str(AS_OF), folder=shop.folder)
    assert known["customers"] == 700
    assert known["fitted"] is False
    assert {one["name"] for one in known["model"]["parameters"]} == {"r", "alpha", "a", "b", "p", "q", "v"}
    assert known["sums"]["customers"] == 700
    assert data("predict", "--as-of", str(AS_OF), "--refit", folder=shop.folder)["fitted"] is True


@pytest.mark.parametrize(
    ("text", "place"), [("{margin: 0}", "margin"), ("{refit: often}", "refit"), ("{sinse: 2020-01-01}", "sinse")]
)
def test_a_wrong_setting_is_told_by_validate(shop: ShopFolder, text: str, place: str) -> None:
    switch(shop, text)
    done = smc("validate", folder=shop.folder)
    assert done.returncode == 2
    assert place in done.stderr + done.stdout
