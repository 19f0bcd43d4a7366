"""A shop with receipts that come night by night, for histories of metrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from smc.warehouse import Warehouse

ZONE = ZoneInfo("America/New_York")
START = datetime(2023, 10, 20, tzinfo=UTC)
"""Two changes of the clock, a turn of the year and a February 29 follow."""


@dataclass(frozen=True)
class Line:
    product: int
    quantity: int
    amount: int


@dataclass(frozen=True)
class Receipt:
    customer: int | None
    at: datetime
    status: str
    store: str | None
    total: int
    discount: int | None
    promocode: str | None
    lines: tuple[Line, ...]

    @property
    def day(self) -> date:
        return self.at.astimezone(ZONE).date()

    @property
    def signed(self) -> int:
        return -1 if self.status == "returned" else 1


@dataclass(frozen=True)
class Night:
    """What a night brings: days since the last one, new receipts, old ones written anew, products that move.

    ``step`` None goes to the first of the next month. ``places``: products and their categories in another classifier.
    """

    step: int | None
    new: tuple[Receipt, ...]
    corrected: tuple[tuple[int, Receipt], ...]
    products: tuple[tuple[int, str | None, int | None], ...]
    places: tuple[tuple[int, int | None], ...] = ()

    def after(self, last: date) -> date:
        if self.step is None:
            return (last.replace(day=28) + timedelta(days=4)).replace(day=1)
        return last + timedelta(days=self.step)


lines = st.builds(Line, st.integers(0, 5), st.integers(-1, 3), st.integers(-100, 900))
receipts = st.builds(
    Receipt,
    customer=st.none() | st.integers(1, 5),
    at=st.integers(0, 24 * 160).map(lambda hours: START + timedelta(hours=hours, minutes=30)),
    status=st.sampled_from(["paid", "paid", "paid", "returned", "cancelled"]),
    store=st.sampled_from([None, "S1", "S10", "S2"]),
    total=st.integers(0, 900),
    discount=st.none() | st.integers(0, 50),
    promocode=st.none() | st.just("CODE"),
    lines=st.lists(lines, max_size=4).map(tuple),
)
moves = st.tuples(st.integers(0, 5), st.sampled_from([None, "B1", "B2"]), st.sampled_from([None, 2, 3, 4]))
nights = st.builds(
    Night,
    step=st.sampled_from([0, 1, 2, 7, 90, 200, None, None]),
    new=st.lists(receipts, min_size=4, max_size=12).map(tuple),
    corrected=st.lists(st.tuples(st.integers(0, 40), receipts), max_size=3).map(tuple),
    products=st.lists(moves, max_size=2).map(tuple),
    places=st.lists(st.tuples(st.integers(0, 5), st.sampled_from([6, 5, None])), min_size=2, max_size=5).map(tuple),
)


@dataclass
class Shop:
    """A warehouse that is filled as the import fills it."""

    warehouse: Warehouse
    receipts: dict[int, Receipt] = field(default_factory=dict)
    products: dict[int, tuple[str | None, int | None]] = field(default_factory=dict)
    places: dict[int, int | None] = field(default_factory=dict)

    def clear(self) -> None:
        self.receipts, self.products, self.places = {}, {}, {}
        for (table,) in self.warehouse.rows("select table_name from duckdb_tables() where not temporary"):
            if table != "schema_version":
                self.warehouse.run(f"delete from {table}")
        for number in range(1, 5):
            self.warehouse.run(f"insert into category_ident values ({number}, 'K{4 - number}')")
            self.warehouse.run(f"insert into category_ancestor values ({number}, {number}, 0)")
        self.warehouse.run("insert into category_ident values (5, 'S0'), (6, 'S1')")
        self.warehouse.run("insert into category_ancestor values (2, 4, 1), (3, 4, 1), (5, 5, 0), (6, 6, 0), (6, 5, 1)")
        self.warehouse.run("insert into product_ident select key, 'P' || key from range(7) t(key)")
        self.insert("product", [(6, None, "B1", None, None, None, None)])  # never sold; the brand is known by it
        self.warehouse.run("insert into store (store_id) values ('S1')")

    def bring(self, night: Night) -> None:
        for receipt in night.new:
            self.put(len(self.receipts), receipt)
        for key, receipt in night.corrected:
            if key in self.receipts:
                self.put(key, receipt)
        for key, brand, category in night.products:
            self.products[key] = (brand, category)
            self.warehouse.run(f"delete from product where product_key = {key}")
            self.insert("product", [(key, None, brand, category, None, None, None)])
            text = "update receipt_line set category_key = $category where product_key = $key"
            self.warehouse.run(text, category=category, key=key)
        for key, category in night.places:
            self.places[key] = category
            self.warehouse.run(f"delete from product_category where product_key = {key}")
            self.insert("product_category", [] if category is None else [(key, "season", category)])

    def put(self, key: int, receipt: Receipt) -> None:
        """Write a receipt and its lines; whoever has it now or had it before is touched."""
        had = self.receipts.get(key)
        touched = {(who.customer,) for who in (had, receipt) if who is not None and who.customer is not None}
        self.insert("customer_touched", sorted(touched))
        self.receipts[key] = receipt
        self.warehouse.run(f"delete from receipt where receipt_key = {key}")
        self.warehouse.run(f"delete from receipt_line where receipt_key = {key}")
        sign, counted = receipt.signed, receipt.status != "cancelled"
        money = [None if cents is None else sign * Decimal(cents) / 100 for cents in (receipt.total, receipt.discount)]
        head = (key, receipt.customer, receipt.store, receipt.at, receipt.day, receipt.status, *money)
        self.insert("receipt", [(*head, None, money[0], receipt.promocode, None)])
        rows = [
            (key, number, line.product, sign * line.quantity, None, sign * Decimal(line.amount) / 100, None,
             receipt.customer, receipt.day, counted, self.products.get(line.product, (None, None))[1])
            for number, line in enumerate(receipt.lines)
        ]  # fmt: skip
        self.insert("receipt_line", rows)

    def insert(self, table: str, rows: list[Any]) -> None:
        if rows:
            names = self.warehouse.rows(f"select column_name from (describe {table})")[: len(rows[0])]
            columns, marks = ", ".join(f'"{row[0]}"' for row in names), ", ".join("?" for _ in rows[0])
            self.warehouse.connection.executemany(f"insert into {table} ({columns}) values ({marks})", rows)

    def tables(self) -> dict[str, Any]:
        """Everything that a computation writes, in a fixed order."""
        own = sorted(row[0] for row in self.warehouse.rows("select column_name from (describe custom_metric)"))
        text = ", ".join(f'"{column}"' for column in own)
        found = {table: f"select * from {table} order by all" for table in ("customer_metric", "rfm", "rfm_boundary")}
        found["custom_metric"] = f"select {text} from custom_metric order by all"
        found["watermark"] = "select * from watermark order by all"
        return {table: self.warehouse.rows(query) for table, query in found.items()}
