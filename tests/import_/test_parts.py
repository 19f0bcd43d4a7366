"""One file that carries several objects."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.config.specs.feed import FeedSpec

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

HEAD = "receipt,card,mail,time,total,line,product,amount\n"
FLAT: dict[str, Any] = {
    "customer": {"fields": {"customer_id": "card", "email": "mail"}},
    "receipt_line": {
        "fields": {
            "receipt_id": "receipt", "line_no": "line", "product_id": "product", "quantity": {"constant": "1"},
            "amount": "amount",
        }
    },
    "receipt": {
        "fields": {"receipt_id": "receipt", "customer_id": "card", "purchased_at": "time", "total": "total"}
    },
}  # fmt: skip
DAY = "2017-12-01 10:00:00"


def flat(**more: Any) -> FeedSpec:
    spec = {
        "title": "Flat",
        "source": {"local": {"path": "drops"}},
        "files": "f*",
        "objects": FLAT,
        "reject_limit": "100%",
    }
    return FeedSpec.model_validate(spec | more)


def row(receipt: str, line: int | str, *, card: str = "c", total: str = "5", mail: str = "", amount: str = "1") -> str:
    return f"{receipt},{card},{mail},{DAY},{total},{line},p,{amount}\n"


def counts(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.rows("select object, rows_accepted, rows_unchanged, amount from import_part order by file_key, rowid")


def test_one_scan_fills_every_object(shop: Shop) -> None:
    rows = row("r1", 1) + row("r1", 2) + row("r2", 1, card="") + row("r1", 2)
    file = shop.one("f1.csv", HEAD + rows, f=flat())
    assert (file.read, file.accepted, file.duplicate, file.rejected) == (4, 3, 1, 0)
    assert file.amount == Decimal(3)
    assert counts(shop) == [
        ("customer", 1, 0, None),
        ("receipt", 2, 0, Decimal(10)),
        ("receipt_line", 3, 0, Decimal(3)),
    ]
    facts = (
        "select receipt_id, line_no, customer_id, l.counted from receipt_line l join receipt_ident using (receipt_key)"
    )
    assert shop.rows(facts + " left join customer_ident using (customer_key) order by all") == [
        ("r1", 1, "c", True), ("r1", 2, "c", True), ("r2", 1, None, True),
    ]  # fmt: skip
    again = shop.one("f2.csv", HEAD + rows + "\n", f=flat())
    assert (again.accepted, again.unchanged, again.duplicate) == (0, 3, 1)
    assert counts(shop)[3:] == [("customer", 0, 1, None), ("receipt", 0, 2, 0), ("receipt_line", 0, 3, 0)]


def test_a_bad_value_in_any_object_rejects_the_row_as_a_whole(shop: Shop) -> None:
    rows = row("r1", 1) + row("r1", "x") + row("r2", 1, total="much") + row("r3", 1, card="", mail="a@b.cd")
    file = shop.one("f1.csv", HEAD + rows, f=flat())
    assert (file.accepted, file.rejected) == (1, 3)
    assert [found[:3] for found in shop.rejects()] == [
        (3, "receipt_line.line_no", "line"), (4, "receipt.total", "total"), (5, "customer.customer_id", "card"),
    ]  # fmt: skip
    assert shop.rows("select receipt_id from receipt join receipt_ident using (receipt_key)") == [("r1",)]
    assert shop.rows("select line, cells[list_position(columns, 'receipt')] from reject_row order by all") == [
        (3, "r1"),
        (4, "r2"),
        (5, "r3"),
    ]


def test_contradictions_of_a_coarser_object_take_all_its_rows(shop: Shop) -> None:
    rows = row("r1", 1) + row("r1", 2, total="6") + row("r1", 3) + row("r2", 1) + row("r1", 3)
    file = shop.one("f1.csv", HEAD + rows, f=flat())
    assert (file.read, file.accepted, file.rejected, file.duplicate) == (5, 1, 4, 0)
    why = "the same key has different values in lines 2, 3, 4, 6"
    assert [(found[0], found[1], found[4]) for found in shop.rejects()] == [
        (line, "receipt.receipt_id", why) for line in (2, 3, 4, 6)
    ]
    assert shop.rows("select line, cells[list_position(columns, 'line')] from reject_row order by all") == [
        (2, "1"),
        (3, "2"),
        (4, "3"),
        (6, "3"),
    ]


def test_append_refuses_a_row_for_any_of_its_objects(shop: Shop) -> None:
    feed = flat(mode="append")
    shop.one("f1.csv", HEAD + row("r1", 1), f=feed)
    file = shop.one("f2.csv", HEAD + row("r2", 1) + row("r1", 2, total="7") + row("r1", 3, total="7"), f=feed)
    assert (file.accepted, file.rejected) == (1, 2)
    assert [found[:2] for found in shop.rejects()] == [(3, "receipt.receipt_id"), (4, "receipt.receipt_id")]
    assert shop.rows("select count(*), sum(total) from receipt") == [(2, Decimal(10))]
    assert shop.rows("select count(*) from receipt_line") == [(2,)]


def test_several_objects_are_as_one_after_the_other(shop: Shop) -> None:
    """Whatever the rows are: the balance holds, loading again changes nothing, and no line lacks its receipt."""
    number = 0

    @settings(max_examples=15)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["r1", "r2", ""]), st.sampled_from([1, 2, ""]), st.sampled_from(["c", "d", ""]),
                st.sampled_from(["5", "6", "x"]), st.sampled_from(["", "a@b.cd"]), st.sampled_from(["1", "2"]),
            ),
            max_size=12,
        )
    )  # fmt: skip
    def holds(rows: list[tuple[Any, ...]]) -> None:
        nonlocal number
        for table in ("receipt", "receipt_line", "customer"):
            shop.warehouse.run(f"delete from {table}")
        text = HEAD + "".join(
            row(receipt, line, card=card, total=total, mail=mail, amount=amount)
            for receipt, line, card, total, mail, amount in rows
        )
        for _ in range(2):
            number += 1
            # Files are known by content: empty lines make other bytes of the same rows.
            file = shop.one(f"f{number}.csv", text + "\n" * number, f=flat())
            assert (file.state, file.read) == ("loaded", len(rows))
            assert file.read == file.accepted + file.unchanged + file.rejected + file.duplicate
            assert shop.rows("select count(*) from receipt_line l anti join receipt r using (receipt_key)") == [(0,)]
        assert file.accepted == 0
        (shop.drops / f"f{number}.csv").unlink()
        (shop.drops / f"f{number - 1}.csv").unlink()

    holds()


ORDERS: dict[str, Any] = {
    "order": {"fields": {"order_id": "o", "source": "src", "changed_at": "at"}},
    "order_line": {
        "fields": {"order_id": "o", "line_no": "n", "product_id": "p", "quantity": {"constant": "1"}, "amount": "sum"}
    },
}
CARDS: dict[str, Any] = {
    "card": {"fields": {"card_id": "k", "customer_id": "holder"}},
    "receipt": {"fields": {"receipt_id": "r", "purchased_at": "at", "total": "t"}},
}


def test_a_row_that_repeats_only_its_finest_object_is_no_duplicate(shop: Shop) -> None:
    rows = "o1,x,2016-01-01 00:00:00,1,p,5\no1,y,2016-01-02 00:00:00,1,p,5\no1,y,2016-01-02 00:00:00,1,p,5\n"
    file = shop.one("f1.csv", "o,src,at,n,p,sum\n" + rows, f=flat(objects=ORDERS))
    assert (file.read, file.accepted, file.duplicate, file.amount) == (3, 2, 1, Decimal(5))
    assert shop.rows("select source, changed_at = '2016-01-02' from customer_order") == [("y", True)]
    assert counts(shop) == [("order", 2, 0, 0), ("order_line", 1, 0, Decimal(5))]


def test_a_row_that_changes_only_a_coarser_object_is_accepted(shop: Shop) -> None:
    rows = row("r1", 1, mail="a@b.cd") + row("r1", 2, mail="a@b.cd") + row("r2", 1, card="d") + row("r3", 1, card="")
    shop.one("f1.csv", HEAD + rows, f=flat())
    file = shop.one("f2.csv", HEAD + rows.replace("a@b.cd", "e@b.cd"), f=flat())
    assert (file.accepted, file.unchanged, file.amount) == (2, 2, Decimal(0))
    assert counts(shop)[3:] == [("customer", 1, 1, None), ("receipt", 0, 3, 0), ("receipt_line", 0, 4, 0)]
    orders = flat(objects=ORDERS)
    shop.one("f3.csv", "o,src,at,n,p,sum\no1,x,2016-01-01 00:00:00,1,p,5\n", f=orders)
    file = shop.one("f4.csv", "o,src,at,n,p,sum\no1,z,2016-01-03 00:00:00,1,p,5\n", f=orders)
    assert (file.accepted, file.unchanged) == (1, 0)


def test_a_permission_in_the_row_is_new_while_the_rest_is_known(shop: Shop) -> None:
    said = {"customer_id": "c", "channel": {"constant": "email"}, "category": {"constant": "news"}}
    feed = flat(objects={
        "subscription": {"fields": {**said, "state": "state", "changed_at": "at"}},
        "receipt_line": {**FLAT["receipt_line"]},
    })  # fmt: skip
    head = "receipt,line,product,amount,c,state,at\n"
    first = "r1,1,p,1,c1,yes,2016-01-01 00:00:00\nr1,2,p,1,c2,yes,2016-01-01 00:00:00\n"
    shop.one("f1.csv", head + first, f=feed)
    file = shop.one("f2.csv", head + first.replace("c2,yes,2016-01-01", "c2,no,2016-01-02"), f=feed)
    assert (file.state, file.accepted, file.unchanged) == ("loaded", 1, 1)
    assert shop.rows("select count(*) from subscription_log") == [(3,)]


def test_a_row_that_gives_way_to_the_survivor_counts_for_its_other_objects(shop: Shop) -> None:
    """Two ids of one customer come with one tag: the second row is a duplicate, unless it brings a new receipt."""
    for name in ("c1", "c2"):
        shop.one(f"customer-{name}.csv", f"customer_id,email,birth_date\n{name},,\n")
    shop.warehouse.run(
        "insert into customer_alias by name select m.customer_key as merged_key, s.customer_key as survivor_key "
        "from customer_ident m, customer_ident s where m.customer_id = 'c2' and s.customer_id = 'c1'"
    )
    objects = {
        "tag_member": {"fields": {"customer_id": "c", "tag": "tag"}},
        "store": {"fields": {"store_id": "s", "name": "name"}},
    }
    file = shop.one("f1.csv", "c,tag,s,name\nc1,vip,s1,a\nc2,vip,s1,a\n", f=flat(objects=objects))
    assert (file.accepted, file.unchanged, file.duplicate) == (2, 0, 0)
    file = shop.one("f2.csv", "c,tag,s,name\nc1,vip,s1,a\nc2,vip,s1,a\n\n", f=flat(objects=objects))
    assert (file.accepted, file.unchanged, file.duplicate) == (0, 1, 1)
    file = shop.one("f3.csv", "c,tag,s,name\nc1,vip,s1,a\nc2,vip,s1,a\nc2,vip,s2,b\n", f=flat(objects=objects))
    assert (file.accepted, file.unchanged, file.duplicate) == (1, 1, 1)
    assert shop.rows("select count(*) from tag_member") == [(1,)]


def test_a_repeated_row_that_must_not_change_is_rejected_once(shop: Shop) -> None:
    feed = flat(objects=CARDS, mode="append")
    head = "r,at,t,k,holder\n"
    shop.one("f1.csv", f"{head}r1,{DAY},5,k1,a\n", f=feed)
    file = shop.one("f2.csv", head + f"r1,{DAY},6,k1,a\n" * 2 + f"r1,{DAY},6,k2,a\nr2,{DAY},5,k1,a\n", f=feed)
    assert (file.read, file.accepted, file.rejected, file.duplicate) == (4, 1, 2, 1)
    assert shop.rows("select card_id from card") == [("k1",)]


cards_rows = st.lists(
    st.tuples(
        st.sampled_from(["r1", "r2", "r3"]), st.sampled_from(["5", "6"]), st.sampled_from(["k1", "k2", ""]),
        st.sampled_from("ab"),
    ),
    max_size=7,
)  # fmt: skip


def test_no_object_of_a_row_is_lost(shop: Shop) -> None:
    """Two objects with keys of their own, against a model: what lies in the tables, and the counts of every file."""
    number = 0

    @settings(max_examples=25, deadline=None)
    @given(st.lists(cards_rows, min_size=2, max_size=2))
    def holds(files: list[list[tuple[str, ...]]]) -> None:
        nonlocal number
        for table in ("receipt", "card"):
            shop.warehouse.run(f"delete from {table}")
        known: dict[str, str] = {}
        for rows in files:
            number += 1
            said = [{r: total, **({k: holder} if k else {})} for r, total, k, holder in rows]
            values: dict[str, set[str]] = {}
            for one in said:
                for key, value in one.items():
                    values.setdefault(key, set()).add(value)
            good = [one for one in said if all(len(values[key]) == 1 for key in one)]
            each = {tuple(one.items()) for one in good}
            fresh = sum(any(known.get(key) != value for key, value in one) for one in each)
            for pairs in each:
                known.update(pairs)
            lines = [f"{r},{DAY},{total},{k},{holder if k else ''}\n" for r, total, k, holder in rows]
            text = "r,at,t,k,holder\n" + "".join(lines) + "\n" * number
            file = shop.one(f"f{number}.csv", text, f=flat(objects=CARDS))
            assert (file.accepted, file.unchanged, file.duplicate, file.rejected) == (
                fresh, len(each) - fresh, len(good) - len(each), len(rows) - len(good),
            )  # fmt: skip
            (shop.drops / f"f{number}.csv").unlink()
        there = shop.rows(
            "select receipt_id, cast(total::int as varchar) from receipt join receipt_ident using (receipt_key) "
            "union all select card_id, customer_id from card join customer_ident using (customer_key)"
        )
        assert dict(there) == known

    holds()
