"""Conditions on rows by SQL equal the reference interpreter; planted faults prove that the comparison sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from smc.config import days
from smc.config.specs.project import CategorySettings, MetricsSpec
from smc.config.specs.rule import Rule
from smc.segment import bits, dictionaries, evaluate, operators, resolve, resolve_rows, scan_lists, scan_rows
from smc.segment.atoms import Opposite, Some
from smc.warehouse import DuckDBEngine, Warehouse, sql
from smc.warehouse import compare as comparing
from smc.warehouse.portable import changed
from tests.segment import rules_rows
from tests.segment.deeds import CATEGORIES, FIELDS, Deeds, deeds, write
from tests.segment.reference_rows import matches
from tests.segment.rules import SAMPLE, SUBSCRIBED, Data, nested, rule
from tests.segment.worlds import AS_OF, ZONE, write_catalogue

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store() -> Iterator[Warehouse]:
    with Warehouse.open(Path(":memory:"), timezone=ZONE, memory="1GB", threads=1) as opened:
        write_catalogue(opened)
        yield opened


OTHERS: dict[str, tuple[tuple[str, ...], st.SearchStrategy[Data]]] = {
    "contacted": (("messages",), rules_rows.CONTACTED),
    "reachable": ((), rules_rows.REACHABLE),
    "control_group": (("entries",), rules_rows.CONTROL),
    "dictionary": ((), rules_rows.DICTIONARY),
    "anniversary": ((), rules_rows.ANNIVERSARY),
}
KINDS = {**{key: ((fact,), found) for key, (fact, found) in rules_rows.ROWS.items()}, **OTHERS}


def compare(store: Warehouse, world: Deeds, data: Sequence[Data]) -> None:
    """Members of each condition in the world, both ways; never null."""
    write(store, world)
    rules: dict[str, Rule] = {str(number): rule(one) for number, one in enumerate(data)}
    resolved = resolve.resolve(
        store, segments={}, rules=rules, fields=FIELDS, metrics=MetricsSpec(), as_of=AS_OF, categories=CATEGORIES
    )
    found = evaluate.evaluation(resolved)
    found.materialise(DuckDBEngine(store))
    rows = store.records(found.flags)
    for number, one in rules.items():
        by_sql = {row["customer_key"]: row[found.rules[number]] for row in rows}
        expected = {key: matches(one, key, world) for key in world.profiles}
        assert by_sql == expected, data[int(number)]
    for scan in found.scans:
        store.run(f"drop table {scan.table}")


def hold(store: Warehouse, facts: Sequence[str], rules: st.SearchStrategy[list[Data]], examples: int) -> None:
    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    @given(world=deeds(*facts), data=rules)
    def agree(world: Deeds, data: list[Data]) -> None:
        compare(store, world, data)

    agree()


@pytest.mark.parametrize("kind", KINDS)
def test_members_equal_those_of_the_reference(kind: str, store: Warehouse) -> None:
    facts, conditions = KINDS[kind]
    hold(store, facts, st.lists(conditions, min_size=15, max_size=15), 8)


def test_conditions_of_every_kind_inside_trees_equal_those_of_the_reference(store: Warehouse) -> None:
    facts = tuple(dict.fromkeys(fact for facts, _ in KINDS.values() for fact in facts))
    leaf = st.one_of(*(conditions for _, conditions in KINDS.values()), SAMPLE, SUBSCRIBED)
    hold(store, facts, st.lists(nested(nested(leaf, leaf), leaf), min_size=12, max_size=12), 12)


def _text(module: ModuleType, old: str, new: str) -> tuple[ModuleType, str, Any]:
    """A fault in the text of a composed statement."""

    def faulty(text: str, **holes: Any) -> Any:
        return sql(text.replace(old, new), **holes)

    return module, "sql", faulty


def _no_tree(kind: str, values: Any, scope: Any) -> Any:
    return tuple(scope.known.categories[text] for text in values) if kind == "category" else values


_LIGHT = {"field": "weight", "at_most": Decimal(5)}
FAULTS: dict[str, tuple[tuple[Data, ...], tuple[ModuleType | type, str, Any]]] = {
    "a missing value makes a test true": (
        ({"mart": {"name": "pets", "where": {"born": {"less": "today"}}}},),
        _text(operators, "coalesce($test, false)", "coalesce($test, true)"),
    ),
    "a missing value makes the opposite null": (
        ({"event": {"where": {"source": {"not_equals": "Boston"}}}},),
        _text(operators, "coalesce($test, false)", "($test)"),
    ),
    "rows without a day are in every window": (
        ({"container": {}}, {"container": {"until": "yesterday"}}),
        _text(scan_rows, "<= $v, $undated)", "<= $v, $undated or true)"),
    ),
    "rows without a day never count": (
        ({"ordered": {}},),
        _text(scan_rows, "<= $v, $undated)", "<= $v, false and $undated)"),
    ),
    "the last day is left out": (
        ({"web_event": {"until": "yesterday"}},),
        _text(scan_rows, "<= $v, $undated)", "< $v, $undated)"),
    ),
    "the first day is left out": (({"event": {"within": 7}},), _text(scan_rows, ">= $v, false)", "> $v, false)")),
    "pruning leaves a day out": (({"event": {"within": 7}},), _text(bits, ">= $v", "> $v")),
    "tomorrow's rows count": (
        ({"receipt": {"where": {"day": {"more": "today"}}}},),
        (resolve_rows, "last_day", lambda *_: AS_OF + timedelta(days=1)),
    ),
    "today's messages count already": (({"contacted": {"within": 1}},), (resolve_rows, "last_day", lambda *_: AS_OF)),
    "today's steps count already": (({"campaign_step": {}},), (resolve_rows, "last_day", lambda *_: AS_OF)),
    "what ended today has ended": (
        ({"campaign": {"state": "in"}},),
        _text(comparing, "$left < $right", "$left <= $right"),
    ),
    "returned receipts are receipts": (
        ({"receipt": {"count": {"at_least": Decimal(2)}}},),
        _text(scan_rows, "when $once then 2 else 1", "when $once then 2 else 2"),
    ),
    "sums leave returned receipts out": (
        ({"receipt": {"sum": {"field": "total", "at_least": Decimal(5)}}},),
        _text(scan_rows, "$c >= 1", "$c = 2"),
    ),
    "cancelled receipts have no status": (
        ({"receipt": {"where": {"status": "cancelled"}}},),
        _text(scan_rows, "$inside and $counts then 2", "$inside and $counts and t.status <> 'cancelled' then 2"),
    ),
    "no row is no zero": (({"poll": {"count": {"at_most": Decimal(0)}}},), (evaluate, "without_rows", lambda _: False)),
    "no row has the smallest value": (
        ({"mart": {"name": "pets", "count": {"at_least": Decimal(0)}, "min": _LIGHT}},),
        (evaluate, "without_rows", lambda _: True),
    ),
    "an average counts rows without a value": (
        ({"mart": {"name": "pets", "avg": {"field": "weight", "at_least": Decimal("9.99")}}},),
        _text(scan_rows, "$v is not null", "($v is null or true)"),
    ),
    "equal values are counted twice": (
        ({"bonus": {"distinct": {"field": "account", "at_least": Decimal(2)}}},),
        _text(scan_rows, "count(distinct case", "count(case"),
    ),
    "a category has nothing below it": (({"container": {"category": "Food"}},), (resolve_rows, "_keys", _no_tree)),
    "a place in a further classifier is left out": (
        ({"container": {"category": "Season"}},),
        _text(operators, "$hit = 1", "$hit = 2"),
    ),
    "a card that is not valid counts": (({"card": {}},), _text(scan_rows, "coalesce(t.active, true)", "true")),
    "the day of a time is that of UTC": (
        ({"event": {"where": {"occurred_at": {"at_most": "today - 1 days"}}}},),
        _text(comparing, "cast($read as date)", "cast(timezone('UTC', $read) as date)"),
    ),
    "one condition sees the rows of another": (
        ({"poll": {"poll": "nps"}}, {"poll": {"poll": "it's"}}),
        _text(scan_rows, "case when $inside and", "case when ($inside or true) and"),
    ),
    "a range of days is open": (
        ({"attribute": {"field": "birth_date", "anniversary": {"within": 2}}},),
        _text(comparing, "between $low and $high", "between $low and 1231 + 0 * $high"),
    ),
    "the day itself is an anniversary": (
        ({"attribute": {"field": "birth_date", "anniversary": {"within": 1}}},),
        _text(comparing, "year($day) < $year", "year($day) <= $year"),
    ),
    "February 29 has no 28th": (
        ({"attribute": {"field": "birth_date", "anniversary": {"on": "2017-02-28"}}},),
        (days, "_LEAP_DAY", 228),
    ),
    "a bad address is an address": (({"reachable": "email"},), _text(scan_lists, "where k.usable", "where true")),
    "an address on the suppression list is one": (({"reachable": "viber"},), _text(scan_lists, "k.usable", "k.good")),
    "a refusal does not matter": (
        tuple({"reachable": {"channel": channel, "category": "service"}} for channel in ("email", "push", "in_app")),
        (resolve, "Opposite", lambda node: Some((node, Opposite(node)))),
    ),
    "what a category needs in one channel does not matter": (
        ({"reachable": {"channel": "email", "category": "promo"}},),
        (CategorySettings, "needs", lambda category, _: category.consent),
    ),
    "a control group never ends": (
        ({"control_group": "global"},),
        _text(scan_lists, "ends_on >= $as_of", "true or $as_of is null"),
    ),
    "the test arm is in the control group": (
        ({"control_group": "welcome"},),
        _text(scan_lists, "arm = 'control'", "arm <> 'x'"),
    ),
    "an entry of today is in the control group": (
        ({"control_group": "it's"},),
        _text(scan_lists, "entered_on <", "entered_on <="),
    ),
    "another dictionary has the code": (
        ({"dictionary": {"field": "source_code", "name": "sources"}},),
        _text(dictionaries, "d.dictionary = $name", "$name <> ''"),
    ),
}  # fmt: skip

_OFTEN = 5
"""Every fifth fault is planted whenever the tests run; all of them by make faults."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault", [one if n % _OFTEN == 0 else pytest.param(one, marks=pytest.mark.planted) for n, one in enumerate(FAULTS)]
)
def test_a_planted_fault_is_seen(fault: str, store: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, patch = FAULTS[fault]
    monkeypatch.setattr(*patch)
    key = next(iter(asked[0]))
    facts = KINDS["anniversary" if key == "attribute" else key][0]
    with pytest.raises(AssertionError):
        hold(store, facts, st.just(list(asked)), 120)


@pytest.mark.parametrize("kind", KINDS)
def test_every_scan_is_carried_to_spark_and_back(kind: str, store: Warehouse) -> None:
    _, conditions = KINDS[kind]

    @settings(
        max_examples=3, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(data=st.lists(conditions, min_size=20, max_size=20))
    def carried(data: list[Data]) -> None:
        write(store, Deeds({}))
        rules = {str(number): rule(one) for number, one in enumerate(data)}
        found = evaluate.evaluation(
            resolve.resolve(store, segments={}, rules=rules, fields=FIELDS, metrics=MetricsSpec(), as_of=AS_OF,
                    categories=CATEGORIES)
        )  # fmt: skip
        assert len(found.scans) == len({scan.table for scan in found.scans}) <= (2 if kind == "reachable" else 1)
        for scan in found.scans:
            spark = scan.query.sql(dialect="spark")
            again = parse_one(spark, dialect="spark")
            assert again.sql(dialect="spark") == spark
            assert changed(scan.query, again) == []
            assert not list(again.find_all(exp.ArgMax, exp.Like, exp.ILike, exp.ArrayAgg))
            assert not [node for node in again.find_all(exp.Not) if isinstance(node.this, exp.In)]

    carried()
