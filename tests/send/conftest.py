"""Fixtures of the send stage."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smc.send.outbox import Outbox
from smc.warehouse import Warehouse
from tests.send.servers import Sink
from tests.send.shop import SIMPLE, Shop, queued
from tests.send.tasks import DAY, Tasks


@pytest.fixture
def shop(warehouse: Warehouse, tmp_path: Path) -> Shop:
    made = Shop(warehouse, tmp_path)
    warehouse.run("insert into product (product_key, name) values (1, 'Milk'), (2, 'Bread')")
    return made


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "outbox.sqlite") as opened:
        yield opened


@pytest.fixture
def fill(outbox: Outbox) -> Callable[..., None]:
    """Queue so many simple messages."""

    def filled(count: int, **changes: Any) -> None:
        outbox.enqueue((queued(number, template=SIMPLE.sha256, **changes) for number in range(count)), [SIMPLE])

    return filled


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    opened = Sink(tmp_path / "sink")
    yield opened
    opened.stop()


@pytest.fixture
def tasks(warehouse: Warehouse, tmp_path: Path) -> Iterator[Tasks]:
    with Outbox.open(tmp_path / "outbox.sqlite") as outbox:
        shop = Tasks(warehouse, tmp_path, outbox)
        for key in (1, 2, 3):
            shop.customer(key, first_name=None if key == 3 else f"N{key}")
            warehouse.run("update customer set phone = '+1212555010' || customer_key")
        text = json.dumps({"category": "service"})
        warehouse.run("insert into campaign_version values ('welcome', 'campaign', 1, '', $s, $d)", s=text, d=DAY)
        yield shop
