"""One file that carries several objects."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from smc.config.specs.feed import FeedSpec

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
