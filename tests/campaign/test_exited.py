"""What waits to be sent when a stay is ended by what the customer did."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from smc.campaign.policy import withdraw
from smc.config.specs.project import MetricsSpec
from smc.model.template import Template
from smc.send.handover import hand_over
from smc.send.outbox import Outbox
from tests.campaign.shop import CHANNELS, DAY, Shop, campaign, noon

SATURDAY = date(2026, 3, 7)
SUNDAY = SATURDAY + DAY
BOUGHT: dict[str, Any] = {"happens": {"receipt": {}}}
STAYS: list[dict[str, Any]] = [{"email": {"template": "welcome"}}, {"wait": "20 days"}, {"email": {"template": "late"}}]


def waiting(shop: Shop, **more: Any) -> None:
    """Letters of Saturday wait for Monday; the first of two customers buys behind the night."""
    window = {"weekdays": ["monday"], "from": "09:00", "until": "20:00"}
    for key in (1, 2):
        shop.customer(key, registered_at=noon(SATURDAY), phone=f"+1212555010{key}")
    shop.campaigns = {"c": campaign(window=window, **{"steps": STAYS, **more})}
    shop.night(SATURDAY)
    shop.receipts(1, SATURDAY)


def reasons(shop: Shop) -> dict[int, tuple[str, str | None]]:
    rows = shop.warehouse.rows("select customer_key, state, reason from message where template <> 'late'")
    return {key: (state, reason) for key, state, reason in rows}


@pytest.mark.parametrize("ending", [{"exit_when": BOUGHT}, {"goal": {**BOUGHT, "exit": True}}])
@pytest.mark.parametrize("state", ["planned", "queued"])
def test_who_was_let_out_gets_nothing_that_waits(shop: Shop, ending: dict[str, Any], state: str) -> None:
    waiting(shop, **ending)
    shop.warehouse.run("update message set state = $state", state=state)
    shop.warehouse.run("delete from customer_touched")
    assert shop.night(SUNDAY).taken_back == 1
    assert reasons(shop) == {1: ("suppressed", "exited"), 2: (state, None)}
    assert shop.warehouse.rows("from customer_touched") == [(1,)]
    before = shop.state()
    assert shop.night(SUNDAY).taken_back == 0
    assert shop.state() == before


def test_a_goal_that_lets_nobody_out_stops_nothing(shop: Shop) -> None:
    waiting(shop, goal=BOUGHT)
    assert shop.night(SUNDAY).taken_back == 0
    assert reasons(shop) == dict.fromkeys((1, 2), ("planned", None))


def test_the_end_of_the_steps_keeps_what_waits(shop: Shop) -> None:
    waiting(shop, steps=STAYS[:1], exit_when=BOUGHT)
    assert shop.night(SUNDAY).taken_back == 0
    assert reasons(shop) == dict.fromkeys((1, 2), ("planned", None))


def test_what_has_left_stays(shop: Shop) -> None:
    waiting(shop, exit_when=BOUGHT)
    shop.warehouse.run("update message set state = 'accepted'")
    assert shop.night(SUNDAY).taken_back == 0
    assert reasons(shop) == dict.fromkeys((1, 2), ("accepted", None))


def test_the_outbox_gives_up_what_was_taken_back(shop: Shop, tmp_path: Any) -> None:
    waiting(shop, exit_when=BOUGHT)
    templates = {"welcome": Template("welcome", "Hello", "", "<p>Hello</p>", None)}
    with Outbox.open(tmp_path / "outbox.sqlite") as outbox:
        for day, queued, cancelled in ((SATURDAY, 2, 0), (SUNDAY, 0, 1)):
            if day == SUNDAY:
                shop.night(day)
            result = hand_over(
                shop.warehouse, outbox, templates=templates, settings=shop.settings, channels=CHANNELS,
                metrics=MetricsSpec(), fields=shop.fields, active=frozenset({"c"}), as_of=day, now=noon(day),
            )  # fmt: skip
            assert (result.queued, result.cancelled) == (queued, cancelled)
        monday = noon(SUNDAY + DAY).replace(hour=13, minute=30)
        (claimed,) = outbox.claim("me", 10, monday, channel="email")
        assert claimed.customer_id == "c2"


def test_nobody_is_called_who_has_left_and_what_a_step_gave_is_his(shop: Shop) -> None:
    steps = [{"call": {"list": "vip"}}, {"points": {"amount": 10}}, *STAYS]
    waiting(shop, steps=steps, exit_when=BOUGHT, category="service")
    shop.night(SUNDAY)
    rows = shop.warehouse.rows("select customer_key, kind, state, reason from task order by all")
    assert rows == [
        (1, "call", "suppressed", "exited"), (1, "points", "planned", None),
        (2, "call", "planned", None), (2, "points", "planned", None),
    ]  # fmt: skip


def test_a_campaign_that_is_gone_calls_nobody_and_sends_nothing_again(shop: Shop) -> None:
    """Its letters wait, its calls are on no list yet, and of one letter nobody knows whether it left."""
    waiting(shop, steps=[{"call": {"list": "vip"}}, {"points": {"amount": 10}}, *STAYS], category="service")
    shop.warehouse.run("update message set state = 'unknown' where customer_key = 2")
    shop.campaigns = {}
    assert shop.night(SUNDAY).taken_back == 1
    rows = shop.warehouse.rows("select customer_key, kind, state, reason from task order by all")
    assert rows == [
        (key, *told)
        for key in (1, 2)
        for told in (("call", "suppressed", "campaign_off"), ("points", "planned", None))
    ]  # fmt: skip
    assert reasons(shop) == {1: ("suppressed", "campaign_off"), 2: ("unknown", None)}
    (key,) = shop.warehouse.rows("select message_key from message where state = 'unknown'")[0]
    assert withdraw(shop.warehouse, shop.settings, SUNDAY) == {key: "campaign_off"}
