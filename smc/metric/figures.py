"""The figures over facts: rows of customer_activity and custom_metric.

A row is there for a customer with any figure: a count or sum that is not zero, or another value. A sum that does not
fit its column is null, so null in the column of a sum says exactly that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from sqlglot import exp

from smc.metric.aggregate import Column, grouped
from smc.metric.scope import Scope
from smc.model.facts import Fact
from smc.warehouse import DuckDBEngine, Warehouse, any_of, name, sql

_PART = "metric_fact_{}"


@dataclass(slots=True)
class Figures:
    """Writes figures over facts; ``tables``: columns by the table that they are of.

    ``lost`` adds up for how many customers a figure has no value, as it was too large or divided by zero.

    A fact without rows is not read. Every statement reads all that is asked of a fact, whatever table it is for.
    """

    warehouse: Warehouse
    facts: Mapping[str, Fact]
    tables: Mapping[str, Sequence[Column]]
    as_of: date
    lost: dict[str, int] = field(default_factory=dict)
    _read: dict[str, list[Column]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for column in (column for columns in self.tables.values() for column in columns):
            self._read.setdefault(column.aggregate.over, []).append(column)
        self._read = {
            over: columns for over, columns in self._read.items() if has_rows(self.warehouse, self.facts[over])
        }

    @property
    def reads(self) -> tuple[str, ...]:
        """The tables of the facts that are read."""
        return tuple(sorted({table for over in self._read for table in self.facts[over].reads}))

    def write(self, scope: Scope) -> None:
        """Insert the rows of the customers in scope, who have none."""
        self._materialise(scope)
        for table, columns in self.tables.items():
            parts = self._parts(columns)
            if parts:
                self.warehouse.run(self._insert(table, columns, parts))
        self._drop()

    def fill(self, scope: Scope) -> None:
        """Write the columns for the customers in scope and leave the other columns of their rows as they are."""
        self._materialise(scope)
        for table, columns in self.tables.items():
            parts = self._parts(columns)
            if parts:
                self._fill(table, columns, parts)
        self._drop()

    def _materialise(self, scope: Scope) -> None:
        engine = DuckDBEngine(self.warehouse)
        for over, columns in self._read.items():
            engine.materialise(_PART.format(over), grouped(self.facts, over, columns, self.as_of, scope))
            self._count_lost(over, columns)

    def _drop(self) -> None:
        for over in self._read:
            self.warehouse.run(sql("drop table $table", table=name(_PART.format(over))))

    def _count_lost(self, over: str, columns: Sequence[Column]) -> None:
        counted = {
            column.name: sql("count(*) filter (where $lost)", lost=lost)
            for number, column in enumerate(columns)
            if (lost := self._lost(number, column)) is not None
        }
        if not counted:
            return
        query = exp.select(*counted.values()).from_(exp.table_(_PART.format(over), quoted=True).as_("g"))
        for metric, count in zip(counted, self.warehouse.rows(query)[0], strict=True):
            if count:
                self.lost[metric] = self.lost.get(metric, 0) + count

    def _lost(self, number: int, column: Column) -> exp.Expr | None:
        """The condition over the materialised columns that there is a figure but no value; None if there cannot be."""
        raw = exp.column(f"v{number}", table="g")
        match column.aggregate.function:
            case "avg":
                return exp.column(f"z{number}", table="g")
            case "sum" | "min" | "max" | "median":
                return sql("$raw is not null and $cast is null", raw=raw, cast=self._cast(raw, column))
            case "count" | "distinct":
                return None
            case _:
                assert_never(column.aggregate.function)

    def _cast(self, raw: exp.Expr, column: Column) -> exp.Expr:
        return sql(f"try_cast($raw as {column.type(self.facts)})", raw=raw)

    def _parts(self, columns: Sequence[Column]) -> list[str]:
        """The facts with rows that the columns are over."""
        return [over for over, read in self._read.items() if any(column in read for column in columns)]

    def _insert(self, table: str, columns: Sequence[Column], parts: Sequence[str]) -> exp.Insert:
        rows = exp.select("k.customer_key").from_(_keys(parts).subquery("k"))
        for over in parts:
            rows = rows.join(_aliased(over), on=f"{_alias(over)}.customer_key = k.customer_key", join_type="left")
        rows.select(*(self._value(column) for column in columns), copy=False)
        raws = [(column, self._raw(column)) for column in columns]
        filled = [_is_figure(column, raw) for column, raw in raws if raw is not None]
        targets = [name("customer_key"), *(name(column.name) for column in columns)]
        return exp.insert(rows.where(any_of(filled), copy=False), table, columns=targets, copy=False)

    def _raw(self, column: Column) -> exp.Expr | None:
        """The column among the materialised ones; None where its fact has no rows."""
        over = column.aggregate.over
        read = self._read.get(over)
        return None if read is None else exp.column(f"v{read.index(column)}", table=_alias(over))

    def _value(self, column: Column) -> exp.Expr:
        """What is stored: zero for no rows where the figure is one of those, else null."""
        raw = self._raw(column)
        if raw is None:
            return sql(f"cast({'0' if column.aggregate.zero else 'null'} as {column.type(self.facts)})")
        if column.aggregate.function in ("count", "distinct"):  # many, and never too large: no cast
            return sql("coalesce($raw, 0)", raw=raw)
        cast = self._cast(raw, column)
        return (
            sql("case when $raw is null then 0 else $cast end", raw=raw, cast=cast) if column.aggregate.zero else cast
        )

    def _fill(self, table: str, columns: Sequence[Column], parts: Sequence[str]) -> None:
        rows = exp.select("k.customer_key").from_(_keys(parts).subquery("k"))
        for over in parts:
            rows = rows.join(_aliased(over), on=f"{_alias(over)}.customer_key = k.customer_key", join_type="left")
        news = (exp.alias_(self._value(column), f"n{number}") for number, column in enumerate(columns))
        rows.select(*news, copy=False)
        DuckDBEngine(self.warehouse).materialise("metric_new", rows)
        update = sql(f"update {table} set v = 1 from metric_new as n where n.customer_key = {table}.customer_key")
        update.set("expressions", [
            exp.EQ(this=exp.column(name(column.name)), expression=exp.column(f"n{number}", table="n"))
            for number, column in enumerate(columns)
        ])  # fmt: skip
        self.warehouse.run(update)
        add = exp.select("n.customer_key", *(f"n.n{number}" for number, _ in enumerate(columns))).from_(
            "metric_new as n"
        )
        add = add.join(
            exp.alias_(exp.table_(table), "o", table=True), on="o.customer_key = n.customer_key", join_type="left"
        )
        add = add.where(sql("o.customer_key is null"))
        targets = [name("customer_key"), *(name(column.name) for column in columns)]
        self.warehouse.run(exp.insert(add, table, columns=targets))
        self.warehouse.run("drop table metric_new")


def has_rows(warehouse: Warehouse, fact: Fact) -> bool:
    """Whether any table behind the fact has rows; the table of a mart is made when its feed first loads."""
    known = warehouse.rows("select table_name from duckdb_tables() where not temporary")
    tables = sorted(fact.reads & {row[0] for row in known})
    return any(warehouse.rows(sql("select 1 from $table limit 1", table=name(table))) for table in tables)


def empty_rows(columns: Sequence[Column]) -> exp.Expr:
    """The condition over stored columns that a row has no figure."""
    figures = [_stored_figure(column) for column in columns]
    return sql("not $any", any=any_of(figures)) if figures else exp.true()


def _stored_figure(column: Column) -> exp.Expr:
    read = exp.column(name(column.name))
    if column.aggregate.zero:
        return sql("coalesce($read <> 0, true)", read=read)
    return sql("$read is not null", read=read)


def _is_figure(column: Column, raw: exp.Expr) -> exp.Expr:
    return sql("coalesce($raw, 0) <> 0", raw=raw) if column.aggregate.zero else sql("$raw is not null", raw=raw)


def _alias(over: str) -> str:
    return f"g_{over}"


def _aliased(over: str) -> exp.Expr:
    return exp.alias_(exp.table_(_PART.format(over), quoted=True), _alias(over), table=True)


def _keys(parts: Sequence[str]) -> exp.Query:
    """Everyone with rows in any of the parts, once."""
    selects = [exp.select("customer_key").from_(exp.table_(_PART.format(over), quoted=True)) for over in parts]
    if len(selects) == 1:
        return selects[0]
    return exp.union(*selects, distinct=True)
