"""Random histories over every fact: what a night computes equals a full computation, row for row."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smc.config.specs.project import RfmSpec
from smc.metric import touched
from smc.metric.compute import compute
from smc.metric.verify import Difference, verify
from smc.warehouse import Warehouse
from tests.metric.own_metrics import FIELDS, OWN
from tests.metric.shop_of_facts import ZONE, World

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    path: Path = tmp_path_factory.mktemp("facts") / "warehouse.duckdb"
    with Warehouse.open(path, timezone=str(ZONE), memory="1GB", threads=2) as warehouse:
        warehouse.run("create table mart_scores (customer_key bigint, churn decimal(18, 4))")
        warehouse.run("create table mart_visits (customer_key bigint, place varchar, seen date)")
        yield World(warehouse)


def checked(world: World) -> tuple[Difference, ...]:
    """A night over the figures of the last one, and what differs from a full computation, which is undone."""
    found = verify(world.warehouse, metrics=OWN, rfm=RfmSpec(), fields=FIELDS, as_of=world.day)
    return found.first


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(chance=st.randoms(use_true_random=False), nights=st.integers(3, 4))
def test_a_night_equals_a_full_computation_over_every_fact(world: World, chance: random.Random, nights: int) -> None:
    world.clear(chance)
    for _ in range(nights):
        world.night()
        assert checked(world) == ()
        again = compute(world.warehouse, metrics=OWN, rfm=RfmSpec(), fields=FIELDS, as_of=world.day)
        assert not again.full
        world.behind()
    assert world.warehouse.value("select count(*) from segment_touched where customer_key is null")


@pytest.mark.planted
@pytest.mark.parametrize(("fault", "first"), [("links", 4), ("writing", 5), ("days", 1), ("noted", 0)])
def test_the_comparison_sees_faults(world: World, fault: str, first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way by which customers are found is needed: without it some history differs. ``first``: one that does."""
    match fault:
        case "links":
            monkeypatch.setattr(touched, "keep_dimensions", lambda *_: frozenset())
        case "writing":
            monkeypatch.setattr(touched, "_WRITTEN", {})
        case "days":
            monkeypatch.setattr(touched, "moved", lambda *_: [])
        case _:
            monkeypatch.setattr(World, "touch", lambda *_: None)
    for seed in range(first, first + 15):
        world.clear(random.Random(seed))  # noqa: S311 - repeatable chance, no secret
        for _ in range(4):
            world.night()
            if checked(world):
                return
            world.behind()
    raise AssertionError(fault)
