"""Campaigns that would feed themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from smc.campaign.check_credit import check_credits
from smc.config.document import Document, parse
from smc.config.specs.campaign import CampaignSpec


def read(name: str, text: str) -> Document[CampaignSpec]:
    found, problems = parse(f"title: T\ncategory: c\n{text}", CampaignSpec, file=Path(f"campaigns/{name}.yaml"))
    assert found is not None, problems
    return found


def said(**texts: str) -> list[str]:
    return [str(problem) for problem in check_credits({name: read(name, text) for name, text in texts.items()})]


POINTS = "trigger: {credited: {kind: points}}\n"
BONUSES = "trigger: {credited: {}}\n"
GIVES_POINTS = "steps: [{points: {amount: 5}}]\n"
GIVES_BONUSES = "steps: [{bonuses: {percent: 5%}}]\n"
ENDLESS = "lets its customers in again"


def test_a_campaign_that_gives_what_lets_in() -> None:
    (told,) = said(more=POINTS + GIVES_POINTS)
    assert told.startswith("campaigns/more.yaml:3:")
    assert f"what this campaign gives {ENDLESS}, without an end" in told


def test_a_circle_of_two() -> None:
    one, other = said(one=POINTS + GIVES_BONUSES, other=BONUSES + GIVES_POINTS, third=POINTS + "steps: [{exit: x}]")
    assert f"{ENDLESS}, by way of 'other', without an end" in one
    assert f"{ENDLESS}, by way of 'one', without an end" in other


@pytest.mark.parametrize(
    "text",
    [
        POINTS + GIVES_BONUSES,
        POINTS + GIVES_POINTS + "re_entry: never\n",
        POINTS + GIVES_POINTS + "active: false\n",
        "trigger: {credited: {kind: points, at_least: 6}}\n" + GIVES_POINTS,
        "trigger: {registered: {}}\n" + GIVES_POINTS,
    ],
)
def test_what_ends(text: str) -> None:
    assert said(one=text) == []


def test_sums_of_steps_reach_what_is_asked() -> None:
    asks = "trigger: {credited: {kind: points, at_least: 10}}\n"
    assert len(said(one=asks + "steps: [{points: {amount: 5}}, {points: {amount: 5}}]")) == 1
