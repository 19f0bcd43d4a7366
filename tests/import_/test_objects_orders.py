"""Orders: three independent statuses, each with its own time and history, and lines that follow their order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from smc.config.specs.project import FieldsSpec

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

STATUSES: dict[str, Any] = {
    "general": {
        "new": {"title": "New"},
        "done": {"title": "Done"},
        "cancelled": {"title": "Cancelled", "counts": False},
    },
    "delivery": {"sent": {"title": "Sent"}, "lost": {"title": "Lost", "counts": False}},
    "payment": {"due": {"title": "Due"}, "paid": {"title": "Paid"}},
}
FIELDS = FieldsSpec.model_validate(
    {"order_statuses": STATUSES, "order": {"gift": {"title": "Gift", "type": "boolean"}}}
)
CLOCK = {"datetime": "%Y-%m-%d %H:%M", "timezone": "America/New_York"}
HEAD = "order_id,customer_id,ordered_at,status,total,changed_at\n"
LINES = "order_id,line_no,product_id,quantity,amount\n"


@pytest.fixture(autouse=True)
def _codes(shop: Shop) -> None:
    shop.fields = FIELDS


def fed(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def orders(shop: Shop) -> Any:
    return shop.feed("order", fed(*HEAD.strip().split(",")), format=CLOCK)


def bank(shop: Shop) -> Any:
    return shop.feed("order", fed("order_id", "payment_status", "paid", "changed_at"), files="bank-*", format=CLOCK)


def courier(shop: Shop) -> Any:
    return shop.feed(
        "order", fed("order_id", "delivery_status", "tracking", "changed_at"), files="courier-*", format=CLOCK
    )


def lines(shop: Shop) -> Any:
    return shop.feed("order_line", fed(*LINES.strip().split(",")))


def noon(day: int) -> datetime:
    return datetime(2017, 12, day, 17, tzinfo=UTC)


def table(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.rows(
        "select order_id, customer_id, o.* exclude (order_key, customer_key) from customer_order o "
        "join order_ident using (order_key) left join customer_ident using (customer_key) order by all"
    )


def log(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.rows(
        "select kind, status, before, changed_at from order_status_log join order_ident using (order_key) order by all"
    )


FILES = {
    "order-1.csv": HEAD + "0017,c1,2017-12-01 12:00,new,10,2017-12-01 12:00\n",
    "order-2.csv": HEAD + "0017,c1,2017-12-01 12:00,done,12,2017-12-04 12:00\n"
    "0017,c1,2017-12-01 12:00,new,11,2017-12-02 12:00\n",
    "bank-1.csv": "order_id,payment_status,paid,changed_at\n"
    "0017,paid,12,2017-12-05 12:00\n0017,due,0,2017-12-01 12:00\n",
    "courier-1.csv": "order_id,delivery_status,tracking,changed_at\n0017,sent,T1,2017-12-03 12:00\n",
}


@pytest.mark.parametrize("order", list(permutations(FILES))[::5], ids=" ".join)
def test_files_in_any_order_give_the_same_order(shop: Shop, order: tuple[str, ...]) -> None:
    feeds = {"order": orders(shop), "bank": bank(shop), "courier": courier(shop)}
    for name in order:
        file = shop.one(name, FILES[name], **feeds)
        assert file.read == file.accepted + file.unchanged
    ((_, customer, *_),) = table(shop)
    assert customer == "c1"
    assert shop.rows(
        "select status, total, delivery_status, tracking, payment_status, paid, changed_at, status_at, delivery_at, "
        "payment_at, day, counted from customer_order"
    ) == [
        (
            "done",
            Decimal(12),
            "sent",
            "T1",
            "paid",
            Decimal(12),
            noon(4),
            noon(4),
            noon(3),
            noon(5),
            date(2017, 12, 1),
            True,
        )
    ]
    assert log(shop) == [
        ("delivery", "sent", None, noon(3)),
        ("general", "done", "new", noon(4)),
        ("general", "new", "new", noon(2)),
        ("general", "new", None, noon(1)),
        ("payment", "due", None, noon(1)),
        ("payment", "paid", "due", noon(5)),
    ]


def test_the_same_state_again_still_moves_its_time(shop: Shop) -> None:
    feed = bank(shop)
    head = "order_id,payment_status,paid,changed_at\n"
    for number, row in enumerate(("o,due,0,2017-12-01 12:00", "o,due,0,2017-12-03 12:00", "o,paid,9,2017-12-02 12:00")):
        shop.one(f"bank-{number}.csv", f"{head}{row}\n", bank=feed)
    assert shop.rows("select payment_status, paid, payment_at from customer_order") == [("due", Decimal(0), noon(3))]


def test_a_feed_of_some_fields_leaves_room_for_an_older_row_of_others(shop: Shop) -> None:
    bonuses = shop.feed("order", fed("order_id", "bonus_accrued", "changed_at"), files="bonus-*", format=CLOCK)
    shop.one("bonus-1.csv", "order_id,bonus_accrued,changed_at\no,5,2017-12-01 23:50\n", bonus=bonuses)
    shop.one("order-1.csv", HEAD + "o,c1,2017-12-01 12:00,new,10,2017-12-01 18:00\n", order=orders(shop))
    assert shop.rows("select status, total, bonus_accrued, day, customer_key is not null from customer_order") == [
        ("new", Decimal(10), Decimal(5), date(2017, 12, 1), True)
    ]


def test_codes_that_are_not_listed_are_rejected(shop: Shop) -> None:
    file = shop.one("order-1.csv", HEAD + "1,c,2017-12-01 12:00,open,1,2017-12-01 12:00\n", order=orders(shop))
    assert file.rejected == 1
    assert shop.rejects() == [(2, "status", "status", "open", "not one of new, done, cancelled")]


def test_an_order_counts_when_none_of_its_codes_says_no(shop: Shop) -> None:
    feeds = {"order": orders(shop), "courier": courier(shop), "line": lines(shop)}
    shop.one("order_line-1.csv", LINES + "1,1,p,1,5\n2,1,p,1,5\n3,1,p,1,5\n9,1,p,1,5\n", **feeds)
    shop.one(
        "order-1.csv",
        HEAD + "".join(
            f"{number},c{number},2017-12-01 23:30,{status},1,2017-12-02 12:00\n"
            for number, status in ((1, "new"), (2, "cancelled"), (3, ""))
        ),
        **feeds,
    )  # fmt: skip
    counted = "select order_id, counted from {} join order_ident using (order_key) order by all"
    assert shop.rows(counted.format("customer_order")) == [("1", True), ("2", False), ("3", True)]
    assert shop.rows(counted.format("order_line")) == [("1", True), ("2", False), ("3", True), ("9", False)]
    shop.one("courier-1.csv", "order_id,delivery_status,tracking,changed_at\n1,lost,,2017-12-03 12:00\n", **feeds)
    assert shop.rows(counted.format("order_line"))[0] == ("1", False)
    assert shop.rows("select distinct day from order_line order by all") == [(date(2017, 12, 1),), (None,)]

    shop.warehouse.run("delete from customer_touched")
    again = {**STATUSES, "general": {**STATUSES["general"], "cancelled": {"title": "Cancelled", "counts": True}}}
    shop.fields = FieldsSpec.model_validate({"order_statuses": again})
    shop.load(order=orders(shop))
    assert shop.rows(counted.format("customer_order")) == [("1", False), ("2", True), ("3", True)]
    assert shop.rows(counted.format("order_line")) == [("1", False), ("2", True), ("3", True), ("9", False)]
    assert shop.rows("select customer_id from customer_touched join customer_ident using (customer_key)") == [("c2",)]


def test_lines_follow_order_and_product(shop: Shop) -> None:
    feeds = {**shop.feeds, "order": orders(shop), "line": lines(shop)}
    shop.one("order_line-1.csv", LINES + "1,1,p,2,5\n", **feeds)
    carried = (
        "select customer_id, day, counted, category_id from order_line left join customer_ident using (customer_key) "
        "left join category_ident using (category_key)"
    )
    assert shop.rows(carried) == [(None, None, False, None)]
    shop.one("order-1.csv", HEAD + "1,c1,2017-12-01 12:00,new,5,2017-12-01 12:00\n", **feeds)
    shop.one("product-1.csv", "product_id,name,brand,category_id,price\np,Milk,B,dairy,1\n", **feeds)
    assert shop.rows(carried) == [("c1", date(2017, 12, 1), True, "dairy")]
    shop.one("order-2.csv", HEAD + "1,c2,2017-12-02 12:00,new,5,2017-12-02 12:00\n", **feeds)
    shop.one("product-2.csv", "product_id,name,brand,category_id,price\np,Milk,B,milk,1\n", **feeds)
    assert shop.rows(carried) == [("c2", date(2017, 12, 2), True, "milk")]
    touched = "select distinct customer_id from customer_touched join customer_ident using (customer_key) order by all"
    assert shop.rows(touched) == [("c1",), ("c2",)]


def test_lines_that_an_order_does_not_have_any_more_go(shop: Shop) -> None:
    feed = shop.feed("order_line", fed(*LINES.strip().split(",")), mode="replace", vanish_limit="100%")
    shop.one("order_line-1.csv", LINES + "1,1,p,2,5\n1,2,q,1,1\n2,1,p,1,3\n", line=feed)
    shop.one("order_line-2.csv", LINES + "1,1,p,1,3\n", line=feed)
    found = "select order_id, line_no, quantity from order_line join order_ident using (order_key) order by all"
    assert shop.rows(found) == [("1", 1, Decimal(1)), ("2", 1, Decimal(1))]


def test_without_a_time_the_later_file_holds_and_changes_are_kept(shop: Shop) -> None:
    feed = shop.feed("order", {**fed("order_id", "status", "total"), "custom.gift": "gift"})
    head = "order_id,status,total,gift\n"
    shop.drop("order-1.csv", head + "1,new,5,yes\n")
    shop.load(date(2017, 12, 1), order=feed)
    shop.drop("order-2.csv", head + "1,new,6,yes\n")
    shop.load(date(2017, 12, 2), order=feed)
    shop.drop("order-3.csv", head + "1,done,6,no\n")
    shop.load(date(2017, 12, 3), order=feed)
    assert shop.rows("select status, total, custom, counted, changed_at from customer_order") == [
        ("done", Decimal(6), {"gift": "false"}, True, None)
    ]
    assert shop.rows("select kind, status, before, known_on from order_status_log order by known_on") == [
        ("general", "new", None, date(2017, 12, 1)),
        ("general", "done", "new", date(2017, 12, 3)),
    ]


def test_what_an_appending_feed_refuses_is_no_history(shop: Shop) -> None:
    feed = shop.feed("order", fed(*HEAD.strip().split(",")), format=CLOCK, mode="append")
    first, later = (f"1,c1,2017-12-01 12:00,{said},5,2017-12-0{day} 12:00\n" for said, day in (("new", 1), ("done", 2)))
    shop.one("order-1.csv", HEAD + first, order=feed)
    file = shop.one("order-2.csv", HEAD + later.replace("done", "cancelled") + later.replace("1,", "2,", 1), order=feed)
    assert (file.accepted, file.rejected) == (1, 1)
    assert shop.rows("select status from customer_order order by order_key") == [("new",), ("done",)]
    assert log(shop) == [("general", "done", None, noon(2)), ("general", "new", None, noon(1))]


def test_a_price_that_an_appending_feed_refuses_is_no_history(shop: Shop) -> None:
    feed = shop.feed("product", fed("product_id", "price", "changed_at"), format=CLOCK, mode="append")
    for day, price in ((1, 5), (2, 7)):
        text = f"product_id,price,changed_at\np,{price},2017-12-0{day} 12:00\n"
        shop.one(f"product-{day}.csv", text, product=feed)
    assert shop.rows("select value from product_change") == [(Decimal(5),)]
