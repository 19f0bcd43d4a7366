"""Figures of the overview and of the campaigns, worked out by hand."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from smc.config.specs.attribution import Attribution
from smc.report import overview as page
from smc.report.attributed import Window, fill_windows
from smc.report.rfm import edges
from smc.segment.show import overview
from smc.warehouse import Warehouse, statement
from smc.warehouse.rfm import Seen, newest, see, spans
from tests.report.world import AS_OF, WIN_BACK, World


def rows(warehouse: Warehouse, name: str, **params: object) -> list[dict[str, Any]]:
    return warehouse.records(statement("smc.report", name), **params)


def test_customers_by_month(world: World) -> None:
    world.customer(1, "2017-12-31 23:30")
    world.customer(2, "2018-01-01 00:30")
    world.customer(3, "2018-02-01 00:30")
    world.receipt(1, "2017-12-31 10:00", "1")
    world.receipt(1, "2018-01-05 10:00", "1")
    world.receipt(1, "2018-01-06 10:00", "1")
    world.receipt(2, "2018-01-05 10:00", "1")
    world.receipt(4, "2018-01-05 10:00", "1")
    world.receipt(5, "2018-01-05 10:00", "1", "cancelled")
    world.receipt(6, "2018-01-05 10:00", "-1", "returned")
    world.receipt(None, "2018-01-05 10:00", "1")
    found = rows(world.warehouse, "customers_by_month", as_of=AS_OF, since=date(2017, 1, 1))
    assert [tuple(row.values()) for row in found] == [
        (date(2017, 12, 1), 1, 1, 1, 0, 0.0),
        (date(2018, 1, 1), 1, 3, 2, 1, 1 / 3),
    ]


def test_revenue_by_month(world: World) -> None:
    world.receipt(1, "2017-12-31 23:30", "10.00")
    world.receipt(1, "2018-01-05 10:00", "30.00")
    world.receipt(2, "2018-01-05 10:00", "20.00")
    world.receipt(2, "2018-01-09 10:00", "-10.00", "returned")
    world.receipt(None, "2018-01-05 10:00", "5.00")
    world.receipt(3, "2018-01-05 10:00", "99.00", "cancelled")
    row = rows(world.warehouse, "revenue_by_month", as_of=AS_OF, since=date(2018, 1, 1))[0]
    assert (row["receipts"], row["revenue"]) == (3, Decimal("45.00"))
    assert (row["revenue_new"], row["revenue_returning"], row["revenue_anonymous"]) == (10, 30, 5)
    assert (row["returning_share"], row["average_receipt"]) == (0.75, 45 / 3)


def test_base_by_last_purchase(world: World) -> None:
    for key, at in ((1, "2018-01-31"), (2, "2018-01-02"), (3, "2018-01-01"), (4, "2017-02-05"), (5, "2017-02-06")):
        world.customer(key)
        world.receipt(key, f"{at} 10:00", "1")
    world.customer(6)
    world.receipt(7, "2018-01-30 10:00", "1")
    found = rows(world.warehouse, "base_by_last_purchase", as_of=AS_OF)
    assert [(row["months"], row["customers"]) for row in found] == [(0, 2), (1, 1), (11, 1), (12, 1), (13, 1)]
    assert [round(row["share"], 3) for row in found] == [0.333, 0.167, 0.167, 0.167, 0.167]


def test_rfm_matrix_best_and_lost(world: World) -> None:
    for key, scores in enumerate(((5, 5, 5), (5, 5, 4), (1, 5, 5), (1, 1, 1)), start=1):
        world.score(key, *scores)
        world.metric(key, f"{key}0.00", key)
    world.scored(AS_OF)
    see(world.warehouse, newest(world.warehouse, AS_OF))
    matrix = world.warehouse.records(statement("smc.warehouse", "rfm_matrix"))
    assert [(row["matrix"], row["first"], row["second"], row["customers"], row["share"]) for row in matrix[:6]] == [
        ("rm", 5, 4, 1, 0.25), ("rm", 5, 5, 1, 0.25), ("rm", 1, 1, 1, 0.25), ("rm", 1, 5, 1, 0.25),
        ("rf", 5, 5, 2, 0.5), ("rf", 1, 1, 1, 0.25),
    ]  # fmt: skip
    assert (matrix[4]["revenue_365d"], matrix[4]["revenue_share"], matrix[4]["revenue_per_customer"]) == (30, 0.3, 15)
    ends = {row["part"]: row for row in rows(world.warehouse, "best_and_lost")}
    assert (ends["best"]["customers"], ends["best"]["revenue_share"]) == (1, 0.1)
    assert (ends["lost"]["customers"], ends["lost"]["revenue_share"], ends["lost"]["average_receipt"]) == (2, 0.7, 10)


def test_best_and_lost_by_month(busy_world: World) -> None:
    found = busy_world.warehouse.records(statement("smc.warehouse", "rfm_ends"), as_of=AS_OF)
    assert [(row["month"], row["customers"], row["best"], row["lost"]) for row in found] == [
        (date(2017, 12, 1), 4, 0, 2), (date(2018, 1, 1), 6, 1, 1),
    ]  # fmt: skip
    assert found[1]["best_share"] == pytest.approx(1 / 6)


def test_edges_of_scores_in_words(world: World) -> None:
    for measure, by in (("recency", (40, 20, 9, 2)), ("frequency", (2, 4, 4, 9)), ("monetary", (10, 20, 30, 40))):
        for score, bound in enumerate(by, start=2):
            world.add("rfm_boundary", as_of=AS_OF, measure=measure, score=score, bound=Decimal(bound))
    found = edges(spans(world.warehouse, Seen(AS_OF, present=True)), "USD")
    assert list(found["recency"].values()) == [
        "over 40 days",
        "21\u201340 days",
        "10\u201320 days",
        "3\u20139 days",
        "0\u20132 days",
    ]
    assert list(found["frequency"].values()) == ["under 2", "2\u20133", "nobody", "4\u20138", "9 or more"]
    assert found["monetary"][1] == "to $9.99"
    assert found["monetary"][5] == "from $40.00"
    equal = edges(spans(world.warehouse, Seen(date(2018, 1, 1), present=True)), "USD")
    assert [(by[1], by[5]) for by in equal.values()] == [("any", "nobody")] * 3


def test_segments(world: World) -> None:
    for key in (1, 2, 3, 4):
        world.customer(key)
        world.metric(key, "25.00", key)
    for key, entered, left, initial in (
        (1, "2018-01-01", None, True),
        (2, "2018-01-31", None, False),
        (3, "2018-01-01", "2018-01-31", False),
        (4, "2018-02-01", None, False),
    ):
        world.add(
            "segment_member", customer_key=key, segment="s", entered_on=date.fromisoformat(entered),
            left_on=date.fromisoformat(left) if left else None, initial=initial,
        )  # fmt: skip
    world.metric(5, "900.00", 1)  # on receipts only: no part of the base
    row = world.warehouse.records(statement("smc.warehouse", "segment_figures"), as_of=AS_OF)[0]
    assert (row["members"], row["base_share"], row["revenue_share"]) == (2, 0.5, 0.5)
    assert row["average_receipt"] == 50 / 3
    assert (row["entered"], row["gone"]) == (1, 1)


def test_segments_are_the_same_on_the_command_line_and_in_the_report(busy_world: World, tmp_path: Path) -> None:
    busy_world.warehouse.run("insert into watermark values ('segment', $day, '')", day=AS_OF)
    folder = busy_world.report(tmp_path / "report").parent
    shown = [
        (item.title, item.members, item.base_share, item.entered, item.left, item.revenue_share, item.average_receipt)
        for item in overview(busy_world.warehouse, busy_world.segments, AS_OF)
    ]
    with (folder / "data" / "segment_figures.csv").open(encoding="utf-8", newline="") as file:
        for row, figures in zip(csv.DictReader(file), shown, strict=True):
            names = ("title", "members", "base_share", "entered", "gone", "revenue_share", "average_receipt")
            texts = ["" if value is None else f"{value:.6f}" if isinstance(value, float) else str(value)
                     for value in figures]  # fmt: skip
            assert [row[name] for name in names] == texts


def test_key_figures_of_the_last_year(world: World) -> None:
    world.receipt(1, "2017-02-01 10:00", "30.00")
    world.receipt(2, "2018-01-31 10:00", "20.00")
    world.receipt(None, "2018-01-30 10:00", "10.00")
    world.receipt(2, "2018-01-31 11:00", "-6.00", "returned")
    world.receipt(1, "2017-01-31 10:00", "900.00")
    world.receipt(1, "2018-01-30 10:00", "900.00", "cancelled")
    world.receipt(1, "2018-02-01 10:00", "900.00")
    row = rows(world.warehouse, "key_figures", as_of=AS_OF)[0]
    assert (row["receipts"], row["revenue"], row["average_receipt_365d"]) == (4, 954, 18)


@pytest.mark.parametrize(
    ("as_of", "share", "month"),
    [
        ("2018-01-31", 0.4, "January 2018"),
        ("2018-01-30", 0.3, "December 2017"),
        ("2018-03-01", None, "February 2018"),
    ],
)
def test_returning_share_is_of_the_last_month_that_is_over(as_of: str, share: float | None, month: str) -> None:
    months = [
        {"month": date(2017, 12, 1), "returning_share": 0.3},
        {"month": date(2018, 1, 1), "returning_share": 0.4},
    ]
    found = page._returning(date.fromisoformat(as_of), months)  # noqa: SLF001 (days that no golden page has)
    assert found == {"share": share, "month": month}


def test_effect_counts_everybody_drawn_from_when_he_was_due(world: World) -> None:
    fill_windows(world.warehouse, [Window("campaign", "c", Attribution(days=3))])
    world.message("c", 1, "2018-01-05 10:00")
    world.message("c", 1, "2018-01-08 10:00")
    world.message("c", 2, "2018-01-05 10:00", "suppressed", reason="consent")
    world.message("c", 3, "2018-01-05 10:00", "suppressed", reason="control_group", arm="control")
    world.message("c", 4, "2018-01-30 10:00", "suppressed", reason="control_group", arm="control")
    world.message("c", 5, "2018-02-02 10:00")
    world.receipt(1, "2018-01-07 10:00", "10.00")
    world.receipt(1, "2018-01-08 10:00", "90.00")
    world.receipt(2, "2018-01-05 11:00", "20.00")
    world.receipt(3, "2018-01-05 09:00", "50.00")
    world.receipt(4, "2018-01-30 10:00", "6.00")
    found = {
        row["arm"]: row for row in rows(world.warehouse, "campaign_effect", kind="campaign", campaign="c", as_of=AS_OF)
    }
    test, control = found["test"], found["control"]
    assert (test["customers"], test["buyers"], test["revenue"], test["unfinished"]) == (2, 2, 30, 0)
    assert (control["customers"], control["buyers"], control["revenue"], control["unfinished"]) == (2, 1, 6, 1)
    assert (test["revenue_per_customer"], control["revenue_per_customer"]) == (15, 3)


def test_steps_count_an_entry_once_per_outcome(world: World) -> None:
    world.version("c", WIN_BACK)
    for key, step in ((1, 4), (2, None)):
        world.entry(key, "c", "2018-01-05", step=step)
    for key, step, outcome in ((1, 1, "passed"), (1, 3, "messaged"), (2, 1, "refused"), (2, 2, "exited")):
        world.log(key, step, outcome, "2018-01-05")
    world.log(1, 3, "messaged", "2018-01-06")
    found = rows(world.warehouse, "campaign_steps", kind="campaign", campaign="c", as_of=AS_OF)
    shown = [
        (row["step"], row["reached"], row["passed"], row["refused"], row["messaged"], row["inside"]) for row in found
    ]
    assert shown == [(1, 2, 1, 1, 0, 0), (2, 1, 0, 0, 0, 0), (3, 1, 0, 0, 1, 0), (4, 0, 0, 0, 0, 1)]


def test_data_notes(busy_world: World) -> None:
    busy_world.add(
        "receipt_line", receipt_key=1, line_no=1, product_key=77, quantity=0, amount=2, counted=True, day=AS_OF
    )
    found = {
        row["note"]: (row["found"], row["amount"]) for row in rows(busy_world.warehouse, "data_notes", as_of=AS_OF)
    }
    assert found["lines_without_product"] == found["lines_without_quantity"] == (1, 2)
    assert found["receipts_without_customer"] == (1, Decimal("7.25"))
    assert found["receipts_cancelled"] == (1, 99)
    assert found["receipts_later"] == (0, None)
