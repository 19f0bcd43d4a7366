"""smc why on the command line: one customer and what campaigns make of him."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from smc.cli import app
from smc.errors import UsageError
from tests.scenarios.harness import ShopFolder

CHAIN = """title: Chain
category: marketing
trigger: {registered: {}}
steps:
  - email: {template: welcome}
  - wait: 3 days
  - filter:
      where:
        all:
          - metric: {name: receipts_90d, at_least: 1}
          - attribute: {field: first_name, equals: A}
  - email: {template: welcome}
"""
AIMED = """title: Aimed
category: marketing
trigger: {days_since_last_receipt: 45}
goal: {where: {metric: {name: receipts_90d, at_least: 1}}}
exit_when: {where: {metric: {name: receipts_90d, at_least: 2}}}
steps: [{email: {template: welcome}}]
"""
IDLE = """title: Idle
category: marketing
trigger: {days_since_last_receipt: 45}
steps: [{email: {template: welcome}}]
"""
DROPS = {
    "customers_1.csv": "card,first_name,last_name,email,born,joined\n001,A,B,a@example.com,,2026-03-02 10:00:00\n",
    "subscriptions_1.csv": "card,channel,category,state,changed\n001,email,marketing,yes,2026-01-02 10:00:00\n",
    "receipts_1.csv": "receipt,card,store,time,status,total\nr1,001,s1,2026-03-01 10:00:00,paid,12.50\n",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {
        "campaigns/aimed.yaml": AIMED, "campaigns/chain.yaml": CHAIN, "campaigns/idle.yaml": IDLE,
        "campaigns/welcome.yaml": None,
    }  # fmt: skip
    made = ShopFolder.create(tmp_path_factory.mktemp("why") / "shop", files)
    made.arrive(DROPS)
    made.night(date(2026, 3, 2))
    return made.folder


def smc(shop: Path, *words: str) -> str:
    command = ["why", *words, "--project", str(shop)]
    done = CliRunner().invoke(app, command, catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.stdout


def data(shop: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(smc(shop, *words, "--json"))
    return found


def test_every_campaign_says_where_he_is_or_why_not(shop: Path) -> None:
    _, chain, idle = data(shop, "001")["campaigns"]
    assert chain["verdict"].startswith("inside since 2026-03-02, before step 3 “Only if (")
    assert idle["verdict"] == "trigger: no (last receipt: 2026-03-01, 1 days before 2026-03-02)"
    shown = smc(shop, "001")
    assert "inside since 2026-03-02" in shown
    assert "accepted" in shown


def test_one_campaign_has_gates_steps_messages_and_filters(shop: Path) -> None:
    found = data(shop, "001", "--campaign", "chain")
    (chain,) = found["campaigns"]
    assert [(gate["gate"], gate["passed"]) for gate in chain["gates"]][:2] == [("switched on", True), ("trigger", True)]
    ((stay,), (message,)) = chain["stays"], chain["messages"]
    assert [(step["what"], step["outcome"]) for step in stay["steps"]] == [
        ("E-mail “welcome”", "messaged"), ("Wait 3 days", "waiting"),
    ]  # fmt: skip
    assert (message["state"], message["reason"]) == ("accepted", None)
    (rule,) = chain["filters"]
    assert (rule["step"], rule["rule"]["holds"]) == (3, True)
    assert [(part["holds"], part["has"]) for part in rule["rule"]["parts"]] == [(True, "1"), (True, "A")]
    shown = smc(shop, "001", "--campaign", "chain")
    assert "Filter of step 3, as things are now" in shown
    assert "Gates to an entry" in shown


def test_what_ends_stays_and_the_goal_are_told_too(shop: Path) -> None:
    (aimed,) = data(shop, "001", "--campaign", "aimed")["campaigns"]
    assert [(one["of"], one["step"], one["rule"]["holds"]) for one in aimed["filters"]] == [
        ("exit_when", None, False), ("goal", None, True),
    ]  # fmt: skip
    assert "goal, as things are now" in smc(shop, "001", "--campaign", "aimed")


def test_who_is_not_there_is_refused_with_a_remedy(shop: Path) -> None:
    runner = CliRunner()
    nobody = runner.invoke(app, ["why", "1", "--project", str(shop)])
    nothing = runner.invoke(app, ["why", "001", "--campaign", "chian", "--project", str(shop)])
    assert isinstance(nobody.exception, UsageError)
    assert isinstance(nothing.exception, UsageError)
    assert nothing.exception.remedy == "Did you mean 'chain'?"
