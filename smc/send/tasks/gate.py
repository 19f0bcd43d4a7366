"""What may be done was judged when it was planned; what waits is judged again before it leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from smc.config.specs.project import CategorySettings
from smc.warehouse import Warehouse, statement
from smc.warehouse.permitted import CALL, permissions


def stop_tasks(warehouse: Warehouse, categories: Mapping[str, CategorySettings], active: Collection[str]) -> None:
    """Suppress tasks whose campaign is not ``active``, whose customer is not, or who may not be called any more."""
    with warehouse.transaction():
        warehouse.run(_query("create_waiting_call"))
        permissions(warehouse, categories, [CALL])
        warehouse.run(_query("stop_tasks"), active=sorted(active))
        warehouse.run(_query("forget_accruals"))
        warehouse.run(_query("drop_empty_batches"))


def _query(name: str) -> str:
    return statement("smc.send.tasks", name)
