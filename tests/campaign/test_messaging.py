"""Steps that send messages by other channels than e-mail: who gets them, and what is written down for the hand-over."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.campaign.shop import Shop, campaign
from tests.campaign.shop import settings as project

pytestmark = pytest.mark.slow

NIGHT = date(2017, 12, 29)
JOINED = datetime(2017, 12, 29, 10, tzinfo=UTC)
SMS = {"sms": {"text": "Hello {{ customer.first_name }}"}}


def member(shop: Shop, key: int, *channels: str, **columns: Any) -> None:
    """Joined today, and agrees to messages by the channels."""
    row = {"registered_at": JOINED, "phone": f"+7916123456{key}", "phone_type": "mobile", "phone_status": 0} | columns
    shop.customer(key, consent=None, **row)
    for channel in channels:
        shop.put("subscription", customer_key=key, channel=channel, category="marketing", state="yes",
                 changed_at=JOINED)  # fmt: skip


def asked(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.warehouse.rows(
        "select customer_key, step, channel, template, reason from message order by customer_key, step, channel"
    )


def test_consent_and_phone_decide_about_text_messages(shop: Shop) -> None:
    member(shop, 1, "sms")
    member(shop, 2, "email")
    member(shop, 3, "sms", phone=None)
    member(shop, 4, "sms", phone_type="landline")
    shop.campaigns = {"hello": campaign(steps=[SMS])}
    shop.night(NIGHT)
    assert asked(shop) == [
        (1, 1, "sms", "", None), (2, 1, "sms", "", "consent"), (3, 1, "sms", "", "address"),
        (4, 1, "sms", "", "address"),
    ]  # fmt: skip


def test_caps_and_control_groups_hold_for_text_messages(shop: Shop) -> None:
    shop.settings = project(caps=[{"channel": "sms", "messages": 1, "days": 7}])
    member(shop, 1, "sms", "email")
    member(shop, 2, "sms", "email")
    shop.put("tag_member", customer_key=2, tag="spared", added_on=NIGHT, source="x")
    steps = [SMS, {"email": {"template": "a"}}, {"sms": {"template": "note"}}]
    shop.campaigns = {"hello": campaign(steps=steps, control_group={"tag": "spared"})}
    shop.night(NIGHT)
    assert asked(shop) == [
        (1, 1, "sms", "", None), (1, 2, "email", "a", None), (1, 3, "sms", "note", "policy"),
        (2, 1, "sms", "", "control_group"), (2, 2, "email", "a", "control_group"),
        (2, 3, "sms", "note", "control_group"),
    ]  # fmt: skip


def test_words_are_kept_by_version(shop: Shop) -> None:
    member(shop, 1, "sms")
    shop.campaigns = {"hello": campaign(steps=[{"wait": 1}, SMS])}
    shop.night(NIGHT)
    shop.campaigns = {"hello": campaign(steps=[{"wait": 1}, {"sms": {"text": "Other"}}])}
    shop.night(NIGHT)
    found = shop.warehouse.rows("select version, step, channel, words from step_words order by version")
    assert [(*row[:3], json.loads(row[3])) for row in found] == [
        (1, 2, "sms", {"text": "Hello {{ customer.first_name }}"}), (2, 2, "sms", {"text": "Other"}),
    ]  # fmt: skip
    shop.night(date(2017, 12, 30))
    assert asked(shop) == [(1, 2, "sms", "", None)]
    assert shop.warehouse.value("select version from message") == 1


def test_a_code_in_words_of_a_step_needs_a_code(shop: Shop) -> None:
    member(shop, 1, "sms")
    steps = [
        {"sms": {"text": "{% if customer.first_name %}Code {{ promocode }}{% endif %}"}}, SMS,
        {"sms": {"text": "You used {{ trigger.promocode }}"}},
        {"sms": {"text": "{# the promocode #}{{ customer.promocode_sent|default('promocode') }}"}},
    ]  # fmt: skip
    shop.campaigns = {"hello": campaign(steps=steps)}
    shop.night(NIGHT)
    assert asked(shop) == [
        (1, 1, "sms", "", "no_promocode"), (1, 2, "sms", "", None), (1, 3, "sms", "", None), (1, 4, "sms", "", None),
    ]  # fmt: skip


def test_a_phone_that_is_gone_takes_no_room(shop: Shop) -> None:
    shop.settings = project(caps=[{"messages": 1, "days": 7}], send_at="23:00")
    member(shop, 1, "sms", "email")
    shop.campaigns = {"hello": campaign(steps=[SMS, {"wait": 1}, {"email": {"template": "a"}}])}
    shop.night(NIGHT)
    shop.warehouse.run("update customer set phone = null, phone_status = null")
    shop.night(date(2017, 12, 30))
    assert asked(shop) == [(1, 1, "sms", "", None), (1, 3, "email", "a", None)]


@pytest.mark.parametrize(
    ("asked_for", "state", "passes"),
    [
        ("sent", "accepted", True), ("sent", "unknown", True), ("sent", "failed", False), ("sent", "expired", False),
        ("sent", "planned", True), ("sent", "queued", True), ("failed", "queued", False),
        ("suppressed", "queued", False),
        ("failed", "failed", True), ("failed", "expired", True), ("failed", "accepted", False),
        ("suppressed", "suppressed", True), ("suppressed", "failed", False), ("suppressed", "accepted", False),
    ],
)  # fmt: skip
def test_the_way_goes_by_how_the_last_message_fared(shop: Shop, asked_for: str, state: str, passes: bool) -> None:
    member(shop, 1, "sms", "email")
    steps = [
        {"email": {"template": "a"}}, SMS, {"wait": 1},
        {"message_status": {"is": asked_for, "otherwise": [{"tag": {"add": "no"}}]}}, {"tag": {"add": "yes"}},
    ]  # fmt: skip
    shop.campaigns = {"hello": campaign(steps=steps)}
    shop.night(NIGHT)
    shop.warehouse.run("update message set state = case when step = 2 then $state else 'expired' end", state=state)
    shop.night(date(2017, 12, 30))
    assert shop.warehouse.rows("select tag from tag_change") == [("yes" if passes else "no",)]
    assert shop.warehouse.value("select outcome from step_log where step = 4") == ("passed" if passes else "refused")


def test_control_customers_go_the_way_of_what_was_sent(shop: Shop) -> None:
    member(shop, 1, "sms")
    shop.put("tag_member", customer_key=1, tag="spared", added_on=NIGHT, source="x")
    steps = [SMS, {"wait": 1}, {"message_status": {"is": "sent", "otherwise": [{"exit": "no"}]}}, {"tag": {"add": "y"}}]
    shop.campaigns = {"hello": campaign(steps=steps, control_group={"tag": "spared"})}
    shop.night(NIGHT)
    shop.night(date(2017, 12, 30))
    assert shop.warehouse.value("select exit_reason from entry") == "finished"
