"""A poll is complete when every mandatory question that is shown has an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smc.campaign.check import CampaignNames, check_campaign
from smc.campaign.check_effects import EffectNames
from smc.campaign.triggers import hits
from smc.config.document import parse
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.poll import PollSpec
from smc.config.specs.trigger_poll import OnPoll
from smc.project import load_project
from smc.warehouse import sql
from tests.campaign.shop import DAY, Shop, campaign, noon
from tests.campaign.test_row_triggers import NIGHT
from tests.scenarios.harness import ShopFolder

OPTIONS = {"price": "The prices", "staff": "The staff"}
QUESTIONS: dict[str, Any] = {
    "score": {"scale": {"ask": "?", "mandatory": True}},
    "why": {
        "several": {
            "ask": "?", "mandatory": True, "options": OPTIONS, "show_if": {"question": "score", "at_most": 6},
        },
    },
    "who": {
        "open": {"ask": "?", "mandatory": True, "show_if": {"question": "why", "answered": ["staff"]}},
    },
    "grid": {"matrix": {"ask": "?", "mandatory": True, "rows": {"a": "A", "b": "B"}, "columns": {"x": "X", "y": "Y"}}},
    "more": {"open": {"ask": "?"}},
}  # fmt: skip
NPS = PollSpec.model_validate({"title": "T", "questions": QUESTIONS})
FREE = PollSpec.model_validate({"title": "T", "questions": {"more": {"open": {"ask": "?"}}}})
COMPLETED = {"poll": {"poll": ["nps", "free"], "completed": True}}
GRID = {"grid.a": "x", "grid.b": "y"}


def entering(shop: Shop, days: int = 3) -> list[tuple[Any, ...]]:
    spec = campaign(trigger=COMPLETED, look_back=days)
    assert isinstance(spec.trigger, OnPoll)
    spec = spec.model_copy(update={"trigger": spec.trigger.knowing({"nps": NPS, "free": FREE, "other": FREE})})
    shop.watch(NIGHT, {"c": spec})
    query = sql("select * from $q as q", q=hits(spec, NIGHT - days * DAY, NIGHT))
    return sorted(row[:3] for row in shop.warehouse.rows(query))


def answers(shop: Shop, key: int, given: dict[str, str], poll: str = "nps", ago: int = 0) -> None:
    for question, answer in given.items():
        at = noon(NIGHT - ago * DAY)
        shop.put("poll_answer", poll=poll, question=question, customer_key=key, answer=answer, answered_at=at)


@pytest.mark.parametrize(
    ("given", "complete"),
    [
        ({"score": "9", **GRID}, True),
        ({"score": "9", "grid": "x"}, True),
        ({"score": "9", "grid.a": "x"}, False),
        ({"score": "9"}, False),
        ({"more": "x"}, False),
        ({"score": "3", **GRID}, False),
        ({"score": "3", "why": "price", **GRID}, True),
        ({"score": "3", "why": "staff", **GRID}, False),
        ({"score": "3", "why": "staff", "who": "Bert", **GRID}, True),
    ],
)
def test_what_is_shown_must_be_answered(shop: Shop, given: dict[str, str], *, complete: bool) -> None:
    answers(shop, 1, given)
    assert entering(shop) == ([(1, "nps", NIGHT)] if complete else [])


def test_he_enters_with_the_last_answer_and_once(shop: Shop) -> None:
    answers(shop, 1, {"score": "9"}, ago=9)
    answers(shop, 1, GRID, ago=1)
    answers(shop, 2, {"score": "9", **GRID}, ago=9)
    answers(shop, 3, {"more": "x"}, poll="free")
    answers(shop, 4, {"more": "x"}, poll="other")
    assert entering(shop) == [(1, "nps", NIGHT - DAY), (3, "free", NIGHT)]


def test_the_poll_is_named_and_there() -> None:
    head = "title: T\ncategory: promo\nsteps: [{tag: {add: seen}}]\ntrigger: "
    _, problems = parse(f"{head}{{poll: {{completed: true}}}}", CampaignSpec, file=Path("campaigns/t.yaml"))
    assert "completed needs the poll beside it" in str(problems[0]).casefold()
    found, _ = parse(f"{head}{{poll: {{poll: npz, completed: true}}}}", CampaignSpec, file=Path("campaigns/t.yaml"))
    names = CampaignNames(
        frozenset(), frozenset(), frozenset({"promo"}), frozenset(), effects=EffectNames(polls=frozenset({"nps"}))
    )
    assert found
    assert ["there is no poll 'npz'" in str(one).casefold() for one in check_campaign(found, names)] == [True]


def test_a_project_tells_its_triggers_the_polls(tmp_path: Path) -> None:
    files = {
        "feeds/answers.yaml": "title: A\nobject: poll_answer\nsource: {local: {path: inbox}}\nfiles: answers*.csv\n"
        "fields: {poll: poll, question: question, customer_id: card, answer: answer, answered_at: at}\n",
        "polls/nps.yaml": "title: N\nquestions: {score: {scale: {ask: How?, mandatory: true}}}\n",
        "campaigns/thanks.yaml": "title: T\ncategory: service\ntrigger: {poll: {poll: nps, completed: true}}\n"
        "steps: [{tag: {add: seen}}]\n",
    }
    project = load_project(ShopFolder.create(tmp_path / "shop", files).folder)
    trigger = project.campaigns["thanks"].trigger
    assert isinstance(trigger, OnPoll)
    assert trigger.polls == project.polls
    assert "polls" not in trigger.model_dump_json()
