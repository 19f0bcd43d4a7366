"""Nights that were missed and are run later: what reaches people leaves by today's clock, in its times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from smc.config.specs.project import ChannelsSpec
from tests.campaign.shop import CHANNELS, campaign, settings
from tests.campaign.world import World
from tests.send.conftest import sink  # noqa: F401 - a fixture
from tests.send.servers import Sink
from tests.send.shop import smtp_channel

pytestmark = pytest.mark.slow

FIRST = date(2017, 3, 1)
SHUT = {"windows": [{"from": "09:00", "until": "20:00"}]}


def at(day: int, hour: int) -> datetime:
    """An hour of New York in March 2017, before clocks change."""
    return datetime(2017, 3, day, hour + 5, tzinfo=UTC)


def missed(folder: Path, migrated: Path, channels: ChannelsSpec, **sending: Any) -> World:
    """A night that should have written to one customer, and that somebody runs at two o'clock of the day behind it."""
    made = World.create(folder / "shop", migrated, settings(send_at="10:00", sending=sending), at(2, 2))
    made.project = replace(made.project, channels=channels)
    made.say({"welcome": campaign()})
    with made.facts(1) as shop:
        shop.customer(1, registered_at=at(1, 8))
    return made


def ends(world: World) -> list[tuple[str, str | None]]:
    with world.open() as warehouse:
        return warehouse.rows("select state, reason from message")


@pytest.mark.parametrize(("if_missed", "letters"), [("next", 1), ("skip", 0), ("send", 1)])
def test_letters_of_a_missed_night_keep_their_times(
    tmp_path: Path,
    migrated: Path,
    sink: Sink,  # noqa: F811 - the fixture
    if_missed: str,
    letters: int,
) -> None:
    world = missed(tmp_path, migrated, smtp_channel(sink.port), **SHUT, if_missed=if_missed)
    notes = world.catch_up(FIRST)
    (note,) = notes
    assert note.startswith("1 messages of 2017-03-01 or before wait in the outbox")
    world.send()
    assert not sink.keys(), "nothing leaves at night"
    world.now = at(2, 3)
    world.night()
    assert not sink.keys(), "the day's window is still to open"
    world.now = at(2, 10)
    world.send()
    world.now = at(3, 3)
    world.night()
    assert len(sink.keys()) == letters
    assert ends(world) == [("accepted", None) if letters else ("expired", "expired")]


def test_several_missed_nights_bring_one_letter_into_its_window(
    tmp_path: Path,
    migrated: Path,
    sink: Sink,  # noqa: F811 - the fixture
) -> None:
    world = missed(tmp_path, migrated, smtp_channel(sink.port), **SHUT)
    world.now = at(3, 8)
    world.catch_up(FIRST)
    world.catch_up(date(2017, 3, 2))
    world.send()
    assert not sink.keys(), "the window of the third day is still shut"
    world.night()
    world.now = at(3, 9)
    world.send()
    assert len(sink.keys()) == 1


def test_what_is_too_old_by_then_is_not_sent(
    tmp_path: Path,
    migrated: Path,
    sink: Sink,  # noqa: F811 - the fixture
) -> None:
    world = missed(tmp_path, migrated, smtp_channel(sink.port))
    world.now = at(9, 12)
    world.catch_up(FIRST)
    world.send()
    world.night()
    assert not sink.keys()
    assert ends(world) == [("expired", "expired")]


def test_files_are_written_by_the_clock_of_the_day(tmp_path: Path, migrated: Path) -> None:
    world = missed(tmp_path, migrated, CHANNELS, **SHUT)
    assert world.catch_up(FIRST) == []
    assert len(world.letters()) == 1
    assert ends(world) == [("accepted", None)]
