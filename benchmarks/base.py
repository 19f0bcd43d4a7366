"""A warehouse of any size as the import leaves it, filled by DuckDB itself: no drops are written and read.

``python -m benchmarks.base --customers 10000000 --receipts 6`` makes 60 M receipts and 194 M lines in some minutes
and keeps them in benchmarks/data. The same seed gives the same rows with the same version of DuckDB: every value is a
hash of its row's number. Receipts and events lie in order of time, lines carry customer, day and category. Skewed as
shops are: few customers buy much, few products sell most, Saturdays and evenings are full; 3 % of receipts are
anonymous, 1 % cancelled, 2 % returned. Keys of customers say nothing about how much they buy.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.drops import TIMEZONE
from benchmarks.generate import DATA, FIRST_DAY
from smc.warehouse import Warehouse

_CHUNK = 5_000_000
"""Receipts at once: what is made of them before it is stored fits into a memory of 4 GB."""

_SETUP = """
create or replace temp macro chance(i, what) as (hash(i, what, getvariable('seed')) >> 11) / 9007199254740992.0;
create or replace temp macro tail(i, what, mean) as floor(-mean * ln(1 - chance(i, what)));
create or replace temp macro key_of_rank(c) as (c * 7368787 + 11) % getvariable('customers') + 1;
create or replace temp macro buyer(i) as
    cast(floor(getvariable('customers') * pow(chance(i, 'who'), 1.5)) as bigint);
create or replace temp macro lately(i, many, days) as
    cast(timestamp '2025-12-30 23:00:00'
        - to_seconds(cast((many - i) * (86400.0 * days / many) as bigint)) as timestamptz);
"""

_CATALOGUE = (
    """insert into category_ident
    select row_number() over (order by id), id from (
        select 'D' || d as id from range(20) t(d) union all select 'G' || g from range(100) t(g)
        union all select 'K' || k from range(400) t(k))""",
    """insert into category (category_key, parent_key, name)
    select i.category_key, p.category_key, s.name from (
        select 'D' || d as id, null as parent, 'Department ' || d as name from range(20) t(d)
        union all select 'G' || g, 'D' || g % 20, 'Group ' || g from range(100) t(g)
        union all select 'K' || k, 'G' || k % 100, 'Kind ' || k from range(400) t(k)
    ) s join category_ident i on i.category_id = s.id left join category_ident p on p.category_id = s.parent""",
    """insert into category_ancestor
    with recursive up(category_key, ancestor_key, depth) as (
        select category_key, category_key, 0 from category
        union all select up.category_key, parent_key, depth + 1 from up join category c on c.category_key = ancestor_key
        where parent_key is not null
    ) select * from up""",
    "insert into product_ident select p + 1, format('{:05d}', p) from range(20000) t(p)",
    """insert into product (product_key, name, brand, category_key, price)
    select p + 1, 'Product ' || p, 'Brand ' || cast(floor(1000 * pow(chance(p, 'brand'), 2)) as integer),
        i.category_key, cast(0.5 + exp(1.5 + 2 * (chance(p, 'price') - 0.5)) as decimal(18, 2))
    from range(20000) t(p)
    join category_ident i on i.category_id = 'K' || cast(floor(400 * chance(p, 'kind')) as integer)""",
    """insert into store (store_id, name, city)
    select 'S' || s, 'Store ' || s, 'City ' || s % 60 from range(300) t(s)""",
)

_PEOPLE = (
    """insert into customer_ident
    select c + 1, format('C{:08d}', c) from range(getvariable('customers')) t(c)""",
    """insert into customer (customer_key, first_name, last_name, email, phone, birth_date, gender, city, registered_at,
        email_status, phone_status, phone_type, email_provider)
    select c + 1, 'First' || c % 997, 'Last' || c % 9973,
        case when chance(c, 'email') < 0.8 then 'customer' || c || '@example.com' end,
        format('+1555{:07d}', c % 10000000),
        case when chance(c, 'born') < 0.7
            then cast(date '1940-01-01' + cast(floor(24000 * chance(c, 'birth')) as integer) as date) end,
        case when chance(c, 'gender') < 0.6 then 'f' else 'm' end, 'City ' || c % 60,
        cast(timestamp '2018-01-01 09:00:00' + to_days(cast(floor(2900 * chance(c, 'since')) as integer))
            as timestamptz),
        case when chance(c, 'email') >= 0.8 then null when chance(c, 'dead') < 0.03 then 31 else 0 end,
        0, 'mobile', case when chance(c, 'email') < 0.8 then 'other' end
    from range(getvariable('customers')) t(c)""",
    """insert into tag_member
    select c + 1, tag, date '2025-06-01', 'feed' from range(getvariable('customers')) t(c)
    cross join (values ('club', 0.1), ('vip', 0.01), ('staff', 0.002)) as v(tag, share) where chance(c, tag) < share""",
    """insert into subscription (customer_key, channel, category, state, changed_at, source)
    select c + 1, channel, 'promo', case when chance(c, channel) < yes then 'yes' else 'no' end,
        timestamptz '2025-03-01 12:00:00+00', 'feed'
    from range(getvariable('customers')) t(c)
    cross join (values ('email', 0.6, 0.7), ('sms', 0.25, 0.3)) as v(channel, yes, said)
    where chance(c, channel) < said""",
)

_SALE = """
create or replace temp table sale as
with placed as (
    select i, floor(i / {many} * 156.375) as week, (i / {many} * 156.375 - floor(i / {many} * 156.375)) * 8 as p
    from range({first}, {until}) t(i)
), timed as (
    select i, date '{day}' + cast(week * 7 as integer) + case when p < 1.4 then 0 when p < 2.2 then 1
            when p < 3.0 then 2 when p < 3.8 then 3 when p < 4.8 then 4 when p < 6.2 then 5 else 6 end as day,
        case when p < 1.4 then p / 1.4 when p < 2.2 then (p - 1.4) / 0.8 when p < 3.0 then (p - 2.2) / 0.8
            when p < 3.8 then (p - 3.0) / 0.8 when p < 4.8 then p - 3.8 when p < 6.2 then (p - 4.8) / 1.4
            else (p - 6.2) / 1.8 end as passed, buyer(i) as c
    from placed
)
select i + 1 as receipt_key, i, day, day + to_seconds(cast(28800 + 50000 * pow(passed, 0.7) as integer)) as sold_at,
    case when chance(i, 'anonymous') < 0.03 then null else key_of_rank(c) end as customer_key,
    case
        when chance(i, 'status') < 0.01 then 'cancelled' when chance(i, 'status') < 0.03 then 'returned' else 'paid'
    end as status,
    cast(1 + least(30, tail(i, 'lines', 2.7)) as integer) as lines,
    (c * 7 + case when chance(i, 'away') < 0.2 then cast(300 * chance(i, 'store') as bigint) else 0 end) % 300 as s
from timed
"""

_ITEM = """
create or replace temp table item as
with one as (
    select i, receipt_key, customer_key, day, status, unnest(range(1, lines + 1)) as line_no from sale
), chosen as (
    select *, i * 40 + line_no as j, 1 + cast(floor(20000 * pow(chance(i * 40 + line_no, 'product'), 3)) as bigint) as p
    from one
), priced as (
    select c.*, d.price, d.category_key,
        case when status = 'returned' then -1 else 1 end * (1 + cast(least(8, tail(j, 'quantity', 0.6)) as integer))
            as n,
        case when chance(j, 'discount') < 0.2 then 9 else 10 end as tenths
    from chosen c join product d on d.product_key = c.p
)
select receipt_key, cast(line_no as integer) as line_no, p as product_key, cast(n as decimal(18, 3)) as quantity, price,
    cast(n * price * tenths / 10 as decimal(18, 2)) as amount,
    cast(n * price as decimal(18, 2)) - cast(n * price * tenths / 10 as decimal(18, 2)) as discount,
    customer_key, day, status <> 'cancelled' as counted, category_key
from priced
"""

STORE_SALE = (
    "insert into receipt_ident select receipt_key, 'R' || receipt_key from sale order by receipt_key",
    """insert into receipt (receipt_key, customer_key, store_id, purchased_at, day, status, total, discount, bonus_paid,
        bonus_accrued, promocode)
    select receipt_key, customer_key, 'S' || s, cast(sold_at as timestamptz), day, status, total, discount,
        cast(case when chance(i, 'bonus') < 0.1 then total * 0.05 else 0 end as decimal(18, 2)),
        cast(total * 0.01 as decimal(18, 2)), case when chance(i, 'code') < 0.04 then 'CODE' || i % 50 end
    from sale join (
        select receipt_key, sum(amount) as total, sum(discount) as discount from item group by receipt_key
    ) using (receipt_key) order by sold_at, receipt_key""",
    """insert into receipt_line (receipt_key, line_no, product_key, quantity, price, amount, discount, customer_key,
        day, counted, category_key) select * from item""",
)

_BESIDES = (
    """insert into event (event_id, customer_key, name, occurred_at, source, context, day)
    select 'e' || i, key_of_rank(buyer(i)), case when chance(i, 'kind') < 0.6 then 'app_opened'
        when chance(i, 'kind') < 0.9 then 'asked' else 'complained' end,
        lately(i, {half}, 365), 'app', map {{'topic': case when i % 3 = 0 then 'delivery' else 'price' end}},
        cast(lately(i, {half}, 365) as date)
    from range({half}) t(i)""",
    """insert into web_event (event_id, visitor, session, name, occurred_at, page, product_key, category_key,
        customer_key, day)
    select 'w' || i, 'v' || buyer(i), 's' || i // 3, case when chance(i, 'did') < 0.9 then 'view' else 'cart_add' end,
        lately(i, {all}, 120), '/p', p.product_key, p.category_key,
        case when chance(i, 'known') < 0.7 then key_of_rank(buyer(i)) end, cast(lately(i, {all}, 120) as date)
    from range({all}) t(i)
    join product p on p.product_key = 1 + cast(floor(20000 * pow(chance(i, 'page'), 3)) as bigint)
    order by i""",
    """insert into past_mailing (mailing, title, channel, starts_on)
    select 'M' || m, 'Mailing ' || m, 'email', date '2025-12-30' - cast(7 * m as integer) from range(26) t(m)""",
    """insert into past_message (mailing, customer_key, delivered_on)
    select 'M' || (25 - i * 26 // {half}), 1 + hash(i) % getvariable('customers'),
        date '2025-12-30' - cast(7 * (25 - i * 26 // {half}) as integer) from range({half}) t(i)""",
    """insert into past_message_event (event_id, mailing, customer_key, state, occurred_at, day)
    select 'p' || row_number() over (), mailing, customer_key, state,
        cast(cast(delivered_on as timestamp) + interval 10 hour as timestamptz), delivered_on
    from past_message cross join (values ('opened', 0.3), ('clicked', 0.05)) as v(state, share)
    where chance(customer_key, mailing) < share""",
    """insert into order_ident select i + 1, 'O' || i from range({tenth}) t(i)""",
    """insert into customer_order (order_key, customer_key, ordered_at, status, total, day, counted)
    select i + 1, key_of_rank(buyer(i)), lately(i, {tenth}, 730),
        case when chance(i, 'order') < 0.85 then 'done' when chance(i, 'order') < 0.95 then 'open' else 'cancelled' end,
        cast(20 + 80 * chance(i, 'sum') as decimal(18, 2)), cast(lately(i, {tenth}, 730) as date),
        chance(i, 'order') < 0.95
    from range({tenth}) t(i)""",
    """insert into order_line (order_key, line_no, product_key, quantity, price, amount, customer_key, day, counted,
        category_key)
    select o.order_key, 1, p.product_key, 1, p.price, p.price, o.customer_key, o.day, o.counted, p.category_key
    from customer_order o
    join product p on p.product_key = 1 + cast(floor(20000 * pow(chance(o.order_key, 'item'), 3)) as bigint)
    order by o.order_key""",
)


def base(folder: Path, *, customers: int, receipts: int, seed: int) -> Path:
    """The file of a filled warehouse, made once per size and seed."""
    ready = folder / f"base-{customers}x{receipts}-{seed}.duckdb"
    if not ready.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = ready.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with Warehouse.open(fresh, timezone=TIMEZONE, memory="6GB") as warehouse:
            prepare(warehouse, customers, seed)
            for text in (*_CATALOGUE, *_PEOPLE):
                warehouse.run(text)
            for made in sales(customers * receipts, 0, customers * receipts):
                store(warehouse, made)
            sizes = {"all": customers, "half": customers // 2, "tenth": customers // 10}
            for text in _BESIDES:
                warehouse.run(text.format_map(sizes))
            warehouse.run("checkpoint")
        fresh.rename(ready)
    return ready


def copied(ready: Path, scratch: Path, memory: str) -> Warehouse:
    """An open copy that a benchmark may change; closing and deleting it is the caller's."""
    copy = scratch / "warehouse.duckdb"
    shutil.copyfile(ready, copy)
    return Warehouse.open(copy, timezone=TIMEZONE, memory=memory)


def prepare(warehouse: Warehouse, customers: int, seed: int) -> None:
    """The macros and variables that the statements here use."""
    warehouse.connection.execute(f"set variable seed = {seed}; set variable customers = {customers}; {_SETUP}")


def sales(many: int, first: int, until: int) -> Iterator[str]:
    """Statements that make the receipts ``first`` up to ``until`` of ``many``, in parts of ``_CHUNK``."""
    for begin in range(first, until, _CHUNK):
        yield _SALE.format(many=float(many), first=begin, until=min(begin + _CHUNK, until), day=FIRST_DAY)


def store(warehouse: Warehouse, made: str) -> None:
    """Receipts of the temporary table ``sale`` that ``made`` makes, with their lines."""
    for text in (made, _ITEM, *STORE_SALE):
        warehouse.run(text)
    warehouse.run("drop table item")
    warehouse.run("drop table sale")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--receipts", type=int, default=6, help="of a customer on average")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(base(DATA, customers=given.customers, receipts=given.receipts, seed=given.seed))


if __name__ == "__main__":
    main()
