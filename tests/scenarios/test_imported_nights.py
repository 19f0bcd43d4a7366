"""Random nights of a shop through its feeds: whatever the import brings, the night computes whom it must.

Files come as a shop sends them: new rows, late ones and ones of days to come, receipts written anew for another
customer or day, products and categories that move, lists of what to delete, nights that were missed, and a past day
computed again. After each night every stored figure must be that of a full computation.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from smc.pipeline import open_snapshot, run, verify
from smc.project import Project, load_project

pytestmark = pytest.mark.slow

Row = dict[str, Any]

SETTINGS = """\
project: nights
title: Nights
timezone: America/New_York
currency: EUR
categories:
  news: {title: News}
unsubscribe: {mailto: off@example.com, secret: "${file:secrets/link}"}
"""
FIELDS = """\
receipt:
  weight: {title: Weight, type: decimal}
order_statuses:
  general:
    new: {title: New}
    void: {title: Void, counts: false}
"""
METRICS = """\
metrics:
  heavy: {title: T, aggregate: sum, over: receipts, field: weight, where: {category: K1, total: {more: 2}}, window: 20}
  milk: {title: T, aggregate: count, over: lines, where: {brand: {not_equals: B1}, store: S1, total: {at_most: 7}}}
  tree: {title: T, aggregate: sum, over: lines, field: amount, where: {category: K0}}
  kinds: {title: T, aggregate: distinct, over: lines, field: category_id, window: 40}
  towns: {title: T, aggregate: distinct, over: receipts, field: store_city, window: month}
  basket: {title: T, aggregate: sum, over: orders, field: total, where: {product: {in: [p1, p2]}}, window: 30}
  named: {title: T, aggregate: max, over: order_lines, field: quantity, where: {product_name: {contains: N1}}}
  ordered: {title: T, aggregate: count, over: orders, where: {category: K0}}
  share: {title: T, penetration: K1, window: 45}
  ratio: {title: T, expression: tree / milk - bonus_accrued}
"""
RFM = "period: 60\ncells:\n  best: {title: B, recency: [4, 5]}\n  lost: {title: L, recency: [1]}\n"
FEED = """\
title: {name}
object: {item}
source: {{local: {{path: inbox}}}}
files: {name}-*.csv
mode: {mode}
reject_limit: 100%
vanish_limit: 100%
ready: {{}}
format: {{delimiter: ",", date: iso, datetime: iso}}
fields:
"""
KEYS = {
    "customer": ("customer_id",), "product": ("product_id",), "category": ("category_id",), "store": ("store_id",),
    "receipt": ("receipt_id",), "receipt_line": ("receipt_id", "line_no"),
    "order": ("order_id",), "order_line": ("order_id", "line_no"),
}  # fmt: skip
MAPPED = {
    "customer": ("customer_id", "registered_at"),
    "product": ("product_id", "name", "brand", "category_id"),
    "category": ("category_id", "parent_id", "name"),
    "store": ("store_id", "name", "city"),
    "receipt": (
        "receipt_id",
        "customer_id",
        "store_id",
        "purchased_at",
        "status",
        "total",
        "custom.weight",
    ),
    "receipt_line": ("receipt_id", "line_no", "product_id", "quantity", "amount"),
    "order": ("order_id", "customer_id", "store_id", "ordered_at", "status", "total", "changed_at"),
    "order_line": ("order_id", "line_no", "product_id", "quantity", "amount"),
}
BACK = (-2, -1, 0, 0, 1, 1, 2, 5, 20, 30, 31, 45, 60, 61, 90, 91, 364, 365, 366)
"""Days between what happened and the night that brings it; windows end within them."""
COUNT = {"customer": 30, "product": 6, "receipt": 90, "order": 30}
"""So many that a night touches a few customers, so few that rows meet."""


def feed(name: str, item: str, mode: str, fields: Sequence[str]) -> str:
    columns = "".join(f"  {one}: {one.removeprefix('custom.')}\n" for one in fields)
    return FEED.format(name=name, item=item, mode=mode) + columns


def project(folder: Path) -> Project:
    texts = {"smc.yaml": SETTINGS, "fields.yaml": FIELDS, "metrics.yaml": METRICS, "rfm.yaml": RFM}
    texts["secrets/link"] = "a secret for tests only"
    for item, fields in MAPPED.items():
        texts[f"feeds/{item}.yaml"] = feed(item, item, "upsert", fields)
        texts[f"feeds/gone_{item}.yaml"] = feed(f"gone_{item}", item, "delete", KEYS[item])
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "inbox").mkdir()
    return load_project(folder)


@dataclass
class Shop:
    """A shop that sends what happened in it."""

    folder: Path
    random: Random
    day: date
    files: int = 0

    def put(self, name: str, rows: Sequence[Row]) -> None:
        """A file of the feed; of rows with one key the last stays."""
        if not rows:
            return
        key = KEYS[name.removeprefix("gone_")]
        once = {tuple(row[part] for part in key): row for row in rows}
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(once.values())
        self.files += 1
        (self.folder / "inbox" / f"{name}-{self.files:04}.csv").write_text(text.getvalue(), encoding="utf-8")

    def one(self, item: str) -> str:
        """The id of some customer, product, receipt or order."""
        return f"{item[0]}{self.random.randrange(COUNT[item])}"

    def some(self, *texts: str) -> str:
        return self.random.choice(texts)

    def at(self) -> str:
        day = self.day - timedelta(days=self.random.choice(BACK))
        return f"{day}T{self.random.randrange(24):02}:30:00"

    def money(self) -> str:
        return f"{self.random.randrange(900) / 100:.2f}"

    def receipt(self) -> tuple[Row, list[Row]]:
        number, status = self.one("receipt"), self.some("paid", "paid", "paid", "returned", "cancelled")
        sign = "-" if status == "returned" else ""
        head = {
            "receipt_id": number, "customer_id": self.some("", *(self.one("customer") for _ in range(4))),
            "store_id": self.some("S0", "S1", "S2"),
            "purchased_at": self.at(), "status": status, "total": sign + self.money(),
            "weight": self.some("", "1.5"),
        }  # fmt: skip
        return head, [{"receipt_id": number, **self.line(place, sign)} for place in range(self.random.randrange(4))]

    def order(self) -> tuple[Row, list[Row]]:
        number = self.one("order")
        head = {
            "order_id": number, "customer_id": self.one("customer"), "store_id": "S1", "ordered_at": self.at(),
            "status": self.some("new", "void"), "total": self.money(),
            "changed_at": f"{self.day}T{self.random.randrange(24):02}:00:00",
        }  # fmt: skip
        return head, [{"order_id": number, **self.line(place, "")} for place in range(self.random.randrange(3))]

    def line(self, place: int, sign: str) -> Row:
        amount, quantity = sign + self.money(), f"{sign}{self.random.randrange(1, 4)}"
        return {"line_no": place, "product_id": self.one("product"), "quantity": quantity, "amount": amount}

    def product(self, number: int) -> Row:
        name, brand = self.some("N1", "N2"), self.some("B1", "B2", "")
        return {
            "product_id": f"p{number}",
            "name": name,
            "brand": brand,
            "category_id": self.some("K0", "K1", "K2", "K3"),
        }

    def store(self, number: int) -> Row:
        return {"store_id": f"S{number}", "name": "A", "city": self.random.choice("xyz")}

    def open(self) -> None:
        """What metrics name is known from the first night on."""
        tree = [("K0", ""), ("K1", "K0"), ("K2", "K1"), ("K3", "")]
        self.put("category", [{"category_id": one, "parent_id": above, "name": one} for one, above in tree])
        self.put("product", [self.product(number) for number in range(6)])
        self.put("product", [{"product_id": "p9", "name": "N1", "brand": "B1", "category_id": ""}])
        self.put("store", [self.store(1)])

    def sell(self, receipts: int, orders: int) -> None:
        for name, make, count in (("receipt", self.receipt, receipts), ("order", self.order, orders)):
            made = [make() for _ in range(count)]
            self.put(name, [head for head, _ in made])
            self.put(f"{name}_line", [line for _, lines in made for line in lines])

    def change(self) -> None:
        """Each of the other things that happen, on some nights."""
        happens = [self.random.random() < 0.5 for _ in range(4)]
        if happens[0]:
            self.put("category", [{"category_id": "K2", "parent_id": self.some("K0", "K1", "K3", ""), "name": "K2"}])
        if happens[1]:
            self.put("product", [self.product(number) for number in self.random.sample(range(6), 3)])
        if happens[2]:
            self.put("store", [self.store(self.random.randrange(3))])
        if happens[3]:
            self.put("customer", [{"customer_id": self.one("customer"), "registered_at": self.at()}])
        for item, rows in (("receipt", 6), ("order", 3), ("product", 1), ("customer", 2)):
            if self.random.random() < 0.4:
                self.put(f"gone_{item}", [{f"{item}_id": self.one(item)} for _ in range(rows)])
        for item in ("receipt", "order"):
            if self.random.random() < 0.4:
                gone = [{f"{item}_id": self.one(item), "line_no": 0} for _ in range(6)]
                self.put(f"gone_{item}_line", gone)


def quiet(text: str, done: float | None = None, /) -> None:
    """Nobody looks."""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_every_night_figures_are_those_of_a_full_computation(tmp_path: Path, seed: int) -> None:
    loaded = project(tmp_path)
    shop = Shop(tmp_path, Random(seed), date(2024, 2, 27))  # noqa: S311 - a shop, no secret
    shop.open()
    for night in range(4):
        shop.sell(*(4, 2) if night else (70, 25))
        shop.change()
        done = run(loaded, command="night", stages=["import"], as_of=shop.day, progress=quiet)
        assert not done.failures
        assert done.stage("import")["rows_rejected"] == 0
        found = verify(loaded, as_of=shop.day, progress=quiet)
        assert found.failures == (), f"on {shop.day}, after {shop.files} files"
        if shop.random.random() < 0.3:
            run(loaded, command="past", stages=["compute"], as_of=shop.day - timedelta(days=30), progress=quiet)
        shop.day += timedelta(days=shop.random.choice([0, 1, 1, 2, 7, 31]))
    with open_snapshot(loaded) as warehouse:
        filled = warehouse.rows("select count(tree), count(share), count(basket) from custom_metric")[0]
        assert all(filled), filled
        assert warehouse.value("select count(*) from customer_metric") > 15
