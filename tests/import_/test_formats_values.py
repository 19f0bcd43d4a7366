"""Thousands signs, ISO 8601, epochs, and the hours that clocks skip or repeat."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from smc.config.specs.feed import Format, Mapped
from smc.import_.read.reading import Reading, reason_of, value_of
from smc.import_.read.zone import instant, local_day, shifts
from smc.model.objects import Field, Type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.import_.conftest import Shop


@pytest.fixture
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def read(duck: duckdb.DuckDBPyConnection, kind: Type, text: str, **layout: Any) -> tuple[Any, Any]:
    """The value, as text where it is an instant, and the reason."""
    spec, item = Format.model_validate(layout), Reading(Field("x", kind, "x"), Mapped(column="x"))
    value = value_of(item, "t", spec, odd=True)
    why = reason_of(item, "t", "v", spec)
    shown = "cast(timezone('UTC', v) as varchar)" if kind == "datetime" else "v"
    query = f"select {shown}, {why} from (select *, {value} as v from (select $text as t))"
    row = duck.execute(query, {"text": text}).fetchone()
    assert row is not None
    return row[0], row[1]


SPACED = {"decimal": ",", "thousands": " "}
POINTED = {"decimal": ",", "thousands": "."}


@pytest.mark.parametrize(
    ("text", "layout", "value"),
    [
        ("1 234,50", SPACED, "1234.50"), ("1\u00a0234\u00a0567", SPACED, "1234567"),
        ("-1\u202f234,5", SPACED, "-1234.5"),
        ("1234567,89", SPACED, "1234567.89"), ("1.234,50", POINTED, "1234.50"), ("1.234", POINTED, "1234"),
        ("1'234.50", {"thousands": "'"}, "1234.50"), ("1,234.5", {"thousands": ","}, "1234.5"), (",5", POINTED, "0.5"),
        ("1,2300", POINTED, "1.23"), ("+12", SPACED, "12"), ("123 456", SPACED, "123456"),
    ],
)  # fmt: skip
def test_numbers_with_thousands(duck: duckdb.DuckDBPyConnection, text: str, layout: dict[str, str], value: str) -> None:
    assert read(duck, "decimal", text, **layout) == (Decimal(value), None)
    if "." not in value:
        assert read(duck, "integer", text, **layout) == (int(value), None)


@pytest.mark.parametrize(
    ("text", "layout", "reason"),
    [
        ("12,34,5", {"thousands": ","}, "not a number written like 1,234.50"),
        ("1,234", {"decimal": ","}, "more than 2 decimals; nothing is rounded"),
        ("1.23", POINTED, "not a number written like 1.234,50"),
        ("1.2345", POINTED, "not a number written like 1.234,50"),
        ("1234.567", POINTED, "not a number written like 1.234,50"),
        ("1  234", SPACED, "not a number written like 1 234,50"),
        ("1 23", SPACED, "not a number written like 1 234,50"),
        ("1 234", {}, "not a number written like 1234.50"),
        ("1,234.567", {"thousands": ","}, "more than 2 decimals; nothing is rounded"),
        ("12 345 678 901 234 567,5", SPACED, "more than 16 digits before the decimal sign"),
    ],
)
def test_numbers_that_are_grouped_wrongly(
    duck: duckdb.DuckDBPyConnection, text: str, layout: dict[str, str], reason: str
) -> None:
    assert read(duck, "decimal", text, **layout) == (None, reason)


ISO = {"date": "iso", "datetime": "iso", "timezone": "Europe/Moscow"}


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2017-12-29T10:00", "2017-12-29 07:00:00"), ("2017-12-29 10:00:01", "2017-12-29 07:00:01"),
        ("2017-12-29T10:00:00.25", "2017-12-29 07:00:00.25"), ("2017-12-29T10:00:00Z", "2017-12-29 10:00:00"),
        ("2017-12-29t10:00:00.123456000z", "2017-12-29 10:00:00.123456"),
        ("2017-12-29T10:00+05", "2017-12-29 05:00:00"),
        ("2017-12-29T10:00:00+0530", "2017-12-29 04:30:00"), ("2017-12-29 10:00:00-03:30", "2017-12-29 13:30:00"),
        ("2016-12-31T23:59:59-00:00", "2016-12-31 23:59:59"), ("1830-01-01T00:00:00Z", "1830-01-01 00:00:00"),
    ],
)  # fmt: skip
def test_iso_instants(duck: duckdb.DuckDBPyConnection, text: str, utc: str) -> None:
    assert read(duck, "datetime", text, **ISO) == (utc, None)


WRONG = "not a date and time written as 2017-12-31T23:59:59+03:00"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2017-12-29", "the time of day is missing"), ("2017-13-29T10:00", WRONG), ("2017-02-29T10:00", WRONG),
        ("2017-12-29T24:00", WRONG), ("2017-12-29T10:00:60", WRONG), ("2017-12-29T10:00:00.1234567", WRONG),
        ("2017-12-29T10", WRONG), ("20171229T1000", WRONG), ("2017-12-29T10:00+25", WRONG), ("2017-12-29T1:00", WRONG),
        ("2017-W52-5", WRONG), ("epoch", WRONG), ("1717-12-29T10:00", "the year is not between 1800 and 2200"),
    ],
)  # fmt: skip
def test_what_is_no_iso_instant(duck: duckdb.DuckDBPyConnection, text: str, reason: str) -> None:
    assert read(duck, "datetime", text, **ISO) == (None, reason)


@pytest.mark.parametrize(
    ("text", "day", "reason"),
    [
        ("2017-12-29", "2017-12-29", None), ("2017-12-29T00:00:00", "2017-12-29", None),
        ("2017-12-29 00:00:00.000", "2017-12-29", None),
        ("2017-12-29T10:00:00", None, "a date with a time of day; only midnight may stand there"),
        ("2017-12-29T00:00:00Z", None, "a date with a time of day; only midnight may stand there"),
        ("2017-02-29", None, "not a date written as 2017-12-31"),
        ("29.12.2017", None, "not a date written as 2017-12-31"),
        ("1017-12-29", None, "the year is not between 1800 and 2200"),
    ],
)  # fmt: skip
def test_iso_dates(duck: duckdb.DuckDBPyConnection, text: str, day: str | None, reason: str | None) -> None:
    value, why = read(duck, "date", text, **ISO)
    assert (None if value is None else str(value), why) == (day, reason)


@pytest.mark.parametrize(
    ("text", "written", "utc"),
    [
        ("1514541600", "epoch", "2017-12-29 10:00:00"), ("1514541600.25", "epoch", "2017-12-29 10:00:00.25"),
        ("-1", "epoch", "1969-12-31 23:59:59"), ("1514541600250", "epoch_ms", "2017-12-29 10:00:00.25"),
        ("1514541600250", "epoch", None), ("9999999999", "epoch", None), ("1514541600.5", "epoch_ms", None),
        ("1.5e9", "epoch", None), ("2017-12-29", "epoch", None), ("1514541600.1234567", "epoch", None),
    ],
)  # fmt: skip
def test_epochs(duck: duckdb.DuckDBPyConnection, text: str, written: str, utc: str | None) -> None:
    value, reason = read(duck, "datetime", text, datetime=written)
    assert (value, reason is None) == (utc, utc is not None)
    if reason is not None:
        unit = "seconds" if written == "epoch" else "milliseconds"
        assert reason in {f"not a number of {unit} since 1970", "the year is not between 1800 and 2200"}


def test_the_day_of_an_epoch_is_local(duck: duckdb.DuckDBPyConnection) -> None:
    for zone, day in (("Europe/Moscow", "2017-12-30"), ("America/New_York", "2017-12-29"), (None, "2017-12-29")):
        value, _ = read(duck, "date", "1514586600", date="epoch", timezone=zone)
        assert str(value) == day


def test_flat_objects(duck: duckdb.DuckDBPyConnection) -> None:
    assert read(duck, "map", '{"b": "x", "a": 1, "c": true, "d": null}') == ({"a": "1", "b": "x", "c": "true"}, None)
    wrong = "not a JSON object of names and single values"
    for text in ('{"a": {"b": 1}}', '{"a": [1]}', "[1]", "x", "1", '{"a": 1, "a": 2}', "{"):
        assert read(duck, "map", text) == (None, wrong)
    assert read(duck, "map", "{}") == ({}, None)


ZONES = "America/New_York", "Europe/Moscow", "Australia/Lord_Howe", "Europe/Dublin", "Pacific/Apia", "Asia/Kolkata"


@pytest.mark.parametrize("zone", ZONES)
def test_local_times_become_the_first_instant_there_is(duck: duckdb.DuckDBPyConnection, zone: str) -> None:
    """Against zoneinfo, around every shift and anywhere; with the search tree and with the calendar."""
    draw = random.Random(7)  # noqa: S311 - seeded
    _, found = shifts(zone)
    hours = (-7200, -3601, -3600, -1801, -1800, -1, 0, 1, 1799, 1800, 3599, 3600, 7200)
    locals_ = [
        _EPOCH + timedelta(seconds=shift.at + ahead + s) for shift in found for ahead in shift[1:] for s in hours
    ]
    locals_ += [_EPOCH + timedelta(minutes=draw.randrange(-7_000_000, 47_000_000)) for _ in range(500)]
    duck.execute(f"set TimeZone = '{zone}'")
    for how in (zone, None):
        inner = f"select p, {instant('p', how)} as v from (select unnest($p::timestamp[]) as p)"
        rows = duck.execute(f"select p, epoch_us(v), {local_day('v', how)} from ({inner})", {"p": locals_}).fetchall()
        assert len(rows) == len(locals_)
        for local, instant_us, day in rows:
            utc = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
            real = utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local
            expected = ((utc.replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1), local.date())
            assert (instant_us, day) == (expected if real else (None, None)), (how, local)


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times

HEAD = "receipt_id,customer_id,store_id,purchased_at,status,total\n"


@pytest.mark.parametrize("written", ["%Y-%m-%d %H:%M:%S", "iso"])
def test_hours_that_clocks_skip_and_repeat(shop: Shop, written: str) -> None:
    feed = shop.feed("receipt", format={"datetime": written})
    text = HEAD + "r1,,,2017-03-12 02:30:00,,1\nr2,,,2017-11-05 01:30:00,,1\nr3,,,2017-03-12 03:00:00,,1\n"
    file = shop.one("receipt-1.csv", text, receipt=feed)
    assert (file.accepted, file.rejected) == (2, 1)
    ((line, field, _, value, why),) = shop.rejects()
    assert (line, field, value) == (2, "purchased_at", "2017-03-12 02:30:00")
    assert why == "clocks in America/New_York were put forward over this time"
    utc = "strftime(purchased_at at time zone 'UTC', '%m-%d %H:%M')"
    assert shop.rows(f"select {utc}, day::varchar from receipt order by 1") == [
        ("03-12 07:00", "2017-03-12"), ("11-05 05:30", "2017-11-05"),
    ]  # fmt: skip


def test_the_zone_of_a_feed(shop: Shop) -> None:
    feed = shop.feed("receipt", format={"timezone": "Europe/Moscow"})
    shop.one("receipt-1.csv", HEAD + "r1,,,2017-12-29 02:30:00,,1\n", receipt=feed)
    assert shop.rows("select strftime(purchased_at at time zone 'UTC', '%m-%d %H:%M'), day::varchar from receipt") == [
        ("12-28 23:30", "2017-12-28")
    ]


def test_fractions_of_custom_times_stay(shop: Shop) -> None:
    feed = shop.feed("customer", {"customer_id": "id", "custom.seen": "seen"}, format={"datetime": "iso"})
    shop.one("customer-1.csv", "id,seen\na,2017-12-29T10:00:00.250Z\nb,2017-12-29T10:00:00Z\n", customer=feed)
    found = [row[0]["seen"] for row in shop.rows("select custom from customer order by customer_key")]
    assert found == ["2017-12-29 10:00:00.25+00", "2017-12-29 10:00:00+00"]
    assert all(re.fullmatch(r"[-0-9: .]+\+00", text) for text in found)
