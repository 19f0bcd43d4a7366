"""Figures over facts by hand: what they are, what is too large, what had happened by a past day, parts, the proof."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from smc.config.metrics import catalog
from smc.config.specs.metric import MetricsSpec
from smc.config.specs.project import RfmSpec
from smc.metric import scope
from smc.metric.compute import MetricResult, compute
from smc.metric.receipts import READS
from smc.metric.verify import verify
from smc.warehouse import Warehouse, sql
from tests.metric.own_metrics import FIELDS, OWN
from tests.metric.shop_of_facts import ZONE, World

AS_OF = date(2024, 3, 10)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    path: Path = tmp_path_factory.mktemp("figures") / "warehouse.duckdb"
    with Warehouse.open(path, timezone=str(ZONE), memory="1GB", threads=2) as warehouse:
        warehouse.run("create table mart_scores (customer_key bigint, churn decimal(18, 4))")
        warehouse.run("create table mart_visits (customer_key bigint, place varchar, seen date)")
        yield World(warehouse)


@pytest.fixture
def shop(world: World) -> World:
    """Nothing but customers and products."""
    world.clear(random.Random(0))  # noqa: S311 - repeatable chance, no secret
    return world


def run(world: World, own: dict[str, Any] | None = None, as_of: date = AS_OF, *, full: bool = False) -> MetricResult:
    spec = MetricsSpec.model_validate({"metrics": own or {}})
    return compute(world.warehouse, metrics=spec, rfm=RfmSpec(), fields=FIELDS, as_of=as_of, full=full)


def plan(metrics: MetricsSpec, as_of: date) -> Any:
    """What compute and verify take."""
    return {"metrics": metrics, "rfm": RfmSpec(), "fields": FIELDS, "as_of": as_of}


def read(world: World, *names: str, own: dict[str, Any] | None = None, customer: int = 1, as_of: date = AS_OF) -> Any:
    """Values of metrics as rules and templates read them."""
    known = catalog(MetricsSpec.model_validate({"metrics": own or {}}), FIELDS)
    text = ", ".join(known[name].read for name in names)
    holes = {"as_of": as_of} if "$as_of" in text else {}
    query = f"""
        select {text} from customer_ident as i
        left join customer_metric as m on m.customer_key = i.customer_key
        left join customer_activity as a on a.customer_key = i.customer_key
        left join custom_metric as x on x.customer_key = i.customer_key
        where i.customer_key = $customer
    """
    return world.warehouse.rows(sql(query, customer=customer, **holes))[0]


def at(days: int) -> datetime:
    return datetime(AS_OF.year, AS_OF.month, AS_OF.day, 17, tzinfo=UTC) - timedelta(days=days)


def receipt(world: World, total: Decimal | int, days: int = 0, customer: int = 1) -> None:
    key = world.fresh("receipt")
    day = at(days).date()
    world.put(
        "receipt", receipt_key=key, customer_key=customer, purchased_at=at(days), day=day, status="paid", total=total
    )
    world.touch(customer)


def message(world: World, channel: str, state: str, days: int) -> None:
    key = str(world.fresh("message"))
    world.put(
        "message", message_key=key, entry_key=key, campaign="A", kind="campaign", version=1, step=1, customer_key=1,
        channel=channel, category="n", template="t", arm="test", planned_on=at(days).date(), due_at=at(days),
        expires_at=at(days), state=state,
    )  # fmt: skip


def reaction(world: World, state: str, mailing: str, days: int) -> None:
    key = str(world.fresh("reaction"))
    world.put("past_message_event", event_id=key, mailing=mailing, customer_key=1, state=state, occurred_at=at(days),
              day=at(days).date())  # fmt: skip


def test_messages_and_reactions_are_counted_per_channel_and_window(shop: World) -> None:
    message(shop, "email", "delivered", 3)
    message(shop, "email", "bounced", 3)
    message(shop, "sms", "accepted", 29)
    message(shop, "sms", "accepted", 30)
    shop.warehouse.run("update past_mailing set channel = 'email'")
    message(shop, "push", "accepted", 30)
    message(shop, "push", "accepted", 31)
    for state, mailing, days in (("opened", "M1", 2), ("opened", "M1", 1), ("clicked", "M1", 1), ("opened", "M2", 40)):
        reaction(shop, state, mailing, days)
    for channel in ("viber", "viber", "messenger", "in_app", "popup"):
        message(shop, channel, "delivered", 40)
    for channel, days in (("viber", 40), ("messenger", 3), ("in_app", 3), ("popup", 3)):
        name = f"of {channel}"
        shop.put("past_mailing", mailing=name, channel=channel, starts_on=at(50).date())
        reaction(shop, "opened", name, days)
    run(shop)
    assert read(shop, "messages", "messages_email", "messages_sms_30d", "messages_push_30d") == (10, 1, 2, 1)
    assert read(shop, "messages_viber", "messages_viber_30d", "messages_popup_90d", "messages_in_app") == (2, 0, 1, 1)
    assert read(shop, "opened_viber_90d", "opened_viber_30d", "opened_messenger_month", "clicked_popup") == (1, 0, 1, 0)
    assert read(shop, "opened", "opened_email_30d", "opened_sms", "clicked_30d") == (6, 1, 0, 1)
    assert read(shop, "days_since_last_message", "days_since_last_opened", "days_since_last_order") == (3, 1, None)
    assert read(shop, "messages", customer=2) == (0,)


def test_a_message_counts_from_the_day_after_the_one_on_which_it_left(shop: World) -> None:
    """A run that is repeated behind the sender must find what it found before."""
    message(shop, "email", "queued", 3)
    run(shop)
    assert read(shop, "messages", "days_since_last_message") == (0, None)
    shop.warehouse.run("update message set state = 'accepted', left_on = $day", day=AS_OF)
    shop.warehouse.run("insert into customer_touched values (1)")
    run(shop)
    assert read(shop, "messages", "days_since_last_message") == (0, None)
    later = AS_OF + timedelta(days=1)
    run(shop, as_of=later)
    assert read(shop, "messages", "days_since_last_message", as_of=later) == (1, 1)


def test_a_field_of_what_rows_name_moves_the_figures_of_their_customers(shop: World) -> None:
    """The shop's fields of codes, products, stores and categories: nobody is noted when they change."""
    own = {
        name: {"title": "T", "aggregate": "max", "over": over, "field": field}
        for name, over, field in (
            ("code", "promocodes", "rank"), ("product", "lines", "product_rank"),
            ("seen", "web_events", "product_rank"), ("store", "receipts", "store_rank"),
            ("category", "lines", "category_rank"),
        )
    }  # fmt: skip
    receipt(shop, 5)
    shop.warehouse.run("update receipt set store_id = 'S1'")
    shop.put("receipt_line", receipt_key=1, line_no=1, product_key=1, quantity=1, amount=5, customer_key=1,
             day=AS_OF, counted=True, category_key=1)  # fmt: skip
    shop.put("web_event", event_id="1", customer_key=1, name="view", occurred_at=at(1), product_key=2, day=at(1).date())
    shop.put("promocode", code="c", pool="p", customer_key=2)
    shop.put("promocode_use", code="c", pool="p", customer_key=1, used_on=AS_OF)
    shop.put("category", category_key=1)
    run(shop, own)
    assert read(shop, *own, own=own) == (None,) * len(own)
    for rank, table in enumerate(("promocode", "product", "store", "category"), start=1):
        shop.warehouse.run(f"update {table} set custom = map {{'rank': '{rank}'}}")
        run(shop, own)
        wanted = tuple(of if of <= rank else None for of in (1, 2, 2, 3, 4))
        assert read(shop, *own, own=own) == wanted, table


def test_bonuses_promocodes_visits_and_orders(shop: World) -> None:
    for account, active, expires in (("main", 5, AS_OF + timedelta(days=9)), ("gift", 2, AS_OF + timedelta(days=4))):
        shop.put(
            "bonus_balance", customer_key=1, account=account, active=active, pending=1, expiring=1, expires_on=expires
        )
    shop.put("promocode", code="c", pool="p", customer_key=1)
    shop.put("promocode", code="d", pool="p", customer_key=1)
    for visit, days in enumerate((31, 29)):
        given = {"issued_on": AS_OF - timedelta(days=days), "repeated": visit > 0, "recognised": False}
        shop.put("promocode_issue", entry_key="e", step=1, visit=visit, campaign="c", customer_key=1, pool="p",
                 code="d", **given)  # fmt: skip
    shop.put("promocode_use", code="c", pool="p", customer_key=1, used_on=AS_OF - timedelta(days=30))
    for days in (0, 0, 5):
        when = {"occurred_at": at(days), "day": at(days).date()}
        shop.put("web_event", event_id=str(shop.fresh("web")), customer_key=1, name="view", **when)
    for counted in (True, False):
        when = {"ordered_at": at(1), "day": at(1).date()}
        shop.put("customer_order", order_key=shop.fresh("order"), customer_key=1, total=7, counted=counted, **when)
    run(shop)
    assert read(shop, "bonus_active", "bonus_pending", "bonus_expiring", "days_until_bonus_expires") == (7, 2, 2, 4)
    assert read(shop, "promocodes_issued", "promocodes_redeemed", "promocodes_redeemed_30d") == (2, 1, 0)
    assert read(shop, "promocodes_issued_30d", "promocodes_issued_90d", "promocodes_issued_month") == (0, 1, 0)
    assert read(shop, "site_visits", "site_visits_month", "days_since_last_site_visit") == (2, 2, 0)
    assert read(shop, "orders", "orders_total_30d", "days_since_last_order") == (1, 7, 1)


def test_details_of_events_are_read_as_numbers(shop: World) -> None:
    for amount in ("2.5", "10", "many", None):
        context = {"amount": amount, "paid": "true"} if amount else {"other": "1"}
        shop.put("event", event_id=str(shop.fresh("event")), customer_key=1, name="bill", occurred_at=at(1),
                 day=at(1).date(), context=context)  # fmt: skip
    field = {"title": "T", "over": "events", "field": "context.amount"}
    count = {"title": "T", "over": "events", "aggregate": "count"}
    own = {
        **{name: {**field, "aggregate": name} for name in ("sum", "avg", "min", "max", "median", "distinct")},
        "more": {**count, "where": {"context.amount": {"more": 5}}},
        "same": {**count, "where": {"context.amount": 10}},
        "paid": {**count, "where": {"context.paid": True}},
        "text": {**count, "where": {"context.amount": {"in": ["10", "many"]}}},
    }
    run(shop, own)
    assert read(shop, *own, own=own) == (12.5, 6.25, 2.5, 10, 6.25, 3, 1, 1, 3, 2)


def test_a_line_that_was_brought_back_is_in_sums_alone(shop: World) -> None:
    """Two paid receipts, one with a line of another category that takes back, and one that is returned as a whole."""
    for status, lines in (("paid", ((1, 2, 10), (3, -1, -4))), ("paid", ((1, 1, 5),)), ("returned", ((1, -1, -5),))):
        key, total = shop.fresh("receipt"), sum(amount for _, _, amount in lines)
        shop.put("receipt", receipt_key=key, customer_key=1, purchased_at=at(1), day=at(1).date(), status=status,
                 total=total)  # fmt: skip
        for number, (product, quantity, amount) in enumerate(lines):
            shop.put("receipt_line", receipt_key=key, line_no=number, product_key=product, quantity=quantity,
                     amount=amount, customer_key=1, day=at(1).date(), counted=True)  # fmt: skip
    over = {"title": "T", "over": "lines"}
    back = {**over, "where": {"product": "P3"}}
    own = {
        "lines": {**over, "aggregate": "count"},
        "paid_lines": {**over, "aggregate": "count", "where": {"status": "paid"}},
        "returned_lines": {**over, "aggregate": "count", "where": {"status": "returned"}},
        "pieces": {**over, "aggregate": "sum", "field": "quantity"},
        "least": {**over, "aggregate": "min", "field": "amount"},
        "bought": {**back, "aggregate": "count"},
        "brought_back": {**back, "aggregate": "sum", "field": "amount"},
        "with_it": {**back, "aggregate": "count", "over": "receipts"},
    }
    run(shop, own)
    assert read(shop, *own, own=own) == (2, 2, 1, 1, 5, 0, -4, 0)
    assert read(shop, "receipts", "items", "lines_amount", own=own) == (2, 1, 6)


def test_what_is_too_large_or_divided_by_zero_is_null_and_counted(shop: World) -> None:
    huge = Decimal("9999999999999999.00")
    receipt(shop, huge)
    receipt(shop, huge, 1)
    receipt(shop, 10, customer=2)
    own = {
        "all": {"title": "A", "aggregate": "sum", "over": "receipts", "field": "total"},
        "per_day": {"title": "P", "expression": "receipts / (visits - 1)"},
        "power": {"title": "W", "expression": " * ".join(["all"] * 25)},
    }
    shop.warehouse.run("update receipt set total = 99999999999999.00 where customer_key = 2")
    result = run(shop, own)
    nulls = dict(result.nulls)
    assert (nulls["revenue"], nulls["revenue_30d"], nulls["all"]) == (1, 1, 1)
    assert (nulls["median_receipt"], nulls["per_day"], nulls["power"]) == (1, 1, 1)
    assert read(shop, "receipts", "revenue", "average_receipt", "all", "power", own=own) == (2, None, None, None, None)
    assert read(shop, "revenue", "per_day", "power", own=own, customer=2) == (Decimal("99999999999999.00"), None, None)
    assert read(shop, "revenue", "all", own=own, customer=3) == (0, 0)


def test_a_past_day_takes_in_what_had_happened_by_then(shop: World) -> None:
    """Over every fact with a time: rows of the days after it are as good as not there."""
    for number in range(5):
        shop.chance.seed(number)
        for write in (shop.receipt, shop.order, shop.event, shop.web, shop.reaction, shop.use, shop.past, shop.bonus):
            write()
    day = shop.day - timedelta(days=5)
    spec = plan(OWN, day)
    tables = ("customer_metric", "customer_activity", "custom_metric")
    compute(shop.warehouse, **spec)
    with_later = [shop.warehouse.rows(f"from {table} order by customer_key") for table in tables]
    for table in (
        "receipt",
        "customer_order",
        "event",
        "web_event",
        "past_message_event",
        "receipt_line",
        "order_line",
    ):
        shop.warehouse.run(f"delete from {table} where day > $day", day=day)
    shop.warehouse.run("delete from promocode_use where used_on > $day", day=day)
    shop.warehouse.run("delete from past_message where delivered_on > $day", day=day)
    shop.warehouse.run("delete from bonus_balance where cast(changed_at as date) > $day", day=day)
    compute(shop.warehouse, full=True, **spec)
    assert [shop.warehouse.rows(f"from {table} order by customer_key") for table in tables] == with_later
    assert any(with_later)


@pytest.mark.parametrize("parts", [2, 5])
def test_a_computation_in_parts_is_the_same(shop: World, parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        shop.night()
    spec = plan(OWN, shop.day)
    compute(shop.warehouse, **spec)
    monkeypatch.setattr(scope, "_needed", lambda *_, **__: parts - 1)
    monkeypatch.setattr(scope, "_limit", lambda *_: 1)
    assert len(list(scope.Scope().parts(shop.warehouse, READS))) == parts
    assert verify(shop.warehouse, **spec).first == ()


def test_parts_follow_from_the_rows_and_the_memory(shop: World) -> None:
    assert len(list(scope.Scope().parts(shop.warehouse, READS))) == 1
    shop.warehouse.run("insert into receipt_line (receipt_key, line_no, product_key, quantity, amount, counted) "
                       "select 1, 1, 1, 1, 1, true from range(12_000_000)")  # fmt: skip
    parts = list(scope.Scope().parts(shop.warehouse, READS))
    assert len(parts) == 3
    assert parts[0].keys is not None
    assert parts[0].keys[0] == 0
    assert [part.keys[1] for part in parts if part.keys][-1] == 9
    assert [one.keys[1] for one in parts[:-1] if one.keys] == [one.keys[0] for one in parts[1:] if one.keys]
    shop.warehouse.run("delete from receipt_line")


def test_the_proof_tells_rows_that_differ_and_leaves_them(shop: World) -> None:
    receipt(shop, 5)
    receipt(shop, 6, customer=2)
    message(shop, "email", "delivered", 1)
    spec = plan(MetricsSpec(), AS_OF)
    assert verify(shop.warehouse, **spec).differing == 0
    shop.warehouse.run("update customer_metric set revenue = 7, visits = 9 where customer_key = 2")
    shop.warehouse.run("delete from customer_activity")
    for _ in range(2):  # it changes nothing, so it finds the same again
        found = verify(shop.warehouse, **spec)
        assert found.differing == 2
        assert [str(one) for one in found.first] == [
            "customer_metric, customer C2: revenue, visits",
            "customer_activity, customer C1: only one of the two has a row",
        ]


def test_who_was_computed_is_left_for_the_segments(shop: World) -> None:
    receipt(shop, 5)
    noted = "select customer_key from segment_touched order by all"
    run(shop)
    assert shop.warehouse.rows(noted) == [(None,)]
    shop.warehouse.run("delete from segment_touched")
    receipt(shop, 6, customer=2)
    run(shop)
    assert shop.warehouse.rows(noted) == [(2,)]
    run(shop, {"calls": {"title": "C", "aggregate": "count", "over": "events"}})
    assert shop.warehouse.rows(noted) == [(None,)]


def test_a_new_metric_touches_nobody(shop: World) -> None:
    """Neither stores and products, which were not read last time, nor its own window make others be computed."""
    for customer in range(1, 5):
        receipt(shop, 5, 40 + customer, customer)
    day = {"occurred_at": at(10), "day": at(10).date()}
    shop.put("web_event", event_id="w", customer_key=5, name="view", **day)
    shop.warehouse.run("update receipt set store_id = (select min(store_id) from store)")
    own: dict[str, Any] = {"old": {"title": "O", "aggregate": "count", "over": "receipts"}}
    run(shop, own)
    own["towns"] = {"title": "T", "aggregate": "distinct", "over": "receipts", "field": "store_city"}
    own["named"] = {"title": "N", "aggregate": "count", "over": "lines", "where": {"product_name": {"empty": True}}}
    own["week"] = {"title": "W", "aggregate": "count", "over": "web_events", "window": 10}
    tomorrow = AS_OF + timedelta(days=1)
    result = run(shop, own, tomorrow)
    assert (result.own, result.computed) == (("towns", "named", "week"), 0)
    assert verify(shop.warehouse, **plan(MetricsSpec.model_validate({"metrics": own}), tomorrow)).first == ()
    shop.warehouse.run("update store set city = 'elsewhere'")
    assert run(shop, own, tomorrow).computed == 4
