"""Conditions on rows and on what was bought → atoms."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from smc.config.days import window
from smc.config.positive import POSITIVE
from smc.config.specs.comparison import Range, Window
from smc.config.specs.condition import BoughtCondition, Goods
from smc.config.specs.rows import ContactedCondition, RowsCondition
from smc.config.values import Value
from smc.model.facts import CONTEXT, Fact
from smc.segment.atoms import (
    BoughtLines,
    BoughtReceipts,
    BoughtTogether,
    Bounds,
    Every,
    FieldTest,
    FigureKind,
    Holds,
    Item,
    Measure,
    Node,
    Rows,
)
from smc.segment.rows import (
    CONTACTED,
    Asked,
    asked_of,
    asked_of_contacts,
    asked_where,
    check_count,
    check_figure,
    days_of,
    fact_of,
    last_day,
    values_of,
)
from smc.segment.scope import Scope, unique

_FIGURES: tuple[FigureKind, ...] = ("sum", "min", "max", "avg", "distinct")
_ONE = Bounds(Decimal(1))


def rows_atom(condition: RowsCondition, scope: Scope) -> Rows:
    """Raises ``Mistake``."""
    fact = fact_of(condition, scope.facts)
    figures: list[Measure] = []
    for name in _FIGURES:
        figure = getattr(condition, name)
        if figure is not None:
            field = check_figure(name, figure, fact)
            context = field.name.startswith(CONTEXT) and name != "distinct"
            figures.append(Measure(name, bounds_of(figure), field.name, "decimal" if context else field.type))
    check_count(condition.count, alone=not figures)
    return _rows(fact, condition, tuple(asked_of(condition)), (_count(condition.count), *figures), scope)


def contacted_atom(condition: ContactedCondition, scope: Scope) -> Rows:
    """Raises ``Mistake``."""
    fact = scope.facts[CONTACTED]
    check_count(condition.count, alone=True)
    return _rows(fact, condition, tuple(asked_of_contacts(condition)), (_count(condition.count),), scope)


def _rows(fact: Fact, window_: Window, asked: tuple[Asked, ...], measures: tuple[Measure, ...], scope: Scope) -> Rows:
    last = last_day(fact, scope.as_of)
    since, until = days_of(window_, fact, scope.as_of, last)
    return Rows(
        fact.name,
        field_tests(asked, fact, scope),
        measures,
        since,
        None if fact.day is None else until or last,
        undated=since is None and until is None,
        decided=any(one.field in fact.decides for one in asked),
        tables=fact.reads,
    )


def _count(count: Range | None) -> Measure:
    return Measure("count", _ONE if count is None else bounds_of(count))


def field_tests(asked: Iterable[Asked], fact: Fact, scope: Scope) -> tuple[FieldTest, ...]:
    """Each test once, in one order. Raises ``Mistake``."""
    found = dict.fromkeys(_field_test(one, fact, scope) for one in asked)
    return tuple(sorted(found, key=repr))


def _field_test(asked: Asked, fact: Fact, scope: Scope) -> FieldTest:
    field, kind, values = values_of(asked, fact, scope.as_of)
    if asked.operator == "empty":
        return FieldTest(field.name, kind, "empty", positive=bool(asked.operand) == asked.positive)
    placed = kind == "category" and any(scope.known.categories[str(text)] in scope.known.placed for text in values)
    values = _keys(kind, values, scope)
    operator, positive = POSITIVE[asked.operator]
    return FieldTest(
        field.name, kind, operator, unique(values) if operator == "in" else values, positive == asked.positive, placed
    )


def _keys(kind: str, values: tuple[Value, ...], scope: Scope) -> tuple[Value, ...]:
    if kind == "category":
        return tuple(key for text in values for key in scope.known.below[scope.known.categories[str(text)]])
    if kind == "product":
        return tuple(scope.known.products[str(text)] for text in values)
    return values


def bought_node(condition: BoughtCondition, scope: Scope) -> Node:
    """Without category, product, brand and line, money and receipts come from the receipts: they are fewer than lines.

    Raises ``Mistake``.
    """
    since, until = window(condition, scope.as_of, scope.as_of)
    until = None if until == scope.as_of else until
    receipts, quantity, amount = (
        bounds_of(part) for part in (condition.receipts, condition.quantity, condition.amount)
    )
    if condition.same_receipt is not None:
        items = tuple(
            _item(item, bounds_of(item.quantity), bounds_of(item.amount), scope) for item in condition.same_receipt
        )
        return Holds(BoughtTogether(items, condition.store, since, until, receipts))
    goods = _item(condition, quantity, amount, scope)
    if goods.category is None and goods.product is None and goods.brand is None and not goods.tests:
        whole = Holds(BoughtReceipts(condition.store, since, receipts, amount, until))
        if not quantity:
            return whole
        lines = BoughtLines(None, None, None, condition.store, since, quantity=quantity, until=until)
        return Every((whole, Holds(lines)))
    return Holds(
        BoughtLines(
            goods.category, goods.product, goods.brand, condition.store, since, receipts, quantity, amount, until,
            goods.tests,
        )
    )  # fmt: skip


def _item(goods: Goods, quantity: Bounds, amount: Bounds, scope: Scope) -> Item:
    return Item(
        None if goods.category is None else scope.known.categories[goods.category],
        None if goods.product is None else scope.known.products[goods.product],
        goods.brand,
        quantity,
        amount,
        field_tests(asked_where(goods.line), scope.facts["lines"], scope),
    )


def bounds_of(range_: Range | None) -> Bounds:
    return Bounds() if range_ is None else Bounds(_plain(range_.at_least), _plain(range_.at_most))


def _plain(number: Decimal | None) -> Decimal | None:
    """Equal numbers as one value: 2 and 2.00 are the same bound."""
    return None if number is None else number.normalize()
