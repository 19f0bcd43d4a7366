"""The time zone of a warehouse: the local days in it are of the zone in which rows were first imported."""

from __future__ import annotations

from datetime import date

from smc.errors import RunError
from smc.warehouse.connection import Warehouse

_NOW = "select current_setting('TimeZone')"
_KEPT = "select definition from watermark where name = 'zone'"


def check_zone(warehouse: Warehouse) -> None:
    """``RunError`` when the warehouse is open in another zone than that of the days it holds."""
    kept, now = warehouse.value(_KEPT), warehouse.value(_NOW)
    if kept is not None and kept != now:
        raise RunError(
            f"the warehouse was made with the zone {kept}; the local days in it are of that zone, not of {now}",
            where=str(warehouse.path),
            remedy=f"Set timezone back to {kept} in smc.yaml, or load the drops into a new warehouse.",
        )


def keep_zone(warehouse: Warehouse, as_of: date) -> None:
    """Remember the zone together with the first rows that have a day, which came on ``as_of``."""
    if warehouse.value(_KEPT) is None:
        zone = warehouse.value(_NOW)
        warehouse.run("insert into watermark values ('zone', $as_of, $zone)", as_of=as_of, zone=zone)
