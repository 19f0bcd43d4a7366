"""One of the two databases is restored or lost: a run stops, and nothing goes out twice or never."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from smc.errors import RunError
from smc.send import senders
from smc.send.consistency import AcceptResult, accept, check
from smc.send.deliver import DeliverResult, deliver
from smc.send.outbox import Outbox
from smc.send.settle import SettleResult, settle
from smc.warehouse import Warehouse
from tests.send.shop import DUE, NOW, Shop, queued

LATER = DUE + timedelta(days=1)


def send(shop: Shop, outbox: Outbox, *, later: timedelta = timedelta(), retry: bool = False) -> DeliverResult:
    if retry:
        unknown = {item.message_key: item.address for some in outbox.waiting(9) for item in some}
        outbox.retry_unknown(NOW + later, unknown)
    return deliver(
        outbox, channels=shop.channels, settings=shop.settings, root=shop.folder, now=lambda: NOW + later,
        progress=lambda _: None,
    )  # fmt: skip


def sent(shop: Shop) -> set[int]:
    """Customers whose letters left, told by the network; each name is a key."""
    return {int(file.stem, 16) for file in (shop.folder / "mail").glob("*.eml")}


def copy(outbox: Outbox, target: Path) -> Path:
    with outbox.engine.connect() as connection:
        connection.exec_driver_sql("rollback")
        connection.exec_driver_sql(f"vacuum into '{target}'")
    return target


def restore(outbox: Outbox, source: Path | None) -> Outbox:
    """As an operator does it: the file and what SQLite keeps beside it give way to the copy."""
    outbox.close()
    for file in outbox.path.parent.glob(f"{outbox.path.name}*"):
        if file.is_file():
            file.unlink()
    if source:
        shutil.copy(source, outbox.path)
    return Outbox.open(outbox.path)


def forget_marker(outbox: Outbox) -> None:
    (outbox.path.parent / f"{outbox.path.name}.senders" / "highest").unlink(missing_ok=True)


@pytest.fixture
def mailed(shop: Shop, outbox: Outbox) -> Shop:
    """Customer 1 got his letter and the warehouse knows; 2 is handed over and due, 3 due tomorrow."""
    for key in (1, 2, 3):
        shop.customer(key)
    shop.plan(1)
    shop.hand_over(outbox)
    send(shop, outbox)
    settle(shop.warehouse, outbox)
    shop.plan(2)
    shop.plan(3, due=LATER)
    shop.hand_over(outbox)
    return shop


def refused(shop: Shop, outbox: Outbox, words: str) -> None:
    """Both stages stop before they change anything."""
    before = shop.states()
    with pytest.raises(RunError, match=words) as caught:
        shop.hand_over(outbox)
    assert "accept-restored" in caught.value.remedy
    with pytest.raises(RunError, match=words):
        settle(shop.warehouse, outbox)
    assert shop.states() == before


def test_the_day_on_which_a_letter_left_is_kept(mailed: Shop, outbox: Outbox) -> None:
    left = "select customer_key, left_on from message order by customer_key"
    assert mailed.warehouse.rows(left) == [(1, NOW.date()), (2, None), (3, None)]
    mailed.warehouse.run("update message set left_on = $day where customer_key = 1", day=NOW.date() - timedelta(days=2))
    send(mailed, outbox, later=timedelta(days=1))
    settle(mailed.warehouse, outbox)
    days = [NOW.date() - timedelta(days=2), *([NOW.date() + timedelta(days=1)] * 2)]
    assert [day for _, day in mailed.warehouse.rows(left)] == days


def test_nothing_to_accept(mailed: Shop, outbox: Outbox) -> None:
    check(mailed.warehouse, outbox)
    assert accept(mailed.warehouse, outbox, NOW) == AcceptResult()
    assert accept(mailed.warehouse, outbox, NOW, retry_unknown=True) == AcceptResult()
    assert outbox.counts() == {"accepted": 1, "queued": 2}


@pytest.mark.parametrize("marked", [True, False])
def test_the_outbox_is_lost(mailed: Shop, outbox: Outbox, *, marked: bool) -> None:
    send(mailed, outbox)
    with restore(outbox, None) as fresh:
        if not marked:
            forget_marker(fresh)
        refused(mailed, fresh, "not the outbox")
        if marked:
            with pytest.raises(RunError, match="older"):
                send(mailed, fresh)
        assert accept(mailed.warehouse, fresh, NOW) == AcceptResult(unknown=1, planned=1)
        assert mailed.states() == {1: ("accepted", None), 2: ("unknown", "the outbox was lost"), 3: ("planned", None)}
        assert accept(mailed.warehouse, fresh, NOW) == AcceptResult()
        assert mailed.hand_over(fresh).queued == 1
        assert send(mailed, fresh, later=timedelta(days=1)).accepted == 1
        assert settle(mailed.warehouse, fresh) == SettleResult(accepted=1)
        assert accept(mailed.warehouse, fresh, NOW, retry_unknown=True) == AcceptResult(planned=1)
        assert mailed.hand_over(fresh).queued == 1
    assert sent(mailed) == {1, 2, 3}


def test_the_outbox_is_lost_before_anything_was_sent(shop: Shop, outbox: Outbox) -> None:
    shop.customer(1)
    shop.plan(1)
    shop.hand_over(outbox)
    with restore(outbox, None) as fresh:
        refused(shop, fresh, "not the outbox")
        assert accept(shop.warehouse, fresh, NOW, retry_unknown=True) == AcceptResult(planned=1)
        assert shop.hand_over(fresh).queued == 1
        assert send(shop, fresh).accepted == 1


def test_a_new_outbox_for_a_warehouse_that_sent_nothing(shop: Shop, outbox: Outbox, tmp_path: Path) -> None:
    shop.customer(1, consent="no")
    shop.plan(1)
    shop.hand_over(outbox)
    with Outbox.open(tmp_path / "other.sqlite") as other:
        assert shop.hand_over(other).queued == 0


@pytest.mark.parametrize("marked", [True, False])
def test_an_older_outbox_that_had_not_sent(shop: Shop, outbox: Outbox, tmp_path: Path, *, marked: bool) -> None:
    """The copy calls queued what the warehouse knows to have left, what left later, and what is due tomorrow."""
    for key in (1, 2, 3):
        shop.customer(key)
    shop.plan(1)
    shop.plan(2, due=NOW + timedelta(minutes=1))
    shop.plan(3, due=LATER)
    shop.hand_over(outbox)
    old = copy(outbox, tmp_path / "old.sqlite")
    send(shop, outbox)
    settle(shop.warehouse, outbox)
    now = timedelta(hours=1)
    send(shop, outbox, later=now)
    with restore(outbox, old) as older:
        if marked:
            with pytest.raises(RunError, match="older"):
                send(shop, older, later=now)
        else:
            forget_marker(older)
        refused(shop, older, "older than the warehouse")
        assert accept(shop.warehouse, older, NOW + now) == AcceptResult(ended=1, unknown=1)
        assert shop.states() == {1: ("accepted", None), 2: ("unknown", "the outbox was restored"), 3: ("queued", None)}
        assert older.counts() == {"accepted": 1, "queued": 1, "unknown": 1}
        assert send(shop, older, later=now) == DeliverResult(waiting=1)
        assert send(shop, older, later=timedelta(days=1)).accepted == 1
        assert settle(shop.warehouse, older) == SettleResult(accepted=1)
        assert send(shop, older, later=timedelta(days=1), retry=True).accepted == 1
        settle(shop.warehouse, older)
    assert {state for state, _ in shop.states().values()} == {"accepted"}


def test_an_older_outbox_without_the_last_hand_over(mailed: Shop, outbox: Outbox, tmp_path: Path) -> None:
    """No number tells: nothing had ended between the copy and the loss."""
    old = copy(outbox, tmp_path / "old.sqlite")
    mailed.customer(4)
    mailed.plan(4, due=LATER)
    mailed.hand_over(outbox)
    with restore(outbox, old) as older:
        refused(mailed, older, "older than the warehouse")
        assert accept(mailed.warehouse, older, NOW) == AcceptResult(unknown=1, planned=1)
        assert mailed.hand_over(older).queued == 1


def test_going_on_with_an_older_outbox_may_be_killed(
    mailed: Shop, outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it stops, nothing is sent until it has ended."""
    old = copy(outbox, tmp_path / "old.sqlite")
    send(mailed, outbox)
    with restore(outbox, old) as older:
        for name in ("recover", "advance", "cancel", "changes"):
            real: Callable[..., object] = getattr(Outbox, name)

            def killed(*args: object, real: Callable[..., object] = real, **named: object) -> object:
                real(*args, **named)
                raise KeyboardInterrupt

            with monkeypatch.context() as patch:
                patch.setattr(Outbox, name, killed)
                with pytest.raises(KeyboardInterrupt):
                    accept(mailed.warehouse, older, NOW)
            with pytest.raises(RunError, match="older"):
                send(mailed, older)
        accept(mailed.warehouse, older, NOW)
        assert send(mailed, older) == DeliverResult(waiting=1)
        assert mailed.states()[2] == ("unknown", "the outbox was restored")


def test_an_older_warehouse(mailed: Shop, outbox: Outbox) -> None:
    """The warehouse of the night before knows nothing of customers 2 and 3; 2 is mailed."""
    old = mailed.warehouse.rows("select definition from watermark where name = 'outbox'")
    send(mailed, outbox)
    settle(mailed.warehouse, outbox)
    mailed.warehouse.run("delete from message where customer_key > 1")
    mailed.warehouse.run("update watermark set definition = $old where name = 'outbox'", old=old[0][0])
    refused(mailed, outbox, "warehouse is older")
    # The nights that it lacks are run again and plan the same messages: their keys are the same.
    mailed.plan(2)
    mailed.plan(3, due=LATER)
    assert mailed.hand_over(outbox).queued == 2
    assert settle(mailed.warehouse, outbox).accepted == 1
    assert mailed.states() == {1: ("accepted", None), 2: ("accepted", None), 3: ("queued", None)}


def test_an_older_warehouse_that_stays_so(mailed: Shop, outbox: Outbox) -> None:
    mailed.warehouse.run("delete from message where customer_key > 1")
    refused(mailed, outbox, "warehouse is older")
    assert accept(mailed.warehouse, outbox, NOW) == AcceptResult(cancelled=2)
    assert mailed.hand_over(outbox).queued == 0
    assert send(mailed, outbox) == DeliverResult()
    # If they are planned after all, the outbox says what became of them.
    mailed.plan(2)
    mailed.hand_over(outbox)
    settle(mailed.warehouse, outbox)
    assert mailed.states()[2] == ("suppressed", "the warehouse was restored")


def test_nobody_accepts_while_a_sender_works(warehouse: Warehouse, outbox: Outbox) -> None:
    outbox.enqueue([queued(1, template="t")], [])
    with senders.sender(outbox.path, NOW) as owner:
        outbox.claim(owner, 1, NOW, channel="email")
        with pytest.raises(RunError, match="at work"):
            accept(warehouse, outbox, NOW)


def test_an_unfinished_marker_says_nothing(mailed: Shop, outbox: Outbox) -> None:
    file = outbox.path.parent / f"{outbox.path.name}.senders" / "highest"
    file.write_text("")
    assert send(mailed, outbox).accepted == 1
    with outbox.engine.connect() as connection:
        seq = connection.execute(text("select value from outbox_fact where name = 'seq'")).scalar_one()
    assert file.read_text() == f"{outbox.id}:{seq}\n"
