"""Parquet: every column as exact text, the footer's count as the second opinion, damage in words."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from smc.config.specs.feed import Format
from smc.import_.land.landing import BadFile, Landed, land
from smc.import_.land.unpack import LIMITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.import_.conftest import Shop

LAYOUT = Format(kind="parquet")


def parquet(path: Path, query: str, options: str = "") -> bytes:
    with duckdb.connect() as connection:
        connection.execute(f"copy ({query}) to '{path}' (format parquet{options})")
    return path.read_bytes()


def feed_of(shop: Shop, item: str = "receipt", fields: Mapping[str, Any] | None = None, **layout: Any) -> Any:
    return shop.feed(item, fields, files="*.parquet", format={"kind": "parquet", **layout})


RECEIPTS = (
    "select * from (values "
    "('00123', 7::bigint, 1::tinyint, timestamptz '2017-12-29 10:00:00.25+00', 'paid', 12.50::decimal(9,2)), "
    "('r2', null, 2, timestamptz '2017-12-29 04:30:00+00', 'returned', -3.1::decimal(9,2))) "
    "t(receipt_id, customer_id, store_id, purchased_at, status, total)"
)


def test_types_are_read_exactly(shop: Shop, tmp_path: Path) -> None:
    file = shop.one("r.parquet", parquet(tmp_path / "x", RECEIPTS), receipt=feed_of(shop))
    assert (file.state, file.read, file.accepted) == ("loaded", 2, 2), file.reason
    assert shop.rows(
        "select receipt_id, customer_id, store_id, status, total, purchased_at at time zone 'UTC', day::varchar "
        "from receipt join receipt_ident using (receipt_key) left join customer_ident using (customer_key) order by all"
    ) == [
        ("00123", "7", "1", "paid", Decimal("12.50"), datetime(2017, 12, 29, 10, 0, 0, 250_000), "2017-12-29"),  # noqa: DTZ001 - said to be UTC
        ("r2", None, "2", "returned", Decimal("-3.10"), datetime(2017, 12, 29, 4, 30), "2017-12-28"),  # noqa: DTZ001 - said to be UTC
    ]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("double", "0.1", "0.10"), ("double", "5", "5.00"), ("float", "12.1", "12.10"), ("double", "0.125", None),
        ("double", "1e20", None), ("double", "'nan'", None), ("decimal(38,10)", "1.2300000000", "1.23"),
        ("hugeint", "12", "12.00"), ("varchar", "'1.5'", "1.50"), ("utinyint", "255", "255.00"),
    ],
)  # fmt: skip
def test_money_of_any_number(shop: Shop, tmp_path: Path, kind: str, value: str, expected: str | None) -> None:
    query = RECEIPTS.replace("12.50::decimal(9,2)", f"{value}::{kind}").replace("-3.1::decimal(9,2)", "'0'::" + kind)
    file = shop.one("r.parquet", parquet(tmp_path / "x", query), receipt=feed_of(shop))
    assert (file.read, file.rejected) == (2, int(expected is None))
    if expected is None:
        assert [(row[0], row[1]) for row in shop.rejects()] == [(1, "total")]
    else:
        assert shop.rows("select max(total) from receipt") == [(Decimal(expected),)]


def test_local_times_are_of_the_zone_of_the_feed(shop: Shop, tmp_path: Path) -> None:
    for i, (kind, zone) in enumerate([("timestamp", None), ("timestamp_ns", "Europe/Moscow"), ("timestamp_ms", "UTC")]):
        query = RECEIPTS.replace("timestamptz '2017-12-29 10:00:00.25+00'", f"timestamp '2017-12-29 05:00:00'::{kind}")
        query = query.replace("timestamptz '2017-12-29 04:30:00+00'", f"timestamp '2017-12-29 05:00:00'::{kind}")
        layout: dict[str, Any] = {} if zone is None else {"timezone": zone}
        shop.one(f"{i}.parquet", parquet(tmp_path / "x", query), receipt=feed_of(shop, **layout))
        (hours,) = shop.rows("select distinct hour(purchased_at at time zone 'UTC') from receipt")
        assert hours == ({None: 10, "Europe/Moscow": 2, "UTC": 5}[zone],)


def test_nanoseconds_are_not_rounded(shop: Shop, tmp_path: Path) -> None:
    query = RECEIPTS.replace("timestamptz '2017-12-29 10:00:00.25+00'", "timestamp_ns '2017-12-29 05:00:00.123456789'")
    query = query.replace("timestamptz '2017-12-29 04:30:00+00'", "timestamp_ns '2017-12-29 05:00:00.123456000'")
    file = shop.one("r.parquet", parquet(tmp_path / "x", query), receipt=feed_of(shop))
    assert (file.accepted, file.rejected) == (1, 1)


def test_booleans_dates_and_maps(shop: Shop, tmp_path: Path) -> None:
    mapped = {"customer_id": "id", "birth_date": "born", "custom.member": "member", "custom.since": "since"}
    query = "select 'c' as id, date '1980-05-01' as born, true as member, timestamp '2017-01-02' as since"
    file = shop.one("c.parquet", parquet(tmp_path / "x", query), customer=feed_of(shop, "customer", mapped))
    assert (file.state, file.accepted) == ("loaded", 1), file.reason
    assert shop.rows("select birth_date::varchar, custom from customer") == [
        ("1980-05-01", {"member": "true", "since": "2017-01-02"})
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select 's' as store_id, [1] as name", "column 'name', mapped to name, is of the type INTEGER[]"),
        ("select 's' as store_id, {'x': 1} as name", "several values in one"),
        ("select 1.5::double as store_id, 'x' as name", "is a floating-point number (DOUBLE), and no id"),
        ("select 's' as store_id, 'x'::blob as name", "is of the type BLOB, which has no text"),
        ("select 's' as store_id", "column 'name', mapped to name, is missing; the file has: store_id"),
    ],
)
def test_columns_that_do_not_fit(shop: Shop, tmp_path: Path, query: str, said: str) -> None:
    file = shop.one("s.parquet", parquet(tmp_path / "x", query), store=feed_of(shop, "store"))
    assert (file.state, said in file.reason) == ("refused", True), file.reason


def test_a_format_for_dates_that_are_dates_already(shop: Shop, tmp_path: Path) -> None:
    file = shop.one("r.parquet", parquet(tmp_path / "x", RECEIPTS), receipt=feed_of(shop, datetime="%Y-%d-%m %H:%M:%S"))
    assert "is of the type TIMESTAMP WITH TIME ZONE already. Leave datetime out" in file.reason


def test_texts_are_trimmed_and_controls_seen(shop: Shop, tmp_path: Path) -> None:
    rows = "(' s1 ', 'One' || chr(160)), ('s' || chr(1), 'x'), ('s3', 'a' || chr(0)), ('s4', '')"
    query = f"select * from (values {rows}) t(store_id, name)"
    file = shop.one("s.parquet", parquet(tmp_path / "x", query), store=feed_of(shop, "store"))
    assert (file.read, file.accepted, file.rejected) == (4, 2, 2)
    assert shop.rows("select store_id, name from store order by all") == [("s1", "One"), ("s4", None)]


def test_many_row_groups_keep_their_order(shop: Shop, tmp_path: Path) -> None:
    store, name = "case when i = 77777 then '' else 's' || i end", "case when i % 2 = 0 then 'x' end"
    query = f"select {store} as store_id, {name} as name, i from range(200000) t(i)"
    data = parquet(tmp_path / "x", query, ", row_group_size 5000")
    file = shop.one("s.parquet", data, store=feed_of(shop, "store"))
    assert (file.read, file.rejected) == (200_000, 1)
    assert shop.rejects()[0][0] == 77_778


def test_damage_is_said_and_nothing_is_loaded(shop: Shop, tmp_path: Path) -> None:
    data = parquet(tmp_path / "x", "select 's' || hash(i) as store_id, 'n' || hash(i) as name from range(5000) t(i)")
    for at in (0, 3, 4, 8, 100, len(data) // 2, len(data) - 1):
        here = land(io.BytesIO(data[:at]), "x", tmp_path, LAYOUT)
        assert isinstance(here, BadFile)
        assert here.reason
    for place in range(4, len(data), max(1, len(data) // 12)):
        damaged = bytearray(data)
        damaged[place : place + 40] = b"\xff" * len(damaged[place : place + 40])
        shop.drop("s.parquet", bytes(damaged))
        (file,) = shop.load(store=feed_of(shop, "store")).files
        assert file.state == "refused" or file.read == file.accepted + file.rejected + file.duplicate
    encrypted = data[:-4] + b"PARE"
    assert "is encrypted" in land(io.BytesIO(encrypted), "x", tmp_path, LAYOUT).reason  # type: ignore[union-attr] # a BadFile


def test_packed_in_a_zip(shop: Shop, tmp_path: Path) -> None:
    parquet(tmp_path / "x", "select 's' as store_id, 'x' as name")
    with zipfile.ZipFile(shop.drops / "s.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "x", "out/s.parquet")
    feed = shop.feed("store", files="*.zip", format={"kind": "parquet"})
    assert [file.accepted for file in shop.load(store=feed).files] == [1]


def test_the_count_comes_from_the_footer(tmp_path: Path) -> None:
    data = parquet(tmp_path / "x", "select 's' || i as store_id from range(123) t(i)")
    here = land(io.BytesIO(data), "x", tmp_path, LAYOUT)
    assert isinstance(here, Landed)
    assert (here.rows, here.first_line, here.columns) == (123, 1, (("store_id", "VARCHAR"),))


BOMBS = {
    "one text in every row": "select 'r' || n as receipt_id, repeat('x', 5000) as status from range(20000) t(n)",
    "rows alone": "select 1 as a, 2 as b from range(20000000) t(n)",
    "a list": "select range(1000) as a from range(20000) t(n)",
}


@pytest.mark.parametrize("query", BOMBS.values(), ids=BOMBS)
def test_a_file_that_unpacks_to_far_more_is_refused(tmp_path: Path, query: str) -> None:
    data = parquet(tmp_path / "x", query, ", compression zstd")
    found = land(io.BytesIO(data), "r.parquet", tmp_path, LAYOUT)
    assert isinstance(found, BadFile)
    assert found.reason.startswith("it unpacks to more than 200 times its size (import.most_inflation): ")
    assert isinstance(land(io.BytesIO(data), "r.parquet", tmp_path, LAYOUT, replace(LIMITS, inflation=10**6)), Landed)


def test_limits_of_text_hold_for_parquet_too(tmp_path: Path) -> None:
    data = parquet(tmp_path / "x", "select repeat('x', 600 * n::int) as a, 1 as b from range(1, 3) t(n)")
    found = land(io.BytesIO(data), "r.parquet", tmp_path, LAYOUT, replace(LIMITS, line=1202))
    assert isinstance(found, Landed)
    for limits, why in (
        (replace(LIMITS, line=1201), "a row of it is longer than the limit of 1201 bytes (import.longest_line)"),
        (replace(LIMITS, text=1803), "its text is larger than the limit of 1803 bytes (import.largest_text)"),
    ):
        found = land(io.BytesIO(data), "r.parquet", tmp_path, LAYOUT, limits)
        assert isinstance(found, BadFile)
        assert found.reason == why
