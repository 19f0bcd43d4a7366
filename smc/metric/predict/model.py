"""A fitted model with all that is said about it, and how it is kept. No heavy imports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from smc.warehouse import Warehouse

VISITS, SPEND = "visits", "spend"
_TABLES = ("prediction_model", "prediction_parameter", "prediction_check")


@dataclass(frozen=True, slots=True)
class Parameter:
    """``error``: standard error; None when the data do not tell it."""

    model: str
    name: str
    value: float
    error: float | None


@dataclass(frozen=True, slots=True)
class Checked:
    """Visits on days kept back of those who had so many repeat visits before, against what was expected."""

    repeat_visits: int
    customers: int
    observed: int
    expected: float


@dataclass(frozen=True, slots=True)
class Model:
    """As the columns of ``prediction_model``. Without ``refused`` there are parameters of visits, without
    ``spend_refused`` those of money too."""

    fitted_on: date
    definition: str
    customers: int = 0
    repeat_customers: int = 0
    repeat_visits: int = 0
    first_day: date | None = None
    cells: int = 0
    cell_days: int = 1
    log_likelihood: float | None = None
    spend_customers: int = 0
    spend_log_likelihood: float | None = None
    correlation: float | None = None
    checked_from: date | None = None
    checked_visits: int | None = None
    expected_visits: float | None = None
    refused: str | None = None
    spend_refused: str | None = None
    warnings: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    checks: tuple[Checked, ...] = ()

    def values(self, model: str) -> dict[str, float]:
        """Parameters of ``visits`` or ``spend`` by name; empty when it could not be fitted."""
        return {one.name: one.value for one in self.parameters if one.model == model}


_COLUMNS = tuple(field.name for field in fields(Model) if field.name not in {"parameters", "checks"})


def keep(warehouse: Warehouse, model: Model) -> None:
    """Put the model in the place of any other of its day. The caller has a transaction open."""
    for table in _TABLES:
        warehouse.run(f"delete from {table} where fitted_on = $day", day=model.fitted_on)
    holes = ", ".join(f"${column}" for column in _COLUMNS)
    values: dict[str, Any] = {column: getattr(model, column) for column in _COLUMNS}
    values["warnings"] = list(model.warnings)
    warehouse.run(f"insert into prediction_model ({', '.join(_COLUMNS)}) values ({holes})", **values)
    for one in model.parameters:
        text = "insert into prediction_parameter values ($day, $model, $name, $value, $error)"
        warehouse.run(text, day=model.fitted_on, model=one.model, name=one.name, value=one.value, error=one.error)
    for row in model.checks:
        text = "insert into prediction_check values ($day, $repeat, $customers, $observed, $expected)"
        warehouse.run(
            text, day=model.fitted_on, repeat=row.repeat_visits, customers=row.customers, observed=row.observed,
            expected=row.expected,
        )  # fmt: skip


def kept(warehouse: Warehouse, fitted_on: date) -> Model | None:
    """The model of that day; None when none was fitted."""
    found = list(_read(warehouse, "fitted_on = $day", day=fitted_on))
    return found[0] if found else None


def _read(warehouse: Warehouse, where: str, **params: object) -> Iterator[Model]:
    for row in warehouse.records(f"select {', '.join(_COLUMNS)} from prediction_model where {where}", **params):
        day = row["fitted_on"]
        parameters = warehouse.records(
            "select model, name, value, error from prediction_parameter where fitted_on = $day", day=day
        )
        checks = warehouse.records(
            "select repeat_visits, customers, observed, expected from prediction_check where fitted_on = $day"
            " order by repeat_visits",
            day=day,
        )
        row["warnings"] = tuple(row["warnings"])
        yield Model(
            **row,
            parameters=tuple(Parameter(**one) for one in parameters),
            checks=tuple(Checked(**one) for one in checks),
        )
