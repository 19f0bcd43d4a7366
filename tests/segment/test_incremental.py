"""Night for night, those who can have changed evaluated alone give the tables that everyone evaluated gives."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from smc.config.specs.metric import MetricsSpec
from smc.config.specs.project import FieldsSpec
from smc.errors import RunError
from smc.segment import apply, moved, night, pairs, refresh, state
from smc.segment.atoms import Rows
from smc.segment.state import State, spelled
from smc.warehouse import Warehouse, statement
from tests.segment.nights import FIRST, Moment, Night
from tests.segment.rules import Data, rule, segment
from tests.segment.stories import apply as happen
from tests.segment.stories import stories
from tests.segment.worlds import (
    AS_OF,
    CATALOGUE,
    FIELDS,
    METRICS,
    ZONE,
    World,
    write_catalogue,
    write_places,
    write_world,
)

pytestmark = pytest.mark.slow

_ALL = (
    "select segment, customer_key, entered_on, left_on, initial from segment_member order by all",
    "select rule, customer_key, null, null, null from rule_member order by all",
)
_EMPTIED = (
    "segment_touched", "customer_touched", "rfm_touched", "tag_past", "tag_change", "event", "bonus_balance",
    "container", "message", "entry", "step_log", "control_member", "suppression",
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
            with pytest.MonkeyPatch.context() as patch:
                if not number:
                    patch.setattr(night, "_CUSTOMER_BYTES", one.memory_limit // 8)  # four at once
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
    write_places(warehouse)


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
        max_examples=20, deadline=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )  # fmt: skip
    @given(story=stories())
    def agree(story: tuple[World, tuple[Night, ...]]) -> None:
        tell(pair, *story)

    agree()


def test_what_nobody_noted_is_found_by_a_comparison(warehouse: Warehouse) -> None:
    run = partial(
        refresh.refresh, warehouse, segments={"vip": segment({"tag": "vip"})}, rules=(rule({"in_segment": "vip"}),),
        fields=FieldsSpec(), metrics=MetricsSpec(),
    )  # fmt: skip
    warehouse.run("insert into customer_ident select k, 'c' || k from range(1, 9) r(k)")
    warehouse.run("insert into customer (customer_key) select k from range(1, 9) r(k)")
    assert run(as_of=FIRST).anew == 2
    again = run(as_of=FIRST + timedelta(days=1), verify=True)
    assert (again.anew, again.evaluated, again.members) == (0, 0, 0)

    warehouse.run("insert into tag_member values (1, 'vip', $day, 'test')", day=FIRST - timedelta(days=1))
    before = warehouse.rows("select * from watermark order by all")
    with pytest.raises(RunError, match="1 customers are in other segments or filters when everyone is evaluated"):
        run(as_of=FIRST + timedelta(days=2), full=True, verify=True)
    assert warehouse.rows("select * from watermark order by all") == before
    assert warehouse.rows("select count(*) from segment_member") == [(0,)]

    assert run(as_of=FIRST + timedelta(days=2), full=True).entered == 1
    assert warehouse.rows("select customer_key from rule_member") == [(1,)]


_TRUSTED: tuple[Data, ...] = (
    {"attribute": {"field": "birth_date", "anniversary": {"within": 7}}},
    {"metric": {"name": "days_since_last_receipt", "at_least": 30}},
    {"rfm": {"recency": (4, 5)}},
    {"tag": "t1"},
    {"subscribed": {"channel": "email", "category": "promo", "state": "yes"}},
    {"reachable": "email"},
    {"control_group": "global"},
    {"sample": {"percent": 10, "salt": "a"}},
    {"bought": {"category": "F", "within": 30}},
    {"bought": {"store": "S1", "amount": {"at_least": 5}}},
    {"receipt": {"within": 30}},
    {"ordered": {"within": 30}},
    {"order_line": {"within": 30}},
    {"event": {"name": "asked", "within": 7}},
    {"web_event": {"name": "view", "within": 7}},
    {"container": {"name": "cart"}},
    {"container": {"where": {"product_shade": "dark"}}},
    {"message": {"within": 7}},
    {"contacted": {"within": 7}},
    {"reaction": {"kind": "opened", "within": 30}},
    {"card": {"status": "gold"}},
    {"bonus": {"expires_within": 7}},
    {"poll": {"poll": "taste"}},
    {"campaign": {"name": "welcome"}},
    {"campaign_step": {"outcome": "passed"}},
)
_UNTRUSTED: tuple[Data, ...] = (
    {"promocode": {"state": "issued"}},
    {"sql": "select customer_id from receipts group by customer_id having count(*) > 2"},
)


def test_a_quiet_night_evaluates_nobody(shop: Warehouse) -> None:
    write_world(shop, World((), ()))
    for table in _EMPTIED:
        shop.run(f"delete from {table}")
    segments = {f"s{number}": segment(data) for number, data in enumerate(_TRUSTED)}
    rules = tuple(map(rule, _UNTRUSTED))
    run = partial(refresh.refresh, shop, segments=segments, rules=rules, fields=FIELDS, metrics=METRICS)
    assert run(as_of=AS_OF).anew == len(_TRUSTED) + len(_UNTRUSTED)
    shop.run("update watermark set as_of = as_of + 1 where name in ('metric', 'rfm')")
    quiet = run(as_of=AS_OF + timedelta(days=1))
    assert (quiet.anew, quiet.evaluated) == (len(_UNTRUSTED), 0)
    shop.run("update product set custom = map {'shade': 'dark'} where product_key = 1")
    shop.run("update watermark set as_of = as_of + 1 where name in ('metric', 'rfm')")
    assert run(as_of=AS_OF + timedelta(days=2)).anew == len(_UNTRUSTED) + 1, "the shop's own field of a product is read"


def test_a_definition_is_the_same_text_in_every_process() -> None:
    """The order of a set differs from process to process."""
    several = frozenset({"receipt", "receipt_line", "message", "entry"})
    atom = Rows("receipts", (), (), None, None, undated=True, decided=False, tables=several)
    assert "tables={'entry', 'message', 'receipt', 'receipt_line'}" in spelled(atom)


def test_an_update_of_anything_that_segments_import_makes_a_full_night() -> None:
    code = "import sys, smc.segment.refresh; print(*(name for name in sys.modules if name.startswith('smc.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rooms = tuple(f"{room}." for room in state._CODE)  # noqa: SLF001 - what is hashed
    elsewhere = {name for name in done.stdout.split() if not f"{name}.".startswith(rooms)}
    assert elsewhere == {"smc.errors"}
    for one in ("config/profile.py", "config/days.py", "warehouse/compare.py", "warehouse/queries/create_place.sql"):
        hashed = {item.name for room in state._CODE for item in state._texts(files(room))}  # noqa: SLF001 - as above
        assert Path(one).name in hashed


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


FAULTS: dict[str, tuple[tuple[str, ...], tuple[Any, str, Any]]] = {
    "whom the metrics note is left out": (("metric",), _without("segment_touched")),
    "whom the import notes is left out": (("bought",), _without("customer_touched")),
    "a note for everyone is one for nobody": (("metric",), (night, "collect", _a_null_is_nobody)),
    "who is on the suppression list now is left out": (("reach",), _without("segment_touched")),
    "who is drawn on a day that was computed is left out": (("drawn",), _without("segment_touched")),
    "scores that changed are left out": (("rfm",), (moved, "_rescored", lambda *_: [])),
    "days that come into view are left out": (("bought",), _in_a_part_only(newer=False)),
    "days that leave a window are left out": (("bought",), _in_a_part_only(newer=True)),
    "tests of rows with moving constants are left out": (("event",), (moved, "tests_in", lambda _: ())),
    "messages of the last night are left out": (("message",), (moved, "_BY_DAYS", {})),
    "entries of the last night are left out": (("campaign",), (moved, "_BY_DAYS", {})),
    "a control group without its days": (("campaign",), (moved, "Controlled", Rows)),
    "constants that move with the day are left out": (("profile",), (moved, "_flips", lambda *_: [])),
    "lists that changed on the last day are left out": (("list",), (moved, "statement", _later_lists)),
    "what tells nothing is trusted": (("stock",), (night, "restless", lambda *_: frozenset())),
    "a change of the catalogue is not seen": (("stock",), (refresh, "surroundings", lambda *_: {})),
    "a changed rule is not seen": (("list",), (State, "changed", lambda *_: frozenset())),
    "what asks for a changed segment is left out": (
        ("list",),
        (night, "_with_those_above", lambda _, some: frozenset(some)),
    ),
    "stays of all are compared with bits of some": (("list",), _stored_of_all()),
    "a rule that is gone keeps its members": (("list",), (State, "without", lambda *_: frozenset())),
}
"""What is planted, and the families of conditions that must show it."""


_QUICK = "whom the metrics note is left out"  # in every run of the tests; the others with make faults


@pytest.mark.parametrize(
    "fault", [pytest.param(one, marks=() if one == _QUICK else pytest.mark.planted) for one in FAULTS]
)
def test_a_planted_fault_is_seen(fault: str, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    about, planted = FAULTS[fault]
    monkeypatch.setattr(*planted)

    @settings(
        max_examples=400, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    @given(story=stories(about))
    def agree(story: tuple[World, tuple[Night, ...]]) -> None:
        tell(pair, *story)

    with pytest.raises(AssertionError):
        agree()
