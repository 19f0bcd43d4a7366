"""smc mailing on the command line: a line each, and one with its messages."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from smc.cli import app
from smc.errors import UsageError
from tests.scenarios.harness import ShopFolder

SPRING = """title: Spring
category: marketing
audience: everyone
exclude: [boston]
send_on: 2026-03-02
template: welcome
"""
LATER = SPRING.replace("Spring", "Summer").replace("2026-03-02", "2026-06-01")
SEGMENTS = """segments:
  everyone: {title: All, rule: {attribute: {field: email, empty: false}}}
  boston: {title: Boston, rule: {attribute: {field: first_name, equals: B}}}
"""
FILES = {"mailings/spring.yaml": SPRING, "mailings/summer.yaml": LATER, "segments/all.yaml": SEGMENTS}
CUSTOMERS = (
    "card,first_name,last_name,email,born,joined\n"
    "1,A,A,a@example.com,,2026-01-02 10:00:00\n"
    "2,B,B,b@example.com,,2026-01-02 10:00:00\n"
    "3,C,C,c@example.com,,2026-01-02 10:00:00\n"
)
PERMITTED = "card,channel,category,state,changed\n1,email,marketing,yes,2026-01-02 10:00:00\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = ShopFolder.create(tmp_path_factory.mktemp("mailing") / "shop", {**FILES})
    made.arrive({"customers_1.csv": CUSTOMERS, "subscriptions_1.csv": PERMITTED})
    made.night(date(2026, 3, 2))
    return made.folder


def smc(*words: str | Path) -> str:
    done = CliRunner().invoke(app, [*map(str, words)], catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.stdout


def test_every_mailing_has_a_line_and_the_latest_is_first(shop: Path) -> None:
    rows = json.loads(smc("mailing", "list", "--project", shop, "--json"))
    told = [(row["name"], row["send_on"], row["members"], row["messages"], row["suppressed"]) for row in rows]
    assert told == [("summer", "2026-06-01", 2, 0, 0), ("spring", "2026-03-02", 2, 1, 1)]
    assert "Spring" in smc("mailing", "list", "--project", shop)


def test_one_shows_whom_it_reached_and_why_not_the_others(shop: Path) -> None:
    found = json.loads(smc("mailing", "show", "spring", "--project", shop, "--json"))
    assert (found["audience"], found["exclude"], found["members"]) == ("All", "Boston", 2)
    states = [(row["state"], row["reason"], row["messages"]) for row in found["states"]]
    assert states == [("accepted", None, 1), ("suppressed", "consent", 1)]
    assert "suppressed" in smc("mailing", "show", "spring", "--project", shop)


def test_before_the_first_run_nobody_is_counted(tmp_path: Path) -> None:
    shop = ShopFolder.create(tmp_path / "shop", {**FILES}).folder
    rows = json.loads(smc("mailing", "list", "--project", shop, "--json"))
    assert [row["members"] for row in rows] == [None, None]
    assert json.loads(smc("mailing", "show", "spring", "--project", shop, "--json"))["states"] == []


def test_a_misspelt_name_is_told_the_nearest(shop: Path) -> None:
    done = CliRunner().invoke(app, ["mailing", "show", "sprin", "--project", str(shop)])
    assert isinstance(done.exception, UsageError)
    assert done.exception.remedy == "Did you mean 'spring'?"
