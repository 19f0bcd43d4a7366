"""Named lists: what persons, files and campaigns do to them, and who was in one on any past day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.rule import SegmentSpec, TagRule
from smc.errors import RunError, UsageError
from smc.segment.refresh import refresh
from smc.segment.tags import Order, Refused, TagResult, Wish, change, from_segment, overview, wishes
from smc.warehouse import Warehouse
from tests.segment.members import members_of

D = date(2017, 5, 1)
NOW = datetime(2017, 5, 1, 12, tzinfo=UTC)
PEOPLE = ("anna", "bert", "cleo", "dora")
DECLARED = ("vip", "cold")


def _shop(warehouse: Warehouse) -> None:
    for key, name in enumerate(PEOPLE, 1):
        warehouse.run("insert into customer_ident values ($key, $name)", key=key, name=name)
        warehouse.run("insert into customer (customer_key) values ($key)", key=key)


def _order(command: str = "add", as_of: date = D, limit: int = 0) -> Order:
    return Order(command, None, "maria", as_of, NOW, Decimal(limit))  # type: ignore[arg-type] # tests name it as text


def _change(warehouse: Warehouse, command: str, *ids: str, as_of: date = D, limit: int = 0) -> TagResult:
    return change(warehouse, _order(command, as_of, limit), wishes(ids, "vip", DECLARED))


def _members(warehouse: Warehouse, as_of: date, tag: str = "vip") -> set[str]:
    return members_of(warehouse, TagRule(tag=tag), as_of)


def test_customers_are_added_and_removed_and_every_past_day_is_kept(warehouse: Warehouse) -> None:
    _shop(warehouse)
    assert _change(warehouse, "add", "anna", "bert", "anna") == TagResult(3, 2, 0, 0)
    assert _change(warehouse, "add", "anna", as_of=D + timedelta(1)) == TagResult(1, 0, 0, 1)
    assert _change(warehouse, "remove", "anna", "cleo", as_of=D + timedelta(9)) == TagResult(2, 0, 1, 1)
    assert _change(warehouse, "add", "anna", as_of=D + timedelta(20)).added == 1
    days = {0: {"anna", "bert"}, 8: {"anna", "bert"}, 9: {"bert"}, 19: {"bert"}, 20: {"anna", "bert"}}
    assert _members(warehouse, D - timedelta(1)) == set()
    assert {n: _members(warehouse, D + timedelta(n)) for n in days} == days
    log = warehouse.rows("select command_no, command, person, added, removed, unchanged from tag_command order by 1")
    assert log == [(1, "add", "maria", 2, 0, 0), (2, "remove", "maria", 0, 1, 1), (3, "add", "maria", 1, 0, 0)]
    stays = warehouse.rows("select added_on, removed_on, source, removed_by from tag_past")
    assert stays == [(D, D + timedelta(9), "command 1", "command 2")]


def test_more_refused_rows_than_the_limit_change_nothing_and_fewer_are_told(warehouse: Warehouse) -> None:
    _shop(warehouse)
    with pytest.raises(RunError, match=r"1 of 2 rows are refused.*\n  2: ana: no customer has this id"):
        _change(warehouse, "add", "anna", "ana", limit=49)
    assert _members(warehouse, D) == set()
    done = _change(warehouse, "add", "anna", "ana", limit=50)
    assert (done.rows, done.added) == (2, 1)
    assert done.refused == (Refused(2, "ana", "no customer has this id"),)


def test_rows_of_a_file() -> None:
    text = "customer_id;tag\n\n a1 ; vip \nb;gold\nc\n;vip\n00123;cold\n1e5;vip\n".splitlines()
    read = list(wishes(text, None, DECLARED, heading=True))
    assert [row for row in read if isinstance(row, Wish)] == [
        Wish(3, "a1", "vip"), Wish(7, "00123", "cold"), Wish(8, "1e5", "vip"),
    ]  # fmt: skip
    assert [(row.line, row.reason[:20]) for row in read if isinstance(row, Refused)] == [
        (4, "there is no tag 'gol"), (5, "the row names no tag"), (6, "this is no customer "),
    ]  # fmt: skip
    (alone,) = wishes(["a;vip"], "cold", DECLARED)
    assert isinstance(alone, Refused)


def test_a_merged_id_means_the_survivor(warehouse: Warehouse) -> None:
    _shop(warehouse)
    warehouse.run("insert into customer_alias values (2, 1)")
    assert _change(warehouse, "add", "bert", "anna").added == 1
    assert _members(warehouse, D) == {"anna"}


def test_a_person_comes_behind_a_campaign(warehouse: Warehouse) -> None:
    """What a campaign did before is not applied behind what a person did later; what it does later is."""
    _shop(warehouse)
    warehouse.run("insert into tag_change values (1, 'vip', true, $day)", day=D)
    _change(warehouse, "remove", "anna")
    _refresh(warehouse, D + timedelta(1))
    assert _members(warehouse, D + timedelta(1)) == set()
    warehouse.run("insert into tag_change values (1, 'vip', true, $day)", day=D + timedelta(1))
    _refresh(warehouse, D + timedelta(2))
    assert [_members(warehouse, D + timedelta(n)) for n in (1, 2)] == [set(), {"anna"}]
    warehouse.run("insert into tag_change values (1, 'vip', false, $day)", day=D + timedelta(2))
    _refresh(warehouse, D + timedelta(5))
    assert [_members(warehouse, D + timedelta(n)) for n in (1, 2, 3)] == [set(), {"anna"}, set()]


def test_a_list_from_a_segment_and_exactly_that(warehouse: Warehouse) -> None:
    _shop(warehouse)
    with pytest.raises(UsageError, match="has not been computed"):
        from_segment(warehouse, _order("from-segment"), "vips", "cold", exactly=False)
    _change(warehouse, "add", "anna", "bert")
    change(warehouse, _order(), wishes(["dora"], "cold", DECLARED))
    _refresh(warehouse, D)
    assert from_segment(warehouse, _order("from-segment"), "vips", "cold", exactly=False).added == 2
    assert _members(warehouse, D, "cold") == {"anna", "bert", "dora"}
    assert from_segment(warehouse, _order("from-segment"), "vips", "cold", exactly=True) == TagResult(2, 0, 1, 2)
    assert _members(warehouse, D, "cold") == {"anna", "bert"}


def test_a_day_that_is_computed_is_history(warehouse: Warehouse) -> None:
    _shop(warehouse)
    _refresh(warehouse, D)
    with pytest.raises(RunError, match="are history and stay"):
        _change(warehouse, "add", "anna", as_of=D - timedelta(1))
    assert _change(warehouse, "add", "anna").added == 1


def test_the_list_of_lists(warehouse: Warehouse) -> None:
    _shop(warehouse)
    _change(warehouse, "add", "anna", "bert")
    warehouse.run("insert into tag_member values (3, 'vip', $day, 'vips')", day=D + timedelta(1))
    _change(warehouse, "remove", "anna", as_of=D + timedelta(3))
    warehouse.run("insert into tag_member values (3, 'old', $day, 'vips')", day=D)
    found = {
        one.tag: (one.title, one.members, one.sources, one.last_change)
        for one in overview(warehouse, {"vip": "Dear", "cold": "Cold"})
    }
    assert found == {
        "vip": ("Dear", 2, "command, vips", D + timedelta(3)),
        "cold": ("Cold", 0, "", None),
        "old": ("(not declared)", 1, "vips", D),
    }


steps = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["add", "remove"]),
        st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3),
    ),
    max_size=8,
)


@settings(max_examples=25)
@given(steps=steps)
def test_every_day_is_as_it_was_on_its_evening(steps: list[tuple[int, str, list[str]]], warehouse: Warehouse) -> None:
    for table in ("customer_ident", "customer", "tag_member", "tag_past", "tag_command"):
        warehouse.run(f"delete from {table}")
    _shop(warehouse)
    day, evening = D, {D: set[str]()}
    for later, command, names in steps:
        for n in range(1, later + 1):
            evening[day + timedelta(n)] = set(evening[day])
        day += timedelta(later)
        _change(warehouse, command, *names, as_of=day)
        evening[day] = evening[day] | set(names) if command == "add" else evening[day] - set(names)
        again = _change(warehouse, command, *names, as_of=day)
        assert (again.added, again.removed, again.unchanged) == (0, 0, len(set(names)))
    assert {one: _members(warehouse, one) for one in evening} == evening


def _refresh(warehouse: Warehouse, as_of: date) -> None:
    segments = {"vips": SegmentSpec(title="Dear", rule=TagRule(tag="vip"))}
    refresh(warehouse, segments=segments, rules=(), fields=FieldsSpec(), metrics=MetricsSpec(), as_of=as_of)
