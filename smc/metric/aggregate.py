"""Aggregates over facts as SQL: all columns over one fact in one statement, a row per customer.

``sum`` takes every row that counts (returned ones are negative); ``avg`` is that sum by the number of things that are
counted, as average_receipt is; ``count``, ``min``, ``max``, ``median`` and ``distinct`` look at these alone.
Every test is true or false, never null: a missing value equals nothing, and ``not_equals`` is the opposite of
``equals``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import assert_never

from sqlglot import exp

from smc.config.metrics import TIMES, Found, find_operand, find_tested
from smc.metric.check_test import day_of
from smc.metric.scope import Scope
from smc.metric.window import first_of_month, since
from smc.model.facts import Fact
from smc.model.metrics import Aggregate, Test, Window
from smc.warehouse import all_of, any_of, sql

_VALUES = {
    "count": "count(*) filter (where $once)",
    "sum": "sum($field) filter (where $all)",
    "avg": "cast(sum($field) filter (where $all) as double) / nullif(count($field) filter (where $once), 0)",
    "min": "min($field) filter (where $once)",
    "max": "max($field) filter (where $once)",
    "median": "cast(median(cast($field as $wide)) filter (where $once) as $wide)",
    "distinct": "bool_or($once)",
}
"""``distinct`` says of each thing of a customer whether it counts; those that do are counted in another step."""
_ZERO_BELOW = "coalesce(sum($field) filter (where $all), 0) <> 0 and count($field) filter (where $once) = 0"
"""Whether an ``avg`` has something to divide, and nothing to divide it by."""
_TESTS = {
    "equals": "coalesce($field = $value, false)",
    "not_equals": "not coalesce($field = $value, false)",
    "less": "coalesce($field < $value, false)",
    "at_most": "coalesce($field <= $value, false)",
    "more": "coalesce($field > $value, false)",
    "at_least": "coalesce($field >= $value, false)",
    "in_": "coalesce($field in $values, false)",
    "not_in": "not coalesce($field in $values, false)",
    "contains": "coalesce(contains(lower($field), lower($value)), false)",
    "starts_with": "coalesce(starts_with(lower($field), lower($value)), false)",
}
_CATEGORY = """
    select category_key as key, 1 as hit from category_ident where category_id in $ids
    union
    select a.category_key, 1
    from category_ancestor as a
    join category_ident as i on i.category_key = a.ancestor_key
    where i.category_id in $ids
"""
_PLACED = f"""
    select distinct p.product_key as key, 1 as hit
    from product_category as p
    join ({_CATEGORY}) as c on c.key = p.category_key
"""
_PRODUCT = "select product_key as key, 1 as hit from product_ident where product_id in $ids"
_HEADS = {"lines": "receipt_key", "order_lines": "order_key"}
"""Facts of lines, and the key of what they are lines of."""
_DATED = ("receipts", "lines", "events", "web_events", "messages", "reactions")
"""Facts whose rows all have a day, as far as they count."""
_SINCE_WHEN = {"bonuses": "cast(t.changed_at as date)"}
"""Facts without a time of their rows, of which the day is known since when they hold."""


@dataclass(frozen=True, slots=True)
class Column:
    """A stored figure: its column and what fills it."""

    name: str
    aggregate: Aggregate

    def type(self, facts: Mapping[str, Fact]) -> str:
        """The type of the column."""
        kind = self._kind(facts)
        match self.aggregate.function:
            case "count" | "distinct":
                return "bigint"
            case "avg":
                return "double"
            case "median":
                return "double" if kind == "integer" else "decimal(18, 4)"
            case "sum" | "min" | "max":
                return "bigint" if kind == "integer" else "date" if kind in TIMES else "decimal(18, 4)"
            case _:
                assert_never(self.aggregate.function)

    def _kind(self, facts: Mapping[str, Fact]) -> str | None:
        if self.aggregate.field is None:
            return None
        return _operand_of(facts, self.aggregate).field.type


def known_day(fact: Fact) -> str | None:
    """SQL of the day from which a row is known; None where rows have no time."""
    return fact.day or _SINCE_WHEN.get(fact.name)


def grouped(facts: Mapping[str, Fact], over: str, columns: Sequence[Column], as_of: date, scope: Scope) -> exp.Select:
    """``customer_key`` and ``v0``, ``v1``, … of the columns, for customers in scope who have rows of the fact.

    Medians are DECIMAL(38, 4), in which every value of a field has room. Beside the ``vN`` of an ``avg`` stands ``zN``:
    whether it was divided by zero. Different things are counted in two steps of GROUP BY: with many figures of them
    that is several times faster than count(distinct).
    """
    first, *others = (_per_customer(part) for part in parts_of(facts, over, columns, as_of, scope))
    if not others:
        return first
    query = exp.select("p0.customer_key", *(f"p0.{name}" for name in first.named_selects[1:]))
    query.from_(first.subquery("p0", copy=False), copy=False)
    for number, part in enumerate(others, start=1):
        query.select(*(f"p{number}.{name}" for name in part.named_selects[1:]), copy=False)
        on = f"p{number}.customer_key = p0.customer_key"
        query.join(part.subquery(f"p{number}", copy=False), on=on, join_type="left", copy=False)
    return query


@dataclass(frozen=True, slots=True)
class Part:
    """A scan of a fact: figures per customer; with ``things``, per customer and thing, whether it counts in each."""

    query: exp.Select
    things: str | None = None


def parts_of(
    facts: Mapping[str, Fact], over: str, columns: Sequence[Column], as_of: date, scope: Scope
) -> Iterator[Part]:
    """The scans that the columns need. In the first one of several are all customers of all of them."""
    fact, numbered = facts[over], list(enumerate(columns))
    where = [sql("t.customer_key is not null"), *scope.conditions("t"), *_known(fact, as_of)]
    windows = [column.aggregate.window for column in columns]
    if all(window is not None for window in windows):
        where.append(_after(fact, min(_first(fact, window, as_of) for window in windows)))
    things: dict[str, list[tuple[int, Column]]] = {}
    for number, column in numbered:
        if column.aggregate.function == "distinct":
            things.setdefault(column.aggregate.field or "", []).append((number, column))
    plain = [one for one in numbered if one[1].aggregate.function != "distinct"]
    if plain or len(things) != 1:
        yield Part(_Scan(facts, fact, as_of, scope).grouped(plain, where))
    for field_name, group in things.items():
        yield Part(_Scan(facts, fact, as_of, scope).grouped(group, where, things=group[0][1].aggregate), field_name)


def _per_customer(part: Part) -> exp.Select:
    if part.things is None:
        return part.query
    counts = (exp.alias_(sql(f"count(*) filter (where s.{name})"), name) for name in part.query.named_selects[1:])
    query = exp.select("s.customer_key", *counts).from_(part.query.subquery("s", copy=False), copy=False)
    return query.group_by("s.customer_key", copy=False)


def fields_of(aggregate: Aggregate, facts: Mapping[str, Fact]) -> Iterator[Found]:
    """Every field that the figure reads; one of the lines where a receipt is asked for its lines."""
    yield from (_tested(facts, aggregate.over, test) for test in aggregate.where)
    if aggregate.field:
        yield _operand_of(facts, aggregate)


def meaning(column: Column, facts: Mapping[str, Fact]) -> str:
    """All that the figure depends on but the rows, as text; titles do not matter."""
    fact, found = facts[column.aggregate.over], list(fields_of(column.aggregate, facts))
    counted = [
        (one.table, one.day, one.later, one.counts, one.counted_once, one.taken_back, sorted(one.joins.items()))
        for one in (fact, *(of.fact for of in found))
    ]
    reads = [(of.field.read, of.field.needs, of.field.type) for of in found]
    return repr(
        (column, column.type(facts), counted, reads, sorted(_VALUES.items()), sorted(_TESTS.items()), _CATEGORY)
    )


def _tested(facts: Mapping[str, Fact], over: str, test: Test) -> Found:
    return _known_field(find_tested(facts, over, test), over, test.field)


def _operand_of(facts: Mapping[str, Fact], aggregate: Aggregate) -> Found:
    name = aggregate.field or ""
    return _known_field(find_operand(facts, aggregate.over, name, aggregate.function), aggregate.over, name)


def _known_field(found: Found | None, over: str, field_name: str) -> Found:
    if found is None:
        raise ValueError(f"{over} has no field {field_name}")
    return found


def _known(fact: Fact, as_of: date) -> Iterator[exp.Expr]:
    """Rows that had happened, and were written, by the day."""
    day = known_day(fact)
    if day is not None:
        text = f"{day} <= $last" if fact.name in _DATED else f"coalesce({day} <= $last, true)"
        yield sql(text, last=last_day(fact, as_of))


def last_day(fact: Fact, as_of: date) -> date:
    """The last day whose rows count: that before, where rows are written behind the metrics of their day."""
    return as_of - timedelta(days=1) if fact.later else as_of


def _first(fact: Fact, window: Window, as_of: date) -> date:
    """The day before the window, which ends with the last day whose rows count."""
    if window is None:
        raise ValueError("no window")
    return since(first_of_month(as_of), 1) if window == "month" else since(last_day(fact, as_of), window)


def _after(fact: Fact, day: date) -> exp.Expr:
    return sql(f"{fact.day} > $day", day=day)


@dataclass(slots=True)
class _Scan:
    """One statement over a fact in the making: the joins that its values and tests need.

    ``made``: conditions that many figures share, made once; ``sql`` copies what it is given.
    """

    facts: Mapping[str, Fact]
    fact: Fact
    as_of: date
    scope: Scope
    needs: set[str] = field(default_factory=set)
    flags: dict[str, tuple[exp.Expr, str]] = field(default_factory=dict)
    made: dict[object, exp.Expr] = field(default_factory=dict)

    def query(self) -> exp.Select:
        query = sql(f"select t.customer_key from {self.fact.table} as t {self.fact.joined(tuple(self.needs))}")
        if not isinstance(query, exp.Select):
            raise TypeError(type(query).__name__)
        for number, (flag, on) in enumerate(self.flags.values()):
            query = query.join(exp.alias_(flag, f"f{number}", table=True), on=f"f{number}.key = {on}", join_type="left")
        return query

    def grouped(
        self, columns: Sequence[tuple[int, Column]], where: Sequence[exp.Expr], things: Aggregate | None = None
    ) -> exp.Select:
        """The figures of numbered columns per customer, or per customer and what ``things`` has as its field."""
        values = [exp.alias_(self.value(column), f"v{number}", copy=False) for number, column in columns]
        values += [
            exp.alias_(self.zero_below(column), f"z{number}", copy=False)
            for number, column in columns
            if column.aggregate.function == "avg"
        ]
        by: list[str | exp.Expr] = ["t.customer_key"]
        if things is not None:
            thing = self._operand(things)
            by, where = [*by, thing], [*where, sql("$thing is not null", thing=thing)]
        query = self.query().where(all_of(where), copy=False).group_by(*by, copy=False)
        query.select(*values, copy=False)
        return query

    def value(self, column: Column) -> exp.Expr:
        wide = "double" if column.type(self.facts) == "double" else "decimal(38, 4)"
        return self._filled(_VALUES[column.aggregate.function].replace("$wide", wide), column.aggregate)

    def zero_below(self, column: Column) -> exp.Expr:
        return self._filled(_ZERO_BELOW, column.aggregate)

    def _filled(self, text: str, aggregate: Aggregate) -> exp.Expr:
        """The text with its holes filled: the field, and the conditions on rows."""
        conditions = [*self.tests(aggregate.where)]
        if aggregate.window is not None:
            conditions.append(self._inside(aggregate.window))
        holes: dict[str, exp.Expr] = {}
        if "$once" in text:
            holes["once"] = all_of([*conditions, *self._counted(aggregate, once=True)], copy=False)
        if "$all" in text:
            holes["all"] = all_of([*conditions, *self._counted(aggregate, once=False)], copy=False)
        if "$field" in text:
            holes["field"] = self._operand(aggregate)
        return sql(text, **holes)

    def _inside(self, window: Window) -> exp.Expr:
        if window not in self.made:
            self.made[window] = _after(self.fact, _first(self.fact, window, self.as_of))
        return self.made[window]

    def tests(self, where: Sequence[Test]) -> Iterator[exp.Expr]:
        """Conditions over the row; those about lines of a receipt are one condition: one line that passes them all."""
        of_lines = []
        for test in where:
            found = _tested(self.facts, self.fact.name, test)
            if found.fact.name == self.fact.name:
                key = (test, *(type(value) for value in test.values))  # True is 1 otherwise
                if key not in self.made:
                    self.made[key] = self._test(test, found)
                yield self.made[key]
            else:
                of_lines.append(test)
        if of_lines:
            yield self._some_line(of_lines)

    def _test(self, test: Test, found: Found) -> exp.Expr:
        self.needs.update(found.field.needs)
        read = sql(found.field.read)
        if test.operator == "empty":
            return sql("$read is null" if test.values[0] else "$read is not null", read=read)
        if found.field.type in ("category", "product"):
            return self._keyed(test, found)
        values = test.values
        if found.field.type in TIMES:
            read, values = sql("cast($read as date)", read=read), tuple(day_of(value) or value for value in values)
        if test.operator == "between":
            low, high = values
            return sql("coalesce($read >= $low and $read <= $high, false)", read=read, low=low, high=high)
        if test.operator in ("in_", "not_in"):
            return sql(_TESTS[test.operator], field=read, values=list(values))
        return sql(_TESTS[test.operator], field=read, value=values[0])

    def _keyed(self, test: Test, found: Found) -> exp.Expr:
        """Membership of a key in a small table of the keys that the ids mean."""
        text = _CATEGORY if found.field.type == "category" else _PRODUCT
        flag = self._flag(sql(text, ids=list(test.values)), found.field.read)
        if test.placed:
            of_product = self._flag(sql(_PLACED, ids=list(test.values)), "t.product_key")
            flag = sql("($flag or $of_product)", flag=flag, of_product=of_product)
        return flag if test.operator in ("equals", "in_") else sql("not $flag", flag=flag)

    def _some_line(self, tests: Sequence[Test]) -> exp.Expr:
        lines = _tested(self.facts, self.fact.name, tests[0]).fact
        key = _HEADS[lines.name]
        scan = _Scan(self.facts, lines, self.as_of, self.scope)
        conditions = [*scan.tests(tests), sql(lines.counts), *scan.kept(), *self.scope.conditions("t")]
        rows = scan.query().select(f"t.{key} as key", "1 as hit", append=False).where(all_of(conditions)).distinct()
        return self._flag(rows, f"t.{key}")

    def _flag(self, keys: exp.Expr, on: str) -> exp.Expr:
        """Whether the key that ``on`` reads is among ``keys`` (columns key and hit); equal ones are joined once."""
        text = f"{keys.sql(dialect='duckdb')} {on}"
        self.flags.setdefault(text, (exp.Subquery(this=keys), on))
        number = list(self.flags).index(text)
        return sql(f"coalesce(f{number}.hit, 0) = 1")

    def _counted(self, aggregate: Aggregate, *, once: bool) -> Iterator[exp.Expr]:
        """Which rows count; a metric that asks for a state itself takes rows of any."""
        fact = self.fact
        if any(test.field in fact.decides for test in aggregate.where):
            yield from self.kept() if once else ()
            return
        if once:
            self.needs.update(fact.once_needs)
        text = fact.counted_once if once else fact.counts
        if text != "true":
            yield sql(text)

    def kept(self) -> Iterator[exp.Expr]:
        """That a row takes nothing back."""
        if self.fact.taken_back != "false":
            self.needs.update(self.fact.once_needs)
            yield sql("not $back", back=exp.paren(sql(self.fact.taken_back)))

    def _operand(self, aggregate: Aggregate) -> exp.Expr:
        found = _operand_of(self.facts, aggregate)
        self.needs.update(found.field.needs)
        read = sql(found.field.read)
        return (
            sql("cast($read as date)", read=read)
            if found.field.type == "datetime" and (aggregate.function in ("min", "max"))
            else read
        )


def within(fact: Fact, ranges: Sequence[tuple[date, date]]) -> exp.Select:
    """Customers with a row on a day of one of the ranges (after the first, up to the last)."""
    day = known_day(fact)
    if day is None:
        raise ValueError(f"{fact.name} has no day")
    moved = any_of([sql(f"({day} > $after and {day} <= $until)", after=after, until=until) for after, until in ranges])
    query = sql(
        f"select t.customer_key from {fact.table} as t where t.customer_key is not null and $moved", moved=moved
    )
    if not isinstance(query, exp.Select):
        raise TypeError(type(query).__name__)
    return query
