"""A shop for SQL in rules, and whom a rule with SQL matches there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from smc.config.specs.project import MetricsSpec
from smc.segment.evaluate import evaluation
from smc.segment.fence import Fenced, fenced
from smc.segment.resolve import resolve
from smc.warehouse import DuckDBEngine, Warehouse
from tests.segment.deeds import FIELDS, Deeds
from tests.segment.rules import rule
from tests.segment.worlds import AS_OF

_NOON = datetime(2017, 6, 29, 16, tzinfo=UTC)
_TOMORROW = datetime(2017, 7, 1, 16, tzinfo=UTC)


def receipt(customer: int | None, total: int, at: datetime = _NOON, status: str = "paid") -> dict[str, object]:
    return {
        "customer": customer, "store_id": "S1", "purchased_at": at, "day": at.date(), "status": status,
        "total": Decimal(total), "promocode": None, "tip": None,
    }  # fmt: skip


WORLD = Deeds(
    {key: {
        "email": None, "email_status": None, "phone": None, "phone_status": None, "phone_type": None, "active": True,
        "birth_date": date(1980, key, 1), "points": [], "permissions": {}, "control": [], "source_code": "a",
    } for key in (1, 2, 3)},
    {
        "receipts": [receipt(1, 100), receipt(1, 50), receipt(2, 30), receipt(3, 900, _TOMORROW), receipt(None, 7),
                     receipt(3, 900, status="cancelled"), receipt(11, 500)],
        "events": [{"customer": 2, "name": "x", "occurred_at": _NOON, "source": None, "context": {"color": "red"},
                    "day": _NOON.date()}],
        "containers": [{"customer": 3, "container": "cart", "product_id": 1, "quantity": None, "price": Decimal(5),
                        "added_at": None, "day": None, "brand": "O'Brien", "category_id": 3}],
        "pets": [{"customer": 2, "pet": "cat", "born": None, "weight": Decimal(4), "chip": True}],
    },
)  # fmt: skip


def whole(text: str) -> str:
    """A statement that begins with FROM, with what every one begins with."""
    return f"select customer_id {text}" if text.startswith("from ") else text


def fence(text: str) -> Fenced:
    return fenced(text, FIELDS, MetricsSpec(), AS_OF)


def members(store: Warehouse, text: str) -> set[int]:
    """Customers with a profile whom a rule with the SQL matches."""
    resolved = resolve(
        store, segments={}, rules={"r": rule({"sql": text})}, fields=FIELDS, metrics=MetricsSpec(), as_of=AS_OF
    )
    found = evaluation(resolved)
    found.materialise(DuckDBEngine(store))
    return {row["customer_key"] for row in store.records(found.flags) if row[found.rules["r"]]}
