"""The stage: fit when it is due, score everybody, or leave no figures and say why. Light until it has work to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from importlib.util import find_spec
from typing import assert_never

from smc.config.specs.project import PredictionSettings
from smc.errors import RunError
from smc.metric.predict.model import SPEND, VISITS, Model, keep, kept
from smc.warehouse import Warehouse, statement

ROOM = "smc.metric.predict"
WATERMARK, MONEY_WATERMARK = "prediction", "prediction_money"
MISSING = "predictions need scipy, which is not installed: install smc[predict], or take 'prediction' out of smc.yaml"
_METHOD = "1"
"""Part of the definition of a model: another number fits anew, once how it is fitted has changed."""


@dataclass(frozen=True, slots=True)
class PredictResult:
    """``customers`` have figures. Without figures ``refused`` says why; ``warnings`` tell of doubts about them.

    ``failed``: it was not for want of data.
    """

    fitted_on: str = ""
    fitted: bool = False
    customers: int = 0
    refused: str = ""
    failed: bool = False
    warnings: tuple[str, ...] = ()


def predict(
    warehouse: Warehouse, *, settings: PredictionSettings | None, as_of: date, refit: bool = False
) -> PredictResult:
    """Fill customer_prediction as of a day from ``customer_metric``, which must be of this day.

    The model is fitted on the receipts up to the first day of the month (or as ``refit`` of the settings says) that
    ``as_of`` lies in, so that figures hang on the day alone and not on when smc was run. It is fitted once; ``refit``
    does it again. When nothing can be predicted the old figures are taken away; without settings that is all.
    Raises ``RunError`` when the metrics are not of ``as_of``.
    """
    if settings is None:
        _clear(warehouse)
        return PredictResult()
    _require_metrics(warehouse, as_of)
    if find_spec("scipy") is None:
        _clear(warehouse)
        return PredictResult(refused=MISSING, failed=True)
    from smc.metric.predict.score import score
    from smc.metric.predict.tables import drop

    model, fitted = _model(warehouse, settings, as_of, refit=refit)
    with warehouse.transaction():
        _forget(warehouse)
        customers = None
        if model.refused is None:
            customers = score(
                warehouse, model, as_of=as_of, margin=float(settings.margin / 100),
                discount=float(settings.discount / 100), horizon=settings.horizon,
            )  # fmt: skip
            model = model if customers is not None else replace(model, refused=_no_number(model))
        if fitted or customers is None:
            keep(warehouse, model)
        if customers is None:
            warehouse.run("delete from customer_prediction")
        else:
            _remember(warehouse, model, as_of)
        drop(warehouse)
    warnings = (*(_no_money(model)), *model.warnings)
    return PredictResult(str(model.fitted_on), fitted, customers or 0, model.refused or "", warnings=warnings)


def known(warehouse: Warehouse, fitted_on: str) -> tuple[Model | None, dict[str, object] | None]:
    """The model of a day, and sums over the figures of all customers; None where there is nothing."""
    there = warehouse.value("select as_of from watermark where name = $name", name=WATERMARK)
    sums = warehouse.records(statement(ROOM, "sums"))[0] if there else None
    return (kept(warehouse, date.fromisoformat(fitted_on)) if fitted_on else None), sums


def fit_day(settings: PredictionSettings, as_of: date) -> date:
    """The day up to which the model of ``as_of`` knows receipts."""
    match settings.refit:
        case "night":
            return as_of
        case "week":
            return as_of - timedelta(days=as_of.weekday())
        case "month":
            return as_of.replace(day=1)
        case "quarter":
            return as_of.replace(month=(as_of.month - 1) // 3 * 3 + 1, day=1)
        case _:
            assert_never(settings.refit)


def _model(warehouse: Warehouse, settings: PredictionSettings, as_of: date, *, refit: bool) -> tuple[Model, bool]:
    """The model for a day and whether it was fitted now. One that was refused is tried again: data may have come."""
    from smc.metric.predict.learn import learn

    day, definition = fit_day(settings, as_of), _definition(warehouse, settings)
    old = None if refit else kept(warehouse, day)
    if old is not None and old.definition == definition and old.refused is None:
        return old, False
    return learn(warehouse, fitted_on=day, since=settings.since, definition=definition), True


def _definition(warehouse: Warehouse, settings: PredictionSettings) -> str:
    zone = warehouse.value("select current_setting('TimeZone')")
    texts = [statement(ROOM, part) for part in ("history", "first_day", "frequency", "coarser", "spend")]
    return sha256(repr((_METHOD, zone, settings.since, texts)).encode()).hexdigest()


def _require_metrics(warehouse: Warehouse, as_of: date) -> None:
    computed = warehouse.value("select as_of from watermark where name = 'metric'")
    if computed != as_of:
        state = f"are of {computed}" if computed else "have never been computed"
        raise RunError(
            f"predictions rest on metrics, which {state}, not of {as_of}",
            remedy=f"Run smc compute --as-of {as_of} first.",
        )


def _no_number(model: Model) -> str:
    values = ", ".join(f"{name} {value:.3g}" for name, value in model.values(VISITS).items())
    return f"expected visits cannot be computed with {values}: the receipts do not show how customers come and go"


def _no_money(model: Model) -> tuple[str, ...]:
    if model.refused is not None or model.spend_refused is None:
        return ()
    return (f"no prediction of money: {model.spend_refused}",)


def _clear(warehouse: Warehouse) -> None:
    with warehouse.transaction():
        _forget(warehouse)
        warehouse.run("delete from customer_prediction")


def _forget(warehouse: Warehouse) -> None:
    text = "delete from watermark where name = $figures or name = $money"
    warehouse.run(text, figures=WATERMARK, money=MONEY_WATERMARK)


def _remember(warehouse: Warehouse, model: Model, as_of: date) -> None:
    marks = [WATERMARK, *([MONEY_WATERMARK] if model.values(SPEND) else [])]
    for mark in marks:
        text = "insert into watermark values ($name, $as_of, $definition)"
        warehouse.run(text, name=mark, as_of=as_of, definition=model.definition)
