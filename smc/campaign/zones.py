"""Zones of customers: their clocks decide what is today, and when it is too late to send."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from smc.warehouse import Warehouse


def zones_of_customers(warehouse: Warehouse, own: str) -> dict[str, ZoneInfo]:
    """Zones of customers by name, and the project's; a name that is no zone means the project's."""
    names = {name for (name,) in warehouse.rows("select distinct timezone from customer where timezone is not null")}
    known = available_timezones()
    return {name: ZoneInfo(name if name in known else own) for name in sorted(names | {own})}
