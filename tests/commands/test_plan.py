"""smc plan on the command line: what the next night would do, what it costs, and what changed since the last plan."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from smc.cli import app
from tests.scenarios.harness import STARTER, ShopFolder

CUSTOMERS = (
    "card,first_name,last_name,email,born,joined\n"
    "1,A,A,a@example.com,,2026-03-02 10:00:00\n"
    "2,B,B,b@example.com,,2026-03-02 10:00:00\n"
)
PERMITTED = "card,channel,category,state,changed\n1,email,marketing,yes,2026-01-02 10:00:00\n"
PRICED = (STARTER / "channels.yaml").read_text(encoding="utf-8") + "  price: 0.005\n"


@pytest.fixture
def shop(tmp_path: Path) -> ShopFolder:
    """After the night of 1 March; those who registered on the 2nd are loaded, and their night is to come."""
    made = ShopFolder.create(tmp_path / "shop", {"channels.yaml": PRICED})
    made.night(date(2026, 3, 1))
    made.arrive({"customers_1.csv": CUSTOMERS, "subscriptions_1.csv": PERMITTED})
    smc(made, "import", "--as-of", "2026-03-02")
    return made


def smc(shop: ShopFolder, *words: str) -> Result:
    command = [*words, "--project", str(shop.folder)]
    done = CliRunner().invoke(app, command, catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done


def planned(shop: ShopFolder) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(smc(shop, "plan", "--as-of", "2026-03-02", "--json").stdout)
    return found


def test_a_plan_counts_and_costs(shop: ShopFolder) -> None:
    found = planned(shop)
    (welcome,) = found["campaigns"]
    assert (welcome["entered"], welcome["steps"], welcome["messages"]) == (2, 2, {"email": 1})
    assert (welcome["suppressed"], welcome["cost"]) == ({"consent": 1}, "0.01")
    assert (found["messages"], found["suppressed"], found["cost"], found["currency"]) == (1, 1, "0.01", "EUR")
    assert found["last"] is None
    shown = smc(shop, "plan", "--as-of", "2026-03-02").stdout
    assert f"In all 1 messages for 0.01 EUR; 1 are not sent. The list is {found['list']}." in shown
    assert "consent 1" in shown


def test_a_plan_says_what_changed_since_the_last_one(shop: ShopFolder) -> None:
    first = planned(shop)
    assert planned(shop)["last"]["changes"] == []
    assert "nothing has changed" in smc(shop, "plan", "--as-of", "2026-03-02").stdout
    shop.arrive({"subscriptions_2.csv": PERMITTED.replace("1,email", "2,email")})
    smc(shop, "import", "--as-of", "2026-03-02")
    last = planned(shop)["last"]
    assert last["list"] == first["list"]
    told = [(one["campaign"], one["what"], one["then"], one["now"]) for one in last["changes"]]
    assert told == [("welcome", "email", 1, 2), ("welcome", "not sent: consent", 1, 0)]


def test_the_night_says_that_it_did_what_was_planned(shop: ShopFolder) -> None:
    sign = planned(shop)["list"]
    done = smc(shop, "run", "nightly", "--as-of", "2026-03-02")
    assert f"list {sign}" in done.stdout
    assert f"plan: the list {sign} was executed just as in the plan of " in done.stderr
    again = smc(shop, "run", "nightly", "--as-of", "2026-03-02")
    assert "plan:" not in again.stderr


def test_a_plan_that_cannot_be_read_is_none(shop: ShopFolder) -> None:
    planned(shop)
    (shop.folder / "data" / "plan.json").write_text("{", encoding="utf-8")
    assert planned(shop)["last"] is None
