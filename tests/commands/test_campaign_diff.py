"""smc campaign diff: what an edit does, and to whom."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from smc.cli import app
from tests.scenarios.harness import ShopFolder

CHAIN = """title: Chain
category: marketing
trigger: {registered: {}}
steps:
  - email: {template: welcome}
  - wait: 3 days
  - split:
      salt: a
      arms:
        - {name: mail, share: 50%, steps: [{email: {template: welcome}}]}
        - {name: tag, share: 50%, steps: [{tag: {add: x}}]}
  - exit: done
"""
CUSTOMERS = "card,first_name,last_name,email,born,joined\n1,A,B,a@example.com,,2026-03-02 10:00:00\n"


@pytest.fixture
def shop(tmp_path: Path) -> ShopFolder:
    made = ShopFolder.create(tmp_path / "shop", {"campaigns/chain.yaml": CHAIN})
    made.arrive({"customers_1.csv": CUSTOMERS})
    made.night(date(2026, 3, 2))
    return made


def smc(shop: ShopFolder, *words: str) -> str:
    command = ["campaign", "diff", *words, "--project", str(shop.folder)]
    done = CliRunner().invoke(app, command, catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.stdout


def edited(shop: ShopFolder, text: str | None) -> dict[str, Any]:
    shop.change({"campaigns/chain.yaml": text})
    (found,) = json.loads(smc(shop, "chain", "--json"))
    return dict(found)


def told(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["change"], one["then"], one["now"]) for one in found["steps"]]


def test_nothing_changed_is_said(shop: ShopFolder) -> None:
    assert smc(shop) == "No campaign has changed since the last run.\n"
    assert edited(shop, CHAIN)["state"] == "unchanged"


def test_tests_of_a_campaign_make_no_change(shop: ShopFolder) -> None:
    tests = "tests: {nobody: {nights: [{as_of: 2026-03-02, given: {customer: []}, expect: {entered: []}}]}}\n"
    assert edited(shop, CHAIN + tests)["state"] == "unchanged"


def test_settings_and_the_trigger_are_told_in_words(shop: ShopFolder) -> None:
    found = edited(shop, CHAIN.replace("{registered: {}}", "{registered: {days: 2}}") + "priority: 70\n")
    assert [(one["setting"], one["then"], one["now"]) for one in found["settings"]] == [
        ("priority", "50", "70"), ("trigger", "On the day of registration.", "2 days after registration."),
    ]  # fmt: skip
    assert found["steps"] == []


def test_steps_that_came_went_and_became_others(shop: ShopFolder) -> None:
    text = CHAIN.replace("wait: 3 days", "wait: 5 days").replace("  - exit: done\n", "  - tag: {add: y}\n")
    found = edited(shop, text)
    assert told(found) == [
        ("changed", "2 Wait 3 days", "2 Wait 5 days"),
        ("removed", "6 Leave: done", ""),
        ("added", "", "6 Add the tag “y”"),
    ]
    ((standing),) = found["standing"]
    assert (standing["version"], standing["customers"]) == (1, 1)
    assert standing["step"].startswith("3 A/B test")
    assert found["says"].startswith("The 1 inside keep the version they entered")
    assert "Wait 5 days" in smc(shop)


def test_what_the_words_do_not_show_is_told_too(shop: ShopFolder) -> None:
    (step,) = edited(shop, CHAIN.replace("salt: a", "salt: b"))["steps"]
    assert (step["change"], step["detail"]) == ("changed", "salt: a → b")


def test_a_step_put_before_others_changes_only_itself(shop: ShopFolder) -> None:
    found = edited(shop, CHAIN.replace("steps:\n  - email", "steps:\n  - tag: {add: first}\n  - email", 1))
    assert told(found) == [("added", "", "1 Add the tag “first”")]


def test_a_campaign_that_is_gone_lets_its_customers_out(shop: ShopFolder) -> None:
    shop.change({"campaigns/chain.yaml": None})
    (found,) = json.loads(smc(shop, "--json"))
    assert (found["state"], found["says"]) == (
        "removed", "Removed: the 1 inside leave in the next night, with the reason “campaign removed”.",
    )  # fmt: skip
    shop.night(date(2026, 3, 3))
    with shop.snapshot() as warehouse:
        assert warehouse.value("select exit_reason from entry where campaign = 'chain'") == "campaign removed"


def test_one_that_is_switched_off_stands_still(shop: ShopFolder) -> None:
    assert edited(shop, CHAIN + "active: false\n")["says"].startswith("Switched off: nobody enters, and the 1 inside")


def test_a_template_that_those_in_flight_still_need_is_named(shop: ShopFolder) -> None:
    text = CHAIN.replace("template: welcome", "template: hello")
    body = (shop.folder / "templates/welcome/template.yaml").read_text(encoding="utf-8")
    html = (shop.folder / "templates/welcome/body.html").read_text(encoding="utf-8")
    shop.change({"templates/hello/template.yaml": body, "templates/hello/body.html": html})
    for file in (shop.folder / "templates/welcome").iterdir():
        file.unlink()
    (shop.folder / "templates/welcome").rmdir()
    shop.change({"campaigns/welcome.yaml": None})
    (standing,) = edited(shop, text)["standing"]
    assert standing["missing"] == ["welcome"]


def test_a_new_campaign_is_new(shop: ShopFolder) -> None:
    shop.change({"campaigns/more.yaml": CHAIN})
    (found,) = json.loads(smc(shop, "more", "--json"))
    assert (found["state"], found["version"], found["standing"]) == ("new", None, [])
