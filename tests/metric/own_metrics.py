"""Metrics of a shop over every fact."""

from __future__ import annotations

from typing import Any

from smc.config.specs.metric import MetricsSpec
from smc.config.specs.project import FieldsSpec

FIELDS = FieldsSpec.model_validate(
    {
        "receipt": {"weight": {"title": "W", "type": "decimal"}},
        **{item: {"rank": {"title": "R", "type": "integer"}} for item in ("promocode", "product", "store", "category")},
        "marts": {
            "scores": {"title": "S", "fields": {"churn": {"title": "C", "type": "decimal"}}},
            "visits": {
                "title": "V", "rows": "many", "key": ["place"],
                "fields": {"place": {"title": "P", "type": "string"}, "seen": {"title": "S", "type": "date"}},
            },
        },
    }
)  # fmt: skip


def metric(aggregate: str, over: str, field: str | None = None, **more: Any) -> dict[str, Any]:
    return {"title": "T", "aggregate": aggregate, "over": over, "field": field, **more}


OWN = MetricsSpec.model_validate(
    {
        "metrics": {
            "heavy": metric("sum", "receipts", "weight", where={"category": "K1", "total": {"more": 2}}, window=20),
            "milk": metric(
                "count", "lines", where={"brand": {"not_equals": "B1"}, "store": "S1", "total": {"at_most": 7}}
            ),
            "towns": metric("distinct", "receipts", "store_city", window="month"),
            "basket": metric("sum", "orders", "total", where={"product": {"in": ["P1", "P2"]}}, window=30),
            "named": metric("max", "order_lines", "quantity", where={"product_name": {"contains": "N1"}}),
            "calls": metric("count", "events", where={"name": "call", "context.to": {"not_in": ["shop"]}}, window=7),
            "viewed": metric("distinct", "web_events", "product_id", where={"category": "K0"}, window=40),
            "season": metric("sum", "receipts", "total", where={"category": "S0"}, window=30),
            "style": metric("count", "order_lines", where={"category": {"in": ["S1", "K1"]}}),
            "seen": metric("count", "web_events", where={"category": {"not_equals": "S0"}}, window=40),
            "letters": metric("count", "messages", where={"state": {"in": ["suppressed", "planned"]}}, window=15),
            "read": metric("max", "reactions", "occurred_at", where={"channel": {"equals": "sms"}}),
            "void": metric("count", "promocodes", where={"status": "void", "happened": "used"}),
            "left": metric("count", "entries", where={"exit_reason": "finished"}),
            "mailed": metric("distinct", "steps", "campaign", where={"outcome": "messaged"}, window=20),
            "cards": metric("min", "cards", "issued_at"),
            "cart": metric("avg", "containers", "amount", where={"container": "cart", "stock": {"at_least": 2}}),
            "main": metric("median", "bonuses", "active", where={"account": {"starts_with": "MA"}}),
            "answers": metric("distinct", "poll_answers", "answer", window="month"),
            "churn": metric("max", "scores", "churn"),
            "places": metric("min", "visits", "seen", where={"place": {"empty": False}}),
            "ratio": {"title": "R", "expression": "calls / viewed * 2 - bonus_active"},
        }
    }
)
