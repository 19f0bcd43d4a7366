"""Which tables tell whose rows changed, and what stands in for those that do not.

A condition on a table that tells nothing is evaluated for everyone, every time: that is slow, and never wrong. What
belongs to no customer (products, stores, mailings) is part of the definition of what reads it, as a digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from smc.model.facts import Fact
from smc.model.objects import OBJECTS
from smc.segment.atoms import Atom, BoughtLines, BoughtTogether, Compare, Rows, Sql, reads
from smc.segment.evaluate import compare_test
from smc.segment.narrow import SHARED, keyed_tables
from smc.segment.pairs import atoms_in, nodes_of, tests_in
from smc.segment.resolve import Resolved
from smc.segment.scope import Scope
from smc.segment.state import Output
from smc.warehouse import Warehouse, name, sql

_NOTED = frozenset(
    {item.table or item.name for item in OBJECTS.values() if item.touches} - SHARED
    | {"customer_metric", "customer_activity", "custom_metric", "rfm"}
    | {"tag_member", "tag_past", "entry", "step_log", "message", "suppression"}
)
"""Tables of which it is known whose rows changed: from notes, or from days that stand in their rows. Of a shared row
only its owner is noted."""
_DRIFTING = {"p": "customer_prediction"}
"""One-row tables that are others every day, for everyone."""
_PLACES_NOTED = ("lines", "order_lines")
"""Facts of whose customers the import notes that a product got another place in a classifier."""
_BUYERS_NOTED = {"lines": ("brand", "category_key"), "order_lines": ("brand", "category_key")}
"""Fields of products whose buyers the import notes, by fact."""


@dataclass(frozen=True, slots=True, order=True)
class _Part:
    """Columns of a table that belongs to no customer; none stands for all of them."""

    table: str
    columns: tuple[str, ...] = ()


def restless(warehouse: Warehouse, resolved: Resolved) -> frozenset[Output]:
    """What must be evaluated for everyone every time."""
    keyed = keyed_tables(warehouse)
    trusted = {table for table in keyed if table in _NOTED or table.startswith("mart_")}
    return frozenset(
        output
        for output, node in nodes_of(resolved).items()
        if any(_drifts(atom, resolved.scope) or reads(atom) & keyed - trusted for atom in atoms_in(node))
    )


def _drifts(atom: Atom, scope: Scope) -> bool:
    match atom:
        case Sql():
            return True
        case Compare():
            return any(column.table in _DRIFTING for column in compare_test(atom, scope).find_all(exp.Column))
        case _:
            return False


def surroundings(warehouse: Warehouse, resolved: Resolved) -> dict[Output, str]:
    """A digest of everything that belongs to no customer and that an output reads."""
    keyed = keyed_tables(warehouse)
    parts = {
        output: sorted({part for atom in atoms_in(node) for part in _parts(atom, resolved.scope.facts, keyed)})
        for output, node in nodes_of(resolved).items()
    }
    digests = {part: _digest(warehouse, part) for found in parts.values() for part in found}
    return {output: " ".join(digests[part] for part in found) for output, found in parts.items()}


def _parts(atom: Atom, facts: Mapping[str, Fact], keyed: frozenset[str]) -> Iterator[_Part]:
    match atom:
        case Rows(fact=fact):
            fields = [*(test.field for test in atom.tests), *(one.field for one in atom.measures if one.field)]
            yield from _behind(facts[fact], keyed)
            yield from _joined(facts[fact], fields, keyed)
            if fact not in _PLACES_NOTED and any(test.placed for test in atom.tests):
                yield _Part("product_category", ("product_key", "category_key"))
        case BoughtLines() | BoughtTogether():
            yield from _joined(facts["lines"], [test.field for test in tests_in(atom)], keyed)
        case _:
            return


def _behind(fact: Fact, keyed: frozenset[str]) -> Iterator[_Part]:
    """Tables inside the query that stands for the fact."""
    inside = sql(f"select 1 as x from {fact.table} as t").find_all(exp.Table) if fact.table.startswith("(") else ()
    for table in inside:
        if table.name not in keyed and table.name not in _NOTED:
            yield _Part(table.name)


def _joined(fact: Fact, fields: list[str], keyed: frozenset[str]) -> Iterator[_Part]:
    """What fields read of joined tables; ids never change."""
    aliases = _aliases(fact)
    for field in (fact.field(one) for one in fields):
        for column in () if field is None else sql(field.read).find_all(exp.Column):
            table = aliases.get(column.table)
            noted = column.name in _BUYERS_NOTED.get(fact.name, ()) and table == "product"
            if table is not None and table not in keyed and not table.endswith("_ident") and not noted:
                yield _Part(table, (*_keys(fact, column.table), column.name))


def _aliases(fact: Fact) -> dict[str, str]:
    source = sql(f"select 1 as x from t {' '.join(fact.joins.values())}")
    return {table.alias: table.name for table in source.find_all(exp.Table) if table.alias in fact.joins}


def _keys(fact: Fact, alias: str) -> tuple[str, ...]:
    """Columns of the joined table by which it is joined."""
    (join,) = sql(f"select 1 as x from t {fact.joins[alias]}").find_all(exp.Join)
    return tuple(column.name for column in join.args["on"].find_all(exp.Column) if column.table == alias)


def _digest(warehouse: Warehouse, part: _Part) -> str:
    columns = part.columns or tuple(
        row[0] for row in warehouse.rows(f"select column_name from (describe {part.table})")
    )
    row = exp.func("hash", *(exp.column(name(column)) for column in columns))
    query = sql("select concat(count(*), ':', coalesce(bit_xor($row), 0)) from $table", row=row, table=name(part.table))
    return f"{part.table}{columns}{warehouse.value(query)}"
