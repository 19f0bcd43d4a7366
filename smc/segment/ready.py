"""What must be computed before rules can be evaluated. Old figures would narrow an audience without a word."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from smc.errors import RunError
from smc.segment.evaluate import Evaluation
from smc.warehouse import Warehouse, statement

_STAGE = {"m": "metric", "a": "metric", "x": "metric", "f": "rfm", "p": "prediction"}
_FIGURES = {"metric": "metrics", "rfm": "RFM scores", "prediction": "predictions", "prediction_money": "predicted sums"}
_MONEY = frozenset({"average_visit", "value_30d", "value_90d", "value_365d", "lifetime_value"})
_COLUMNS = "select column_name from information_schema.columns where table_name = 'custom_metric'"


def require_figures(warehouse: Warehouse, found: Evaluation, as_of: date) -> None:
    """Raises ``RunError`` when a rule reads metrics, RFM or predictions that are not of ``as_of``, or a metric never
    computed."""
    for stage in sorted(_stages(found)):
        computed = warehouse.value(statement("smc.segment", "watermark"), name=stage)
        if computed != as_of:
            state = f"are of {computed}" if computed else "have never been computed"
            raise RunError(
                f"rules ask for {_FIGURES[stage]}, which {state}, not of {as_of}",
                remedy=_remedy(stage, as_of),
            )
    _require_columns(warehouse, found)


def _stages(found: Evaluation) -> set[str]:
    stages = {_STAGE[alias] for alias in found.needs}
    asked = {column.name for column in found.flags.find_all(exp.Column) if column.table == "p"}
    return stages | {"prediction_money"} if asked & _MONEY else stages


def _remedy(stage: str, as_of: date) -> str:
    if stage.startswith("prediction"):
        return f"Put prediction into smc.yaml, then run smc predict --as-of {as_of}: it says why there is nothing."
    return f"Run smc compute --as-of {as_of} first."


def _require_columns(warehouse: Warehouse, found: Evaluation) -> None:
    if "x" not in found.needs:
        return
    there = {row[0] for row in warehouse.rows(_COLUMNS)}
    asked = {column.name for column in found.flags.find_all(exp.Column) if column.table == "x"}
    if missing := sorted(asked - there):
        raise RunError(
            f"rules ask for metrics that have never been computed: {', '.join(missing)}",
            remedy="Run smc compute first.",
        )
