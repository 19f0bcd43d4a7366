"""Data marts of fields.yaml whose feed has not loaded yet, or not all fields of them: they read as empty until then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from sqlglot import exp

from smc.config.objects import MART
from smc.config.specs.project import FieldsSpec
from smc.errors import WarehouseError
from smc.warehouse.compose import name, sql
from smc.warehouse.connection import Warehouse
from smc.warehouse.statements import statement

_TYPES = {"string": "varchar", "integer": "bigint", "decimal": "decimal(18, 4)", "datetime": "timestamptz"}
"""Types of fields as the import makes columns of them; others have the same name there."""


@contextmanager
def marts_ready(warehouse: Warehouse, fields: FieldsSpec) -> Iterator[None]:
    """Within the block every declared mart can be read with every declared field; the warehouse may be read-only.

    What is lacking stands in temporary views, so that nothing is left behind that the import would find.
    """
    views = _lacking(warehouse, fields)
    for view in views.values():
        warehouse.run(view)
    try:
        yield
    finally:
        for table in views:
            with suppress(WarehouseError):  # a transaction that failed takes the views back itself
                warehouse.run(sql("drop view if exists temp.$view", view=name(table)))


def _lacking(warehouse: Warehouse, fields: FieldsSpec) -> dict[str, exp.Expr]:
    """The statement that makes the view of each mart that cannot be read as it is declared."""
    there: dict[str, set[str]] = {}
    for table, column in warehouse.rows(statement("smc.warehouse", "mart_columns")) if fields.marts else ():
        there.setdefault(table, set()).add(column)
    found = {}
    for mart, spec in fields.marts.items():
        table = f"{MART}{mart}"
        wanted = {column: _TYPES.get(field.type, field.type) for column, field in spec.fields.items()}
        columns = {"customer_key": "bigint"} | wanted
        known = there.get(table)
        if missing := {column: kind for column, kind in columns.items() if column not in (known or ())}:
            found[table] = _view(warehouse, table, missing, loaded=known is not None)
    return found


def _view(warehouse: Warehouse, table: str, missing: Mapping[str, str], *, loaded: bool) -> exp.Expr:
    nothing = [exp.alias_(sql(f"cast(null as {kind})"), name(column)) for column, kind in missing.items()]
    query = exp.select(*nothing).where(exp.false())
    if loaded:
        of = exp.table_(name(table), db="main", catalog=name(warehouse.value("select current_database()")), alias="t")
        query = exp.select("t.*", *nothing).from_(of)
    create = sql("create or replace temp view $view as select 1", view=name(table))
    create.set("expression", query)
    return create
