"""What happens to a small shop between two nights, written as the other stages write it, with their notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from smc.campaign.suppression import Suppressed, add, remove
from smc.config.specs.policy import GlobalControl
from smc.config.specs.rule import Rule, SegmentSpec
from smc.segment.control import draw
from smc.warehouse import Warehouse

FIRST = date(2017, 6, 23)
"""The day of the first refresh; rows of the worlds lie at the ends of the windows of June 30th."""
TAGS = ("t1", "t2", "t69")

Change = tuple[str, dict[str, Any]]
Project = tuple[dict[str, SegmentSpec], tuple[Rule, ...]]


@dataclass(frozen=True, slots=True)
class Night:
    """``days`` after the night before; none is the same day again."""

    days: int
    changes: tuple[Change, ...]
    project: Project


@dataclass(frozen=True, slots=True)
class Moment:
    """The day of the coming night and that of the night before."""

    as_of: date
    last: date


def touch(warehouse: Warehouse, *keys: int | None, table: str = "customer_touched") -> None:
    """As an import notes customers whose rows it changed."""
    for key in keys:
        if key is not None:
            warehouse.run(f"insert into {table} values ($key)", key=key)


def sold(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    """A receipt that is new, of any day."""
    key = warehouse.value("select coalesce(max(receipt_key), 0) + 1 from receipt")
    day: date = data["day"]
    at = datetime(day.year, day.month, day.day, 16, tzinfo=UTC)
    warehouse.run(
        "insert into receipt (receipt_key, customer_key, store_id, purchased_at, day, status, total) "
        "values ($key, $customer, $store, $at, $day, $status, $total)",
        key=key, at=at, day=day, customer=data["customer"], store=data["store"], status=data["status"],
        total=data["total"],
    )  # fmt: skip
    warehouse.run(
        "insert into receipt_line (receipt_key, line_no, product_key, quantity, amount, customer_key, day, counted, "
        "category_key) select $key, 1, $product, $quantity, $total, $customer, $day, $counted, "
        "(select category_key from product where product_key = $product)",
        key=key, product=data["product"], quantity=data["quantity"], total=data["total"], customer=data["customer"],
        day=day, counted=data["status"] != "cancelled",
    )  # fmt: skip
    touch(warehouse, data["customer"])


def corrected(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    """A receipt has another customer, day, state and sum now."""
    touch(warehouse, *_buyers(warehouse, data["nth"]), data["customer"])
    key = _receipt(warehouse, data["nth"])
    warehouse.run(
        "update receipt set customer_key = $customer, day = $day, status = $status, total = $total "
        "where receipt_key = $key",
        key=key, customer=data["customer"], day=data["day"], status=data["status"], total=data["total"],
    )  # fmt: skip
    warehouse.run(
        "update receipt_line set customer_key = $customer, day = $day, counted = $counted, amount = $total "
        "where receipt_key = $key",
        key=key, customer=data["customer"], day=data["day"], counted=data["status"] != "cancelled", total=data["total"],
    )  # fmt: skip


def taken_back(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    """A receipt is gone from the source."""
    touch(warehouse, *_buyers(warehouse, data["nth"]))
    key = _receipt(warehouse, data["nth"])
    for table in ("receipt", "receipt_line"):
        warehouse.run(f"delete from {table} where receipt_key = $key", key=key)


def _receipt(warehouse: Warehouse, nth: int) -> int | None:
    return warehouse.value("select receipt_key from receipt order by receipt_key offset $nth limit 1", nth=nth)  # type: ignore[no-any-return] # a key or nothing


def _buyers(warehouse: Warehouse, nth: int) -> list[int | None]:
    key = _receipt(warehouse, nth)
    return [row[0] for row in warehouse.rows("select customer_key from receipt where receipt_key = $key", key=key)]


def described(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    """A profile is new or different, or gone."""
    key = data["customer"]
    touch(warehouse, key)
    warehouse.run("delete from customer where customer_key = $key", key=key)
    if data["city"] != "":
        warehouse.run(
            "insert into customer by name select $key as customer_key, cast($city as varchar) as city, "
            "cast($city as varchar) as first_name, cast($day as date) as birth_date, "
            "cast($seen as timestamptz) as registered_at, cast(map() as map(varchar, varchar)) as custom",
            key=key, city=data["city"], day=data["day"], seen=data["seen"],
        )  # fmt: skip


def addressed(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    key = data["customer"]
    touch(warehouse, key)
    warehouse.run(
        "update customer set email = $email, phone = $phone where customer_key = $key",
        key=key, email=data["email"], phone=data["phone"],
    )  # fmt: skip


def listed(warehouse: Warehouse, at: Moment, data: dict[str, Any]) -> None:
    """Onto the suppression list, or off it."""
    row = warehouse.rows("select customer_id from customer_ident where customer_key = $key", key=data["customer"])[0]
    customers, addresses = (row, ()) if data["himself"] else ((), (data["address"],))
    which = Suppressed(addresses, customers, data["channel"])
    now = datetime(at.as_of.year, at.as_of.month, at.as_of.day, tzinfo=UTC)
    if data["off"]:
        remove(warehouse, which, person="test", now=now)
    else:
        add(warehouse, which, reason="test", person="test", now=now)


def permitted(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    key = data["customer"]
    touch(warehouse, key)
    warehouse.run(
        "delete from subscription where customer_key = $key and channel = 'email' and category = 'promo'", key=key
    )
    if data["state"] is not None:
        warehouse.run(
            "insert into subscription (customer_key, channel, category, state, changed_at) "
            "values ($key, 'email', 'promo', $state, timestamptz '2017-01-01 00:00:00Z')",
            key=key, state=data["state"],
        )  # fmt: skip


def tagged(warehouse: Warehouse, at: Moment, data: dict[str, Any]) -> None:
    """Lists tell their changes by days, so nobody is noted."""
    key, tag = data["customer"], data["tag"]
    warehouse.run(
        "insert into tag_past select customer_key, tag, added_on, $as_of, source, 'test' from tag_member "
        "where customer_key = $key and tag = $tag",
        key=key, tag=tag, as_of=at.as_of,
    )  # fmt: skip
    warehouse.run("delete from tag_member where customer_key = $key and tag = $tag", key=key, tag=tag)
    if data["inside"]:
        warehouse.run("insert into tag_member values ($key, $tag, $as_of, 'test')", key=key, tag=tag, as_of=at.as_of)


def tagged_by_campaign(warehouse: Warehouse, at: Moment, data: dict[str, Any]) -> None:
    """What the campaigns of the day before left for this night."""
    warehouse.run(
        "insert into tag_change values ($key, $tag, $inside, $day)",
        key=data["customer"], tag=data["tag"], inside=data["inside"], day=at.last,
    )  # fmt: skip


def measured(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    """Other metrics of a customer, or none any more."""
    key = data["customer"]
    touch(warehouse, key, table="segment_touched")
    if data["gone"]:
        warehouse.run("delete from customer_metric where customer_key = $key", key=key)
    warehouse.run(
        "update customer_metric set revenue = $revenue, receipts = $receipts, last_receipt = $day "
        "where customer_key = $key",
        key=key, revenue=data["revenue"], receipts=data["receipts"], day=data["day"],
    )  # fmt: skip


def measured_all(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    """A metric of the shop has another meaning now."""
    warehouse.run("insert into segment_touched values (null)")
    warehouse.run("update custom_metric set own_total = coalesce(own_total, 0) + $more", more=data["more"])


def scored(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    key = data["customer"]
    warehouse.run(
        """insert into rfm_touched
        select i.customer_key, f.recency, f.frequency, f.monetary, f.cell
        from customer_ident as i left join rfm as f on f.customer_key = i.customer_key
        where i.customer_key = $key and i.customer_key not in (select customer_key from rfm_touched)""",
        key=key,
    )  # fmt: skip
    warehouse.run("delete from rfm where customer_key = $key", key=key)
    if data["score"]:
        warehouse.run(
            "insert into rfm (customer_key, recency, frequency, monetary, cell) "
            "values ($key, $score, $score, 1, 'best')",
            key=key,
            score=data["score"],
        )


def moved_in_catalogue(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    """A product gets another category and brand; its buyers are noted."""
    new = {"product": data["product"], "category": data["category"], "brand": data["brand"]}
    warehouse.run("update product set category_key = $category, brand = $brand where product_key = $product", **new)
    warehouse.run(
        "update receipt_line set category_key = $category where product_key = $product "
        "and product_key in (select product_key from product)",
        product=new["product"], category=new["category"],
    )  # fmt: skip
    warehouse.run(
        "insert into customer_touched select customer_key from receipt_line "
        "where product_key = $product and customer_key is not null",
        product=new["product"],
    )  # fmt: skip


def placed(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    """A product gets another place in a further classifier, or loses it; its buyers are noted."""
    product, category = data["product"], data["category"]
    warehouse.run(
        "delete from product_category where product_key = $product and classifier = 'season'", product=product
    )
    if category is not None:
        text = "insert into product_category values ($product, 'season', $category)"
        warehouse.run(text, product=product, category=category)
    warehouse.run(
        "insert into customer_touched select customer_key from receipt_line "
        "where product_key = $product and customer_key is not null",
        product=product,
    )  # fmt: skip


def merged(warehouse: Warehouse, at: Moment, data: dict[str, Any]) -> None:
    """Two customers turn out to be one."""
    gone, stays = data["customer"], data["customer"] % 10 + 1
    touch(warehouse, gone, stays)
    for table in ("receipt", "receipt_line"):
        warehouse.run(f"update {table} set customer_key = $stays where customer_key = $gone", stays=stays, gone=gone)
    warehouse.run(
        "update segment_member set left_on = $as_of where customer_key = $gone and left_on is null",
        gone=gone, as_of=at.as_of,
    )  # fmt: skip
    for table in ("customer", "customer_metric", "custom_metric", "rfm", "rule_member"):
        warehouse.run(f"delete from {table} where customer_key = $gone", gone=gone)


def happened(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    """An event, of any day."""
    touch(warehouse, data["customer"])
    warehouse.run(
        "insert into event (event_id, customer_key, name, occurred_at, day) "
        "values (cast($number as varchar), $key, 'asked', cast($day as timestamptz), $day)",
        number=warehouse.value("select count(*) from event"), key=data["customer"], day=data["day"],
    )  # fmt: skip


def given_bonuses(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    key = data["customer"]
    touch(warehouse, key)
    warehouse.run("delete from bonus_balance where customer_key = $key", key=key)
    warehouse.run(
        "insert into bonus_balance (customer_key, account, active, expires_on) values ($key, 'main', 5, $day)",
        key=key, day=data["day"],
    )  # fmt: skip


def filled_cart(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    touch(warehouse, data["customer"])
    warehouse.run(
        "insert into container (customer_key, container, product_key) values ($key, 'cart', $product)",
        key=data["customer"], product=data["product"],
    )  # fmt: skip


def stocked(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    """Stocks belong to no customer, so nobody is noted."""
    warehouse.run(
        "update product set stock = $stock where product_key = $product", stock=data["stock"], product=data["product"]
    )


def planned(warehouse: Warehouse, at: Moment, data: dict[str, Any]) -> None:
    """The campaigns of the night before planned a message, after the segments of that night."""
    number = warehouse.value("select count(*) from message")
    warehouse.run(
        """insert into message by name select
            cast($number as varchar) as message_key, 'e' as entry_key, 'welcome' as campaign, 'campaign' as kind,
            1 as version, 1 as step, $key as customer_key, 'email' as channel, 'promo' as category, 't' as template,
            'test' as arm, $day as planned_on, cast($day as timestamptz) as due_at,
            cast($day as timestamptz) as expires_at, $state as state""",
        number=number, key=data["customer"], day=at.last, state=data["state"],
    )  # fmt: skip


def settled(warehouse: Warehouse, at: Moment, data: dict[str, Any]) -> None:
    """What became of a message is read back, and the customer is noted."""
    key = warehouse.value("select message_key from message order by message_key offset $nth limit 1", nth=data["nth"])
    left = at.last if data["state"] == "accepted" else None
    warehouse.run(
        "update message set state = $state, left_on = coalesce(left_on, $left) where message_key = $key",
        key=key, state=data["state"], left=left,
    )  # fmt: skip
    warehouse.run("insert into segment_touched select customer_key from message where message_key = $key", key=key)


def entered(warehouse: Warehouse, at: Moment, data: dict[str, Any]) -> None:
    """Into a campaign, in the night before."""
    warehouse.run(
        """insert into entry by name select
            cast($number as varchar) as entry_key, 'welcome' as campaign, 'campaign' as kind, 1 as version,
            $key as customer_key, cast($number as varchar) as occurrence, $day as entered_on, $arm as arm,
            1 as step, cast($day as timestamptz) as due_at""",
        number=warehouse.value("select count(*) from entry"), key=data["customer"], day=at.last, arm=data["arm"],
    )  # fmt: skip


def stepped(warehouse: Warehouse, at: Moment, data: dict[str, Any]) -> None:
    """A step of a campaign in the night before, for some the last one."""
    key = warehouse.value("select entry_key from entry order by entry_key offset $nth limit 1", nth=data["nth"])
    if key is not None:
        warehouse.run("insert into step_log values ($key, 1, 1, $day, 'passed')", key=key, day=at.last)
    if data["out"]:
        warehouse.run(
            "update entry set exited_on = $day, exit_reason = 'finished', step = null "
            "where entry_key = $key and exited_on is null",
            key=key, day=at.last,
        )  # fmt: skip


def drawn(warehouse: Warehouse, at: Moment, data: dict[str, Any]) -> None:
    """The night draws the global control group, which the project may have changed since."""
    percent = data["percent"]
    setting = None if percent is None else GlobalControl(percent=percent, salt=data["salt"])
    draw(warehouse, setting, at.as_of)


def controlled(warehouse: Warehouse, _: Moment, data: dict[str, Any]) -> None:
    """A feed brought the list of another system."""
    touch(warehouse, data["customer"])
    warehouse.run(
        "insert into control_member values ($key, 'global', $starts, $ends)",
        key=data["customer"], starts=data["starts"], ends=data["ends"],
    )  # fmt: skip
