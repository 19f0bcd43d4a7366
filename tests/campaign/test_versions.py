"""Texts that customers in flight keep, read by a language that has given something up since."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from smc.campaign.versions import in_flight, missed_versions, read
from smc.config.specs.campaign import CampaignSpec, MailingSpec, canonical
from tests.campaign.shop import Shop, campaign, noon

DAY = date(2026, 3, 2)
MAIL = {"email": {"template": "welcome"}}
STEPS = [MAIL, {"wait": "1 day"}, {"filter": {"where": {"tag": "kind"}}}, MAIL]
Change = Callable[[dict[str, Any]], object]


def rewrite(shop: Shop, change: Change) -> None:
    """The kept text as an earlier language had it."""
    (text,) = shop.warehouse.rows("select spec from campaign_version where version = 1")[0]
    data = json.loads(text)
    change(data)
    shop.warehouse.run("update campaign_version set spec = $spec where version = 1", spec=json.dumps(data))


@pytest.fixture
def flying(shop: Shop) -> Shop:
    """One customer inside the first version, before its wait; the present text is another."""
    shop.customer(1, registered_at=noon(DAY))
    shop.campaigns = {"welcome": campaign(steps=STEPS, control_group={"tag": "spared"})}
    shop.night(DAY)
    shop.campaigns = {"welcome": campaign()}
    return shop


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.update(limit={"entries": 5, "by": "draw"}),
        lambda text: text.update(re_entry="twice"),
        lambda text: text.update(title=7),
    ],
)
def test_what_matters_to_entering_alone_may_be_of_another_language(flying: Shop, change: Change) -> None:
    rewrite(flying, change)
    flying.night(DAY + timedelta(days=1))
    assert flying.warehouse.rows("select exit_reason from entry") == [("filtered",)]
    assert all(version.understood for version in in_flight(flying.warehouse))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text["steps"][2]["filter"].update(unless={"tag": "dear"}),
        lambda text: text["steps"].append({"telegram": {"template": "welcome"}}),
        lambda text: text.update(leave_when={"where": {"tag": "dear"}}),
        lambda text: text.update(exit_when={"where": {"tagged": "dear"}}),
        lambda text: text.update(control_group={"list": "spared"}),
        lambda text: text.update(category="No name"),
    ],
)
def test_who_is_inside_a_text_that_is_not_understood_leaves(flying: Shop, change: Change) -> None:
    flying.put("tag_member", customer_key=1, tag="kind", added_on=DAY, source="test")
    rewrite(flying, change)
    (old,) = in_flight(flying.warehouse)
    assert not old.understood
    flying.night(DAY, hour=12)
    assert flying.warehouse.value("select exit_reason from entry") is None, "nobody is due"
    flying.night(DAY + timedelta(days=1))
    assert flying.warehouse.rows("select exit_reason from entry") == [("text no longer valid",)]
    assert len(flying.messages()) == 1


def test_messages_on_their_way_go_by_the_settings_that_are_understood(flying: Shop) -> None:
    rewrite(flying, lambda text: text["steps"].append({"telegram": {}}))
    (old,) = missed_versions(flying.warehouse)
    assert isinstance(old.spec, CampaignSpec)
    assert old.spec.control_group is not None
    assert (old.spec.category, old.spec.control_group.tag) == ("marketing", "spared")
    flying.put("tag_member", customer_key=1, tag="spared", added_on=DAY, source="test")
    flying.night(DAY, hour=12)
    assert flying.messages() == [("c1", "welcome", "control_group")]


def test_the_limit_of_a_mailing_bounds_its_messages_and_is_never_left_out() -> None:
    text = {
        "title": "N", "category": "service", "audience": "everyone", "send_on": "2026-03-02", "template": "news",
        "limit": 1000,
    }  # fmt: skip
    odd = read("mailing", json.dumps(text | {"attribution": "for ever"}))
    assert isinstance(odd, MailingSpec)
    assert odd.limit == 1000
    assert read("mailing", json.dumps(text | {"limit": "a few"})) is None


@pytest.mark.parametrize(
    ("attribution", "kept"),
    [
        ("14 days", 14),
        ("none", "none"),
        ({"until": "2026-12-31"}, {"until": "2026-12-31"}),
    ],
)
def test_days_of_attribution_are_written_down_as_ever(attribution: object, kept: object) -> None:
    text = {
        "title": "N", "category": "service", "audience": "everyone", "send_on": "2026-03-02", "template": "news",
        "attribution": attribution,
    }  # fmt: skip
    spec = MailingSpec.model_validate(text)
    assert json.loads(canonical(spec))["attribution"] == kept
    assert read("mailing", canonical(spec)) == spec
