"""Make the tiny shop: about 500 made-up customers, a year of receipts and three nights, for tests and docs.

    python sample_data/tiny.py [TARGET]

writes the same files as the demo shop, with the same columns and category ids, so that configs/ loads both. The result
is committed in sample_data/tiny/; a test makes it again and compares. What is wrong in it on purpose is listed in
sample_data/README.md.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a script and by path

from sample_data.drops import COLUMNS, Row, csv_text, file_of, write_text
from sample_data.people import (
    CUSTOMER_COLUMNS,
    SUBSCRIPTION_COLUMNS,
    WORDING,
    Household,
    agrees,
    clock,
    consent_rows,
    customer_row,
    number,
    pick,
    refusal_row,
    stamp,
    town,
)

HISTORY_END = date(2026, 2, 27)
DAYS = (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2))
OPENED = date(2025, 2, 10)
PACKED = ("receipts", "lines")
CENT = Decimal("0.01")

CATALOGUE = {
    "Grocery": "Fluid Milk Products:Milk|Cheese:Cheddar|Yogurt:Yogurt|Coffee:Ground Coffee|Soft Drinks:Cola|"
    "Bag Snacks:Potato Chips|Beers Ales:Lager|Eggs:Eggs|Baked Bread Buns Rolls:Rye Bread|Frozen Pizza:Pizza",
    "Drug GM": "Baby Foods:Baby Porridge|Diapers Disposables:Diapers|Candy Packaged:Chocolate",
    "Produce": "Tropical Fruit:Bananas|Potatoes:Potatoes|Salad Mix:Salad",
    "Meat": "Beef:Minced Beef",
    "Deli": "Cheeses:Brie",
    "Floral": "Roses:Roses",
    "Fuel": "Coupon Misc Items:Gasoline",
}
MAKERS = (
    "Golden Farm,Old Mill,O'Grady's,Café Löwe,Простоквашино,Sunny Side,Twelve Oaks,Bear & Son,North Star,Hi-Lo,Zaya"
)
NAMES = {
    "00123": "Zoë Ångström",
    "123": "Anna Petrova",
    "1e5": "Анна Петрова",
    "100000": "Robert Smith, Jr.",
    "A-17": 'Robert "Bob" O\'Neil',
    "Ю-5": "Юрий Щукин",
}
LEAP_BIRTHS = {"123": "1988-02-29", "1e5": "1996-02-29", "1040": "1992-02-29", "1041": "1960-02-29"}
NEXT_BIRTHS = {"1050": "1985-03-01", "1051": "1979-03-02", "00123": "1990-03-02", "1052": "1995-03-01"}
FAITHFUL = ("A-17", "100000", *LEAP_BIRTHS, *NEXT_BIRTHS)
"""These people matter to tests and docs, so their e-mail and consent are in order."""
LAPSING = {f"106{n}": date(2026, 1, 14) + timedelta(days=n % 3) for n in range(6)}
"""Whose last receipt is 45 days before one of the nights."""
SLOWING = {f"107{n}": date(2026, 1, 30) + timedelta(days=n % 2) for n in range(6)}
"""Who came each week and then has stayed away for 30 days."""
NEWCOMERS = {f"200{n}": DAYS[n % 3] for n in range(9)}


def local(day: date, key: str) -> datetime:
    return datetime.combine(day, clock(key, "time"))


@dataclass(frozen=True, slots=True)
class Product:
    product_id: str
    name: str
    brand: str
    category_id: str
    maker_id: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    product_id: str
    quantity: Decimal
    price: Decimal
    discount: Decimal

    @property
    def amount(self) -> Decimal:
        return (self.price * self.quantity).quantize(CENT) - self.discount


@dataclass(frozen=True, slots=True)
class Receipt:
    receipt_id: str
    customer_id: str
    store_id: str
    purchased_at: datetime
    lines: tuple[Line, ...]
    status: str = "paid"

    @property
    def row(self) -> Row:
        total = sum((line.amount for line in self.lines), Decimal(0))
        discount = sum((line.discount for line in self.lines), Decimal(0))
        return (
            self.receipt_id, self.customer_id, self.store_id, stamp(self.purchased_at), self.status, total, discount
        )  # fmt: skip

    @property
    def line_rows(self) -> Iterator[Row]:
        for line_no, line in enumerate(self.lines, 1):
            price = "" if line.quantity == 0 else line.price
            yield self.receipt_id, line_no, line.product_id, line.quantity, price, line.amount, line.discount


@dataclass
class Shop:
    """What the files will hold: rows by kind of file and day of the drop."""

    dice: Random = field(default_factory=lambda: Random(20260301))
    rows: dict[str, dict[date, list[Row]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def add(self, name: str, day: date, *rows: Row) -> None:
        self.rows[name][max(day, HISTORY_END)].extend(rows)

    def below(self, limit: int) -> int:
        """0 … limit - 1. Only ``random()`` is promised to be the same in every Python."""
        return int(self.dice.random() * limit)

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent


def slug(text: str) -> str:
    return text.lower().replace(" ", "-")


def add_catalogue(shop: Shop) -> list[Product]:
    products: list[Product] = []
    makers = MAKERS.split(",")
    for department, groups in CATALOGUE.items():
        shop.add("categories", HISTORY_END, (slug(department), "", department))
        for group in groups.split("|"):
            title, item = group.split(":")
            above = f"{slug(department)}/{slug(title)}"
            category = f"{above}/{slug(item)}"
            shop.add("categories", HISTORY_END, (above, slug(department), title), (category, above, item))
            for n, maker in enumerate(makers):
                key = f"{len(products) + 1:05d}"
                price = Decimal(99 + 50 * number(key, "price", 18)) / 100
                brand = "Private" if n % 4 == 0 else "National"
                name = f"{item} {maker}, {100 * (n + 1)} g" if n % 3 else f'{item} "{maker}"'
                products.append(Product(key, name, brand, category, f"{n + 1:03d}", price))
    shop.add("products", HISTORY_END, *((p.product_id, p.name, p.brand, p.category_id, p.maker_id) for p in products))
    shop.add("products", HISTORY_END, ("1e3", "Nobody's Thing", "National", "", ""))
    stores = [f"{n:03d}" for n in range(1, 9)]
    shop.add("stores", HISTORY_END, *((s, f"Journey Corner {town(s)}", "NY", town(s), f"{s} Main St") for s in stores))
    return products


def survey(key: str) -> Household:
    """A third of the base answered it."""
    if number(key, "survey", 3):
        return Household()
    kids = number(key, "kids", 4)
    return Household(
        age_band=pick(key, "band", ("19-24", "25-34", "35-44", "45-54", "55-64", "65+")),
        income=pick(key, "income", ("Under 15K", "25-34K", "50-74K", "100-124K")),
        home_ownership=pick(key, "home", ("Homeowner", "Renter", "")),
        marital_status=pick(key, "marital", ("Married", "Unmarried", "")),
        household_size=str(min(5, kids + 1 + number(key, "adults", 2))),
        household_comp="2 Adults Kids" if kids else "2 Adults No Kids",
        kids_count=str(kids),
    )


def profile(key: str, joined: datetime | None, *, moved: bool = False) -> Row:
    row = dict(zip(CUSTOMER_COLUMNS, customer_row(key, joined, survey(key), moved=moved), strict=True))
    if key in NAMES:
        row |= {"full_name": NAMES[key], "first_name": NAMES[key].split()[0], "last_name": NAMES[key].split()[-1]}
    if key in FAITHFUL or key in LAPSING or key in SLOWING or key in NEWCOMERS:
        row["email"] = f"person{''.join(letter for letter in key if letter.isascii() and letter.isalnum())}@example.com"
    row["birth_date"] = {**LEAP_BIRTHS, **NEXT_BIRTHS}.get(key, row["birth_date"])
    return tuple(row.values())


def add_customers(shop: Shop) -> list[str]:
    keys = [*NAMES, *(str(n) for n in range(1001, 1486))]
    for key in keys:
        joined = local(OPENED - timedelta(days=1 + number(key, "card age", 700)), f"{key} card")
        known = number(key, "joined", 100) >= 3 or key in FAITHFUL
        shop.add("customers", HISTORY_END, profile(key, joined if known else None))
        shop.add("subscriptions", HISTORY_END, *consents(key, joined))
    for key, day in NEWCOMERS.items():
        joined = local(day, f"{key} card")
        shop.add("customers", day, profile(key, joined))
        shop.add("subscriptions", day, *consents(key, joined))
    for n, day in enumerate(DAYS):
        leaving = [key for key in keys[100 + n :: 90] if agrees(key)]
        shop.add("subscriptions", day, *(refusal_row(key, day) for key in leaving))
        moving = [key for key in keys[60 + n :: 150] if key not in NAMES]
        shop.add("customers", day, *(profile(key, joined_of(shop, key), moved=True) for key in moving))
    bad = list(profile("1490", None))
    bad[CUSTOMER_COLUMNS.index("birth_date")] = "1990-02-31"
    ragged = (*profile("1491", None), "one cell too many")
    shop.add("customers", HISTORY_END, bad, ragged)
    return keys


def joined_of(shop: Shop, key: str) -> datetime | None:
    at = CUSTOMER_COLUMNS.index("registered_at")
    text = next(str(row[at]) for row in shop.rows["customers"][HISTORY_END] if row[0] == key)
    return datetime.fromisoformat(text) if text else None


def consents(key: str, since: datetime) -> list[tuple[str, ...]]:
    if key in FAITHFUL or key in LAPSING or key in SLOWING or key in NEWCOMERS:
        return [(key, "email", "marketing", "yes", stamp(since), "site", WORDING)]
    return consent_rows(key, since)


def days_of(shop: Shop, key: str) -> list[date]:
    """On which days the customer comes, in the history and in the nights."""
    last = DAYS[-1]
    if key in NEWCOMERS:
        return [NEWCOMERS[key]] if number(key, "buys", 3) else []
    if key in LAPSING or key in SLOWING:
        end = {**LAPSING, **SLOWING}[key]
        return [end - timedelta(days=7 * n) for n in reversed(range(10))]
    kind = number(key, "kind", 100)
    start = OPENED + timedelta(days=number(key, "start", 340))
    if kind < 6:
        return []
    if kind < 24:
        return [start]
    mean = 9 if kind < 36 else 28 if kind < 60 else 60
    end = last if number(key, "stays", 4) else start + timedelta(days=number(key, "leaves", 250))
    days = []
    while start <= min(end, last):
        days.append(start)
        start += timedelta(days=1 + shop.below(2 * mean))
    return days


def basket(shop: Shop, key: str, products: Sequence[Product]) -> tuple[Line, ...]:
    size = 1 + shop.below(4) + (shop.below(6) if shop.chance(25) else 0)
    groups = len(products) // 11
    often = 95 if number(key, "bargains", 6) == 0 else 20
    favourite = 11 * number(key, "favourite", groups)
    chosen: dict[str, Line] = {}
    for _ in range(size):
        at = favourite + shop.below(11) if shop.chance(35) else shop.below(len(products))
        item = products[at]
        quantity = Decimal("0.000") if shop.chance(1) else Decimal(1 + (shop.below(4) if shop.chance(20) else 0))
        off = (item.price * quantity * (10 + shop.below(30)) / 100).quantize(CENT) if shop.chance(often) else Decimal(0)
        chosen[item.product_id] = Line(item.product_id, quantity, item.price, off)
    return tuple(chosen[product_id] for product_id in sorted(chosen))


def sales(shop: Shop, keys: Sequence[str], products: Sequence[Product]) -> list[Receipt]:
    """All receipts as paid, in order of time; one in twelve is anonymous."""
    made = []
    for key in (*keys, *NEWCOMERS):
        special = key in FAITHFUL or key in LAPSING or key in SLOWING or key in NEWCOMERS
        for day in days_of(shop, key):
            owner = "" if not special and shop.chance(8) else key
            store = f"{1 + (number(key, 'store', 8) if shop.chance(80) else shop.below(8)):03d}"
            moment = datetime.combine(day, clock(f"{key} {day}", "till"))
            made.append(Receipt("", owner, store, moment, basket(shop, key, products)))
    made.sort(key=lambda sale: (sale.purchased_at, sale.customer_id))
    return [replace(sale, receipt_id=f"{n:07d}") for n, sale in enumerate(made, 1)]


def returned(sale: Receipt, day: date) -> Receipt:
    """One piece of the first line comes back on a later day."""
    line = sale.lines[0]
    back = Line(line.product_id, Decimal(-1), line.price, Decimal("0.00"))
    moment = datetime.combine(day, clock(sale.receipt_id, "return"))
    return replace(sale, receipt_id=f"R{sale.receipt_id}", purchased_at=moment, lines=(back,), status="returned")


def add_sales(shop: Shop, sold: Sequence[Receipt]) -> None:
    def add(sale: Receipt, day: date) -> None:
        shop.add("receipts", day, sale.row)
        shop.add("lines", day, *sale.line_rows)

    saturday = [sale for sale in sold if sale.purchased_at.date() == DAYS[0] and sale.customer_id]
    late = next(sale for sale in sold if sale.purchased_at.date() == date(2026, 2, 20) and sale.customer_id)
    for sale in sold:
        add(sale, DAYS[2] if sale is late else sale.purchased_at.date())
    for sale in saturday[:2]:
        shop.add("receipts", DAYS[1], replace(sale, status="cancelled").row)
    history = [sale for sale in sold if sale.purchased_at.date() <= HISTORY_END and sale is not late]
    for sale in history[::97]:
        add(returned(sale, min(sale.purchased_at.date() + timedelta(days=9), HISTORY_END)), HISTORY_END)
    for n, day in enumerate(DAYS):
        add(returned(history[-40 - n], day), day)
    for sale in history[50::400]:
        add(replace(sale, receipt_id=f"C{sale.receipt_id}", status="cancelled"), HISTORY_END)
    void = ("V000001", "1001", "001", "2026-02-26 10:00:00", "void", "5.00", "0.00")
    never = ("V000002", "1002", "001", "2026-02-30 10:00:00", "paid", "7.50", "0.00")
    shop.add("receipts", HISTORY_END, void, never, history[-1].row)
    first, second = history[-1].receipt_id, history[-2].receipt_id
    shop.add(
        "lines", HISTORY_END, (first, 90, "00001", "two", "1.00", "2.00", "0.00"),
        (second, 91, "00001", "1", "1.00", "1,00", "0.00"), (second, 92, "99999", "1", "2.50", "2.50", "0.00"),
    )  # fmt: skip


def add_mailings(shop: Shop, keys: Sequence[str]) -> None:
    for mailing, title, day, end in (
        ("spring", "Spring leaflet", date(2025, 4, 1), "2025-05-01"),
        ("winter", "Winter leaflet", date(2026, 2, 28), "2026-03-28"),
    ):
        shop.add("past_mailings", day, (mailing, title, "post", day, end))
        chosen = [key for key in keys if number(key, mailing, 100) < 25]
        shop.add("past_messages", day, *((mailing, key, day) for key in chosen))
    codes = [f"{n:06d}" for n in range(1, 21)]
    shop.add("promocodes", HISTORY_END, *(("winter", c, "1 $ off", "2026-02-01", "2026-03-31") for c in codes))
    users = {key: date(2026, 2, 1) + timedelta(days=number(key, "use", 30)) for key in keys[::17]}
    for key, day in users.items():
        shop.add("promocode_uses", day, ("winter", pick(key, "code", codes), key, day))
        shop.add("tags", day, (key, "coupon_user"))


def main(target: Path, say: Callable[[str], None] = print) -> None:
    """Write the drops of the tiny shop under ``target``."""
    shop = Shop()
    products = add_catalogue(shop)
    keys = add_customers(shop)
    add_sales(shop, sales(shop, keys, products))
    add_mailings(shop, keys)
    header = {**COLUMNS, "customers": CUSTOMER_COLUMNS, "subscriptions": SUBSCRIPTION_COLUMNS}
    for name, by_day in sorted(shop.rows.items()):
        for day, rows in sorted(by_day.items()):
            history = day == HISTORY_END
            folder = target / "history" if history else target / "days" / day.isoformat()
            write_text(file_of(folder, name, day, packed=history and name in PACKED), csv_text(header[name], rows))
        say(f"  {name:<15}{sum(map(len, by_day.values())):>7,} rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "tiny")
