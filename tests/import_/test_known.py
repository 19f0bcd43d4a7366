"""The same bytes again do nothing; content that comes back under its own name is a new state and is taken."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from smc.import_.quality.judge import judge
from smc.import_.quality.loads import loads_of
from tests.servers.flaky import put

if TYPE_CHECKING:
    from smc.config.specs.feed import FeedSpec
    from smc.import_.result import ImportResult
    from tests.import_.conftest import Shop
    from tests.servers.flaky import Plan
    from tests.servers.postgresql import PostgresqlServer

DAY = date(2017, 12, 29)
PRICES = "select price from product"
ACTIVE = "select count(*) from customer where active"


def price(value: int) -> str:
    return f"product_id,price\np1,{value}\n"


def goods(shop: Shop, **more: Any) -> FeedSpec:
    return shop.feed("product", {"product_id": "product_id", "price": "price"}, files="*", **more)


def customers(count: int) -> str:
    return "customer_id\n" + "".join(f"c{number}\n" for number in range(count))


def people(shop: Shop, **more: Any) -> FeedSpec:
    return shop.feed("customer", {"customer_id": "customer_id"}, **more)


def nights(shop: Shop, feed: FeedSpec, *files: tuple[str, str], age_s: int = 86_400) -> list[ImportResult]:
    """One file each night, every one younger than the one before."""
    found = []
    for number, (name, text) in enumerate(files):
        put(shop.drops, name, text, age_s=age_s - number if age_s else 0)
        found.append(shop.load(DAY + timedelta(number), feed=feed))
    return found


@pytest.mark.parametrize("age_s", [86_400, 0])
def test_a_price_that_comes_back_is_taken(shop: Shop, age_s: int) -> None:
    texts = [price(value) for value in (5, 0, 5, 5, 0)]
    found = nights(shop, goods(shop), *(("stock.csv", text) for text in texts[:3]), age_s=age_s)
    assert [[(file.changed, file.accepted) for file in one.files] for one in found] == [
        [(False, 1)], [(True, 1)], [(True, 1)],
    ]  # fmt: skip
    assert shop.rows(PRICES) == [(Decimal(5),)]
    put(shop.drops, "stock.csv", texts[3], age_s=50)
    assert shop.load(feed=goods(shop)).known == 1
    put(shop.drops, "stock.csv", texts[4], age_s=40)
    assert len(shop.load(feed=goods(shop)).files) == 1
    assert shop.rows(PRICES) == [(Decimal(0),)]


def test_a_customer_who_comes_back_into_a_snapshot_is_active(shop: Shop) -> None:
    feed = people(shop, mode="snapshot", files="all.csv")
    counts: list[Any] = []
    for count in (10, 9, 10):
        nights(shop, feed, ("all.csv", customers(count)), age_s=1000 - count - 100 * len(counts))
        counts += shop.rows(ACTIVE)
    assert counts == [(10,), (9,), (10,)]


def test_an_old_file_under_another_name_does_nothing_and_is_said(shop: Shop) -> None:
    feed = goods(shop)
    found = nights(shop, feed, ("1.csv", price(5)), ("2.csv", price(7)), ("3.csv", price(5)))
    assert shop.rows(PRICES) == [(Decimal(7),)]
    assert (found[2].files, found[2].known) == ((), 3)
    assert found[2].resent == ("feed feed: 3.csv: same bytes as 1.csv of 2017-12-29",)
    assert "feed: 3.csv known: same bytes as 1.csv of 2017-12-29" in shop.lines
    assert shop.load(feed=feed).resent == ()


def test_files_that_are_handed_down_stay_known(shop: Shop) -> None:
    """As programs that rotate files do: yesterday's file gets another name, and the one of the day before a third."""
    values = [3, 4, 3, 5, 6]
    for night in range(len(values)):
        for back in range(night + 1):
            name = f"stock.{back}.csv" if back else "stock.csv"
            put(shop.drops, name, price(values[night - back]), age_s=9000 - 100 * night)
        result = shop.load(feed=goods(shop))
        assert [file.name for file in result.files] == ["stock.csv"]
        assert shop.rows(PRICES) == [(Decimal(values[night]),)]


def test_a_name_that_brought_an_old_file_meanwhile_can_come_back_too(shop: Shop) -> None:
    feed = goods(shop)
    put(shop.drops, "a.csv", price(1), age_s=900)
    put(shop.drops, "b.csv", price(2), age_s=900)
    shop.load(feed=feed)
    put(shop.drops, "a.csv", price(2), age_s=800)
    assert shop.load(feed=feed).known == 2
    put(shop.drops, "a.csv", price(1), age_s=700)
    assert len(shop.load(feed=feed).files) == 1
    assert shop.rows(PRICES) == [(Decimal(1),)]


def tags(shop: Shop, **more: Any) -> FeedSpec:
    fields = {"customer_id": "customer_id", "tag": {"constant": "vip"}}
    return shop.feed("tag_member", fields, mode="replace", vanish_limit="100%", files="*", **more)


def members(*ids: int) -> str:
    return "customer_id\n" + "".join(f"{one}\n" for one in ids)


TAGGED = "select customer_id from tag_member join customer_ident using (customer_key) order by all"


@pytest.mark.parametrize("age_s", [86_400, 0])
@pytest.mark.parametrize("mode", ["replace", "snapshot"])
def test_a_whole_list_that_returns_under_the_name_of_a_new_day_is_taken(shop: Shop, age_s: int, mode: str) -> None:
    feed = tags(shop) if mode == "replace" else people(shop, mode=mode, files="*", vanish_limit="100%")
    query = TAGGED
    if mode == "snapshot":
        query = "select customer_id from customer join customer_ident using (customer_key) where active order by all"
    lists = (1,), (1, 2), (1,), (1,), (1, 2)
    files = [(f"vip_010{number}.csv", members(*ids)) for number, ids in enumerate(lists, 1)]
    found = []
    for number, file in enumerate(files):
        (result,) = nights(shop, feed, file, age_s=age_s - number if age_s else 0)
        found.append((len(result.files), shop.rows(query)))
        assert shop.load(feed=feed).files == ()
    one, two = [("1",)], [("1",), ("2",)]
    # The fourth equals what is in force.
    assert found == [(1, one), (1, two), (1, one), (0, one), (1, two)]
    assert "feed: vip_0103.csv comes again: same bytes as vip_0101.csv of 2017-12-29, and others were loaded since" in (
        shop.lines
    )
    for name, text in files:  # sent once more, all of them
        put(shop.drops, name, text, age_s=10)
    assert shop.load(feed=feed).files == ()
    assert shop.rows(query) == two


def test_a_backlog_of_whole_lists_is_taken_in_order_and_once(shop: Shop) -> None:
    lists = (1,), (1, 2), (1,), (1, 2), (1,)
    for number, ids in enumerate(lists):
        put(shop.drops, f"vip_{number}.csv", members(*ids))
    assert len(shop.load(feed=tags(shop)).files) == len(lists)
    assert shop.rows(TAGGED) == [("1",)]
    assert shop.load(feed=tags(shop)).known == len(lists)


@pytest.mark.parametrize("name", ["vip.csv{}", "vip{}.csv"])
def test_whole_lists_that_are_handed_down_stay_known(shop: Shop, name: str) -> None:
    lists = [(1,), (1, 2), (1,), (2,), (1, 2)]
    for night in range(len(lists)):
        for back in range(night + 1):
            end = f".{back}" if back else ""
            put(shop.drops, name.format(end), members(*lists[night - back]), age_s=9000 - 100 * (night - back))
        result = shop.load(feed=tags(shop))
        assert [file.name for file in result.files] == ["vip.csv"]
        assert shop.rows(TAGGED) == [(str(one),) for one in lists[night]]


@pytest.mark.parametrize("age_s", [86_400, 0])
def test_deletions_under_another_name_delete_what_was_written_since(shop: Shop, age_s: int) -> None:
    fill = shop.feed("store", files="new-*", after={"action": "delete"})
    drop = shop.feed("store", {"store_id": "store_id"}, mode="delete", files="del_*")
    counts: list[Any] = []
    for night in range(4):
        if night != 2:
            put(shop.drops, f"new-{night}.csv", f"store_id,name\ns1,{night}\n")
            shop.load(a=fill)
        put(shop.drops, f"del_{night}.csv", "store_id\ns1\n", age_s=age_s - night if age_s else 0)
        counts += [(len(shop.load(b=drop).files), *shop.rows("select count(*) from store")[0])]
        assert shop.load(b=drop).files == ()
    assert counts == [(1, 0), (1, 0), (0, 0), (1, 0)]
    put(shop.drops, "new-x.csv", "store_id,name\ns1,x\n")
    shop.load(a=fill)
    assert shop.load(b=drop).files == ()  # the lists that lie there have been heard
    assert shop.rows("select count(*) from store") == [(1,)]


@pytest.mark.parametrize("age_s", [86_400, 0])
def test_deletions_delivered_again_delete_again(shop: Shop, age_s: int) -> None:
    fill = shop.feed("store", files="new-*", after={"action": "delete"})
    drop = shop.feed("store", {"store_id": "store_id"}, mode="delete", files="gone.csv", after={"action": "delete"})
    counts: list[Any] = []
    for night in range(3):
        put(shop.drops, f"new-{night}.csv", f"store_id,name\ns1,{night}\ns2,{night}\n")
        shop.load(a=fill)
        if night != 1:
            put(shop.drops, "gone.csv", "store_id\ns1\n", age_s=age_s - night if age_s else 0)
        shop.load(b=drop)
        counts += shop.rows("select count(*) from store")
    assert counts == [(1,), (2,), (1,)]
    put(shop.drops, "gone.csv", "store_id\ns1\n", age_s=5)
    assert shop.load(b=drop).known == 1  # nothing was written since


def test_deletions_that_lie_there_delete_once(shop: Shop) -> None:
    drop = shop.feed("store", {"store_id": "store_id"}, mode="delete", files="gone.csv")
    put(shop.drops, "gone.csv", "store_id\ns1\n", age_s=0)
    for _ in range(3):
        shop.load(b=drop)
        shop.drop("store-1.csv", "store_id,name\ns1,A\n")
        shop.load(a=shop.feed("store", files="store-*"))
    assert shop.rows("select count(*) from store") == [(1,)]


def test_batches_of_a_queue_return_too(shop: Shop, flaky: Plan) -> None:
    queue = {"host": "h", "queue": str(flaky.folder), "user": "u", "password": "p"}
    feed = goods(shop, source={"rabbitmq": queue}, format={"kind": "csv"})
    for value in (5, 0, 5):
        put(flaky.folder, f"batch-{value}", price(value))  # named by its content
        assert len(shop.load(feed=feed).files) == 1
    assert shop.rows(PRICES) == [(Decimal(5),)]


@pytest.mark.server
def test_a_query_without_a_mark_returns_to_an_earlier_state(shop: Shop, postgresql_server: PostgresqlServer) -> None:
    server = postgresql_server
    place = {**server.place, "query": "select * from kept order by store_id"}
    more: dict[str, Any] = {"mode": "replace", "vanish_limit": "60%", "expect": "nightly"}
    feed = shop.feed("store", source={"postgresql": place}, files="*", **more)
    server.do("drop table if exists kept")
    server.do("create table kept as select 's' || n as store_id, 'x' as name from generate_series(1, 2) n")
    found = []
    for number, change in enumerate(("select 1", "delete from kept where store_id = 's2'",
                                     "insert into kept values ('s2', 'x')", "select 1")):  # fmt: skip
        server.do(change)
        result = shop.load(DAY + timedelta(number), feed=feed)
        assert result.failures == ()  # an answer is an answer, though it says the same
        found.append((len(result.files), shop.rows("select count(*) from store")[0][0]))
    server.do("drop table kept")
    assert found == [(1, 2), (1, 1), (1, 2), (0, 2)]


@pytest.mark.parametrize("age_s", [86_400, 0])
@pytest.mark.parametrize("second", ["a.csv", "b.csv"])
def test_a_nightly_file_may_bring_what_is_known(shop: Shop, age_s: int, second: str) -> None:
    feed = goods(shop, expect="nightly")
    found = nights(shop, feed, ("a.csv", "product_id,price\n"), (second, "product_id,price\n"), age_s=age_s)
    assert [one.failures for one in found] == [(), ()]
    last = DAY + timedelta(1)
    assert shop.load(last, feed=feed).failures == ()  # the same night once more
    assert late(shop, feed, last) == []
    missing = shop.load(last + timedelta(1), feed=feed).failures
    assert missing == ("feed feed: no file for 2017-12-31 that matches * was loaded",)
    assert late(shop, feed, last + timedelta(1)) == [
        "late by 1 day: one is expected every night, the last came on 2017-12-30"
    ]


def late(shop: Shop, feed: FeedSpec, as_of: date) -> list[str]:
    loads = loads_of(shop.warehouse, {"feed": feed}, as_of)
    assert loads.missing == ()
    return [one.text for one in judge("feed", feed, loads, as_of)]


def test_corrected_rejects_of_the_same_name_are_no_state_of_the_file(shop: Shop) -> None:
    """A person may give the file of corrections the name of the file that it corrects."""
    feed = goods(shop)
    put(shop.drops, "stock.csv", price(5), age_s=0)
    shop.load(feed=feed)
    shop.warehouse.run(
        "insert into import_file select * replace (2 as file_key, 'x' as sha256, 1 as part_of) from import_file"
    )
    assert shop.load(feed=feed).known == 1


def test_a_file_is_moved_to_the_folder_of_the_day(shop: Shop) -> None:
    feed = goods(shop, after={"action": "move", "folder": "done/{as_of}"}, ready={"marker": "{name}.ok"})
    for number, value in enumerate((5, 6)):
        put(shop.drops, "stock.csv.ok", "")
        nights(shop, feed, ("stock.csv", price(value)), age_s=9000)
        put(shop.drops, "stock.csv.ok", "", age_s=10)
        put(shop.drops, "stock.csv", price(value + 2), age_s=100)
        shop.load(DAY + timedelta(number + 1), feed=feed)
    found = sorted(str(path.relative_to(shop.drops)) for path in shop.drops.rglob("*") if path.is_file())
    assert found == [f"done/2017-12-{day}/stock.csv{end}" for day in (29, 30, 31) for end in ("", ".ok")]
    assert (shop.drops / "done/2017-12-30/stock.csv").read_text() == price(7)
