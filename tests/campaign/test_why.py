"""Why one customer enters or not: the same answer as the night's, told gate by gate."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.campaign.versions import Spec
from smc.campaign.why import Reason, reasons
from smc.config.specs.campaign import MailingSpec
from smc.pipeline.trial import clear
from smc.warehouse import Warehouse
from tests.campaign.shop import DAY, Shop, campaign, noon

D29 = date(2017, 12, 29)


def reason(shop: Shop, key: int, name: str, as_of: date) -> Reason:
    specs: dict[str, Spec] = {**shop.campaigns, **shop.mailings}
    now = datetime(as_of.year, as_of.month, as_of.day, 6, tzinfo=UTC)
    found = reasons(shop.warehouse, specs, key, f"c{key}", as_of=as_of, now=now)
    return next(one for one in found if one.name == name)


def test_a_trigger_that_found_nothing_says_what_there_is(shop: Shop) -> None:
    shop.customer(1, registered_at=noon(D29 - 9 * DAY))
    shop.receipts(1, D29 - 3 * DAY)
    shop.campaigns = {"welcome": campaign(), "away": campaign(trigger={"days_since_last_receipt": 45})}
    shop.night(D29)
    stopped = reason(shop, 1, "welcome", D29).stopped
    assert stopped is not None
    assert (stopped.gate, stopped.has) == ("trigger", "registered: 2017-12-20, 9 days before 2017-12-29")
    away = reason(shop, 1, "away", D29).stopped
    assert away is not None
    assert away.has == "last receipt: 2017-12-26, 3 days before 2017-12-29"


def test_who_entered_is_told_where_he_stands_and_what_he_got(shop: Shop) -> None:
    shop.customer(1, registered_at=noon(D29))
    steps = [{"email": {"template": "welcome"}}, {"wait": "3 days"}, {"tag": {"add": "x"}}]
    shop.campaigns = {"welcome": campaign(steps=steps)}
    shop.night(D29)
    told = reason(shop, 1, "welcome", D29)
    (stay,) = told.stays
    assert (stay.entered_on, stay.step, stay.exited_on) == (D29, 3, None)
    assert [(step, outcome) for step, _, outcome in stay.steps] == [(1, "messaged"), (2, "waiting")]
    assert [(row["template"], row["state"]) for row in told.messages] == [("welcome", "planned")]
    assert [gate.gate for gate in told.gates if not gate.passed] == ["new occurrence", "re-entry", "not inside"]


@pytest.mark.parametrize(
    ("more", "gate"),
    [
        ({"active": False}, "switched on"),
        ({"valid_to": date(2017, 12, 1)}, "valid"),
        ({"control_group": {"percent": 50, "salt": "s0"}}, "not in the control group"),
        ({"limit": {"entries": 1}}, "limit of entries"),
    ],
)
def test_each_gate_can_be_the_one_that_is_shut(shop: Shop, more: dict[str, Any], gate: str) -> None:
    for key in range(1, 9):
        shop.customer(key, registered_at=noon(D29))
    shop.campaigns = {"welcome": campaign(**more)}
    shut = {one.gate for key in range(1, 9) for one in reason(shop, key, "welcome", D29).gates if not one.passed}
    if gate == "limit of entries":
        assert shut == set()
        shop.night(D29)
        shut = {one.gate for key in range(1, 9) for one in reason(shop, key, "welcome", D29).gates if not one.passed}
    assert gate in shut


def test_who_did_not_buy_is_told_of_which_days(shop: Shop) -> None:
    shop.customer(1)
    shop.member(1, "best", D29)
    shop.receipts(1, D29 - 9 * DAY)
    text = {"title": "n", "category": "marketing", "audience": "best", "send_on": D29, "template": "n"}
    shop.mailings = {"news": MailingSpec.model_validate({**text, "bought": {"within": 7}})}
    assert shop.night(D29).entered == 0
    stopped = reason(shop, 1, "news", D29).stopped
    assert stopped is not None
    said = "a receipt from 2017-12-23 to 2017-12-29 is needed, last receipt: 2017-12-20, 9 days before 2017-12-29"
    assert (stopped.gate, stopped.has.split(", ", 2)[-1]) == ("trigger", said)


def test_who_joins_behind_the_draw_is_told_that_he_is_late(shop: Shop) -> None:
    for key in (1, 2):
        shop.customer(key)
    shop.member(1, "best", D29)
    shop.mailings = {
        "news": MailingSpec.model_validate(
            {"title": "n", "category": "marketing", "audience": "best", "send_on": D29, "template": "n", "look_back": 2}
        )
    }
    for name, day in (
        ("date", {"date": {"on": D29, "segment": "best"}}),
        ("repeat", {"repeat": {"cron": "0 0 29 * *", "segment": "best"}}),
    ):
        shop.campaigns[name] = campaign(trigger=day)
    names = ("news", "date", "repeat")
    assert {reason(shop, 1, name, D29).stopped for name in names} == {None}
    shop.night(D29)
    shop.member(2, "best", D29 + DAY)
    stopped = {name: reason(shop, 2, name, D29 + DAY).stopped for name in names}
    assert {name: gate.gate for name, gate in stopped.items() if gate} == dict.fromkeys(names, "audience")
    inside = reason(shop, 1, "news", D29 + DAY).stopped
    assert inside is not None
    assert inside.gate == "new occurrence"
    assert shop.night(D29 + DAY).entered == 0


def test_a_cart_that_is_not_left_long_enough_has_not_happened(shop: Shop) -> None:
    """The run is at 06:00 UTC."""
    shop.customer(1)
    shop.product(1, "Kettle")
    shop.in_cart(1, 1, datetime(2017, 12, 29, 5, tzinfo=UTC))
    shop.campaigns = {"cart": campaign(trigger={"abandoned_cart": {"after": "2 hours"}})}
    assert shop.night(D29).entered == 0
    stopped = reason(shop, 1, "cart", D29).stopped
    assert stopped is not None
    assert stopped.gate == "trigger"
    shop.watch(D29 + DAY)
    assert reason(shop, 1, "cart", D29 + DAY).stopped is None


@pytest.mark.slow
@settings(max_examples=5)
@given(data=st.data())
def test_whom_nothing_stops_the_night_lets_in(warehouse: Warehouse, data: st.DataObject) -> None:
    """The gates told for one are those that the night's sets have: nobody else enters, and nobody is left out."""
    clear(warehouse)
    shop = Shop(warehouse)
    again = data.draw(st.sampled_from(["never", "always", {"after": 2}]), label="re_entry")
    wait = [{"wait": "2 days"}] if data.draw(st.booleans(), label="waits") else []
    trigger = data.draw(st.sampled_from([{"receipt": {}}, {"days_since_last_receipt": 1}]), label="trigger")
    concurrent = data.draw(st.booleans(), label="concurrent") and again != "never"
    steps = [*wait, {"tag": {"add": "x"}}]
    shop.campaigns = {"c": campaign(trigger=trigger, re_entry=again, steps=steps, concurrent=concurrent)}
    days = st.sets(st.integers(0, 3), min_size=1, max_size=3)
    for key in (1, 2, 3):
        shop.customer(key)
        shop.receipts(key, *(D29 + timedelta(days=day) for day in sorted(data.draw(days, label=f"days of {key}"))))
    for day in (D29 + timedelta(days=number) for number in range(5)):
        shop.watch(day)
        free = {key for key in (1, 2, 3) if reason(shop, key, "c", day).stopped is None}
        shop.night(day)
        rows = warehouse.rows("select customer_key from entry where entered_on = $day", day=day)
        assert {row[0] for row in rows} == free, day
