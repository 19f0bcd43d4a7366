"""Members by SQL equal members by the reference interpreter; planted faults prove that the comparison sees."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from smc.config.specs.rule import Rule, SegmentSpec, rule_key
from smc.segment import bits, evaluate, operators, resolve, scan_bought
from smc.segment.atoms import Compare, Holds, Opposite, Some
from smc.segment.refresh import refresh
from smc.warehouse import Warehouse, sql
from tests.segment.reference import members
from tests.segment.rules import projects
from tests.segment.worlds import AS_OF, FIELDS, METRICS, World, worlds, write_world

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
        max_examples=40, deadline=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )  # fmt: skip
    @given(world=worlds(), project=projects())
    def agree(world: World, project: Project) -> None:
        compare(shop, world, project)

    agree()


def _text(module: ModuleType, old: str, new: str) -> tuple[ModuleType, str, Callable[..., Any]]:
    """A fault in the text of a composed statement."""

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


FAULTS: dict[str, tuple[ModuleType, str, Callable[..., Any]]] = {
    "a missing value makes an atom null": _text(evaluate, "coalesce($test, false)", "($test)"),
    "a missing value makes an atom true": _text(evaluate, "coalesce($test, false)", "coalesce($test, true)"),
    "text is a LIKE pattern": _text(
        operators, "contains(lower($read), lower($v))", "lower($read) like '%' || lower($v) || '%'"
    ),
    "the day of a time is that of UTC": _text(operators, "cast($read as date)", "cast(timezone('UTC', $read) as date)"),
    "at_most leaves its end out": (operators, "_SIGNS", {**operators._SIGNS, "at_most": "<"}),  # type: ignore[dict-item] # noqa: SLF001
    "not_equals needs a value": (resolve, "_signed", _opposite_needs_a_value),
    "cancelled receipts count": _text(scan_bought, "status in ('paid', 'returned')", "status <> 'x'"),
    "lines of cancelled receipts count": _text(scan_bought, "t.counted and", ""),
    "returned receipts are receipts": _text(scan_bought, "case when s.status = 'returned' then 0 else 1 end", "1"),
    "a return alone is a purchase": _text(scan_bought, "t.receipts >= 1", "true"),
    "tomorrow's lines count": _text(scan_bought, "t.day <= $as_of", "(t.day <= $as_of or true)"),
    "the window is a day short": _text(scan_bought, "t.day >= ap.since", "t.day > ap.since"),
    "every store is the same": _text(scan_bought, "ap.store_id = s.store_id", "true"),
    "lines are counted, not receipts": _text(scan_bought, "max(case when s.status", "sum(case when s.status"),
    "a category has nothing below it": (scan_bought, "products", _exact_category),
    "bits of a word collide": (bits, "place", lambda index: (index // 62, 1 << (index % 31))),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(fault: str, shop: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*FAULTS[fault])

    @settings(
        max_examples=400, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    @given(world=worlds(), project=projects())
    def agree(world: World, project: Project) -> None:
        compare(shop, world, project)

    with pytest.raises(AssertionError):
        agree()
