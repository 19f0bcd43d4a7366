"""A small shop in which customers do everything that conditions on rows ask for, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from smc.config.specs.project import (
    CategorySettings,
    CustomerFieldSpec,
    CustomFieldSpec,
    FieldsSpec,
    MartFieldSpec,
    MartSpec,
    OrderStatusesSpec,
    OrderStatusSpec,
)
from smc.warehouse import Warehouse
from tests.segment.worlds import AS_OF, CATALOGUE, STORES, TEXTS, ZONE, maybe

Row = dict[str, Any]
"""Fields of the fact by their names, and ``customer``."""

PEOPLE = (1, 2, 3, 4, 11)
"""Keys; 11 has no profile."""
CODES = ("new", "o'k", "void")
_STATUS = {code: OrderStatusSpec(title=code, counts=code != "void") for code in CODES}
_TIP = {"tip": CustomFieldSpec(title="Tip", type="decimal")}
FIELDS = FieldsSpec(
    customer={"source_code": CustomerFieldSpec(title="Code", type="string")},
    product=_TIP, receipt=_TIP, promocode=_TIP, card=_TIP, container=_TIP, bonus_balance=_TIP,
    order_statuses=OrderStatusesSpec(general=_STATUS, delivery=_STATUS, payment=_STATUS),
    marts={
        "pets": MartSpec(
            title="Pets", rows="many", key=("pet",),
            fields={
                "pet": MartFieldSpec(title="Pet", type="string"), "born": MartFieldSpec(title="Born", type="date"),
                "weight": MartFieldSpec(title="Weight", type="decimal"),
                "chip": MartFieldSpec(title="Chip", type="boolean"),
            },
        )
    },
)  # fmt: skip
CATEGORIES = {
    "promo": CategorySettings(title="P", consent="required", channels={"email": "not_refused", "push": "none"}),
    "service": CategorySettings(title="S", consent="not_refused", channels={"sms": "required"}),
    "legal": CategorySettings(title="L", consent="none"),
}
CAMPAIGNS = ("welcome", "it's")

_BACK = (-1, 0, 0, 1, 2, 6, 7, 29, 30, 110)
DAYS = st.sampled_from(_BACK).map(lambda back: AS_OF - timedelta(days=back))
_EDGES = tuple(
    datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    for day in (AS_OF, AS_OF - timedelta(days=1), AS_OF - timedelta(days=6), AS_OF + timedelta(days=1),
                date(2017, 3, 12), date(2017, 3, 13), date(2016, 11, 6))  # the last ones: clocks change
    for hour, minute in ((0, 0), (0, 30), (23, 59), (12, 0))
)  # fmt: skip
INSTANTS = st.sampled_from(_EDGES)
MONEY = st.sampled_from(tuple(map(Decimal, ("-5.00", "0.00", "5.00", "9.99", "10.00", "10.01"))))
PIECES = st.sampled_from(tuple(map(Decimal, ("1", "2", "0.5"))))
PRODUCTS = st.sampled_from((1, 2, 3, 4, 5, 6))
TEXT = st.sampled_from(TEXTS)
CODE = st.sampled_from(CODES)
CHANNEL = st.sampled_from(("email", "sms"))
CAMPAIGN = st.sampled_from(CAMPAIGNS)
SOMEBODY = st.sampled_from((*PEOPLE, 1, 1, 1, 2, 2))
WHO = st.sampled_from((*PEOPLE, 1, 1, 1, 2, 2, None))


def local_day(instant: datetime | None) -> date | None:
    return None if instant is None else instant.astimezone(ZoneInfo(ZONE)).date()


_TIPS = {1: "10.00", 3: "0.00", 4: "-5.00"}
"""The shop's own field of some products."""


def goods(product: int | None) -> Row:
    """What a row of a product knows from the catalogue."""
    brand, category = CATALOGUE.get(product or 0, (None, None))
    tip = _TIPS.get(product or 0)
    return {"product_id": product, "brand": brand, "category_id": category, "product_tip": tip and Decimal(tip)}


def _row(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(parts)


def _dated(instant: str, rows: st.SearchStrategy[Row]) -> st.SearchStrategy[Row]:
    return rows.map(lambda row: {**row, "day": local_day(row[instant])})


def _with_goods(rows: st.SearchStrategy[Row]) -> st.SearchStrategy[Row]:
    return rows.map(lambda row: {**row, **goods(row["product_id"])})


def _counted(row: Row) -> Row:
    return {**row, "counted": all(row[name] != "void" for name in ("status", "delivery_status", "payment_status"))}


_ORDERED = {
    "customer": WHO, "store_id": maybe(st.sampled_from(STORES)), "ordered_at": maybe(INSTANTS), "status": maybe(CODE),
    "delivery_status": maybe(CODE), "payment_status": maybe(CODE), "total": maybe(MONEY),
}  # fmt: skip
FACTS: dict[str, st.SearchStrategy[Row]] = {
    "receipts": _dated("purchased_at", _row(
        customer=WHO, store_id=maybe(st.sampled_from(STORES)), purchased_at=INSTANTS,
        status=st.sampled_from(("paid", "paid", "returned", "cancelled")), total=MONEY, promocode=maybe(TEXT),
        tip=maybe(MONEY),
    )),
    "orders": _dated("ordered_at", _row(**_ORDERED).map(_counted)),
    "order_lines": _with_goods(_row(
        customer=WHO, product_id=PRODUCTS, quantity=PIECES, amount=MONEY, day=DAYS, counted=st.booleans(),
        status=maybe(CODE),
    )),
    "events": _dated("occurred_at", _row(
        customer=WHO, name=TEXT, occurred_at=INSTANTS, source=maybe(TEXT),
        context=st.dictionaries(st.sampled_from(("color", "it's", "size")), TEXT | st.sampled_from(("5", "9.99", "true",
                                "2017-06-29")), max_size=2),
    )),
    "web_events": _dated("occurred_at", _row(
        customer=WHO, name=st.sampled_from(("view", "search")), occurred_at=INSTANTS, page=maybe(TEXT),
        product_id=maybe(PRODUCTS), own_category=maybe(st.sampled_from((1, 2, 3, 4))), price=maybe(MONEY),
    )).map(lambda row: {**row, **goods(row["product_id"]),
                        "category_id": row["own_category"] or goods(row["product_id"])["category_id"]}),
    "containers": _dated("added_at", _with_goods(_row(
        customer=SOMEBODY, container=st.sampled_from(("cart", "it's")), product_id=PRODUCTS, quantity=maybe(PIECES),
        price=maybe(MONEY), added_at=maybe(INSTANTS), tip=maybe(MONEY),
    ))),
    "messages": _row(
        customer=SOMEBODY, campaign=CAMPAIGN, kind=st.sampled_from(("campaign", "past", "told")), channel=CHANNEL,
        category=st.sampled_from(("promo", "service")), arm=st.sampled_from(("test", "control")),
        state=st.sampled_from(("planned", "suppressed", "accepted", "delivered", "bounced", "expired", "unknown")),
        day=DAYS,
    ),
    "reactions": _dated("occurred_at", _row(
        customer=SOMEBODY, campaign=st.sampled_from(("spring", "unknown")), occurred_at=INSTANTS, detail=maybe(TEXT),
        reaction=st.sampled_from(("opened", "clicked", "bounced", "complained", "unsubscribed")),
    ).map(lambda row: {**row, "channel": "sms" if row["campaign"] == "spring" else None})),
    "promocodes": _row(
        customer=SOMEBODY, happened=st.sampled_from(("issued", "used")), group=st.sampled_from(("A", "it's")), day=DAYS,
        valid_to=maybe(DAYS), tip=maybe(MONEY),
        fed=st.booleans(),
    ).map(lambda row: {**row, "day": None if row["happened"] == "issued" and row["fed"] else row["day"]}),
    "cards": _dated("issued_at", _row(
        customer=WHO, status=maybe(TEXT), level=maybe(st.sampled_from(("gold", "o'k"))), issued_at=maybe(INSTANTS),
        active=maybe(st.booleans()), tip=maybe(MONEY),
    )),
    "bonuses": _row(
        customer=SOMEBODY, account=st.sampled_from(("main", "gift")), active=maybe(MONEY), expiring=maybe(MONEY),
        expires_on=maybe(DAYS), tip=maybe(MONEY),
    ),
    "poll_answers": _dated("answered_at", _row(
        customer=SOMEBODY, poll=st.sampled_from(("nps", "it's")), question=st.sampled_from(("q1", "q2")), answer=TEXT,
        answered_at=maybe(INSTANTS),
    )),
    "pets": _row(
        customer=SOMEBODY, pet=TEXT, born=maybe(DAYS), weight=maybe(MONEY), chip=maybe(st.booleans()),
    ),
    "entries": _row(
        customer=SOMEBODY, campaign=CAMPAIGN, arm=st.sampled_from(("test", "control")), day=DAYS,
        exited_on=maybe(DAYS), exit_reason=maybe(st.sampled_from(("finished", "rule"))),
    ),
    "steps": _row(
        customer=SOMEBODY, campaign=CAMPAIGN, arm=st.just("test"), step=st.integers(1, 3), day=DAYS,
        outcome=st.sampled_from(("passed", "messaged")),
    ),
}  # fmt: skip

PROFILE = _row(
    email=maybe(st.sampled_from(("a@b.example", " A@B.example", "c@d.example", "c@d"))),
    email_status=maybe(st.sampled_from((0, 3, 29, 30, 38))),
    phone=maybe(st.sampled_from(("+4915112345678", "+4915112345678", "0151"))),
    phone_status=maybe(st.sampled_from((0, 30))),
    phone_type=maybe(st.sampled_from(("mobile", "landline", "unknown", "voip", "premium"))),
    active=maybe(st.booleans()),
    points=st.lists(st.tuples(st.sampled_from(("push", "sms", "telegram", "viber")), maybe(st.booleans())), max_size=2),
    listed=st.sampled_from((None, None, "email", "phone", "point", "customer")), taken_off=st.booleans(),
    listed_for=st.sampled_from((None, None, "email", "sms", "push", "messenger")),
    permissions=st.dictionaries(
        st.tuples(st.sampled_from(("email", "sms", "push")), st.sampled_from(("promo", "service"))),
        st.sampled_from(("yes", "no")), max_size=3,
    ),
    control=st.lists(st.tuples(st.sampled_from(("global", "welcome")), maybe(DAYS), maybe(DAYS)), max_size=2),
    birth_date=maybe(st.sampled_from((
        date(1980, 2, 28), date(1980, 2, 29), date(1980, 3, 1), date(2000, 6, 30), date(1999, 7, 1), date(1999, 7, 7),
        date(2017, 6, 30), date(1990, 12, 31), date(1990, 1, 1), date(1985, 6, 29),
    ))),
    source_code=maybe(st.sampled_from(("a", "b'", "z"))),
)  # fmt: skip
DICTIONARY: tuple[tuple[str, str, str | None, dict[str, str]], ...] = (
    ("sources", "a", "Shop", {"kind": "own"}), ("sources", "b'", None, {"kind": "O'Hara"}), ("sources", "c", "Web", {}),
    ("others", "z", "Shop", {}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deeds:
    """``profiles`` by key, of those who have one; ``rows`` by fact."""

    profiles: Mapping[int, Row]
    rows: Mapping[str, list[Row]] = field(default_factory=dict)

    def of(self, fact: str, key: int) -> list[Row]:
        return [row for row in self.rows.get(fact, []) if row["customer"] == key]


def deeds(*facts: str) -> st.SearchStrategy[Deeds]:
    """Some rows of each of these facts."""
    rows = st.fixed_dictionaries({name: st.lists(FACTS[name], min_size=2, max_size=10) for name in facts})
    profiles = st.fixed_dictionaries({key: PROFILE for key in PEOPLE if key != 11})
    return st.builds(Deeds, profiles, rows.map(_distinct))


def _distinct(rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """A mailing of the past sends one message to a customer."""
    found: dict[Any, Row] = {}
    for number, row in enumerate(rows.get("messages", [])):
        past = row["kind"] != "campaign"
        found[(row["customer"], row["campaign"]) if past else number] = _past(row) if past else row
    return {**rows, "messages": list(found.values())} if "messages" in rows else rows


def _past(row: Row) -> Row:
    """``past``: a recipient; ``told``: known from what was reported of it. The channel is that of the mailing."""
    state = "delivered" if row["kind"] == "past" else "sent"
    return {
        **row,
        "how": row["kind"],
        "kind": "past",
        "channel": "sms",
        "category": None,
        "arm": "test",
        "state": state,
    }


_TABLES = (
    "customer", "receipt", "customer_order", "order_line", "event", "web_event", "container", "message",
    "past_message", "past_mailing", "past_message_event", "promocode", "promocode_issue", "promocode_use",
    "promocode_seen", "card", "bonus_balance", "poll_answer", "mart_pets", "entry", "step_log", "contact_point",
    "subscription", "control_member", "dictionary", "suppression", "segment_member", "rule_member", "watermark",
    "tag_member", "receipt_line", "rfm", "customer_metric",
)  # fmt: skip


def write(warehouse: Warehouse, world: Deeds) -> None:
    """Replace everything by what is in the world."""
    warehouse.run(
        "create table if not exists mart_pets (customer_key bigint, pet varchar, born date, "
        "weight decimal(18, 4), chip boolean)"
    )
    for table in _TABLES:
        warehouse.run(f"delete from {table}")
    for key, tip in _TIPS.items():
        warehouse.run("update product set custom = map {'tip': $tip} where product_key = $key", key=key, tip=tip)
    for key, profile in world.profiles.items():
        _write_profile(warehouse, key, profile)
    for mailing in (*CAMPAIGNS, "spring"):
        warehouse.run("insert into past_mailing values ($m, null, 'sms', $day, null)", m=mailing, day=AS_OF)
    for dictionary, code, title, fields in DICTIONARY:
        _add(warehouse, "dictionary", dictionary=dictionary, code=code, title=title, fields=fields)
    for name, rows in world.rows.items():
        for number, row in enumerate(rows):
            _WRITERS[name](warehouse, number, row)


def _write_profile(warehouse: Warehouse, key: int, one: Row) -> None:
    plain = ("email", "email_status", "phone", "phone_status", "phone_type", "active", "birth_date")
    custom = {} if one["source_code"] is None else {"source_code": one["source_code"]}
    _add(warehouse, "customer", customer_key=key, custom=custom, **{name: one[name] for name in plain})
    for number, (channel, active) in enumerate(one["points"]):
        _add(warehouse, "contact_point", channel=channel, address=f"{key}-{number}", customer_key=key, active=active)
    stamp = datetime(2017, 1, 1, tzinfo=UTC)
    for (channel, category), state in one["permissions"].items():
        _add(warehouse, "subscription", customer_key=key, channel=channel, category=category, state=state,
             changed_at=stamp)  # fmt: skip
    if one.get("listed") is not None:
        _add(warehouse, "suppression", suppression_no=key, channel=one["listed_for"], address=listed_address(key, one),
             customer_key=key if one["listed"] == "customer" else None, reason="r", added_by="test", added_at=stamp,
             removed_at=stamp if one["taken_off"] else None)  # fmt: skip
    for group, starts, ends in one["control"]:
        _add(warehouse, "control_member", customer_key=key, control_group=group, starts_on=starts, ends_on=ends)


def listed_address(key: int, one: Row) -> str | None:
    """What stands on the suppression list because of this customer; others may have it too."""
    match one["listed"]:
        case "email":
            return (one["email"] or "nobody's").strip().lower()
        case "phone":
            return one["phone"] or "nobody's"
        case "point":
            return f"{key}-0"
        case _:
            return None


def _add(warehouse: Warehouse, table: str, **values: Any) -> None:
    """One row by the names of its columns; a mapping becomes a MAP."""
    marks, params = [], []
    for value in values.values():
        if isinstance(value, dict):
            marks.append("cast(map(?, ?) as map(varchar, varchar))")
            params += [list(value), list(value.values())]
        else:
            marks.append("?")
            params.append(value)
    text = f"insert into {table} ({', '.join(values)}) values ({', '.join(marks)})"
    warehouse.connection.execute(text, params)


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _own(row: Row) -> dict[str, str]:
    return {} if row.get("tip") is None else {"tip": str(row["tip"])}


def _receipt(warehouse: Warehouse, number: int, row: Row) -> None:
    _add(warehouse, "receipt", receipt_key=number, customer_key=row["customer"], custom=_own(row),
         **_without(row, "customer", "tip"))  # fmt: skip


def _order(warehouse: Warehouse, number: int, row: Row) -> None:
    _add(warehouse, "customer_order", order_key=number, customer_key=row["customer"], **_without(row, "customer"))


def _order_line(warehouse: Warehouse, number: int, row: Row) -> None:
    key = 1000 + number
    _add(warehouse, "customer_order", order_key=key, status=row["status"], counted=False)
    _add(warehouse, "order_line", order_key=key, line_no=1, product_key=row["product_id"], quantity=row["quantity"],
         amount=row["amount"], customer_key=row["customer"], day=row["day"], counted=row["counted"],
         category_key=row["category_id"])  # fmt: skip


def _event(warehouse: Warehouse, number: int, row: Row) -> None:
    _add(warehouse, "event", event_id=str(number), customer_key=row["customer"], **_without(row, "customer"))


def _web_event(warehouse: Warehouse, number: int, row: Row) -> None:
    _add(warehouse, "web_event", event_id=str(number), customer_key=row["customer"], product_key=row["product_id"],
         category_key=row["own_category"],
         **_without(row, "customer", "product_id", "category_id", "brand", "product_tip", "own_category"))  # fmt: skip


def _container(warehouse: Warehouse, _: int, row: Row) -> None:
    _add(warehouse, "container", customer_key=row["customer"], product_key=row["product_id"], custom=_own(row),
         **_without(row, "customer", "product_id", "category_id", "brand", "product_tip", "day", "tip"))  # fmt: skip


def _message(warehouse: Warehouse, number: int, row: Row) -> None:
    stamp = datetime(row["day"].year, row["day"].month, row["day"].day, 12, tzinfo=UTC)
    if row.get("how") == "past":
        _add(warehouse, "past_message", mailing=row["campaign"], customer_key=row["customer"], delivered_on=row["day"])
    elif row.get("how") == "told":
        _add(warehouse, "past_message_event", event_id=f"m{number}", mailing=row["campaign"], state="sent",
             customer_key=row["customer"], occurred_at=stamp, day=row["day"])  # fmt: skip
    else:
        _add(warehouse, "message", message_key=str(number), entry_key=str(number), version=1, step=1,
             customer_key=row["customer"], template="t", planned_on=row["day"], due_at=stamp, expires_at=stamp,
             **_without(row, "customer", "day", "how"))  # fmt: skip


def _reaction(warehouse: Warehouse, number: int, row: Row) -> None:
    _add(warehouse, "past_message_event", event_id=f"r{number}", mailing=row["campaign"], customer_key=row["customer"],
         state=row["reaction"], **_without(row, "customer", "campaign", "reaction", "channel"))  # fmt: skip


def _promocode(warehouse: Warehouse, number: int, row: Row) -> None:
    used = row["happened"] == "used"
    holder = None if used else row["customer"]
    _add(warehouse, "promocode", code=str(number), pool=row["group"], valid_to=row["valid_to"], customer_key=holder,
         custom=_own(row))  # fmt: skip
    if used:
        table = "promocode_use" if number % 2 else "promocode_seen"
        _add(warehouse, table, code=str(number), pool=row["group"], customer_key=row["customer"],
             used_on=row["day"])  # fmt: skip
    elif row["day"] is not None:
        for visit in (1, 2):
            _add(warehouse, "promocode_issue", entry_key="e", step=1, visit=visit, campaign="c", repeated=visit > 1,
                 customer_key=row["customer"], pool=row["group"], code=str(number), recognised=False,
                 issued_on=row["day"] + timedelta(days=visit - 1))  # fmt: skip


def _card(warehouse: Warehouse, number: int, row: Row) -> None:
    _add(warehouse, "card", card_id=str(number), customer_key=row["customer"], custom=_own(row),
         **_without(row, "customer", "day", "tip"))  # fmt: skip


def _plain(table: str, *leave: str) -> Callable[[Warehouse, int, Row], None]:
    def add(warehouse: Warehouse, _: int, row: Row) -> None:
        own = {"custom": _own(row)} if "tip" in row else {}
        _add(warehouse, table, customer_key=row["customer"], **own, **_without(row, "customer", "tip", *leave))

    return add


def _entry(warehouse: Warehouse, number: int, row: Row) -> None:
    _add(warehouse, "entry", entry_key=str(number), kind="campaign", version=1, customer_key=row["customer"],
         occurrence="x", entered_on=row["day"], **_without(row, "customer", "day"))  # fmt: skip


def _step(warehouse: Warehouse, number: int, row: Row) -> None:
    key = f"s{number}"
    _add(warehouse, "entry", entry_key=key, kind="campaign", version=1, customer_key=row["customer"], occurrence="s",
         entered_on=AS_OF, campaign=row["campaign"], arm="test")  # fmt: skip
    _add(warehouse, "step_log", entry_key=key, step=row["step"], visit=1, done_on=row["day"], outcome=row["outcome"])


_WRITERS: dict[str, Callable[[Warehouse, int, Row], None]] = {
    "receipts": _receipt, "orders": _order, "order_lines": _order_line, "events": _event, "web_events": _web_event,
    "containers": _container, "messages": _message, "reactions": _reaction, "promocodes": _promocode, "cards": _card,
    "bonuses": _plain("bonus_balance"), "poll_answers": _plain("poll_answer", "day"), "pets": _plain("mart_pets"),
    "entries": _entry, "steps": _step,
}  # fmt: skip
