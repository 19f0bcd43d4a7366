"""What one customer has, of the things that conditions ask for: values, figures of matching rows, states, buckets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlglot import exp

from smc.config.values import Kind
from smc.segment.atoms import (
    Atom,
    BoughtLines,
    BoughtReceipts,
    BoughtTogether,
    Bounds,
    Compare,
    Measure,
    Permission,
    Rows,
    Sample,
    Tagged,
)
from smc.segment.bits import named
from smc.segment.evaluate import Evaluation, read_value
from smc.segment.own import Own
from smc.segment.scan_bought import line_scan, receipt_scan
from smc.segment.scan_rows import rows_scan
from smc.segment.scan_together import together_scan
from smc.segment.scope import Scope
from smc.segment.words import value_words
from smc.warehouse import sql

_TAGGED = """(select max(t.added_on) from (
        select customer_key, tag, added_on from tag_member
        union all select customer_key, tag, added_on from tag_past where removed_on > $day
    ) as t where t.customer_key = c.customer_key and t.tag = $tag and t.added_on <= $day)"""
_STATE = """(select max(s.state) from subscription as s
    where s.customer_key = c.customer_key and s.channel = $channel and s.category = $category)"""
_STATE_THEN = """(select
        case
            arg_max(s.state, row(s.changed_at, s.state = 'no')) filter (where s.state <> 'unknown')
            when 'no' then 'no'
            else arg_max(s.state, row(s.changed_at, s.state = 'unknown'))
        end
    from subscription_log as s
    where s.customer_key = c.customer_key and s.channel = $channel and s.category = $category
        and cast(s.changed_at as date) <= $day)"""
_NAMES: dict[Kind, str] = {
    "category": """(select coalesce(k.name, n.category_id) from category_ident as n
        left join category as k on k.category_key = n.category_key where n.category_key = $key)""",
    "product": """(select coalesce(p.name, n.product_id) from product_ident as n
        left join product as p on p.product_key = n.product_key where n.product_key = $key)""",
}
"""A key of the warehouse means nothing to people."""

_EMPTY = frozenset({"min", "max"})
"""Figures that no rows do not have."""

Readings = Mapping[Atom, str]


def readings(own: Own, scope: Scope, found: Evaluation) -> Readings:
    """The words for what this customer has, for every atom that has something to show."""
    figures = {atom: _figures(own, question) for atom in found.atoms if (question := _question(atom, scope))}
    return {**_values(own, scope, found), **figures}


def _values(own: Own, scope: Scope, found: Evaluation) -> dict[Atom, str]:
    """Of atoms that read one value: all in one row, over the joins that the evaluation has already."""
    reads = {atom: read for atom in found.atoms if (read := _read(atom, scope)) is not None}
    if not reads:
        return {}
    inner = next(select for select in found.flags.find_all(exp.Select) if _is_profile(select)).copy()
    inner.set("expressions", [named(read, f"v{at}") for at, read in enumerate(reads.values())])
    row = own.warehouse.rows(inner.where(sql("c.customer_key = $key", key=own.key)))
    return {atom: _said(atom, value) for atom, value in zip(reads, row[0], strict=True)} if row else {}


def _is_profile(select: exp.Select) -> bool:
    table = select.args.get("from_")
    return table is not None and isinstance(table.this, exp.Table) and table.this.name == "customer"


def _read(atom: Atom, scope: Scope) -> exp.Expr | None:
    match atom:
        case Compare(source="metric", name=name):
            read = read_value(atom, scope)
            shown = _NAMES.get(scope.metrics[name].type)
            return sql(shown, key=read) if shown else read
        case Compare():
            return read_value(atom, scope)
        case Sample(salt=salt):
            return sql("bucket_of($salt, i.customer_id)", salt=salt)
        case Tagged(tag=tag):
            return sql(_TAGGED, tag=tag, day=scope.as_of)
        case Permission():
            return _permission(atom, scope)
        case _:
            return None


def _permission(atom: Permission, scope: Scope) -> exp.Expr:
    if atom.past:
        return sql(_STATE_THEN, channel=atom.channel, category=atom.category, day=scope.as_of)
    return sql(_STATE, channel=atom.channel, category=atom.category)


def _said(atom: Atom, value: Any) -> str:
    match atom:
        case Sample(below=below):
            return f"bucket {value} of 10000, asked below {below}"
        case Tagged():
            return "not now" if value is None else f"since {value_words(value)}"
        case Permission():
            return value or "unknown"
        case Compare(source="rfm", name=name):
            return f"{name} {value_words(value)}"
        case _:
            return value_words(value)


@dataclass(frozen=True, slots=True)
class _Question:
    """Figures of rows: ``totals`` is the part of a scan that has them, before bounds are held against them.

    ``columns``: words and the column of each; a pair of columns is a sum and a number, of which an average is made.
    """

    scan: exp.Expr
    totals: str
    columns: Mapping[str, tuple[str, ...]]


def _question(atom: Atom, scope: Scope) -> _Question | None:
    """The scan of this atom alone. Receipts are counted whether a bound asks for that or not."""
    lines = scope.facts["lines"]
    match atom:
        case BoughtReceipts():
            columns = {"receipts": ("n0",), "amount": ("t0",)}
            return _Question(receipt_scan((atom,), scope.as_of), "total", columns)
        case BoughtLines():
            counted = replace(atom, receipts=atom.receipts or Bounds(low=Decimal(0)))
            columns = {name: (name,) for name in ("receipts", "quantity", "amount")}
            return _Question(line_scan((counted,), scope.as_of, lines), "total", columns)
        case BoughtTogether():
            return _Question(together_scan((atom,), scope.as_of, lines), "reached", {"receipts": ("receipts",)})
        case Rows(fact=name, measures=measures):
            return _Question(rows_scan((atom,), scope.facts[name]), "figure", _columns(measures))
        case _:
            return None


def _columns(measures: tuple[Measure, ...]) -> dict[str, tuple[str, ...]]:
    """The columns of figures in the order in which the scan of rows makes them."""
    figures: dict[tuple[str, str | None, Kind], str] = {}
    found: dict[str, tuple[str, ...]] = {}
    for measure in measures:
        asked = [(measure.figure, measure.field, measure.kind)]
        if measure.figure == "avg":
            asked.append(("sum", measure.field, measure.kind))
        names = [figures.setdefault((*one,), f"f{len(figures)}") for one in asked]
        found[f"{measure.figure} {measure.field or ''}".strip()] = tuple(reversed(names))
    return found


def _figures(own: Own, question: _Question) -> str:
    query = exp.select("*").from_(question.totals)
    query.set("with_", question.scan.args["with_"].copy())
    rows = own.warehouse.records(own.query(query))
    row = next((row for row in rows if row["customer_key"] == own.key), {})
    figures = question.columns.items()
    return value_words({name: _figure(row, columns, None if name[:3] in _EMPTY else 0) for name, columns in figures})


def _figure(row: Mapping[str, Any], columns: tuple[str, ...], nothing: int | None) -> Any:
    if len(columns) == 1:
        return row.get(columns[0], nothing)
    total, number = (row.get(column, 0) for column in columns)
    return float(total) / float(number) if number else None
