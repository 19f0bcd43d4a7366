"""Short messages from the warehouse to records: what they hold, who gets none, and never twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smc.config.specs.channel import ChannelsSpec
from smc.model.template import Note, Template
from smc.send.deliver import DeliverResult, deliver
from smc.send.outbox import Outbox
from smc.send.settle import settle
from tests.send.shop import NOW, SIMPLE, Shop, note_channels, queued, settings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.channels = note_channels()
    shop.templates |= {"note": Template("note", "", "", "", "Dear {{ customer.first_name }},\nthank you\n")}
    return shop


def person(shop: Shop, key: int, *, channel: str = "sms", phone: str | None = "+79161234567") -> None:
    shop.customer(key, consent=None)
    shop.warehouse.run(
        "update customer set phone = $phone, phone_type = 'mobile', phone_status = 0 where customer_key = $k",
        k=key, phone=phone,
    )  # fmt: skip
    shop.warehouse.run(
        "insert into subscription values ($k, $c, 'news', 'yes', timestamptz '2017-01-01 00:00:00+00', null, null)",
        k=key, c=channel,
    )  # fmt: skip


def words(shop: Shop, channel: str, **parts: str) -> None:
    shop.warehouse.run(
        "insert into step_words values ('welcome', 1, 1, $c, $w)", c=channel, w=json.dumps(parts, ensure_ascii=False)
    )


def point(shop: Shop, key: int, channel: str, address: str) -> None:
    shop.warehouse.run(
        "insert into contact_point (channel, address, customer_key, active) values ($c, $a, $k, true)",
        c=channel, a=address, k=key,
    )  # fmt: skip


def send(shop: Shop, outbox: Outbox) -> DeliverResult:
    return deliver(
        outbox, channels=shop.channels, settings=shop.settings, root=shop.folder, now=lambda: NOW,
        progress=lambda _: None,
    )  # fmt: skip


def notes(shop: Shop) -> list[Mapping[str, Any]]:
    return [json.loads(file.read_bytes()) for file in sorted((shop.folder / "notes").glob("*.json"))]


def test_a_text_message_is_one_record(shop: Shop, outbox: Outbox) -> None:
    person(shop, 1)
    words(shop, "sms", text="{{ customer.first_name }}: {{ shop.title }}")
    key = shop.plan(1, channel="sms", template="")
    assert shop.hand_over(outbox).queued == 1
    assert send(shop, outbox).accepted == 1
    assert [file.name for file in (shop.folder / "notes").iterdir()] == [f"{key}.json"]
    assert notes(shop) == [
        {
            "key": key, "channel": "sms", "to": "+79161234567", "customer_id": "00001", "sender": "Shop",
            "due_at": "2017-12-29T15:00:00+00:00", "expires_at": "2017-12-31T15:00:00+00:00", "text": "Анна: The Shop",
            "encoding": "UCS-2", "segments": 1,
        }
    ]  # fmt: skip
    assert settle(shop.warehouse, outbox).accepted == 1
    assert shop.hand_over(outbox).queued == 0
    assert send(shop, outbox).accepted == 0


def test_a_template_with_a_text_alone(shop: Shop, outbox: Outbox) -> None:
    person(shop, 1)
    shop.plan(1, channel="sms", template="note")
    shop.hand_over(outbox)
    send(shop, outbox)
    assert [note["text"] for note in notes(shop)] == ["Dear Анна,\nthank you"]


def test_a_push_message_goes_to_every_device_that_may_be_used(shop: Shop, outbox: Outbox) -> None:
    person(shop, 1, channel="push")
    for token in ("b", "a", "lost"):
        point(shop, 1, "push", token)
    shop.warehouse.run(
        "insert into suppression (suppression_no, channel, address, reason, added_by, added_at)"
        " values (1, 'push', 'lost', 'x', 'me', $now)",
        now=NOW,
    )
    words(shop, "push", title="T", text="Hello", link="{{ customer.tier }}", **{"data.id": "7", "data.x": " "})
    shop.plan(1, channel="push", template="")
    shop.hand_over(outbox)
    send(shop, outbox)
    (note,) = notes(shop)
    assert (note["to"], note["title"], note["link"], note["data"]) == (["a", "b"], "T", "gold", {"id": "7"})


def test_messengers_are_named(shop: Shop, outbox: Outbox) -> None:
    person(shop, 1, channel="messenger")
    point(shop, 1, "telegram", "4711")
    point(shop, 1, "push", "token")
    words(shop, "messenger", text="Hi", **{"button.title": "Go", "button.link": "https://shop.example"})
    shop.plan(1, channel="messenger", template="")
    shop.hand_over(outbox)
    send(shop, outbox)
    (note,) = notes(shop)
    assert (note["to"], note["button"]) == (["telegram:4711"], {"title": "Go", "link": "https://shop.example"})


LISTED = "insert into suppression (suppression_no, address, channel, customer_key, reason, added_by, added_at) values "


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("update customer set phone = null", "address"),
        ("update customer set phone_type = 'landline'", "address"),
        ("update subscription set state = 'no'", "consent"),
        ("update customer set active = false", "inactive"),
        (f"{LISTED} (1, '+79161234567', null, null, 'x', 'me', now())", "suppressed_address"),
        (f"{LISTED} (1, null, 'sms', 1, 'x', 'me', now())", "suppressed_address"),
        ("delete from step_words", "template_error"),
    ],
)
def test_what_changed_before_and_behind_the_hand_over(shop: Shop, outbox: Outbox, change: str, reason: str) -> None:
    person(shop, 1)
    words(shop, "sms", text="Hello")
    shop.plan(1, channel="sms", template="", due=NOW + timedelta(hours=1))
    shop.hand_over(outbox)
    shop.warehouse.run(change)
    again = shop.hand_over(outbox)
    if reason == "template_error":  # the outbox has what it says
        assert again.cancelled == 0
        return
    assert again.cancelled == 1
    settle(shop.warehouse, outbox)
    assert shop.states() == {1: ("suppressed", reason)}


def test_a_new_number_is_followed(shop: Shop, outbox: Outbox) -> None:
    person(shop, 1)
    words(shop, "sms", text="Hello")
    shop.plan(1, channel="sms", template="")
    shop.hand_over(outbox)
    shop.warehouse.run("update customer set phone = '+79160000000'")
    shop.hand_over(outbox)
    send(shop, outbox)
    assert [note["to"] for note in notes(shop)] == ["+79160000000"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ customer.tier }}" + "я" * 134, "the text takes 3 segments; 2 are allowed"),
        (" {# nothing #} ", "the text is empty"),
        ("{{ customer.city }}", "customer.city is empty"),
    ],
)
def test_a_text_that_cannot_be_sent_is_said(shop: Shop, outbox: Outbox, text: str, problem: str) -> None:
    person(shop, 1)
    words(shop, "sms", text=text)
    shop.plan(1, channel="sms", template="")
    result = shop.hand_over(outbox)
    assert shop.states() == {1: ("suppressed", "template_error")}
    assert problem in result.problems[0]


def test_a_letter_is_no_text_and_a_text_no_letter(shop: Shop, outbox: Outbox) -> None:
    person(shop, 1)
    shop.customer(2)
    shop.plan(1, channel="sms", template="thanks")
    shop.plan(2, template="note")
    shop.hand_over(outbox)
    assert set(shop.states().values()) == {("suppressed", "template_error")}


NOTE = Note("note", (("text", "Hello {{ customer.first_name }}"),))


def test_a_killed_sender_makes_no_message_twice(outbox: Outbox, tmp_path: Path) -> None:
    """Files are named by their keys; whoever dies anywhere leaves each of them whole, and the next sender goes on."""
    count = 300
    outbox.enqueue(
        (queued(number, template=NOTE.sha256, channel="sms", address="+79161234567") for number in range(count)), [NOTE]
    )
    script = Path(__file__).parent / "worker.py"
    for wait in (0.6, 0.9):
        process = subprocess.Popen(
            [sys.executable, str(script), str(outbox.path), "-1", str(tmp_path)], cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    done = deliver(
        outbox, channels=note_channels(), settings=settings(), root=tmp_path, now=lambda: NOW, progress=lambda _: None
    )
    assert outbox.counts() == {"accepted": count}
    assert done.unknown == 0
    made = [json.loads(file.read_bytes()) for file in (tmp_path / "notes").glob("*.json")]
    assert len(made) == count == len({note["key"] for note in made})


def test_the_console_prints_lines_of_json(outbox: Outbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    channels = ChannelsSpec.model_validate({"sms": {"title": "SMS", "route": {"console": {}}}})
    outbox.enqueue([queued(n, template=NOTE.sha256, channel="sms", address="+7916") for n in range(3)], [NOTE])
    done = deliver(
        outbox, channels=channels, settings=settings(), root=tmp_path, now=lambda: NOW, progress=lambda _: None
    )
    assert done.accepted == 3
    lines = capsys.readouterr().err.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["Hello Анна"] * 3


def test_an_older_outbox_learns_of_short_messages(tmp_path: Path) -> None:
    with Outbox.open(tmp_path / "outbox.sqlite") as outbox:
        outbox.enqueue([], [SIMPLE])
        with outbox.engine.begin() as connection:
            connection.exec_driver_sql("alter table outbox_template drop column parts")
            connection.exec_driver_sql("update outbox_fact set value = '3' where name = 'version'")
    with Outbox.open(tmp_path / "outbox.sqlite") as outbox:
        outbox.enqueue([], [NOTE])
        assert outbox.templates([SIMPLE.sha256, NOTE.sha256]) == {SIMPLE.sha256: SIMPLE, NOTE.sha256: NOTE}
