"""Conditions on rows interpreted in plain Python, without any SQL. The other opinion."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from smc.config.specs.comparison import Anniversary, Range, RowTest, Where, Window
from smc.config.specs.condition import DictionaryCondition, ReachableCondition
from smc.config.specs.rows import (
    BonusCondition,
    CampaignCondition,
    CampaignStepCondition,
    ContactedCondition,
    MessageCondition,
    RowsCondition,
)
from smc.config.specs.rule import (
    AllRule,
    AnyRule,
    AttributeRule,
    ContactedRule,
    ControlGroupRule,
    DictionaryRule,
    NotRule,
    ReachableRule,
    RowsRule,
    Rule,
    SampleRule,
    SubscribedRule,
)
from smc.model.keys import bucket_of
from tests.segment.deeds import CATEGORIES, DICTIONARY, Deeds, Row, listed_address
from tests.segment.reference import Test, compare
from tests.segment.worlds import AS_OF, CATEGORY_KEYS, IDS, PRODUCT_IDS, ZONE, categories_of

_NAMES = {
    "receipt": "receipts", "ordered": "orders", "order_line": "order_lines", "event": "events",
    "web_event": "web_events", "container": "containers", "message": "messages", "reaction": "reactions",
    "promocode": "promocodes", "card": "cards", "bonus": "bonuses", "poll": "poll_answers", "mart": "pets",
    "campaign": "entries", "campaign_step": "steps",
}  # fmt: skip
_KEYS = {
    "ordered": {"delivery": "delivery_status", "payment": "payment_status", "store": "store_id"},
    "receipt": {"store": "store_id"},
    "order_line": {"product": "product_id", "category": "category_id"},
    "web_event": {"product": "product_id", "category": "category_id"},
    "container": {"name": "container", "product": "product_id", "category": "category_id"},
    "reaction": {"kind": "reaction"},
    "promocode": {"state": "happened"},
    "campaign": {"name": "campaign"},
    "campaign_step": {"name": "campaign"},
}
_AFTER = ("messages", "entries", "steps")
_SENT = ("sent", "accepted", "delivered", "bounced", "unknown")


def matches(rule: Rule, key: int, world: Deeds) -> bool:  # noqa: C901, PLR0911 - one arm for each kind of condition
    match rule:
        case AllRule():
            return all(matches(part, key, world) for part in rule.all)
        case AnyRule():
            return any(matches(part, key, world) for part in rule.any)
        case NotRule():
            return not matches(rule.not_, key, world)
        case SampleRule():
            return bucket_of(rule.sample.salt, IDS[key - 1]) < rule.sample.percent * 100
        case SubscribedRule():
            asked = rule.subscribed
            state: str = world.profiles[key]["permissions"].get((asked.channel, asked.category), "unknown")
            return state == asked.state
        case RowsRule():
            return _rows(rule.key, rule.condition, key, world)
        case ContactedRule():
            return _contacted(rule.contacted, key, world)
        case ReachableRule():
            return _reachable(rule.reachable, key, world)
        case ControlGroupRule():
            return _controlled(rule.control_group, key, world)
        case DictionaryRule():
            return _in_dictionary(rule.dictionary, world.profiles[key])
        case AttributeRule():
            anniversary = rule.attribute.anniversary
            assert anniversary is not None
            return has_anniversary(world.profiles[key][rule.attribute.field], anniversary)
    raise TypeError(type(rule))


def _rows(name: str, asked: RowsCondition, key: int, world: Deeds) -> bool:
    fact = _NAMES[name]
    rows = [
        row for row in world.of(fact, key)
        if _in_window(asked, row.get("day"), fact) and all(_holds(row, *test) for test in _tests(name, asked))
        and _special(asked, row)
    ]  # fmt: skip
    states = {field for field, _ in _tests(name, asked)} | ({"state"} if getattr(asked, "state", None) else set())
    summed = [row for row in rows if _decided(fact, states) or _counts(fact, row)]
    counted = [row for row in summed if _decided(fact, states) or fact != "receipts" or row["status"] == "paid"]
    bounds = asked.count or Range(at_least=Decimal(1))
    return _within(Decimal(len(counted)), bounds) and all(
        _within(_figure(figure, bound.field, summed, counted), bound)
        for figure in ("sum", "min", "max", "avg", "distinct")
        if (bound := getattr(asked, figure)) is not None
    )


def _tests(name: str, asked: RowsCondition) -> Iterator[tuple[str, RowTest | Test]]:
    """Short keys and ``where``."""
    keys = _KEYS.get(name, {})
    special = ("state", "step", "expires_within", "balance", "expiring")
    for key in type(asked).model_fields:
        value = getattr(asked, key)
        if key in RowsCondition.model_fields or value is None or (name == "mart" and key == "name"):
            continue
        if key in special and name in ("message", "campaign", "campaign_step", "bonus"):
            continue
        yield keys.get(key, key), Test("in_", (value,) if isinstance(value, str) else value)
    yield from (asked.where or {}).items()


def _holds(row: Row, field: str, test: RowTest | Test) -> bool:
    given = test.given if isinstance(test, RowTest) else ((test.operator, test.operand),)
    return all(_compare(row, field, operator, operand) for operator, operand in given)


def _compare(row: Row, field: str, operator: str, operand: Any) -> bool:
    if operator == "empty" or field not in ("product_id", "category_id"):
        return compare(_value(row, field, operator, operand), Test(operator, operand))
    texts = operand if isinstance(operand, tuple) else (operand,)
    value = row[field]
    if field == "product_id":
        inside = value is not None and PRODUCT_IDS[value - 1] in texts
    else:
        inside = bool(categories_of(value, row["product_id"]) & {CATEGORY_KEYS[text] for text in texts})
    return inside == (operator in ("equals", "in_"))


def _value(row: Row, field: str, operator: str, operand: Any) -> Any:  # noqa: PLR0911 - one for each way of reading
    if field == "amount" and "container" in row:
        return None if row["price"] is None else (1 if row["quantity"] is None else row["quantity"]) * row["price"]
    if field == "active" and "level" in row:
        return row["active"] is not False
    if not field.startswith("context."):
        return row[field]
    text = row["context"].get(field.removeprefix("context."))
    sample = operand[0] if isinstance(operand, tuple) else operand
    if text is None or operator == "empty":
        return text
    if isinstance(sample, bool):
        return {"true": True, "false": False}.get(text.lower())
    if isinstance(sample, int | Decimal):
        try:
            return Decimal(text)
        except InvalidOperation:
            return None
    if operator in ("less", "at_most", "more", "at_least"):
        try:
            day = datetime.fromisoformat(text)
        except ValueError:
            return None
        return day.replace(tzinfo=ZoneInfo(ZONE))
    return text


def _special(asked: RowsCondition, row: Row) -> bool:
    match asked:
        case MessageCondition(state=state) if state is not None:
            states = {"sent": _SENT, "waiting": ("planned", "queued", "claimed")}.get(state, (state,))
            return row["state"] in states
        case CampaignCondition(state=state) if state is not None:
            out = row["exited_on"] is not None and row["exited_on"] < AS_OF
            finished = row["exit_reason"] == "finished"
            return not out if state == "in" else out and finished == (state == "finished")
        case CampaignStepCondition(step=step) if step is not None:
            return bool(row["step"] == step)
        case BonusCondition():
            within = asked.expires_within
            soon = within is None or (
                row["expires_on"] is not None and AS_OF <= row["expires_on"] < AS_OF + timedelta(days=within)
            )
            return soon and _ranged(row["active"], asked.balance) and _ranged(row["expiring"], asked.expiring)
        case _:
            return True


def _ranged(value: Decimal | None, bounds: Range | None) -> bool:
    return bounds is None or (value is not None and _within(value, bounds))


def _decided(fact: str, fields: set[str]) -> bool:
    named = {
        "receipts": {"status"}, "orders": {"status", "delivery_status", "payment_status"},
        "order_lines": {"status"}, "messages": {"state", "reason"}, "cards": {"active"},
    }  # fmt: skip
    return bool(named.get(fact, set()) & fields)


def _counts(fact: str, row: Row) -> bool:
    match fact:
        case "receipts":
            return bool(row["status"] != "cancelled")
        case "orders" | "order_lines":
            return bool(row["counted"])
        case "messages":
            return row["state"] in _SENT
        case "cards":
            return row["active"] is not False
        case _:
            return True


def _in_window(asked: Window, day: date | None, fact: str) -> bool:
    if fact in ("bonuses", "pets"):
        return True
    last = AS_OF - timedelta(days=1) if fact in _AFTER else AS_OF
    low, high = _window(asked, last)
    if day is None:
        return low is None and high is None
    return (low is None or day >= low) and day <= (last if high is None else min(high, last))


def _window(asked: Window, last: date) -> tuple[date | None, date | None]:
    if asked.within is not None:
        return last - timedelta(days=asked.within - 1), last
    low, high = asked.between or (asked.since, asked.until)
    return (None if low is None else day_of(low)), (None if high is None else day_of(high))


def day_of(text: str) -> date:
    words = text.split()
    if words[-1] == "ago":
        return AS_OF - timedelta(days=int(words[0]))
    if words[0] == "in":
        return AS_OF + timedelta(days=int(words[1]))
    if words == ["start", "of", "month"]:
        return AS_OF.replace(day=1)
    if words == ["yesterday"]:
        return AS_OF - timedelta(days=1)
    return AS_OF if words == ["today"] else date.fromisoformat(text)


def _figure(figure: str, field: str, summed: list[Row], counted: list[Row]) -> Decimal | None:
    values = [value for row in counted if (value := _number(row, field)) is not None]
    total = sum((value for row in summed if (value := _number(row, field)) is not None), Decimal(0))
    match figure:
        case "sum":
            return total
        case "distinct":
            return Decimal(len({_plain(row, field) for row in counted} - {None}))
        case "avg":
            return total / len(values) if values else None
        case "min":
            return min(values, default=None)
        case _:
            return max(values, default=None)


def _plain(row: Row, field: str) -> Any:
    if field.startswith("context."):
        return row["context"].get(field.removeprefix("context."))
    return _value(row, field, "equals", None)


def _number(row: Row, field: str) -> Any:
    if field.startswith("context."):
        return _value(row, field, "equals", 0)
    value = _value(row, field, "equals", None)
    return value if isinstance(value, int | Decimal) else None


def _within(figure: Decimal | None, bounds: Range) -> bool:
    if figure is None:
        return False
    above = bounds.at_least is None or figure >= bounds.at_least
    return above and (bounds.at_most is None or figure <= bounds.at_most)


def _contacted(asked: ContactedCondition, key: int, world: Deeds) -> bool:
    number = 0
    for row in world.of("messages", key):
        fits = (asked.channel is None or row["channel"] in asked.channel) and (
            asked.category is None or row["category"] in asked.category
        )
        left = row["state"] not in ("suppressed", "failed", "expired")
        number += fits and left and _in_window(asked, row["day"], "messages")
    return _within(Decimal(number), asked.count or Range(at_least=Decimal(1)))


def _reachable(asked: ReachableCondition, key: int, world: Deeds) -> bool:
    profile = world.profiles[key]
    if profile["active"] is False:
        return False
    if not any(
        not _is_listed(address, asked.channel, key, world) for address in _addresses(asked.channel, key, profile)
    ):
        return False
    if asked.category is None:
        return True
    state = profile["permissions"].get((asked.channel, asked.category))
    category = CATEGORIES[asked.category]
    consent = category.channels.get(asked.channel, category.consent)
    return consent == "none" or (state == "yes" if consent == "required" else state != "no")


def _addresses(channel: str, key: int, profile: Row) -> Iterator[str | None]:
    """Good ones; pages of the shop need none."""
    if channel in ("in_app", "popup"):
        yield None
    for number, (point, active) in enumerate(profile["points"]):
        bot = channel == "messenger" and point == "telegram"
        if (point == channel or bot) and active is not False:
            yield f"{key}-{number}"
    email, phone = profile["email"], profile["phone"]
    if channel == "email" and email is not None and email != "c@d" and _good(profile["email_status"]):
        yield email.strip().lower()
    mobile = profile["phone_type"] in (None, "mobile", "unknown")
    rings = mobile or (channel == "call" and profile["phone_type"] in ("landline", "voip"))
    if channel in ("sms", "viber", "call") and phone not in (None, "0151") and rings and _good(profile["phone_status"]):
        yield phone


def _good(status: int | None) -> bool:
    return status is None or status < 30


def _is_listed(address: str | None, channel: str, key: int, world: Deeds) -> bool:
    for owner, one in world.profiles.items():
        if one["listed"] is None or one["taken_off"] or one["listed_for"] not in (None, channel):
            continue
        if one["listed"] == "customer":
            if owner == key:
                return True
        elif address is not None and listed_address(owner, one) == address:
            return True
    return False


def _controlled(group: str, key: int, world: Deeds) -> bool:
    given = any(
        name == group and (starts is None or starts <= AS_OF) and (ends is None or ends >= AS_OF)
        for name, starts, ends in world.profiles[key]["control"]
    )
    return given or any(
        row["campaign"] == group and row["arm"] == "control" and row["day"] < AS_OF for row in world.of("entries", key)
    )


def _in_dictionary(asked: DictionaryCondition, profile: Row) -> bool:
    return any(
        name == asked.name and code == profile["source_code"] and _item(asked.where, code, title, fields)
        for name, code, title, fields in DICTIONARY
    )


def _item(where: Where | None, code: str, title: str | None, fields: dict[str, str]) -> bool:
    values: Row = {**fields, "code": code, "title": title}
    return all(_holds({name: values.get(name)}, name, test) for name, test in (where or {}).items())


def has_anniversary(day: date | None, asked: Anniversary, as_of: date = AS_OF) -> bool:
    """Tries every day on which it may fall."""
    if day is None:
        return False
    if asked.within is not None:
        wanted = [as_of + timedelta(days=number) for number in range(asked.within)]
    elif asked.on is not None:
        wanted = [_from(asked.on, as_of)]
    else:
        low, high = (_from(text, as_of) for text in asked.between or ("", ""))
        wanted = [low + timedelta(days=number) for number in range((high - low).days + 1)]
    for one in wanted:
        leap = calendar.isleap(one.year)
        falls = (2, 28) if (day.month, day.day) == (2, 29) and not leap else (day.month, day.day)
        if falls == (one.month, one.day) and day.year < one.year:
            return True
    return False


def _from(text: str, as_of: date) -> date:
    return day_of(text) + (as_of - AS_OF)
