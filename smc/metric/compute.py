"""Compute metrics and RFM for a day: for everyone, or only for those whose figures can have changed.

One text of SQL serves both; only the scope differs. The result is the same, row for row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlglot import exp

from smc.config.specs.project import ExpressionMetric, MetricsSpec, RfmSpec
from smc.metric import rfm as rfm_scores
from smc.metric.custom import Column, columns, definition
from smc.metric.resolve import resolve
from smc.metric.window import DayRange, first_of_month, moved, since
from smc.model.metrics import WINDOW_DAYS
from smc.warehouse import DuckDBEngine, Warehouse, any_of, name, sql, statement
from smc.warehouse.zone import check_zone

_PARTS = ("receipts", "visits", "lines")
_FAVOURITES = ("category", "brand", "store", "weekday", "hour")
_TEXTS = (*_PARTS, *(f"count_{what}" for what in _FAVOURITES), "favourite", "store")
_TOUCHED = "customer_key in (select customer_key from metric_touched)"
_OWN = "metric:"


@dataclass(frozen=True, slots=True)
class MetricResult:
    """``computed`` of ``customers`` were computed, the rest stood; ``own`` metrics were computed for all of them."""

    full: bool
    customers: int
    computed: int
    own: tuple[str, ...]
    scored: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What the warehouse holds, from ``watermark``: the day, and definitions by name."""

    as_of: date | None
    definitions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What it shall hold: the columns of each own metric, and definitions by the same names."""

    own: Mapping[str, tuple[Column, ...]]
    definitions: Mapping[str, str]

    def windows(self) -> set[int]:
        parts = [column for group in self.own.values() for column in group]
        return {*WINDOW_DAYS, *(column.spec.window for column in parts if column.spec.window is not None)}


def compute(
    warehouse: Warehouse, *, metrics: MetricsSpec, rfm: RfmSpec, as_of: date, full: bool = False
) -> MetricResult:
    """Fill customer_metric, custom_metric, rfm and rfm_boundary as of a day, in one transaction.

    Everyone is computed at the first time, for a day before the last one, after a change of smc's own definitions or
    of the time zone, and when ``full`` asks for it. A changed metric of the shop is computed for everyone by itself.
    Raises ``RunError`` for names that the warehouse does not know, and when its days are of another time zone.
    """
    check_zone(warehouse)
    known, wanted = _known(warehouse), _wanted(warehouse, metrics, rfm)
    full = full or _must_be_full(known, wanted, as_of)
    with warehouse.transaction():
        changed = _shape(warehouse, known, wanted)
        computed = _compute_all(warehouse, wanted, as_of) if full else _compute_touched(warehouse, known, wanted, as_of)
        if not full:
            _fill(warehouse, [column for own in changed for column in wanted.own[own]], as_of)
        stale = full or computed or known.as_of != as_of or known.definitions.get("rfm") != wanted.definitions["rfm"]
        if stale:
            rfm_scores.score(warehouse, rfm, as_of)
        if stale or known.definitions != wanted.definitions:
            _remember(warehouse, wanted, as_of)
    customers, scored = warehouse.rows("select (select count(*) from customer_metric), (select count(*) from rfm)")[0]
    return MetricResult(full, customers, customers if full else computed, changed, scored)


def _known(warehouse: Warehouse) -> _Known:
    rows = warehouse.rows("select name, as_of, definition from watermark")
    ours = [row for row in rows if row[0] in ("metric", "rfm") or row[0].startswith(_OWN)]
    day = next((as_of for key, as_of, _ in ours if key == "metric"), None)
    return _Known(day, {key: text for key, _, text in ours})


def _wanted(warehouse: Warehouse, metrics: MetricsSpec, rfm: RfmSpec) -> _Wanted:
    specs = {own: spec for own, spec in metrics.metrics.items() if not isinstance(spec, ExpressionMetric)}
    own = {key: columns(key, spec) for key, spec in resolve(warehouse, specs).items()}
    zone = warehouse.value("select current_setting('TimeZone')")
    built_in = "\n".join([zone, *(statement("smc.metric", text) for text in _TEXTS)])
    definitions = {
        "metric": sha256(built_in.encode()).hexdigest(),
        "rfm": rfm_scores.definition(rfm),
        **{_OWN + key: definition(parts) for key, parts in own.items()},
    }
    return _Wanted(own, definitions)


def _must_be_full(known: _Known, wanted: _Wanted, as_of: date) -> bool:
    if known.as_of is None or as_of < known.as_of:
        return True
    return known.definitions["metric"] != wanted.definitions["metric"]


def _shape(warehouse: Warehouse, known: _Known, wanted: _Wanted) -> tuple[str, ...]:
    """Give custom_metric the columns it shall have, empty where the definition is new; the metrics that are new."""
    changed = tuple(own for own in wanted.own if known.definitions.get(_OWN + own) != wanted.definitions[_OWN + own])
    keep = {column.name for own, parts in wanted.own.items() if own not in changed for column in parts}
    have = {row[0] for row in warehouse.rows("select column_name from (describe custom_metric)")}
    for column in sorted(have - keep - {"customer_key"}):
        warehouse.run(sql("alter table custom_metric drop column $column", column=name(column)))
    for column in (column for own in changed for column in wanted.own[own]):
        warehouse.run(f"alter table custom_metric add column {name(column.name).sql()} {column.type}")
    return changed


def _compute_all(warehouse: Warehouse, wanted: _Wanted, as_of: date) -> int:
    _catalogue(warehouse)
    return _compute(warehouse, wanted, as_of, exp.true())


def _compute_touched(warehouse: Warehouse, known: _Known, wanted: _Wanted, as_of: date) -> int:
    """Compute those whose figures can differ from the stored ones; how many they are."""
    _catalogue(warehouse)
    ranges = moved(known.as_of or as_of, as_of, wanted.windows())
    query = sql(statement("smc.metric", "touched"), moved=any_of([_within(days) for days in ranges]))
    DuckDBEngine(warehouse).materialise("metric_touched", query)
    touched: int = warehouse.value("select count(*) from metric_touched")
    if touched:
        _compute(warehouse, wanted, as_of, sql(_TOUCHED))
    warehouse.run("drop table metric_touched")
    return touched


def _within(days: DayRange) -> exp.Expr:
    return sql("(day > $after and day <= $until)", after=days[0], until=days[1])


def _catalogue(warehouse: Warehouse) -> None:
    """Leave the products that moved in ``metric_changed_product``, and remember the catalogue as it is now."""
    engine = DuckDBEngine(warehouse)
    engine.materialise("metric_product_now", sql(statement("smc.metric", "products")))
    engine.materialise("metric_changed_product", sql(statement("smc.metric", "changed_products")))
    if warehouse.value("select count(*) from metric_changed_product"):
        warehouse.run("delete from metric_product")
        warehouse.run("insert into metric_product select product_key, brand, categories from metric_product_now")
    warehouse.run("drop table metric_product_now")


def _compute(warehouse: Warehouse, wanted: _Wanted, as_of: date, scope: exp.Expr) -> int:
    """Replace the rows of the customers in scope, built-in metrics first; the number of rows written."""
    temporary = _built_in(warehouse, as_of, scope)
    warehouse.run(sql("delete from customer_metric where $scope", scope=scope))
    written = warehouse.run(statement("smc.metric", "store"))
    warehouse.run(sql("delete from custom_metric where $scope", scope=scope))
    parts = [column for group in wanted.own.values() for column in group]
    temporary += _own(warehouse, parts, as_of, scope)
    for table in temporary:
        warehouse.run(sql("drop table $table", table=name(table)))
    return written


def _built_in(warehouse: Warehouse, as_of: date, scope: exp.Expr) -> list[str]:
    """Materialise the parts of customer_metric; the temporary tables they lie in."""
    engine = DuckDBEngine(warehouse)
    days = {f"since_{window}": since(as_of, window) for window in WINDOW_DAYS} | {"month": first_of_month(as_of)}
    for part in _PARTS:
        engine.materialise(f"metric_{part}", sql(statement("smc.metric", part), as_of=as_of, scope=scope, **days))
    for what in _FAVOURITES:
        engine.materialise("metric_count", sql(statement("smc.metric", f"count_{what}"), as_of=as_of, scope=scope))
        engine.materialise(f"metric_favourite_{what}", sql(statement("smc.metric", "favourite")))
    return ["metric_count", *(f"metric_{part}" for part in _PARTS), *(f"metric_favourite_{w}" for w in _FAVOURITES)]


def _own(warehouse: Warehouse, parts: Sequence[Column], as_of: date, scope: exp.Expr) -> list[str]:
    """Insert the rows of custom_metric for the customers in scope; the temporary tables made on the way."""
    engine = DuckDBEngine(warehouse)
    rows = exp.select("m.customer_key").from_("customer_metric as m")
    rows = rows.where(sql("m.customer_key in (select customer_key from customer_metric where $scope)", scope=scope))
    tables = [f"metric_own_{number}" for number, _ in enumerate(parts)]
    for column, table in zip(parts, tables, strict=True):
        engine.materialise(table, column.query(as_of, scope))
        rows = rows.select(exp.column("value", table=table))
        rows = rows.join(exp.table_(table), on=f"{table}.customer_key = m.customer_key", join_type="left")
    targets = [name("customer_key"), *(name(column.name) for column in parts)]
    warehouse.run(exp.insert(rows, "custom_metric", columns=targets))
    return tables


def _fill(warehouse: Warehouse, parts: Sequence[Column], as_of: date) -> None:
    """Write new columns for everyone; the other columns stay as they are."""
    for column in parts:
        DuckDBEngine(warehouse).materialise("metric_own", column.query(as_of, exp.true()))
        text = "update custom_metric set value = o.value from metric_own as o where o.customer_key = $key"
        update = sql(text, key=exp.column("customer_key", table="custom_metric"))
        update.expressions[0].set("this", exp.column(name(column.name)))  # what is set cannot be a hole
        warehouse.run(update)
        warehouse.run("drop table metric_own")


def _remember(warehouse: Warehouse, wanted: _Wanted, as_of: date) -> None:
    warehouse.run("delete from customer_touched")
    warehouse.run(f"delete from watermark where name in ('metric', 'rfm') or starts_with(name, '{_OWN}')")
    for key, text in wanted.definitions.items():
        warehouse.run(
            "insert into watermark values ($name, $as_of, $definition)", name=key, as_of=as_of, definition=text
        )
