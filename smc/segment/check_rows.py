"""Mistakes in conditions on rows, on what was bought and on dictionaries. Light imports only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from smc.config.days import check_reached
from smc.config.problem import nearest
from smc.config.specs.comparison import Range, Where
from smc.config.specs.condition import BoughtCondition, DictionaryCondition, Together
from smc.config.specs.rows import CampaignStepCondition, ContactedCondition, RowsCondition
from smc.config.specs.watch import Row
from smc.config.values import Kind, Mistake, typed_by
from smc.model.facts import Fact
from smc.segment.rows import (
    CONTACTED,
    FIGURES,
    Asked,
    asked_of,
    asked_where,
    check_count,
    check_figure,
    days_of,
    fact_of,
    last_day,
    values_of,
)
from smc.segment.vocabulary import Defined, unknown_names, unknown_steps
from smc.segment.walk import Path

ANY_DAY = date(2000, 1, 1)
"""Relative dates are only read here, not used."""

Found = tuple[Path, Mistake]
"""Where, and what is wrong there."""


def rows(condition: RowsCondition, facts: Mapping[str, Fact], defined: Defined) -> Iterator[Found]:
    """Mistakes in one condition on rows; paths begin at the condition."""
    try:
        fact = fact_of(condition, facts)
    except Mistake as mistake:
        yield _placed((), mistake)
        return
    asked = tuple(asked_of(condition))
    yield from _tests(asked, fact)
    yield from unknown_names(asked, fact, defined)
    if isinstance(condition, CampaignStepCondition):
        yield from unknown_steps(asked, defined)
    yield from _window(condition, fact)
    figures = {name: figure for name in FIGURES if (figure := getattr(condition, name)) is not None}
    for name, figure in figures.items():
        try:
            check_figure(name, figure, fact)
        except Mistake as mistake:
            yield (name, "field"), mistake
    yield from _count(condition.count, alone=not figures)


def watched(row: Row, facts: Mapping[str, Fact], defined: Defined) -> Iterator[Found]:
    """Mistakes in a row that a campaign waits for; paths begin at the row."""
    asked = tuple(asked_of(row))
    yield from _tests(asked, facts[row.over])
    yield from unknown_names(asked, facts[row.over], defined)


def contacted(
    condition: ContactedCondition,
    facts: Mapping[str, Fact],
    channels: Collection[str],
    categories: Collection[str],
) -> Iterator[Found]:
    """Mistakes in a condition on contact frequency."""
    for key, what, known in (("channel", "channel", channels), ("category", "message category", categories)):
        for name in getattr(condition, key) or ():
            if name not in known:
                yield (key,), Mistake(f"there is no {what} '{name}'", nearest(name, known))
    yield from _window(condition, facts[CONTACTED])
    yield from _count(condition.count, alone=True)


def bought(condition: BoughtCondition, facts: Mapping[str, Fact]) -> Iterator[Found]:
    """Mistakes in a condition on purchases."""
    lines = facts["lines"]
    yield from _goods(condition, lines, ())
    for number, item in enumerate(condition.same_receipt or ()):
        yield from _goods(item, lines, ("same_receipt", number))
    yield from _blank("store", condition.store, ())
    yield from _receipts(condition.receipts)
    yield from _window(condition, lines)


def dictionary(condition: DictionaryCondition, fields: Mapping[str, Kind]) -> Iterator[Found]:
    """Mistakes in a condition on a dictionary. Its name and its items are known to the warehouse alone."""
    kind = fields.get(condition.field)
    if kind is None:
        mistake = Mistake(f"there is no field of a customer '{condition.field}'", nearest(condition.field, fields))
        yield ("field",), mistake
    elif kind != "string":
        yield (
            ("field",),
            Mistake(f"'{condition.field}' is no text, so it holds no code", "Name a field of type string."),
        )
    for asked in asked_where(condition.where):
        try:
            typed_by("string", asked.operator, asked.operand, ANY_DAY)
        except Mistake as mistake:
            yield _placed(asked.path, mistake)


def _receipts(receipts: Range | None) -> Iterator[Found]:
    if receipts is None:
        return
    if receipts.at_most is not None and receipts.at_most < 1:
        words = "'bought' means at least one receipt, so nobody could match"
        yield ("receipts", "at_most"), Mistake(words, "Write not: {bought: …} instead.")
    elif receipts.at_least is not None and receipts.at_least < 1:
        words = f"'bought' means always at least one receipt, so {receipts.at_least:f} or more says nothing"
        yield ("receipts", "at_least"), Mistake(words, "Write 1 or more, or leave the bound out.")


def _goods(goods: Together | BoughtCondition, lines: Fact, path: Path) -> Iterator[Found]:
    if goods.quantity is not None and goods.quantity.at_most is not None and goods.quantity.at_most < 0:
        mistake = Mistake("nobody buys fewer pieces than none, so nobody could match", "Raise at_most.")
        yield (*path, "quantity", "at_most"), mistake
    for key in ("category", "product", "brand"):
        yield from _blank(key, getattr(goods, key), path)
    yield from _where(goods.line, lines, (*path, "line"))


def _blank(key: str, text: str | None, path: Path) -> Iterator[Found]:
    if text is not None and not text.strip():
        yield (*path, key), Mistake(f"the {key} is empty", f"Name a {key}, or leave the line out.")


def _where(where: Where | None, fact: Fact, path: Path) -> Iterator[Found]:
    yield from _tests(asked_where(where, path), fact)


def _tests(tests: Iterable[Asked], fact: Fact) -> Iterator[Found]:
    for asked in tests:
        try:
            values_of(asked, fact, ANY_DAY)
        except Mistake as mistake:
            there = fact.field(asked.field) is not None
            yield _placed(asked.path, mistake) if there else (asked.path[:-1], mistake)


def _window(condition: RowsCondition | ContactedCondition | BoughtCondition, fact: Fact) -> Iterator[Found]:
    last = last_day(fact, ANY_DAY)
    try:
        days_of(condition, fact, ANY_DAY, last)
        check_reached(condition, ANY_DAY - last)
    except Mistake as mistake:
        yield _placed((), mistake)


def _count(count: Range | None, *, alone: bool) -> Iterator[Found]:
    try:
        check_count(count, alone=alone)
    except Mistake as mistake:
        yield _placed(("count",), mistake)


def _placed(path: Path, mistake: Mistake) -> Found:
    return (path if mistake.part is None else (*path, mistake.part)), mistake
