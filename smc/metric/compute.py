"""Compute metrics and RFM for a day: for everyone, or only for those whose figures can have changed.

One text of SQL serves both; only the scope differs. The result is the same, row for row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

from smc.config.facts import facts_of
from smc.config.specs.metric import MetricsSpec
from smc.config.specs.project import FieldsSpec, RfmSpec
from smc.metric import receipts
from smc.metric import rfm as rfm_scores
from smc.metric.aged import put_back, take_off
from smc.metric.aggregate import Column
from smc.metric.columns import ACTIVITY, definition, own_columns
from smc.metric.figures import Figures, empty_rows
from smc.metric.nulls import lost_in_expressions
from smc.metric.scope import ACTIVE, AGED, ANEW, TOUCHED, Scope
from smc.metric.touched import find_touched, remember_all
from smc.model.facts import Fact
from smc.warehouse import Warehouse, name, sql
from smc.warehouse.marts import marts_ready
from smc.warehouse.zone import check_zone

_OWN = "metric:"
TABLES = ("customer_metric", "customer_activity", "custom_metric")
"""The figures that a computation writes, beside RFM."""
_STALE = (
    ("customer_metric", ANEW), ("customer_metric", AGED), ("customer_activity", ACTIVE), ("custom_metric", ACTIVE),
)  # fmt: skip
"""Whose rows of each table a night writes anew."""


@dataclass(frozen=True, slots=True)
class MetricResult:
    """``computed`` of ``customers`` were computed, the rest stood; ``own`` metrics were computed for all of them.

    ``nulls``: for how many of the computed customers a metric has no value because it was too large for a number or
    was divided by zero.
    """

    full: bool
    customers: int
    computed: int
    own: tuple[str, ...]
    scored: int
    nulls: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    """What the warehouse holds, from ``watermark``: the day, and definitions by name."""

    as_of: date | None
    definitions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What it shall hold: the columns of each own metric, and definitions by the same names.

    ``activity``: the columns of customer_activity that are filled. ``only``: columns that are asked for; None is all.
    """

    metrics: MetricsSpec
    fields: FieldsSpec
    facts: Mapping[str, Fact]
    own: Mapping[str, tuple[Column, ...]]
    definitions: Mapping[str, str]
    activity: tuple[Column, ...] = ACTIVITY
    only: frozenset[str] | None = None

    @property
    def own_columns(self) -> tuple[Column, ...]:
        return tuple(column for group in self.own.values() for column in group)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Everything that is over facts."""
        return (*self.activity, *self.own_columns)


def compute(
    warehouse: Warehouse,
    *,
    metrics: MetricsSpec,
    rfm: RfmSpec,
    as_of: date,
    full: bool = False,
    fields: FieldsSpec | None = None,
    only: Collection[str] | None = None,
) -> MetricResult:
    """Fill customer_metric, customer_activity, custom_metric, rfm and rfm_boundary as of a day, in one transaction.

    Everyone is computed at the first time, for a day before the last one, after a change of smc's own definitions or
    of the time zone, and when ``full`` asks for it. A changed metric of the shop is computed for everyone by itself.
    Who was computed is noted for the segments. Without ``fields`` custom fields and marts are not known.
    ``only``: names of columns that somebody asks for. Favourites and activity that are not among them stay empty, and
    nobody counts what has no value.
    Raises ``RunError`` for names that the warehouse does not know, and when its days are of another time zone.
    """
    check_zone(warehouse)
    with marts_ready(warehouse, fields or FieldsSpec()), warehouse.any_order(), warehouse.transaction():
        return compute_within(warehouse, metrics=metrics, rfm=rfm, as_of=as_of, full=full, fields=fields, only=only)


def compute_within(
    warehouse: Warehouse,
    *,
    metrics: MetricsSpec,
    rfm: RfmSpec,
    as_of: date,
    full: bool = False,
    fields: FieldsSpec | None = None,
    only: Collection[str] | None = None,
) -> MetricResult:
    """As ``compute``, in a transaction of the caller's."""
    known, wanted = _known(warehouse), _wanted(warehouse, metrics, rfm, fields or FieldsSpec())
    if only is not None:
        wanted = replace(wanted, activity=tuple(one for one in ACTIVITY if one.name in only), only=frozenset(only))
    last = known.as_of
    if full or last is None or as_of < last or known.definitions["metric"] != wanted.definitions["metric"]:
        full, last = True, None
    changed = _shape(warehouse, known, wanted)
    computed, nulls = (
        _compute_all(warehouse, wanted, as_of)
        if last is None
        else _compute_touched(warehouse, wanted, changed, last, as_of)
    )
    if full or changed:
        _note_everyone(warehouse)
    stale = full or computed or known.as_of != as_of or known.definitions.get("rfm") != wanted.definitions["rfm"]
    if stale:
        rfm_scores.score(warehouse, rfm, as_of)
    if stale or known.definitions != wanted.definitions:
        _remember(warehouse, wanted, as_of)
    customers, scored = warehouse.rows("select (select count(*) from customer_metric), (select count(*) from rfm)")[0]
    told = tuple(sorted((metric, count) for metric, count in nulls.items() if count))
    return MetricResult(full, customers, customers if full else computed, changed, scored, told)


def _known(warehouse: Warehouse) -> _Known:
    rows = warehouse.rows("select name, as_of, definition from watermark")
    ours = [row for row in rows if row[0] in ("metric", "rfm") or row[0].startswith(_OWN)]
    day = next((as_of for key, as_of, _ in ours if key == "metric"), None)
    return _Known(day, {key: text for key, _, text in ours})


def _wanted(warehouse: Warehouse, metrics: MetricsSpec, rfm: RfmSpec, fields: FieldsSpec) -> _Wanted:
    facts = facts_of(fields)
    own = own_columns(warehouse, metrics, facts)
    zone = warehouse.value("select current_setting('TimeZone')")
    built_in = "\n".join([zone, receipts.meaning(), definition(ACTIVITY, facts)])
    definitions = {
        "metric": sha256(built_in.encode()).hexdigest(),
        "rfm": rfm_scores.definition(rfm),
        **{_OWN + key: definition(group, facts) for key, group in own.items()},
    }
    return _Wanted(metrics, fields, facts, own, definitions)


def _shape(warehouse: Warehouse, known: _Known, wanted: _Wanted) -> tuple[str, ...]:
    """Give custom_metric the columns it shall have, empty where the definition is new; the metrics that are new."""
    changed = tuple(own for own in wanted.own if known.definitions.get(_OWN + own) != wanted.definitions[_OWN + own])
    keep = {column.name for own, group in wanted.own.items() if own not in changed for column in group}
    have = {row[0] for row in warehouse.rows("select column_name from (describe custom_metric)")}
    gone = sorted(have - keep - {"customer_key"})
    for column in gone:
        warehouse.run(sql("alter table custom_metric drop column $column", column=name(column)))
    for column in (column for own in changed for column in wanted.own[own]):
        nothing = " default 0" if column.aggregate.zero else ""
        kind = f"{column.type(wanted.facts)}{nothing}"
        warehouse.run(f"alter table custom_metric add column {name(column.name).sql()} {kind}")
    if gone:
        _drop_empty(warehouse, wanted)
    return changed


def _drop_empty(warehouse: Warehouse, wanted: _Wanted) -> None:
    warehouse.run(sql("delete from custom_metric where $empty", empty=empty_rows(wanted.own_columns)))


def _compute_all(warehouse: Warehouse, wanted: _Wanted, as_of: date) -> tuple[int, dict[str, int]]:
    remember_all(warehouse, wanted.columns, wanted.facts)
    for table in TABLES:
        warehouse.run(f"delete from {table}")
    written = _write_receipts(warehouse, wanted, as_of, Scope())
    lost = _write_facts(warehouse, wanted, as_of, Scope())
    return written, lost | _lost(warehouse, wanted, as_of, Scope())


def _compute_touched(
    warehouse: Warehouse, wanted: _Wanted, changed: Sequence[str], last: date, as_of: date
) -> tuple[int, dict[str, int]]:
    """Compute those whose figures can differ from the stored ones, and new metrics for everyone."""
    filled = [column for own in changed for column in wanted.own[own]]
    touched = find_touched(warehouse, wanted.columns, wanted.facts, last, as_of, filled=filled)
    nulls: dict[str, int] = {}
    if touched:
        take_off(warehouse, last, as_of)
        for table, keys in _STALE:
            warehouse.run(f"delete from {table} where customer_key in (select customer_key from {keys})")
        _write_receipts(warehouse, wanted, as_of, Scope(ANEW))
        put_back(warehouse)
        lost = _write_facts(warehouse, wanted, as_of, Scope(ACTIVE))
        nulls = lost | _lost(warehouse, wanted, as_of, Scope(TOUCHED), written=(ANEW, AGED))
        warehouse.run(f"insert into segment_touched select customer_key from {TOUCHED}")
    for table in (TOUCHED, ANEW, AGED, ACTIVE):
        warehouse.run(f"drop table {table}")
    if filled:
        nulls |= _fill(warehouse, wanted, filled, as_of)
    return touched, nulls


def _write_receipts(warehouse: Warehouse, wanted: _Wanted, as_of: date, scope: Scope) -> int:
    """Insert the rows of customer_metric of those in scope, in parts that fit into memory; how many."""
    receipts.prepare(warehouse)
    parts = scope.parts(warehouse, receipts.READS)
    written = sum(receipts.write_receipt_figures(warehouse, as_of, part, wanted.only) for part in parts)
    receipts.clear(warehouse)
    return written


def _write_facts(warehouse: Warehouse, wanted: _Wanted, as_of: date, scope: Scope) -> dict[str, int]:
    """Insert the rows of figures over facts of those in scope; what has no value."""
    tables = {"customer_activity": wanted.activity, "custom_metric": wanted.own_columns}
    figures = Figures(warehouse, wanted.facts, tables, as_of)
    for part in scope.parts(warehouse, figures.reads):
        figures.write(part)
    return figures.lost


def _lost(
    warehouse: Warehouse, wanted: _Wanted, as_of: date, scope: Scope, *, written: Sequence[str] = ()
) -> dict[str, int]:
    """Figures over receipts and expressions without a value, by metric; nobody counts them when some are left out.

    ``written``: tables of those whose figures over receipts are new; none is everyone.
    """
    if wanted.only is not None:
        return {}
    return receipts.lost(warehouse, written) | lost_in_expressions(
        warehouse, wanted.metrics, wanted.fields, as_of, scope
    )


def _fill(warehouse: Warehouse, wanted: _Wanted, columns: Sequence[Column], as_of: date) -> dict[str, int]:
    """Write new columns for everyone; the other columns stay as they are."""
    figures = Figures(warehouse, wanted.facts, {"custom_metric": columns}, as_of)
    for part in Scope().parts(warehouse, figures.reads):
        figures.fill(part)
    _drop_empty(warehouse, wanted)
    return figures.lost


def _note_everyone(warehouse: Warehouse) -> None:
    """A row with no key says to the segments that everyone must be looked at."""
    warehouse.run("delete from segment_touched")
    warehouse.run("insert into segment_touched values (null)")


def _remember(warehouse: Warehouse, wanted: _Wanted, as_of: date) -> None:
    warehouse.run("delete from customer_touched")
    warehouse.run(f"delete from watermark where name in ('metric', 'rfm') or starts_with(name, '{_OWN}')")
    for key, text in wanted.definitions.items():
        warehouse.run(
            "insert into watermark values ($name, $as_of, $definition)", name=key, as_of=as_of, definition=text
        )
