"""Everything the warehouse knows about one customer, for ``smc customer show`` and for a person who asks."""

from __future__ import annotations

from datetime import date
from typing import Any

from smc.config.metrics import catalog
from smc.config.profile import profile_fields
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.errors import UsageError
from smc.model.metrics import Metric
from smc.warehouse import Warehouse, sql, statement

LISTS = ("segments", "tags", "permissions", "campaigns", "messages", "receipts")


def dossier(
    warehouse: Warehouse, customer_id: str, *, fields: FieldsSpec, metrics: MetricsSpec, as_of: date
) -> dict[str, Any]:
    """Profile and metrics as name → value, the rest as lists of rows; ``UsageError`` for an id never seen."""
    key = warehouse.value(statement("smc.report", "customer_key"), id=customer_id)
    if key is None:
        raise UsageError(f"no customer has the id '{customer_id}'", remedy="Ids are text: 00123 is not 123.")
    profile = {field.name: field.read for field in profile_fields(fields).values()}
    figures = {metric.name: _read(metric) for metric in catalog(metrics, fields).values()}
    return {
        "profile": _one(warehouse, profile, key, as_of),
        "metrics": _one(warehouse, figures, key, as_of),
        "rfm": next(
            iter(warehouse.records("select * exclude (customer_key) from rfm where customer_key = $k", k=key)), {}
        ),
        **{part: warehouse.records(statement("smc.report", f"customer_{part}"), key=key) for part in LISTS},
    }


def _read(metric: Metric) -> str:
    """A category is shown by its name; its key means nothing outside."""
    if metric.type != "category":
        return metric.read
    return f"(select k.name from category as k where k.category_key = {metric.read})"


def _one(warehouse: Warehouse, reads: dict[str, str], key: int, as_of: date) -> dict[str, Any]:
    """The expressions of one customer. They are our own text: catalogue expressions, never a user's."""
    columns = ", ".join(f'{read} as "{name}"' for name, read in reads.items())
    holes = {"as_of": as_of} if "$as_of" in columns else {}
    query = sql(
        f"""
        select {columns}
        from customer_ident as i
        left join customer as c on c.customer_key = i.customer_key
        left join customer_metric as m on m.customer_key = i.customer_key
        left join customer_activity as a on a.customer_key = i.customer_key
        left join custom_metric as x on x.customer_key = i.customer_key
        left join customer_prediction as p on p.customer_key = i.customer_key
        where i.customer_key = $key
        """,
        key=key, **holes,
    )  # fmt: skip
    return warehouse.records(query)[0]
