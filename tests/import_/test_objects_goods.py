"""People, catalogue and lists: a small file of every object, corrected, late and out of order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from smc.config.specs.project import FieldsSpec
from smc.model.objects import OBJECTS
from smc.warehouse import Warehouse

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

FIELDS = FieldsSpec.model_validate(
    {
        name: {
            "colour": {"title": "Colour", "type": "string"}, "weight": {"title": "Weight", "type": "decimal"},
            "pet": {"title": "Pet", "type": "dictionary", "dictionary": "pets"},
        }
        for name, item in OBJECTS.items()
        if item.custom
    }
)  # fmt: skip
OWN = {"custom.colour": {"column": "colour", "blank": "keep"}, "custom.weight": "weight", "custom.pet": "pet"}
PETS = {"dictionary": "d", "code": "c", "title": "t"}
CLOCK = {"datetime": "%Y-%m-%d %H:%M", "timezone": "America/New_York"}


def same_names(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def noon(day: int) -> datetime:
    return datetime(2017, 12, day, 17, tzinfo=UTC)


def test_a_card_leads_to_its_holder(shop: Shop) -> None:
    feed = shop.feed("card", same_names("card_id", "customer_id", "level", "issued_at"), format=CLOCK)
    text = "card_id,customer_id,level,issued_at\n0012,c1,gold,2017-12-01 12:00\n1e5,,,\n"
    assert shop.one("card-1.csv", text, card=feed).accepted == 2
    shop.one("card-2.csv", "card_id,customer_id,level,issued_at\n0012,c2,gold,2017-12-01 12:00\n", card=feed)
    found = (
        "select card_id, customer_id, level, issued_at, active from card left join customer_ident using (customer_key)"
    )
    assert shop.rows(f"{found} order by all") == [
        ("0012", "c2", "gold", noon(1), True),
        ("1e5", None, None, None, True),
    ]


def test_the_newest_row_says_whose_a_push_token_is(shop: Shop) -> None:
    feed = shop.feed(
        "contact_point",
        {**same_names("address", "customer_id", "changed_at", "active"), "channel": {"constant": "push"}},
        format=CLOCK,
    )
    head = "address,customer_id,changed_at,active\n"
    rows = ("t,c1,2017-12-01 12:00,1\n", "t,c2,2017-12-03 12:00,1\n", "t,c1,2017-12-02 12:00,0\n")
    for number, row in enumerate(rows):
        shop.one(f"contact_point-{number}.csv", head + row, contact_point=feed)
    found = (
        "select address, customer_id, active, changed_at from contact_point join customer_ident using (customer_key)"
    )
    assert shop.rows(found) == [("t", "c2", True, noon(3))]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_an_older_balance_never_wins(shop: Shop, order: tuple[int, ...]) -> None:
    feed = shop.feed("bonus_balance", same_names("customer_id", "active", "expires_on", "changed_at"), format=CLOCK)
    head = "customer_id,active,expires_on,changed_at\n"
    files = (
        "c1,10,,2017-12-01 12:00\nc2,5,,2017-12-01 12:00\n",
        "c1,30,2018-01-31,2017-12-03 12:00\nc1,25,,2017-12-02 18:00\n",
        "c1,20,,2017-12-02 12:00\n",
    )
    for number in order:
        file = shop.one(f"bonus_balance-{number}.csv", head + files[number], bonus_balance=feed)
        assert file.read == file.accepted + file.unchanged
    found = "select customer_id, account, active, expires_on, changed_at from bonus_balance "
    assert shop.rows(f"{found} join customer_ident using (customer_key) order by all") == [
        ("c1", "main", Decimal(30), date(2018, 1, 31), noon(3)),
        ("c2", "main", Decimal(5), None, noon(1)),
    ]
    assert touched(shop) == {"c1", "c2"}


def touched(shop: Shop) -> set[str]:
    return {
        row[0] for row in shop.rows("select customer_id from customer_touched join customer_ident using (customer_key)")
    }


def test_rows_with_a_time_must_have_it(shop: Shop) -> None:
    feed = shop.feed("bonus_balance", same_names("customer_id", "active", "account", "changed_at"), format=CLOCK)
    file = shop.one(
        "bonus_balance-1.csv",
        "customer_id,active,account,changed_at\nc1,10,,\nc1,11,,2017-12-01 12:00\nc1,2,gift,2017-12-01 12:00\n",
        bonus_balance=feed,
    )
    assert (file.accepted, file.rejected) == (2, 1)
    assert shop.rows("select account, active from bonus_balance order by all") == [
        ("gift", Decimal(2)), ("main", Decimal(11)),
    ]  # fmt: skip


def test_a_dictionary_with_further_fields(shop: Shop) -> None:
    feed = shop.feed("dictionary", {**same_names("code", "title", "fields"), "dictionary": {"constant": "reasons"}})
    shop.one(
        "dictionary-1.csv", 'code,title,fields\n01,Late,"{""short"": ""L"", ""rank"": 2}"\n02,Lost,\n', dictionary=feed
    )
    assert shop.rows("select * from dictionary order by all") == [
        ("reasons", "01", "Late", {"rank": "2", "short": "L"}),
        ("reasons", "02", "Lost", None),
    ]


def test_a_region_of_the_shop_says_the_zone_of_its_customers(shop: Shop) -> None:
    regions = shop.feed("region", same_names("region_id", "parent_id", "name", "timezone"))
    people = shop.feed("customer", same_names("customer_id", "region", "city"))
    zones = (
        "select customer_id, timezone, timezone_from from customer join customer_ident using (customer_key) order by 1"
    )
    head = "region_id,parent_id,name,timezone\n"
    tree = "77,,Volga Region,Europe/Samara\n7701,77,Hills,\nx,,Somewhere,Mars/Base\n"
    shop.one("region-1.csv", head + tree, region=regions)
    given = "customer_id,region,city\na,7701,\nb,volga,\nc,Texas,Houston\nd,Somewhere,\n"
    shop.one("customer-1.csv", given, customer=people)
    assert shop.rows(zones) == [
        ("a", "Europe/Samara", "region"), ("b", "Europe/Samara", "region"), ("c", "America/Chicago", "city"),
        ("d", None, None),
    ]  # fmt: skip
    shop.warehouse.run("delete from customer_touched")
    shop.one("region-2.csv", head + "7701,77,Hills,Europe/Saratov\nt,,Texas,America/Denver\n", region=regions)
    assert [row[1] for row in shop.rows(zones)] == ["Europe/Saratov", "Europe/Samara", "America/Denver", None]
    assert touched(shop) == {"a", "c"}


def test_regions_are_a_tree(shop: Shop) -> None:
    feed = shop.feed("region", same_names("region_id", "parent_id", "name"))
    shop.one("region-1.csv", "region_id,parent_id,name\ne,,Earth\nn,e,North\nt,n,Town\n", region=feed)
    assert shop.rows("select ancestor_id from region_ancestor where region_id = 't' order by depth") == [
        ("t",), ("n",), ("e",),
    ]  # fmt: skip
    file = shop.one("region-2.csv", "region_id,parent_id,name\ne,t,Earth\n", region=feed)
    assert (file.state, "circle" in file.reason) == ("refused", True)


def test_several_classifiers(shop: Shop) -> None:
    shop.one("category-1.csv", "category_id,parent_id,name\nfood,,Food\nmilk,food,Milk\n")
    tree = {
        **same_names("name"),
        "category_id": {"column": "category_id", "steps": [{"prefix": "g:"}]},
        "parent_id": {"column": "parent_id", "steps": [{"prefix": "g:"}]},
        "classifier": {"constant": "google"},
    }
    shop.one("g-1.csv", "category_id,parent_id,name\n1,,All\nmilk,1,Milk\n", g=shop.feed("category", tree, files="g-*"))
    shop.one("product-1.csv", "product_id,name,brand,category_id,price\np,Milk,B,milk,1.20\n")
    place = shop.feed(
        "product_category",
        {
            "product_id": "product_id",
            "classifier": "classifier",
            "category_id": {"column": "c", "steps": [{"prefix": "g:"}]},
        },
    )
    shop.one("product_category-1.csv", "product_id,classifier,c\np,google,milk\n", product_category=place)
    above = (
        "select c.category_id from category_ancestor a join category_ident c on c.category_key = a.ancestor_key where "
    )
    assert shop.rows(f"{above} a.category_key = (select category_key from product) order by depth") == [
        ("milk",),
        ("food",),
    ]
    further = "a.category_key = (select category_key from product_category where classifier = 'google')"
    assert shop.rows(f"{above} {further} order by depth") == [("g:milk",), ("g:1",)]
    assert shop.rows("select distinct classifier from category order by all") == [("google",), ("main",)]

    file = shop.one("product_category-2.csv", "product_id,classifier,c\np,main,milk\n", product_category=place)
    assert (file.state, "category_id of the object product" in file.reason) == ("refused", True)
    moved = shop.feed("category", {**same_names("category_id", "name"), "classifier": {"constant": "x"}}, files="m-*")
    file = shop.one("m-1.csv", "category_id,name\nmilk,Milk\nnew,New\n", m=moved)
    assert (file.accepted, file.rejected) == (1, 1)
    below = shop.feed(
        "category", {**same_names("category_id", "parent_id"), "classifier": {"constant": "x"}}, files="b-*"
    )
    file = shop.one("b-1.csv", "category_id,parent_id\nnew,food\n", b=below)
    assert (file.state, "another classifier" in file.reason) == ("refused", True)


def test_buyers_of_products_with_other_places_are_noted(shop: Shop) -> None:
    place = shop.feed(
        "product_category", same_names("product_id", "classifier", "category_id"), mode="replace", vanish_limit="100%"
    )
    tree = {**same_names("category_id", "parent_id"), "classifier": {"constant": "season"}}
    shop.one("product-1.csv", "product_id,name,brand,category_id,price\np,P,B,milk,1\nq,Q,B,milk,1\n")
    shop.warehouse.run("insert into customer_ident values (1, 'c1'), (2, 'c2')")
    columns = "(customer_key, product_key, counted, day, line_no, quantity, amount"
    for who, line, key in ((1, "receipt_line", "p"), (2, "order_line", "q")):
        head = line.replace("line", "key")
        shop.warehouse.run(
            f"insert into {line} {columns}, {head}) select {who}, product_key, true, date '2017-12-01', 1, 1, 1, 1 "
            "from product_ident where product_id = $key",
            key=key,
        )

    def noted(name: str, text: str) -> set[str]:
        shop.warehouse.run("delete from customer_touched")
        shop.one(name, text, place=place, tree=shop.feed("category", tree))
        return touched(shop)

    head = "product_id,classifier,category_id\n"
    assert noted("product_category-1.csv", f"{head}p,season,summer\n") == {"c1"}
    assert noted("product_category-2.csv", f"{head}p,season,summer\nq,season,winter\n") == {"c2"}
    assert noted("category-1.csv", "category_id,parent_id\nsummer,year\n") == {"c1"}
    assert noted("product_category-3.csv", f"{head}q,season,winter\n") == {"c1"}
    assert noted("product_category-4.csv", f"{head}q,season,winter\n\n") == set()
    shop.one("gone-1.csv", "id\nq\n", gone=shop.feed("product", {"product_id": "id"}, mode="delete", files="gone-*"))
    assert touched(shop) == {"c2"}


PRICES = {
    "1": "p,10,2017-12-01 12:00\n",
    "2": "p,12,2017-12-02 12:00\np,15,2017-12-05 12:00\n",
    "3": "p,11,2017-12-03 12:00\nq,1,2017-12-03 12:00\n",
}


@pytest.mark.parametrize("order", [*permutations("123"), ("3", "3", "2", "1")], ids="".join)
def test_prices_of_a_product_in_any_order(shop: Shop, order: tuple[str, ...]) -> None:
    prices = shop.feed("product", same_names("product_id", "price", "changed_at"), files="prices-*", format=CLOCK)
    catalogue = shop.feed("product", same_names("product_id", "name", "stock", "changed_at"), format=CLOCK)
    shop.one(
        "product-1.csv", "product_id,name,stock,changed_at\np,Milk,5.5,2017-12-04 12:00\n",
        product=catalogue, prices=prices,
    )  # fmt: skip
    for number, name in enumerate(order):
        shop.one(f"prices-{number}.csv", f"product_id,price,changed_at\n{PRICES[name]}" + "\n" * number, prices=prices)
    assert shop.rows(
        "select product_id, name, price, stock, changed_at, price_at, stock_at from product "
        "join product_ident using (product_key) order by all"
    ) == [
        ("p", "Milk", Decimal(15), Decimal("5.5"), noon(4), noon(5), noon(4)),
        ("q", None, Decimal(1), None, None, noon(3), None),
    ]
    changes = "select value, before, changed_at from product_change join product_ident using (product_key) where "
    assert shop.rows(f"{changes} kind = 'price' and product_id = 'p' order by changed_at") == [
        (Decimal(10), None, noon(1)), (Decimal(12), Decimal(10), noon(2)),
        (Decimal(11), Decimal(12), noon(3)), (Decimal(15), Decimal(11), noon(5)),
    ]  # fmt: skip
    assert shop.rows(f"{changes} kind = 'stock'") == [(Decimal("5.5"), None, noon(4))]


def test_prices_without_a_time_are_kept_when_they_change(shop: Shop) -> None:
    feed = shop.feed("product", same_names("product_id", "price"))
    for day, price in ((27, "10"), (28, "10.00"), (29, "12"), (30, "")):
        shop.drop(f"product-{day}.csv", f"product_id,price\np,{price}\n")
        shop.load(date(2017, 12, day), product=feed)
    assert shop.rows("select value, before, changed_at, known_on from product_change order by known_on") == [
        (Decimal(10), None, None, date(2017, 12, 27)),
        (Decimal(12), Decimal(10), None, date(2017, 12, 29)),
    ]


def test_the_later_file_decides_about_one_instant(shop: Shop) -> None:
    feed = shop.feed("product", same_names("product_id", "price", "changed_at"), format=CLOCK)
    for number, price in enumerate((10, 11)):
        shop.one(f"product-{number}.csv", f"product_id,price,changed_at\np,{price},2017-12-01 12:00\n", product=feed)
    assert shop.rows("select value, before from product_change") == [(Decimal(11), None)]
    assert shop.rows("select price from product") == [(Decimal(11),)]


GIVEN = {"string": "k", "integer": "1", "decimal": "1", "quantity": "1", "datetime": "2017-12-01 12:00"}
"""Cells of fields that a row must have, by type."""


def test_custom_fields_of_every_object_that_has_them(shop: Shop) -> None:
    """What does not cast or is no code is a reject, blanks are as each field says, and a title becomes its code."""
    shop.fields = FIELDS
    shop.one("dictionary-1.csv", "d,c,t\npets,1,Dog\n", dictionary=shop.feed("dictionary", PETS))
    for name, item in OBJECTS.items():
        if not item.custom:
            continue
        needed = {one.name: GIVEN[one.type] for one in item.fields if one.required}
        feed = shop.feed(name, {**same_names(*needed), **OWN}, format=CLOCK)
        key = next(one for one in needed if one in item.key)
        head, rows = ",".join([*needed, "colour", "weight", "pet\n"]), ("k,red,1.50,Dog", "m,red,x,Cow", "k,,,1")
        cells = [",".join([row[0] if one == key else needed[one] for one in needed]) + row[1:] for row in rows]
        first = shop.one(f"{name}-1.csv", f"{head}{cells[0]}\n{cells[1]}\n", **{name: feed})
        assert (first.accepted, first.rejected) == (1, 1), name
        custom = f"select custom from {item.table or name}"
        assert shop.rows(custom) == [({"colour": "red", "pet": "1", "weight": "1.5"},)], name
        again = shop.one(f"{name}-2.csv", f"{head}{cells[2]}\n", **{name: feed})
        assert (again.accepted, again.rejected) == (1, 0), name
        assert shop.rows(custom) == [({"colour": "red", "pet": "1"},)], name
    fields = {(row[1], row[3]) for row in shop.rejects() if row[1] is not None}
    assert fields == {("custom.weight", "x"), ("custom.pet", "Cow")}


def test_a_return_names_its_sale(shop: Shop) -> None:
    feed = shop.feed("receipt", same_names("receipt_id", "purchased_at", "total", "return_of"), format=CLOCK)
    shop.one(
        "receipt-1.csv",
        "receipt_id,purchased_at,total,return_of\nr2,2017-12-02 12:00,-5,r1\nr1,2017-12-01 12:00,5,\n",
        receipt=feed,
    )
    assert shop.rows(
        "select i.receipt_id, s.receipt_id from receipt r join receipt_ident i using (receipt_key) "
        "join receipt_ident s on s.receipt_key = r.return_of_key"
    ) == [("r2", "r1")]


def test_promocodes_with_status_and_owner(shop: Shop) -> None:
    feed = shop.feed("promocode", same_names("code", "pool", "customer_id", "uses_left", "status"))
    file = shop.one(
        "promocode-1.csv",
        "code,pool,customer_id,uses_left,status\n0A,ten,c1,1,\n0B,ten,,,used\n0C,ten,,,lost\n",
        promocode=feed,
    )
    assert (file.accepted, file.rejected) == (2, 1)
    found = "select code, customer_id, uses_left, status from promocode left join customer_ident using (customer_key) "
    assert shop.rows(f"{found} order by 1") == [("0A", "c1", 1, "active"), ("0B", None, None, "used")]


def test_both_forms_of_tag_files(shop: Shop) -> None:
    named = shop.feed("tag_member", same_names("customer_id", "tag"), files="tags-*", format={"delimiter": ";"})
    bare = shop.feed(
        "tag_member", {"customer_id": "id", "tag": {"constant": "vip"}}, files="vip-*",
        format={"header": False, "columns": ["id"]},
    )  # fmt: skip
    shop.one("tags-1.csv", "customer_id;tag\n007;gold\n008;vip\n", named=named)
    shop.one("vip-1.csv", "007\n1e5\n", bare=bare)
    found = "select customer_id, tag from tag_member join customer_ident using (customer_key) order by all"
    assert shop.rows(found) == [
        ("007", "gold"), ("007", "vip"), ("008", "vip"), ("1e5", "vip"),
    ]  # fmt: skip


def test_control_groups_and_poll_answers(shop: Shop) -> None:
    shop.one(
        "control_member-1.csv", "customer_id,starts_on\nc1,2017-01-01\nc2,\n",
        control_member=shop.feed("control_member", same_names("customer_id", "starts_on")),
    )  # fmt: skip
    assert shop.rows("select control_group, starts_on from control_member order by 2 nulls last") == [
        ("global", date(2017, 1, 1)), ("global", None),
    ]  # fmt: skip
    poll = shop.feed(
        "poll_answer", same_names("poll", "question", "customer_id", "answer", "answered_at"), format=CLOCK
    )
    file = shop.one(
        "poll_answer-1.csv",
        "poll,question,customer_id,answer,answered_at\n1,q,c1,yes,2017-12-01 12:00\n1,q,c1,maybe,2017-12-01 12:00\n",
        poll_answer=poll,
    )
    assert (file.accepted, file.rejected) == (2, 0)


def test_what_a_cart_holds(shop: Shop) -> None:
    feed = shop.feed("container", same_names("customer_id", "container", "product_id", "quantity"), mode="replace")
    head = "customer_id,container,product_id,quantity\n"
    shop.one("container-1.csv", head + "c1,cart,p,1\nc1,cart,q,2\nc2,cart,p,1\nc1,liked,p,\n", container=feed)
    shop.one("container-2.csv", head + "c1,cart,q,3\n", container=feed)
    assert shop.rows(
        "select customer_id, container, product_id, quantity from container join customer_ident using (customer_key) "
        "join product_ident using (product_key) order by all"
    ) == [("c1", "cart", "q", Decimal(3)), ("c1", "liked", "p", None), ("c2", "cart", "p", Decimal(1))]
    assert touched(shop) == {"c1", "c2"}


def test_a_dump_of_all_carts_empties_those_that_it_lacks(shop: Shop) -> None:
    head = "customer_id,container,product_id\n"
    feed = shop.feed("container", same_names(*head.strip().split(",")), mode="snapshot", vanish_limit="50%")
    shop.one("container-1.csv", head + "anna,cart,p\nanna,liked,p\nbert,cart,p\nbert,cart,q\n", container=feed)
    shop.warehouse.run("delete from customer_touched")
    assert shop.one("container-2.csv", head + "bert,cart,p\nbert,cart,q\n", container=feed).unchanged == 2
    kept = (
        "select customer_id, container, product_id from container join customer_ident using (customer_key) "
        "join product_ident using (product_key) order by all"
    )
    assert shop.rows(kept) == [("anna", "liked", "p"), ("bert", "cart", "p"), ("bert", "cart", "q")]
    assert touched(shop) == {"anna"}
    file = shop.one("container-3.csv", head + "carl,cart,p\n", container=feed)
    assert (file.state, "lacks 2 of 2 rows, which would be taken out" in file.reason) == ("refused", True)


def test_every_table_has_the_columns_of_its_object(warehouse: Warehouse) -> None:
    from smc.import_.load.target import target_of

    for name in OBJECTS:
        target = target_of(name)
        there = {row[0] for row in warehouse.rows(f"select column_name from (describe {target.table})")}
        assert set(target.columns) <= there, name


@pytest.mark.parametrize("item", ["customer", "product", "store", "card"])
def test_what_a_snapshot_lacks_is_not_active_until_it_comes_again(shop: Shop, item: str) -> None:
    key = f"{item}_id"
    feed = shop.feed(item, {key: "id"}, mode="snapshot", vanish_limit="100%")
    states = []
    for number, ids in enumerate(("a b c", "a c", "b")):
        text = "id\n" + "".join(f"{name}\n" for name in ids.split())
        assert shop.one(f"{item}-{number}.csv", text, feed=feed).state == "loaded"
        join = "" if item in {"store", "card"} else f" join {item}_ident using ({item}_key)"
        states.append(dict(shop.rows(f"select {key}, active from {item}{join}")))
    assert states == [
        {"a": True, "b": True, "c": True}, {"a": True, "b": False, "c": True}, {"a": False, "b": True, "c": False},
    ]  # fmt: skip


def test_a_delete_list_is_noted_for_the_metrics(shop: Shop) -> None:
    head = "customer_id,container,product_id,quantity\n"
    feed = shop.feed("container", same_names(*head.strip().split(",")))
    shop.one("container-1.csv", head + "c1,cart,p,1\nc2,cart,p,1\n", container=feed)
    shop.warehouse.run("delete from customer_touched")
    gone = shop.feed(
        "container",
        same_names("customer_id", "container", "product_id"),
        mode="delete",
        files="gone-*",
        vanish_limit="100%",
    )
    shop.one("gone-1.csv", "customer_id,container,product_id\nc1,cart,p\n", gone=gone)
    assert touched(shop) == {"c1"}
    assert shop.rows("select count(*) from container") == [(1,)]


_RETURNED = "select i.receipt_id, r.status from receipt r join receipt_ident i using (receipt_key) order by all"
_SALES = """receipt_id,customer_id,purchased_at,total,return_of
sold,c,2017-12-01 12:00,100,
back,c,2017-12-05 12:00,-100,
named,c,2017-12-06 12:00,0,sold
free,c,2017-12-07 12:00,0,
"""


def test_a_negative_total_or_a_sale_that_is_named_makes_a_return(shop: Shop) -> None:
    fields = same_names("receipt_id", "customer_id", "purchased_at", "total", "return_of")
    feed = shop.feed("receipt", fields, format=CLOCK)
    assert shop.one("receipt-1.csv", _SALES, receipt=feed).accepted == 4
    wanted = [("back", "returned"), ("free", "paid"), ("named", "returned"), ("sold", "paid")]
    assert shop.rows(_RETURNED) == wanted
    again = shop.one("receipt-2.csv", _SALES + "more,c,2017-12-08 12:00,-1,\n", receipt=feed)
    assert (again.accepted, again.unchanged) == (1, 4)
    assert shop.rows(_RETURNED) == sorted([*wanted, ("more", "returned")])


def test_a_status_that_is_given_holds_unless_it_is_paid(shop: Shop) -> None:
    fields = same_names("receipt_id", "customer_id", "purchased_at", "status", "total")
    feed = shop.feed("receipt", fields, format=CLOCK)
    text = "receipt_id,customer_id,purchased_at,status,total\n" + "".join(
        f"{name},c,2017-12-01 12:00,{status},{total}\n"
        for name, status, total in (("a", "paid", -1), ("b", "", -1), ("c", "cancelled", -1), ("d", "returned", 1))
    )
    shop.one("receipt-1.csv", text, receipt=feed)
    assert shop.rows(_RETURNED) == [("a", "returned"), ("b", "returned"), ("c", "cancelled"), ("d", "returned")]
    assert shop.one("receipt-2.csv", text + "e,c,2017-12-01 12:00,,1\n", receipt=feed).unchanged == 4
    assert shop.one("receipt-3.csv", text.replace("paid,-1", "paid,1"), receipt=feed).accepted == 1
    assert shop.rows(_RETURNED)[0] == ("a", "paid")


def test_a_corrected_total_is_told_by_whatever_feed_brings_it(shop: Shop) -> None:
    feed = shop.feed("receipt", same_names("receipt_id", "purchased_at", "total"), format=CLOCK)
    for number, (total, status) in enumerate(((-5, "returned"), (5, "paid"), (-6, "returned"))):
        text = f"receipt_id,purchased_at,total\nr,2017-12-01 12:00,{total}\n"
        assert shop.one(f"receipt-{number}.csv", text, receipt=feed).accepted == 1
        assert shop.rows(_RETURNED) == [("r", status)]
