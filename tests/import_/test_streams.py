"""Messages of a queue and what the collector writes: a bad one holds up nobody, and the later one wins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.warehouse import Warehouse
from tests.import_.conftest import Shop

if TYPE_CHECKING:
    from smc.config.specs.feed import FeedSpec
    from tests.servers.rabbitmq import RabbitmqServer

PERSON = {"customer_id": "id", "email": "mail", "birth_date": "born"}


def feed(shop: Shop, item: str, fields: dict[str, Any], source: dict[str, Any] | None = None, **more: Any) -> FeedSpec:
    """A feed of the spool, or of another source, with the limits that a project has when it says nothing."""
    more = {"source": source or {"spool": {"path": "drops"}}, "files": "*", "reject_limit": None, **more}
    return shop.feed(item, fields, **more)


def lines(*rows: dict[str, Any] | str) -> str:
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)


def people(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.rows("select customer_id, email from customer join customer_ident using (customer_key) order by all")


GOOD = [{"id": f"c{number}", "mail": f"{number}@x.org"} for number in range(4)]
BAD = {"id": "c9", "mail": "9@x.org", "born": "yesterday"}
TAKEN = [(row["id"], row["mail"]) for row in GOOD]


@pytest.mark.server
def test_a_bad_message_holds_up_nobody(shop: Shop, rabbitmq_server: RabbitmqServer) -> None:
    room = rabbitmq_server.room()
    room.put("", lines(*GOOD[:2], BAD, *GOOD[2:]).encode())
    result = shop.load(c=feed(shop, "customer", PERSON, {"rabbitmq": room.place}))
    (file,) = result.files
    assert (result.failures, file.state, file.read, file.accepted, file.rejected) == ((), "loaded", 5, 4, 1)
    assert people(shop) == TAKEN
    assert [row[:4] for row in shop.rejects()] == [(3, "birth_date", "born", "yesterday")]
    assert room.waiting() == []
    assert [json.loads(body) for body in room.waiting(room.bad)] == [BAD]
    room.put("", lines(*GOOD, BAD).encode())
    strict = feed(shop, "customer", PERSON, {"rabbitmq": room.place}, reject_limit="10%")
    (file,) = shop.load(c=strict).files
    assert (file.state, "more than the limit of 10%" in file.reason) == ("refused", True)
    assert len(room.waiting()) == 5


def test_a_bad_line_of_the_spool_holds_up_nobody(shop: Shop) -> None:
    shop.drop("1.ndjson", lines(*GOOD[:2], "no json", BAD, *GOOD[2:]))
    path = shop.drops / "1.ndjson"
    (file,) = shop.load(c=feed(shop, "customer", PERSON, reject_limit="33%")).files
    assert (file.state, people(shop), path.exists()) == ("refused", [], True)
    (file,) = shop.load(c=feed(shop, "customer", PERSON, after={"action": "delete"})).files
    assert (file.state, file.accepted, file.rejected, path.exists()) == ("loaded", 4, 2, False)
    assert people(shop) == TAKEN


CARD = {"card_id": "id", "customer_id": "who", "level": "level", "source": {"column": "via", "blank": "keep"}}


def test_of_one_batch_the_later_word_holds(shop: Shop) -> None:
    spool = feed(shop, "customer", PERSON)
    rows = ({"id": "a", "mail": "old@x.org", "born": "1980-01-01"}, {"id": "b", "mail": "b@x.org"},
            {"id": "a", "mail": "new@x.org"}, {"id": "b"}, {"id": "a", "mail": "newest@x.org"})  # fmt: skip
    shop.drop("1.ndjson", lines(*rows))
    (file,) = shop.load(c=spool).files
    assert (file.read, file.accepted, file.duplicate, file.rejected) == (5, 2, 3, 0)
    # A key that is not there leaves what the message before it said.
    assert people(shop) == [("a", "newest@x.org"), ("b", "b@x.org")]
    assert shop.rows("select count(*) from customer where birth_date = date '1980-01-01'") == [(1,)]
    shop.drop("2.csv", "id,mail,born\na,x@x.org,\na,y@x.org,\n")
    plain = shop.feed("customer", PERSON, files="*.csv")
    assert [file.rejected for file in shop.load(c=plain).files] == [2]


@pytest.mark.server
def test_of_one_queue_the_later_message_holds(shop: Shop, rabbitmq_server: RabbitmqServer) -> None:
    room = rabbitmq_server.room()
    room.put(
        "", lines(*({"id": "k", "who": "c", "level": level} for level in ("iron", "gold", "iron", "tin"))).encode()
    )
    (file,) = shop.load(c=feed(shop, "card", CARD, {"rabbitmq": room.place})).files
    assert (file.accepted, file.duplicate, file.rejected) == (1, 3, 0)
    assert shop.rows("select level from card") == [("tin",)]
    assert (room.waiting(), room.waiting(room.bad)) == ([], [])


RECEIPT = {"receipt_id": "id", "customer_id": "card", "purchased_at": "at", "status": "status", "total": "sum"}
LINE = {"receipt_id": "id", "line_no": "no", "product_id": "art", "quantity": "n", "amount": "eur"}


def test_objects_of_one_row_are_settled_each(shop: Shop) -> None:
    objects = {"receipt": {"fields": RECEIPT}, "receipt_line": {"fields": LINE}}
    spool = feed(shop, "receipt", {"x": "x"}).model_dump(by_alias=True, exclude_unset=True)
    spool |= {"objects": objects, "reject_limit": "0%"}
    flat = type(shop.feeds["store"]).model_validate({k: v for k, v in spool.items() if k not in {"object", "fields"}})

    def row(no: int, at: str, **more: Any) -> dict[str, Any]:
        return {"id": "r", "at": f"2017-12-{at}T10:00:00", "sum": 5, "no": no, "art": "p", "n": 1, "eur": 1, **more}

    shop.drop(
        "1.ndjson", lines(row(1, "01", card="a"), row(2, "01", card="a"), row(1, "02", eur=3), row(1, "02", eur=2))
    )
    (file,) = shop.load(f=flat).files
    assert (file.read, file.accepted, file.duplicate) == (4, 2, 2)
    assert shop.rows("select day(day), total, customer_key from receipt") == [(2, 5, 1)]
    assert shop.rows("select line_no, day(day), amount from receipt_line order by all") == [(1, 2, 2), (2, 2, 1)]


def test_where_the_first_row_holds_the_later_ones_are_rejected(shop: Shop) -> None:
    events = {"event_id": "id", "customer_id": "c", "name": "name", "occurred_at": "at"}
    event = {"id": "1", "c": "a", "name": "bought", "at": "2017-12-01T10:00:00Z"}
    shop.drop("1.ndjson", lines(event, {**event, "name": "left"}, event))
    (file,) = shop.load(e=feed(shop, "event", events)).files
    assert (file.accepted, file.duplicate, file.rejected) == (1, 1, 1)
    assert shop.rows("select name from event") == [("bought",)]
    said = (
        "the same key has different values in lines 1, 2, 3; line 1 was taken, for it came first and is not to change"
    )
    assert [(row[0], row[4]) for row in shop.rejects()] == [(2, said)]
    shop.drop("2.ndjson", lines({"id": "k", "level": "a"}, {"id": "k", "level": "b"}))
    (file,) = shop.load(c=feed(shop, "card", CARD, mode="append", files="2*")).files
    assert (file.accepted, file.rejected, shop.rows("select level from card")) == (1, 1, [("a",)])


def test_a_withdrawal_holds_at_one_instant(shop: Shop) -> None:
    fields = {name: name for name in ("customer_id", "channel", "category", "state", "changed_at", "source")}
    row = {"customer_id": "c", "channel": "email", "category": "news", "changed_at": "2017-12-01T10:00:00Z"}
    said = (("no", "a"), ("yes", "a"), ("no", "b"))
    shop.drop("1.ndjson", lines(*({**row, "state": state, "source": source} for state, source in said)))
    (file,) = shop.load(s=feed(shop, "subscription", fields)).files
    assert (file.accepted, file.duplicate, file.rejected) == (1, 1, 1)
    assert shop.rows("select state, source from subscription") == [("no", "b")]
    assert "line 1 was taken, for it withdraws a permission" in shop.rejects()[0][4]


ITEM = {"customer_id": "c", "container": "list", "product_id": "p", "quantity": "n"}


def test_a_list_is_whole_with_the_last_word_on_each_product(shop: Shop) -> None:
    spool = feed(shop, "container", ITEM, mode="replace", vanish_limit="100%")

    def put(number: int, *items: tuple[str, int]) -> str:
        rows = ({"c": "a", "list": "cart", "p": product, "n": count} for product, count in items)
        return str(shop.drop(f"{number}.ndjson", lines(*rows)).name)

    found = "select product_id, quantity from container join product_ident using (product_key) order by all"
    put(1, ("tea", 1), ("milk", 1), ("tea", 3))
    shop.load(c=spool)
    assert shop.rows(found) == [("milk", 1), ("tea", 3)]
    put(2, ("tea", 2))
    shop.load(c=spool)
    assert shop.rows(found) == [("tea", 2)]
    shop.drop("3.ndjson", lines({"c": "a", "list": "cart", "p": "bun", "n": 1}, "no json"))
    (file,) = shop.load(c=spool).files
    assert (file.state, file.accepted, file.rejected) == ("loaded", 1, 1)
    assert shop.rows(found) == [("bun", 1), ("tea", 2)]  # what the bad line said is not known, so nothing goes


CELL = st.sampled_from([None, "", "x", "y", "z", ...])
SAID = st.lists(st.tuples(st.sampled_from("ab"), CELL, CELL, CELL, CELL), min_size=2, max_size=6)
LIKED = {
    "customer_id": "id", "city": {"column": "city", "blank": "keep"}, "source": {"column": "via", "blank": "first"},
    "first_name": "name", "custom.note": {"column": "note", "steps": [{"default": "none"}]},
}  # fmt: skip


@pytest.mark.slow
@settings(max_examples=5)
@given(said=SAID)
def test_a_batch_does_what_its_messages_would_alone(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[Any, ...]]
) -> None:
    rows = [
        {key: cell for key, cell in zip(("id", "city", "via", "name", "note"), one, strict=True) if cell is not ...}
        for one in said
    ]
    found = []
    for drops in ([lines(*rows)], [lines(row) for row in rows]):
        root = tmp_path_factory.mktemp("stream")
        with Warehouse.open(root / "w.duckdb", timezone="America/New_York", memory="500MB", threads=1) as warehouse:
            shop = Shop(root, warehouse)
            for number, text in enumerate(drops):
                shop.drop(f"{number}.ndjson", text)
            result = shop.load(c=feed(shop, "customer", LIKED))
            assert (result.failures, sum(file.rejected for file in result.files)) == ((), 0)
            found.append(shop.rows(
                "select customer_id, city, source, first_name, custom from customer "
                "join customer_ident using (customer_key) order by all"
            ))  # fmt: skip
    assert found[0] == found[1]


def test_what_is_written_again_under_a_new_name_happened_again(shop: Shop) -> None:
    spool = feed(shop, "card", CARD)
    for number, level in enumerate(("iron", "gold", "iron")):
        shop.drop(f"{number}.ndjson", lines({"id": "k", "level": level}))
        shop.load(c=spool)
    assert shop.rows("select level from card") == [("iron",)]
    assert shop.load(c=spool).known == 3
