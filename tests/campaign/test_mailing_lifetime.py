"""How long a message of a mailing lives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.campaign.shop import DAY, Shop
from tests.campaign.test_variants import SENT, filled, mailing

AT_TEN = datetime(SENT.year, SENT.month, SENT.day, 15, tzinfo=UTC)
"""send_at in New York."""


@pytest.mark.parametrize(
    ("lifetime", "lives"),
    [
        (None, 2 * DAY),
        ("6 hours", timedelta(hours=6)),
        ("90 minutes", timedelta(minutes=90)),
        ("1 day", DAY),
        (30, 2 * DAY),
    ],
)
def test_it_ends_so_long_after_the_time_it_is_meant_for(shop: Shop, lifetime: Any, lives: timedelta) -> None:
    filled(shop, mailing(lifetime=lifetime), 1)
    shop.night(SENT)
    assert shop.warehouse.rows("select due_at, expires_at, reason from message") == [(AT_TEN, AT_TEN + lives, None)]


@pytest.mark.parametrize(("lifetime", "reason"), [("3 hours", "window"), ("5 hours", None)])
def test_who_cannot_get_it_in_time_does_not_get_it(shop: Shop, lifetime: str, reason: str | None) -> None:
    filled(shop, mailing(lifetime=lifetime, window={"from": "14:00", "until": "15:00"}), 1)
    shop.night(SENT)
    assert shop.messages() == [("c1", "spring", reason)]


def test_a_message_that_missed_its_window_keeps_its_end(shop: Shop) -> None:
    filled(shop, mailing(lifetime="26 hours", window={"from": "09:00", "until": "11:00"}), 1)
    shop.night(SENT)
    shop.night(SENT, hour=20)
    ((due_at, expires_at),) = shop.warehouse.rows("select due_at, expires_at from message")
    assert (due_at, expires_at) == (AT_TEN + timedelta(hours=23), AT_TEN + timedelta(hours=26))
