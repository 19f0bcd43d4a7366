"""The outbox: nothing lost, nothing twice, whoever dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from smc.errors import DiskFullError, UsageError, WarehouseError
from smc.send import senders
from smc.send.outbox import Claimed, Outbox, Recovered, Settled
from tests.send.shop import NOW, SIMPLE, queued

pytestmark = pytest.mark.slow

Fill = Callable[..., None]


def claim(outbox: Outbox, owner: str = "me", limit: int = 100) -> list[Claimed]:
    return outbox.claim(owner, limit, NOW, channel="email")


def test_a_key_enters_once(outbox: Outbox, fill: Fill) -> None:
    fill(3)
    (first, *_) = claim(outbox, limit=1)
    fill(5, address="other@example.com")
    assert outbox.counts() == {"claimed": 1, "queued": 4}
    assert first.address == "c0@example.com"
    assert outbox.known([f"{number:032x}" for number in range(9)]) == {f"{number:032x}" for number in range(5)}
    assert outbox.templates([SIMPLE.sha256]) == {SIMPLE.sha256: SIMPLE}


def test_two_owners_share_without_overlap(outbox: Outbox, fill: Fill) -> None:
    fill(10)
    mine, theirs = claim(outbox, "a", 6), claim(outbox, "b", 6)
    assert len(mine) == 6
    assert len(theirs) == 4
    assert not {item.message_key for item in mine} & {item.message_key for item in theirs}


def test_only_due_and_not_expired_are_taken(outbox: Outbox) -> None:
    early = queued(1, template="t", due_at=NOW + timedelta(seconds=1), expires_at=NOW + timedelta(days=1))
    late = queued(2, template="t", expires_at=NOW)
    other = queued(3, template="t", channel="sms")
    outbox.enqueue([early, late, other, queued(4, template="t")], [])
    assert [item.message_key for item in claim(outbox)] == [f"{4:032x}"]
    assert outbox.expire(NOW) == 1
    assert outbox.counts() == {"claimed": 1, "expired": 1, "queued": 2}


def test_a_dead_sender(outbox: Outbox, fill: Fill) -> None:
    fill(5)
    items = claim(outbox, "dead")
    outbox.advance([], items[:3], NOW)
    outbox.advance([Settled(items[0].message_key, "accepted", code=250)], [], NOW)
    assert outbox.recover(["dead"], NOW, idempotent=[]) == Recovered(requeued=2, unknown=2)
    assert outbox.counts() == {"accepted": 1, "queued": 2, "unknown": 2}
    assert outbox.recover(["dead"], NOW, idempotent=[]) == Recovered(0, 0)
    unknown = {item.message_key: item.address for some in outbox.waiting(9) for item in some if item.state == "unknown"}
    assert outbox.retry_unknown(NOW, unknown) == 2
    again = claim(outbox)
    assert sorted(item.attempts for item in again) == [0, 0, 1, 1]


def test_a_dead_sender_of_an_idempotent_channel(outbox: Outbox, fill: Fill) -> None:
    fill(2)
    outbox.advance([], claim(outbox, "dead"), NOW)
    assert outbox.recover(["dead"], NOW, idempotent=["email"]) == Recovered(requeued=2, unknown=0)
    outbox.advance([], claim(outbox), NOW)


def test_changes_are_numbered_in_order(outbox: Outbox, fill: Fill) -> None:
    fill(3)
    items = claim(outbox)
    outbox.advance([], items, NOW)
    outbox.advance([Settled(items[0].message_key, "accepted")], [], NOW)
    (first,) = outbox.changes(0)
    later = NOW + timedelta(minutes=5)
    outbox.advance([Settled(items[1].message_key, "queued", "mailbox full", 452, "x", later)], [], NOW)
    assert outbox.changes(first.seq) == []
    outbox.advance([Settled(items[2].message_key, "failed", "no address", 550, "x")], [], NOW)
    (second,) = outbox.changes(first.seq)
    assert (second.state, second.reason, second.at) == ("failed", "no address", NOW)
    assert claim(outbox) == []


def test_settings_of_the_file(outbox: Outbox) -> None:
    with outbox.engine.connect() as connection:
        assert connection.execute(text("pragma journal_mode")).scalar() == "wal"
        assert connection.execute(text("pragma synchronous")).scalar() == 2
    assert Outbox.open(outbox.path).id == outbox.id


def test_an_outbox_of_a_newer_smc_is_refused(outbox: Outbox) -> None:
    with outbox.engine.begin() as connection:
        connection.execute(text("update outbox_fact set value = '99' where name = 'version'"))
    with pytest.raises(UsageError, match="version 99"):
        Outbox.open(outbox.path)


def test_a_full_disk_keeps_nothing_half(outbox: Outbox) -> None:
    with outbox.engine.connect() as connection:
        connection.execute(text("pragma max_page_count = 30"))
    with pytest.raises(DiskFullError):
        outbox.enqueue((queued(number, template="t", context="x" * 500) for number in range(500)), [])
    assert outbox.counts() == {}


def test_the_dead_are_told_from_the_living(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with senders.sender(path, NOW) as living:
        assert senders.dead(path, [living, "1-gone-1"]) == ["1-gone-1"]
    assert senders.dead(path, [living]) == [living]
    abandoned = path.with_name("outbox.sqlite.senders") / "9-x-1.lock"
    abandoned.touch()
    assert senders.dead(path, ["9-x-1"]) == ["9-x-1"]
    with abandoned.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert senders.dead(path, ["9-x-1"]) == []
    senders.forget(path, ["9-x-1", "never"])
    assert list(abandoned.parent.iterdir()) == []


class Senders(RuleBasedStateMachine):
    """Senders that claim, begin, settle and die at any point: a network that counts what it got is the judge."""

    path: Path

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox.open(self.path / f"{id(self)}-{os.urandom(4).hex()}.sqlite")
        self.outbox.enqueue((queued(number, template="t", max_attempts=50) for number in range(12)), [])
        self.network: dict[str, int] = {}
        self.held: dict[str, list[Claimed]] = {}
        self.begun: dict[str, list[Claimed]] = {}

    @rule(owner=st.sampled_from("ab"), limit=st.integers(1, 5))
    def claims(self, owner: str, limit: int) -> None:
        self.held.setdefault(owner, []).extend(self.outbox.claim(owner, limit, NOW, channel="email"))

    @rule(owner=st.sampled_from("ab"), states=st.lists(st.sampled_from(["accepted", "queued", "failed"]), max_size=5))
    def works(self, owner: str, states: list[str]) -> None:
        """Settle what was begun, begin the next two, and touch the network for them."""
        before = self.begun.pop(owner, [])
        answers = (states + ["accepted"] * len(before))[: len(before)]
        ended = [Settled(item.message_key, state) for item, state in zip(before, answers, strict=True)]  # type: ignore[arg-type]  # sampled from states
        group, self.held[owner] = self.held.get(owner, [])[:2], self.held.get(owner, [])[2:]
        self.outbox.advance(ended, group, NOW)
        for end in ended:
            if end.state == "queued":
                self.network[end.message_key] -= 1  # the server said no for now, so it has nothing
        for item in group:
            self.network[item.message_key] = self.network.get(item.message_key, 0) + 1
        self.begun[owner] = group

    @rule(owner=st.sampled_from("ab"))
    def dies(self, owner: str) -> None:
        self.held.pop(owner, None)
        self.begun.pop(owner, None)
        self.outbox.recover([owner], NOW, idempotent=[])

    @rule(numbers=st.sets(st.integers(0, 11), max_size=3))
    def cancels(self, numbers: set[int]) -> None:
        """Only what nobody holds; so what is suppressed has not left and never will."""
        keys = [f"{number:032x}" for number in numbers]
        held = {item.message_key for items in (*self.held.values(), *self.begun.values()) for item in items}
        before = self.outbox.counts().get("suppressed", 0)
        count = self.outbox.cancel(keys, "consent", NOW)
        assert self.outbox.counts().get("suppressed", 0) == before + count
        assert count <= len(set(keys) - held)

    @invariant()
    def nothing_twice_and_nothing_lost(self) -> None:
        assert all(count <= 1 for count in self.network.values())
        assert sum(self.outbox.counts().values()) == 12

    def teardown(self) -> None:
        for owner in "ab":
            self.dies(owner)
        counts = self.outbox.counts()
        assert set(counts) <= {"accepted", "failed", "unknown", "queued", "suppressed"}
        assert sum(self.network.values()) == 12 - counts.get("queued", 0) - counts.get("suppressed", 0)
        self.outbox.close()


def test_senders_that_die_anywhere(tmp_path: Path) -> None:
    machine = type("Machine", (Senders,), {"path": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=hypothesis_settings(
            max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )


def test_nothing_is_taken_outside_of_its_time(outbox: Outbox) -> None:
    soon, over = NOW + timedelta(minutes=1), NOW - timedelta(hours=1)
    outbox.enqueue(
        [queued(1, template="t", closes_at=soon), queued(2, template="t", closes_at=NOW), queued(3, template="t")], []
    )
    assert [item.message_key[-1] for item in claim(outbox)] == ["1", "3"]
    outbox.release("me")
    replayed = outbox.claim("me", 9, NOW, channel="email", since=over)
    assert [item.message_key[-1] for item in replayed] == ["1", "2", "3"]


def test_another_time_for_what_still_waits(outbox: Outbox) -> None:
    outbox.enqueue([queued(1, template="t", closes_at=NOW), queued(2, template="t", closes_at=NOW)], [])
    due, end = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    outbox.reschedule({f"{1:032x}": (due, end), f"{9:032x}": (due, end)})
    assert claim(outbox) == []
    (item,) = outbox.claim("me", 9, due, channel="email")
    assert (item.due_at, item.closes_at) == (due, end)
    (waiting,) = next(outbox.waiting(10))
    assert waiting.closes_at == NOW


def test_an_outbox_of_the_first_version_is_brought_up(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with Outbox.open(path) as outbox:
        spring = queued(1, template="t", feedback_id="spring:news:email:shop")
        outbox.enqueue([spring, queued(2, template="t", customer_id="", feedback_id="fall:notice:email:shop")], [])
        with outbox.engine.begin() as connection:
            connection.execute(text("drop index outbox_message_pace"))
            connection.execute(text("drop index outbox_message_queue"))
            connection.execute(text("create index outbox_message_queue on outbox_message (state, next_at)"))
            for column in ("closes_at", "campaign", "extras", "per_minute"):
                connection.execute(text(f"alter table outbox_message drop column {column}"))
            connection.execute(text("alter table outbox_template drop column parts"))
            connection.execute(text("update outbox_fact set value = '1' where name = 'version'"))
    with Outbox.seen(path) as seen:
        assert seen is None
    for _ in range(2):
        with Outbox.open(path) as outbox:
            item, notice = next(outbox.waiting(10))
            assert (item.message_key, item.closes_at) == (f"{1:032x}", None)
            assert outbox.campaigns() == {"spring"}
    with Outbox.open(path) as outbox:
        claimed = outbox.claim("me", 10, NOW, channel="email", paused={"spring"})
        assert [item.message_key for item in claimed] == [notice.message_key]


def test_nothing_of_a_paused_mailing_is_claimed(outbox: Outbox) -> None:
    messages = [queued(n, template=SIMPLE.sha256, campaign=name) for n, name in enumerate(("spring", "fall", None))]
    outbox.enqueue(messages, [SIMPLE])
    claimed = outbox.claim("me", 10, NOW, channel="email", paused={"spring"})
    assert [item.campaign for item in claimed] == ["fall", None]
    assert [item.campaign for item in outbox.claim("me", 10, NOW, channel="email")] == ["spring"]


def test_who_only_looks_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a box.sqlite"
    with Outbox.seen(path) as seen:
        assert seen is None
    assert not path.exists()
    with Outbox.open(path) as outbox:
        outbox.enqueue([queued(1, template="t")], [])
        with Outbox.seen(path) as seen:
            assert seen is not None
            assert (seen.id, seen.counts()) == (outbox.id, {"queued": 1})
            with pytest.raises(WarehouseError, match="readonly"):
                seen.expire(NOW)
    before = path.read_bytes()
    with Outbox.seen(path) as seen:
        assert seen is not None
        assert seen.changes(0) == []
    assert path.read_bytes() == before
