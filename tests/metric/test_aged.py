"""Windows that leave days behind: nights without news equal a full computation, and a fault in them is seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from smc.config.specs.metric import MetricsSpec
from smc.config.specs.project import RfmSpec
from smc.metric import aged, rfm
from smc.metric.compute import compute
from smc.warehouse import Warehouse

pytestmark = pytest.mark.slow

FIRST = date(2024, 1, 31)
RFM = RfmSpec.model_validate({"period": 365, "cells": {"best": {"title": "B", "recency": [4, 5], "monetary": [5]}}})
NIGHTS = (0, 1, 2, 6, 29, 30, 61, 150, 151, 364, 366, 500, 900)
"""Days after FIRST: within a month and across, next to each other and far apart, a leap day among them."""
_SALES = """
    insert into receipt (receipt_key, customer_key, purchased_at, day, status, total, discount, bonus_paid,
        bonus_accrued, promocode)
    select i + 1, 1 + hash(i) % 40, timestamptz '2023-01-01 12:00:00+00', $first - cast(hash(i, 1) % 400 as integer),
        case hash(i, 2) % 9 when 0 then 'returned' when 1 then 'cancelled' else 'paid' end,
        cast(hash(i, 3) % 9000 as decimal(18, 2)) / 100, cast(hash(i, 4) % 300 as decimal(18, 2)) / 100,
        1.25, case when hash(i, 5) % 3 = 0 then 0.5 end, case when hash(i, 6) % 4 = 0 then 'CODE' end
    from range(300) as t(i)
"""
_LINES = """
    insert into receipt_line (receipt_key, line_no, product_key, quantity, amount, customer_key, day, counted)
    select receipt_key, n, 1, hash(receipt_key, n) % 5, hash(receipt_key, n, 1) % 700, customer_key, day,
        status <> 'cancelled'
    from receipt, range(2) as t(n)
"""


@pytest.fixture
def shop(warehouse: Warehouse) -> Warehouse:
    warehouse.run("insert into customer_ident select k, 'c' || k from range(1, 45) as t(k)")
    warehouse.run(_SALES, first=FIRST)
    warehouse.run(_LINES)
    too_large = "update receipt set total = 9999999999999999.00 where receipt_key in (3, 4)"
    warehouse.run(too_large)
    return warehouse


def night(shop: Warehouse, days: int, *, full: bool = False) -> list[list[dict[str, Any]]]:
    """Figures and scores. The notes for the segments are taken away, as these do."""
    compute(shop, metrics=MetricsSpec(), rfm=RFM, as_of=FIRST + timedelta(days=days), full=full)
    shop.run("delete from segment_touched")
    return [shop.records(f"select * from {table} order by customer_key") for table in ("customer_metric", "rfm")]


def wrong_nights(shop: Warehouse) -> int:
    found = 0
    for days in NIGHTS:
        found += night(shop, days) != night(shop, days, full=True)
    return found


def test_nights_without_news_equal_full_ones(shop: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    put_back = aged.put_back
    monkeypatch.setattr("smc.metric.compute.put_back", lambda of: written.append(put_back(of)))
    few: list[bool] = []
    find = rfm._find_some  # noqa: SLF001 - whether few are looked at is seen nowhere else

    def noted(*given: Any) -> bool:
        few.append(find(*given))
        return few[-1]

    monkeypatch.setattr(rfm, "_find_some", noted)
    assert wrong_nights(shop) == 0
    assert sum(written) > 40  # few have figures that are too large, and are computed anew
    assert few.count(True) == 9  # later on nobody has scores


def test_boundaries_that_move_on_the_same_day_are_seen(shop: Warehouse) -> None:
    night(shop, 0)
    shop.run("update receipt set total = total * 3 where customer_key < 20 and status = 'paid' and total < 100")
    shop.run("insert into customer_touched select k from range(1, 20) as t(k)")
    assert night(shop, 0) == night(shop, 0, full=True)


def _faulty(parts: Mapping[str, str]) -> list[tuple[Mapping[str, str], str]]:
    return [(parts, part) for part in parts]


_FAULTS = [*_faulty(aged._OF_RECEIPTS), *_faulty(aged._OF_VISITS), *_faulty(aged._OF_LINES)]  # noqa: SLF001 - planted


@pytest.mark.parametrize(  # the first in every run of the tests, the others with make faults
    ("parts", "part"), [_FAULTS[0], *(pytest.param(*one, marks=pytest.mark.planted) for one in _FAULTS[1:])]
)
def test_a_planted_fault_is_seen(
    parts: dict[str, str], part: str, shop: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(parts, part, parts[part].replace("{gone}", "({gone} and customer_key % 2 = 0)"))
    assert wrong_nights(shop) > 0
