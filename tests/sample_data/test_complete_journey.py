"""The drops of the demo shop say the same as the Parquet files they were made from."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest

pytestmark = pytest.mark.slow


class Source:
    """Queries over the drops (``{receipts}`` is all files of that name) and over the package's own files."""

    def __init__(self, drops: Path, parquet: Path) -> None:
        self.drops, self.parquet = drops, parquet

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        def files(found: re.Match[str]) -> str:
            name = found[1]
            places = [f"{self.drops}/history/{name}_2*.csv.gz"]
            if any(self.drops.glob(f"days/*/{name}_2*.csv")):
                places.append(f"{self.drops}/days/*/{name}_2*.csv")
            return f"read_csv({places}, all_varchar = true, header = true, delim = ',', quote = '\"', filename = true)"

        def origin(found: re.Match[str]) -> str:
            return f"read_parquet('{self.parquet}/{found[1]}.parquet')"

        with duckdb.connect() as connection:
            return connection.sql(re.sub(r"<(\w+)>", origin, re.sub(r"\{(\w+)\}", files, sql))).fetchall()

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]


@pytest.fixture(scope="module")
def source(drops: Path, parquet: Path) -> Source:
    return Source(drops, parquet)


def test_lines_and_sales_are_those_of_the_grocer(source: Source) -> None:
    found = source.rows("select count(*), sum(cast(amount as decimal(18, 2))) from {lines}")
    assert found == source.rows("select count(*), sum(cast(sales_value as decimal(18, 2))) from <transactions>")
    assert found == [(1_469_307, Decimal("4596039.58"))]


def test_receipts_are_the_baskets_and_add_up_to_their_lines(source: Source) -> None:
    assert source.value("select count(distinct receipt_id) from {receipts}") == 155_848
    assert source.value("select count(*) from {receipts}") == 155_848
    different = source.value("""
        select count(*) from (
            select receipt_id, cast(total as decimal(18, 2)) as total, cast(discount as decimal(18, 2)) as discount
            from {receipts}
            except
            select receipt_id, sum(cast(amount as decimal(18, 2))), sum(cast(discount as decimal(18, 2)))
            from {lines} group by receipt_id
        )
    """)
    assert different == 0
    discount = source.value("select sum(cast(discount as decimal(18, 2))) from {receipts}")
    assert discount == source.value("""
        select sum(cast(retail_disc as decimal(18, 2)) + cast(coupon_disc as decimal(18, 2))
            + cast(coupon_match_disc as decimal(18, 2))) from <transactions>
    """)


def test_each_basket_keeps_its_household_store_and_moment(source: Source) -> None:
    different = source.value("""
        select count(*) from (
            select receipt_id, customer_id, store_id, cast(purchased_at as timestamp) from {receipts}
            except
            select distinct cast(basket_id as varchar), cast(household_id as varchar), cast(store_id as varchar),
                timezone('America/New_York', timezone('UTC', transaction_timestamp))
            from <transactions>
        )
    """)
    assert different == 0


def test_every_line_is_there_with_its_product(source: Source) -> None:
    different = source.value("""
        select count(*) from (
            select cast(basket_id as varchar), cast(product_id as varchar), cast(quantity as varchar),
                cast(sales_value as decimal(18, 2)) from <transactions>
            except all
            select receipt_id, product_id, quantity, cast(amount as decimal(18, 2)) from {lines}
        )
    """)
    assert different == 0
    assert source.value("select count(*) from (select receipt_id, line_no from {lines} group by all)") == 1_469_307


def test_what_is_odd_stays(source: Source) -> None:
    assert source.value("select count(*) from {lines} where quantity = '0' and price is null") == 8_869
    missing = "select count(*) from {lines} as l anti join {products} as p on p.product_id = l.product_id"
    assert source.value(missing) == 4_836


def test_a_drop_has_what_the_source_dates_on_its_day(source: Source, drops: Path) -> None:
    days = [date(2017, 12, 1) + timedelta(days=step) for step in range(32)]
    assert sorted(folder.name for folder in (drops / "days").iterdir()) == [day.isoformat() for day in days]
    by_day = dict(
        source.rows("""
        select strftime(transaction_timestamp, '%Y-%m-%d'), count(distinct basket_id) from <transactions>
        where transaction_timestamp >= timestamp '2017-12-01' group by 1
    """)
    )
    for day in days:
        folder = drops / "days" / day.isoformat()
        lines = (folder / f"receipts_{day}.csv").read_text(encoding="utf-8").splitlines()
        assert len(lines) - 1 == by_day.get(day.isoformat(), 0)
        assert (folder / f"lines_{day}.csv").exists()


def test_customers_are_the_households(source: Source) -> None:
    ids = "select distinct customer_id from {customers} order by 1"
    assert source.rows(ids) == source.rows(
        "select distinct cast(household_id as varchar) as id from <transactions> order by 1"
    )
    assert source.value("select count(distinct customer_id) from {customers}") == 2_469
    surveyed = "select count(distinct customer_id) from {customers} where coalesce(age_band, income) is not null"
    assert source.value(surveyed) == source.value("select count(*) from <demographics>") == 801


def test_addresses_and_phones_reach_nobody(source: Source) -> None:
    for (email,) in source.rows("select distinct email from {customers} where email is not null"):
        for part in email.split(";"):
            assert re.search(r"@?example\.?\.(com|org|net)\s*$", part.strip(), re.IGNORECASE) or "@" not in part, email
    for (phone,) in source.rows("select distinct phone from {customers} where phone is not null"):
        digits = re.sub(r"\D", "", phone)
        assert digits in {"", "0000000000"} or re.fullmatch(r"(1?\d{3})?55501\d\d", digits), phone


def test_most_register_before_their_first_receipt(source: Source) -> None:
    early, all_of_them = source.rows("""
        select count(*) filter (where registered_at < first), count(*) from (
            select c.customer_id, any_value(cast(c.registered_at as timestamp)) as registered_at,
                min(cast(r.purchased_at as timestamp)) as first
            from {customers} as c join {receipts} as r using (customer_id) group by 1
        )
    """)[0]
    assert 0.9 < early / all_of_them < 1


@pytest.mark.parametrize("night", ["2017-12-29", "2017-12-30", "2017-12-31", "2018-01-01"])
def test_somebody_registers_and_has_a_birthday_each_night(source: Source, night: str) -> None:
    new = "select count(distinct customer_id) from {customers} where starts_with(registered_at, $$" + night + "$$)"
    birthday = "select count(distinct customer_id) from {customers} where birth_date[6:] = $$" + night[5:] + "$$"
    assert source.value(new) > 0
    assert source.value(birthday) > 0


def test_categories_are_the_tree_of_the_catalogue(source: Source) -> None:
    assert source.value("select count(*) from {categories}") == source.value("""
        select count(distinct department)
            + count(distinct (department, product_category)) filter (where product_category is not null)
            + count(distinct (department, product_category, product_type))
                filter (where product_category is not null and product_type is not null)
        from <products>
    """)
    assert source.value("select count(distinct category_id) from {categories}") == 4_203
    assert source.value("select count(*) from {categories} as c anti join {categories} as p on p.category_id = "
                        "c.parent_id where c.parent_id is not null") == 0  # fmt: skip
    assert source.value("select count(*) from {products} as p anti join {categories} as c using (category_id)") == 0
    assert source.value("select count(*) from {products}") == source.value("select count(*) from <products>") == 92_331
    assert source.value("select count(*) from {stores}") == 457


def test_coupons_and_past_mailings_are_the_real_ones(source: Source) -> None:
    assert source.value("select count(*) from {past_mailings}") == 27
    assert source.value("select count(*) from {past_messages}") == 6_589
    codes = source.value("select count(distinct (campaign_id, coupon_upc)) from <coupons>")
    assert source.value("select count(*) from {promocodes}") == codes
    assert source.value("select count(distinct (pool, code)) from {promocodes}") == codes
    keys = "select count(distinct (pool, code, customer_id, used_on)) from {promocode_uses}"
    assert source.value("select count(*) from {promocode_uses}") == source.value(keys) == 2_102


def test_the_same_bytes_come_out_again(drops: Path, make: Callable[[str, Path], None], tmp_path: Path) -> None:
    make("complete_journey", tmp_path)
    digests = [
        {file.relative_to(folder): sha256(file.read_bytes()).hexdigest() for file in folder.rglob("*.csv*")}
        for folder in (drops, tmp_path)
    ]
    assert digests[0] == digests[1]
