"""A campaign that names what is not there does nothing, and harms no other."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from smc.campaign.held import held
from tests.campaign.shop import Shop, campaign, noon

DAY = date(2026, 3, 2)
NEXT = DAY + timedelta(days=1)
MAIL = {"email": {"template": "welcome"}}
UNKNOWN = {"bought": {"product": "tea"}}


def entered(shop: Shop) -> list[str]:
    return [name for (name,) in shop.warehouse.rows("select campaign from entry order by all")]


@pytest.mark.parametrize(
    "text",
    [
        {"trigger": UNKNOWN},
        {"exit_when": {"happens": UNKNOWN}},
        {"goal": {"happens": UNKNOWN}},
        {"steps": [{"wait_for": {"where": UNKNOWN, "within": "2 days", "otherwise": [MAIL]}}]},
    ],
)
def test_it_alone_does_nothing_until_the_name_is_known(shop: Shop, text: dict[str, Any]) -> None:
    shop.customer(1, registered_at=noon(DAY))
    shop.campaigns = {"welcome": campaign(), "tea": campaign(**text)}
    shop.night(DAY)
    assert held(shop.warehouse, shop.campaigns) == {"tea": "unknown product 'tea'"}
    assert entered(shop) == ["welcome"]
    shop.put("product_ident", product_key=1, product_id="tea")
    shop.put("product", product_key=1, name="Tea")
    shop.night(NEXT)
    assert held(shop.warehouse, shop.campaigns) == {}
    assert entered(shop) == (["welcome"] if "trigger" in text else ["tea", "welcome"])


def test_who_is_inside_stands_still_and_what_was_planned_goes(shop: Shop) -> None:
    shop.customer(1, registered_at=noon(DAY))
    shop.campaigns = {"tea": campaign(steps=[MAIL, {"wait": "1 day"}, MAIL])}
    shop.night(DAY)
    shop.campaigns = {"tea": campaign(steps=[MAIL, {"wait": "1 day"}, MAIL], goal={"happens": UNKNOWN})}
    shop.night(NEXT)
    assert shop.messages() == [("c1", "welcome", None)]
    assert shop.warehouse.rows("select step, exited_on from entry") == [(3, None)]
    shop.campaigns = {"tea": campaign(steps=[MAIL, {"wait": "1 day"}, MAIL])}
    shop.night(NEXT, hour=12)
    assert len(shop.messages()) == 2
