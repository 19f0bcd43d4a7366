"""The history of scores equals a replay in plain Python, whatever days are computed in whatever order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smc.config.specs.project import MetricsSpec, RfmSpec
from smc.metric.compute import compute
from smc.metric.rfm import score
from smc.warehouse import Warehouse, statement
from tests.metric.scores import History, Sale, bring, day

pytestmark = pytest.mark.slow

TWO = RfmSpec.model_validate(
    {"period": 50, "cells": {"best": {"title": "B", "recency": [4, 5]}, "lost": {"title": "L", "recency": [1]}}}
)
OTHER = RfmSpec.model_validate({"period": 50, "cells": {"big": {"title": "B", "monetary": [5]}}})
SHORT = RfmSpec.model_validate({"period": 7, "cells": {"lost": {"title": "L", "recency": [1]}}})
TABLES = ("rfm", "rfm_change", "rfm_day", "rfm_boundary", "rfm_touched", "watermark")

sales = st.lists(st.tuples(st.integers(1, 9), st.integers(-45, 40), st.integers(-300, 900)), max_size=12)


@dataclass(frozen=True)
class Night:
    """Days to go (back, when negative), what came, and the spec."""

    step: int
    new: tuple[Sale, ...]
    rfm: RfmSpec = TWO


nights = st.builds(
    Night,
    step=st.sampled_from([1, 1, 2, 7, 30, 0, 0, -1, -10]),
    new=sales.map(tuple),
    rfm=st.sampled_from([TWO, TWO, TWO, OTHER, SHORT]),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path: Path = tmp_path_factory.mktemp("history") / "warehouse.duckdb"
    with Warehouse.open(path, timezone="America/New_York", memory="1GB", threads=2) as opened:
        yield opened


def cleared(warehouse: Warehouse) -> Warehouse:
    for table in (*TABLES, "receipt"):
        warehouse.run(f"delete from {table}")
    return warehouse


def run(warehouse: Warehouse, rfm: RfmSpec, as_of: date) -> int:
    with warehouse.transaction():
        return score(warehouse, rfm, as_of)


def everything(warehouse: Warehouse) -> dict[str, list[tuple[object, ...]]]:
    return {table: warehouse.rows(f"select * from {table}") for table in TABLES}


def state(warehouse: Warehouse, as_of: date) -> dict[int, tuple[object, ...]]:
    return {row[0]: row[1:] for row in warehouse.rows(statement("smc.warehouse", "rfm_state"), day=as_of)}


@settings(max_examples=25)
@given(history=st.lists(nights, min_size=1, max_size=7))
@example(history=[Night(0, ((1, 0, 5), (2, -9, 5))), Night(-10, ()), Night(10, ()), Night(1, ((2, 1, 9),))])
@example(history=[Night(0, ((1, 0, 5),)), Night(1, ((1, 1, 5), (2, 1, 5))), Night(0, ((2, 1, -5),)), Night(60, ())])
def test_history_equals_a_replay_from_scratch(shared: Warehouse, history: list[Night]) -> None:
    warehouse, expected, sold = cleared(shared), History.empty(), list[Sale]()
    now = 0
    for night in history:
        now += night.step
        sold += night.new
        bring(warehouse, night.new)
        expected.compute(sold, night.rfm, now)
        assert run(warehouse, night.rfm, day(now)) == len(expected.present)
        found = warehouse.rows("select * from rfm")
        assert {row[0]: row[1:] for row in found} == expected.present
        assert len(found) == len(expected.present)
        assert warehouse.rows("select * from rfm_change order by as_of, customer_key") == expected.changes()
        assert {row[0] for row in warehouse.rows("select * from rfm_touched")} == expected.touched
        once = everything(warehouse)
        run(warehouse, night.rfm, day(now))
        assert everything(warehouse) == once
    for number, known in expected.days.items():
        assert state(warehouse, day(number)) == known
    customers = warehouse.rows("select as_of, customers, changed from rfm_day order by as_of")
    written = [row[0] for row in expected.changes()]
    assert customers == [(day(n), len(known), written.count(day(n))) for n, known in sorted(expected.days.items())]


def test_who_entered_a_cell_on_a_day(warehouse: Warehouse) -> None:
    bring(warehouse, [(1, 0, 100), (2, -5, 100), (3, -10, 100), (4, -20, 100), (5, -40, 100)])
    run(warehouse, TWO, day(0))
    bring(warehouse, [(5, 1, 100), (6, 1, 100)])
    run(warehouse, TWO, day(1))
    entered = """select c.customer_key from rfm_change as c join rfm_day as d on d.as_of = c.as_of
        where c.as_of = $day and c.new_cell = 'best' and c.old_cell is distinct from 'best' and not d.redefined"""
    assert warehouse.rows(entered, day=day(0)) == []  # the first day says where they are, not that they came there
    assert warehouse.rows(entered, day=day(1)) == [(5,), (6,)]


def test_a_day_with_other_cells_is_marked_and_a_repeated_one_is_not(warehouse: Warehouse) -> None:
    bring(warehouse, [(1, 0, 100), (2, -40, 100)])
    for number, rfm in ((0, TWO), (1, TWO), (2, OTHER), (2, OTHER), (3, OTHER)):
        run(warehouse, rfm, day(number))
    assert [row[0] for row in warehouse.rows("select redefined from rfm_day order by as_of")] == [
        True, False, True, False,
    ]  # fmt: skip
    run(warehouse, TWO, day(3))
    assert warehouse.value("select redefined from rfm_day where as_of = $day", day=day(3)) is True


def test_boundaries_of_the_history_outlive_a_replay(warehouse: Warehouse) -> None:
    bring(warehouse, [(who, -who, 100 * who) for who in range(1, 11)])
    run(warehouse, TWO, day(0))
    run(warehouse, TWO, day(5))
    kept = warehouse.rows("select * from rfm_boundary where not replay order by all")
    bring(warehouse, [(who, -1, 7) for who in range(1, 9)])
    run(warehouse, TWO, day(0))
    assert warehouse.rows("select * from rfm_boundary where not replay order by all") == kept
    assert warehouse.value("select count(*) from rfm_boundary where replay and as_of = $day", day=day(0)) > 0
    run(warehouse, TWO, day(6))
    assert warehouse.value("select count(*) from rfm_boundary where replay") == 0


def killed(warehouse: Warehouse) -> None:
    with warehouse.transaction():
        score(warehouse, TWO, day(1))
        raise ZeroDivisionError


def test_a_killed_computation_leaves_nothing(warehouse: Warehouse) -> None:
    bring(warehouse, [(1, 0, 100), (2, -9, 50)])
    run(warehouse, TWO, day(0))
    before = everything(warehouse)
    bring(warehouse, [(2, 1, 50)])
    with pytest.raises(ZeroDivisionError):
        killed(warehouse)
    assert everything(warehouse) == before


def test_compute_keeps_the_history_when_a_past_day_is_computed_again(warehouse: Warehouse) -> None:
    bring(warehouse, [(1, 0, 100), (2, 3, 50)])
    for number in (1, 4, 2, 5):
        compute(warehouse, metrics=MetricsSpec(), rfm=TWO, as_of=day(number))
    assert [row[0] for row in warehouse.rows("select as_of from rfm_day order by as_of")] == [day(1), day(4), day(5)]
    assert state(warehouse, day(2)).keys() == {1}
    assert state(warehouse, day(5)).keys() == {1, 2}
