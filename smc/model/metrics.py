"""The built-in metrics: name, meaning, and how each is read from what is stored on a day ``$as_of``.

Stored is only what does not change by itself (migrations 0002 and 0011); averages and days since are derived here,
when read. Division is of DOUBLE with ``nullif``: no receipts gives no average, not zero.

What counts: rows with day <= as_of. Paid and returned receipts and their lines add to sums (returns are negative);
only paid ones are counted as receipts, visits, first, last, median and favourites. Cancelled ones count nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date
from decimal import Decimal
from typing import Literal

MetricType = Literal["integer", "decimal", "date", "string", "category"]

WINDOWS = {"30d": "in 30 days", "90d": "in 90 days", "365d": "in 365 days", "month": "this month"}
WINDOW_DAYS = {30: "30d", 90: "90d", 365: "365d"}
"""Windows of so many days that are stored: as_of is the last, or the day before where rows count from the next day on.
``month`` is the calendar month of as_of up to as_of."""
CHANNELS = {
    "email": "by e-mail", "sms": "by SMS", "push": "by push", "viber": "by Viber", "messenger": "by messenger",
    "in_app": "in the app", "popup": "by pop-up",
}  # fmt: skip
"""Channels that have figures of their own, beside those of all channels together."""

Window = int | Literal["month"] | None
Function = Literal["count", "sum", "avg", "min", "max", "median", "distinct"]
TestValue = str | int | Decimal | bool | date


@dataclass(frozen=True, slots=True)
class Test:
    """A field of a fact compared with values; ``operator`` as in YAML, ``in_`` for ``in``. Never null.

    ``placed``: the values are categories in which products have places beside their ``category_id``. It changes how
    they are read and not what is found, so it is not shown.
    """

    field: str
    operator: str
    values: tuple[TestValue, ...]
    placed: bool = attribute(default=False, repr=False)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A figure over the rows of a fact (smc/model/facts.py) that pass all tests and lie in the window."""

    function: Function
    over: str
    field: str | None = None
    where: tuple[Test, ...] = ()
    window: Window = None

    @property
    def zero(self) -> bool:
        """Whether no rows give zero; otherwise they give no value."""
        return self.function in ("count", "distinct", "sum")


@dataclass(frozen=True, slots=True)
class Metric:
    """``read`` is SQL over the customer's rows of the metric tables; null when there is no value.

    Aliases: ``m`` customer_metric, ``a`` customer_activity, ``x`` custom_metric (the shop's own), ``c`` customer,
    ``p`` customer_prediction.
    ``definition`` says in words how the figure comes about. ``category`` metrics hold a category_key. ``aggregate``:
    what fills the column of the same name in customer_activity, where one does. ``ratio``: SQL of the parts above and
    below, over ``m`` alone, of a built-in figure that divides.
    """

    name: str
    title: str
    type: MetricType
    read: str
    definition: str = ""
    aggregate: Aggregate | None = None
    ratio: tuple[str, str] | None = None


def read_of(table: str, column: str, aggregate: Aggregate) -> str:
    """How a stored aggregate is read. A sum that is null beside other figures was too large for its column."""
    if not aggregate.zero:
        return f"{table}.{column}"
    if aggregate.function != "sum":
        return f"coalesce({table}.{column}, 0)"
    return f"case when {table}.customer_key is null then 0 else {table}.{column} end"


def _count(name: str, title: str, definition: str) -> Metric:
    return Metric(name, title, "integer", f"coalesce(m.{name}, 0)", definition)


def _amount(name: str, title: str, definition: str) -> Metric:
    read = f"case when m.customer_key is null then 0 else m.{name} end"
    return Metric(name, title, "decimal", read, definition)


def _ratio(name: str, title: str, above: str, below: str, definition: str) -> Metric:
    read = f"cast({above} as double) / nullif(cast({below} as double), 0)"
    return Metric(name, title, "decimal", read, definition, ratio=(above, below))


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


def _days(suffix: str = "", when: str = "") -> tuple[Metric, ...]:
    """Days with a paid receipt, of all time and of a window. The last one of all time is that of a window with any."""
    first, visits, of = f"m.first_receipt{suffix}", f"m.visits{suffix}", " of the window" if suffix else ""
    last = f"case when {visits} > 0 then m.last_receipt end" if suffix else "m.last_receipt"
    return (
        Metric(f"first_receipt{suffix}", f"First receipt{when}", "date", first, f"day of the first paid receipt{of}"),
        Metric(f"last_receipt{suffix}", f"Last receipt{when}", "date", last, f"day of the last paid receipt{of}"),
        _ratio(f"days_between_purchases{suffix}", f"Average days between days with a receipt{when}",
               f"date_diff('day', {first}, m.last_receipt)", f"({visits} - 1)",
               "(last_receipt - first_receipt) / (visits - 1); no value with fewer than two such days"),
    )  # fmt: skip


_FAVOURITE = "with most paid receipts, then most money, then the lowest"

RECEIPT_METRICS = (
    *_family("", "all time"),
    *(metric for window, when in WINDOWS.items() for metric in _family(f"_{window}", when)),
    *_days(),
    *(metric for window, when in WINDOWS.items() for metric in _days(f"_{window}", f", {when}")),
    Metric("days_since_last_receipt", "Days since the last receipt", "integer",
           "date_diff('day', m.last_receipt, $as_of)", "as_of - last_receipt"),
    Metric("days_since_registration", "Days since registration", "integer",
           "date_diff('day', cast(c.registered_at as date), $as_of)", "as_of - local day of registered_at"),
    Metric("favourite_category", "Favourite category", "category", "m.favourite_category",
           f"category {_FAVOURITE} category_id; the product's own node of the tree"),
    Metric("favourite_brand", "Favourite brand", "string", "m.favourite_brand", f"brand {_FAVOURITE} name"),
    Metric("favourite_store", "Favourite store", "string", "m.favourite_store", f"store {_FAVOURITE} store_id"),
    Metric("favourite_weekday", "Favourite weekday, 1 Monday to 7 Sunday", "integer", "m.favourite_weekday",
           f"weekday {_FAVOURITE} number"),
    Metric("favourite_hour", "Favourite hour, 0 to 23", "integer", "m.favourite_hour",
           f"hour of the project's zone {_FAVOURITE} number"),
)  # fmt: skip
"""Over receipts and their lines: from customer_metric."""

_RECEIVED = Test("state", "in_", ("sent", "accepted", "delivered"))


def _stored(name: str, title: str, kind: MetricType, definition: str, aggregate: Aggregate) -> Metric:
    return Metric(name, title, kind, read_of("a", name, aggregate), definition, aggregate)


def _messages(suffix: str, when: str, window: Window) -> Iterator[Metric]:
    """Messages received, opened and clicked, of all channels and of each."""
    for channel, title in {"": "", **CHANNELS}.items():
        by = f"_{channel}" if channel else ""
        on = f" {title}" if title else ""
        only = (Test("channel", "equals", (channel,)),) if channel else ()
        received = Aggregate("count", "messages", None, (_RECEIVED, *only), window)
        yield _stored(
            f"messages{by}{suffix}", f"Messages received{on}, {when}", "integer",
            "number of messages that were taken over or delivered, by the day on which they left, from the next day on",
            received,
        )  # fmt: skip
        for reaction in ("opened", "clicked"):
            tests = (Test("reaction", "equals", (reaction,)), *only)
            yield _stored(
                f"{reaction}{by}{suffix}", f"Messages {reaction}{on}, {when}", "integer",
                f"number of mailings of which the customer {reaction} a message, by the day of doing so",
                Aggregate("distinct", "reactions", "campaign", tests, window),
            )  # fmt: skip


def _activity(suffix: str, when: str, window: Window) -> Iterator[Metric]:
    """The figures over other facts that exist for all time and for each window."""
    issued = Aggregate("count", "promocodes", None, (Test("happened", "equals", ("issued",)),), window)
    given = "number of codes given to the customer"
    yield _stored(f"promocodes_issued{suffix}", f"Promocodes issued, {when}", "integer",
                  given if window is None else f"{given} by smc, by the day of doing so", issued)  # fmt: skip
    used = Aggregate("count", "promocodes", None, (Test("happened", "equals", ("used",)),), window)
    yield _stored(f"promocodes_redeemed{suffix}", f"Redemptions of promocodes, {when}", "integer",
                  "number of redemptions that feeds brought; promocodes_used counts receipts", used)  # fmt: skip
    yield from _messages(suffix, when, window)
    yield _stored(f"site_visits{suffix}", f"Days on the site, {when}", "integer", "number of days with a web event",
                  Aggregate("distinct", "web_events", "day", (), window))  # fmt: skip
    yield _stored(f"orders{suffix}", f"Orders, {when}", "integer", "number of orders that count",
                  Aggregate("count", "orders", None, (), window))  # fmt: skip
    yield _stored(f"orders_total{suffix}", f"Ordered, {when}", "decimal", "sum of totals of orders that count",
                  Aggregate("sum", "orders", "total", (), window))  # fmt: skip


def _last(name: str, title: str, over: str, where: tuple[Test, ...], definition: str) -> tuple[Metric, Metric]:
    """A day, and the days since then."""
    last = _stored(f"last_{name}", f"Last {title}", "date", definition, Aggregate("max", over, "day", where))
    since = Metric(f"days_since_last_{name}", f"Days since the last {title}", "integer",
                   f"date_diff('day', a.last_{name}, $as_of)", f"as_of - last_{name}")  # fmt: skip
    return last, since


def _bonus(field: str, title: str, definition: str) -> Metric:
    return _stored(f"bonus_{field}", title, "decimal", definition, Aggregate("sum", "bonuses", field))


_EXPIRES = Aggregate("min", "bonuses", "expires_on", (Test("expiring", "more", (0,)),))

ACTIVITY_METRICS = (
    _bonus("active", "Bonuses to spend", "sum over the bonus accounts of what can be spent"),
    _bonus("pending", "Bonuses to come", "sum over the bonus accounts of what will be active later"),
    _bonus("expiring", "Bonuses that expire next", "sum over the bonus accounts of what expires next"),
    _stored("bonus_expires_on", "Day when bonuses expire next", "date",
            "earliest day of expiry among bonus accounts of which something expires", _EXPIRES),
    Metric("days_until_bonus_expires", "Days until bonuses expire", "integer",
           "date_diff('day', $as_of, a.bonus_expires_on)", "bonus_expires_on - as_of"),
    *_activity("", "all time", None),
    *_activity("_30d", "in 30 days", 30),
    *_activity("_90d", "in 90 days", 90),
    *_activity("_365d", "in 365 days", 365),
    *_activity("_month", "this month", "month"),
    *_last("message", "message", "messages", (_RECEIVED,), "day of the last message that was received"),
    *_last("opened", "message opened", "reactions", (Test("reaction", "equals", ("opened",)),),
           "day of the last opening of a message"),
    *_last("clicked", "click", "reactions", (Test("reaction", "equals", ("clicked",)),),
           "day of the last click on a link in a message"),
    *_last("site_visit", "visit of the site", "web_events", (), "day of the last web event"),
    *_last("order", "order", "orders", (), "day of the last order that counts"),
)  # fmt: skip
"""Over other facts: from customer_activity."""

BUILT_IN = (*RECEIPT_METRICS, *ACTIVITY_METRICS)
_EXPECTED = {"30d": "in the next 30 days", "90d": "in the next 90 days", "365d": "in the next 365 days"}
_VALUE = "expected visits times expected revenue of a visit times margin"

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
