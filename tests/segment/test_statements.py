"""Scans go to Spark and come back; words hold more atoms and segments than one BIGINT; nesting costs nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlglot import exp, parse_one

from smc.config.facts import facts_of
from smc.config.specs.rule import Rule, SegmentSpec, rule_key
from smc.segment.atoms import BoughtLines, BoughtReceipts, Bounds, Permission, Tagged, atoms_of
from smc.segment.evaluate import evaluation
from smc.segment.refresh import refresh
from smc.segment.resolve import resolve
from smc.segment.scan import WORD_BITS, scans
from smc.warehouse import Warehouse
from tests.segment.reference import members
from tests.segment.rules import projects, rule, segment
from tests.segment.worlds import AS_OF, FIELDS, METRICS, STORES, World, worlds, write_world

pytestmark = pytest.mark.slow

FACTS = facts_of(FIELDS)
_SILENT = (exp.ArgMax, exp.ArgMin, exp.ArrayAgg, exp.ILike, exp.Like, exp.RegexpLike)
"""What differs between engines without an error, or must not come from a user's text."""


def _atoms() -> list[Tagged | Permission | BoughtReceipts | BoughtLines]:
    since = AS_OF - timedelta(days=29)
    return [
        *(Tagged(f"it's {number}") for number in range(70)),
        Permission("email", "promo", "yes"),
        BoughtReceipts("S'1", since, Bounds(Decimal(2)), Bounds(None, Decimal("9.5"))),
        BoughtReceipts(None, None),
        BoughtLines(1, None, None, None, since, receipts=Bounds(Decimal(1), Decimal(3))),
        BoughtLines(None, 7, "O'Brien", "S1", None, amount=Bounds(Decimal("0.01"))),
        BoughtLines(None, None, "Zed", None, since),
        BoughtLines(None, None, None, None, since, quantity=Bounds(Decimal(1))),
    ]


def columns(query: exp.Expr) -> list[str]:
    assert isinstance(query, exp.Select)
    return [column.alias_or_name for column in query.selects]


def test_every_scan_is_carried_to_spark_and_back() -> None:
    found = scans(_atoms(), AS_OF, FACTS)
    tables = ("tag", "permission", "receipt", "seen", "line")
    assert [scan.table for scan in found] == [f"segment_{table}" for table in tables]
    past = scans([Permission("email", "promo", "yes", past=True)], AS_OF, FACTS)
    for scan in (*found, *past):
        spark = scan.query.sql(dialect="spark")
        again = parse_one(spark, dialect="spark")
        assert again.sql(dialect="spark") == spark
        assert columns(again) == columns(scan.query)
        assert not list(again.find_all(*_SILENT))
        assert not [node for node in again.find_all(exp.Not) if isinstance(node.this, exp.In)]
        literals = {node.this for node in again.find_all(exp.Literal) if not node.is_string}
        assert all(abs(int(text)) < 2**63 for text in literals if text.isdigit())


def test_a_word_is_full_at_62_atoms() -> None:
    (tags,) = scans([Tagged(f"t{number}") for number in range(WORD_BITS + 1)], AS_OF, FACTS)
    assert columns(tags.query) == ["customer_key", "w0", "w1"]
    (tags,) = scans([Tagged(f"t{number}") for number in range(WORD_BITS)], AS_OF, FACTS)
    assert columns(tags.query) == ["customer_key", "w0"]


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))
@given(world=worlds())
def test_more_segments_than_a_word_holds(shop: Warehouse, world: World) -> None:
    segments = {f"in_{number}": segment({"tag": f"t{number}"}) for number in range(70)}
    segments |= {f"out_{number}": segment({"not": {"in_segment": f"in_{number}"}}) for number in range(70)}
    filters = tuple(rule({"bought": {"store": store}}) for store in STORES)
    write_world(shop, world)
    refresh(shop, segments=segments, rules=filters, fields=FIELDS, metrics=METRICS, as_of=AS_OF)
    stored: dict[str, set[int]] = {}
    for name, key in shop.rows("select segment, customer_key from segment_member union all from rule_member"):
        stored.setdefault(name, set()).add(key)
    wanted: dict[str, Rule] = {name: spec.rule for name, spec in segments.items()}
    wanted |= {rule_key(filter_): filter_ for filter_ in filters}
    for name, one in wanted.items():
        assert stored.get(name, set()) == members(one, world, segments)


def test_deep_nesting_is_computed_in_layers(shop: Warehouse) -> None:
    """Forty segments that each ask twice for the one before would be 2 ** 40 conditions if they were written out."""
    segments = {"n0": segment({"tag": "t1"})}
    for number in range(1, 41):
        before = {"in_segment": f"n{number - 1}"}
        segments[f"n{number}"] = segment({"any": ({"all": (before, {"tag": f"t{number}"})}, {"not": before})})
    resolved = resolve(shop, segments=segments, rules={}, fields=FIELDS, metrics=METRICS, as_of=AS_OF)
    found = evaluation(resolved)
    assert len(found.flags.sql(dialect="duckdb")) < 20_000
    shop.run("delete from watermark")
    refresh(shop, segments=segments, rules=(), fields=FIELDS, metrics=METRICS, as_of=AS_OF)


def test_equal_conditions_are_one_atom(shop: Warehouse) -> None:
    segments: dict[str, SegmentSpec] = {
        "a": segment({"bought": {"category": "D", "receipts": {"at_least": Decimal("2.0")}}}),
        "b": segment({"not": {"bought": {"category": "Dairy", "receipts": {"at_least": Decimal(2)}}}}),
        "c": segment({"attribute": {"field": "city", "in": ("x", "y")}}),
        "d": segment({"attribute": {"field": "city", "not_in": ("y", "x", "y")}}),
    }
    resolved = resolve(shop, segments=segments, rules={}, fields=FIELDS, metrics=METRICS, as_of=AS_OF)
    assert len(atoms_of(resolved.segments)) == 2


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))
@given(project=projects())
def test_flags_are_never_null(shop: Warehouse, project: tuple[dict[str, SegmentSpec], tuple[Rule, ...]]) -> None:
    """Whatever world was written last: each column is true or false for everybody."""
    segments, rules = project
    filters = {rule_key(one): one for one in rules}
    found = evaluation(resolve(shop, segments=segments, rules=filters, fields=FIELDS, metrics=METRICS, as_of=AS_OF))
    whole = found.standalone(exp.select("*").from_(found.flags.subquery("flags")))
    assert not [row for row in shop.rows(whole) if None in row]
