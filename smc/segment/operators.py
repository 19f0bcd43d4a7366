"""Operators as SQL: a value that is read, compared with constants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from sqlglot import exp

from smc.config.values import Kind
from smc.model.facts import CONTEXT, Fact
from smc.segment.atoms import FieldTest
from smc.warehouse import sql
from smc.warehouse.compare import test_of

_DETAILS = {"decimal": "decimal(18, 4)", "boolean": "boolean"}
"""What a detail of an event, which is text, is read as; what is none has no value."""
_PLACE = """
left join (select distinct product_key, 1 as hit from product_category where category_key in ({keys})) as {alias}
on {alias}.product_key = t.product_key
"""
"""Whether the product of a row has a place in one of the categories, whatever their classifier."""


def read_field(fact: Fact, name: str, kind: Kind) -> exp.Expr:
    """A field of the fact, read as ``kind``."""
    field = fact.field(name)
    if field is None:
        raise LookupError(f"{fact.name} has no field {name}")
    if name.startswith(CONTEXT):
        read = sql(field.read)
        if kind == "datetime":
            return exp.TryCast(this=read, to=exp.DataType.build("timestamptz"))
        return exp.TryCast(this=read, to=exp.DataType.build(_DETAILS[kind])) if kind in _DETAILS else read
    return sql(field.read)


def field_test(test: FieldTest, fact: Fact) -> exp.Expr:
    """True or false for a row, never null."""
    read = read_field(fact, test.field, test.kind)
    found = test_of(read, test.operator, test.values, time=test.kind == "datetime")
    if test.placed:
        found = sql("($found or $hit = 1)", found=found, hit=exp.column("hit", table=_place(test)))
    held = found if test.operator == "empty" else sql("coalesce($test, false)", test=found)
    return held if test.positive else sql("not $held", held=held)


def needs_of(fact: Fact, names: Sequence[str]) -> tuple[str, ...]:
    """Joins of the fact behind these fields."""
    fields = (fact.field(name) for name in names)
    return tuple(alias for field in fields if field is not None for alias in field.needs)


def joined(fact: Fact, needs: Iterable[str], tests: Iterable[FieldTest]) -> str:
    """The joins of the fact with these aliases, and those that the tests need beside."""
    places = {_place(test): test.values for test in tests if test.placed}
    texts = (_PLACE.format(alias=alias, keys=", ".join(map(str, places[alias]))) for alias in sorted(places))
    return " ".join([fact.joined(tuple(needs)), *texts])


def _place(test: FieldTest) -> str:
    """The alias of a join: the same for the same categories."""
    return f"place_{sha256(repr(test.values).encode()).hexdigest()[:12]}"
