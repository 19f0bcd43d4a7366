"""Counts at every node equal those of each part alone, and the way of a customer ends where the reference ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.rule import AllRule, Rule, SegmentSpec
from smc.errors import UsageError
from smc.segment.atoms import Atom, BoughtLines, BoughtReceipts, BoughtTogether, Bounds, Holds, Rows, atoms_of
from smc.segment.explain import Counted, explain
from smc.segment.ground import Ground, parts_of
from smc.segment.own import own_rows
from smc.segment.reading import readings
from smc.segment.why import Told, why
from smc.segment.words import words_of
from smc.warehouse import Warehouse
from tests.segment.reference import matches, members
from tests.segment.rules import projects, rule, segment
from tests.segment.worlds import AS_OF, FIELDS, IDS, METRICS, Line, Person, Sale, World, worlds, write_world

pytestmark = pytest.mark.slow

Project = tuple[dict[str, SegmentSpec], tuple[Rule, ...]]
QUICK = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))


def ground_of(shop: Warehouse, segments: Mapping[str, SegmentSpec]) -> Ground:
    return Ground(shop, segments, FIELDS, METRICS, AS_OF)


def nodes(found: Rule) -> Iterator[tuple[Rule, Rule | None]]:
    """Every part from top to bottom, and what must hold for it to remain: it and all before it in its ``all``."""
    waiting: list[tuple[Rule, Rule | None]] = [(found, None)]
    while waiting:
        one, upto = waiting.pop(0)
        yield one, upto
        parts = parts_of(one)
        steps = [AllRule(all=parts[: at + 1]) if isinstance(one, AllRule) else None for at in range(len(parts))]
        waiting = [*zip(parts, steps, strict=True), *waiting]


@QUICK
@given(world=worlds(), project=projects())
def test_counts_of_parts_are_those_of_each_part_alone(shop: Warehouse, world: World, project: Project) -> None:
    segments, _ = project
    write_world(shop, world)
    for name in ("wide", "s5", "s6", "s7"):
        found = explain(ground_of(shop, segments), name)
        lines = [one for _, one in found.root.lines()]
        wanted = list(nodes(segments[name].rule))
        assert len(lines) == len(wanted)
        for line, (part, upto) in zip(lines, wanted, strict=True):
            assert line.customers == len(members(part, world, segments)), line.rule
            remaining = None if upto is None else len(members(upto, world, segments))
            assert line.remaining == remaining, line.rule
        assert found.members == found.root.customers
        assert found.base == sum(person.profile is not None for person in world.people)


@QUICK
@given(world=worlds(), project=projects())
def test_why_agrees_with_membership_for_every_customer(shop: Warehouse, world: World, project: Project) -> None:
    """So does every part on the way, those of the segments that are asked for too."""
    segments, _ = project
    write_world(shop, world)
    ground = ground_of(shop, segments)
    asked = segments["s7"].rule
    for person in world.people:
        found = why(ground, person.customer_id, "s7")
        assert found.has_profile == (person.profile is not None)
        if found.root is None:
            assert not found.member
            continue
        assert found.member == matches(asked, person, world, segments)
        told = own_lines(found.root)
        assert [one.holds for one in told] == [matches(part, person, world, segments) for part, _ in nodes(asked)]


@settings(QUICK, max_examples=3)
@given(world=worlds(), project=projects())
def test_the_figures_shown_decide(shop: Warehouse, world: World, project: Project) -> None:
    """Of every condition on rows: the bounds, held against what is shown, say what the evaluation says."""
    _, rules = project
    write_world(shop, world)
    ground = ground_of(shop, project[0])
    resolved = ground.resolved(AllRule(all=rules))
    shown = {f"part {at}": atom for at, atom in enumerate(atoms_of(resolved.rules)) if isinstance(atom, FIGURED)}
    whole = replace(resolved, segments={**resolved.segments, **{key: Holds(atom) for key, atom in shown.items()}})
    found = ground.evaluation(whole)
    for person in world.people[:6]:
        with own_rows(shop, person.key) as own:
            narrow = own.evaluate(found)
            has = readings(own, whole.scope, found)
            (flags,) = shop.records(narrow.flags)
            own.drop(narrow.scans)
        for key, atom in shown.items():
            assert allowed(atom, figures_of(has[atom])) in {flags[found.segments[key]], None}, (atom, has[atom])


FIGURED = (BoughtReceipts, BoughtLines, BoughtTogether, Rows)


def figures_of(words: str) -> dict[str, str]:
    return {
        name: value for name, _, value in (part.rpartition(" ") for part in words.replace("no value", "-").split(", "))
    }


def allowed(atom: Atom, figures: dict[str, str]) -> bool | None:
    """None for what is shown rounded, or is no number."""
    if isinstance(atom, Rows):
        asked = [(f"{one.figure} {one.field or ''}".strip(), one.bounds) for one in atom.measures]
        if any(one.figure == "avg" or one.kind in {"date", "datetime"} for one in atom.measures):
            return None
        return all(within(figures[name], bounds) for name, bounds in asked)
    named = {name: getattr(atom, name) for name in figures}
    return Decimal(figures["receipts"]) >= 1 and all(within(figures[name], bounds) for name, bounds in named.items())


def within(figure: str, bounds: Bounds) -> bool:
    if figure == "-":
        return False
    value = Decimal(figure)
    return (bounds.low is None or value >= bounds.low) and (bounds.high is None or value <= bounds.high)


def own_lines(root: Told) -> list[Told]:
    """Without the rules of the segments that are asked for."""
    below = () if root.rule.startswith("in_segment:") else root.parts
    return [root, *(line for part in below for line in own_lines(part))]


def test_tables_with_nothing_but_nulls(shop: Warehouse) -> None:
    """DuckDB 2.0.0 left such a customer out of the one condition because of the other."""
    lines = (
        Line(4, Decimal("0.5"), Decimal("0.01")),
        Line(6, Decimal("0.5"), Decimal("9.99")),
        Line(3, Decimal(0), Decimal(100)),
    )
    sale = Sale(5, None, date(2017, 5, 31), "paid", Decimal(10), lines)
    write_world(shop, World((plain_person(5),), (sale,)))
    one, ten, near = Decimal(1), Decimal(10), Decimal("10.01")
    bought = (
        {"quantity": {"at_least": one, "at_most": Decimal(3)}},
        {"category": "D", "store": "0002", "within": 1, "receipts": {"at_least": Decimal(3)},
         "quantity": {"at_least": Decimal(3), "at_most": Decimal(3)},
         "amount": {"at_least": Decimal(0), "at_most": Decimal(20)}},
        {"brand": "O'Brien", "within": 30, "receipts": {"at_least": one}},
        {"category": "F", "store": "0002", "receipts": {"at_least": one, "at_most": one}, "quantity": {"at_least": one},
         "amount": {"at_least": Decimal("9.99"), "at_most": near}},
        {"category": "C", "store": "0002", "within": 1, "amount": {"at_least": ten, "at_most": near}},
        {"within": 7, "quantity": {"at_most": Decimal(0)}},
    )  # fmt: skip
    found = why(ground_of(shop, {"s": segment({"any": tuple({"bought": what} for what in bought)})}), IDS[4], "s")
    assert found.root is not None
    assert [part.holds for part in found.root.parts] == [True, False, False, False, False, False]


def plain_person(key: int) -> Person:
    profile = dict.fromkeys(("first_name", "city", "birth_date", "registered_at", *FIELDS.customer))
    return Person(key, IDS[key - 1], profile, None, None, None, (), {})


@pytest.fixture
def small(warehouse: Warehouse) -> Warehouse:
    """Anna, 00123: vip, two receipts in store 5 and a return; Bob was merged into her; 1e5 has nothing."""
    for key, text in ((1, "00123"), (2, "1e5"), (3, "bob"), (4, "ghost")):
        warehouse.run("insert into customer_ident values ($key, $text)", key=key, text=text)
    for key in (1, 2):
        warehouse.run("insert into customer (customer_key, email) values ($key, $key || '@example.com')", key=key)
    warehouse.run("insert into customer_alias values (3, 1)")
    warehouse.run("insert into tag_member values (1, 'vip', date '2017-06-01', 'test')")
    warehouse.run("insert into segment_member values (1, 'vip', date '2017-06-01', date '2017-06-03', true)")
    for key, total, status in ((1, 10, "paid"), (2, "12.50", "paid"), (3, -5, "returned")):
        warehouse.run(
            """insert into receipt by name select $key as receipt_key, 1 as customer_key, '5' as store_id,
            timestamptz '2017-06-10 12:00:00Z' as purchased_at, date '2017-06-10' as day, $status as status,
            cast($total as decimal(18, 2)) as total""",
            key=key, status=status, total=str(total),
        )  # fmt: skip
    return warehouse


SEGMENTS = {
    "vip": segment({"tag": "vip"}),
    "shoppers": segment({"bought": {"store": "5", "receipts": {"at_least": 3}}}),
    "both": segment(
        {
            "all": (
                {"in_segment": "vip"},
                {"not": {"in_segment": "shoppers"}},
                {"any": ({"in_segment": "vip"}, {"attribute": {"field": "email", "contains": "@"}})},
                {"subscribed": {"channel": "email", "category": "promo"}},
                {"sample": {"percent": 10, "salt": "s"}},
            )
        }
    ),
}


def small_ground(warehouse: Warehouse) -> Ground:
    return Ground(warehouse, SEGMENTS, FieldsSpec(), MetricsSpec(), AS_OF)


def test_the_way_shows_what_the_customer_has(small: Warehouse) -> None:
    found = why(small_ground(small), "00123", "both")
    assert found.root is not None
    told = {one.rule: one for _, one in found.root.lines()}
    assert told["tag: vip"].has == "since 2017-06-01"
    assert told["bought: {store: '5', receipts: {at_least: 3}}"].has.startswith("receipts 2, ")
    assert told["attribute: {field: email, contains: '@'}"].has == "1@example.com"
    assert told["subscribed: {channel: email, category: promo}"].has == "unknown"
    assert told["sample: {percent: 10, salt: s}"].has.startswith("bucket ")
    assert [one.rule for _, one in found.root.lines()].count("tag: vip") == 1  # the second time it is not repeated
    assert not found.member


def test_stays_and_merged_ids(small: Warehouse) -> None:
    found = why(small_ground(small), "bob", "vip")
    assert (found.customer_id, found.member) == ("00123", True)
    assert [(str(stay.entered_on), str(stay.left_on), stay.initial) for stay in found.stays] == [
        ("2017-06-01", "2017-06-03", True)
    ]
    ghost = why(small_ground(small), "ghost", "vip")
    assert (ghost.has_profile, ghost.member, ghost.root) == (False, False, None)


def test_who_is_unknown_is_said(small: Warehouse) -> None:
    with pytest.raises(UsageError, match="no customer has the id '123'"):
        why(small_ground(small), "123", "vip")
    with pytest.raises(UsageError, match="no segment 'vipp'"):
        why(small_ground(small), "00123", "vipp")


def test_nothing_stays_behind(small: Warehouse) -> None:
    tables = "select count(*) from duckdb_tables() where temporary"
    explain(small_ground(small), "both")
    why(small_ground(small), "00123", "both")
    assert small.value(tables) == 0


def test_the_cost_names_the_tables_that_were_read(small: Warehouse) -> None:
    cost = explain(small_ground(small), "both").cost
    assert list(cost)[-1] == "evaluation"
    assert cost["segment_receipt"].rows == {"receipt": 3}
    assert all(one.seconds > 0 for one in cost.values())


def test_one_evaluation_whatever_the_size_of_the_rule(small: Warehouse) -> None:
    """Two conditions on receipts under many parts are one scan."""
    parts = tuple({"bought": {"store": "5", "receipts": {"at_least": least}}} for least in range(1, 60))
    found = explain(small_ground(small), rule({"all": ({"any": parts}, *parts)}))
    assert set(found.cost) == {"segment_receipt", "evaluation"}
    assert [part.remaining for part in found.root.parts][:3] == [1, 1, 1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"metric": {"name": "receipts", "between": (1, 3)}}, "metric: {name: receipts, between: [1, 3]}"),
        ({"attribute": {"field": "city", "in": ("O'Hara", "NO")}}, "attribute: {field: city, in: ['O''Hara', 'NO']}"),
        ({"subscribed": {"channel": "email", "category": "promo", "state": "no"}},
         "subscribed: {channel: email, category: promo, state: 'no'}"),
        ({"bought": {"within": 30}}, "bought: {within: 30}"),
        ({"rfm": {"recency": (4, 5)}}, "rfm: {recency: [4, 5]}"),
        ({"tag": "vip"}, "tag: vip"),
    ],
)  # fmt: skip
def test_words_are_the_yaml(data: dict[str, object], words: str) -> None:
    assert words_of(rule(data)) == words


@pytest.mark.parametrize(
    "check", [test_counts_of_parts_are_those_of_each_part_alone, test_why_agrees_with_membership_for_every_customer]
)
def test_a_planted_fault_is_seen(
    shop: Warehouse, monkeypatch: pytest.MonkeyPatch, check: Callable[[Warehouse], None]
) -> None:
    """A 'not' that does nothing."""
    monkeypatch.setattr("smc.segment.ground.Opposite", lambda part: part)
    with pytest.raises(AssertionError):
        check(shop)


def test_lines_keep_the_order_of_the_rule() -> None:
    tree = Counted("all", 1, None, (Counted("a", 1, 1, ()), Counted("any", 2, 1, (Counted("b", 3, None, ()),))))
    assert [(depth, one.rule) for depth, one in tree.lines()] == [(0, "all"), (1, "a"), (1, "any"), (2, "b")]
