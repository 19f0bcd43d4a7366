"""What lies in the tables: how many rows of each object have each field, which values are doubtful, and which rows
speak of something that is not there. One scan per table; columns that cannot be empty are not read at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from smc.config.objects import custom_of, objects_of
from smc.config.specs.project import FieldsSpec
from smc.import_.quality.loads import percent
from smc.import_.read.reading import CUSTOM, column, quoted
from smc.model.contact import FIRST_HARD
from smc.model.objects import Field, ObjectType
from smc.warehouse import Warehouse, statement

_FUTURE = "later than the day"
_DOUBTS = {
    ("customer", "email"): (f"email_status >= {FIRST_HARD}", "no usable address"),
    ("customer", "phone"): (f"phone_status >= {FIRST_HARD}", "no usable number"),
    ("customer", "timezone"): (f"timezone_status >= {FIRST_HARD}", "no time zone"),
    ("customer", "birth_date"): (
        "birth_date > $as_of or birth_date < $as_of - interval 110 years", "to come, or over 110 years ago",
    ),
    ("customer", "registered_at"): ("cast(registered_at as date) > $as_of", _FUTURE),
    ("receipt", "purchased_at"): ("day > $as_of", _FUTURE),
    ("order", "ordered_at"): ("day > $as_of", _FUTURE),
    ("event", "occurred_at"): ("day > $as_of", _FUTURE),
    ("web_event", "occurred_at"): ("day > $as_of", _FUTURE),
    ("receipt_line", "quantity"): ("quantity = 0", "0"),
    ("order_line", "quantity"): ("quantity = 0", "0"),
    ("product", "price"): ("price <= 0", "0 or less"),
}  # fmt: skip
"""Values that are of the right type and still cannot be right."""

_NAMED = {
    ("receipt", "store_id"): "store", ("order", "store_id"): "store", ("store", "region_id"): "region",
    ("region", "parent_id"): "region", ("past_message", "mailing"): "past_mailing",
    ("past_message_event", "mailing"): "past_mailing",
}  # fmt: skip
"""References by text id, which the model does not note."""

_ORPHANS = {("receipt_line", "receipt_id"): "o.day is null"}
"""Where the load keeps it, no join of two big tables is needed."""

_BIG = frozenset({"receipt", "order"})
"""Of these only the few that are named are put into a hash table."""


@dataclass(frozen=True, slots=True)
class FieldStock:
    """A field in its table. Percentages are of all rows; ``doubtful`` values count as filled; ``doubt`` says why."""

    object: str
    field: str
    rows: int
    filled: int
    filled_percent: float
    doubtful: int
    doubt: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Rows of an object that name another one, and those whose ``target`` is not in the warehouse."""

    object: str
    field: str
    target: str
    rows: int
    missing: int
    missing_percent: float


Columns = Mapping[str, Mapping[str, bool]]
"""Table → column → whether it may be empty."""


def stock_of(
    warehouse: Warehouse, fields: FieldsSpec, as_of: date, chosen: Collection[str] | None = None
) -> tuple[tuple[FieldStock, ...], tuple[Reference, ...]]:
    """Every object that has rows, or the ``chosen`` ones, in the order in which a night loads them."""
    columns: dict[str, dict[str, bool]] = {}
    for table, name, nullable in warehouse.rows(statement("smc.import_.quality", "columns")):
        columns.setdefault(table, {})[name] = nullable
    objects = objects_of(fields)
    stock: list[FieldStock] = []
    references: list[Reference] = []
    for name, item in objects.items():
        if chosen is None or name in chosen:
            scan = _Scan(item, objects, columns.get(item.table or name, {}), tuple(custom_of(fields, name)))
            theirs, named = scan.run(warehouse, as_of)
            stock += theirs
            references += named
    return tuple(stock), tuple(references)


@dataclass(frozen=True, slots=True)
class _Scan:
    """One object on its way through one statement."""

    item: ObjectType
    objects: Mapping[str, ObjectType]
    columns: Mapping[str, bool]
    custom: tuple[str, ...]

    @property
    def table(self) -> str:
        return self.item.table or self.item.name

    @property
    def fields(self) -> list[Field]:
        return [field for field in self.item.fields if field.column in self.columns]

    def run(self, warehouse: Warehouse, as_of: date) -> tuple[list[FieldStock], list[Reference]]:
        if not self.columns or not warehouse.rows(f"select 1 from {self.table} limit 1"):
            return [], []
        named = [(field, target) for field in self.fields if (target := self._target(field)) is not None]
        filled = [self._filled(field) for field in self.fields]
        filled += [f"count(o.custom[{quoted(name)}])" for name in self.custom]
        doubts = [_DOUBTS.get((self.item.name, field.name)) for field in self.fields]
        asked = [*filled, *(f"count(*) filter (where {doubt[0]})" for doubt in doubts if doubt is not None)]
        asked += [self._orphans(field, target, i) for i, (field, target) in enumerate(named)]
        joins = "".join(self._join(field, target, i) for i, (field, target) in enumerate(named))
        query = f"select count(*), {', '.join(asked)} from {self.table} o{joins}"
        given = {"as_of": as_of} if "$as_of" in query else {}
        rows, *counts = map(int, warehouse.rows(query, **given)[0])
        doubtful = iter(counts[len(filled) : len(counts) - len(named)])
        names = [field.name for field in self.fields] + [f"{CUSTOM}{name}" for name in self.custom]
        found = [*doubts, *(None for _ in self.custom)]
        stock = [
            self._stock(name, rows, count, 0 if doubt is None else next(doubtful), "" if doubt is None else doubt[1])
            for name, count, doubt in zip(names, counts[: len(filled)], found, strict=True)
        ]
        with_value = dict(zip(names, counts, strict=False))
        return stock, [
            Reference(
                self.item.name,
                field.name,
                target,
                with_value[field.name],
                lost,
                percent(lost, with_value[field.name]) or 0.0,
            )
            for (field, target), lost in zip(named, counts[len(counts) - len(named) :], strict=True)
        ]

    def _stock(self, name: str, rows: int, filled: int, doubtful: int, doubt: str) -> FieldStock:
        share = percent(filled, rows) or 0.0
        return FieldStock(self.item.name, name, rows, filled, share, doubtful, doubt if doubtful else "")

    def _filled(self, field: Field) -> str:
        return f"count(o.{column(field.column)})" if self.columns[field.column] else "count(*)"

    def _target(self, field: Field) -> str | None:
        if field.refers == self.item.name and field.name in self.item.key:
            return None
        return field.refers or _NAMED.get((self.item.name, field.name))

    def _orphans(self, field: Field, target: str, place: int) -> str:
        there = f"t{place}.id is not null" if self._by_unknown(field, target) else f"t{place}.id is null"
        lost = _ORPHANS.get((self.item.name, field.name), there)
        return f"count(*) filter (where o.{column(field.column)} is not null and {lost})"

    def _join(self, field: Field, target: str, place: int) -> str:
        if (self.item.name, field.name) in _ORPHANS:
            return ""
        item, name = self.objects[target], column(field.column)
        key = column(next(one for one in item.fields if one.name == item.key[0]).column)
        known = f"select {key} as id from {item.table or target}"
        if self._by_unknown(field, target):
            known = f"select {key} as id from {target}_ident anti join {item.table or target} using ({key})"
        elif target in _BIG:
            known += f" where {key} in (select {name} from {self.table} where {name} is not null)"
        return f" left join ({known}) t{place} on t{place}.id = o.{name}"

    def _by_unknown(self, field: Field, target: str) -> bool:
        """Ids that were seen and never described are few: they make a smaller hash table than the described ones."""
        return field.refers is not None and target not in _BIG
