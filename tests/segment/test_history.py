"""Who entered and left on which day; runs that are repeated, corrected, refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.rule import Rule, SegmentSpec, rule_key
from smc.errors import RunError, UsageError
from smc.segment.refresh import SegmentResult, refresh
from smc.warehouse import Warehouse
from tests.segment.rules import rule, segment

D = date(2017, 6, 1)
TAGGED = {"vip": segment({"tag": "vip"})}
STAYS = "select customer_key, segment, entered_on, left_on, initial from segment_member order by all"
Run = Callable[..., SegmentResult]


@pytest.fixture
def run(warehouse: Warehouse) -> Run:
    """Refresh on day ``D + n``."""
    for key in range(1, 5):
        warehouse.run("insert into customer_ident values ($key, 'c' || $key)", key=key)
        warehouse.run("insert into customer (customer_key) values ($key)", key=key)

    def refreshed(day: int, segments: dict[str, SegmentSpec] = TAGGED, rules: tuple[Rule, ...] = ()) -> SegmentResult:
        return refresh(
            warehouse, segments=segments, rules=rules, fields=FieldsSpec(), metrics=MetricsSpec(),
            as_of=D + timedelta(days=day),
        )  # fmt: skip

    return refreshed


def tag(warehouse: Warehouse, *keys: int) -> None:
    """The list as a whole; whoever was in it or is in it now is noted."""
    warehouse.run("insert into customer_touched select customer_key from tag_member")
    warehouse.run("delete from tag_member")
    for key in keys:
        warehouse.run("insert into tag_member values ($key, 'vip', $day, 'test')", key=key, day=D)
        warehouse.run("insert into customer_touched values ($key)", key=key)


def stays(warehouse: Warehouse) -> list[tuple[int, int, int | None, bool]]:
    """Customer, day of entry, day of leaving, initial; days count from D."""
    return [
        (key, (entered - D).days, None if left is None else (left - D).days, initial)
        for key, _, entered, left, initial in warehouse.rows(STAYS)
    ]


def test_days_of_a_segment(warehouse: Warehouse, run: Run) -> None:
    tag(warehouse, 1, 2)
    first = run(0)
    assert (first.members, first.entered, first.left) == (2, 0, 0)
    tag(warehouse, 2, 3)
    second = run(1)
    assert (second.members, second.entered, second.left) == (2, 1, 1)
    tag(warehouse, 1, 2, 3)
    run(4)
    assert stays(warehouse) == [(1, 0, 1, True), (1, 4, None, False), (2, 0, None, True), (3, 1, None, False)]


def test_running_again_changes_nothing(warehouse: Warehouse, run: Run) -> None:
    tag(warehouse, 1, 2)
    run(0)
    tag(warehouse, 2, 3)
    result = run(1, rules=(rule({"tag": "vip"}),))
    tables = ("segment_member", "rule_member", "watermark")
    before = [warehouse.rows(f"select * from {table} order by all") for table in tables]
    assert run(1, rules=(rule({"tag": "vip"}),)) == result
    assert [warehouse.rows(f"select * from {table} order by all") for table in tables] == before


def test_a_corrected_run_of_the_same_day_leaves_no_trace(warehouse: Warehouse, run: Run) -> None:
    tag(warehouse, 1, 2)
    run(0)
    tag(warehouse, 3)
    run(1)
    tag(warehouse, 1, 4)
    run(1)
    assert stays(warehouse) == [(1, 0, None, True), (2, 0, 1, True), (4, 1, None, False)]


def test_a_corrected_first_run_is_still_the_first(warehouse: Warehouse, run: Run) -> None:
    tag(warehouse, 1)
    run(0)
    tag(warehouse, 2)
    run(0)
    assert stays(warehouse) == [(2, 0, None, True)]


def test_an_empty_first_computation_is_remembered(warehouse: Warehouse, run: Run) -> None:
    run(0)
    tag(warehouse, 1)
    run(1)
    assert stays(warehouse) == [(1, 1, None, False)]


def test_a_removed_segment_is_closed_and_starts_anew(warehouse: Warehouse, run: Run) -> None:
    tag(warehouse, 1)
    run(0)
    run(1, {})
    assert stays(warehouse) == [(1, 0, 1, True)]
    run(2)
    assert stays(warehouse) == [(1, 0, 1, True), (1, 2, None, True)]


def test_a_past_day_is_refused(warehouse: Warehouse, run: Run) -> None:
    run(3)
    with pytest.raises(RunError, match="already been computed for 2017-06-04"):
        run(2)


def test_a_customer_without_profile_is_no_member(warehouse: Warehouse, run: Run) -> None:
    warehouse.run("insert into customer_ident values (9, 'ghost')")
    tag(warehouse, 1, 9)
    everyone = {"all": segment({"not": {"tag": "nobody"}})}
    assert run(0, everyone).members == 4


def test_rules_are_replaced(warehouse: Warehouse, run: Run) -> None:
    tag(warehouse, 1, 2)
    run(0, rules=(rule({"tag": "vip"}), rule({"not": {"in_segment": "vip"}})))
    assert warehouse.rows("select count(*), count(distinct rule) from rule_member") == [(4, 2)]
    run(1, rules=(rule({"tag": "vip"}), rule({"tag": "vip"})))
    assert warehouse.rows("select count(*), count(distinct rule) from rule_member") == [(2, 1)]


def test_nothing_is_kept_when_a_name_is_unknown(warehouse: Warehouse, run: Run) -> None:
    warehouse.run("insert into category_ident values (1, 'DAIRY'), (2, 'A'), (3, 'B')")
    warehouse.run(
        "insert into category (category_key, parent_key, name) "
        "values (1, null, 'Milk'), (2, null, 'Twin'), (3, null, 'Twin')"
    )
    warehouse.run("insert into product (product_key, brand) values (1, 'O''Brien')")
    segments = {
        "one": segment({"bought": {"category": "Dairi", "brand": "o'brien"}}),
        "two": segment({"not": {"bought": {"category": "Twin", "store": "S9"}}}),
        "three": segment({"metric": {"name": "favourite_category", "in": ("Milk", "Silk")}}),
    }
    with pytest.raises(RunError) as caught:
        run(0, segments, (rule({"tag": "vip"}),))
    text = str(caught.value)
    assert "segment 'one': unknown category 'Dairi'; nearest: 'DAIRY'" in text
    assert "segment 'one': unknown brand 'o'brien'; nearest: \"O'Brien\"" in text
    assert "segment 'two': several categories are named 'Twin'; give one of the ids A, B" in text
    assert "segment 'two': unknown store 'S9'" in text
    assert "segment 'three': unknown category 'Silk'; nearest: 'Milk'" in text
    assert "import the catalogue first" in text
    assert warehouse.rows("select count(*) from watermark") == [(0,)]


def test_a_filter_that_names_what_is_not_there_has_no_members_and_stops_nobody(warehouse: Warehouse, run: Run) -> None:
    tag(warehouse, 1)
    unknown = rule({"not": {"bought": {"product": "p1"}}})
    result = run(0, rules=(rule({"tag": "vip"}), unknown))
    assert (result.members, result.rules, result.problems) == (1, 1, ())
    assert warehouse.rows("from rule_problem") == [(rule_key(unknown), "unknown product 'p1'")]
    assert warehouse.rows("select distinct rule from rule_member") == [(rule_key(rule({"tag": "vip"})),)]
    warehouse.run("insert into product_ident values (1, 'p1')")
    warehouse.run("insert into product (product_key, name) values (1, 'Tea')")
    run(1, rules=(rule({"tag": "vip"}), unknown))
    assert warehouse.rows("from rule_problem") == []
    assert warehouse.value("select count(*) from rule_member where rule = $rule", rule=rule_key(unknown)) == 4


def test_old_figures_are_refused(warehouse: Warehouse, run: Run) -> None:
    figures = {"rich": segment({"metric": {"name": "revenue", "at_least": 1}})}
    with pytest.raises(RunError, match="never been computed"):
        run(0, figures)
    warehouse.run("insert into watermark values ('metric', $day, null), ('rfm', $day, null)", day=D)
    assert run(0, figures).members == 0
    with pytest.raises(RunError, match="which are of 2017-06-01, not of 2017-06-02"):
        run(1, figures)
    with pytest.raises(RunError, match="RFM scores"):
        run(1, {"lost": segment({"rfm": {"recency": (1,)}})})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"in_segment": "vpi"}, "no segment 'vpi'"),
        ({"in_segment": "vip"}, "circle: vip → vip"),
        ({"attribute": {"field": "citty", "equals": "x"}}, "no field"),
        ({"metric": {"name": "revenu", "equals": 1}}, "no metric"),
        ({"attribute": {"field": "city", "equals": 5}}, "not text"),
        ({"sample": {"percent": 0, "salt": "s"}}, "nobody"),
    ],
)
def test_what_validation_refuses_is_refused_here_too(run: Run, data: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        run(0, {"vip": segment(data)})
