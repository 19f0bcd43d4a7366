"""Limits that stop a load: nothing of the file is taken, the reason says what to do, and the next good file loads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from smc.config.document import parse
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec
from smc.import_.check import check_feed

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from smc.import_.result import FileResult
    from tests.import_.conftest import Shop

LEDGER = {"import_file", "import_seen", "import_field", "import_part", "import_left", "reject", "reject_row"}


def customers(first: int, last: int, *, empty: int = 0) -> str:
    """Rows for customers ``first`` to ``last``; the first ``empty`` of them have no e-mail."""
    rows = (
        f"c{key},{'' if key < first + empty else f'a{key}@example.com'},2000-01-02\n" for key in range(first, last + 1)
    )
    return "customer_id,email,birth_date\n" + "".join(rows)


def receipts(first: int, statuses: list[str], source: str = "till") -> str:
    rows = (f"r{first + i},c1,s1,2017-12-2{i % 9} 10:00:00,{status},5,{source}\n" for i, status in enumerate(statuses))
    return "receipt_id,customer_id,store_id,purchased_at,status,total,source\n" + "".join(rows)


def tables(shop: Shop) -> dict[str, list[tuple[Any, ...]]]:
    """All but the ledger."""
    names = [row[0] for row in shop.rows("select table_name from duckdb_tables() where not internal and not temporary")]
    return {name: sorted(shop.rows(f'from "{name}"'), key=repr) for name in names if name not in LEDGER}


def load(shop: Shop, name: str, text: str, quality: dict[str, Any], **more: Any) -> FileResult:
    feed = shop.feed("customer", quality=quality, **more)
    return shop.one(name, text, customer=feed)


def refused(shop: Shop, name: str, text: str, quality: dict[str, Any]) -> str:
    """The reason; every table is as it was."""
    before = tables(shop)
    file = load(shop, name, text, quality)
    assert file.state == "refused"
    assert tables(shop) == before
    assert shop.rows("select state, reason from import_file where name = $name", name=name) == [
        ("refused", file.reason)
    ]
    (shop.drops / name).unlink()
    return file.reason


GATES: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "min_rows": ({"min_rows": 10}, customers(200, 205), ("6 rows", "quality.min_rows is 10")),
    "fewer_rows": (
        {"fewer_rows": "30%"}, customers(200, 268),
        ("69 rows, where the last loads had 100 (median): 31.0% fewer", "quality.fewer_rows is 30%"),
    ),
    "more_rows": (
        {"more_rows": 50}, customers(200, 351),
        ("152 rows, where the last loads had 100 (median): 52.0% more", "quality.more_rows is 50%"),
    ),
    "empty": (
        {"fields": {"email": {"empty": "20%"}}}, customers(200, 299, empty=21),
        ("21 of 100 rows have no email (21.0%)", "quality.fields.email.empty is 20%"),
    ),
    "empty_change": (
        {"fields": {"email": {"empty_change": "5%"}}}, customers(200, 299, empty=16),
        ("16.0% of the rows have no email, where it was 10.0% in the last loads", "email.empty_change is 5 points"),
    ),
    "new_values": (
        {"fields": {"birth_date": {"new_values": "10%"}}}, customers(200, 299).replace("2000-01-02", "1970-01-01"),
        ("100 of 100 rows have a birth_date that no row had before (100.0%)", "fields.birth_date.new_values is 10%"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GATES)
def test_breach_refuses_the_file_and_the_next_good_one_loads(shop: Shop, name: str) -> None:
    quality, bad, words = GATES[name]
    assert load(shop, "customer-1.csv", customers(1, 100, empty=10), quality).accepted == 100
    reason = refused(shop, "customer-2.csv", bad, quality)
    for text in (*words, "Nothing of the file was loaded", "change the limit for this load"):
        assert text in reason
    good = load(shop, "customer-3.csv", customers(300, 399, empty=10), quality)
    assert (good.state, good.accepted) == ("loaded", 100)


@pytest.mark.parametrize("name", ["fewer_rows", "more_rows", "empty", "empty_change"])
def test_a_value_at_the_limit_passes(shop: Shop, name: str) -> None:
    quality, _, _ = GATES[name]
    load(shop, "customer-1.csv", customers(1, 100, empty=10), quality)
    rows = {"fewer_rows": (70, 7), "more_rows": (150, 15), "empty": (100, 20), "empty_change": (100, 15)}[name]
    file = load(shop, "customer-2.csv", customers(200, 199 + rows[0], empty=rows[1]), quality)
    assert (file.state, file.accepted) == ("loaded", rows[0])


def test_refused_file_loads_when_its_limit_is_changed(shop: Shop) -> None:
    assert load(shop, "customer-1.csv", customers(1, 5), {"min_rows": 10}).state == "refused"
    assert load(shop, "customer-1.csv", customers(1, 5), {"min_rows": 5}).accepted == 5
    assert shop.rows("select state from import_file") == [("loaded",)]


def test_every_broken_limit_is_named_at_once(shop: Shop) -> None:
    quality = {"min_rows": 10, "fields": {"email": {"empty": "20%"}, "birth_date": {"empty": 0}}}
    reason = refused(shop, "customer-1.csv", customers(1, 5, empty=5).replace("2000-01-02", ""), quality)
    assert all(f"quality.{name}" in reason for name in ("min_rows", "fields.email.empty", "fields.birth_date.empty"))


def test_first_load_is_held_to_what_needs_no_history_only(shop: Shop) -> None:
    quality = {
        "fewer_rows": 0, "more_rows": 0,
        "fields": {"email": {"empty_change": 0, "new_values": 0}, "birth_date": {"new_values": 0}},
    }  # fmt: skip
    assert load(shop, "customer-1.csv", customers(1, 10, empty=5), quality).accepted == 10
    assert shop.rows("select distinct fresh from import_field") == [(None,)]


def test_median_is_not_moved_by_one_large_load_and_forgets_old_ones(shop: Shop) -> None:
    for number, rows in enumerate((10, 10, 400, 10)):
        load(shop, f"customer-{number}.csv", customers(1000 * number, 1000 * number + rows - 1), {})
    quality = {"more_rows": 100, "last": 3}
    assert "median" in refused(shop, "customer-5.csv", customers(9000, 9020), quality)
    for number, rows in enumerate((20, 40, 80), 6):
        file = load(shop, f"customer-{number}.csv", customers(1000 * number, 1000 * number + rows - 1), {"last": 3})
        assert file.state == "loaded"
    assert load(shop, "customer-9.csv", customers(9000, 9079), quality).state == "loaded"


def test_empties_that_rise_slowly_are_stopped(shop: Shop) -> None:
    """One point a load is below the limit each time; against the mean of seven loads it is four points."""
    quality = {"fields": {"email": {"empty_change": 3}}}
    states = [
        load(shop, f"customer-{100 + n}.csv", customers(100 * n, 100 * n + 99, empty=5 + n), quality).state
        for n in range(12)
    ]
    assert states[:6] == ["loaded"] * 6
    assert "refused" in states[6:8]
    assert load(shop, "customer-900.csv", customers(1, 100, empty=9), quality).state == "loaded"


def test_rise_too_slow_for_any_comparison_meets_the_fixed_limit(shop: Shop) -> None:
    quality = {"fields": {"email": {"empty_change": 10, "empty": 12}}}
    states = [
        load(shop, f"customer-{100 + n}.csv", customers(100 * n, 100 * n + 99, empty=n), quality).state
        for n in range(14)
    ]
    assert states == ["loaded"] * 13 + ["refused"]


def test_new_status_is_seen_and_known_ones_pass(shop: Shop) -> None:
    mapped = {
        name: name for name in ("receipt_id", "customer_id", "store_id", "purchased_at", "status", "total", "source")
    }
    quality = {"fields": {"source": {"new_values": "20%"}, "customer_id": {"new_values": "50%"}}}
    feed = shop.feed("receipt", mapped, quality=quality)
    assert shop.one("receipt-1.csv", receipts(0, ["paid"] * 8), receipt=feed).accepted == 8
    mixed = receipts(10, ["paid"] * 8) + receipts(18, ["paid"] * 2, "kiosk").partition("\n")[2]
    assert shop.one("receipt-2.csv", mixed, receipt=feed).accepted == 10
    assert shop.rows("select field, sum(fresh) from import_field where fresh is not null group by 1 order by 1") == [
        ("customer_id", 0), ("source", 2),
    ]  # fmt: skip
    other = shop.one("receipt-3.csv", receipts(30, ["paid"] * 4, "KIOSK"), receipt=feed)
    assert "4 of 4 rows have a source that no row had before (100.0%)" in other.reason
    (shop.drops / "receipt-3.csv").unlink()
    assert shop.one("receipt-4.csv", receipts(30, ["paid"] * 4, "kiosk"), receipt=feed).accepted == 4
    strangers = receipts(40, ["paid"] * 4).replace(",c1,", ",c2,")
    assert "customer_id that no row had before" in shop.one("receipt-5.csv", strangers, receipt=feed).reason


def test_new_values_of_custom_fields_and_doubles_are_counted_once(shop: Shop) -> None:
    feed = shop.feed(
        "customer",
        {"customer_id": "id", "custom.note": "note"},
        quality={"fields": {"custom.note": {"new_values": 50}}},
    )
    assert shop.one("customer-1.csv", "id,note\na,x\nb,y\n", customer=feed).accepted == 2
    doubled = "id,note\nc,new\nc,new\nc,new\nd,x\n"
    assert shop.one("customer-2.csv", doubled, customer=feed).state == "loaded"
    assert shop.rows("select fresh from import_field where fresh is not null") == [(1,)]
    clash = "id,note\ne,p\ne,q\nf,x\ng,y\n"
    assert shop.one("customer-3.csv", clash, customer=feed).accepted == 2


def test_limits_hold_for_the_objects_of_a_flat_file(shop: Shop) -> None:
    feed = FeedSpec.model_validate(
        {
            "title": "flat", "source": {"local": {"path": "drops"}}, "files": "flat-*",
            "objects": {
                "receipt": {"fields": {"receipt_id": "r", "purchased_at": "at", "total": "total", "source": "source"}},
                "receipt_line": {
                    "fields": {"receipt_id": "r", "line_no": "n", "product_id": "p", "quantity": "q", "amount": "a",
                               "price": "price"},
                },
            },
            "quality": {"fields": {"receipt.source": {"new_values": 0}, "receipt_line.price": {"empty": 50}}},
        }
    )  # fmt: skip
    head = "r,at,total,source,n,p,q,a,price\n"
    row = "{r},2017-12-28 10:00:00,5,{source},{n},p1,1,5,{price}\n"
    first = head + row.format(r="r1", source="till", n=1, price=1) + row.format(r="r1", source="till", n=2, price="")
    assert shop.one("flat-1.csv", first, flat=feed).accepted == 2
    bad = head + row.format(r="r2", source="site", n=1, price="")
    before = tables(shop)
    reason = shop.one("flat-2.csv", bad, flat=feed).reason
    assert "quality.fields.receipt.source.new_values" in reason
    assert "quality.fields.receipt_line.price.empty" in reason
    assert tables(shop) == before


def test_rejects_come_first(shop: Shop) -> None:
    """A file that is mostly broken is refused for that, not for the few rows that are left of it."""
    file = load(shop, "customer-1.csv", "customer_id,email,birth_date\na,,x\nb,,\n", {"min_rows": 9}, reject_limit="1%")
    assert "were rejected, more than the limit" in file.reason


def test_share_is_of_the_rows_that_would_be_taken(shop: Shop) -> None:
    text = "customer_id,email,birth_date\na,,x\nb,,x\nc,c@example.com,2000-01-01\n"
    assert load(shop, "customer-1.csv", text, {"fields": {"email": {"empty": 0}}}).accepted == 1
    assert shop.rows("select rows_good, filled, invalid from import_field order by field") == [
        (1, 1, 2), (1, 1, 0), (1, 1, 0),
    ]  # fmt: skip


MARK = {"host": "h", "database": "d", "user": "u", "query": "select 1"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"quality": {"fields": {"emial": {"empty": 1}}}}, "emial"),
        ({"quality": {"min_rows": 3}, "source": {"postgresql": {**MARK, "mark": "id"}}}, "min_rows"),
        ({"quality": {"min_rows": 3}, "source": {"postgresql": MARK}}, ""),
        ({"quality": {"fields": {"email": {"empty": 1}}}, "mode": "delete"}, "fields"),
    ],
)
def test_limits_that_could_never_work_are_problems(changes: dict[str, Any], path: str) -> None:
    text = yaml.safe_dump(
        {
            "title": "t", "object": "customer", "fields": {"customer_id": "id", "email": "email"},
            "source": {"local": {"path": "drops"}}, **changes,
        }
    )  # fmt: skip
    doc, problems = parse(text, FeedSpec, file=Path("feeds/t.yaml"))
    assert doc is not None, problems
    found = check_feed(doc, FieldsSpec())
    lines = [text.splitlines()[problem.place.line - 1].strip() for problem in found]
    assert [line.partition(":")[0] for line in lines] == ([path] if path else [])


@pytest.mark.parametrize("written", ["300", "300%", "12.5%"])
def test_more_rows_is_written_like_any_share_and_may_be_above_100(written: str) -> None:
    text = f"""title: t
object: customer
fields: {{customer_id: id}}
source: {{local: {{path: drops}}}}
quality: {{more_rows: {written}}}
"""
    doc, problems = parse(text, FeedSpec, file=Path("feeds/t.yaml"))
    assert problems == []
    assert doc is not None
    assert str(doc.spec.quality.more_rows) == written.removesuffix("%")
