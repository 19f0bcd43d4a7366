"""Tables that the project declares: a data mart is made, or gets new columns, when its feed loads."""

from __future__ import annotations

from smc.config.objects import MART
from smc.config.specs.project import FieldsSpec, MartSpec
from smc.errors import FeedError
from smc.import_.load.target import Target, column_of
from smc.import_.read.reading import quoted
from smc.model.objects import Type
from smc.warehouse import Warehouse, statement

_COLUMN: dict[Type, str] = {
    "string": "varchar", "long": "bigint", "number": "decimal(18, 4)", "boolean": "boolean", "date": "date",
    "datetime": "timestamptz",
}  # fmt: skip
_SHOWN = {
    "VARCHAR": "string", "BIGINT": "integer", "DECIMAL(18,4)": "decimal", "BOOLEAN": "boolean", "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "datetime",
}  # fmt: skip


def make_ready(warehouse: Warehouse, target: Target, fields: FieldsSpec) -> None:
    """Make the table of a data mart as fields.yaml has it; other objects are there already.

    A field that is not declared any more keeps its column and values. ``FeedError`` when a field has another type now,
    or other fields tell rows apart: what lies in the table can then not be read as the project says.
    """
    name = target.item.name.removeprefix(MART)
    if not target.item.name.startswith(MART) or name not in fields.marts:
        return
    mart = fields.marts[name]
    with warehouse.transaction():
        known = warehouse.rows(_query("mart_known"), name=name)
        if not known:
            _create(warehouse, target, mart)
        else:
            _check_key(name, mart, known[0][1])
            _add_columns(warehouse, name, target)
        if not known or known[0] != (mart.title, list(mart.key)):
            warehouse.run(_query("mart_forget"), name=name)
            warehouse.run(_query("mart_add"), name=name, title=mart.title, key=list(mart.key))
            warehouse.run(f"comment on table {target.table} is {quoted(mart.title)}")


def _create(warehouse: Warehouse, target: Target, mart: MartSpec) -> None:
    columns = ["customer_key bigint not null", *(f"{name} {kind}" for name, kind in _declared(target).items())]
    warehouse.run(f"create table {target.table} ({', '.join(columns)})")
    warehouse.run(f"comment on column {target.table}.customer_key is 'who'")
    for name, field in mart.fields.items():
        warehouse.run(f"comment on column {target.table}.{name} is {quoted(field.title)}")


def _check_key(name: str, mart: MartSpec, key: list[str]) -> None:
    if key != list(mart.key):
        before = ", ".join(["customer_id", *key])
        raise FeedError(
            f"rows of the data mart {name} were told apart by {before}, and are by "
            f"{', '.join(['customer_id', *mart.key])} now",
            where="fields.yaml",
            remedy=f"Set the key of {name} back, or declare a new mart under another name and load its files there.",
        )


def _add_columns(warehouse: Warehouse, name: str, target: Target) -> None:
    there = {column: str(kind) for column, kind in warehouse.rows(_query("columns_of"), name=target.table)}
    for column, kind in _declared(target).items():
        if column not in there:
            warehouse.run(f"alter table {target.table} add column {column} {kind}")
            continue
        before, now = _SHOWN.get(there[column], there[column]), _SHOWN[_type(warehouse, kind)]
        if before != now:
            raise FeedError(
                f"the field {column} of the data mart {name} was of type {before}, and is of type {now} now",
                where="fields.yaml",
                remedy=f"Set the type back to {before}, or give the field another name; the old values stay.",
            )


def _type(warehouse: Warehouse, kind: str) -> str:
    """The type as the catalogue of the warehouse names it."""
    return str(warehouse.value(f"select typeof(cast(null as {kind}))"))


def _declared(target: Target) -> dict[str, str]:
    return {column_of(field): _COLUMN[field.type] for field in target.item.fields if field.refers is None}


def _query(name: str) -> str:
    return statement("smc.import_", name)
