"""An empty shop whose catalogue is known, and the root of the repository on the path for the helper modules."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from smc.warehouse import Warehouse
from tests.segment.deeds import write
from tests.segment.fences import WORLD
from tests.segment.worlds import ZONE, write_catalogue


@pytest.fixture(scope="module")
def shop() -> Iterator[Warehouse]:
    """In memory, for many small worlds one after the other."""
    with Warehouse.open(Path(":memory:"), timezone=ZONE, memory="1GB", threads=1) as opened:
        write_catalogue(opened)
        yield opened


@pytest.fixture(scope="module")
def fence_store() -> Iterator[Warehouse]:
    """The shop of ``fences.py``."""
    with Warehouse.open(Path(":memory:"), timezone=ZONE, memory="1GB", threads=1) as opened:
        write_catalogue(opened)
        write(opened, WORLD)
        yield opened
