"""Rules interpreted one customer at a time in plain Python: slow, and without any SQL. The other opinion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from smc.config.specs.comparison import RowTest
from smc.config.specs.condition import Goods, Together
from smc.config.specs.rule import (
    AllRule,
    AnyRule,
    AttributeRule,
    BoughtCondition,
    BoughtRule,
    Comparison,
    InSegmentRule,
    MetricRule,
    NotRule,
    Range,
    RfmCondition,
    RfmRule,
    Rule,
    SampleRule,
    SegmentSpec,
    SubscribedRule,
    TagRule,
)
from smc.model.keys import bucket_of
from tests.segment.worlds import (
    ANCESTORS,
    AS_OF,
    CATALOGUE,
    CATEGORY_KEYS,
    PRODUCT_IDS,
    ZONE,
    Line,
    Person,
    Sale,
    World,
    categories_of,
)


def members(rule: Rule, world: World, segments: Mapping[str, SegmentSpec]) -> set[int]:
    """Keys of the customers with a profile whom the rule matches."""
    return {
        person.key for person in world.people if person.profile is not None and matches(rule, person, world, segments)
    }


def matches(  # noqa: C901, PLR0911 - one arm for each kind of condition
    rule: Rule, person: Person, world: World, segments: Mapping[str, SegmentSpec]
) -> bool:
    match rule:
        case AllRule():
            return all(matches(part, person, world, segments) for part in rule.all)
        case AnyRule():
            return any(matches(part, person, world, segments) for part in rule.any)
        case NotRule():
            return not matches(rule.not_, person, world, segments)
        case AttributeRule():
            assert person.profile is not None
            profile = {"customer_id": person.customer_id, **person.profile}
            return compare(profile[rule.attribute.field], rule.attribute)
        case MetricRule():
            return compare_metric(rule, person)
        case RfmRule():
            return person.rfm is not None and has_scores(person.rfm, rule.rfm)
        case BoughtRule():
            return bought(rule.bought, person, world)
        case TagRule():
            return any(tag == rule.tag and day <= AS_OF for tag, day in person.tags)
        case SubscribedRule():
            asked = rule.subscribed
            return person.permissions.get((asked.channel, asked.category), "unknown") == asked.state
        case InSegmentRule():
            return matches(segments[rule.in_segment].rule, person, world, segments)
        case SampleRule():
            return bucket_of(rule.sample.salt, person.customer_id) < rule.sample.percent * 100
        case _:
            raise TypeError(f"conditions of the kind {type(rule).__name__} are compared elsewhere")


def compare_metric(rule: MetricRule, person: Person) -> bool:
    value = metric(rule.metric.name, person)
    if rule.metric.name != "favourite_category" or rule.metric.operator == "empty":
        return compare(value, rule.metric)
    operand = rule.metric.operand
    wanted = {CATEGORY_KEYS[text] for text in (operand if isinstance(operand, tuple) else (operand,))}
    inside = value is not None and bool(ANCESTORS[value] & wanted)
    return inside == (rule.metric.operator in ("equals", "in_"))


def metric(name: str, person: Person) -> Any:
    figures = person.figures or {}
    match name:
        case "receipts" | "revenue":
            return figures.get(name, 0)
        case "average_receipt":
            return float(figures["revenue"]) / figures["receipts"] if figures.get("receipts") else None
        case "days_since_last_receipt":
            return (AS_OF - figures["last_receipt"]).days if figures else None
        case "own_total":
            return (person.own or {}).get(name) or Decimal(0)
        case "own_best":
            return (person.own or {}).get(name)
        case _:
            return figures.get(name)


@dataclass(frozen=True, slots=True)
class Test:
    """One operator and what it compares with."""

    operator: str
    operand: Any


def compare(value: Any, comparison: Comparison | Test) -> bool:  # noqa: PLR0911 - one arm for each operator
    operator, operand = comparison.operator, comparison.operand
    match operator:
        case "empty":
            return (value is None) is bool(operand)
        case "not_equals":
            return not _equal(value, operand)
        case "not_in":
            return not any(_equal(value, item) for item in operand)
    if value is None:
        return False
    match operator:
        case "equals":
            return _equal(value, operand)
        case "in_":
            return any(_equal(value, item) for item in operand)
        case "between":
            return _against(value, operand[0]) >= 0 and _against(value, operand[1]) <= 0
        case "contains":
            return operand.lower() in value.lower()
        case "starts_with":
            return bool(value.lower().startswith(operand.lower()))
        case _:
            return _ORDER[operator](_against(value, operand))


_ORDER: dict[str, Callable[[int], bool]] = {
    "less": lambda sign: sign < 0,
    "at_most": lambda sign: sign <= 0,
    "more": lambda sign: sign > 0,
    "at_least": lambda sign: sign >= 0,
}


def _equal(value: Any, operand: Any) -> bool:
    return value is not None and _against(value, operand) == 0


def _against(value: Any, operand: Any) -> int:
    """Below zero, zero or above zero as the value is less, equal or more."""
    if isinstance(value, datetime):
        other = _moment(operand)
        here: Any = value if isinstance(other, datetime) else value.astimezone(ZoneInfo(ZONE)).date()
        return _sign(here, other)
    if isinstance(value, date):
        day = _moment(operand)
        return _sign(value, day)
    if isinstance(value, float):
        return _sign(value, float(operand))
    return _sign(value, operand)


def _sign(value: Any, operand: Any) -> int:
    return int(value > operand) - int(value < operand)


def _moment(text: Any) -> date | datetime:
    if isinstance(text, date):
        return text
    words = str(text).split()
    if words[0] == "today":
        if len(words) == 1:
            return AS_OF
        days = int(words[2]) * (7 if words[3].startswith("week") else 1)
        return AS_OF + timedelta(days=-days if words[1] == "-" else days)
    if len(str(text)) == len("2017-06-30"):
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(ZONE))


def has_scores(scores: Mapping[str, Any], asked: RfmCondition) -> bool:
    for measure in ("recency", "frequency", "monetary"):
        wanted = getattr(asked, measure)
        if wanted is not None and scores[measure] not in wanted:
            return False
    return asked.cell is None or scores["cell"] == asked.cell


def bought(asked: BoughtCondition, person: Person, world: World) -> bool:
    """At least one paid receipt, and every bound."""
    sales = [sale for sale in world.sales if sale.customer == person.key and _in_reach(sale, asked)]
    if asked.same_receipt is not None:
        paid_sales = [sale for sale in sales if sale.status == "paid"]
        together = [sale for sale in paid_sales if all(_on_receipt(sale, item) for item in asked.same_receipt)]
        return bool(together) and _within(Decimal(len(together)), asked.receipts)
    whole = asked.category is None and asked.product is None and asked.brand is None and asked.line is None
    chosen = [(sale, [line for line in sale.lines if _asked_for(line, sale, asked)]) for sale in sales]
    with_lines = [(sale, lines) for sale, lines in chosen if lines]
    given = [sale for sale, lines in with_lines if any(map(_is_given, lines))]
    paid = [sale for sale in (sales if whole else given) if sale.status == "paid"]
    lines = [line for _, found in with_lines for line in found]
    amount = (
        sum((sale.total for sale in sales), Decimal(0)) if whole else sum((line.amount for line in lines), Decimal(0))
    )
    quantity = sum((line.quantity for line in lines), Decimal(0))
    lines_paid = any(sale.status == "paid" for sale in given)
    return (
        bool(paid)
        and _within(Decimal(len(paid)), asked.receipts)
        and _within(amount, asked.amount)
        and (asked.quantity is None or (lines_paid and _within(quantity, asked.quantity)))
    )


def _in_reach(sale: Sale, asked: BoughtCondition) -> bool:
    if sale.status == "cancelled" or sale.day > AS_OF:
        return False
    if asked.within is not None and not sale.day > AS_OF - timedelta(days=asked.within):
        return False
    low, high = (None if text is None else _moment(text) for text in asked.between or (asked.since, asked.until))
    if (low is not None and sale.day < low) or (high is not None and sale.day > high):
        return False
    return asked.store is None or sale.store == asked.store


def _on_receipt(sale: Sale, item: Together) -> bool:
    """Whether some lines of the receipt are as asked, and their sums."""
    lines = [line for line in sale.lines if _asked_for(line, sale, item)]
    quantity = sum((line.quantity for line in lines), Decimal(0))
    amount = sum((line.amount for line in lines), Decimal(0))
    return any(map(_is_given, lines)) and _within(quantity, item.quantity) and _within(amount, item.amount)


def _is_given(line: Line) -> bool:
    """Whether the customer got the goods; otherwise he brought them back."""
    return line.quantity >= 0 and line.amount >= 0


def _asked_for(line: Line, sale: Sale, asked: Goods) -> bool:
    if not all(_line_holds(line, sale, field, test) for field, test in (asked.line or {}).items()):
        return False
    brand, category = CATALOGUE.get(line.product, (None, None))
    if asked.product is not None and PRODUCT_IDS[line.product - 1] != asked.product:
        return False
    if asked.brand is not None and brand != asked.brand:
        return False
    return asked.category is None or CATEGORY_KEYS[asked.category] in categories_of(category, line.product)


def _line_holds(line: Line, sale: Sale, field: str, test: RowTest) -> bool:
    brand = CATALOGUE.get(line.product, (None, None))[0]
    values = {"quantity": line.quantity, "amount": line.amount, "brand": brand, "store_id": sale.store, "price": None}
    return all(compare(values[field], Test(operator, operand)) for operator, operand in test.given)


def _within(figure: Decimal, bounds: Range | None) -> bool:
    if bounds is None:
        return True
    above = bounds.at_least is None or figure >= bounds.at_least
    return above and (bounds.at_most is None or figure <= bounds.at_most)
