"""The built-in metrics: name, meaning, and how each is read from the stored sums (alias ``m``) on a day ``$as_of``.

Stored is only what does not change by itself (migration 0002); averages and days since are derived here, when read.
``c`` is the customer's profile. Division is of DOUBLE with ``nullif``: no receipts gives no average, not zero.

What counts: receipts with day <= as_of. Paid and returned receipts and their lines add to sums (returns are negative);
only paid ones are counted as receipts, visits, first, last, median and favourites. Cancelled ones count nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MetricType = Literal["integer", "decimal", "date", "string", "category"]

WINDOWS = {"30d": "in 30 days", "90d": "in 90 days", "365d": "in 365 days", "month": "this month"}
WINDOW_DAYS = {30: "30d", 90: "90d", 365: "365d"}
"""Windows of so many days, as_of included, that are stored. ``month`` is the calendar month of as_of up to as_of."""


@dataclass(frozen=True, slots=True)
class Metric:
    """``read`` is an expression over ``m``, ``c`` and ``x`` (the shop's own metrics); null when there is no value.

    ``definition`` says in words how the figure comes about. ``category`` metrics hold a category_key.
    """

    name: str
    title: str
    type: MetricType
    read: str
    definition: str = ""


def _count(name: str, title: str, definition: str) -> Metric:
    return Metric(name, title, "integer", f"coalesce(m.{name}, 0)", definition)


def _amount(name: str, title: str, definition: str) -> Metric:
    return Metric(name, title, "decimal", f"coalesce(m.{name}, 0)", definition)


def _ratio(name: str, title: str, above: str, below: str, definition: str) -> Metric:
    read = f"cast({above} as double) / nullif(cast({below} as double), 0)"
    return Metric(name, title, "decimal", read, definition)


def _family(suffix: str, when: str) -> tuple[Metric, ...]:
    """The figures that exist for all time (no suffix) and for each window."""
    median = f"median_receipt{suffix}"
    return (
        _count(f"receipts{suffix}", f"Receipts, {when}", "number of paid receipts"),
        _amount(f"revenue{suffix}", f"Revenue, {when}", "sum of totals of paid and returned receipts"),
        _ratio(
            f"average_receipt{suffix}", f"Average receipt, {when}", f"m.revenue{suffix}", f"m.receipts{suffix}",
            "revenue / receipts",
        ),
        Metric(
            median, f"Median receipt, {when}", "decimal", f"m.{median}",
            "median of totals of paid receipts; the mean of the two in the middle when their number is even",
        ),
        _amount(f"items{suffix}", f"Items bought, {when}", "sum of quantities of lines, returned ones subtracted"),
        _ratio(
            f"items_per_receipt{suffix}", f"Items per receipt, {when}", f"m.items{suffix}", f"m.receipts{suffix}",
            "items / receipts",
        ),
        _amount(f"lines_amount{suffix}", f"Amount of lines, {when}", "sum of amounts of lines, returns subtracted"),
        _ratio(
            f"average_item_price{suffix}", f"Average price per item, {when}",
            f"m.lines_amount{suffix}", f"m.items{suffix}", "lines_amount / items",
        ),
        _count(f"visits{suffix}", f"Days with a receipt, {when}", "number of days with a paid receipt"),
        _amount(f"discount{suffix}", f"Discount, {when}", "sum of discounts of paid and returned receipts"),
        _ratio(
            f"discount_share{suffix}", f"Discount as a share of the price before it, {when}",
            f"m.discount{suffix}", f"(m.revenue{suffix} + m.discount{suffix})", "discount / (revenue + discount)",
        ),
        _amount(f"bonus_paid{suffix}", f"Paid with bonuses, {when}", "sum of bonuses used, returns subtracted"),
        _amount(f"bonus_accrued{suffix}", f"Bonuses given, {when}", "sum of bonuses given, returns subtracted"),
        _count(f"promocodes_used{suffix}", f"Promocodes used, {when}", "number of paid receipts with a promocode"),
    )  # fmt: skip


_FAVOURITE = "with most paid receipts, then most money, then the lowest"

BUILT_IN = (
    *_family("", "all time"),
    *(metric for window, when in WINDOWS.items() for metric in _family(f"_{window}", when)),
    Metric("first_receipt", "First receipt", "date", "m.first_receipt", "day of the first paid receipt"),
    Metric("last_receipt", "Last receipt", "date", "m.last_receipt", "day of the last paid receipt"),
    Metric("days_since_last_receipt", "Days since the last receipt", "integer",
           "date_diff('day', m.last_receipt, $as_of)", "as_of - last_receipt"),
    Metric("days_since_registration", "Days since registration", "integer",
           "date_diff('day', cast(c.registered_at as date), $as_of)", "as_of - local day of registered_at"),
    _ratio("days_between_purchases", "Average days between days with a receipt",
           "date_diff('day', m.first_receipt, m.last_receipt)", "(m.visits - 1)",
           "(last_receipt - first_receipt) / (visits - 1)"),
    Metric("favourite_category", "Favourite category", "category", "m.favourite_category",
           f"category {_FAVOURITE} category_id; the product's own node of the tree"),
    Metric("favourite_brand", "Favourite brand", "string", "m.favourite_brand", f"brand {_FAVOURITE} name"),
    Metric("favourite_store", "Favourite store", "string", "m.favourite_store", f"store {_FAVOURITE} store_id"),
    Metric("favourite_weekday", "Favourite weekday, 1 Monday to 7 Sunday", "integer", "m.favourite_weekday",
           f"weekday {_FAVOURITE} number"),
    Metric("favourite_hour", "Favourite hour, 0 to 23", "integer", "m.favourite_hour",
           f"hour of the project's zone {_FAVOURITE} number"),
)  # fmt: skip

_EXPECTED = {"30d": "in the next 30 days", "90d": "in the next 90 days", "365d": "in the next 365 days"}
_VALUE = "expected visits × expected revenue of a visit × margin"

PREDICTED = (
    Metric("probability_alive", "Chance that the customer will come again", "decimal", "p.alive",
           "probability, 0 to 1, by BG/NBD; see docs/prediction.md"),
    *(Metric(f"expected_visits_{window}", f"Expected days with a receipt {when}", "decimal", f"p.visits_{window}",
             "expected number by BG/NBD; a fraction") for window, when in _EXPECTED.items()),
    Metric("expected_visit_revenue", "Expected revenue of a visit", "decimal", "p.average_visit",
           "expected mean by Gamma-Gamma"),
    *(Metric(f"expected_value_{window}", f"Expected value {when}", "decimal", f"p.value_{window}", _VALUE)
      for window, when in _EXPECTED.items()),
    Metric("lifetime_value", "Value of the customer's future", "decimal", "p.lifetime_value",
           f"{_VALUE}, up to the horizon, discounted to today"),
    Metric("next_visit", "Next visit expected by", "date", "p.next_visit",
           "first day by which another visit is more likely than not; none when the customer is more likely gone"),
)  # fmt: skip
"""Read from customer_prediction (alias ``p``), which is filled when ``prediction`` stands in smc.yaml."""

BY_NAME = {metric.name: metric for metric in (*BUILT_IN, *PREDICTED)}
