"""Matrices, cells, history and migration against plain Python; days before, replays and segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.config.specs.project import MetricsSpec, RfmSpec
from smc.errors import UsageError
from smc.metric import rfm_show
from smc.metric.compute import compute
from smc.metric.rfm import score
from smc.metric.rfm_fill import fill
from smc.warehouse import Warehouse
from smc.warehouse.rfm import Span
from tests.metric.scores import History, Sale, State, bring, day, scores

pytestmark = pytest.mark.slow

RFM = RfmSpec.model_validate(
    {
        "period": 40,
        "cells": {
            "best": {"title": "Best", "recency": [4, 5], "monetary": [4, 5]},
            "lost": {"title": "Lost", "recency": [1]},
            "never": {"title": "Never", "recency": [3], "frequency": [3], "monetary": [3]},
        },
    }
)
EMPTIED = (
    "rfm", "rfm_change", "rfm_day", "rfm_boundary", "rfm_touched", "watermark", "receipt", "customer_metric",
    "customer_touched", "segment_member",
)  # fmt: skip
MEASURES: Mapping[Literal["rf", "rm", "fm"], tuple[int, int]] = {"rf": (0, 1), "rm": (0, 2), "fm": (1, 2)}

sales = st.lists(st.tuples(st.integers(1, 12), st.integers(-60, 70), st.integers(-300, 900)), max_size=40)
days = st.lists(st.integers(0, 70), min_size=1, max_size=5, unique=True).map(sorted)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path: Path = tmp_path_factory.mktemp("show") / "warehouse.duckdb"
    with Warehouse.open(path, timezone="America/New_York", memory="1GB", threads=2) as opened:
        yield opened


def cleared(warehouse: Warehouse) -> Warehouse:
    for table in EMPTIED:
        warehouse.run(f"delete from {table}")
    return warehouse


def run(warehouse: Warehouse, as_of: int, rfm: RfmSpec = RFM) -> None:
    with warehouse.transaction():
        score(warehouse, rfm, day(as_of))


def spent(sold: list[Sale], as_of: int) -> Counter[int]:
    """Cents of a year, by customer."""
    found: Counter[int] = Counter()
    for customer, on, cents in sold:
        if as_of - 365 < on <= as_of:
            found[customer] += cents
    return found


def by_month(history: History) -> dict[date, tuple[date, State]]:
    return {day(n).replace(day=1): (day(n), state) for n, state in sorted(history.days.items())}


@settings(max_examples=25)
@given(sold=sales, computed=days)
def test_what_is_shown_equals_plain_python(shared: Warehouse, sold: list[Sale], computed: list[int]) -> None:
    warehouse, expected = cleared(shared), History.empty()
    bring(warehouse, sold)
    for number in computed:
        run(warehouse, number)
        expected.compute(sold, RFM, number)
    for number in computed[:-1]:
        check_day(warehouse, number, expected.days[number], spent(sold, number))
    check_months(warehouse, expected)


def check_day(warehouse: Warehouse, number: int, state: State, money: Counter[int]) -> None:
    total = sum(money[who] for who in state)
    for kind, (one, other) in MEASURES.items():
        found = rfm_show.matrix(warehouse, kind, as_of=day(number))
        counts = Counter((scored[one], scored[other]) for scored in state.values())
        assert {(c.first, c.second): c.customers for c in found.cells if c.customers} == counts
        assert len(found.cells) == 25
        for cell in found.cells:
            mine = sum(money[who] for who, s in state.items() if (s[one], s[other]) == (cell.first, cell.second))
            assert cell.revenue_365d == Decimal(mine) / 100
            assert cell.share == (cell.customers / len(state) if state else None)
            if total:
                assert cell.revenue_share == pytest.approx(mine / total)
    _, rows = rfm_show.cells(warehouse, RFM, as_of=day(number))
    assert {row["cell"]: row["customers"] for row in rows if row["customers"]} == Counter(s[3] for s in state.values())
    assert [row["cell"] for row in rows][:3] == [*RFM.cells]


def check_months(warehouse: Warehouse, expected: History) -> None:
    months = by_month(expected)
    if any(state for _, state in months.values()):
        found = {(row["month"], row["as_of"], row["cell"]): row["customers"] for row in rfm_show.history(warehouse)}
        assert found == {
            (month, as_of, cell): count
            for month, (as_of, state) in months.items()
            for cell, count in Counter(scored[3] for scored in state.values()).items()
        }
    for begin, (from_day, before) in months.items():
        for end, (to_day, after) in months.items():
            if from_day < to_day:
                moved = rfm_show.migration(warehouse, begin=begin, end=end)
                walked = Counter(
                    (before[who][3] or "(none)" if who in before else "(new)",
                     after[who][3] or "(none)" if who in after else "(gone)")
                    for who in {*before, *after}
                )  # fmt: skip
                assert {(row["from_cell"], row["to_cell"]): row["customers"] for row in moved.rows} == walked
                assert (moved.from_day, moved.to_day) == (from_day, to_day)


@settings(max_examples=15)
@given(sold=sales, computed=days, back=st.integers(0, 4))
def test_filled_months_are_as_if_they_had_been_computed(
    shared: Warehouse, sold: list[Sale], computed: list[int], back: int
) -> None:
    """Equal to a history that had begun so much earlier and missed no end of a month; known days stay as they are."""
    warehouse, expected = cleared(shared), History.empty()
    bring(warehouse, sold)
    first = day(computed[0])
    begin = (first - timedelta(days=30 * back)).replace(day=1)
    since = max(begin, day(min((on for _, on, cents in sold if cents >= 0), default=150)).replace(day=1))
    ends = [n for n in range(-150, computed[-1]) if day(n) >= since and day(n + 1).day == 1 and n not in computed]
    for number in sorted([*ends, *computed]):
        expected.compute(sold, RFM, number)
    for number in computed:
        run(warehouse, number)
    present = warehouse.rows("select * from rfm order by all")
    bounds = "select * from rfm_boundary where as_of >= $day order by all"
    kept = [row for row in warehouse.rows(bounds, day=first) if row[0] not in map(day, ends)]
    result = fill(warehouse, RFM, begin=begin)
    assert result.months == len(ends)
    assert sorted(warehouse.rows("select * from rfm_change"), key=str) == sorted(expected.changes(), key=str)
    assert warehouse.rows("select * from rfm order by all") == present
    assert [row for row in warehouse.rows(bounds, day=first) if row[0] not in map(day, ends)] == kept
    written = [row[0] for row in expected.changes()]
    assert warehouse.rows("select as_of, customers, changed, redefined from rfm_day order by as_of") == [
        (day(n), len(known), written.count(day(n)), n in ends or n == computed[0])
        for n, known in sorted(expected.days.items())
    ]
    assert fill(warehouse, RFM, begin=begin).months == 0
    run(warehouse, computed[-1] + 1)
    expected.compute(sold, RFM, computed[-1] + 1)
    assert sorted(warehouse.rows("select * from rfm_change"), key=str) == sorted(expected.changes(), key=str)


def test_a_gap_in_the_history_is_filled_for_a_migration(warehouse: Warehouse) -> None:
    five(warehouse)
    for number in (4, 100, 101):
        run(warehouse, number)
    other = RFM.model_copy(update={"period": 90})
    assert fill(warehouse, other, begin=date(2024, 2, 1)).months == 2
    ends = [date(2024, 2, 29), date(2024, 3, 31)]
    found = warehouse.rows("select as_of, redefined from rfm_day order by as_of")
    assert found == [(day(4), True), (ends[0], True), (ends[1], True), (day(100), True), (day(101), False)]
    moved = rfm_show.migration(warehouse, begin=date(2024, 2, 1), end=date(2024, 3, 1))
    assert (moved.from_day, moved.to_day) == (ends[0], ends[1])


@pytest.mark.parametrize("sold", [[], [(1, 4, -500)], [(1, 2, 500)]])
def test_no_month_is_filled_in_which_nobody_had_bought(warehouse: Warehouse, sold: list[Sale]) -> None:
    bring(warehouse, sold)
    run(warehouse, 50)
    assert fill(warehouse, RFM, begin=date(1, 1, 1)).months == (2 if sold and sold[0][2] > 0 else 0)


def five(warehouse: Warehouse) -> None:
    """Five customers who bought on days 0 to 4, for as many hundreds as their number."""
    warehouse.run("insert into customer_ident (customer_key, customer_id) select k, '00' || k from range(1, 7) t(k)")
    bring(warehouse, [(who, who - 1, 10000 * who) for who in range(1, 6)])


def ends(span: Span | None) -> Any:
    return span and (span.low, span.high)


def test_explain_shows_values_bounds_scores_and_stays(warehouse: Warehouse) -> None:
    five(warehouse)
    run(warehouse, 4)
    bring(warehouse, [(1, 5, 60000)])
    run(warehouse, 5)
    found = rfm_show.explain(warehouse, "001", RFM)
    assert (found.as_of, found.period, found.cell, found.changed) == (day(5), 40, "best", False)
    assert [(part.value, part.score, ends(part.span)) for part in found.parts] == [
        (Decimal(0), 5, (0, 0)), (Decimal(2), 5, (2, None)), (Decimal(700), 5, (700, None)),
    ]  # fmt: skip
    assert [(row["since"], row["until"], row["cell"]) for row in found.stays] == [
        (day(5), None, "best"), (day(4), day(5), "lost"),
    ]  # fmt: skip
    then = rfm_show.explain(warehouse, "001", RFM, as_of=day(4))
    assert (then.as_of, then.cell, [part.score for part in then.parts]) == (day(4), "lost", [1, 1, 1])
    nobody = rfm_show.explain(warehouse, "006", RFM)
    assert [(part.value, part.score) for part in nobody.parts] == [(None, None)] * 3
    assert not nobody.changed
    bring(warehouse, [(2, 5, 100)])
    assert rfm_show.explain(warehouse, "002", RFM).changed
    with pytest.raises(UsageError, match="no customer has the id '1'"):
        rfm_show.explain(warehouse, "1", RFM)


def test_bounds_of_a_matrix_cover_every_value_once(warehouse: Warehouse) -> None:
    five(warehouse)
    run(warehouse, 4)
    found = rfm_show.matrix(warehouse, "rm")
    recency, money = ([ends(found.span(of, score)) for score in range(1, 6)] for of in found.measures)
    assert recency == [(4, None), (3, 3), (2, 2), (1, 1), (0, 0)]
    cent = Decimal("0.01")
    assert money == [(None, 200 - cent), (200, 300 - cent), (300, 400 - cent), (400, 500 - cent), (500, None)]
    rf = rfm_show.matrix(warehouse, "rf")
    frequency = [ends(rf.span("frequency", score)) for score in range(1, 6)]
    assert frequency == [(None, None), None, None, None, None]  # all bought once


def test_a_segment_is_looked_at_as_it_was(warehouse: Warehouse) -> None:
    five(warehouse)
    for number in (4, 6):
        run(warehouse, number)
    for who, entered, left in ((1, 4, 6), (2, 5, None), (6, 4, None)):
        warehouse.run(
            "insert into segment_member values ($who, 'vip', $entered, $left, false)",
            who=who, entered=day(entered), left=None if left is None else day(left),
        )  # fmt: skip
    warehouse.run("insert into watermark values ('segment:vip', $day, null)", day=day(6))
    then, now = (rfm_show.cells(warehouse, RFM, as_of=day(n), segment="vip")[1] for n in (4, 6))
    assert (sum(row["customers"] for row in then), sum(row["customers"] for row in now)) == (1, 1)
    assert {row["cell"]: row["share"] for row in then if row["customers"]} == {"lost": 1.0}
    warehouse.run("update segment_member set entered_on = $day", day=day(6))
    with pytest.raises(UsageError, match="'vip' are known from"):
        rfm_show.matrix(warehouse, "rf", as_of=day(5), segment="vip")
    with pytest.raises(UsageError, match="has not been computed"):
        rfm_show.matrix(warehouse, "rf", segment="vips")


def test_days_and_months_that_are_not_there_are_said(warehouse: Warehouse) -> None:
    for ask in (
        lambda: rfm_show.matrix(warehouse, "rf"),
        lambda: rfm_show.cells(warehouse, RFM),
        lambda: rfm_show.history(warehouse),
        lambda: fill(warehouse, RFM, begin=day(0)),
    ):
        with pytest.raises(UsageError, match="no RFM scores have been computed"):
            ask()
    five(warehouse)
    run(warehouse, 4)
    with pytest.raises(UsageError, match=f"up to {day(3)}"):
        rfm_show.matrix(warehouse, "rf", as_of=day(3))
    assert rfm_show.matrix(warehouse, "rf", as_of=day(9)).as_of == day(4)
    with pytest.raises(UsageError, match="needs two months"):
        rfm_show.migration(warehouse)
    run(warehouse, 40)
    assert rfm_show.migration(warehouse).from_day == day(4)
    with pytest.raises(UsageError, match="no RFM scores were computed in 2023-12"):
        rfm_show.migration(warehouse, begin=date(2023, 12, 1))
    with pytest.raises(UsageError, match="does not come before"):
        rfm_show.migration(warehouse, begin=day(40).replace(day=1), end=day(4).replace(day=1))


def test_a_replayed_day_is_shown_with_its_own_boundaries(warehouse: Warehouse) -> None:
    five(warehouse)
    compute(warehouse, metrics=MetricsSpec(), rfm=RFM, as_of=day(4))
    compute(warehouse, metrics=MetricsSpec(), rfm=RFM, as_of=day(6))
    bring(warehouse, [(5, 3, 900000)])
    warehouse.run("insert into customer_touched values (5)")
    compute(warehouse, metrics=MetricsSpec(), rfm=RFM, as_of=day(4))
    replayed, kept = (rfm_show.matrix(warehouse, "fm", as_of=day(n)) for n in (4, 6))
    assert scores([(who, who - 1, 10000 * who) for who in range(1, 6)], RFM, 4)[5][:3] == (5, 1, 5)
    top: Any = replayed.span("frequency", 5)
    assert top.low == 2
    assert kept.span("frequency", 5) is None
    assert sum(cell.revenue_365d for cell in replayed.cells) == 1500 + 9000
