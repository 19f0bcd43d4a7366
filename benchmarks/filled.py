"""A warehouse filled from generated drops by plain SQL, for benchmarks that do not measure the import."""

from __future__ import annotations

import shutil
from pathlib import Path

from smc.warehouse import Warehouse

TIMEZONE = "America/New_York"

_FILL = (
    "insert into category_ident select row_number() over (order by category_id), category_id from {categories}",
    """insert into category (category_key, parent_key, name)
    select i.category_key, p.category_key, s.name from {categories} s join category_ident i using (category_id)
    left join category_ident p on p.category_id = s.parent_id""",
    """insert into category_ancestor
    with recursive up(category_key, ancestor_key, depth) as (
        select category_key, category_key, 0 from category
        union all select up.category_key, parent_key, depth + 1 from up join category c on c.category_key = ancestor_key
        where parent_key is not null
    ) select * from up""",
    "insert into product_ident select row_number() over (order by product_id), product_id from {products}",
    """insert into product (product_key, name, brand, category_key, price)
    select product_key, name, brand, category_key, cast(price as decimal(18, 2))
    from {products} join product_ident using (product_id) left join category_ident using (category_id)""",
    "insert into store (store_id, name, city) select store_id, name, city from {stores}",
    "insert into customer_ident select row_number() over (order by customer_id), customer_id from {customers}",
    """insert into customer (customer_key, first_name, last_name, email, phone, birth_date, gender, city, registered_at)
    select customer_key, first_name, last_name, email, phone, cast(birth_date as date), gender, city,
        cast(registered_at as timestamptz)
    from {customers} join customer_ident using (customer_id)""",
    """insert into receipt_ident
    select cast(substr(receipt_id, 2) as bigint), receipt_id from {receipts}""",
    """insert into receipt (receipt_key, customer_key, store_id, purchased_at, day, status, total, discount, bonus_paid,
        bonus_accrued, promocode, source)
    select cast(substr(receipt_id, 2) as bigint), customer_key, store_id, cast(purchased_at as timestamptz),
        cast(cast(purchased_at as timestamp) as date), status, cast(total as decimal(18, 2)),
        cast(discount as decimal(18, 2)), cast(bonus_paid as decimal(18, 2)), cast(bonus_accrued as decimal(18, 2)),
        promocode, null
    from {receipts} s left join customer_ident using (customer_id) order by purchased_at""",
    """insert into receipt_line (receipt_key, line_no, product_key, quantity, price, amount, discount, customer_key,
        day, counted, category_key)
    select r.receipt_key, cast(line_no as integer), product_key, cast(quantity as decimal(18, 3)),
        cast(s.price as decimal(18, 2)), cast(amount as decimal(18, 2)), cast(s.discount as decimal(18, 2)),
        r.customer_key, r.day, r.status <> 'cancelled', p.category_key
    from {lines} s join receipt r on r.receipt_key = cast(substr(receipt_id, 2) as bigint)
    join product_ident using (product_id) left join product p using (product_key) order by r.day""",
)


def filled(drops: Path, scratch: Path) -> Warehouse:
    """An open copy of the filled warehouse, made once per data set; closing and deleting it is the caller's."""
    ready = drops / "filled.duckdb"
    if not ready.exists():
        fresh = drops / "fresh.duckdb"
        fresh.unlink(missing_ok=True)
        with Warehouse.open(fresh, timezone=TIMEZONE) as warehouse:
            for text in _FILL:
                warehouse.run(text.format_map(Drops(drops)))
            warehouse.run("checkpoint")
        fresh.rename(ready)
    copy = scratch / "warehouse.duckdb"
    shutil.copyfile(ready, copy)
    return Warehouse.open(copy, timezone=TIMEZONE)


class Drops(dict[str, str]):
    """``{lines}`` as the reading of lines.csv, every cell as text, with the dialect given."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, name: str) -> str:
        columns = ", ".join(f"'{column}': 'varchar'" for column in self.columns(name))
        return (
            f"read_csv('{self._folder / name}.csv', header = true, delim = ',', quote = '\"', escape = '\"', "
            f"auto_detect = false, columns = {{{columns}}})"
        )

    def columns(self, name: str) -> list[str]:
        with (self._folder / f"{name}.csv").open(encoding="utf-8") as file:
            return file.readline().strip().split(",")
