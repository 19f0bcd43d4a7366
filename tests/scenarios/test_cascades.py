"""A cascade sends one message, whatever its senders do meanwhile and wherever its nights are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from smc import pipeline
from smc.pipeline import deliver_outbox
from smc.pipeline.moment import moment_of
from smc.pipeline.store import open_warehouse
from smc.project import load_project
from smc.send.outbox import Outbox
from tests.scenarios.harness import ALL, ShopFolder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
FIRST, SECOND, THIRD = date(2026, 3, 6), date(2026, 3, 8), date(2026, 3, 9)
FILES: dict[str, str | None] = {
    "channels.yaml": """\
email: {title: E-mail, sender: Shop <news@example.com>, route: {file: {folder: data/letters}}}
sms: {title: SMS, route: {file: {folder: data/notes}}}
viber: {title: Viber, lifetime: 7 days, route: {file: {folder: data/notes}}}
""",
    "feeds/customers.yaml": """\
title: Customers
object: customer
source: {local: {path: inbox}}
files: customers*.csv
fields: {customer_id: card, first_name: name, phone: phone, registered_at: joined}
""",
    "campaigns/welcome.yaml": """\
title: Hello
category: service
trigger: {registered: {}}
look_back: 0
steps:
  - cascade: {tries: [{viber: {text: V}, within: 1 day}, {sms: {text: S}}]}
""",
}
MARKED = "set state = n.state, reason = n.reason"
"""The statement of the hand-over behind which the warehouse knows what the outbox has."""


def work(shop: ShopFolder, day: date, end: str) -> None:
    """The stages before this one."""
    pipeline.run(load_project(shop.folder), command="test", stages=ALL[: ALL.index(end)], as_of=day, progress=shop.hear)


def send(shop: ShopFolder, day: date) -> None:
    project = load_project(shop.folder)
    deliver_outbox(project, moment_of(project, day), shop.hear)


def messages(shop: ShopFolder) -> list[tuple[Any, ...]]:
    with open_warehouse(load_project(shop.folder)) as warehouse:
        return warehouse.rows("select channel, state, reason from message order by planned_on, channel")


def left(shop: ShopFolder) -> list[str]:
    return [note["channel"] for note in shop.notes()]


def begin(shop: ShopFolder, day: date, *, attempt: bool) -> None:
    """What a sender leaves behind that is killed with a message in hand."""
    project = load_project(shop.folder)
    with Outbox.open(project.path(project.settings.outbox.path)) as outbox:
        now = moment_of(project, day).sender_clock()
        claimed = outbox.claim("99999-dead", 10, now, channel="viber")
        assert len(claimed) == 1
        outbox.advance([], claimed if attempt else [], now)


@pytest.fixture
def shop(tmp_path: Path) -> ShopFolder:
    """Its first night was over before anything was sent."""
    made = ShopFolder.create(tmp_path / "shop", FILES)
    made.arrive({"customers_1.csv": f"card,name,phone,joined\na,Anna,0151 23456781,{FIRST} 10:00:00\n"})
    work(made, FIRST, "send")
    assert messages(made) == [("viber", "queued", None)]
    return made


@pytest.mark.parametrize("attempt", [True, False])
def test_the_next_channel_waits_for_what_a_sender_has_in_hand(shop: ShopFolder, attempt: bool) -> None:
    begin(shop, FIRST, attempt=attempt)
    work(shop, SECOND, "send")
    assert messages(shop) == [("viber", "suppressed", "cascade"), ("sms", "planned", None)]
    shop.night(SECOND)
    assert left(shop) == ["viber"]
    shop.night(THIRD)
    assert left(shop) == ["viber"]
    assert messages(shop) == [("viber", "accepted", None), ("sms", "suppressed", "cascade")]


def test_the_next_channel_is_sent_when_the_first_failed_in_the_hands_of_its_sender(shop: ShopFolder) -> None:
    begin(shop, FIRST, attempt=False)
    work(shop, SECOND, "send")
    project = load_project(shop.folder)
    with Outbox.open(project.path(project.settings.outbox.path)) as outbox:
        outbox.release("99999-dead")
    shop.night(SECOND)
    assert left(shop) == ["sms"]
    assert messages(shop) == [("viber", "suppressed", "cascade"), ("sms", "accepted", None)]


def test_a_sender_between_a_killed_night_and_its_second_run(shop: ShopFolder) -> None:
    work(shop, SECOND, "hand over")
    send(shop, SECOND)
    shop.night(SECOND)
    assert left(shop) == ["viber"]
    assert messages(shop) == [("viber", "accepted", None), ("sms", "suppressed", "cascade")]


def test_the_first_is_out_of_reach_before_the_second_is_there(shop: ShopFolder) -> None:
    command = [sys.executable, "-m", "tests.scenarios.kill_driver", str(shop.folder), str(SECOND), "1", MARKED]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == -signal.SIGKILL
    send(shop, SECOND)
    assert left(shop) == ["sms"]
    shop.night(SECOND)
    assert left(shop) == ["sms"]
    assert messages(shop) == [("viber", "suppressed", "cascade"), ("sms", "accepted", None)]
