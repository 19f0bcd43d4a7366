"""Modes that take rows away, and the limits that stop a load before it harms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

STORES = "store_id,name\n"
TAGS = "customer_id,tag\n"


def stores(shop: Shop) -> list[Any]:
    return [row[0] for row in shop.rows("select store_id from store order by all")]


def test_replace_takes_out_what_the_file_lacks(shop: Shop) -> None:
    feed = shop.feed("store", mode="replace", vanish_limit="50%")
    shop.one("store-1.csv", STORES + "a,A\nb,B\nc,C\nd,D\n", store=feed)
    file = shop.one("store-2.csv", STORES + "a,A\nb,X\ne,E\n", store=feed)
    assert (file.accepted, file.unchanged) == (2, 1)
    assert stores(shop) == ["a", "b", "e"]
    assert shop.rows("select rows_vanished from import_file order by file_key") == [(0,), (2,)]


def test_too_much_never_vanishes(shop: Shop) -> None:
    feed = shop.feed("store", mode="replace")
    shop.one("store-1.csv", STORES + "a,A\nb,B\nc,C\n", store=feed)
    file = shop.one("store-2.csv", STORES + "a,A\nx,X\n", store=feed)
    assert file.state == "refused"
    assert "lacks 2 of 3 rows, which would be taken out: more than the limit of 20%" in file.reason
    assert "vanish_limit" in file.reason
    assert stores(shop) == ["a", "b", "c"]


def test_an_empty_file_never_takes_anything_away(shop: Shop) -> None:
    feed = shop.feed("store", mode="replace", vanish_limit="100%")
    assert shop.one("store-0.csv", STORES, store=feed).state == "loaded"
    shop.one("store-1.csv", STORES + "a,A\n", store=feed)
    file = shop.one("store-2.csv", STORES + "\n", store=feed)
    assert (file.state, "an empty file never takes anything away" in file.reason) == ("refused", True)
    assert stores(shop) == ["a"]


def test_a_row_that_cannot_be_taken_does_not_vanish(shop: Shop) -> None:
    feed = shop.feed(
        "product", {"product_id": "id", "price": "price"}, mode="replace", vanish_limit="100%", files="product-*"
    )
    shop.one("product-1.csv", "id,price\na,1\nb,2\nc,3\nd,4\n", product=feed)
    file = shop.one("product-2.csv", "id,price\na,1\nb,cheap\nc,1\nc,2\n", product=feed)
    assert (file.unchanged, file.rejected) == (1, 3)
    prices = "select product_id, price from product join product_ident using (product_key) order by all"
    assert shop.rows(prices) == [("a", Decimal(1)), ("b", Decimal(2)), ("c", Decimal(3))]
    unsure = shop.one("product-3.csv", "id,price\na,1\n,5\n", product=feed)
    assert (unsure.state, "no key that can be read" in unsure.reason) == ("refused", True)
    torn = shop.one("product-4.csv", "id,price\na,1\nb,5,6\n", product=feed)
    assert (torn.state, "no key that can be read" in torn.reason) == ("refused", True)
    assert len(shop.rows(prices)) == 3


def test_replace_is_whole_for_the_lists_that_a_file_names(shop: Shop) -> None:
    feed = shop.feed("tag_member", mode="replace", vanish_limit="60%")
    shop.one("tag_member-1.csv", TAGS + "c1,vip\nc2,vip\nc1,new\n", tag_member=feed)
    file = shop.one("tag_member-2.csv", TAGS + "c2,vip\nc3,vip\n", tag_member=feed)
    assert (file.accepted, file.unchanged) == (1, 1)
    members = "select tag, customer_id from tag_member join customer_ident using (customer_key) order by all"
    assert shop.rows(members) == [("new", "c1"), ("vip", "c2"), ("vip", "c3")]
    # Two files of a night, each whole for its own lists.
    shop.drop("tag_member-3.csv", TAGS + "c9,new\nc1,new\n")
    shop.drop("tag_member-4.csv", TAGS + "c2,vip\n")
    shop.load(tag_member=feed)
    assert shop.rows(members) == [("new", "c1"), ("new", "c9"), ("vip", "c2")]


LINES = "receipt_id,line_no,product_id,quantity,amount\n"


def test_lines_that_a_receipt_lost_go_and_its_customer_is_noted(shop: Shop) -> None:
    feed = shop.feed("receipt_line", mode="replace", vanish_limit="100%")
    shop.one(
        "receipt-1.csv", "receipt_id,customer_id,store_id,purchased_at,status,total\nr1,c,,2017-12-29 10:00:00,,5\n"
    )
    shop.one("receipt_line-1.csv", LINES + "r1,1,p,1,1\nr1,2,p,1,1\nr2,1,p,1,1\n", receipt_line=feed)
    shop.warehouse.run("delete from customer_touched")
    file = shop.one("receipt_line-2.csv", LINES + "r1,1,p,1,1\n", receipt_line=feed)
    assert (file.accepted, file.unchanged) == (0, 1)
    assert shop.rows("select count(*) from receipt_line") == [(2,)]
    assert shop.rows("select count(*) from customer_touched") == [(1,)]


def test_a_delete_list_takes_out_what_it_names(shop: Shop) -> None:
    shop.one(
        "receipt-1.csv", "receipt_id,customer_id,store_id,purchased_at,status,total\nr1,c,,2017-12-29 10:00:00,,5\n"
    )
    shop.one("receipt_line-1.csv", LINES + "r1,1,p,1,1\n")
    shop.warehouse.run("delete from customer_touched")
    feed = shop.feed("receipt", {"receipt_id": "id", "total": "t"}, mode="delete", files="gone*")
    file = shop.one("gone.csv", "id,t\nr1,x\nr9,\nr1,\n,\n", gone=feed)
    assert (file.read, file.accepted, file.unchanged, file.duplicate, file.rejected) == (4, 1, 1, 1, 1)
    assert shop.rows("select rows_vanished from import_file where name = 'gone.csv'") == [(1,)]
    assert shop.rows("select count(*) from receipt") == [(0,)]
    assert shop.rows("select customer_key, day, counted from receipt_line") == [(None, None, False)]
    assert shop.rows("select count(*) from customer_touched") == [(1,)]


def test_a_deleted_customer_leaves_anonymous_facts(shop: Shop) -> None:
    shop.one("customer-1.csv", "customer_id,email,birth_date\nc,a@example.com,\nd,,\n")
    tokens = shop.feed(
        "contact_point", {"channel": {"constant": "push"}, "address": "t", "customer_id": "id"}, files="t*"
    )
    shop.one("t.csv", "id,t\nc,token1\nd,token2\n", t=tokens)
    shop.one(
        "receipt-1.csv", "receipt_id,customer_id,store_id,purchased_at,status,total\nr1,c,,2017-12-29 10:00:00,,5\n"
    )
    feed = shop.feed("customer", {"customer_id": "id"}, mode="delete", files="gone*")
    assert shop.one("gone.csv", "id\nc\n", gone=feed).accepted == 1
    assert shop.rows("select customer_id from customer join customer_ident using (customer_key)") == [("d",)]
    assert shop.rows("select address from contact_point") == [("token2",)]
    assert shop.rows("select count(*) from receipt where customer_key is not null") == [(1,)]


def test_a_snapshot_marks_what_is_missing_and_wakes_what_comes_back(shop: Shop) -> None:
    feed = shop.feed("product", {"product_id": "id", "name": "name"}, mode="snapshot", vanish_limit="50%", files="p*")
    active = "select product_id, active from product join product_ident using (product_key) order by all"
    shop.one("p1.csv", "id,name\na,A\nb,B\n", p=feed)
    file = shop.one("p2.csv", "id,name\na,A\n", p=feed)
    assert (file.accepted, file.unchanged) == (0, 1)
    assert shop.rows(active) == [("a", True), ("b", False)]
    again = shop.one("p3.csv", "id,name\na,A\n\n", p=feed)
    assert (again.state, again.unchanged) == ("loaded", 1)
    back = shop.one("p4.csv", "id,name\nb,B\na,A\n", p=feed)
    assert (back.accepted, back.unchanged) == (1, 1)
    assert shop.rows(active) == [("a", True), ("b", True)]
    assert shop.rows("select rows_vanished from import_file order by file_key") == [(0,), (1,), (0,), (0,)]
    assert shop.one("p5.csv", "id,name\nx,X\n", p=feed).state == "refused"


def quality(shop: Shop, **limits: Any) -> Any:
    return shop.feed("customer", {"customer_id": "id", "city": "city"}, quality=limits, files="q*")


GOOD = "id,city\n1,Riga\n2,Riga\n3,Oslo\n4,\n"


@pytest.mark.parametrize(
    ("limits", "rows", "words"),
    [
        ({"min_rows": 3}, "1,Riga\n", "1 rows; the limit quality.min_rows is 3"),
        ({"fewer_rows": "40%"}, "1,Riga\n2,Riga\n", "had 4 (median): 50.0% fewer; the limit quality.fewer_rows"),
        ({"more_rows": 10}, "".join(f"{i},Riga\n" for i in range(5)), "25.0% more; the limit quality.more_rows is 10%"),
        ({"fields": {"city": {"empty": "30%"}}}, "1,\n2,\n3,Riga\n", "2 of 3 rows have no city (66.7%); the limit"),
        ({"fields": {"city": {"empty_change": 20}}}, "1,\n2,Riga\n", "50.0% of the rows have no city, where it was 25"),
        ({"fields": {"city": {"new_values": "40%"}}}, "1,Bonn\n2,Riga\n", "1 of 2 rows have a city that no row had"),
        ({"fields": {"customer_id": {"new_values": "10%"}}}, "7,Riga\n2,Riga\n", "that no row had before (50.0%)"),
    ],
)  # fmt: skip
def test_limits_stop_a_load(shop: Shop, limits: dict[str, Any], rows: str, words: str) -> None:
    shop.one("q1.csv", GOOD, q=quality(shop))
    shop.one("q2.csv", GOOD + "\n", q=quality(shop))
    assert shop.rows("select field, rows_good, filled, invalid from import_field where file_key = 1") == [
        ("customer_id", 4, 4, 0), ("city", 4, 3, 0),
    ]  # fmt: skip
    file = shop.one("q3.csv", "id,city\n" + rows, q=quality(shop, **limits))
    assert (file.state, words in file.reason) == ("refused", True), file.reason
    assert shop.rows("select count(*) from customer") == [(4,)]


def test_limits_let_the_usual_pass(shop: Shop) -> None:
    limits = {
        "min_rows": 1, "fewer_rows": "20%", "more_rows": 20,
        "fields": {"city": {"empty": "40%", "empty_change": "10%", "new_values": "30%"}},
    }  # fmt: skip
    for number, text in enumerate([GOOD, GOOD + "\n", GOOD.replace("Oslo", "Bonn"), GOOD + "5,Riga\n" + "x"]):
        file = shop.one(f"q{number}.csv", text, q=quality(shop, **limits))
        assert file.state == ("refused" if number == 3 else "loaded"), file.reason


def test_the_load_says_how_fields_look(shop: Shop) -> None:
    fields = {"customer_id": "id", "birth_date": "born"}
    feed = shop.feed("customer", fields, files="q*")
    shop.one("q1.csv", "id,born\n1,2000-01-01\n2,x\n3,\n3,\n,2000-13-01\n", q=feed)
    assert shop.rows("select field, rows_good, filled, invalid from import_field") == [
        ("customer_id", 2, 2, 1), ("birth_date", 2, 1, 2),
    ]  # fmt: skip
    assert shop.load(date(2017, 12, 30), q=feed).known == 1
