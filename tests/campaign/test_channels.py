"""Candidates of every channel: their address, their consent, and the list of those who are not messaged."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from smc.campaign.codes import Coded
from smc.campaign.policy import allow
from smc.campaign.run import Run
from smc.campaign.tables import query
from smc.campaign.times import version_settings
from smc.campaign.versions import Version
from smc.send.check import printing_codes
from tests.campaign.shop import Shop, campaign
from tests.campaign.shop import settings as project

pytestmark = pytest.mark.slow

NIGHT = date(2017, 12, 29)
NOW = datetime(2017, 12, 29, 6, tzinfo=UTC)
LIFETIMES = dict.fromkeys(("email", "sms", "push", "viber", "messenger", "in_app", "popup"), 2)
FREE = {"service": {"title": "Service", "consent": "none"}}


def ask(
    shop: Shop, *asked: tuple[int, str], lifetimes: dict[str, int] = LIFETIMES
) -> dict[tuple[int, str], str | None]:
    """Let steps ask for messages, by customer and channel; the reason of each."""
    shop.campaigns = {"note": campaign(category="service", trigger={"receipt": {"first": True}})}
    shop.night(NIGHT)
    shop.warehouse.run(query("create_candidate"))
    for key, channel in asked:
        shop.warehouse.run(
            "insert into candidate by name select concat('e', $key) as entry_key, 'note' as campaign,"
            " 'campaign' as kind, 1 as version, $key as customer_key, 'test' as arm, 1 as step,"
            " $channel as channel, 'note' as template",
            key=key, channel=channel,
        )  # fmt: skip
    version = Version("note", 1, shop.campaigns["note"], NIGHT)
    run = Run(NIGHT, NOW, shop.settings.timezone)
    version_settings(shop.warehouse, [version], shop.settings)
    allow(
        shop.warehouse, [version], settings=shop.settings, lifetimes=lifetimes, active={"note"},
        coded=Coded(frozenset(), printing_codes), run=run,
    )  # fmt: skip
    rows = shop.warehouse.rows("select customer_key, channel, reason from message")
    return {(key, channel): reason for key, channel, reason in rows}


def point(shop: Shop, key: int, channel: str, *, active: bool | None = True, address: str = "") -> None:
    shop.warehouse.run(
        "insert into contact_point (channel, address, customer_key, active) values ($channel, $address, $key, $active)",
        key=key, channel=channel, active=active, address=address or f"{channel}{key}",
    )  # fmt: skip


def suppress(shop: Shop, **columns: Any) -> None:
    row = {"suppression_no": 1, "reason": "asked", "added_by": "me", "added_at": NOW} | columns
    names, holes = ", ".join(row), ", ".join(f"${name}" for name in row)
    shop.warehouse.run(f"insert into suppression ({names}) values ({holes})", **row)


def test_every_channel_has_its_address(shop: Shop) -> None:
    shop.settings = project(categories=FREE)
    shop.customer(1, phone="+79161234567", phone_type="mobile", phone_status=0, email_status=0)
    shop.customer(2, email=None)
    for channel in ("push", "telegram"):
        point(shop, 1, channel)
    point(shop, 2, "push", active=False)
    found = ask(shop, *((key, channel) for key in (1, 2) for channel in LIFETIMES))
    assert {channel for (key, channel), reason in found.items() if key == 1 and reason is not None} == set()
    assert {channel for (key, channel), reason in found.items() if key == 2 and reason is None} == {"in_app", "popup"}
    assert {reason for (key, _), reason in found.items() if key == 2} == {None, "address"}


@pytest.mark.parametrize(
    ("phone", "kind", "status", "reason"),
    [
        ("+79161234567", "mobile", 0, None),
        ("+12125551234", "unknown", 0, None),
        ("+74951234567", "landline", 0, "address"),
        ("+79161234567", "mobile", 32, "address"),
        ("+79161234567", "mobile", 3, None),
        ("89161234567", None, 31, "address"),
        ("89161234567", None, None, "address"),
    ],
)
def test_text_messages_go_to_mobile_phones(
    shop: Shop, phone: str, kind: str | None, status: int | None, reason: str | None
) -> None:
    shop.settings = project(categories=FREE)
    shop.customer(1, phone=phone, phone_type=kind, phone_status=status)
    assert ask(shop, (1, "sms"), (1, "viber")) == {(1, "sms"): reason, (1, "viber"): reason}


def test_a_hard_bounce_ends_an_address(shop: Shop) -> None:
    shop.settings = project(categories=FREE)
    shop.customer(1, email_status=32)
    shop.customer(2, email_status=3)
    assert ask(shop, (1, "email"), (2, "email")) == {(1, "email"): "address", (2, "email"): None}


def test_consent_is_one_of_channel_and_category(shop: Shop) -> None:
    shop.settings = project(
        categories={"service": {"title": "Service", "consent": "required", "channels": {"in_app": "none"}}}
    )
    shop.customer(1, phone="+79161234567")
    shop.warehouse.run("insert into subscription values (1, 'sms', 'service', 'yes', $at, null, null)", at=NOW)
    assert ask(shop, (1, "sms"), (1, "email"), (1, "in_app")) == {
        (1, "sms"): None, (1, "email"): "consent", (1, "in_app"): None,
    }  # fmt: skip


def test_a_channel_that_is_not_set_up(shop: Shop) -> None:
    shop.settings = project(categories=FREE)
    shop.customer(1)
    assert ask(shop, (1, "popup"), (1, "email"), lifetimes={"email": 2}) == {
        (1, "popup"): "channel",
        (1, "email"): None,
    }


def test_the_suppression_list_holds_addresses_and_customers(shop: Shop) -> None:
    shop.settings = project(categories=FREE)
    for key in (1, 2, 3, 4):
        shop.customer(key, phone=f"+7916123456{key}", email=f"C{key}@Example.com")
    suppress(shop, address="c1@example.com")
    suppress(shop, address="+79161234562", channel="viber")
    suppress(shop, customer_key=3)
    suppress(shop, customer_key=4, removed_at=NOW)
    found = ask(shop, *((key, channel) for key in (1, 2, 3, 4) for channel in ("email", "sms", "viber")))
    assert {one for one, reason in found.items() if reason} == {
        (1, "email"), (2, "viber"), (3, "email"), (3, "sms"), (3, "viber"),
    }  # fmt: skip
    assert {reason for reason in found.values() if reason} == {"suppressed_address"}


def test_one_of_several_devices_is_enough(shop: Shop) -> None:
    shop.settings = project(categories=FREE)
    shop.customer(1)
    shop.customer(2)
    for key in (1, 2):
        point(shop, key, "push", address=f"old{key}")
        point(shop, key, "push", address=f"new{key}", active=key == 1 or None)
    suppress(shop, address="old1", channel="push")
    suppress(shop, address="old2")
    suppress(shop, address="new2")
    assert ask(shop, (1, "push"), (2, "push")) == {(1, "push"): None, (2, "push"): "suppressed_address"}
