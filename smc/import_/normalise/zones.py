"""Time zones of customers: given, else by the shop's own regions, else by city, region or country of the address, from
tables of GeoNames.

The result is the temporary table ``smc_zone``, keyed by what rows say: ``timezone``, ``country``, ``region``, ``city``
(each may be null). ``zone`` and ``zone_from`` are what follows from it; ``iso`` the country that was understood.

Nothing is guessed. A row without a country is read in the home country; one with a country that is not in the table
says nothing. A city counts when all towns of its name in the country, or in the region where that is known, have one
clock; a region or country when it has one clock. Otherwise the zone stays open, and the phone may tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files

from smc.model.contact import BAD_FORMAT, FINE
from smc.warehouse import Warehouse, statement

PLACE_FIELDS = ("timezone", "country", "region", "city")
"""Fields of a customer that say where he is."""

_ODD = frozenset({"localtime", "posixrules", "Factory"})
_TABLES = ("smc_zone_name", "smc_country", "smc_region", "smc_place")


def build_zones(warehouse: Warehouse, *, stage: str, fields: Collection[str], home: str | None) -> None:
    """Fill ``smc_zone`` from the rows of ``stage``, where only ``fields`` are columns; ``home``: ISO 3166."""
    columns = ", ".join(name if name in fields else f"cast(null as varchar) as {name}" for name in PLACE_FIELDS)
    warehouse.run(f"create or replace temp table smc_zone_text as select distinct {columns} from {stage} where not bad")
    _build(warehouse, home)


def follow_zones(warehouse: Warehouse, *, home: str | None) -> int:
    """Derive the zones of the customers in ``smc_changed`` again, now from all that the table knows; how many changed.

    Needed after a feed that brought some of the fields only: a new city without the phone, a zone that is gone.
    """
    warehouse.run(_query("zone_changed"))
    _build(warehouse, home)
    return warehouse.run(_query("zones_follow"))


def follow_regions(warehouse: Warehouse, *, home: str | None) -> None:
    """The same for all customers with a region, behind a feed of regions; who got another zone is noted."""
    for name in ("zone_before", "zone_placed"):
        warehouse.run(_query(name))
    follow_zones(warehouse, home=home)
    warehouse.run(_query("zone_touched"))


def _build(warehouse: Warehouse, home: str | None) -> None:
    _load_places(warehouse)
    warehouse.run(_query("zone_regions"))
    warehouse.run(_query("zone_build"), home=home, fine=FINE, bad=BAD_FORMAT)
    warehouse.run("drop table smc_zone_text")


def _load_places(warehouse: Warehouse) -> None:
    """The tables of places, once per connection."""
    if warehouse.value(_query("place_loaded")) == len(_TABLES):
        return
    for name in ("place_key", "region_key"):
        warehouse.run(_query(name))
    zones = sorted(_zone_names())
    warehouse.run(_query("place_zone_names"), names=zones)
    _fill(warehouse, "place_countries", list(_countries()), 3)
    _fill(warehouse, "place_regions", list(_places(3)), 4)
    _fill(warehouse, "place_cities", list(_places(4)), 4)


def _fill(warehouse: Warehouse, name: str, rows: list[tuple[str, ...]], width: int) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * width
    warehouse.run(_query(name), **{f"c{i}": list(values) for i, values in enumerate(columns)})


@cache
def _zone_names() -> frozenset[str]:
    from zoneinfo import available_timezones

    return frozenset(available_timezones() - _ODD)


def _countries() -> Iterator[tuple[str, ...]]:
    """Code, name, and the zone where the country has only one clock."""
    for code, zone, names in _lines("countries.tsv"):
        for name in names.split("|"):
            yield code, name, zone


def _places(part: int) -> Iterator[tuple[str, ...]]:
    """Country, region, zone, and each name in the column ``part``: 3 names of the region, 4 towns."""
    for cells in _lines("places.tsv"):
        for name in filter(None, cells[part].split("|")):
            yield cells[0], cells[1], cells[2], name


def _lines(name: str) -> list[tuple[str, ...]]:
    text = (files("smc.import_.normalise") / "data" / name).read_text(encoding="utf-8")
    return [tuple(line.split("\t")) for line in text.splitlines() if not line.startswith("#")]


def _query(name: str) -> str:
    return statement("smc.import_.normalise", name)
