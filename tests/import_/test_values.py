"""Every value is read exactly or refused with its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

RECEIPTS = "receipt_id,customer_id,store_id,purchased_at,status,total\n"


def test_ids_stay_as_they_are(shop: Shop) -> None:
    shop.one("receipt-1.csv", RECEIPTS + "00123,1e5, 007 ,2017-12-29 10:00:00,,1\n1e5,0x1,+7,2017-12-29 10:00:00,,1\n")
    assert shop.rows("select receipt_id from receipt_ident order by all") == [("00123",), ("1e5",)]
    assert shop.rows("select customer_id from customer_ident order by all") == [("0x1",), ("1e5",)]
    assert shop.rows("select store_id from receipt order by all") == [("+7",), ("007",)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1.00"), ("-1.5", "-1.50"), ("+1.5", "1.50"), (".5", "0.50"), ("5.", "5.00"), ("1.230000", "1.23"),
        ("9999999999999999.99", "9999999999999999.99"), ("\u00a012.10\u00a0", "12.10"), ("\t7 ", "7.00"),
    ],
)  # fmt: skip
def test_money_is_exact(shop: Shop, text: str, value: str) -> None:
    shop.one("receipt-1.csv", RECEIPTS + f"r,,,2017-12-29 10:00:00,,{text}\n")
    assert shop.rows("select total from receipt") == [(Decimal(value),)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1.239", "more than 2 decimals; nothing is rounded"),
        ("99999999999999999", "more than 16 digits before the decimal sign"),
        ("1e5", "not a number written like 1234.50"),
        ("1_000", "not a number written like 1234.50"),
        ('"1,50"', "not a number written like 1234.50"),
        ("nan", "not a number written like 1234.50"),
        ("1 000", "not a number written like 1234.50"),
        (".", "not a number written like 1234.50"),
        ("", "a value is required"),
        ("  ", "a value is required"),
    ],
)
def test_money_that_is_refused(shop: Shop, text: str, reason: str) -> None:
    file = shop.one("receipt-1.csv", RECEIPTS + f"r,,,2017-12-29 10:00:00,,{text}\n")
    assert (file.accepted, file.rejected) == (0, 1)
    ((line, field, column, _, why),) = shop.rejects()
    assert (line, field, column, why) == (2, "total", "total", reason)


def test_all_that_is_wrong_in_a_row_is_said(shop: Shop) -> None:
    shop.one("receipt-1.csv", RECEIPTS + "r1,,,2017-12-29 10:00:00,paid,1\n,c,,2017-13-29 10:00:00,open,x\n")
    assert shop.rejects() == [
        (3, "purchased_at", "purchased_at", "2017-13-29 10:00:00", "not a date and time written as %Y-%m-%d %H:%M:%S"),
        (3, "receipt_id", "receipt_id", None, "a value is required"),
        (3, "status", "status", "open", "not one of paid, cancelled, returned"),
        (3, "total", "total", "x", "not a number written like 1234.50"),
    ]


def test_whole_numbers(shop: Shop) -> None:
    text = "receipt_id,line_no,product_id,quantity,amount\nr,1.5,p,1,1\n"
    text += "r,007,p,1.125,1\nr,99999999999,p,1,1\nr,1e1,p,1,1\n"
    file = shop.one("receipt_line-1.csv", text)
    assert (file.accepted, file.rejected) == (1, 3)
    assert shop.rows("select line_no, quantity from receipt_line") == [(7, Decimal("1.125"))]
    assert {row[4] for row in shop.rejects()} == {"not a whole number, or too large"}


def test_control_characters_in_ids(shop: Shop) -> None:
    file = shop.one("receipt-1.csv", RECEIPTS + "a\x01b,,,2017-12-29 10:00:00,,1\nc,,,2017-12-29 10:00:00,,1\n")
    assert (file.accepted, file.rejected) == (1, 1)
    assert shop.rejects()[0][4] == "control characters in an id"


def test_formats_of_the_feed(shop: Shop) -> None:
    layout = {"delimiter": ";", "decimal": ",", "datetime": "%d.%m.%Y %H:%M", "null": "NULL"}
    feed = shop.feed("receipt", format=layout)
    shop.one("receipt-1.csv", RECEIPTS.replace(",", ";") + "r;NULL;s;29.12.2017 23:30;;-10,5\n", receipt=feed)
    assert shop.rows("select total, day, customer_key from receipt") == [(Decimal("-10.50"), date(2017, 12, 29), None)]
    file = shop.one("receipt-2.csv", RECEIPTS.replace(",", ";") + "r2;;s;29.12.2017 23:30;;10.5\n", receipt=feed)
    assert file.rejected == 1


def test_instants_are_utc_and_days_local(shop: Shop) -> None:
    feed = shop.feed("receipt", format={"datetime": "%Y-%m-%dT%H:%M:%S%z"})
    shop.one("receipt-1.csv", RECEIPTS + "r,,,2017-12-30T03:30:00+00,,1\n", receipt=feed)
    assert shop.rows("select day, epoch(purchased_at)::bigint from receipt") == [(date(2017, 12, 29), 1514604600)]
    shop.one("receipt-2.csv", RECEIPTS + "r2,,,2017-12-29 22:30:00,,1\n", other=shop.feed("receipt"))
    assert shop.rows("select distinct epoch(purchased_at)::bigint from receipt") == [(1514604600,)]


def test_custom_fields_are_canonical(shop: Shop) -> None:
    mapped = {"customer_id": "id"} | {f"custom.{n}": n for n in ("size", "children", "member", "since", "seen", "note")}
    feed = shop.feed("customer", mapped)
    head = "id,size,children,member,since,seen,note\n"
    shop.one("customer-1.csv", head + "c,01.500,+02,YES,2017-01-02,2017-01-02 03:04:05, x \nd,,,,,,\n", customer=feed)
    assert shop.rows("select custom from customer order by customer_key") == [
        ({"children": "2", "member": "true", "note": "x", "seen": "2017-01-02 08:04:05+00", "since": "2017-01-02",
          "size": "1.5"},),
        (None,),
    ]  # fmt: skip
    file = shop.one("customer-2.csv", head + "c,1.23456,x,maybe,2017-02-30,never,\n", customer=feed)
    assert (file.rejected, len(shop.rejects())) == (1, 5)


def test_constant_fields(shop: Shop) -> None:
    feed = shop.feed("tag_member", {"customer_id": "id", "tag": {"constant": "it's 'vip'"}})
    shop.one("tag_member-1.csv", "id\nc1\n\nc2\n", tag_member=feed)
    assert (
        shop.rows("select tag, source, added_on from tag_member")
        == [("it's 'vip'", "tag_member", date(2017, 12, 29))] * 2
    )
    assert shop.rejects() == [(3, "customer_id", "id", None, "a value is required")]
