"""smc test: what passes, what fails and why, and how fast."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from smc import cli
from smc.pipeline.trial import run_cases
from smc.project import check_project, load_project
from tests.scenarios.harness import STARTER

ROOT = Path(__file__).parent.parent.parent
SEGMENTS = """
segments:
  lapsed:
    title: Bought often, not seen for 60 days
    rule:
      all:
        - metric: {name: receipts_365d, at_least: 5}
        - metric: {name: days_since_last_receipt, more: 60}
  tea:
    title: Tea
    rule: {bought: {category: tea, amount: {at_least: 20}}}
  best:
    title: Best
    rule: {rfm: {recency: [5], monetary: [5]}}
  dear:
    title: Dear
    rule: {any: [{tag: vip}, {in_segment: best}]}
tests:
"""
GOOD = """
  lapsed_after_60_days:
    title: Five receipts, and then nothing
    as_of: 2026-03-31
    given:
      customer:
        - {customer_id: anna, bought: [{on: today - 61 days, times: 5}]}
        - {customer_id: bert, bought: [{on: today - 60 days, times: 5}]}
        - dora
    expect: {lapsed: [anna]}
  money_for_tea:
    as_of: 2026-03-31
    given:
      receipt:
        - {customer_id: anna, lines: [{category: tea, amount: 12}, {category: tea, amount: 8}, {category: cups}]}
        - {customer_id: bert, total: 50, lines: [{category: cups}]}
    expect: {tea: {has: [anna], not: [bert]}}
  best_of_five:
    as_of: 2026-03-31
    given:
      customer:
        - {customer_id: a, bought: [{on: today, amount: 500}]}
        - {customer_id: b, bought: [{on: today - 10 days, amount: 400}]}
        - {customer_id: c, bought: [{on: today - 20 days, amount: 300}]}
        - {customer_id: d, bought: [{on: today - 30 days, amount: 200}]}
        - {customer_id: e, bought: [{on: today - 40 days, amount: 100}], tags: [vip]}
    expect: {best: [a], dear: [a, e]}
"""
BAD = """
  not_yet:
    as_of: 2026-03-31
    given:
      customer:
        - {customer_id: anna, bought: [{on: today - 61 days, times: 5}]}
        - {customer_id: bert, bought: [{on: today - 60 days, times: 5}]}
    expect: {lapsed: [bert], tea: {not: [anna]}}
"""

Smc = Callable[..., str]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    shutil.copytree(STARTER, folder)
    (folder / "secrets").mkdir()
    (folder / "secrets" / "link_secret").write_text("a secret for tests only\n", encoding="utf-8")
    (folder / "smc.yaml").write_text(
        (folder / "smc.yaml").read_text(encoding="utf-8") + "\ntags: {vip: Our dearest}\n", encoding="utf-8"
    )
    (folder / "segments" / "base.yaml").write_text(
        "segments: {reachable: {title: R, rule: {subscribed: {channel: email, category: marketing}}}}\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def smc(shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Smc:
    """Runs a command in the shop's folder with these tests beside its segments; what it printed."""
    monkeypatch.chdir(shop)

    def run(tests: str, *words: str, code: int = 0) -> str:
        (shop / "segments" / "tested.yaml").write_text(SEGMENTS.rstrip() + tests, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["smc", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        assert left.value.code == code, said
        return said.out

    return run


def test_rules_are_tested_by_what_the_night_would_find(smc: Smc, shop: Path) -> None:
    said = smc(GOOD, "test")
    assert said == (
        "ok      lapsed_after_60_days  Five receipts, and then nothing\n"
        "ok      money_for_tea\nok      best_of_five\n3 passed, 0 failed.\n"
    )
    assert not (shop / "data").exists()


def test_who_is_not_where_he_should_be_is_shown_with_his_way(smc: Smc) -> None:
    said = smc(GOOD + BAD, "test", code=1)
    assert "lapsed: bert is expected and is no member\n" in said
    assert "lapsed: anna is a member and not expected\n" in said
    assert "no   metric: {name: days_since_last_receipt, more: 60}: 60\n" in said
    assert said.endswith("3 passed, 1 failed.\n")
    data = json.loads(smc(GOOD + BAD, "test", "not_yet", "--json", code=1))
    assert (data["passed"], data["failed"]) == (0, 1)
    lapsed, tea = data["tests"][0]["segments"]
    assert (lapsed["missing"][0]["customer"], lapsed["unexpected"][0]["customer"]) == ("bert", "anna")
    assert tea == {"segment": "tea", "members": [], "missing": [], "unexpected": []}


def test_tests_are_chosen_by_name_or_by_segment(smc: Smc) -> None:
    assert smc(GOOD, "test", "tea") == "ok      money_for_tea\n1 passed, 0 failed.\n"
    smc(GOOD, "test", "te", code=2)
    smc(GOOD, "test", "reachable", code=2)
    smc(GOOD.replace("category: tea", "category: [tea]"), "test", code=2)


def test_what_the_import_would_refuse_is_said_with_its_place(smc: Smc, capsys: pytest.CaptureFixture[str]) -> None:
    night = "2026-03-29 02:30"  # the clock of Berlin has no such time
    tests = (
        "\n  t:\n    as_of: 2026-03-31\n    given:\n      receipt:\n"
        f"        - {{customer_id: a, purchased_at: {night}}}\n    expect: {{tea: []}}\n"
    )
    with pytest.raises(AssertionError, match="receipt cannot be taken: purchased_at"):
        smc(tests, "test")


def test_the_tests_of_the_example_shop_and_of_a_new_project_pass(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    shutil.copytree(STARTER, fresh)
    (fresh / "secrets").mkdir()
    (fresh / "secrets" / "link_secret").write_text("a secret for tests only\n", encoding="utf-8")
    for folder in (fresh, ROOT / "configs"):
        project = load_project(folder)
        assert project.cases
        results = list(run_cases(project, list(project.cases.values()), lambda *_: None))
        assert [(one.case.name, one.verdicts, one.problem) for one in results if not one.passed] == []


CAMPAIGN = """
title: Thanks
category: service
trigger: {entered_segment: tea}
steps:
  - filter: {where: {bought: {category: tea, brand: own}}, otherwise: [exit: another brand]}
  - email: {template: welcome}
tests:
  tea_twice:
    title: Two nights
    nights:
      - as_of: 2026-03-01
        given: {customer: [{customer_id: anna, email: anna@example.com}, {customer_id: bert}, cleo]}
        expect: {entered: []}
      - as_of: 2026-03-02
        given:
          receipt:
            - {customer_id: anna, lines: [{category: tea, brand: own, amount: 20}]}
            - {customer_id: bert, lines: [{category: tea, brand: own, amount: 20}]}
            - {customer_id: cleo, lines: [{category: tea, amount: 20}]}
        expect: {entered: [anna, bert, cleo], messages: {anna: welcome}, suppressed: {bert: address}}
"""


@pytest.mark.slow
def test_campaigns_are_tested_night_by_night(smc: Smc, shop: Path) -> None:
    (shop / "campaigns" / "thanks.yaml").write_text(CAMPAIGN, encoding="utf-8")
    assert smc(GOOD, "test", "thanks") == "ok      tea_twice  Two nights\n1 passed, 0 failed.\n"
    assert smc(GOOD, "test").endswith("4 passed, 0 failed.\n")
    assert not (shop / "data").exists()
    wrong = CAMPAIGN.replace("{anna: welcome}", "{cleo: welcome}").replace(
        "suppressed: {bert: address}", "suppressed: {}"
    )
    (shop / "campaigns" / "thanks.yaml").write_text(wrong, encoding="utf-8")
    said = smc(GOOD, "test", "tea_twice", code=1)
    assert "2026-03-02: messages should be cleo: welcome, and is anna: welcome\n" in said
    assert "2026-03-02: suppressed should be nobody, and is bert: address\n" in said
    data = json.loads(smc(GOOD, "test", "tea_twice", "--json", code=1))
    assert data["tests"][0]["campaign"] == "thanks"
    assert [one["what"] for one in data["tests"][0]["wrong"]] == ["messages", "suppressed"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{entered: []}", "{entered: [ana]}", "Nobody in this test has the id 'ana'"),
        ("as_of: 2026-03-02", "as_of: 2026-03-01", "Nights go forwards"),
        ("{entered: []}", "{}", "Needs entered, messages or suppressed"),
        ("bert}, cleo", "bert, hat: red}, cleo", "Customer has no field 'hat'"),
        ("tea_twice:", "money_for_tea:", "is already written at"),
    ],
)
def test_mistakes_in_nights_have_their_place(
    smc: Smc, shop: Path, capsys: pytest.CaptureFixture[str], *, old: str, new: str, said: str
) -> None:
    (shop / "campaigns" / "thanks.yaml").write_text(CAMPAIGN.replace(old, new), encoding="utf-8")
    (shop / "segments" / "tested.yaml").write_text(SEGMENTS.rstrip() + GOOD, encoding="utf-8")
    _, problems = check_project(shop)
    assert [said.casefold() in str(problem).casefold() for problem in problems] == [True]
    assert problems[0].place.file.name == "thanks.yaml"
    assert problems[0].place.line > 8
