"""Messages of a queue and what the collector writes: a bad one holds up nobody, and the later one wins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from smc.config.specs.feed import FeedSpec
    from tests.import_.conftest import Shop
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
