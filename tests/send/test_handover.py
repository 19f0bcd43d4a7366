"""From planned messages in the warehouse to files, and back; killed in between and run again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import text

from smc.errors import DiskFullError
from smc.model.extras import Extras
from smc.model.template import Template
from smc.send.context import dumps, loads
from smc.send.deliver import DeliverResult, deliver
from smc.send.outbox import Outbox, Settled
from smc.send.settle import SettleResult, settle
from tests.send.shop import AS_OF, DUE, NOW, Shop, settings

GOLDEN = Path(__file__).parent.parent / "golden" / "letter.eml"


def send(shop: Shop, outbox: Outbox, *, later: timedelta = timedelta()) -> DeliverResult:
    return deliver(
        outbox, channels=shop.channels, settings=shop.settings, root=shop.folder, now=lambda: NOW + later,
        progress=lambda _: None,
    )  # fmt: skip


def files(shop: Shop) -> list[Path]:
    return sorted((shop.folder / "mail").glob("*.eml"))


def full_customer(shop: Shop) -> None:
    shop.warehouse.run("insert into category (category_key, parent_key, name) values (7, null, 'Dairy & eggs')")
    shop.customer(1)
    shop.receipt(1, 10, date(2017, 12, 1), (1, "3.50"))
    shop.receipt(1, 11, date(2017, 12, 20), (1, "1234.50"), (2, "2.10"))
    shop.receipt(1, 12, date(2018, 1, 5), (2, "9.99"))
    shop.warehouse.run(
        "insert into customer_metric by name (select 1 as customer_key, 7 as favourite_category, date '2017-12-01' as "
        "first_receipt, date '2017-12-20' as last_receipt, "
        + ", ".join(
            f"0 as {column}"
            for (column,) in shop.warehouse.rows(
                "select column_name from duckdb_columns() where table_name = 'customer_metric' and not is_nullable "
                "and column_name not in ('customer_key', 'first_receipt', 'last_receipt')"
            )
        )
        + ")"
    )
    shop.warehouse.run("insert into rfm values (1, 5, 5, 5, 'champions')")


def test_a_letter_from_warehouse_to_file(shop: Shop, outbox: Outbox, update_golden: bool) -> None:
    full_customer(shop)
    key = shop.plan(1)
    assert shop.hand_over(outbox).queued == 1
    assert shop.states() == {1: ("queued", None)}
    assert send(shop, outbox).accepted == 1
    (file,) = files(shop)
    assert file.stem == key
    data = file.read_bytes()
    if update_golden:
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_bytes(data)
    assert data == GOLDEN.read_bytes()
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message["Subject"] == "Thank you, Анна"
    plain = message.get_body(("plain",))
    assert plain is not None
    said = plain.get_content()
    assert "On December 20, 2017 you bought:" in said
    assert "- 1 x Milk: $1,234.50\n- 1 x Bread: $2.10" in said.replace("\r\n", "\n")
    assert "Your favourite: Dairy & eggs, tier gold, champions." in said
    assert settle(shop.warehouse, outbox) == SettleResult(accepted=1)
    assert shop.states() == {1: ("accepted", None)}
    assert settle(shop.warehouse, outbox) == SettleResult()
    assert send(shop, outbox) == DeliverResult()


def test_everyone_left_out_has_a_reason(shop: Shop, outbox: Outbox) -> None:
    shop.customer(1)
    shop.customer(2, email="no address")
    shop.customer(3, consent=None)
    shop.customer(4, consent="no")
    shop.customer(5, first_name=None)
    shop.customer(6)
    shop.customer(7, consent="no")
    shop.customer(8, consent="no")
    shop.customer(9, email=None)
    for key in (1, 2, 3, 4, 5, 9):
        shop.plan(key)
    shop.plan(6, due=DUE - timedelta(days=5))
    shop.plan(7, category="service")
    shop.plan(8, category="withdrawn")
    result = shop.hand_over(outbox)
    assert shop.states() == {
        1: ("queued", None), 2: ("suppressed", "address"), 3: ("suppressed", "consent"), 4: ("suppressed", "consent"),
        5: ("suppressed", "template_error"), 6: ("expired", "expired"), 7: ("queued", None),
        8: ("suppressed", "consent"), 9: ("suppressed", "address"),
    }  # fmt: skip
    assert (result.queued, result.expired) == (2, 1)
    assert dict(result.suppressed) == {"address": 2, "consent": 3, "template_error": 1}
    assert result.problems == ("thanks/subject:1: customer.first_name is empty (1 customer, for example 00005)",)


def test_what_is_due_later_waits_in_the_outbox(shop: Shop, outbox: Outbox) -> None:
    """A night that began after the hour of sending plans for the next day, and nothing else comes before that hour."""
    shop.customer(1)
    shop.plan(1, due=DUE + timedelta(days=1))
    shop.receipt(1, 10, date(2017, 12, 20), (1, "3.50"))
    assert shop.hand_over(outbox).queued == 1
    assert send(shop, outbox) == DeliverResult(waiting=1)
    assert send(shop, outbox, later=timedelta(hours=23)).accepted == 1
    assert "$3.50" in files(shop)[0].read_text()


def test_no_letters_for_the_control_group(shop: Shop, outbox: Outbox) -> None:
    shop.customer(1)
    shop.plan(1, arm="control")
    assert shop.hand_over(outbox).queued == 0
    assert shop.states() == {1: ("planned", None)}


def test_what_waits_is_looked_at_again(shop: Shop, outbox: Outbox) -> None:
    """The server was down for a night; meanwhile a customer said no, one lost his address and one has a new one."""
    for key in range(1, 6):
        shop.customer(key)
        shop.plan(key, category="service" if key == 4 else "news")
    shop.hand_over(outbox)
    shop.warehouse.run("update subscription set state = 'no' where customer_key in (1, 4)")
    shop.warehouse.run("update customer set email = null where customer_key = 2")
    shop.warehouse.run("update customer set email = 'new@Example.com' where customer_key = 3")
    assert shop.hand_over(outbox).cancelled == 2
    assert shop.hand_over(outbox).cancelled == 0
    assert send(shop, outbox).accepted == 3
    assert settle(shop.warehouse, outbox) == SettleResult(accepted=3, suppressed=2)
    assert shop.states() == {
        1: ("suppressed", "consent"), 2: ("suppressed", "address"), 3: ("accepted", None), 4: ("accepted", None),
        5: ("accepted", None),
    }  # fmt: skip
    assert sorted(message_from_bytes(file.read_bytes())["To"] for file in files(shop)) == [
        "c4@example.com", "c5@example.com", "new@example.com",
    ]  # fmt: skip


def test_what_a_night_suppressed_behind_the_hand_over_is_cancelled(shop: Shop, outbox: Outbox) -> None:
    """A merge and a control group stop letters that wait in the outbox."""
    for key in (1, 2, 3):
        shop.customer(key)
        shop.plan(key)
    shop.hand_over(outbox)
    for key, reason in ((1, "merged"), (2, "global_control")):
        shop.warehouse.run(
            "update message set state = 'suppressed', reason = $reason where customer_key = $key",
            key=key, reason=reason,
        )  # fmt: skip
    assert shop.hand_over(outbox).cancelled == 2
    assert send(shop, outbox).accepted == 1
    settle(shop.warehouse, outbox)
    assert shop.states() == {
        1: ("suppressed", "merged"), 2: ("suppressed", "global_control"), 3: ("accepted", None),
    }  # fmt: skip


def test_a_campaign_that_is_switched_off_sends_no_more(shop: Shop, outbox: Outbox) -> None:
    for key in (1, 2):
        shop.customer(key)
    shop.plan(1)
    shop.hand_over(outbox)
    shop.plan(2)
    result = shop.hand_over(outbox, active=frozenset({"other"}))
    assert (result.queued, result.cancelled, result.suppressed) == (0, 1, (("campaign_off", 1),))
    assert send(shop, outbox) == DeliverResult()
    assert settle(shop.warehouse, outbox).suppressed == 1
    assert set(shop.states().values()) == {("suppressed", "campaign_off")}


def test_what_left_or_is_leaving_is_not_cancelled(shop: Shop, outbox: Outbox) -> None:
    for key in range(1, 5):
        shop.customer(key)
        shop.plan(key)
    shop.hand_over(outbox)
    claimed = outbox.claim("me", 3, NOW, channel="email")
    outbox.advance([], claimed[:2], NOW)
    keys = [item.message_key for item in claimed]
    outbox.advance([Settled(keys[0], "accepted"), Settled(keys[1], "unknown")], [], NOW)
    assert shop.hand_over(outbox, active=frozenset()).cancelled == 1
    assert outbox.counts() == {"accepted": 1, "claimed": 1, "suppressed": 1, "unknown": 1}


def test_template_errors_are_told_without_personal_data(shop: Shop, outbox: Outbox) -> None:
    template = shop.templates["thanks"]
    html = "<p>\n{% for x in range(customer.first_name) %}{% endfor %}</p>"
    peeking = "{{ customer[customer.first_name] }}"
    shop.templates = {
        "thanks": replace(template, name="thanks", html=html), "other": Template("other", "Hi", "", peeking, None),
        **{f"t{n}": Template(f"t{n}", "{{ customer.full_name }}", "", "x", None) for n in range(30)},
    }  # fmt: skip
    for key in (1, 2, 3):
        shop.customer(key, first_name="Ann")
        shop.plan(key, template="thanks" if key < 3 else "other")
    for number in range(30):
        shop.customer(100 + number)
        shop.plan(100 + number, template=f"t{number}")
    problems = shop.hand_over(outbox).problems
    assert len(problems) == 20
    assert problems[:2] == (
        "thanks/html:2: a value does not fit here (TypeError) (2 customers, for example 00001)",
        "other/html:1: there is no field of this name here (1 customer, for example 00003)",
    )
    assert not any("Ann" in problem for problem in problems)


def test_a_template_that_is_gone(shop: Shop, outbox: Outbox) -> None:
    shop.customer(1)
    shop.plan(1, template="old")
    assert shop.hand_over(outbox).suppressed == (("template_error", 1),)


def test_killed_between_outbox_and_warehouse(shop: Shop, outbox: Outbox) -> None:
    """The outbox has the messages and the warehouse does not know; meanwhile one is sent and one customer says no."""
    for key in (1, 2):
        shop.customer(key)
        shop.plan(key)
    shop.hand_over(outbox)
    shop.warehouse.run("update message set state = 'planned', reason = null")
    assert send(shop, outbox).accepted == 2
    shop.warehouse.run("update subscription set state = 'no' where customer_key = 2")
    assert shop.hand_over(outbox).queued == 2
    assert settle(shop.warehouse, outbox).accepted == 2
    assert {state for state, _ in shop.states().values()} == {"accepted"}
    assert len(files(shop)) == 2
    assert shop.hand_over(outbox).queued == 0


def test_settings_of_a_bounce_stay(shop: Shop, outbox: Outbox) -> None:
    shop.customer(1)
    shop.plan(1)
    shop.hand_over(outbox)
    send(shop, outbox)
    shop.warehouse.run("update message set state = 'bounced', reason = 'mailbox full'")
    settle(shop.warehouse, outbox)
    assert shop.states() == {1: ("bounced", "mailbox full")}


def test_contexts_hold_only_what_templates_name(shop: Shop, outbox: Outbox) -> None:
    shop.templates = {"thanks": Template("thanks", "Hi {{ customer.first_name }}", "", "<p>{{ shop.title }}</p>", None)}
    shop.customer(1)
    shop.plan(1)
    shop.hand_over(outbox)
    with outbox.engine.connect() as connection:
        context = loads(connection.execute(text("select context from outbox_message")).scalar_one())
    assert context["customer"] == {"first_name": "Анна"}
    assert context["metric"] == {}


def test_a_template_sees_every_field_and_metric(shop: Shop, outbox: Outbox) -> None:
    html = "{% set c = customer %}{% set m = metric %}{{ c.customer_id }} {{ m.receipts }} {{ c.tier }} "
    html += "{{ m.revenue|money }}"
    shop.templates = {"thanks": Template("thanks", "Hi", "", html, None)}
    shop.customer(1)
    shop.plan(1)
    shop.hand_over(outbox)
    send(shop, outbox)
    assert b"00001 0 gold $0.00" in files(shop)[0].read_bytes()


def test_a_letter_tells_what_let_him_in(shop: Shop, outbox: Outbox) -> None:
    html = "{{ trigger.total|money }} on {{ trigger.day|date }} for {{ trigger.lines[0].name }}, {{ trigger.note }}"
    shop.templates = {"thanks": Template("thanks", "Order {{ trigger.order_id }}", "", f"<p>{html}</p>", None)}
    told = '{"order_id":"o1","total":1234.50,"day":"2017-12-29","note":"2017-13-99","lines":[{"name":"Tea"}]}'
    for key in (1, 2):
        shop.customer(key)
        shop.plan(key)
    shop.warehouse.run(
        "insert into entry (entry_key, campaign, kind, version, customer_key, occurrence, entered_on, arm, context)"
        " values ('e', 'welcome', 'campaign', 1, 1, 'o1', $day, 'test', $told)",
        day=AS_OF, told=told,
    )  # fmt: skip
    shop.warehouse.run("update message set entry_key = 'before smc kept it' where customer_key = 2")
    assert shop.hand_over(outbox).queued == 1
    assert shop.states()[2] == ("suppressed", "template_error")
    send(shop, outbox)
    message = message_from_bytes(files(shop)[0].read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message["Subject"] == "Order o1"
    body = message.get_body(("html",))
    assert body is not None
    assert "$1,234.50 on December 29, 2017 for Tea, 2017-13-99" in body.get_content()


def test_contexts_keep_their_types() -> None:
    held = {"money": Decimal("1.20"), "day": AS_OF, "at": NOW, "n": None, "l": [{"x": 1.5}], "s": "é"}
    assert loads(dumps(held)) == held


def test_nobody_gets_in_when_the_reading_breaks(shop: Shop, outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error at any point of the hand-over leaves both sides as they were."""
    for key in range(1, 4):
        shop.customer(key)
        shop.plan(key)

    def broken(_: object, keys: object) -> set[str]:
        raise DiskFullError("full")

    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "known", broken)
        with pytest.raises(DiskFullError):
            shop.hand_over(outbox)
    assert outbox.counts() == {}
    assert {state for state, _ in shop.states().values()} == {"planned"}
    assert shop.hand_over(outbox).queued == 3


def test_who_left_after_planning_gets_nothing(shop: Shop, outbox: Outbox) -> None:
    for key in (1, 2):
        shop.customer(key)
        shop.plan(key)
    shop.warehouse.run("update customer set active = false where customer_key = 1")
    assert dict(shop.hand_over(outbox).suppressed) == {"inactive": 1}
    shop.warehouse.run("update customer set active = false where customer_key = 2")
    assert shop.hand_over(outbox).cancelled == 1


def test_who_comes_onto_the_suppression_list_gets_nothing(shop: Shop, outbox: Outbox) -> None:
    for key in range(1, 6):
        shop.customer(key)
        shop.plan(key)
    _suppress(shop, 1, address="c1@example.com")
    assert dict(shop.hand_over(outbox).suppressed) == {"suppressed_address": 1}
    _suppress(shop, 2, customer_key=2)
    _suppress(shop, 3, address="c3@example.com", channel="sms")
    _suppress(shop, 4, address="c4@example.com", channel="email")
    assert shop.hand_over(outbox).cancelled == 2
    assert send(shop, outbox).accepted == 2
    settle(shop.warehouse, outbox)
    assert {key for key, (_, reason) in shop.states().items() if reason == "suppressed_address"} == {1, 2, 4}


def _suppress(shop: Shop, number: int, **columns: object) -> None:
    row = {"suppression_no": number, "reason": "asked", "added_by": "me", "added_at": NOW} | columns
    names, holes = ", ".join(row), ", ".join(f"${name}" for name in row)
    shop.warehouse.run(f"insert into suppression ({names}) values ({holes})", **row)


def test_consent_may_differ_by_channel(shop: Shop, outbox: Outbox) -> None:
    shop.customer(1, consent=None)
    shop.plan(1)
    shop.settings = settings(categories={"news": {"title": "News", "channels": {"email": "not_refused"}}})
    assert shop.hand_over(outbox).queued == 1


def test_the_outbox_follows_what_the_next_night_decides(shop: Shop, outbox: Outbox) -> None:
    """Both missed their time; the night gives one another time, and finds no room for the other one."""
    hour = timedelta(hours=1)
    for key in (1, 2):
        shop.customer(key)
        shop.plan(key)
    shop.warehouse.run("update message set closes_at = $end", end=NOW - hour)
    shop.hand_over(outbox)
    assert send(shop, outbox) == DeliverResult(waiting=2)
    shop.warehouse.run(
        "update message set due_at = $due, closes_at = $end where customer_key = 1", due=NOW + hour, end=NOW + 3 * hour
    )
    shop.warehouse.run("update message set state = 'suppressed', reason = 'policy' where customer_key = 2")
    assert shop.hand_over(outbox).cancelled == 1
    assert send(shop, outbox) == DeliverResult(waiting=1)
    assert send(shop, outbox, later=2 * hour).accepted == 1
    settle(shop.warehouse, outbox)
    assert shop.states() == {1: ("accepted", None), 2: ("suppressed", "policy")}


def test_links_get_the_parameters_of_their_step(shop: Shop, outbox: Outbox) -> None:
    html = '<body><a href="https://shop.example/tea">Tea</a> <a href="{{ unsubscribe_url }}">Stop</a></body>'
    shop.templates["tea"] = Template("tea", "Tea", "", html, None)
    for key in (1, 2):
        shop.customer(key)
        shop.plan(key, template="tea")
    shop.warehouse.run("update message set step = 7 where customer_key = 2")
    shop.hand_over(outbox, extras={("welcome", 1, 7): Extras(utm=(("utm_source", "news"),))})
    send(shop, outbox)
    first, second = (message_from_bytes(file.read_bytes(), policy=policy.default) for file in files(shop))
    bodies = [letter.get_body((kind,)) for letter in (first, second) for kind in ("html", "plain")]
    tagged = ["utm_source=news" in body.get_content() for body in bodies if body is not None]
    assert tagged == [False, False, True, True]


def test_what_is_paused_stays_planned(shop: Shop, outbox: Outbox) -> None:
    shop.customer(1)
    shop.plan(1)
    shop.hand_over(outbox, active=frozenset(), paused=frozenset({"welcome"}))
    assert (shop.states(), outbox.counts()) == ({1: ("planned", None)}, {})
    shop.hand_over(outbox)
    assert shop.states() == {1: ("queued", None)}
    shop.hand_over(outbox, active=frozenset(), paused=frozenset({"welcome"}))
    assert outbox.counts() == {"queued": 1}
    shop.hand_over(outbox, active=frozenset())
    assert outbox.counts() == {"suppressed": 1}


def test_files_go_with_the_letter_as_they_were(shop: Shop, outbox: Outbox) -> None:
    (shop.folder / "prices.pdf").write_bytes(b"%PDF old")
    (shop.folder / "\u0446\u0435\u043d\u044b.bin").write_bytes(bytes(range(256)))
    extras = {
        ("welcome", 1, 1): Extras(
            attachments=("prices.pdf", "\u0446\u0435\u043d\u044b.bin"), sender="Ann <ann@shop.example>"
        )
    }
    for key in (1, 2):
        shop.customer(key)
        shop.plan(key)
    shop.hand_over(outbox, extras=extras)
    (shop.folder / "prices.pdf").unlink()
    assert send(shop, outbox).accepted == 2
    for file in files(shop):
        letter = message_from_bytes(file.read_bytes(), policy=policy.default)
        parts = [
            (part.get_filename(), part.get_content_type(), part.get_content()) for part in letter.iter_attachments()
        ]
        assert parts == [
            ("prices.pdf", "application/pdf", b"%PDF old"),
            ("\u0446\u0435\u043d\u044b.bin", "application/octet-stream", bytes(range(256))),
        ]
        assert letter.get_body(("plain",)) is not None
        assert letter["From"] == "Ann <ann@shop.example>"
        assert max(len(line) for line in file.read_bytes().split(b"\r\n")) <= 998


def test_a_file_that_is_gone_stops_its_letters_alone(shop: Shop, outbox: Outbox) -> None:
    for key in (1, 2):
        shop.customer(key)
        shop.plan(key)
    shop.warehouse.run("update message set step = 2 where customer_key = 2")
    result = shop.hand_over(outbox, extras={("welcome", 1, 1): Extras(attachments=("gone.pdf",))})
    assert shop.states() == {1: ("suppressed", "template_error"), 2: ("queued", None)}
    assert result.problems == (
        "gone.pdf: the file cannot be read: No such file or directory (1 customer, for example 00001)",
    )


def test_a_variant_has_a_subject_of_its_own(shop: Shop, outbox: Outbox) -> None:
    shop.templates["plain"] = Template("plain", "Plain", "", "<p>Hello</p>", None)
    for key in (1, 2):
        shop.customer(key)
        shop.plan(key, template="plain")
    shop.warehouse.run("update message set step = 2 where customer_key = 2")
    extras = {("welcome", 1, 2): Extras(subject="Look, {{ customer.first_name }} ({{ customer.tier }})")}
    shop.hand_over(outbox, extras=extras)
    assert send(shop, outbox).accepted == 2
    letters = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files(shop)]
    assert [letter["Subject"] for letter in letters] == ["Plain", "Look, \u0410\u043d\u043d\u0430 (gold)"]
