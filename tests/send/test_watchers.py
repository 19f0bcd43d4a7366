"""Copies for people of the shop: of one recipient's letter, and of no use to anybody but the reader."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes

from smc.model.extras import Extras
from smc.model.template import Template
from smc.send.outbox import Outbox
from smc.send.settle import settle
from tests.send.shop import AS_OF, NOW, Shop, settings
from tests.send.test_handover import files, send


def watched(shop: Shop, *people: str) -> dict[tuple[str, int, int], Extras]:
    shop.settings = settings(people={"boss": "boss@shop.example", "ann": "ann@shop.example"})
    return {("welcome", 1, 1): Extras(watchers=people)}


def copies(shop: Shop) -> list[tuple[str, str]]:
    return shop.warehouse.rows("select person, state from watcher_copy order by 1")


def test_watchers_get_one_copy_that_counts_nowhere(shop: Shop, outbox: Outbox) -> None:
    shop.templates["tea"] = Template(
        "tea", "Tea, {{ customer.first_name }}", "", "<a href='{{ unsubscribe_url }}'>x</a>", None
    )
    extras = watched(shop, "boss", "ann")
    shop.customer(1, consent=None)
    for key in (2, 3):
        shop.customer(key)
    for key in (1, 2, 3):
        shop.plan(key, template="tea")
    result = shop.hand_over(outbox, extras=extras)
    assert (result.queued, copies(shop)) == (2, [("ann", "queued"), ("boss", "queued")])
    assert shop.hand_over(outbox, extras=extras).queued == 0
    assert send(shop, outbox).accepted == 4
    settle(shop.warehouse, outbox)
    assert copies(shop) == [("ann", "accepted"), ("boss", "accepted")]
    assert shop.warehouse.value("select count(*) from message") == 3
    letters = {letter["To"]: letter for letter in (message_from_bytes(f.read_bytes()) for f in files(shop))}
    assert letters.keys() == {"c2@example.com", "c3@example.com", "boss@shop.example", "ann@shop.example"}
    assert letters["boss@shop.example"]["List-Unsubscribe"] is None
    assert f"m={2:032x}" in str(letters["c2@example.com"])
    assert f"m={2:032x}" not in str(letters["boss@shop.example"])
    shop.customer(4)
    shop.plan(4, template="tea")
    shop.hand_over(outbox, extras=extras)
    assert len(copies(shop)) == 2


def test_no_letter_no_copy(shop: Shop, outbox: Outbox) -> None:
    shop.customer(1, consent=None)
    shop.plan(1)
    shop.hand_over(outbox, extras=watched(shop, "boss"))
    assert copies(shop) == [("boss", "planned")]
    assert outbox.counts() == {}


def test_a_copy_of_a_killed_hand_over_is_sent_once(shop: Shop, outbox: Outbox) -> None:
    extras = watched(shop, "boss")
    shop.customer(1)
    shop.plan(1)
    shop.hand_over(outbox, extras=extras)
    shop.warehouse.run("update message set state = 'planned'")  # killed before the warehouse was marked
    shop.warehouse.run("update watcher_copy set state = 'planned'")
    shop.warehouse.run("delete from watermark where name = 'outbox'")
    shop.hand_over(outbox, extras=extras)
    assert (copies(shop), outbox.counts()) == ([("boss", "queued")], {"queued": 2})


def test_a_copy_shows_no_promocode(shop: Shop, outbox: Outbox) -> None:
    shop.templates["code"] = Template("code", "Your code", "", "<p>{{ promocode }}</p>", None)
    shop.customer(1)
    shop.plan(1, template="code")
    shop.warehouse.run("insert into promocode (code, pool, status) values ('AB-12', 'g', 'active')")
    shop.warehouse.run(
        "insert into promocode_issue values ('e', 0, 1, 'welcome', 1, 'g', 'AB-12', $d, null, false, null, false)",
        d=AS_OF,
    )
    shop.hand_over(outbox, extras=watched(shop, "boss"))
    assert send(shop, outbox).accepted == 2
    letters = [message_from_bytes(file.read_bytes()) for file in files(shop)]
    assert {letter["To"]: ("AB-12" in str(letter), "XX-XX" in str(letter)) for letter in letters} == {
        "c1@example.com": (True, False),
        "boss@shop.example": (False, True),
    }


def test_a_copy_waits_for_no_window(shop: Shop, outbox: Outbox) -> None:
    """Nobody would give it another time."""
    shop.customer(1)
    shop.plan(1)
    shop.warehouse.run("update message set closes_at = $t", t=NOW + timedelta(hours=1))
    shop.hand_over(outbox, extras=watched(shop, "boss"))
    assert send(shop, outbox, later=timedelta(hours=2)).accepted == 1
    assert (outbox.counts(), copies(shop)) == ({"accepted": 1, "queued": 1}, [("boss", "queued")])


def test_copies_of_a_mailing_that_is_off_are_cancelled(shop: Shop, outbox: Outbox) -> None:
    extras = watched(shop, "boss")
    shop.customer(1)
    shop.plan(1)
    shop.hand_over(outbox, extras=extras)
    shop.hand_over(outbox, extras=extras, active=frozenset(), paused=frozenset({"welcome"}))
    assert outbox.counts() == {"queued": 2}
    assert shop.hand_over(outbox, extras=extras, active=frozenset()).cancelled == 1
    assert outbox.counts() == {"suppressed": 2}
    settle(shop.warehouse, outbox)
    assert copies(shop) == [("boss", "suppressed")]
