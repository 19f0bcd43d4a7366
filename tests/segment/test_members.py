"""Members by SQL equal members by the reference interpreter; planted faults prove that the comparison sees."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from inspect import getsource
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from smc.config.specs.rule import Rule, SegmentSpec, rule_key
from smc.segment import bits, evaluate, resolve, scan_bought, scan_seen, scan_together
from smc.segment.atoms import Compare, Holds, Opposite, Some
from smc.segment.refresh import refresh
from smc.warehouse import DuckDBEngine, Warehouse, sql
from smc.warehouse import compare as comparing
from tests.segment.reference import members
from tests.segment.rules import Data, projects, rule
from tests.segment.worlds import AS_OF, FIELDS, METRICS, TAGS, World, worlds, write_world

pytestmark = pytest.mark.slow

Project = tuple[dict[str, SegmentSpec], tuple[Rule, ...]]


def compare(shop: Warehouse, world: World, project: Project) -> None:
    """Refresh the world and compare the members of every segment and rule."""
    segments, rules = project
    write_world(shop, world)
    refresh(shop, segments=segments, rules=rules, fields=FIELDS, metrics=METRICS, as_of=AS_OF)
    found: dict[str, set[int]] = {}
    stored = shop.rows(
        "select segment, customer_key from segment_member union all select rule, customer_key from rule_member"
    )
    for name, key in stored:
        found.setdefault(name, set()).add(key)
    expected = {name: members(spec.rule, world, segments) for name, spec in segments.items()}
    expected |= {rule_key(rule): members(rule, world, segments) for rule in rules}
    assert {name: found.get(name, set()) for name in expected} == expected
    assert len(stored) == sum(len(keys) for keys in expected.values())


def test_members_equal_those_of_the_reference(shop: Warehouse) -> None:
    @settings(
        max_examples=18, deadline=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )  # fmt: skip
    @given(world=worlds(), project=projects())
    def agree(world: World, project: Project) -> None:
        compare(shop, world, project)

    agree()


def _text(module: ModuleType, old: str, new: str, written: str = "") -> tuple[ModuleType, str, Callable[..., Any]]:
    """A fault in the text of a composed statement of the module, where it is ``written``."""
    assert (written or old) in getsource(module), f"{module.__name__} has no longer: {written or old}"

    def faulty(text: str, **holes: Any) -> Any:
        return sql(text.replace(old, new), **holes)

    return module, "sql", faulty


def _exact_category(atoms: Any) -> Any:
    return sql(
        "select p.product_key, a.atom, a.since, a.until, a.store_id, a.counts from atom a "
        "join product_ident i on true left join product p on p.product_key = i.product_key "
        "where (a.category_key is null or a.category_key = p.category_key) "
        "and (a.brand is null or a.brand = p.brand) and (a.product_key is null or a.product_key = p.product_key)"
    )


def _opposite_needs_a_value(atom: Any, *, positive: bool) -> Any:
    if positive:
        return Holds(atom)
    missing = Holds(Compare(atom.source, atom.name, "empty"))
    return Opposite(Some((Holds(atom), missing)))


def _bought(**asked: Any) -> Data:
    return {"bought": asked}


def _field(name: str, **asked: Any) -> Data:
    return {"attribute": {"field": name, **asked}}


_ONE, _TWO = {"at_least": Decimal(1)}, {"at_least": Decimal(2)}
_DAIRY = {"category": "D"}
FAULTS: dict[str, tuple[tuple[Data, ...], tuple[ModuleType, str, Any]]] = {
    "a missing value makes an atom null": (
        ({"not": _field("city", equals="Boston")},),
        _text(evaluate, "coalesce($test, false)", "($test)"),
    ),
    "a missing value makes an atom true": (
        (_field("city", equals="Boston"),),
        _text(evaluate, "coalesce($test, false)", "coalesce($test, true)"),
    ),
    "text is a LIKE pattern": (
        (_field("note", contains="_"),),
        _text(
            comparing,
            "contains(lower($read), lower($v))",
            "lower($read) like '%' || lower($v) || '%'",
            written="{operator}(lower($read), lower($v))",
        ),
    ),
    "the day of a time is that of UTC": (
        (_field("seen", at_most="today - 7 days"),),
        _text(comparing, "cast($read as date)", "cast(timezone('UTC', $read) as date)"),
    ),
    "at_most leaves its end out": (
        (_field("size", at_most=1),),
        (comparing, "_SIGNS", {**comparing._SIGNS, "at_most": "<"}),  # noqa: SLF001 - the fault is in there
    ),
    "not_equals needs a value": ((_field("city", not_equals="Boston"),), (resolve, "_signed", _opposite_needs_a_value)),
    "cancelled receipts count": (
        (_bought(amount={"at_least": Decimal(10)}),),
        _text(scan_bought, "status in ('paid', 'returned')", "status <> 'x'"),
    ),
    "lines of cancelled receipts count": (
        (_bought(category="F", amount={"at_least": Decimal(10)}),),
        _text(scan_bought, "t.counted and", ""),
    ),
    "returned receipts are receipts": (
        (_bought(category="F", receipts=_TWO),),
        _text(scan_bought, "case when s.status = 'returned' or", "case when"),
    ),
    "a line that takes back is bought": ((_bought(category="F"),), _text(scan_seen, "and t.quantity >= 0", "")),
    "a line that takes back money is bought": ((_bought(category="F"),), _text(scan_seen, "and t.amount >= 0", "")),
    "a line that takes back makes a receipt": (
        (_bought(category="F", receipts=_TWO),),
        _text(scan_bought, " or t.quantity < 0 or t.amount < 0", ""),
    ),
    "a line that takes back is on the receipt": (
        (_bought(same_receipt=(_DAIRY,)),),
        _text(scan_together, "case when t.quantity < 0 or t.amount < 0 then 0 else 1 end", "1"),
    ),
    "a return alone is a purchase": ((_bought(category="F"),), _text(scan_seen, " and r.back is null", "")),
    "a return alone has sums": (
        (_bought(category="F", amount={"at_most": Decimal(10)}),),
        _text(scan_bought, "t.receipts >= 1", "true"),
    ),
    "tomorrow's lines count": (
        (_bought(category="F"),),
        _text(scan_seen, "t.day <= $as_of", "(t.day <= $as_of or true)"),
    ),
    "tomorrow's lines are added up": (
        (_bought(category="F", receipts=_TWO),),
        _text(scan_bought, "t.day <= $as_of", "(t.day <= $as_of or true)"),
    ),
    "the window is a day short": (
        (_bought(brand="Zed", within=7),),
        _text(scan_seen, "t.day >= $v", "t.day > $v"),
    ),
    "the window of a sum is a day short": (
        (_bought(brand="Zed", within=7, receipts=_ONE),),
        _text(scan_bought, "t.day >= ap.since", "t.day > ap.since"),
    ),
    "the last day of a window is left out": (
        (_bought(brand="Zed", until="today - 1 day"),),
        _text(scan_seen, "t.day <= $v", "t.day < $v"),
    ),
    "the last day of a sum is left out": (
        (_bought(brand="Zed", until="today - 1 day", receipts=_ONE),),
        _text(scan_bought, "t.day <= ap.until", "t.day < ap.until"),
    ),
    "one condition has the days of another": (
        (_bought(brand="Zed", within=7), _bought(brand="Zed", within=60)),
        _text(scan_seen, "a.span = $span", "$span >= 0"),
    ),
    "the last day of receipts is left out": (
        (_bought(until="today - 1 day"),),
        _text(scan_bought, "day <= $v", "day < $v"),
    ),
    "every store is the same": (
        (_bought(brand="Zed", store="S1"),),
        _text(scan_bought, "ap.store_id = s.store_id", "true"),
    ),
    "lines are counted, not receipts": (
        (_bought(category="F", receipts=_TWO),),
        _text(scan_bought, "max(case when s.status", "sum(case when s.status"),
    ),
    "a category has nothing below it": ((_bought(category="F"),), (scan_seen, "products", _exact_category)),
    "places of products in further classifiers are left out": (
        (_bought(category="Season"),),
        _text(scan_bought, "from product_category", "from product_category where category_key < 0"),
    ),
    "a product with two places is bought twice": (
        (_bought(category="Season", quantity=_TWO),),
        _text(scan_bought, "select distinct g.product_key", "select g.product_key"),
    ),
    "a category adds up nothing below it": (
        (_bought(category="F", receipts=_ONE),),
        (scan_bought, "products", _exact_category),
    ),
    "what a line must be is forgotten": (
        (_bought(line={"amount": {"more": Decimal(10)}}),),
        (scan_bought, "line_tests", lambda *_: sql("true")),
    ),
    "the line of one condition is that of another": (
        (_bought(category="F", receipts=_ONE), _bought(category="F", line={"amount": {"more": Decimal(10)}})),
        _text(scan_bought, "ap.atom <> $at or", "$at < 0 or"),
    ),
    "items may be on several receipts": (
        (_bought(same_receipt=(_DAIRY, {"brand": "O'Brien"})),),
        _text(scan_together, "t.receipt_key, ap.atom, sum", "0 as receipt_key, ap.atom, sum"),
    ),
    "one item of a receipt is enough": (
        (_bought(same_receipt=(_DAIRY, {"brand": "O'Brien"})),),
        _text(scan_together, "w.asked = r.asked", "w.asked >= 1 + 0 * r.asked"),
    ),
    "sums of an item are of a line": (
        (_bought(same_receipt=({**_DAIRY, "quantity": {"at_least": Decimal(3)}},)),),
        _text(scan_together, "sum(t.quantity)", "max(t.quantity)"),
    ),
    "a returned receipt has things together": (
        (_bought(same_receipt=(_DAIRY,)),),
        _text(scan_together, "coalesce(s.status, 'paid') <> 'returned'", "true"),
    ),
    "receipts with things together are not counted": (
        (_bought(same_receipt=(_DAIRY,), receipts=_TWO),),
        _text(scan_together, "t.receipts >= a.receipts_low", "true"),
    ),
    "bits of a word collide": (
        tuple({"tag": tag} for tag in TAGS),
        (bits, "place", lambda index: (index // 62, 1 << (index % 31))),
    ),
}

_OFTEN = 5
"""Every fifth fault is planted whenever the tests run; all of them by make faults."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault", [one if n % _OFTEN == 0 else pytest.param(one, marks=pytest.mark.planted) for n, one in enumerate(FAULTS)]
)
def test_a_planted_fault_is_seen(fault: str, shop: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, patch = FAULTS[fault]
    rules = {str(number): rule(data) for number, data in enumerate(asked)}
    monkeypatch.setattr(*patch)

    @settings(
        max_examples=100, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    @given(world=worlds())
    def agree(world: World) -> None:
        write_world(shop, world)
        assert evaluated(shop, rules) == {name: members(one, world, {}) for name, one in rules.items()}

    with pytest.raises(AssertionError):
        agree()


def evaluated(shop: Warehouse, rules: dict[str, Rule]) -> dict[str, set[int]]:
    """Members of each rule; nothing is stored. Null is no answer."""
    found = evaluate.evaluation(
        resolve.resolve(shop, segments={}, rules=rules, fields=FIELDS, metrics=METRICS, as_of=AS_OF)
    )
    found.materialise(DuckDBEngine(shop))
    rows = shop.records(found.flags)
    assert all(value is not None for row in rows for value in row.values())
    return {name: {row["customer_key"] for row in rows if row[found.rules[name]]} for name in rules}
