"""Conditions on rows as they are written → tests of fields of a fact. Light imports only: validation reads it too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from smc.config.days import Mistake, window
from smc.config.problem import nearest
from smc.config.specs.comparison import Figure, Range, Where, Window
from smc.config.specs.rows import (
    BonusCondition,
    CampaignCondition,
    CampaignStepCondition,
    ContactedCondition,
    MartCondition,
    MessageCondition,
    RowsCondition,
)
from smc.config.specs.watch import Row
from smc.config.values import Kind, Value, detail_kind, key_of_operator, typed_by
from smc.model.facts import CONTEXT, SENT, Fact, FactField
from smc.segment.walk import Path

FIGURES = ("sum", "min", "max", "avg", "distinct")
CONTACTED = "messages"
_NUMBERS = ("integer", "decimal")
_LISTED = ("status", "delivery_status", "payment_status")
_MESSAGE_STATES = {"sent": SENT, "waiting": ("planned", "queued", "claimed")}
_NEVER_LEFT = ("suppressed", "failed", "expired")
"""States of messages that caps do not count."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a field must be, as written; ``path`` begins at the condition. ``positive`` False asks for the opposite."""

    path: Path
    field: str
    operator: str
    operand: Any
    positive: bool = True


def fact_of(condition: RowsCondition | Row, facts: Mapping[str, Fact]) -> Fact:
    """The fact whose rows are asked for. Raises ``Mistake`` for a mart that is not there."""
    if isinstance(condition, Row):
        return facts[condition.over]
    if not isinstance(condition, MartCondition):
        return facts[condition.fact]
    marts = {name: fact for name, fact in facts.items() if fact.table == f'"mart_{name}"'}
    if condition.name not in marts:
        raise Mistake(f"there is no data mart '{condition.name}'", nearest(condition.name, marts), "name")
    return marts[condition.name]


def asked_of(condition: RowsCondition | Row) -> Iterator[Asked]:
    """Everything that the rows must be: short keys first, then ``where``."""
    if isinstance(condition, Row):
        yield from (Asked(*test) for test in condition.tests())
        yield from asked_where(condition.where)
        return
    for key, field in condition.short.items():
        value = getattr(condition, key)
        if value is not None:
            yield Asked((key,), field, "in_", (value,) if isinstance(value, str) else value)
    yield from _special(condition)
    yield from asked_where(condition.where)


def asked_where(where: Where | None, path: Path = ("where",)) -> Iterator[Asked]:
    """Everything in a mapping of fields."""
    for field, test in (where or {}).items():
        for operator, operand in test.given:
            yield Asked((*path, field, key_of_operator(operator)), field, operator, operand)


def _special(condition: RowsCondition) -> Iterator[Asked]:
    match condition:
        case BonusCondition():
            yield from _ranged("active", condition.balance, "balance")
            yield from _ranged("expiring", condition.expiring, "expiring")
            if condition.expires_within is not None:
                last = f"today + {condition.expires_within - 1} days"
                yield Asked(("expires_within",), "expires_on", "between", ("today", last))
        case MessageCondition(state=state) if state is not None:
            yield Asked(("state",), "state", "in_", _MESSAGE_STATES.get(state, (state,)))
        case CampaignCondition(state=state) if state is not None:
            yield Asked(("state",), "exited_on", "less", "today", positive=state != "in")
            if state != "in":
                yield Asked(("state",), "exit_reason", "equals", "finished", positive=state == "finished")
        case CampaignStepCondition(step=step) if step is not None:
            yield Asked(("step",), "step", "equals", step)


def _ranged(field: str, bounds: Range | None, key: str) -> Iterator[Asked]:
    for name in ("at_least", "at_most"):
        if bounds is not None and (end := getattr(bounds, name)) is not None:
            yield Asked((key, name), field, name, end)


def asked_of_contacts(condition: ContactedCondition) -> Iterator[Asked]:
    """Which messages count as contacts."""
    for key in ("channel", "category"):
        value = getattr(condition, key)
        if value is not None:
            yield Asked((key,), key, "in_", value)
    yield Asked((), "state", "not_in", _NEVER_LEFT)


def field_of(name: str, fact: Fact) -> FactField:
    """The field by its name; ``Mistake`` when there is none."""
    found = fact.field(name)
    if found is None:
        more = f" Details of events are named {CONTEXT}KEY." if fact.context else ""
        raise Mistake(f"{fact.title.lower()} have no field '{name}'", f"{nearest(name, fact.names)}{more}")
    return found


def kind_of(field: FactField, asked: Asked) -> Kind:
    """The type that a field is read as. A detail of an event is text, and is read as what it is compared with."""
    if not field.name.startswith(CONTEXT):
        return field.type
    return detail_kind(asked.operator, asked.operand)


def values_of(asked: Asked, fact: Fact, as_of: date) -> tuple[FactField, Kind, tuple[Value, ...]]:
    """The field, the type it is read as, and what it is compared with. Raises ``Mistake``."""
    field = field_of(asked.field, fact)
    kind = kind_of(field, asked)
    values = typed_by(kind, asked.operator, asked.operand, as_of)
    if asked.operator in ("equals", "not_equals", "in_", "not_in"):
        listed = not field.shown or (field.name in _LISTED and fact.name in ("orders", "order_lines", "order_changes"))
        if listed and not field.one_of:
            raise Mistake(f"fields.yaml lists no codes of the {field.title.lower()}", "List them under order_statuses.")
        for part, value in enumerate(values if field.one_of else ()):
            if value not in field.one_of:
                remedy = nearest(str(value), field.one_of)
                raise Mistake(f"'{value}' is no {field.title.lower()} of {fact.title.lower()}", remedy, part)
    return field, kind, values


def check_figure(kind: str, figure: Figure, fact: Fact) -> FactField:
    """The field of a figure. Raises ``Mistake`` for an unknown field and for one that has no sum."""
    field = field_of(figure.field, fact)
    if kind != "distinct" and field.type not in _NUMBERS and not field.name.startswith(CONTEXT):
        raise Mistake(f"'{figure.field}' is no number, so it has no {kind}", "Name a field of type integer or decimal.")
    return field


def check_count(count: Range | None, *, alone: bool) -> None:
    """``Mistake`` for bounds that nobody or everybody meets. ``alone``: no other figure is asked for."""
    if count is None:
        return
    if count.at_most is not None and count.at_most < 0:
        raise Mistake("a number of rows is never below zero, so nobody could match", "Raise at_most.", "at_most")
    if alone and count.at_most is None and count.at_least is not None and count.at_least <= 0:
        raise Mistake("every customer has zero rows or more, so everybody would match", "Raise at_least.", "at_least")


def last_day(fact: Fact, as_of: date) -> date:
    """The last day of which rows count."""
    return as_of - timedelta(days=1) if fact.later else as_of


def days_of(condition: Window, fact: Fact, as_of: date, last: date) -> tuple[date | None, date | None]:
    """First and last day of the rows. Raises ``Mistake``, also for rows without a day."""
    keys = [key for key in ("within", "between", "since", "until") if getattr(condition, key) is not None]
    if keys and fact.day is None:
        raise Mistake(f"{fact.title.lower()} have no day of their own", f"Leave '{keys[0]}' out.", keys[0])
    return window(condition, as_of, last)
