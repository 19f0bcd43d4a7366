"""Bitsets of customers: words ``w0, w1, …`` of 62 bits, so that shifting and or-ing mean the same on every engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from smc.segment.atoms import Bounds
from smc.warehouse import name, sql
from smc.warehouse.compare import number

WORD_BITS = 62
"""Bits in a word; the sign of a BIGINT and one more are left alone."""


def place(index: int) -> tuple[int, int]:
    """Word and bit of the atom with this number."""
    return index // WORD_BITS, 1 << (index % WORD_BITS)


def words(count: int) -> range:
    """Numbers of the words that hold ``count`` bits; at least one."""
    return range(max(1, -(-count // WORD_BITS)))


def holds(table: str, index: int, *, without: bool = False) -> exp.Expr:
    """True when the atom with this number is set in the joined row of ``table``. ``without``: who has no row has it."""
    word, bit = place(index)
    none = -1 if without else 0  # one text for all bits of a word, so that it is worked out once
    return sql("(coalesce($word, $none) & $bit) <> 0", word=exp.column(f"w{word}", table=table), none=none, bit=bit)


def named(value: exp.Expr, column: str) -> exp.Expr:
    """The value as a column of a select."""
    return exp.Alias(this=value, alias=exp.to_identifier(column))


def within(figure: exp.Expr, bounds: Bounds) -> list[exp.Expr]:
    """Conditions that a figure lies between bounds, both included."""
    low = [] if bounds.low is None else [sql("$f >= $v", f=figure, v=number(bounds.low))]
    high = [] if bounds.high is None else [sql("$f <= $v", f=figure, v=number(bounds.high))]
    return low + high


def ends(bounds: Bounds) -> tuple[exp.Expr, exp.Expr]:
    """Both ends as values of a table of atoms."""
    low, high = (exp.null() if end is None else number(end) for end in (bounds.low, bounds.high))
    return low, high


def since_any(column: str, days: Sequence[date | None]) -> exp.Expr:
    """The day before which nothing can count; always true when one atom looks back without limit."""
    bounds = [day for day in days if day is not None]
    return sql(f"{column} >= $v", v=min(bounds)) if bounds and len(bounds) == len(days) else exp.true()


def places(columns: str, rows: Sequence[tuple[exp.Expr, ...]]) -> exp.Expr:
    """The atoms as a table: number, word, bit, and the columns given as ``name type``, cast whatever the rows hold."""
    schema = exp.Schema(expressions=_column_defs(f"atom bigint, word bigint, bit bigint, {columns}"))
    values = [
        exp.Tuple(expressions=[*(exp.Literal.number(item) for item in (index, *place(index))), *row])
        for index, row in enumerate(rows)
    ]
    names = [column.name for column in schema.expressions]
    table = exp.Values(
        expressions=values,
        alias=exp.TableAlias(this=name("v"), columns=[exp.to_identifier(column) for column in names]),
    )
    casts = [
        named(exp.Cast(this=exp.column(column.name, table="v"), to=column.kind), column.name)
        for column in schema.expressions
    ]
    return exp.select(*casts).from_(table)


def _column_defs(columns: str) -> list[exp.ColumnDef]:
    create = sql(f"create table t ({columns})")
    return list(create.find_all(exp.ColumnDef))


def bit_ors(count: int) -> str:
    """The words of a bitset from rows of the atoms' table ``a``."""
    return ", ".join(f"bit_or(case when a.word = {word} then a.bit else 0 end) as w{word}" for word in words(count))


def flag_words(flags: Sequence[exp.Expr]) -> list[exp.Expr]:
    """Booleans packed into words; bits differ, so adding them is or-ing them."""
    packed: list[exp.Expr] = []
    for word in words(len(flags)):
        bits = [(flag, place(index)[1]) for index, flag in enumerate(flags) if place(index)[0] == word]
        terms = [_bit_if(flag, bit) for flag, bit in bits]
        packed.append(named(exp.Cast(this=_sum(terms), to=exp.DataType.build("bigint")), f"w{word}"))
    return packed


def _bit_if(flag: exp.Expr, bit: int) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=flag, true=exp.Literal.number(bit))], default=exp.Literal.number(0))


def _sum(terms: Sequence[exp.Expr]) -> exp.Expr:
    total: exp.Expr = exp.Literal.number(0)
    for term in terms:
        total = exp.Add(this=total, expression=term)
    return total
