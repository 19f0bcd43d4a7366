"""Tasks that are handed over together: each goes with one batch, which is written down before anything leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from smc.warehouse import Warehouse, statement


@dataclass(frozen=True, slots=True)
class Batch:
    """``number`` counts the batches of its kind and name on a day, from 1."""

    key: str
    kind: str
    target: str
    name: str
    made_on: date
    number: int

    @property
    def file(self) -> str:
        """``calls_vip_2026-03-02.csv``, and with ``_2`` where it is the second of the day."""
        again = f"_{self.number}" if self.number > 1 else ""
        return f"{self.name}_{self.made_on}{again}.csv"


def made(warehouse: Warehouse, kind: str, kinds: tuple[str, ...], as_of: date) -> list[Batch]:
    """Put the planned tasks of ``kinds`` into batches; those that have to leave, of killed runs too."""
    with warehouse.transaction():
        warehouse.run(_query("create_fresh_batch"), kind=kind, kinds=list(kinds), as_of=as_of)
        warehouse.run(_query("add_batches"), as_of=as_of)
        warehouse.run(_query("fill_batches"), kinds=list(kinds))
    return [Batch(*row) for row in warehouse.rows(_query("open_batches"), kind=kind)]


def leave(warehouse: Warehouse, batch: Batch) -> None:
    """Written down before a file is put into its place: from now on its rows may have arrived."""
    warehouse.run(_query("batch_state"), batch=batch.key, state="leaving", reason=None)


def settle(warehouse: Warehouse, batch: Batch, state: str, reason: str | None = None) -> None:
    """What became of a batch and of its tasks."""
    with warehouse.transaction():
        warehouse.run(_query("batch_state"), batch=batch.key, state=state, reason=reason)
        warehouse.run(_query("batch_tasks"), batch=batch.key, state=state, reason=reason)


def _query(name: str) -> str:
    return statement("smc.send.tasks", name)
