"""The built-in metrics: name, meaning, and how each is read from the stored sums (alias ``m``) on a day ``$as_of``.

Stored is only what does not change by itself (migration 0002); averages and days since are derived here, when read.
``c`` is the customer's profile. Division is of DOUBLE with ``nullif``: no receipts gives no average, not zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MetricType = Literal["integer", "decimal", "date", "string", "category"]

WINDOWS = {"30d": "the last 30 days", "90d": "the last 90 days", "365d": "the last 365 days", "month": "this month"}


@dataclass(frozen=True, slots=True)
class Metric:
    """``read`` is an expression over ``m`` and ``c``; ``category`` metrics hold a category_key."""

    name: str
    title: str
    type: MetricType
    read: str


def _count(name: str, title: str) -> Metric:
    return Metric(name, title, "integer", f"coalesce(m.{name}, 0)")


def _amount(name: str, title: str) -> Metric:
    return Metric(name, title, "decimal", f"coalesce(m.{name}, 0)")


def _ratio(name: str, title: str, above: str, below: str) -> Metric:
    return Metric(name, title, "decimal", f"cast({above} as double) / nullif(cast({below} as double), 0)")


def _family(suffix: str, when: str) -> tuple[Metric, ...]:
    """The figures that exist for all time (no suffix) and for each window."""
    return (
        _count(f"receipts{suffix}", f"Receipts in {when}"),
        _amount(f"revenue{suffix}", f"Revenue in {when}"),
        _amount(f"items{suffix}", f"Items bought in {when}"),
        _count(f"visits{suffix}", f"Days with a receipt in {when}"),
        _amount(f"discount{suffix}", f"Discount in {when}"),
        _ratio(f"average_receipt{suffix}", f"Average receipt in {when}", f"m.revenue{suffix}", f"m.receipts{suffix}"),
        _ratio(f"items_per_receipt{suffix}", f"Items per receipt in {when}", f"m.items{suffix}", f"m.receipts{suffix}"),
        _ratio(
            f"discount_share{suffix}", f"Discount as a share of the price before it in {when}",
            f"m.discount{suffix}", f"(m.revenue{suffix} + m.discount{suffix})",
        ),
    )  # fmt: skip


BUILT_IN = (
    *_family("", "all time"),
    *(metric for window, when in WINDOWS.items() for metric in _family(f"_{window}", when)),
    Metric("median_receipt", "Median receipt", "decimal", "m.median_receipt"),
    _ratio("average_item_price", "Average price per item", "m.lines_amount", "m.items"),
    _amount("bonus_paid", "Paid with bonuses"),
    _amount("bonus_accrued", "Bonuses given"),
    Metric("first_receipt", "First receipt", "date", "m.first_receipt"),
    Metric("last_receipt", "Last receipt", "date", "m.last_receipt"),
    Metric("days_since_last_receipt", "Days since the last receipt", "integer",
           "date_diff('day', m.last_receipt, $as_of)"),
    Metric("days_since_registration", "Days since registration", "integer",
           "date_diff('day', cast(c.registered_at as date), $as_of)"),
    _ratio("days_between_purchases", "Average days between days with a receipt",
           "date_diff('day', m.first_receipt, m.last_receipt)", "(m.visits - 1)"),
    Metric("favourite_category", "Favourite category", "category", "m.favourite_category"),
    Metric("favourite_brand", "Favourite brand", "string", "m.favourite_brand"),
    Metric("favourite_store", "Favourite store", "string", "m.favourite_store"),
    Metric("favourite_weekday", "Favourite weekday, 1 Monday to 7 Sunday", "integer", "m.favourite_weekday"),
    Metric("favourite_hour", "Favourite hour, 0 to 23", "integer", "m.favourite_hour"),
)  # fmt: skip

BY_NAME = {metric.name: metric for metric in BUILT_IN}
