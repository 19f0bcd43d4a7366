"""Promocodes of mailings: one for each recipient, none for those who get no letter."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from smc.campaign.codes import stock_notes, supply
from smc.config.specs.campaign import MailingSpec
from tests.campaign.shop import DAY, Shop
from tests.campaign.test_codes import codes, groups
from tests.campaign.test_variants import AUDIENCE, DECIDED, SENT, delivered, filled, mailing, tried


def coded(shop: Shop, count: int, spec: MailingSpec | None = None, **more: Any) -> Shop:
    """A shop with so many codes and a mailing whose letters print one."""
    shop.promocodes, shop.coded = groups(), frozenset({"spring", "calm", "loud"})
    codes(shop.warehouse, *(f"CODE{number:03}" for number in range(count)))
    code = mailing(promocode={"group": "gift"}).promocode
    return filled(shop, (spec or mailing(**more)).model_copy(update={"promocode": code}))


def holders(shop: Shop) -> list[int]:
    rows = shop.warehouse.rows("select customer_key, count(distinct code) from promocode_issue group by all order by 1")
    assert all(count == 1 for _, count in rows)
    return [key for key, _ in rows]


def recipients(shop: Shop) -> list[int]:
    rows = shop.warehouse.rows("select customer_key from message where reason is null order by 1")
    return [key for (key,) in rows]


def test_every_recipient_has_one_and_a_second_run_gives_none(shop: Shop) -> None:
    coded(shop, 100)
    assert shop.night(SENT).messages == AUDIENCE
    assert holders(shop) == recipients(shop) == list(range(1, AUDIENCE + 1))
    before = shop.state()
    shop.night(SENT)
    assert shop.state() == before


def test_who_gets_no_letter_takes_no_code(shop: Shop) -> None:
    coded(shop, 100, limit=20, control_group={"percent": 30, "salt": "c"})
    shop.warehouse.run("delete from subscription where customer_key % 3 = 0")
    shop.night(SENT)
    assert len(holders(shop)) == 20
    assert holders(shop) == recipients(shop)
    (one,) = supply(shop.warehouse, shop.promocodes, SENT)
    assert (one.needed, one.given, one.left) == (20, 20, 80)


def test_without_a_code_there_is_no_letter(shop: Shop) -> None:
    coded(shop, 25)
    shop.night(SENT)
    assert Counter(reason for _, _, reason in shop.messages()) == {None: 25, "no_promocode": AUDIENCE - 25}
    assert holders(shop) == recipients(shop)
    assert list(stock_notes(shop.warehouse, shop.promocodes, SENT)) == [
        f"promocodes: {AUDIENCE - 25} customers got no code, for none is left in 'gift'"
    ]


def test_the_rest_gets_codes_with_the_winner(shop: Shop) -> None:
    coded(shop, 100, tried())
    first = shop.night(SENT).messages
    assert len(holders(shop)) == first
    delivered(shop)
    shop.night(DECIDED)
    assert holders(shop) == recipients(shop)
    assert len(holders(shop)) == AUDIENCE


def test_the_last_code_again(shop: Shop) -> None:
    coded(shop, 100)
    shop.night(SENT)
    again = mailing(promocode={"group": "gift", "repeat_last": True}, send_on=SENT + DAY)
    shop.mailings = {**shop.mailings, "second": again}
    shop.night(SENT + DAY)
    assert shop.warehouse.rows("select count(*), count(distinct code) from promocode_issue") == [
        (2 * AUDIENCE, AUDIENCE)
    ]
    assert supply(shop.warehouse, shop.promocodes, SENT + DAY)[0].needed == 0


@pytest.mark.parametrize(
    "ends",
    [
        "update promocode_issue set expires_on = issued_on where customer_key = 1",
        "update promocode set status = 'void' where code in (select code from promocode_issue where customer_key = 1)",
    ],
)
def test_a_letter_that_waits_for_its_window_does_not_leave_with_a_code_that_is_over(shop: Shop, ends: str) -> None:
    coded(shop, 100, window={"from": "09:00", "until": "11:00"})
    shop.night(SENT)
    shop.warehouse.run(ends)
    shop.night(SENT, hour=20)
    assert [one for one in shop.messages() if one[2]] == [("c1", "spring", "no_promocode")]
