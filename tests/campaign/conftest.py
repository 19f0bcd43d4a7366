"""Fixtures of the campaign stage."""

from __future__ import annotations

import pytest

from smc.warehouse import Warehouse
from tests.campaign.shop import Shop


@pytest.fixture
def shop(warehouse: Warehouse) -> Shop:
    return Shop(warehouse)
