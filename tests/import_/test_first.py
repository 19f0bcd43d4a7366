"""The first file of a table goes there in one statement; the tables are the same as if it had come behind others."""

from __future__ import annotations

from pathlib import Path

import pytest

from smc.import_.load.order import GROUP, lies_in_order
from smc.warehouse import Warehouse
from tests.import_.conftest import Shop

pytestmark = pytest.mark.slow

RECEIPTS = "receipt_id,customer_id,store_id,purchased_at,status,total\n" + "".join(
    f"r{i},{'' if i % 5 == 0 else f'c{i % 7}'},s1,2017-12-{1 + i % 28:02d} 10:00:00,paid,{i}.50\n" for i in range(40)
)
LINES = "receipt_id,line_no,product_id,quantity,amount\n" + "".join(
    # receipts from 40 on and the products p7 and p8 are known to nobody; each seventh line comes twice
    f"r{i // 2},{i % 2 + 1},p{i % 9},1,2.50\n" * (2 if i % 7 == 0 else 1)
    for i in range(100)
)
CUSTOMERS = "customer_id,email,birth_date\n" + "".join(f"c{i},c{i}@example.com,\n" for i in range(5))
PRODUCTS = "product_id,name,brand,category_id,price\n" + "".join(f"p{i},P{i},,g{i % 2},\n" for i in range(7))
BEFORE = {
    "customer": "".join(CUSTOMERS.splitlines(keepends=True)[:2]),
    "receipt": "receipt_id,customer_id,store_id,purchased_at,status,total\nr0,,s1,2017-12-01 10:00:00,paid,0.50\n",
    "receipt_line": "receipt_id,line_no,product_id,quantity,amount\nr0,1,p0,1,2.50\n",
}
TABLES = """
    select 'line', ri.receipt_id, l.line_no, pi.product_id, ci.customer_id, l.day, l.category_key is null, l.counted
    from receipt_line l join receipt_ident ri using (receipt_key) join product_ident pi using (product_key)
    left join customer_ident ci on ci.customer_key = l.customer_key
    union all
    select 'receipt', ri.receipt_id, null, null, ci.customer_id, r.day, null, null
    from receipt r join receipt_ident ri using (receipt_key) left join customer_ident ci using (customer_key)
    order by all
"""
IDENTS = "select 'receipt', count(*), count(distinct receipt_key), max(receipt_key) from receipt_ident union all "
IDENTS += "select 'product', count(*), count(distinct product_key), max(product_key) from product_ident order by all"


def loaded(folder: Path, *, first: bool) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    folder.mkdir()
    with Warehouse.open(folder / "w.duckdb", timezone="America/New_York", memory="1GB", threads=2) as warehouse:
        shop = Shop(folder, warehouse)
        for name, text in {} if first else BEFORE.items():
            shop.one(f"{name}-0.csv", text)
        for name, text in {"customer": CUSTOMERS, "product": PRODUCTS, "receipt": RECEIPTS}.items():
            assert shop.one(f"{name}-1.csv", text).state == "loaded"
        file = shop.one("receipt_line-1.csv", LINES)
        assert (file.read, file.rejected, file.duplicate) == (115, 0, 15)
        assert file.accepted + file.unchanged == 100
        return shop.rows(TABLES), shop.rows(IDENTS)


def test_first_rows_are_as_later_ones(tmp_path: Path) -> None:
    tables, idents = loaded(tmp_path / "first", first=True)
    assert (tables, idents) == loaded(tmp_path / "later", first=False)
    assert len(tables) == 140
    assert idents == [("product", 9, 9, 9), ("receipt", 50, 50, 50)]


@pytest.mark.parametrize(
    ("time", "in_order"),
    [
        ("timestamptz '2017-01-01' + to_seconds(i)", True),
        ("date '2017-01-01' + i // 100000", True),
        ("date '2017-01-01' + i // 1000000", True),
        ("timestamptz '2017-01-01' + to_seconds(i + hash(i) % 200000)", True),
        ("timestamptz '2017-01-01' + to_seconds(hash(i) % 2000000)", False),
        ("date '2017-01-01' + cast(hash(i) % 2000 as integer)", False),
        ("case when i % 2 = 0 then date '2017-01-01' + i // 10000 else date '2019-01-01' - i // 10000 end", False),
        ("cast(null as date)", False),
    ],
)
def test_rows_in_the_order_of_time_are_told_from_others(warehouse: Warehouse, time: str, in_order: bool) -> None:
    warehouse.run(
        f"create temp table smc_stage as select {time} as t from (select i::int as i from range(2000000) r(i))"
    )
    assert lies_in_order(warehouse, "s.t", "smc_stage s", "true") is in_order


def test_few_rows_are_sorted_anyway(warehouse: Warehouse) -> None:
    warehouse.run(f"create temp table smc_stage as select date '2017-01-01' as t from range({GROUP}) r(i)")
    assert lies_in_order(warehouse, "s.t", "smc_stage s", "true") is False
