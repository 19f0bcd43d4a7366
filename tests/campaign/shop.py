"""A small shop of tables for the campaign stage, filled by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from smc.campaign.codes import Coded
from smc.campaign.plan import PlanResult, plan, watches_needed
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.poll import PollSpec
from smc.config.specs.project import ChannelsSpec, FieldsSpec, MetricsSpec, ProjectSpec
from smc.config.specs.promocode import PromocodesSpec
from smc.segment.watch import find_watched
from smc.send.check import printing_codes
from smc.warehouse import Warehouse

CHANNELS = ChannelsSpec.model_validate(
    {
        "email": {"title": "E-mail", "sender": "shop@example.com", "route": {"file": {"folder": "letters"}}},
        "sms": {"title": "SMS", "route": {"file": {"folder": "letters"}}},
        "push": {"title": "Push", "route": {"console": {}}},
        "viber": {"title": "Viber", "route": {"console": {}}},
    }
)


def settings(**more: Any) -> ProjectSpec:
    base = {
        "project": "shop",
        "title": "Shop",
        "timezone": "America/New_York",
        "currency": "USD",
        "categories": {
            "marketing": {"title": "Offers", "consent": "required"},
            "service": {"title": "Service", "consent": "not_refused"},
        },
        "unsubscribe": {"mailto": "stop@example.com", "secret": "0123456789abcdef"},
    }
    return ProjectSpec.model_validate(base | more)


def campaign(**more: Any) -> CampaignSpec:
    """A campaign that welcomes; every key can be replaced."""
    base: dict[str, Any] = {
        "title": "Welcome",
        "category": "marketing",
        "trigger": {"registered": {}},
        "steps": [{"email": {"template": "welcome"}}],
    }
    return CampaignSpec.model_validate(base | more)


DAY = timedelta(days=1)


def noon(day: date) -> datetime:
    """Noon UTC of a day, which is the same local day in New York."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@dataclass
class Shop:
    """Customers and facts by SQL, and nights of the campaign stage."""

    warehouse: Warehouse
    campaigns: dict[str, CampaignSpec] = field(default_factory=dict)
    mailings: dict[str, MailingSpec] = field(default_factory=dict)
    settings: ProjectSpec = field(default_factory=settings)
    promocodes: PromocodesSpec = field(default_factory=PromocodesSpec)
    polls: dict[str, PollSpec] = field(default_factory=dict)
    coded: frozenset[str] = frozenset()
    fields: FieldsSpec = field(default_factory=FieldsSpec)

    def customer(self, key: int, *, consent: str | None = "yes", **columns: Any) -> None:
        row = {"email": f"c{key}@example.com"} | columns
        self.warehouse.run("insert into customer_ident values ($key, $id)", key=key, id=f"c{key}")
        names = ", ".join(row)
        holes = ", ".join(f"${name}" for name in row)
        self.warehouse.run(f"insert into customer (customer_key, {names}) values ($key, {holes})", key=key, **row)
        if consent:
            self.warehouse.run(
                "insert into subscription values ($key, 'email', 'marketing', $state, $at, null, null)",
                key=key, state=consent, at=datetime(2017, 1, 1, tzinfo=UTC),
            )  # fmt: skip

    def receipts(self, key: int, *days: date, status: str = "paid", total: int = 10) -> None:
        """Receipts at noon and the metric row that the metric stage would make of them."""
        for number, day in enumerate(days):
            receipt = key * 1000 + number
            self.warehouse.run("insert into receipt_ident values ($key, $id)", key=receipt, id=f"r{receipt}")
            self.warehouse.run(
                "insert into receipt (receipt_key, customer_key, purchased_at, day, status, total)"
                " values ($receipt, $key, cast($day as timestamptz) + interval 12 hour, $day, $status, $total)",
                receipt=receipt, key=key, day=day, status=status, total=total,
            )  # fmt: skip
        columns = self.warehouse.rows(
            "select column_name, data_type from duckdb_columns()"
            " where table_name = 'customer_metric' and not is_nullable"
        )
        zeros = {name: 0 for name, kind in columns if kind != "DATE"}
        row = zeros | {"customer_key": key, "first_receipt": min(days), "last_receipt": max(days)}
        names, holes = ", ".join(row), ", ".join(f"${name}" for name in row)
        self.warehouse.run("delete from customer_metric where customer_key = $key", key=key)
        self.warehouse.run(f"insert into customer_metric ({names}) values ({holes})", **row)

    def put(self, table: str, **columns: Any) -> None:
        """A row of any table."""
        names, holes = ", ".join(columns), ", ".join(f"${name}" for name in columns)
        self.warehouse.run(f"insert into {table} ({names}) values ({holes})", **columns)

    def product(self, key: int, name: str, *, category: int | None = None, brand: str | None = None) -> None:
        self.put("product_ident", product_key=key, product_id=f"P{key}")
        self.put("product", product_key=key, name=name, category_key=category, brand=brand)

    def line(self, receipt: int, key: int, product: int, day: date, *, number: int = 1, amount: str = "10.00") -> None:
        """A line of a receipt of ``receipts``, which has the number ``customer * 1000 + n``."""
        self.put(
            "receipt_line", receipt_key=receipt, line_no=number, product_key=product, quantity=1,
            amount=Decimal(amount), customer_key=key, day=day, counted=True,
            category_key=self.warehouse.value("select category_key from product where product_key = $key", key=product),
        )  # fmt: skip

    def in_cart(self, key: int, product: int, at: datetime, *, container: str = "cart", price: str = "5.25") -> None:
        self.put("container", customer_key=key, container=container, product_key=product, quantity=2,
                 price=Decimal(price), added_at=at)  # fmt: skip

    def order(self, order: int, key: int | None, at: datetime, *, counted: bool = True, **columns: Any) -> None:
        self.put("order_ident", order_key=order, order_id=f"o{order}")
        day = at.astimezone(ZoneInfo(self.settings.timezone)).date()
        self.put(
            "customer_order", order_key=order, customer_key=key, ordered_at=at, day=day, counted=counted, **columns
        )

    def becomes(self, order: int, status: str, before: str | None, at: datetime | None, known_on: date) -> None:
        self.put("order_status_log", order_key=order, kind="payment", status=status, before=before, changed_at=at,
                 known_on=known_on)  # fmt: skip

    def event(self, event: str, key: int, name: str, at: datetime, **context: str) -> None:
        day = at.astimezone(ZoneInfo(self.settings.timezone)).date()
        self.warehouse.run(
            "insert into event select $event, $key, $name, $at, 'app', map($keys::varchar[], $values::varchar[]), $day",
            event=event, key=key, name=name, at=at, keys=list(context), values=list(context.values()), day=day,
        )  # fmt: skip

    def web_event(self, event: str, key: int, name: str, at: datetime, **columns: Any) -> None:
        day = at.astimezone(ZoneInfo(self.settings.timezone)).date()
        self.put("web_event", event_id=event, customer_key=key, name=name, occurred_at=at, day=day, **columns)

    def member(self, key: int, segment: str, entered: date, *, initial: bool = False, left: date | None = None) -> None:
        self.warehouse.run(
            "insert into segment_member values ($key, $segment, $entered, $left, $initial)",
            key=key, segment=segment, entered=entered, left=left, initial=initial,
        )  # fmt: skip

    def night(self, day: date, *, hour: int = 6) -> PlanResult:
        """The campaign stage of a day, with the rows it waits for; ``hour`` is UTC, and may be on the next day."""
        self.watch(day)
        return plan(
            self.warehouse,
            campaigns=self.campaigns,
            mailings=self.mailings,
            settings=self.settings,
            channels=CHANNELS,
            promocodes=self.promocodes,
            polls=self.polls,
            coded=Coded(self.coded, printing_codes),
            as_of=day,
            now=datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour),
            fields=self.fields,
        )

    def watch(self, day: date, campaigns: Mapping[str, CampaignSpec] | None = None) -> None:
        """What the segment stage of a day finds for the campaigns."""
        present, old = watches_needed(self.warehouse, self.campaigns if campaigns is None else campaigns, day)
        find_watched(self.warehouse, present, old, fields=self.fields, metrics=MetricsSpec(), as_of=day)

    def messages(self) -> list[tuple[str, str, str | None]]:
        """(customer id, template, reason) of every message, in a fixed order."""
        return self.warehouse.rows(
            "select i.customer_id, m.template, m.reason from message m join customer_ident i using (customer_key)"
            " order by m.planned_on, i.customer_key, m.template"
        )

    def state(self) -> Mapping[str, list[tuple[Any, ...]]]:
        """Everything the stage writes."""
        tables = (
            "entry", "step_log", "message", "tag_change", "campaign_version", "promocode_issue", "task", "accrual",
            "step_words",
        )  # fmt: skip
        return {table: sorted(self.warehouse.rows(f"from {table}"), key=repr) for table in tables}
