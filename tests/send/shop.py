"""A small shop with planned messages, and settings of channels."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from smc.config.specs.project import ChannelsSpec, FieldsSpec, MetricsSpec, ProjectSpec
from smc.model.template import Template
from smc.send.handover import HandOverResult, hand_over
from smc.send.outbox import Outbox, Queued
from smc.warehouse import Warehouse

AS_OF = date(2017, 12, 29)
NOW = datetime(2017, 12, 29, 16, 0, tzinfo=UTC)
DUE = datetime(2017, 12, 29, 15, 0, tzinfo=UTC)
ACTIVE = frozenset({"welcome"})
HTML = """<html><body>
<p>Dear {{ customer.first_name|default("friend") }},</p>
{% if last_receipt %}
<p>On {{ last_receipt.day|date }} you bought:</p>
<ul>
{% for line in last_receipt.lines %}
<li>{{ line.quantity|number }} x {{ line.product }}: {{ line.amount|money }}</li>
{% endfor %}
</ul>
{% endif %}
<p>Your favourite: {{ metric.favourite_category|default("none") }}, tier {{ customer.tier|default("-") }},
{{ rfm.cell|default("new") }}.</p>
<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>
</body></html>
"""


class Shop:
    """Settings and templates of a shop, and short ways to plan messages."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        self.warehouse = warehouse
        self.folder = folder
        self.templates = {"thanks": Template("thanks", "Thank you, {{ customer.first_name }}", "News", HTML, None)}
        self.fields = FieldsSpec.model_validate({"customer": {"tier": {"title": "Tier", "type": "string"}}})
        self.settings = settings()
        self.channels = file_channel()

    def customer(
        self, key: int, *, first_name: str | None = "Анна", email: str | None = "", consent: str | None = "yes"
    ) -> None:
        address = f"c{key}@example.com" if email == "" else email
        self.warehouse.run("insert into customer_ident values ($k, $i)", k=key, i=f"{key:05}")
        self.warehouse.run(
            "insert into customer (customer_key, first_name, email, custom) values ($k, $f, $e, map {'tier': 'gold'})",
            k=key, f=first_name, e=address,
        )  # fmt: skip
        if consent:
            self.warehouse.run(
                "insert into subscription values "
                "($k, 'email', 'news', $s, timestamptz '2017-01-01 00:00:00+00', null, null)",
                k=key, s=consent,
            )  # fmt: skip

    def plan(self, key: int, *, due: datetime = DUE, days: int = 2, template: str = "thanks", **other: Any) -> str:
        row = {"arm": "test", "category": "news", "channel": "email", **other}
        message = f"{key:032x}"
        self.warehouse.run(
            "insert into message by name select $m as message_key, 'e' as entry_key, 'welcome' as campaign, "
            "'campaign' as kind, 1 as version, 1 as step, $k as customer_key, $channel as channel, "
            "$category as category, $t as template, $arm as arm, $d as planned_on, $due as due_at, "
            "$until as expires_at, 'planned' as state",
            m=message, k=key, t=template, d=AS_OF, due=due, until=due + timedelta(days=days), **row,
        )  # fmt: skip
        return message

    def receipt(self, key: int, number: int, day: date, *lines: tuple[int, str]) -> None:
        self.warehouse.run("insert into receipt_ident values ($n, $i)", n=number, i=f"R{number}")
        self.warehouse.run(
            "insert into receipt (receipt_key, customer_key, purchased_at, day, status, total) "
            "values ($n, $k, cast($d as timestamptz), $d, 'paid', 10)",
            n=number, k=key, d=day,
        )  # fmt: skip
        for place, (product, amount) in enumerate(lines, 1):
            self.warehouse.run(
                "insert into receipt_line (receipt_key, line_no, product_key, quantity, price, amount, discount, "
                "customer_key, day, counted, category_key) values "
                "($n, $l, $p, 1, null, cast($a as decimal(18, 2)), null, $k, $d, true, null)",
                n=number, l=place, p=product, a=amount, k=key, d=day,
            )  # fmt: skip

    def hand_over(
        self,
        outbox: Outbox,
        *,
        as_of: date = AS_OF,
        now: datetime = NOW,
        active: frozenset[str] = ACTIVE,
        **more: Any,
    ) -> HandOverResult:
        return hand_over(
            self.warehouse, outbox, templates=self.templates, settings=self.settings, channels=self.channels,
            metrics=MetricsSpec(), fields=self.fields, active=active, as_of=as_of, now=now,
            root=self.folder, **more,
        )  # fmt: skip

    def states(self) -> dict[int, tuple[str, str | None]]:
        rows = self.warehouse.rows("select customer_key, state, reason from message order by customer_key")
        return {key: (state, reason) for key, state, reason in rows}


def settings(**changes: Any) -> ProjectSpec:
    return ProjectSpec.model_validate({
        "project": "shop", "title": "The Shop", "timezone": "America/New_York", "currency": "USD",
        "categories": {"news": {"title": "News"}, "service": {"title": "Service", "consent": "none"},
                       "offers": {"title": "Offers", "consent": "not_refused"}},
        "unsubscribe": {"url": "https://shop.example/u", "mailto": "leave@shop.example", "secret": "0123456789abcdef"},
    } | changes)  # fmt: skip


def file_channel() -> ChannelsSpec:
    return channel({"file": {"folder": Path("mail")}})


def note_channels() -> ChannelsSpec:
    """Channels whose messages become records in ``notes``."""
    route = {"file": {"folder": Path("notes")}}
    return ChannelsSpec.model_validate({
        "email": {"title": "E-mail", "sender": "shop@example.com", "route": {"file": {"folder": Path("mail")}}},
        "sms": {"title": "SMS", "sender": "Shop", "route": route, "segments": 2},
        "push": {"title": "Push", "route": route},
        "messenger": {"title": "Messengers", "route": route},
    })  # fmt: skip


def smtp_channel(port: int, *, attempts: int = 5, **route: Any) -> ChannelsSpec:
    smtp = {"host": "127.0.0.1", "port": port, "tls": "none", "timeout": 5, **route}
    return channel({"smtp": smtp}, attempts=attempts)


def channel(route: dict[str, Any], **other: Any) -> ChannelsSpec:
    email = {"title": "E-mail", "sender": "Лавка <news@shop.example>", "route": route, **other}
    return ChannelsSpec.model_validate({"email": email})


def queued(number: int, *, template: str, channel: str = "email", **changes: Any) -> Queued:
    values = {
        "message_key": f"{number:032x}", "channel": channel, "address": f"c{number}@example.com",
        "customer_id": str(number), "template": template, "context": '{"customer":{"first_name":"Анна"}}',
        "sender": "Shop <news@shop.example>",
        "reply_to": None, "unsubscribe_url": None, "unsubscribe_mailto": None, "feedback_id": "a:b:email:shop",
        "max_attempts": 3, "due_at": DUE, "expires_at": DUE + timedelta(days=2), "closes_at": None,
        **changes,
    }  # fmt: skip
    return Queued(**values)


SIMPLE = Template("simple", "Hello {{ customer.first_name }}", "", "<p>Hello {{ customer.first_name }}</p>", None)
