"""Messages per minute: whoever sends, and however long it takes, no minute has more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.config.specs.project import ChannelsSpec
from smc.model.template import Note
from smc.send import deliver as sending
from smc.send.deliver import DeliverResult, deliver
from smc.send.outbox import Claimed, Outbox
from tests.send import shop
from tests.send.shop import NOW, SIMPLE, file_channel, queued

MINUTE = timedelta(minutes=1)


def filled(outbox: Outbox, count: int, *, per_minute: int | None = 3, campaign: str = "spring", first: int = 0) -> None:
    numbers = range(first, first + count)
    outbox.enqueue(
        [queued(n, template=SIMPLE.sha256, campaign=campaign, per_minute=per_minute) for n in numbers], [SIMPLE]
    )


def claim(outbox: Outbox, later: timedelta = timedelta(), *, owner: str = "me", limit: int = 100) -> list[Claimed]:
    return outbox.claim(owner, limit, NOW + later, channel="email")


def test_a_minute_has_so_many_and_the_next_one_too(outbox: Outbox) -> None:
    filled(outbox, 8)
    found = [len(claim(outbox, seconds * MINUTE / 60)) for seconds in (0, 1, 59, 60, 61, 120)]
    assert found == [3, 0, 0, 3, 0, 2]


def test_senders_share_it_and_others_have_their_own(outbox: Outbox) -> None:
    filled(outbox, 5)
    filled(outbox, 5, per_minute=2, campaign="fall", first=10)
    filled(outbox, 5, per_minute=None, campaign="free", first=20)
    mine = Counter(item.campaign for item in claim(outbox, limit=9))
    assert mine.total() == 9
    assert mine["free"] == 5
    both = mine + Counter(item.campaign for item in claim(outbox, owner="other"))
    assert both == {"free": 5, "spring": 3, "fall": 2}


def test_what_was_never_begun_gives_its_room_back(outbox: Outbox) -> None:
    filled(outbox, 4)
    assert len(claim(outbox)) == 3
    outbox.release("me")
    assert len(claim(outbox)) == 3


def test_a_clock_that_was_wrong_blocks_nothing(outbox: Outbox) -> None:
    filled(outbox, 12)
    assert len(claim(outbox, timedelta(hours=5))) == 3
    assert [len(claim(outbox, seconds * MINUTE / 60)) for seconds in (0, 30, 60)] == [3, 0, 3]


def test_a_sender_whose_clock_is_a_little_ahead_counts(outbox: Outbox) -> None:
    filled(outbox, 12)
    assert len(claim(outbox, timedelta(seconds=1), owner="other")) == 3
    assert claim(outbox) == []


def test_a_past_day_is_sent_at_one_moment(outbox: Outbox) -> None:
    filled(outbox, 8)
    assert len(outbox.claim("me", 100, NOW, channel="email", since=NOW - timedelta(hours=1))) == 8


class Hasty:
    """A clock that each look at it moves."""

    def __init__(self, step: timedelta) -> None:
        self.now, self.step = NOW, step

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


def sent(
    outbox: Outbox,
    clock: Hasty,
    *,
    patient: bool = True,
    channels: ChannelsSpec | None = None,
    progress: Callable[[str], None] = lambda _: None,
    paused: Callable[[], tuple[str, ...]] = tuple,
) -> DeliverResult:
    return deliver(
        outbox, channels=channels or file_channel(), settings=shop.settings(), root=outbox.path.parent, now=clock,
        progress=progress, patient=patient, paused=paused,
    )  # fmt: skip


def test_a_sender_waits_until_all_is_sent(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "POLL", 0.0)
    filled(outbox, 10)
    result = sent(outbox, Hasty(timedelta(seconds=2)))
    assert (result.accepted, result.waiting) == (10, 0)
    with outbox.engine.connect() as connection:
        begun = sorted(
            datetime.fromisoformat(at) for (at,) in connection.exec_driver_sql("select claimed_at from outbox_message")
        )
    assert all(later - earlier >= MINUTE for earlier, later in zip(begun, begun[3:], strict=False))


def test_a_tick_leaves_the_rest_to_others(outbox: Outbox) -> None:
    filled(outbox, 10)
    result = sent(outbox, Hasty(timedelta(seconds=1)), patient=False)
    assert (result.accepted, result.waiting) == (3, 7)


def test_other_channels_send_while_one_waits(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "POLL", 0.0)
    filled(outbox, 10)
    note, soon = Note("code", (("text", "Your code"),)), NOW + timedelta(minutes=3)
    numbers = {90: NOW, 91: NOW + MINUTE}
    outbox.enqueue(
        [queued(n, template=note.sha256, channel="sms", address="+12125550101", due_at=due, closes_at=soon)
         for n, due in numbers.items()], [note],
    )  # fmt: skip
    result = sent(outbox, Hasty(timedelta(seconds=1)), channels=shop.note_channels())
    assert (result.accepted, result.waiting) == (12, 0)


def test_a_channel_that_is_down_is_not_waited_for(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "POLL", 0.0)
    filled(outbox, 10)
    result = sent(outbox, Hasty(timedelta(seconds=1)), channels=shop.smtp_channel(9))
    assert (result.accepted, result.waiting) == (0, 10)
    assert result.problem.startswith("email: 127.0.0.1:9")


def test_a_large_queue_takes_turns_with_the_others(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "CLAIM", 2)
    filled(outbox, 10, per_minute=None)
    note = Note("code", (("text", "Your code"),))
    outbox.enqueue([queued(90, template=note.sha256, channel="sms", address="+12125550101")], [note])
    said: list[str] = []
    result = sent(outbox, Hasty(timedelta(seconds=4)), channels=shop.note_channels(), progress=said.append)
    assert result.accepted == 11
    assert [line.partition(":")[0] for line in said].index("sms") < len(said) - 1


def test_it_does_not_wait_for_what_expires_or_for_a_clock_that_stands(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "POLL", 0.0)
    filled(outbox, 10)
    assert sent(outbox, Hasty(timedelta())).accepted == 3
    late = Hasty(timedelta(seconds=1))
    late.now = NOW + timedelta(days=2) - timedelta(hours=1) - timedelta(seconds=30)
    assert sent(outbox, late).accepted == 3


@given(moves=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5)), max_size=25), pace=st.integers(1, 6))
@settings(max_examples=20)
def test_no_minute_ever_has_more(
    moves: list[tuple[int, int]], pace: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Outbox.open(tmp_path_factory.mktemp("pace") / "outbox.sqlite") as outbox:
        filled(outbox, 60, per_minute=pace)
        at, begun = timedelta(), []
        for seconds, limit in moves:
            at += timedelta(seconds=seconds)
            begun += [at] * len(claim(outbox, at, limit=limit))
        assert all(later - earlier >= MINUTE for earlier, later in zip(begun, begun[pace:], strict=False))


def test_a_claim_stops_when_its_mailing_is_paused(outbox: Outbox) -> None:
    """A claim has more than one group of messages; of the first one all are written."""
    filled(outbox, 300, per_minute=None)
    asked: list[int] = []

    def paused() -> tuple[str, ...]:
        asked.append(1)
        return ("spring",) if len(asked) > 1 else ()

    result = sent(outbox, Hasty(timedelta(seconds=2)), paused=paused)
    assert (result.accepted, result.waiting) == (0, 300)
    asked.clear()
    result = sent(outbox, Hasty(timedelta(milliseconds=300)), paused=paused)
    assert 0 < result.accepted < 300
    assert outbox.counts() == {"accepted": result.accepted, "queued": 300 - result.accepted}


def test_what_expires_in_the_hands_of_a_sender_does_not_leave(outbox: Outbox) -> None:
    soon = NOW + timedelta(seconds=6)
    outbox.enqueue([queued(n, template=SIMPLE.sha256, expires_at=soon) for n in range(200)], [SIMPLE])
    result = sent(outbox, Hasty(timedelta(seconds=1)))
    assert 0 < result.accepted < 200
    assert sent(outbox, Hasty(timedelta(minutes=1))).expired == 200 - result.accepted
