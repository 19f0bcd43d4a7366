"""smc quality as people and cron meet it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from tests.commands.line import smc
from tests.scenarios.harness import ShopFolder

NIGHT = "2026-03-01"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One night; the file of receipts is refused."""
    made = ShopFolder.create(tmp_path_factory.mktemp("quality") / "shop", {})
    made.arrive(
        {
            "customers_1.csv": "card,first_name,last_name,email,born,joined\n"
            "001,Anna,A,anna@example.com,,2026-03-01 10:00:00\n1e5,Bob,B,,,2026-03-01 10:00:00\n",
            "receipts_1.csv": "receipt,card,store,time,status,total\nr1,001,s1,yesterday,paid,12.50\n",
        }
    )
    made.night(date(2026, 3, 1))
    return made.folder


def test_words_for_people(shop: Path) -> None:
    done = smc("quality", "--as-of", NIGHT, folder=shop)
    assert done.returncode == 0, done.stderr
    assert "stop: receipts: receipts_1.csv was refused on 2026-03-01: 1 of 1 rows were rejected" in done.stdout
    assert done.stdout.splitlines()[-1] == "verdict: stop"
    assert "anna@example.com" not in done.stdout


def test_json_is_whole(shop: Path) -> None:
    found = json.loads(smc("quality", "--json", "--as-of", NIGHT, folder=shop).stdout)
    assert (found["as_of"], found["verdict"]) == (NIGHT, "stop")
    assert {one["feed"]: one["verdict"] for one in found["feeds"]}["customers"] != "stop"
    (email,) = [one for one in found["fields"] if (one["object"], one["field"]) == ("customer", "email")]
    assert (email["rows"], email["filled"], email["filled_percent"]) == (2, 1, 50.0)
    assert [one["usable"] for one in found["channels"] if one["channel"] == "email"] == [1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--fail-on", "stop"), 1), (("--fail-on", "warn"), 1), (("--feed", "customers", "--fail-on", "stop"), 0),
        (("--feed", "nobody"), 2), (("--fail-on", "never"), 2),
    ],
)  # fmt: skip
def test_exit_codes(shop: Path, words: tuple[str, ...], code: int) -> None:
    assert smc("quality", "--as-of", NIGHT, *words, folder=shop).returncode == code


def test_without_data_it_says_what_to_do(tmp_path: Path) -> None:
    made = ShopFolder.create(tmp_path / "shop", {})
    done = smc("quality", folder=made.folder)
    assert done.returncode == 2
    assert "Run 'smc import'" in done.stderr
