"""Queues that are emptied batch by batch, and queries that remember how far they have come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import ImportSettings
from tests.import_.stores import HEAD, stores
from tests.servers.flaky import put

if TYPE_CHECKING:
    from tests.import_.conftest import Shop
    from tests.servers.flaky import Plan


@pytest.fixture(autouse=True)
def impatient(shop: Shop) -> None:
    shop.settings = ImportSettings(pause=0)


def queue(shop: Shop, far: Plan, **more: Any) -> FeedSpec:
    place = {"host": "h", "queue": str(far.folder), "user": "u", "password": "p"}
    return shop.feed("store", source={"rabbitmq": place}, files="*", format={"kind": "csv"}, **more)


def marked(shop: Shop, far: Plan, **more: Any) -> FeedSpec:
    place = {"host": "h", "database": "shop", "user": str(far.folder), "query": "select 1", "mark": "id"}
    return shop.feed("store", source={"postgresql": place}, files="*", **more)


def test_a_queue_is_emptied_batch_by_batch_on_one_connection(shop: Shop, flaky: Plan) -> None:
    for name in ("1", "2", "3"):
        put(flaky.folder, name, stores(2, first=int(name) * 10))
    put(flaky.folder, "2", HEAD + ",nameless\ns21,b\n")
    result = shop.load(store=queue(shop, flaky))
    assert [file.accepted for file in result.files] == [2, 1, 2]
    assert flaky.calls("finish") == ["finish 1 []", "finish 2 [2]", "finish 3 []"]
    assert flaky.calls("connect") == ["connect"]
    assert flaky.calls("close") == ["close"]
    assert list(flaky.folder.iterdir()) == []


def test_a_queue_whose_line_breaks_is_asked_again(shop: Shop, flaky: Plan) -> None:
    put(flaky.folder, "1", stores(2000))

    def once(event: str) -> None:
        flaky.cut = 5000 if event.startswith("open") and len(flaky.calls("open")) == 1 else 0

    flaky.on = once
    result = shop.load(store=queue(shop, flaky))
    assert ([file.accepted for file in result.files], result.failures) == ([2000], ())
    assert flaky.calls("connect") == ["connect", "connect"]


def test_acknowledging_that_fails_ends_the_feed(shop: Shop, flaky: Plan) -> None:
    for name in ("1", "2"):
        put(flaky.folder, name, stores(2, first=int(name) * 10))

    def trouble(event: str) -> None:
        flaky.down = event == "finish 1 []"

    flaky.on = trouble
    result = shop.load(store=queue(shop, flaky))
    assert ([file.name for file in result.files], len(result.failures)) == (["1"], 1)
    flaky.on = lambda _: None
    again = shop.load(store=queue(shop, flaky))
    assert (again.known, [file.name for file in again.files], list(flaky.folder.iterdir())) == (1, ["2"], [])


def test_what_a_feed_remembers_is_committed_with_the_rows(shop: Shop, flaky: Plan) -> None:
    for name in ("1", "2"):
        put(flaky.folder, name, stores(2, first=int(name) * 10))
    assert [file.name for file in shop.load(store=marked(shop, flaky)).files] == ["1", "2"]
    assert shop.rows("from import_state") == [("store", "2")]
    assert flaky.calls("connect") == ["connect", "connect 2"]
    put(flaky.folder, "3", stores(2, first=30))
    put(flaky.folder, "4", "store_id\nwithout a name\n")
    put(flaky.folder, "5", stores(2, first=50))
    flaky.log.clear()
    result = shop.load(store=marked(shop, flaky))
    assert [(file.name, file.state) for file in result.files] == [("3", "loaded"), ("4", "refused")]
    assert (flaky.calls("connect"), shop.rows("select state from import_state")) == (["connect 2"], [("3",)])
    put(flaky.folder, "4", stores(2, first=40))
    assert [file.name for file in shop.load(store=marked(shop, flaky)).files] == ["4", "5"]
    assert shop.rows("select count(*) from store") == [(10,)]


def test_a_batch_of_known_bytes_moves_the_mark(shop: Shop, flaky: Plan) -> None:
    put(flaky.folder, "1", stores(2))
    put(flaky.folder, "2", stores(2))
    result = shop.load(store=marked(shop, flaky))
    assert (len(result.files), result.known, shop.rows("select state from import_state")) == (1, 1, [("2",)])
