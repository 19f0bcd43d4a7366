"""Night for night, those who can have changed evaluated alone give the tables that everyone evaluated gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from smc.segment import apply, moved, night, pairs, refresh
from smc.segment.state import State
from smc.warehouse import Warehouse, statement
from tests.segment.nights import FIRST, Moment, Night, stories
from tests.segment.nights import apply as happen
from tests.segment.worlds import CATALOGUE, FIELDS, METRICS, ZONE, World, write_catalogue, write_world

_ALL = (
    "select segment, customer_key, entered_on, left_on, initial from segment_member order by all",
    "select rule, customer_key, null, null, null from rule_member order by all",
)
_EMPTIED = (
    "segment_touched", "customer_touched", "rfm_touched", "tag_past", "tag_change", "event", "bonus_balance",
    "container", "message", "entry", "step_log", "control_member",
)  # fmt: skip
"""What the worlds do not write, and the stories do."""

Pair = tuple[Warehouse, Warehouse]


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Two shops to which the same happens."""
    opened = [Warehouse.open(Path(":memory:"), timezone=ZONE, memory="1GB", threads=1) for _ in range(2)]
    for one in opened:
        write_catalogue(one)
    yield opened[0], opened[1]
    for one in opened:
        one.close()


@pytest.fixture(autouse=True)
def _always_by_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a shop of eleven, whoever changed is too many to be evaluated alone."""
    monkeypatch.setattr(moved, "_PART", 0)


def tell(pair: Pair, world: World, nights: tuple[Night, ...]) -> None:
    """Live through the nights and compare after each."""
    for one in pair:
        write_world(one, world)
        for table in _EMPTIED:
            one.run(f"delete from {table}")
        _write_products(one)
    as_of = FIRST
    for story in nights:
        at = Moment(as_of + timedelta(days=story.days), as_of)
        as_of = at.as_of
        results = []
        for number, one in enumerate(pair):
            for change in story.changes:
                happen(one, at, change)
            results.append(_refresh(one, story, as_of, full=bool(number)))
            one.run("delete from customer_touched")  # the metrics of the day
        assert results[0] == results[1]
        assert _tables(pair[0]) == _tables(pair[1])


def _write_products(warehouse: Warehouse) -> None:
    """The catalogue as it was before an earlier story."""
    for key, (brand, category) in CATALOGUE.items():
        warehouse.run(
            "update product set brand = $brand, category_key = $category, stock = null where product_key = $key",
            key=key, brand=brand, category=category,
        )  # fmt: skip


def _refresh(warehouse: Warehouse, story: Night, as_of: date, *, full: bool) -> refresh.SegmentResult:
    warehouse.run("update watermark set as_of = $as_of where name in ('metric', 'rfm')", as_of=as_of)
    segments, rules = story.project
    return refresh.refresh(
        warehouse, segments=segments, rules=rules, fields=FIELDS, metrics=METRICS, as_of=as_of, full=full
    )


def _tables(warehouse: Warehouse) -> list[list[tuple[Any, ...]]]:
    return [warehouse.rows(query) for query in _ALL]


def test_nights_equal_full_refreshes(pair: Pair) -> None:
    @settings(
        max_examples=60, deadline=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )  # fmt: skip
    @given(story=stories())
    def agree(story: tuple[World, tuple[Night, ...]]) -> None:
        tell(pair, *story)

    agree()


def _without(name: str) -> tuple[Any, str, Any]:
    return moved, "_LISTS", tuple(one for one in moved._LISTS if one != name)  # noqa: SLF001 - a fault is planted


def _in_a_part_only(*, newer: bool) -> tuple[Any, str, Any]:
    """Of the days that atoms see or do not see any more, one half is left out."""

    def some(pair: pairs.Pair, night: pairs.Night) -> list[pairs.Days]:
        return [days for days in pairs.exchanged(pair, night) if (days[1] >= night.last) == newer]

    return moved, "exchanged", some


def _a_null_is_nobody(warehouse: Warehouse, *args: Any) -> bool:
    warehouse.run("delete from segment_touched where customer_key is null")
    return moved.collect(warehouse, *args)


def _later_lists(package: str, name: str) -> str:
    return statement(package, name).replace(">= $since", "> $since")


def _stored_of_all() -> tuple[Any, str, Any]:
    right = apply._stored  # noqa: SLF001 - a fault is planted
    return apply, "_stored", lambda outputs, _: right(outputs, None)


FAULTS: dict[str, tuple[Any, str, Any]] = {
    "whom the metrics note is left out": _without("segment_touched"),
    "whom the import notes is left out": _without("customer_touched"),
    "scores that changed are left out": (moved, "_rescored", lambda *_: []),
    "a note for everyone is one for nobody": (night, "collect", _a_null_is_nobody),
    "days that come into view are left out": _in_a_part_only(newer=False),
    "days that leave a window are left out": _in_a_part_only(newer=True),
    "tests of rows with moving constants are left out": (moved, "tests_in", lambda _: ()),
    "messages of the last night are left out": (moved, "_BY_DAYS", {}),
    "what stands in no note is trusted": (night, "restless", lambda *_: frozenset()),
    "a change of the catalogue is not seen": (refresh, "surroundings", lambda *_: {}),
    "constants that move with the day are left out": (moved, "_flips", lambda *_: []),
    "lists that changed on the last day are left out": (moved, "statement", _later_lists),
    "a changed rule is not seen": (State, "changed", lambda *_: frozenset()),
    "what asks for a changed segment is left out": (night, "_with_those_above", lambda _, some: frozenset(some)),
    "stays of all are compared with bits of some": _stored_of_all(),
    "a rule that is gone keeps its members": (State, "without", lambda *_: frozenset()),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(fault: str, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*FAULTS[fault])

    @settings(
        max_examples=400, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    @given(story=stories())
    def agree(story: tuple[World, tuple[Night, ...]]) -> None:
        tell(pair, *story)

    with pytest.raises(AssertionError):
        agree()
