"""Rows that campaigns wait for: those of the last days, each with its fields as they are now.

One pass over each fact for all that is waited for, then one statement that keeps what was found. A row is found by its
day, whenever it came: what is late enters late, and its key tells that it is the same row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlglot import exp

from smc.config.facts import watched_facts
from smc.config.metrics import catalog
from smc.config.profile import profile_fields
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.values import Mistake
from smc.config.watch import Watch
from smc.errors import RunError, SmcError
from smc.model.facts import Fact, FactField
from smc.segment.atoms import FieldTest
from smc.segment.bits import flag_words, named, place
from smc.segment.names import look_up_rows
from smc.segment.operators import field_test, joined, needs_of
from smc.segment.resolve_rows import field_tests
from smc.segment.rows import asked_of
from smc.segment.scope import Scope
from smc.segment.vocabulary import Defined
from smc.segment.watch_lines import LINES, owner_of
from smc.warehouse import DuckDBEngine, Warehouse, all_of, any_of, sql, statement

_FOUND, _LINES = "watch_found", "watch_line"


@dataclass(frozen=True, slots=True)
class WatchResult:
    """Rows that were found, and what is wrong with rows of earlier campaign texts alone."""

    rows: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A watch with its name and its tests as SQL can make them."""

    key: str
    watch: Watch
    tests: tuple[FieldTest, ...]


def find_watched(
    warehouse: Warehouse,
    present: Mapping[str, Watch],
    old: Mapping[str, Watch],
    *,
    fields: FieldsSpec,
    metrics: MetricsSpec,
    as_of: date,
    defined: Defined | None = None,
) -> WatchResult:
    """Fill watch_row, in one transaction. Watches by their keys.

    A watch that names something that is not there finds no row and stops no other: it is written to rule_problem. Old
    ones, of texts that only customers in flight still have, are said in the result too.
    """
    facts = watched_facts(fields)

    def resolved(watches: Mapping[str, Watch]) -> list[_Resolved]:
        known = look_up_rows(warehouse, [watch.row for watch in watches.values()], facts, defined=defined)
        figures = catalog(metrics, fields)
        scope = Scope(fields, metrics, profile_fields(fields), figures, facts, known, {}, as_of)
        return [_Resolved(key, watch, _tests(watch, scope)) for key, watch in watches.items()]

    with warehouse.transaction():
        warehouse.run("delete from watch_row")
        every, problems = _each(resolved, {**old, **present})
        warehouse.run(statement("smc.segment", "forget_rule_problems"), rules=[*old, *present])
        warehouse.run(
            statement("smc.segment", "add_rule_problems"), rules=list(problems), problems=list(problems.values())
        )
        for name in dict.fromkeys(one.watch.row.over for one in every):
            _find(warehouse, facts[name], [one for one in every if one.watch.row.over == name])
        rows = warehouse.value("select count(*) from watch_row")
    return WatchResult(rows, tuple(problem for key, problem in problems.items() if key not in present))


def _each(
    resolved: Callable[[Mapping[str, Watch]], list[_Resolved]], watches: Mapping[str, Watch]
) -> tuple[list[_Resolved], dict[str, str]]:
    """Those that can be resolved, and what is wrong with the others."""
    try:
        return resolved(watches), {}
    except SmcError as error:
        if len(watches) == 1:
            return [], dict.fromkeys(watches, error.short)
    found: list[_Resolved] = []
    problems: dict[str, str] = {}
    for key, watch in watches.items():
        one, problem = _each(resolved, {key: watch})
        found += one
        problems |= problem
    return found, problems


def _tests(watch: Watch, scope: Scope) -> tuple[FieldTest, ...]:
    try:
        return field_tests(asked_of(watch.row), scope.facts[watch.row.over], scope)
    except Mistake as mistake:
        raise RunError(mistake.message, where="a row that a campaign waits for", remedy=mistake.remedy) from None


def _find(warehouse: Warehouse, fact: Fact, watches: Sequence[_Resolved]) -> None:
    """Rows of one fact."""
    engine = DuckDBEngine(warehouse)
    engine.materialise(_FOUND, _scan(fact, watches))
    if fact.name in LINES:
        engine.materialise(_LINES, sql(statement("smc.segment", LINES[fact.name])))
    places = [(one.key, *place(index)) for index, one in enumerate(watches)]
    warehouse.run(
        statement("smc.segment", "create_watch_place"),
        watches=[key for key, _, _ in places],
        words=[word for _, word, _ in places],
        bits=[bit for _, _, bit in places],
    )
    words = {word for _, word, _ in places}
    warehouse.run(_kept(fact, words))
    for table in (_FOUND, _LINES, "watch_place"):
        warehouse.run(f"drop table if exists {table}")


def _scan(fact: Fact, watches: Sequence[_Resolved]) -> exp.Expr:
    """Rows that anybody waits for, with their fields and the bits of those who do."""
    flags = [_flag(fact, one) for one in watches]
    shown = shown_fields(fact)
    tests = [test for one in watches for test in one.tests]
    needs = {*needs_of(fact, [*(test.field for test in tests), *(field.name for field in shown)]), *fact.key_needs}
    if any(not one.watch.row.any_state for one in watches):
        needs |= {*fact.once_needs}
    query = exp.select("t.customer_key")
    columns = {"row_key": fact.key or "null", "happened_at": fact.at, "day": fact.day or "null"}
    columns |= {f"f_{index}": field.read for index, field in enumerate(shown)}
    columns |= {"context": fact.context} if fact.context else {}
    columns |= {"owner": owner} if (owner := owner_of(fact)) else {}
    query = query.select(*(named(sql(text), name) for name, text in columns.items()), copy=False)
    query = query.select(*flag_words(flags), copy=False)
    source = sql(f"select 1 as x from {fact.table} as t {joined(fact, needs, tests)}")
    for part in ("from_", "joins"):
        query.set(part, source.args.get(part))
    since, until = min(one.watch.since for one in watches), max(one.watch.until for one in watches)
    within = sql(f"{fact.day} >= $since and {fact.day} <= $until", since=since, until=until)
    return query.where(sql("t.customer_key is not null"), within, any_of(flags))


def _flag(fact: Fact, one: _Resolved) -> exp.Expr:
    """Whether a row is meant: true or false, never null."""
    days = sql(f"coalesce({fact.day} >= $since and {fact.day} <= $until, false)",
               since=one.watch.since, until=one.watch.until)  # fmt: skip
    status = any(test.field in fact.decides for test in one.tests) or one.watch.row.any_state
    counts = [] if status or fact.counted_once == "true" else [sql(f"coalesce({fact.counted_once}, false)")]
    return all_of([days, *counts, *(field_test(test, fact) for test in one.tests)])


def shown_fields(fact: Fact) -> list[FactField]:
    """The fields that the data of a row have."""
    return [field for field in fact.fields if field.shown]


def _kept(fact: Fact, words: set[int]) -> str:
    """Put what was found into watch_row: a row for each who waits, and one of those with the same key and instant."""
    pairs = [f"'{name}', {read}" for name, read in _json(fact)]
    bits = " ".join(f"when {word} then f.w{word}" for word in sorted(words))
    lines = ("left join watch_lined as l on l.customer_key = f.customer_key and l.owner = cast(f.owner as varchar)"
             if fact.name in LINES else "")  # fmt: skip
    joins = "\n".join(_IDENTS[field.type].format(index=index) for index, field in enumerate(shown_fields(fact))
                      if field.type in _IDENTS)  # fmt: skip
    return f"""
insert into watch_row
with {_LINED if fact.name in LINES else ""} found as (
    select p.watch, f.customer_key, f.row_key, f.happened_at, f.day,
        cast(json_object({", ".join(pairs)}) as varchar) as context
    from {_FOUND} as f
    join watch_place as p on (case p.word {bits} end & p.bit) <> 0
    {joins}
    {lines}
    where f.row_key is not null
)
select watch, customer_key, row_key, happened_at, day, context
from found
qualify row_number() over (partition by watch, customer_key, row_key, happened_at, day order by context) = 1"""


_IDENTS: Mapping[str, str] = {
    "product": "left join product_ident as p{index} on p{index}.product_key = f.f_{index}",
    "category": "left join category_ident as p{index} on p{index}.category_key = f.f_{index}",
}
"""Goods are told by the shop's ids."""
_LINED = f"""watch_lined as (
    select customer_key, cast(owner as varchar) as owner,
        to_json(list(json_object('product', product, 'name', name, 'quantity', quantity, 'amount', amount)
            order by nth, product)) as lines
    from {_LINES}
    group by all
),"""


def _json(fact: Fact) -> Iterator[tuple[str, Any]]:
    """Keys of the data and what stands behind them."""
    for index, field in enumerate(shown_fields(fact)):
        ident = f"p{index}.{field.type}_id" if field.type in _IDENTS else f"f.f_{index}"
        yield field.name, ident
    if fact.context:
        yield "context", "f.context"
    if fact.name in LINES:
        yield "lines", "coalesce(l.lines, cast('[]' as json))"
