"""A small shop in plain Python values, how hypothesis makes one, and how it is written into a warehouse."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from smc.config.specs.project import AggregateMetric, CustomerFieldSpec, CustomFieldSpec, FieldsSpec, MetricsSpec
from smc.warehouse import Warehouse
from smc.warehouse.migrate import migrations

AS_OF = date(2017, 6, 30)
ZONE = "America/New_York"
TAGS = tuple(f"t{index}" for index in range(70))
TEXTS = ("Boston", "boston", "O'Hara", "100%", "a_b", "aXb", 'say "hi"', "", "ÄÖ", "Москва", "\\")
BRANDS = ("O'Brien", "Zed")
STORES = ("S1", "0002")
FIELDS = FieldsSpec(
    customer={
        "size": CustomerFieldSpec(title="Size", type="integer"),
        "points": CustomerFieldSpec(title="Points", type="decimal"),
        "club": CustomerFieldSpec(title="Club", type="boolean"),
        "since": CustomerFieldSpec(title="Since", type="date"),
        "seen": CustomerFieldSpec(title="Seen", type="datetime"),
        "note": CustomerFieldSpec(title="Note", type="string"),
    },
    product={"shade": CustomFieldSpec(title="Shade", type="string")},
)
METRICS = MetricsSpec(
    metrics={
        "own_total": AggregateMetric(title="Own total", aggregate="sum", over="receipts", field="total"),
        "own_best": AggregateMetric(title="Own best", aggregate="max", over="receipts", field="total"),
    }
)

# key, id, name, parent; category 5 is only seen on a product and so has no row of its own
CATEGORIES = (
    (1, "F", "Food", None),
    (2, "D", "Dairy", 1),
    (3, "C", "It's 100% cheese_", 2),
    (4, "N", "Non-food", None),
)
# key, id, name, parent, classifier
FURTHER = ((6, "year", "Season", None, "season"), (7, "S'", "Summer", 6, "season"), (8, "look", "Plain", None, "look"))
ANCESTORS = {1: {1}, 2: {2, 1}, 3: {3, 2, 1}, 4: {4}, 5: {5}, 6: {6}, 7: {7, 6}, 8: {8}}
MAIN_KEYS = {"F": 1, "Food": 1, "D": 2, "Dairy": 2, "C": 3, "It's 100% cheese_": 3, "N": 4, "Non-food": 4, "U": 5}
CATEGORY_KEYS = {**MAIN_KEYS, "year": 6, "Season": 6, "S'": 7, "Summer": 7, "Plain": 8}
PRODUCT_IDS = ("p1", "p2", "007", "p'4", "p5", "p6")
# product key → brand, category; product 5 is not in the catalogue
CATALOGUE: dict[int, tuple[str | None, int | None]] = {
    1: ("O'Brien", 3), 2: ("Zed", 2), 3: (None, 1), 4: ("Zed", None), 6: ("O'Brien", 5),
}  # fmt: skip
PLACES: dict[int, dict[str, int]] = {1: {"season": 7, "look": 8, "old": 6}, 2: {"season": 6}, 5: {"season": 7}}
"""Product key → its places in further classifiers; two of them mean one category by mistake."""


def categories_of(category: int | None, product: int | None) -> set[int]:
    """Those in which a row is by its own category or by a place of its product, and all above them."""
    return set().union(*(ANCESTORS[key] for key in (category, *PLACES.get(product or 0, {}).values()) if key))


@dataclass(frozen=True, slots=True)
class Person:
    """``profile`` is None for an id only seen on receipts; ``figures`` for a customer without a paid receipt."""

    key: int
    customer_id: str
    profile: dict[str, Any] | None
    figures: dict[str, Any] | None
    own: dict[str, Any] | None
    rfm: dict[str, Any] | None
    tags: tuple[tuple[str, date], ...]
    permissions: dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Line:
    product: int
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Sale:
    customer: int | None
    store: str | None
    day: date
    status: str
    total: Decimal
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class World:
    people: tuple[Person, ...]
    sales: tuple[Sale, ...]


def days_around() -> st.SearchStrategy[date]:
    """Days at and beside the ends of the windows that rules use, and one after as_of."""
    return st.sampled_from((-1, 0, 0, 1, 6, 7, 8, 29, 30, 31, 400)).map(lambda back: AS_OF - timedelta(days=back))


def instants() -> st.SearchStrategy[datetime]:
    """Around local midnight: 04:00 UTC in summer, 05:00 in winter."""
    hours = (timedelta(hours=hour, seconds=second) for hour in (0, 4, 5, 23) for second in (-1, 0, 1))
    return st.builds(
        lambda day, hour: datetime(day.year, day.month, day.day, tzinfo=UTC) + hour,
        days_around(), st.sampled_from(tuple(hours)),
    )  # fmt: skip


MONEY = st.sampled_from(tuple(map(Decimal, ("-5.00", "0.00", "0.01", "5.00", "9.99", "10.00", "10.01", "100.00"))))
QUANTITY = st.sampled_from(tuple(map(Decimal, ("-1", "0", "0.5", "1", "2", "3"))))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


PROFILE = st.fixed_dictionaries(
    {
        "first_name": maybe(st.sampled_from(TEXTS)),
        "city": maybe(st.sampled_from(TEXTS)),
        "birth_date": maybe(days_around()),
        "registered_at": maybe(instants()),
        "size": maybe(st.integers(-2, 3)),
        "points": maybe(MONEY),
        "club": maybe(st.booleans()),
        "since": maybe(days_around()),
        "seen": maybe(instants()),
        "note": maybe(st.sampled_from(TEXTS)),
    }
)
FIGURES = st.fixed_dictionaries(
    {
        "receipts": st.integers(0, 4),
        "revenue": MONEY,
        "median_receipt": maybe(MONEY),
        "last_receipt": days_around().filter(lambda day: day <= AS_OF),
        "favourite_brand": maybe(st.sampled_from(BRANDS)),
        "favourite_category": maybe(st.sampled_from((1, 2, 3, 4, 5))),
    }
)
OWN = st.fixed_dictionaries({"own_total": MONEY, "own_best": maybe(MONEY)})
RFM = st.fixed_dictionaries(
    {
        "recency": st.integers(1, 5),
        "frequency": st.integers(1, 5),
        "monetary": st.integers(1, 5),
        "cell": maybe(st.sampled_from(("lost", "best"))),
    }
)
CHANNELS = ("email", "sms")
IDS = ("00123", "1e5", "a'b", "100%", "_x", "7", "8 ", "Ä", "N", "NULL", "ghost")


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Eleven customers, the last one without a profile, and some thirty sales, some of nobody."""
    people = tuple(_person(draw, key, customer_id) for key, customer_id in enumerate(IDS, start=1))
    return World(people, tuple(draw(st.lists(SALE, min_size=10, max_size=40))))


def _person(draw: st.DrawFn, key: int, customer_id: str) -> Person:
    tags = draw(st.dictionaries(st.sampled_from(TAGS), days_around(), max_size=4))
    keys = st.tuples(st.sampled_from(CHANNELS), st.sampled_from(("promo", "service")))
    return Person(
        key, customer_id,
        profile=None if customer_id == "ghost" else draw(PROFILE),
        figures=draw(maybe(FIGURES)), own=draw(maybe(OWN)), rfm=draw(maybe(RFM)),
        tags=tuple(tags.items()),
        permissions=draw(st.dictionaries(keys, st.sampled_from(("yes", "no", "unknown")), max_size=2)),
    )  # fmt: skip


SALE = st.builds(
    Sale,
    customer=st.sampled_from((1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, None)),
    store=st.sampled_from((*STORES, None)),
    day=days_around(),
    status=st.sampled_from(("paid", "paid", "paid", "returned", "cancelled")),
    total=MONEY,
    lines=st.lists(
        st.builds(Line, product=st.integers(1, 6), quantity=QUANTITY, amount=MONEY), min_size=0, max_size=3
    ).map(tuple),
)

_TABLES = (
    "customer", "customer_metric", "custom_metric", "rfm", "tag_member", "subscription", "receipt", "receipt_line",
    "segment_member", "rule_member", "watermark",
)  # fmt: skip
_FIGURES_SQL = """insert into customer_metric by name select
    $key as customer_key, $receipts as receipts, cast($revenue as decimal(18, 2)) as revenue,
    cast($median_receipt as decimal(18, 2)) as median_receipt, cast($last_receipt as date) as last_receipt,
    cast($last_receipt as date) as first_receipt, cast($favourite_brand as varchar) as favourite_brand,
    cast($favourite_category as bigint) as favourite_category, {zeros}"""


def write_catalogue(warehouse: Warehouse) -> None:
    """What is the same in every world, once."""
    warehouse.run("alter table custom_metric add column own_total decimal(38, 2)")
    warehouse.run("alter table custom_metric add column own_best decimal(38, 2)")
    _insert(warehouse, "category_ident", [(row[0], row[1]) for row in CATEGORIES] + [(5, "U")])
    _insert(warehouse, "category", [(key, parent, name) for key, _, name, parent in CATEGORIES])
    _insert(warehouse, "category_ident", [(row[0], row[1]) for row in FURTHER])
    _insert(warehouse, "category", [(key, parent, name) for key, _, name, parent, _ in FURTHER])
    for key, *_, classifier in FURTHER:
        warehouse.run("update category set classifier = $name where category_key = $key", name=classifier, key=key)
    pairs = [(key, above, 0) for key, ancestors in ANCESTORS.items() if key != 5 for above in ancestors]
    _insert(warehouse, "category_ancestor", pairs)
    _insert(warehouse, "product_ident", list(enumerate(PRODUCT_IDS, start=1)))
    products = [(key, None, brand, category, None, None, None) for key, (brand, category) in CATALOGUE.items()]
    _insert(warehouse, "product", products)
    write_places(warehouse)
    _insert(warehouse, "store", [(store, None, None, None, None) for store in STORES])
    _insert(warehouse, "customer_ident", list(enumerate(IDS, start=1)))


def write_places(warehouse: Warehouse) -> None:
    """The places of products in further classifiers, and no others."""
    warehouse.run("delete from product_category")
    _insert(
        warehouse,
        "product_category",
        [(product, *place) for product, places in PLACES.items() for place in places.items()],
    )


def write_world(warehouse: Warehouse, world: World) -> None:
    """Replace customers and facts by those of the world; metrics and RFM are as of ``AS_OF``."""
    for table in _TABLES:
        warehouse.run(f"delete from {table}")
    _insert(warehouse, "watermark", [("metric", AS_OF, None), ("rfm", AS_OF, None)])
    for person in world.people:
        _write_person(warehouse, person)
    _insert(warehouse, "receipt", [_receipt(key, sale) for key, sale in enumerate(world.sales)])
    _insert(warehouse, "receipt_line", [row for key, sale in enumerate(world.sales) for row in _lines(key, sale)])


def _write_person(warehouse: Warehouse, person: Person) -> None:
    if person.profile is not None:
        own = {name: _text(person.profile[name]) for name in FIELDS.customer if person.profile[name] is not None}
        warehouse.run(
            """insert into customer by name select $key as customer_key, cast($first_name as varchar) as first_name,
            cast($city as varchar) as city, cast($birth_date as date) as birth_date,
            cast($registered_at as timestamptz) as registered_at,
            cast(map($names, $texts) as map(varchar, varchar)) as custom""",
            key=person.key, names=list(own), texts=list(own.values()),
            **{name: person.profile[name] for name in ("first_name", "city", "birth_date", "registered_at")},
        )  # fmt: skip
    if person.figures is not None:
        warehouse.run(_FIGURES_SQL.format(zeros=_zeros(warehouse)), key=person.key, **person.figures)
    if person.own is not None:
        _insert(warehouse, "custom_metric", [(person.key, person.own["own_total"], person.own["own_best"])])
    if person.rfm is not None:
        _insert(
            warehouse,
            "rfm",
            [(person.key, *(person.rfm[name] for name in ("recency", "frequency", "monetary", "cell")))],
        )
    _insert(warehouse, "tag_member", [(person.key, tag, day, "test") for tag, day in person.tags])
    stamp = datetime(2017, 1, 1, tzinfo=UTC)
    rows = [(person.key, *place, state, stamp, None, None) for place, state in person.permissions.items()]
    _insert(warehouse, "subscription", rows)


def _text(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case date():
            return value.isoformat()
        case _:
            return str(value)


_ZEROS: list[str] = []


def _zeros(warehouse: Warehouse) -> str:
    """Columns of customer_metric that must have a value and that no test reads."""
    if not _ZEROS:
        rows = warehouse.rows(
            "select column_name from information_schema.columns "
            "where table_name = 'customer_metric' and is_nullable = 'NO'"
        )
        given = ("customer_key", "receipts", "revenue", "last_receipt", "first_receipt")
        _ZEROS.extend(row[0] for row in rows if row[0] not in given)
    return ", ".join(f"0 as {name}" for name in _ZEROS)


def _receipt(key: int, sale: Sale) -> tuple[Any, ...]:
    at = datetime(sale.day.year, sale.day.month, sale.day.day, 16, tzinfo=UTC)
    return (key, sale.customer, sale.store, at, sale.day, sale.status, sale.total, None, None, None, None, None)


def _lines(key: int, sale: Sale) -> list[tuple[Any, ...]]:
    counted = sale.status != "cancelled"
    return [
        (
            key, number, line.product, line.quantity, None, line.amount, None, sale.customer, sale.day, counted,
            CATALOGUE.get(line.product, (None, None))[1],
        )
        for number, line in enumerate(sale.lines)
    ]  # fmt: skip


@cache
def _columns(table: str) -> tuple[str, ...]:
    """Columns of a table in the order in which migrations made them."""
    every = "\n".join(text for _, text in migrations())
    made = re.search(rf"^create table {table} \(\n(.*?)\n\);", every, re.DOTALL | re.MULTILINE)
    return tuple(re.findall(r"^ +(\w+)", made[1], re.MULTILINE)) if made else ()


def _insert(warehouse: Warehouse, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows may leave out the last columns; those of custom_metric come with the metrics."""
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        every = ", ".join(f"({marks})" for _ in rows)
        names = "" if table == "custom_metric" else f" ({', '.join(_columns(table)[: len(rows[0])])})"
        warehouse.connection.execute(
            f"insert into {table}{names} values {every}", [value for row in rows for value in row]
        )
