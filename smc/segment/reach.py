"""How many of some customers can be reached by channel: an address as create_place.sql says, and a yes to something."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from smc.warehouse import Warehouse, sql, statement
from smc.warehouse.permitted import everyone_reached

_REACHED = "sum(case when k.usable = 1 and s.yes = 1 then 1 else 0 end) as reachable"


def reach_of_members(warehouse: Warehouse, members: exp.Select) -> dict[str, int]:
    """Customers by channel with a usable address and a yes. ``members`` gives their ``customer_key``, each once."""
    everyone_reached(warehouse)
    query = _reach(members, ("k.channel",))
    found = {channel: int(number) for channel, number in warehouse.rows(query)}
    return {channel: found.get(channel, 0) for channel in _channels(warehouse)}


def reach_of_segments(warehouse: Warehouse, as_of: date) -> dict[str | None, dict[str, int]]:
    """The same of every segment's members on a day, by its name. Under None: zeros for every channel in use."""
    everyone_reached(warehouse)
    there = sql("entered_on <= $as_of and (left_on is null or left_on > $as_of)", as_of=as_of)
    query = _reach(
        exp.select("segment", "customer_key").from_("segment_member").where(there), ("m.segment", "k.channel")
    )
    zeros = dict.fromkeys(_channels(warehouse), 0)
    found: dict[str | None, dict[str, int]] = {None: zeros}
    for segment, channel, number in warehouse.rows(query):
        found.setdefault(segment, dict(zeros))[channel] = int(number)
    return found


def _reach(members: exp.Select, by: tuple[str, ...]) -> exp.Select:
    """The query with ``said`` as customer_reach.sql defines it."""
    query = (
        exp.select(*by, _REACHED).from_(members.subquery("m")).join("reach as k", on="k.customer_key = m.customer_key")
    )
    said = "s.customer_key = k.customer_key and s.channel = k.channel"
    query = query.join("said as s", on=said, join_type="left").group_by(*by).order_by(*by)
    definition = sql(statement("smc.warehouse", "customer_reach"))
    known = next(cte for cte in definition.find_all(exp.CTE) if cte.alias == "said")
    return query.with_("said", as_=known.this.copy())


def _channels(warehouse: Warehouse) -> list[str]:
    """Channels for which somebody has an address."""
    return [row[0] for row in warehouse.rows("select distinct channel from reach order by channel")]
