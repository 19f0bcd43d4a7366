"""Letters that wait and print a promocode, when the code is blocked, used or over meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from smc.model.template import Template
from smc.send.deliver import DeliverResult, deliver
from smc.send.handover import send_again, withdraw
from smc.send.outbox import Outbox, Settled
from tests.send.shop import ACTIVE, AS_OF, DUE, NOW, Shop

MONDAY = DUE + timedelta(days=3)


@pytest.fixture
def coded(shop: Shop, outbox: Outbox) -> Shop:
    """A letter with a code and one without wait for Monday."""
    shop.templates["code"] = Template("code", "Your code", "", "<p>{{ promocode }}</p>", None)
    for key, template in ((1, "code"), (2, "thanks")):
        shop.customer(key)
        shop.plan(key, due=MONDAY, days=4, template=template)
    shop.warehouse.run("update message set entry_key = 'e' || customer_key")
    shop.warehouse.run("insert into promocode (code, pool, status) values ('AB-12', 'g', 'active')")
    shop.warehouse.run(
        "insert into promocode_issue values ('e1', 0, 1, 'welcome', 1, 'g', 'AB-12', $d, $until, false, null, false)",
        d=AS_OF, until=date(2018, 1, 2),
    )  # fmt: skip
    assert shop.hand_over(outbox).queued == 2
    return shop


def looked(shop: Shop, outbox: Outbox) -> int:
    return withdraw(
        shop.warehouse, outbox, settings=shop.settings, channels=shop.channels, active=ACTIVE, paused=frozenset(),
        now=NOW,
    )  # fmt: skip


def send(shop: Shop, outbox: Outbox, now: datetime) -> DeliverResult:
    return deliver(
        outbox, channels=shop.channels, settings=shop.settings, root=shop.folder, now=lambda: now,
        progress=lambda _: None,
    )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        "update promocode set status = 'void'",
        "update promocode set valid_to = date '2017-12-31'",
        "update promocode_issue set expires_on = date '2017-12-31'",
        "update promocode_issue set used_on = date '2017-12-30'",
    ],
)
def test_a_code_that_does_not_hold_stops_its_letter(coded: Shop, outbox: Outbox, change: str) -> None:
    assert looked(coded, outbox) == 0
    coded.warehouse.run(change)
    assert looked(coded, outbox) == 1
    assert outbox.states([f"{key:032x}" for key in (1, 2)]) == {f"{1:032x}": "suppressed", f"{2:032x}": "queued"}
    assert send(coded, outbox, MONDAY).accepted == 1


def test_it_is_not_sent_again_either(coded: Shop, outbox: Outbox) -> None:
    outbox.advance([Settled(f"{key:032x}", "unknown", "no answer") for key in (1, 2)], [], NOW)
    coded.warehouse.run("update promocode set status = 'void'")
    done = send_again(
        coded.warehouse, outbox, settings=coded.settings, channels=coded.channels, active=ACTIVE, paused=frozenset(),
        spared={}, now=NOW,
    )  # fmt: skip
    assert (done.again, done.stays) == (1, (("no_promocode", 1),))


def test_no_letter_leaves_behind_the_last_day_of_its_code(coded: Shop, outbox: Outbox) -> None:
    """Nobody has to look: the outbox knows."""
    over = datetime(2018, 1, 3, 5, tzinfo=UTC)  # midnight in New York
    result = send(coded, outbox, over)
    assert (result.accepted, result.expired) == (1, 1)
