"""Time zones: given, by city, region, country and phone; nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.import_.normalise.apply import derived_columns, follow_zones, joins, normalise
from smc.import_.normalise.zones import PLACE_FIELDS
from smc.warehouse import Warehouse

FIELDS = (*PLACE_FIELDS, "phone")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """One for the module: normalising leaves nothing but temporary tables."""
    path = tmp_path_factory.mktemp("normalise") / "warehouse.duckdb"
    with Warehouse.open(path, timezone="UTC", memory="1GB", threads=2) as opened:
        yield opened


def stage(warehouse: Warehouse, fields: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    columns = ", ".join(f"unnest(${name}::varchar[]) as {name}" for name in fields)
    warehouse.run(
        f"create or replace temp table smc_stage as select {columns}, false as bad",
        **{name: [row.get(name) for row in rows] for name in fields},
    )


def zone(warehouse: Warehouse, row: dict[str, Any], home: str | None = None) -> tuple[Any, Any]:
    """Zone and where it is from."""
    stage(warehouse, FIELDS, [row])
    normalise(warehouse, fields=FIELDS, home=home)
    columns = {column.name: column.sql for column in derived_columns(FIELDS)}
    found = warehouse.rows(f"select {columns['timezone']}, {columns['timezone_from']} from smc_stage s{joins(FIELDS)}")
    ((name, source),) = found
    return name, source


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"timezone": "Asia/Omsk", "country": "US", "city": "Chicago"}, ("Asia/Omsk", "given")),
        ({"timezone": "asia/omsk"}, ("Asia/Omsk", "given")),
        ({"timezone": "Mars/Base", "country": "Germany"}, ("Europe/Berlin", "country")),
        ({"timezone": "localtime"}, (None, None)),
        ({"timezone": "+03:00"}, (None, None)),
        ({"country": "US", "city": "Chicago"}, ("America/Chicago", "city")),
        ({"country": "USA", "city": "St. Louis"}, ("America/Chicago", "city")),
        ({"country": "United States", "city": "Springfield"}, (None, None)),
        ({"country": "US", "region": "IL", "city": "Springfield"}, ("America/Chicago", "city")),
        ({"country": "US", "region": "Massachusetts", "city": "springfield"}, ("America/New_York", "city")),
        ({"country": "US", "region": "Texas", "city": "Nowhere"}, (None, None)),
        ({"country": "US", "region": "TX", "city": "El Paso"}, ("America/Denver", "city")),
        ({"country": "US", "region": "OH", "city": "Maple Hollow"}, ("America/New_York", "region")),
        # A town of another region is not the one of this name that is known.
        ({"country": "US", "region": "NY", "city": "Los Angeles"}, ("America/New_York", "region")),
        ({"country": "Россия", "city": "город Тольятти"}, ("Europe/Samara", "city")),
        ({"country": "РФ", "city": "Москва"}, ("Europe/Moscow", "city")),
        ({"country": "RU", "city": "Moscow"}, ("Europe/Moscow", "city")),
        ({"country": "US", "city": "Moscow"}, ("America/Los_Angeles", "city")),
        ({"country": "RU", "region": "Республика Татарстан"}, ("Europe/Moscow", "region")),
        ({"country": "RU", "region": "Новосибирская обл.", "city": "Деревня"}, ("Asia/Krasnoyarsk", "region")),
        ({"country": "RU", "region": "Ханты-Мансийский автономный округ - Югра"}, ("Asia/Yekaterinburg", "region")),
        ({"country": "ES", "city": "Santa Cruz de Tenerife"}, ("Atlantic/Canary", "city")),
        # No country, no home: a town may be anywhere.
        ({"city": "Chicago"}, (None, None)),
        ({"country": "Narnia", "city": "Chicago"}, (None, None)),
        ({"phone": "+1 212 555 0142"}, ("America/New_York", "phone")),
        ({"phone": "+7 916 123 45 67"}, (None, None)),
        ({"country": "US", "city": "Nowhere", "phone": "+1 312 555 0142"}, ("America/Chicago", "phone")),
        ({"country": "US", "city": "Nowhere", "phone": "+44 20 7946 0958"}, (None, None)),
        ({"country": "US", "city": "Chicago", "phone": "+1 212 555 0142"}, ("America/Chicago", "city")),
        ({}, (None, None)),
    ],
)  # fmt: skip
def test_where_a_zone_is_from(warehouse: Warehouse, row: dict[str, Any], found: tuple[Any, Any]) -> None:
    assert zone(warehouse, row) == found


def test_a_row_without_a_country_is_read_at_home(warehouse: Warehouse) -> None:
    assert zone(warehouse, {"city": "Moscow"}, "RU") == ("Europe/Moscow", "city")
    assert zone(warehouse, {"city": "Moscow"}, "us") == ("America/Los_Angeles", "city")
    assert zone(warehouse, {"city": "Anywhere"}, "DE") == ("Europe/Berlin", "country")


TEXTS = st.none() | st.sampled_from(
    ["US", "RU", "Texas", "El Paso", "Moscow", "Asia/Omsk", "", "x", "é", "'", "Springfield"]
)


@settings(max_examples=25)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(PLACE_FIELDS, TEXTS)), min_size=1, max_size=30))
def test_every_row_is_joined_once(warehouse: Warehouse, rows: list[dict[str, Any]]) -> None:
    stage(warehouse, PLACE_FIELDS, rows)
    normalise(warehouse, fields=PLACE_FIELDS, home="US")
    count = warehouse.value(
        f"select count(*) from smc_stage s{joins(PLACE_FIELDS)} where nz.timezone_status is not null"
    )
    assert count == sum(row["timezone"] is not None for row in rows)
    assert warehouse.value(f"select count(*) from smc_stage s{joins(PLACE_FIELDS)}") == len(rows)


def test_zones_follow_what_the_table_knows(warehouse: Warehouse) -> None:
    """A feed that brought the city alone, one that took the zone back, and a customer that no file spoke of."""
    columns = "customer_key, timezone, timezone_from, timezone_given, country, city, phone_region, phone_timezone"
    for row in (
        (1, "America/New_York", "phone", None, "US", "Chicago", "US", "America/New_York"),
        (2, "Asia/Omsk", "given", None, "US", "Nowhere", "US", "America/Denver"),
        (3, "Asia/Omsk", "given", "Asia/Omsk", "US", "Chicago", None, None),
        (4, "Asia/Omsk", "city", None, "US", "Chicago", None, None),
    ):
        warehouse.run(
            f"insert into customer ({columns}) values ($a, $b, $c, $d, $e, $f, $g, $h)",
            **dict(zip("abcdefgh", row, strict=True)),
        )
    warehouse.run("create or replace temp view smc_changed as select * from customer where customer_key <> 4")
    with warehouse.transaction():
        assert follow_zones(warehouse, home="US") == 3
    assert warehouse.rows("select customer_key, timezone, timezone_from, timezone_status from customer order by 1") == [
        (1, "America/Chicago", "city", None),
        (2, "America/Denver", "phone", None),
        (3, "Asia/Omsk", "given", 0),
        (4, "Asia/Omsk", "city", None),
    ]
    assert follow_zones(warehouse, home="US") == 0
