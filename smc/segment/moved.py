"""Of whom the members of a segment can be others than at the last refresh: they alone are evaluated in a night.

Everybody else has the rows that he had then, on days that lie in the same spans as then, and values that compare with
today's constants as they did with those of the last day. So every atom is what it was, and so is every segment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlglot import exp

from smc.model.facts import Fact
from smc.segment.atoms import (
    Atom,
    BoughtLines,
    BoughtReceipts,
    BoughtTogether,
    Compare,
    Controlled,
    FieldTest,
    Rows,
    reads,
    span,
)
from smc.segment.evaluate import atom_test
from smc.segment.operators import field_test, joined, needs_of
from smc.segment.pairs import Days, Night, Pair, exchanged, pairs_of, tests_in
from smc.segment.state import Output
from smc.warehouse import Engine, Warehouse, any_of, sql, statement

SCOPE = "segment_scope"
"""The temporary table of those who are evaluated."""

NOTES = ("segment_touched", "rfm_touched")
"""Tables in which the metrics note for the segments whose rows they changed."""
_LISTS = ("segment_touched", "customer_touched")
"""A null in the first means everyone. The import notes in the second, and the metrics pass it on."""
_BY_DAYS = {
    "tag_member": "tags_moved",
    "message": "messages_moved",
    "entry": "entries_moved",
    "step_log": "steps_moved",
}
"""Tables whose rows say by their days that they are new or different, and the statement that asks them."""
_ONE_ROW = {"c": "customer", "m": "customer_metric", "a": "customer_activity", "x": "custom_metric", "f": "rfm"}
_PART = 3
"""Above one in so many customers it is cheaper to evaluate all."""


def collect(warehouse: Warehouse, engine: Engine, night: Night, outputs: Collection[Output]) -> bool:
    """Leave in ``segment_scope`` who must be evaluated for the outputs; False when that is everyone, or nearly so."""
    if any(warehouse.value(f"select true from {name} where customer_key is null limit 1") for name in _LISTS):
        return False
    pairs = pairs_of(night, outputs)
    queries = [*_noted(pairs, night), *_rows(pairs, night), *_flips(warehouse, pairs, night), *_rescored(pairs, night)]
    union = " union all ".join(f"select customer_key from $q{number}" for number in range(len(queries)))
    every = sql(union, **{f"q{number}": query for number, query in enumerate(queries)})
    engine.materialise(
        SCOPE, sql("select distinct customer_key from $every where customer_key is not null", every=every)
    )
    some, base = warehouse.rows(f"select (select count(*) from {SCOPE}), (select count(*) from customer)")[0]
    return bool(some * _PART <= base)


def _noted(pairs: Sequence[Pair], night: Night) -> Iterator[exp.Expr]:
    """Whose rows changed."""
    for name in _LISTS:
        yield sql(f"select customer_key from {name}")
    tables = {table for pair in pairs for table in reads(pair.now)}
    for table, query in _BY_DAYS.items():
        if table in tables:
            yield sql(statement("smc.segment", query), since=night.last)
    if any(isinstance(pair.now, Controlled) for pair in pairs):
        yield sql(statement("smc.segment", "control_moved"), since=night.last, as_of=night.as_of)


def _rows(pairs: Sequence[Pair], night: Night) -> Iterator[exp.Expr]:
    """Who has rows that an atom sees today and did not see on the last day, or the other way round."""
    days: dict[str, dict[Days, None]] = {}
    tests: dict[str, dict[tuple[FieldTest, FieldTest], None]] = {}
    for pair in pairs:
        if (fact := _fact_of(pair.now)) is not None:
            if span(pair.now) is not None:
                # lines have the day of their receipt, and there are fewer receipts
                of_days = "receipts" if fact == "lines" else fact
                days.setdefault(of_days, {}).update(dict.fromkeys(exchanged(pair, night)))
            both = zip(tests_in(pair.before), tests_in(pair.now), strict=True)
            tests.setdefault(fact, {}).update(dict.fromkeys(test for test in both if test[0] != test[1]))
    facts = night.now.scope.facts
    yield from (_on_days(facts[name], tuple(found)) for name, found in days.items() if found)
    yield from (_tested(facts[name], tuple(found)) for name, found in tests.items() if found)


def _fact_of(atom: Atom) -> str | None:
    match atom:
        case BoughtReceipts():
            return "receipts"
        case BoughtLines() | BoughtTogether():
            return "lines"
        case Rows(fact=fact):
            return fact
        case _:
            return None


def _on_days(fact: Fact, days: Sequence[Days]) -> exp.Expr:
    """Days as constants, so that parts of the table of other days are not read."""
    within = [sql(f"{fact.day} between $low and $high", low=low, high=high) for low, high in days]
    return sql(f"select t.customer_key from {fact.table} as t where $within", within=any_of(within))


def _tested(fact: Fact, tests: Sequence[tuple[FieldTest, FieldTest]]) -> exp.Expr:
    """Rows of which a test with a constant that moves with the day says otherwise today."""
    joins = joined(fact, needs_of(fact, [now.field for _, now in tests]), [one for pair in tests for one in pair])
    flips = [
        sql("$old is distinct from $new", old=field_test(old, fact), new=field_test(new, fact)) for old, new in tests
    ]
    return sql(f"select t.customer_key from {fact.table} as t {joins} where $flips", flips=any_of(flips))


def _flips(warehouse: Warehouse, pairs: Sequence[Pair], night: Night) -> list[exp.Expr]:
    """Customers of whom a comparison, with the values of today, says otherwise than on the last day."""
    tests: dict[frozenset[str], list[exp.Expr]] = {}
    for old, new in _tests(pairs, night):
        if old != new:
            flip = sql("$old is distinct from $new", old=old, new=new)
            tests.setdefault(_tables_of(flip), []).append(flip)
    return [_flipped(warehouse, needs, flips) for needs, flips in tests.items()]


def _rescored(pairs: Sequence[Pair], night: Night) -> list[exp.Expr]:
    """Customers of whom a comparison says otherwise of their scores of today than of those of the last refresh."""
    flips: list[exp.Expr] = []
    for old, new in _tests(pairs, night):
        if "f" in _tables_of(new):
            if _tables_of(new) != {"f"}:
                return [sql("select customer_key from rfm_touched")]
            for column in old.find_all(exp.Column):
                column.set("table", exp.to_identifier("o"))
            flips.append(sql("$old is distinct from $new", old=old, new=new))
    query = exp.select("o.customer_key").from_("rfm_touched as o")
    return [query.join("rfm as f", on="f.customer_key = o.customer_key", join_type="left").where(any_of(flips))]


def _tests(pairs: Sequence[Pair], night: Night) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """Each comparison as it was asked on the last day and as it is asked today."""
    for pair in pairs:
        if isinstance(pair.now, Compare):
            yield atom_test(pair.before, night.before.scope, ()), atom_test(pair.now, night.now.scope, ())


def _tables_of(test: exp.Expr) -> frozenset[str]:
    return frozenset(column.table for column in test.find_all(exp.Column))


def _flipped(warehouse: Warehouse, needs: frozenset[str], flips: Sequence[exp.Expr]) -> exp.Expr:
    """One scan of the table that is read; of all customers where a missing row counts too."""
    joins = {alias: table for alias, table in _ONE_ROW.items() if alias in needs}
    if len(joins) == 1 and "i" not in needs and not _without_row(warehouse, joins, flips):
        ((alias, table),) = joins.items()
        return exp.select(f"{alias}.customer_key").from_(f"{table} as {alias}").where(any_of(flips))
    query = exp.select("i.customer_key").from_("customer_ident as i")
    for alias, table in joins.items():
        query = query.join(f"{table} as {alias}", on=f"{alias}.customer_key = i.customer_key", join_type="left")
    return query.where(any_of(flips))


def _without_row(warehouse: Warehouse, joins: Mapping[str, str], flips: Sequence[exp.Expr]) -> bool:
    """Whether a comparison can change for a customer who has no row."""
    ((alias, table),) = joins.items()
    nothing = exp.select("1").from_("(select 1) as nothing")
    nothing = nothing.join(f"{table} as {alias}", on="false", join_type="left").where(any_of(flips))
    return bool(warehouse.rows(nothing))
