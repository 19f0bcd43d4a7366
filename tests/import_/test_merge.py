"""What a file does to the tables."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

RECEIPTS = "receipt_id,customer_id,store_id,purchased_at,status,total\n"
LINES = "receipt_id,line_no,product_id,quantity,amount\n"
TOUCHED = "select distinct customer_id from customer_touched join customer_ident using (customer_key) order by all"


def facts(shop: Shop) -> list[tuple[object, ...]]:
    return shop.rows(
        "select r.receipt_id, l.line_no, c.customer_id, l.day, l.counted, k.category_id from receipt_line l "
        "join receipt_ident r using (receipt_key) left join customer_ident c on c.customer_key = l.customer_key "
        "left join category_ident k on k.category_key = l.category_key order by all"
    )


def test_columns_that_a_feed_does_not_map_stay(shop: Shop) -> None:
    shop.one("customer-1.csv", "customer_id,email,birth_date\nc,a@example.com,2000-01-02\n")
    other = shop.feed("customer", {"customer_id": "id", "city": "city", "custom.note": "note"}, files="other*")
    shop.one("other.csv", "id,city,note\nc,Riga,x\n", other=other)
    more = shop.feed("customer", {"customer_id": "id", "custom.size": "size"}, files="more*")
    assert shop.one("more.csv", "id,size\nc,2\n", more=more).accepted == 1
    assert shop.rows("select email, birth_date, city, custom from customer") == [
        ("a@example.com", date(2000, 1, 2), "Riga", {"note": "x", "size": "2"})
    ]


@pytest.mark.parametrize(
    ("blank", "cells", "value"),
    [
        ("newest", ("a", "b"), "b"), ("newest", ("a", ""), None), ("newest", ("a", "-"), None),
        ("keep", ("a", "b"), "b"), ("keep", ("a", ""), "a"), ("keep", ("a", "-"), None),
        ("first", ("a", "b"), "a"), ("first", ("", "b"), "b"), ("first", ("a", ""), "a"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["email", "custom.note"])
def test_empty_cells(shop: Shop, blank: str, cells: tuple[str, str], value: str | None, field: str) -> None:
    first, second = cells
    feed = shop.feed("customer", {"customer_id": "id", field: {"column": "x", "blank": blank}}, format={"null": "-"})
    shop.one("customer-1.csv", f"id,x\nc,{first}\n", customer=feed)
    file = shop.one("customer-2.csv", f"id,x\nc,{second}\n", customer=feed)
    column = "email" if field == "email" else "custom['note']"
    before = first or None
    assert shop.rows(f"select {column} from customer") == [(value,)]
    assert (file.accepted, file.unchanged) == ((0, 1) if value == before else (1, 0))


def test_equal_rows_count_once_and_contradictions_are_refused(shop: Shop) -> None:
    file = shop.one("store-1.csv", "store_id,name\ns1,A\ns2,B\ns1,A\ns3,C\ns2,X\ns1,A\n")
    assert (file.read, file.accepted, file.duplicate, file.rejected) == (6, 2, 2, 2)
    assert shop.rows("select store_id, name from store order by all") == [("s1", "A"), ("s3", "C")]
    assert [(row[0], row[1], row[4]) for row in shop.rejects()] == [
        (3, "store_id", "the same key has different values in lines 3, 6"),
        (6, "store_id", "the same key has different values in lines 3, 6"),
    ]


def test_append_adds_and_never_changes(shop: Shop) -> None:
    feed = shop.feed("store", mode="append")
    shop.one("store-1.csv", "store_id,name\ns1,A\ns2,B\n", store=feed)
    file = shop.one("store-2.csv", 'store_id,name\ns0,"a\nb"\ns1,A\ns2,X\n', store=feed)
    assert (file.accepted, file.unchanged, file.rejected) == (1, 1, 1)
    assert shop.rejects()[0][0] == 5
    assert shop.rows("select store_id, name from store order by all") == [("s0", "a\nb"), ("s1", "A"), ("s2", "B")]


def test_append_keeps_the_limit(shop: Shop) -> None:
    feed = shop.feed("store", mode="append", reject_limit="1%")
    shop.one("store-1.csv", "store_id,name\ns1,A\n", store=feed)
    file = shop.one("store-2.csv", "store_id,name\ns1,X\ns2,B\n", store=feed)
    assert (file.state, file.rejected, len(shop.rejects())) == ("refused", 1, 1)
    assert shop.rows("select store_id, name from store") == [("s1", "A")]


def test_lines_follow_their_receipt_and_product(shop: Shop) -> None:
    shop.one("receipt_line-1.csv", LINES + "r1,1,p1,1,5\nr2,1,p2,1,5\n")
    assert facts(shop) == [("r1", 1, None, None, False, None), ("r2", 1, None, None, False, None)]
    shop.one("receipt-1.csv", RECEIPTS + "r1,c1,,2017-12-29 23:59:59,paid,5\n")
    shop.one("product-1.csv", "product_id,name,brand,category_id,price\np1,,,k1,\n")
    assert facts(shop)[0] == ("r1", 1, "c1", date(2017, 12, 29), True, "k1")
    shop.one("receipt-2.csv", RECEIPTS + "r1,c2,,2017-12-28 10:00:00,cancelled,5\nr2,,,2017-12-28 10:00:00,,5\n")
    shop.one("product-2.csv", "product_id,name,brand,category_id,price\np1,,,k2,\np2,,,k1,\n")
    assert facts(shop) == [
        ("r1", 1, "c2", date(2017, 12, 28), False, "k2"),
        ("r2", 1, None, date(2017, 12, 28), True, "k1"),
    ]
    shop.one("receipt_line-2.csv", LINES + "r1,2,p2,1,5\nr1,1,p1,1,6\n")
    assert facts(shop)[:2] == [("r1", n, "c2", date(2017, 12, 28), False, k) for n, k in ((1, "k2"), (2, "k1"))]


def test_customers_whose_facts_changed_are_noted(shop: Shop) -> None:
    def noted(name: str, text: str) -> list[str]:
        shop.warehouse.run("delete from customer_touched")
        shop.one(name, text)
        return [row[0] for row in shop.rows(TOUCHED)]

    assert noted("receipt-1.csv", RECEIPTS + "r1,c1,,2017-12-29 10:00:00,,5\nr2,c2,,2017-12-29 10:00:00,,5\n") == [
        "c1",
        "c2",
    ]
    assert noted("receipt_line-1.csv", LINES + "r1,1,p1,1,5\nr9,1,p1,1,5\n") == ["c1"]
    assert noted("receipt-2.csv", RECEIPTS + "r1,c3,,2017-12-29 10:00:00,,5\nr2,c2,,2017-12-29 10:00:00,,5\n") == [
        "c1",
        "c3",
    ]
    assert noted("product-1.csv", "product_id,name,brand,category_id,price\np1,,B,,\np2,,B,,\n") == ["c3"]
    assert noted("product-2.csv", "product_id,name,brand,category_id,price\np1,new name,B,,\n") == []
    assert noted("product-3.csv", "product_id,name,brand,category_id,price\np1,new name,C,k,\n") == ["c3"]
    assert noted("category-1.csv", "category_id,parent_id,name\nk,top,\n") == ["c3"]
    assert noted("category-2.csv", "category_id,parent_id,name\nk,top,other name\n") == []
    assert noted("receipt_line-2.csv", LINES + "r2,1,p9,1,5\nr1,1,p1,1,5\n") == ["c2"]
    assert noted("receipt-3.csv", RECEIPTS + "r9,c4,,2017-12-29 10:00:00,,5\n") == ["c4"]


def test_category_tree(shop: Shop) -> None:
    tree = (
        "select c.category_id, a.category_id, depth from category_ancestor t "
        "join category_ident c using (category_key) "
        "join category_ident a on a.category_key = t.ancestor_key order by all"
    )
    shop.one("category-1.csv", "category_id,parent_id,name\nb,a,\nc,b,\na,,\n")
    assert shop.rows(tree) == [("a", "a", 0), ("b", "a", 1), ("b", "b", 0), ("c", "a", 2), ("c", "b", 1), ("c", "c", 0)]
    before = shop.rows(tree)
    file = shop.one("category-2.csv", "category_id,parent_id,name\na,c,\n")
    assert (file.state, "a, b, c" in file.reason) == ("refused", True)
    assert shop.rows(tree) == before
    shop.one("category-3.csv", "category_id,parent_id,name\nc,a,\n")
    assert ("c", "b", 1) not in shop.rows(tree)


def test_permissions_keep_the_newest_and_log_all(shop: Shop) -> None:
    head = "customer_id,channel,category,state,changed_at\n"
    day = "c,email,news,{},2017-0{}-01 00:00:00\n"
    shop.one("subscription-1.csv", head + day.format("yes", 3) + day.format("no", 5))
    late = shop.one("subscription-2.csv", head + day.format("no", 1) + day.format("no", 5))
    assert (late.accepted, late.unchanged) == (1, 1)
    state = "select state, month(changed_at) from subscription"
    assert shop.rows(state) == [("no", 5)]
    assert shop.rows("select month(changed_at) from subscription_log order by all") == [(1,), (3,), (5,)]
    shop.one("subscription-3.csv", head + day.format("yes", 6))
    assert shop.rows(state) == [("yes", 6)]
    clash = shop.one("subscription-4.csv", head + day.format("yes", 7) + day.format("no", 7))
    assert (clash.accepted, clash.rejected) == (1, 1)
    assert shop.rows(state) == [("no", 7)]


PERMISSIONS = "customer_id,channel,category,state,changed_at,source\n"
PERMITTED = {name: name for name in PERMISSIONS.strip().split(",")}


def permission(state: str, source: str = "", *, hour: int = 10) -> str:
    return f"c,email,news,{state},2017-05-01 {hour}:00:00,{source}\n"


def test_of_one_instant_a_no_holds_whatever_comes_later(shop: Shop) -> None:
    state = "select state from subscription"
    said_and_held = (("yes", "yes", 2), ("no", "no", 2), ("yes", "no", 1), ("no", "no", 1))
    for number, (said, held, new) in enumerate(said_and_held):
        # One more row of another instant makes other bytes each time.
        text = PERMISSIONS + permission(said) + permission("no", hour=number + 1).replace("email", "post")
        file = shop.one(f"subscription-{number}.csv", text)
        assert (file.accepted, shop.rows(state + " where channel = 'email'")) == (new, [(held,)])
    log = shop.rows("select * from subscription_log")
    assert len(log) == 6
    shop.drop("subscription-5.csv", PERMISSIONS + permission("no") + permission("no", hour=1).replace("email", "post"))
    shop.drop("subscription-9.csv", (shop.drops / "subscription-3.csv").read_bytes())
    again = shop.load()
    assert [file.accepted for file in again.files] == [0]
    assert again.known == 5


def test_unknown_is_a_state_of_its_own(shop: Shop) -> None:
    state = "select state from subscription"
    shop.one("subscription-1.csv", PERMISSIONS + permission("yes"))
    shop.one("subscription-2.csv", PERMISSIONS + permission("unknown"))  # of one instant it holds against the yes
    assert shop.rows(state) == [("unknown",)]
    shop.one("subscription-3.csv", PERMISSIONS + permission("yes", "web"))
    assert shop.rows(state) == [("unknown",)]
    shop.one("subscription-4.csv", PERMISSIONS + permission("no"))
    shop.one("subscription-5.csv", PERMISSIONS + permission("unknown", "web"))
    assert shop.rows(state) == [("no",)]
    shop.one("subscription-6.csv", PERMISSIONS + permission("unknown", hour=11))
    assert shop.rows(state) == [("no",)]  # only a newer yes lifts it
    shop.one("subscription-8.csv", PERMISSIONS + permission("yes", hour=10, source="late"))
    assert shop.rows(state) == [("no",)]
    assert shop.one("subscription-7.csv", PERMISSIONS + permission("maybe")).rejected == 1
    assert shop.rejects()[0][4] == "not one of yes, no, unknown"


def test_a_permission_of_the_far_future_is_refused_unless_it_withdraws(shop: Shop) -> None:
    head = "customer_id,channel,category,state,changed_at\n"
    row = "{},email,news,{},{}\n"
    text = row.format("a", "yes", "2124-05-01 00:00:00") + row.format("b", "no", "2124-05-01 00:00:00")
    text += row.format("c", "unknown", "2018-01-02 00:00:00") + row.format("d", "yes", "2017-12-31 18:59:59")
    file = shop.one("subscription-1.csv", head + text)
    assert (file.accepted, file.rejected) == (2, 2)
    why = "more than 2 days after the day of the run, 2017-12-29: no later row could ever change it again"
    assert shop.rejects() == [
        (2, "changed_at", "changed_at", "2124-05-01 00:00:00", why),
        (4, "changed_at", "changed_at", "2018-01-02 00:00:00", why),
    ]
    assert shop.rows("select state, year(changed_at) from subscription order by all") == [("no", 2124), ("yes", 2017)]


@pytest.mark.parametrize(
    ("item", "cells", "value"),
    [
        ("product", {"product_id": "p"}, "price"),
        ("order", {"order_id": "o", "customer_id": "c"}, "total"),
        ("bonus_balance", {"customer_id": "c"}, "active"),
        ("contact_point", {"channel": "push", "address": "x", "customer_id": "c"}, "device"),
    ],
)
def test_a_row_of_the_far_future_does_not_hold_for_ever(
    shop: Shop, item: str, cells: dict[str, str], value: str
) -> None:
    fields = (*cells, value, "changed_at")
    feed = shop.feed(item, {name: name for name in fields})
    fixed = ",".join(cells.values())
    text = ",".join(fields) + f"\n{fixed},3,2107-12-01 00:00:00\n{fixed},5,2017-12-01 00:00:00\n"
    assert shop.one(f"{item}-1.csv", text, feed=feed).rejected == 1
    shop.one(f"{item}-2.csv", text.replace("2107", "1999").replace(",5,2017-12-01", ",7,2017-12-30"), feed=feed)
    table = {"order": "customer_order"}.get(item, item)
    assert [int(row[0]) for row in shop.rows(f"select {value} from {table}")] == [7]


def test_a_row_that_says_what_is_known_changes_nothing(shop: Shop) -> None:
    shop.one("subscription-1.csv", PERMISSIONS + permission("no"))
    before = shop.rows("select * from subscription_log"), shop.rows("select * from subscription")
    file = shop.one("subscription-2.csv", PERMISSIONS + permission("no") + "\n")
    assert (file.accepted, file.unchanged) == (0, 1)
    assert (shop.rows("select * from subscription_log"), shop.rows("select * from subscription")) == before


@pytest.mark.parametrize("first", ["", "c,post,news,no,2017-01-01 00:00:00,\n"])
def test_a_withdrawal_is_never_lost_to_a_clash(shop: Shop, first: str) -> None:
    feed = shop.feed("subscription", PERMITTED)
    text = (
        PERMISSIONS + permission("yes") + permission("no", "web") + permission("no", "web") + permission("no", "shop")
    )
    file = shop.one("subscription-1.csv", text + first, subscription=feed)
    assert (file.read - len(first[:1]), file.rejected, file.duplicate) == (4, 2, 1)
    assert shop.rows("select state, source from subscription where channel = 'email'") == [("no", "web")]
    why = "the same key has different values in lines 2, 3, 4, 5; line 3 was taken, for it withdraws a permission"
    assert [(row[0], row[4]) for row in shop.rejects()] == [(2, why), (5, why)]


def test_grants_that_contradict_each_other_are_refused(shop: Shop) -> None:
    feed = shop.feed("subscription", PERMITTED)
    file = shop.one(
        "subscription-1.csv", PERMISSIONS + permission("yes", "web") + permission("yes", "shop"), subscription=feed
    )
    assert (file.accepted, file.rejected) == (0, 2)


def test_every_object_loads_twice_the_same(shop: Shop) -> None:
    texts = {
        "promocode": "code,pool,title\nx,p,T\n",
        "promocode_use": "code,pool,customer_id,used_on\nx,p,c,2017-12-01\n",
        "past_mailing": "mailing,title,channel,starts_on,ends_on\nm,T,post,2017-01-01,\n",
        "past_message": "mailing,customer_id,delivered_on\nm,c,2017-01-02\n",
        "tag_member": "customer_id,tag\nc,vip\n",
    }
    for item, text in texts.items():
        assert shop.one(f"{item}-1.csv", text).accepted == 1
        assert shop.one(f"{item}-2.csv", text + "\n").unchanged == 1
        assert shop.rows(f"select count(*) from {item}") == [(1,)]


def test_first_load_lies_in_order_of_time(shop: Shop) -> None:
    rows = "".join(f"r{i},,,2017-12-{(i * 7) % 28 + 1:02} 10:00:00,,1\n" for i in range(50))
    shop.one("receipt-1.csv", RECEIPTS + rows)
    shop.one("receipt_line-1.csv", LINES + "".join(f"r{i},1,p,1,1\n" for i in range(50)))
    for table in ("receipt", "receipt_line"):
        days = [row[0] for row in shop.rows(f"select day from {table} order by rowid")]
        assert days == sorted(days)
