"""A made-up shop of any size as CSV drops, by DuckDB straight into files.

``python -m benchmarks.generate --customers 100000`` writes them into benchmarks/data.
About 10 receipts per customer (``--receipts``) and 3 lines per receipt. Skewed as shops are: few customers buy much,
few products sell most, Saturdays and evenings are full. 3 % of receipts are anonymous, 1 % cancelled, 2 % returned. The
same seed gives the same files with the same version of DuckDB.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

DATA = Path(__file__).parent / "data"
FIRST_DAY, DAYS = "2023-01-01", 1095
"""Receipts lie on 1095 days from the first of 2023; the last is 2025-12-30, the as_of of the benchmarks."""

_USUAL = 10

_CHANCE = """
create macro chance(i, what) as (hash(i, what, getvariable('seed')) >> 11) / 9007199254740992.0;
create macro tail(i, what, mean) as floor(-mean * ln(1 - chance(i, what)));
"""

_TABLES = {
    "categories": """
        select 'D' || d as category_id, null as parent_id, 'Department ' || d as name from range(20) t(d)
        union all select 'G' || g, 'D' || g % 20, 'Group ' || g from range(100) t(g)
        union all select 'K' || k, 'G' || k % 100, 'Kind ' || k from range(400) t(k)
    """,
    "products": """
        select format('{:05d}', p) as product_id, 'Product ' || p as name,
            'Brand ' || cast(floor(1000 * pow(chance(p, 'brand'), 2)) as integer) as brand,
            'K' || cast(floor(400 * chance(p, 'kind')) as integer) as category_id,
            cast(0.5 + exp(1.5 + 2 * (chance(p, 'price') - 0.5)) as decimal(18, 2)) as price
        from range(20000) t(p)
    """,
    "stores": """
        select 'S' || s as store_id, 'Store ' || s as name, 'City ' || s % 60 as city from range(300) t(s)
    """,
    "customers": """
        select format('C{:08d}', c) as customer_id, 'First' || c % 997 as first_name, 'Last' || c % 9973 as last_name,
            'customer' || c || '@example.com' as email, format('+1555{:07d}', c % 10000000) as phone,
            cast(date '1940-01-01' + cast(floor(24000 * chance(c, 'birth')) as integer) as date) as birth_date,
            case when chance(c, 'gender') < 0.6 then 'f' else 'm' end as gender, 'City ' || c % 60 as city,
            strftime(timestamp '2018-01-01 09:00:00' + to_days(cast(floor(1800 * chance(c, 'since')) as integer)),
                '%Y-%m-%d %H:%M:%S') as registered_at
        from range(getvariable('customers')) t(c)
    """,
}

_RECEIPTS = """
create temp table sale as
with buyer as (
    select c, cast(least(400, floor(getvariable('receipts') * 0.42 * pow(1 - chance(c, 'buys'), -0.6))) as integer) as n
    from range(getvariable('customers')) t(c)
), bought as (
    select c, chance(c * 1000 + n, 'day') as day_chance, c * 1000 + n as i
    from (select c, unnest(range(n)) as n from buyer)
), timed as (
    select *, cast(floor({days} * day_chance) as integer) as d from bought
)
select row_number() over (order by purchased_at, i) as r, * from (
    select c, i, date '{first}'
        + to_days(case when d % 7 in (1, 2) and chance(i, 'shift') < 0.3 then d // 7 * 7 + 6 else d end)
        + to_seconds(cast(28800 + 50000 * pow(chance(i, 'hour'), 0.7) as integer)) as purchased_at,
        case
            when chance(i, 'status') < 0.01 then 'cancelled' when chance(i, 'status') < 0.03 then 'returned' else 'paid'
        end as status,
        cast(1 + least(30, tail(i, 'lines', 2.5)) as integer) as lines,
        (c * 7 + case when chance(i, 'away') < 0.2 then cast(300 * chance(i, 'store') as bigint) else 0 end) % 300 as s
    from timed
) where purchased_at < date '{first}' + to_days({days})
"""

_LINES = """
create temp table line as
with one as (select r, i, status, unnest(range(1, lines + 1)) as line_no from sale),
priced as (
    select
        r, line_no, status, i * 40 + line_no as j,
        cast(floor(20000 * pow(chance(i * 40 + line_no, 'product'), 3)) as integer) as p
    from one
)
select r, line_no, format('{:05d}', p) as product_id,
    cast(case when status = 'returned' then -1 else 1 end * (1 + least(8, tail(j, 'quantity', 0.6))) as integer)
        as quantity,
    cast(0.5 + exp(1.5 + 2 * (chance(p, 'price') - 0.5)) as decimal(18, 2)) as price,
    case when chance(j, 'discount') < 0.2 then 0.1 else 0 end as off
from priced
"""

_FACTS = {
    "lines": """
        select 'R' || r as receipt_id, line_no, product_id, quantity, price,
            cast(quantity * price * (1 - off) as decimal(18, 2)) as amount,
            cast(quantity * price as decimal(18, 2)) - cast(quantity * price * (1 - off) as decimal(18, 2)) as discount
        from line order by r, line_no
    """,
    "receipts": """
        select 'R' || r as receipt_id,
            case when chance(i, 'anonymous') < 0.03 then null else format('C{:08d}', c) end as customer_id,
            'S' || s as store_id, strftime(purchased_at, '%Y-%m-%d %H:%M:%S') as purchased_at, status, total, discount,
            cast(case when chance(i, 'bonus') < 0.1 then total * 0.05 else 0 end as decimal(18, 2)) as bonus_paid,
            cast(total * 0.01 as decimal(18, 2)) as bonus_accrued,
            case when chance(i, 'code') < 0.04 then 'CODE' || r % 50 end as promocode
        from sale join (
            select r, sum(paid) as total, sum(cast(quantity * price as decimal(18, 2)) - paid) as discount
            from (select *, cast(quantity * price * (1 - off) as decimal(18, 2)) as paid from line) group by r
        ) using (r)
        order by r
    """,
}


def generate(folder: Path, *, customers: int, seed: int, receipts: int = 10) -> Path:
    """Write categories, products, stores, customers, receipts and lines as .csv, unless they are there."""
    target = folder / drops_name(customers, seed, receipts)
    if target.is_dir():
        return target
    fresh = target.with_name(f"{target.name}.new")
    fresh.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(
            f"set variable seed = {seed}; set variable customers = {customers}; "
            f"set variable receipts = {receipts}; {_CHANCE}"
        )
        connection.execute(_RECEIPTS.format(first=FIRST_DAY, days=DAYS))
        connection.execute(_LINES)
        for name, query in {**_TABLES, **_FACTS}.items():
            connection.execute(f"copy ({query}) to '{fresh / name}.csv' (format csv, header true, delimiter ',')")
    fresh.rename(target)
    return target


def drops_name(customers: int, seed: int, receipts: int) -> str:
    """The folder of one size."""
    return f"{customers}-{seed}" if receipts == _USUAL else f"{customers}x{receipts}-{seed}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--receipts", type=int, default=10, help="of a customer on average")
    parser.add_argument("--out", type=Path, default=DATA)
    given = parser.parse_args()
    print(generate(given.out, customers=given.customers, seed=given.seed, receipts=given.receipts))


if __name__ == "__main__":
    main()
