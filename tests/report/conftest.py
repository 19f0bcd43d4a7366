"""The world of the report's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from smc.config.specs.project import RfmSpec
from smc.warehouse import Warehouse
from tests.report.world import World, busy


@pytest.fixture
def world(warehouse: Warehouse) -> World:
    """Empty, to be filled."""
    return World(warehouse)


@pytest.fixture
def busy_world(world: World) -> World:
    """With a little of everything."""
    return busy(world)


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report of the busy world, for looking only: charts take seconds to draw."""
    folder = tmp_path_factory.mktemp("report")
    with Warehouse.open(folder / "w.duckdb", timezone="America/New_York", memory="1GB", threads=2) as warehouse:
        cells = RfmSpec.model_validate({"cells": {"loyal": {"title": "Loyal"}}})
        return busy(World(warehouse)).report(folder / "report", cells).parent
