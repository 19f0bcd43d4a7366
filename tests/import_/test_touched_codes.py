"""Codes of campaigns of which a load changes something are noted, so that their uses are looked for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

RECEIPTS = "receipt_id,customer_id,store_id,purchased_at,status,total,promocode\n"
USES = "code,pool,customer_id,used_on\n"


def given(shop: Shop) -> None:
    shop.warehouse.run(
        "insert into promocode_issue values ('e', 1, 1, 'c', 1, 'gift', 'A', $day, null, false, null, false)",
        day=date(2017, 12, 1),
    )


def touched(shop: Shop) -> list[str]:
    found = [code for (code,) in shop.rows("select distinct code from code_touched order by code")]
    shop.warehouse.run("delete from code_touched")
    return found


def test_nothing_is_noted_before_a_campaign_gives_codes(shop: Shop) -> None:
    shop.one("promocode_use-1.csv", USES + "A,gift,c1,2017-12-02\n")
    assert touched(shop) == []


def test_receipts_and_uses_that_come_change_or_go(shop: Shop) -> None:
    given(shop)
    feed = shop.feed("receipt", {name: name for name in RECEIPTS.strip().split(",")})
    shop.one("receipt-1.csv", RECEIPTS + "r1,c1,,2017-12-02 10:00:00,paid,5, a \nr2,c1,,2017-12-02 10:00:00,paid,5,\n",
             receipt=feed)  # fmt: skip
    assert touched(shop) == ["a"]
    shop.one("receipt-2.csv", RECEIPTS + "r1,c1,,2017-12-02 10:00:00,paid,5,B\n", receipt=feed)
    assert touched(shop) == ["a", "b"]
    shop.one("receipt-3.csv", RECEIPTS + "r1,c1,,2017-12-02 10:00:00,cancelled,5,B\n", receipt=feed)
    assert touched(shop) == ["b"]
    shop.one("promocode_use-1.csv", USES + "A,gift,c1,2017-12-02\n")
    assert touched(shop) == ["a"]
    gone = shop.feed("promocode_use", {name: name for name in USES.strip().split(",")}, files="gone-*", mode="delete")
    shop.one("gone-1.csv", USES + "A,gift,c1,2017-12-02\n", gone=gone)
    assert touched(shop) == ["a"]
