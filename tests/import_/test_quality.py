"""What ``smc quality`` says of loads and tables, on shops small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.config.specs.feed import FeedSpec
from smc.import_.quality.health import Health, day_due, health
from smc.import_.quality.judge import judge
from smc.import_.quality.loads import FieldDrift, LastLoad, Loads
from tests.import_.conftest import FIELDS, make_feed

if TYPE_CHECKING:
    from smc.warehouse import Warehouse
    from tests.import_.conftest import Shop

TODAY = date(2017, 12, 29)
HEAD = "customer_id,email,birth_date\n"


def look(shop: Shop, as_of: date = TODAY, /, **feeds: FeedSpec) -> Health:
    return health(shop.warehouse, feeds or shop.feeds, FIELDS, as_of=as_of, whole=not feeds)


def said(found: Health, feed: str) -> list[tuple[str, str]]:
    (one,) = [one for one in found.feeds if one.feed == feed]
    return [(finding.verdict, finding.text) for finding in one.findings]


def rows(first: int, count: int, *, empty: int = 0) -> str:
    return HEAD + "".join(
        f"c{key},{'' if key < first + empty else f'a{key}@example.com'},2000-01-02\n"
        for key in range(first, first + count)
    )


def test_a_feed_that_is_as_ever_is_well(shop: Shop) -> None:
    feed = shop.feed("customer", expect="nightly")
    for n in range(5):
        shop.one(f"customer-{n}.csv", rows(100 * n, 90 + n, empty=9), customer=feed)
    found = look(shop, customer=feed)
    assert (found.verdict, said(found, "customer")) == ("ok", [])
    (one,) = found.feeds
    assert one.last is not None
    assert (one.last.file, one.last.rows, one.last.usual_rows, one.last.before) == ("customer-4.csv", 94, 91.5, 4)
    assert one.change == pytest.approx(2.73)


def test_refused_and_waiting_files_and_lost_sources(shop: Shop) -> None:
    feed = shop.feed("customer", quality={"min_rows": 3}, ready={"marker": "{name}.ok"})
    for n, count in ((1, 3), (2, 1)):
        shop.drop(f"customer-{n}.csv", rows(100 * n, count))
        shop.drop(f"customer-{n}.csv.ok", "")
    shop.drop("customer-3.csv", rows(300, 5))
    gone = shop.feed("store", source={"local": {"path": "nowhere"}})
    shop.load(customer=feed, store=gone)
    found = look(shop, customer=feed, store=gone)
    assert found.verdict == "stop"
    first, second = said(found, "customer")
    assert first[0] == "stop"
    assert first[1].startswith("customer-2.csv was refused on 2017-12-29: 1 rows; the limit quality.min_rows is 3")
    assert second[0] == "warn"
    assert second[1].startswith("customer-3.csv waits: ")
    assert [text.startswith("its source could not be read") for _, text in said(found, "store")] == [True, False]
    assert [(one.file, one.kind) for one in found.loads.missing] == [
        ("customer-2.csv", "refused"), ("customer-3.csv", "waiting"), ("", "failed"),
    ]  # fmt: skip
    later = TODAY + timedelta(days=1)
    (shop.drops / "customer-2.csv").unlink()
    shop.drop("customer-3.csv.ok", "")
    shop.drops.rename(shop.root / "nowhere")
    (shop.root / "nowhere").rename(shop.drops)
    shop.load(later, customer=feed)
    assert said(look(shop, later, customer=feed), "customer") == []
    assert look(shop, TODAY, customer=feed).verdict == "stop"


def test_nightly_feed_is_late(shop: Shop) -> None:
    feed = shop.feed("customer", expect="nightly")
    assert said(look(shop, customer=feed), "customer") == [("stop", "nothing was ever loaded")]
    shop.one("customer-1.csv", rows(0, 3), customer=feed)
    assert said(look(shop, customer=feed), "customer") == []
    text = "late by 2 days: one is expected every night, the last came on 2017-12-29"
    assert said(look(shop, TODAY + timedelta(days=2), customer=feed), "customer") == [("stop", text)]
    calm = shop.feed("customer")
    assert said(look(shop, TODAY + timedelta(days=200), customer=calm), "customer") == []


def test_new_kinds_of_rejects_come_first(shop: Shop) -> None:
    shop.one("customer-1.csv", HEAD + "a,,x\nb,,y\nc,,1990-01-01\n")
    assert [one.new for one in look(shop).loads.rejects] == [False]
    shop.one("customer-2.csv", HEAD + "d,,x1\ne,,x2\nf,,\nf,q@example.com,\ng,,\n")
    kinds = [one for one in look(shop).loads.rejects if one.feed == "customer"]
    assert [(one.field, one.rows, one.before, one.new, one.file, one.line) for one in kinds] == [
        ("customer_id", 2, 0, True, "customer-2.csv", 4), ("birth_date", 2, 2, False, "customer-2.csv", 2),
    ]  # fmt: skip
    assert kinds[0].kind == "the same key has different values in lines …"
    assert any("a new kind of reject: customer_id" in text for _, text in said(look(shop), "customer"))
    shop.one("customer-3.csv", HEAD + "h,,\nh,q@example.com,\n" + "i,,\n" * 30)
    assert [(one.field, one.before, one.new) for one in look(shop).loads.rejects] == [("customer_id", 2, False)]


def test_rows_and_empty_values_that_drift(shop: Shop) -> None:
    for n in range(4):
        shop.one(f"customer-{n}.csv", rows(1000 * n, 200, empty=10))
    shop.one("customer-4.csv", rows(9000, 90, empty=30))
    assert said(look(shop), "customer") == [
        ("warn", "55% fewer rows than usual: 90, where 200 is the median"),
        ("warn", "33.3% of the rows have no email, where it was 5.0%"),
    ]
    drift = {one.field: one for one in look(shop).loads.fields if one.feed == "customer"}
    assert (drift["email"].empty, drift["email"].usual_empty, drift["email"].first_empty) == (33.33, 5.0, 5.0)


def test_a_path_that_no_object_has_is_told(shop: Shop) -> None:
    fields = {"customer_id": "id", "email": "contact.mial", "birth_date": "born"}
    feed = shop.feed("customer", fields, files="n*", format={"kind": "ndjson"})
    why = ("warn", "no row had email yet: do its columns in the feed name the right path?")
    born = '{"id":"1","contact":{"mail":"a@b.cd"},"born":"2000-01-02"}\n'
    for number, text in enumerate((born, born.replace('"1"', '"2"'))):
        shop.one(f"n{number}.json", text, n=feed)
        assert said(look(shop, n=feed), "n") == [why]
    # A field that had values in earlier loads has the right path.
    shop.one("n2.json", '{"id":"3"}\n', n=feed)
    assert [text for _, text in said(look(shop, n=feed), "n") if "yet" in text] == [why[1]]


def test_slow_rise_is_told_before_any_limit_is_met(shop: Shop) -> None:
    feed = shop.feed("customer", quality={"fields": {"email": {"empty_change": 10, "empty": 50}}})
    for n in range(8):
        file = shop.one(f"customer-{n}.csv", rows(1000 * n, 1000, empty=10 + 12 * n), customer=feed)
        assert file.state == "loaded"
    ((verdict, text),) = said(look(shop, customer=feed), "customer")
    assert (verdict, text) == ("warn", "rows without email rise slowly: 9.4%, some loads ago 2.8%")


def test_new_values_are_told(shop: Shop) -> None:
    feed = shop.feed("customer", quality={"fields": {"birth_date": {"new_values": 100}}})
    for n in range(3):
        shop.one(f"customer-{n}.csv", rows(1000 * n, 200), customer=feed)
    shop.one("customer-3.csv", rows(9000, 200).replace("2000-01-02", "1970-01-01", 50), customer=feed)
    assert said(look(shop, customer=feed), "customer") == [
        ("warn", "25.0% of the rows have a birth_date that was never seen before, usual are 0.0%")
    ]


def test_what_lies_in_the_tables(shop: Shop) -> None:
    shop.one("store-1.csv", "store_id,name\ns1,A\n")
    shop.one("category-1.csv", "category_id,parent_id,name\nk1,k9,K\n")
    shop.one("product-1.csv", "product_id,name,brand,category_id,price\np1,P,,k1,0\np2,P,,k2,2\np3,,,,\n")
    shop.one("customer-1.csv", HEAD + "c1,a@example.com,2018-05-05\nc2,,1890-01-01\n")
    mapped = {"customer_id": "customer_id", "custom.note": "note"}
    shop.one("more-1.csv", "customer_id,note\nc1,x\n", more=shop.feed("customer", mapped, files="more*"))
    shop.one(
        "receipt-1.csv",
        "receipt_id,customer_id,store_id,purchased_at,status,total\nr1,c1,s1,2017-12-28 10:00:00,paid,5\n"
        "r2,c9,s9,2017-12-30 10:00:00,paid,5\nr3,,,2017-12-28 10:00:00,paid,5\n",
    )
    shop.one(
        "receipt_line-1.csv", "receipt_id,line_no,product_id,quantity,amount\nr1,1,p1,1,5\nr1,2,p9,0,0\nr9,1,p1,1,5\n"
    )
    found = look(shop)
    stock = {(one.object, one.field): (one.rows, one.filled, one.doubtful) for one in found.fields}
    assert stock["customer", "email"] == (2, 1, 0)
    assert stock["customer", "birth_date"] == (2, 2, 2)
    assert stock["customer", "custom.note"] == (2, 1, 0)
    assert stock["customer", "city"] == (2, 0, 0)
    assert stock["product", "category_id"] == (3, 2, 0)
    assert stock["product", "price"] == (3, 2, 1)
    assert stock["receipt", "customer_id"] == (3, 2, 0)
    assert stock["receipt", "purchased_at"] == (3, 3, 1)
    assert stock["receipt_line", "quantity"] == (3, 3, 1)
    lost = {(one.object, one.field): (one.target, one.rows, one.missing) for one in found.references}
    assert lost["receipt", "customer_id"] == ("customer", 2, 1)
    assert lost["receipt", "store_id"] == ("store", 2, 1)
    assert lost["receipt_line", "receipt_id"] == ("receipt", 3, 1)
    assert lost["receipt_line", "product_id"] == ("product", 3, 1)
    assert lost["product", "category_id"] == ("category", 2, 1)
    assert lost["category", "parent_id"] == ("category", 1, 1)
    assert ("customer", "customer_id") not in lost
    few = look(shop, store=shop.feeds["store"])
    assert {one.object for one in few.fields} == {"store"}
    assert (few.contacts, few.reach) == ((), ())


def test_an_empty_warehouse_says_so(shop: Shop) -> None:
    found = look(shop)
    assert (found.verdict, found.fields, found.references, found.contacts) == ("warn", (), (), ())
    assert {text for one in found.feeds for text in (finding.text for finding in one.findings)} == {
        "nothing was ever loaded"
    }


@pytest.fixture
def people(warehouse: Warehouse) -> Warehouse:
    """Seven customers, one of them not active."""
    warehouse.run(
        "insert into customer (customer_key, active, email, email_status, phone, phone_status, phone_type, timezone, "
        "timezone_from, timezone_status) values "
        "(1, true, 'a@b.de', 0, '+49151000001', 0, 'mobile', 'UTC', 'given', 0), "
        "(2, true, 'b@b.de', 3, '+49151000002', 0, 'landline', 'UTC', 'city', null), "
        "(3, true, 'c@b.de', 31, '+49151000003', 31, null, null, null, 31), "
        "(4, true, 'd@b.de', null, null, null, null, null, null, null), "
        "(5, true, null, null, '+49151000005', 0, 'unknown', null, null, null), "
        "(6, false, 'f@b.de', 0, '+49151000006', 0, 'mobile', 'UTC', 'given', 0), "
        "(7, null, null, null, null, null, null, null, null, null)"
    )
    warehouse.run(
        "insert into contact_point (channel, address, customer_key, active) values ('push', 'x', 1, false), "
        "('push', 'y', 1, true), ('push', 'z', 2, false), ('push', 'w', 6, true)"
    )
    warehouse.run(
        "insert into subscription (customer_key, channel, category, state, changed_at) "
        "select key, channel, category, state, timestamptz '2017-01-01 00:00:00+00' "
        "from (values (1, 'email', 'news', 'yes'), (1, 'email', 'offers', 'no'), "
        "(2, 'email', 'news', 'no'), (3, 'email', 'news', 'yes'), (5, 'sms', 'news', 'yes')) "
        "t(key, channel, category, state)"
    )
    return warehouse


def test_contacts_and_reach(people: Warehouse) -> None:
    found = health(people, {}, FIELDS, as_of=TODAY)
    states = {(one.contact, one.state): one.customers for one in found.contacts}
    assert states == {
        ("email", "Fine"): 1, ("email", "Mailbox full"): 1, ("email", "Bad format"): 1,
        ("email", "not looked at yet"): 1, ("email", "not given"): 2,
        ("phone", "Fine"): 3, ("phone", "Bad format"): 1, ("phone", "not given"): 2,
        ("phone_type", "mobile"): 1, ("phone_type", "landline"): 1, ("phone_type", "unknown"): 1,
        ("timezone", "given"): 1, ("timezone", "city"): 1, ("timezone", "given, but no time zone"): 1,
        ("timezone", "that of the project"): 3,
    }  # fmt: skip
    reach = {
        one.channel: (one.customers, one.with_address, one.usable, one.permitted, one.refused) for one in found.reach
    }
    assert reach == {"email": (6, 4, 3, 1, 1), "push": (6, 2, 1, 0, 0), "sms": (6, 4, 2, 1, 0)}
    doubtful = {one.field: one.doubtful for one in found.fields if one.object == "customer"}
    assert (doubtful["email"], doubtful["phone"], doubtful["timezone"]) == (1, 1, 1)


def test_the_day_that_must_have_come(warehouse: Warehouse) -> None:
    yesterday = TODAY - timedelta(days=1)
    assert day_due(warehouse, TODAY) == yesterday
    for number, (day, due) in enumerate(((date(2017, 1, 1), yesterday), (yesterday, yesterday), (TODAY, TODAY))):
        warehouse.run(
            "insert into run (run_id, command, as_of, started_at, state) "
            "values ($id, 'import', $day, to_timestamp(0), 'done')",
            id=str(number), day=day,
        )  # fmt: skip
        warehouse.run("insert into run_stage values ($id, 'import', 1, '{}')", id=str(number))
        assert day_due(warehouse, TODAY) == due


LAST = LastLoad("f", "f.csv", TODAY, False, 5, 100, 100.0, 0, 0.0)
DRIFT = FieldDrift("f", "email", 100, 0.0, 0.0, 0.0, 0, None, None)
FEED = make_feed("customer")


def findings(drift: FieldDrift, last: LastLoad = LAST, **more: Any) -> list[str]:
    loads = Loads({"f": last}, (drift,), (), ())
    return [one.text for one in judge("f", make_feed("customer", **more), loads, TODAY)]


@given(st.integers(1, 100_000), st.floats(0, 100), st.floats(0, 100))
def test_what_falls_or_stays_is_never_a_rise(rows: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert findings(replace(DRIFT, rows=rows, empty=low, usual_empty=high, first_empty=high)) == []
    assert findings(replace(DRIFT, rows=rows, empty=high, usual_empty=high, first_empty=high)) == []


@given(st.integers(1, 100_000), st.floats(0, 94))
def test_a_rise_of_few_points_is_noise(rows: int, then: float) -> None:
    assert findings(replace(DRIFT, rows=rows, empty=then + 4.99, usual_empty=then, first_empty=then)) == []


def test_small_files_do_not_cry_wolf_and_large_ones_do() -> None:
    assert findings(replace(DRIFT, rows=10, empty=20.0)) == []
    assert len(findings(replace(DRIFT, rows=1000, empty=20.0))) == 1


def test_limits_of_the_feed_take_the_place_of_ours() -> None:
    half = replace(LAST, rows=49)
    assert findings(DRIFT, half) == ["51% fewer rows than usual: 49, where 100 is the median"]
    assert findings(DRIFT, half, quality={"fewer_rows": 60}) == []
    assert findings(DRIFT, replace(half, before=2)) == []
    assert findings(
        replace(DRIFT, empty=9.0, usual_empty=9.0, first_empty=9.0), quality={"fields": {"email": {"empty": 10}}}
    )
    many = replace(LAST, rejected=1, usual_rejected=1.0)
    assert findings(DRIFT, many, reject_limit="1%") == [
        "1.0% of the rows were rejected, near the limit of 1% that refuses a file"
    ]
    queue = {"rabbitmq": {"host": "h", "queue": "q", "user": "u", "password": "p"}}
    assert findings(DRIFT, half, source=queue) == []
    assert findings(DRIFT, replace(LAST, rejected=95, usual_rejected=95.0), source=queue, reject_limit=None) == [
        "95.0% of the rows were rejected"
    ]
