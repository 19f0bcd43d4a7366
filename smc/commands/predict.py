"""smc predict: fit and score, and say in plain words what came out and how far to trust it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smc import console
from smc.commands.options import HERE, AsOf, Json, ProjectFolder, Wait, day, load
from smc.commands.run import finish
from smc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smc.metric.predict.model import Model


def predict(
    project: ProjectFolder = HERE,
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
    refit: Annotated[bool, typer.Option("--refit", help="Fit the models anew, also when they are not due.")] = False,
) -> None:
    """Predict who is still a customer, how often and for how much each will buy, and when next.

    The nightly run does it too, once 'prediction' stands in smc.yaml. Metrics are computed first where they are not of
    the day. Printed are the parameters, a check on days the model did not know, and what both mean.
    """
    from smc import pipeline
    from smc.metric.predict.run import known

    loaded = load(project)
    if loaded.settings.prediction is None:
        raise UsageError(
            "predictions are not switched on",
            where=str(project / "smc.yaml"),
            remedy="Write 'prediction: {}' into it and install smc[predict]; docs/prediction.md says more.",
        )
    with console.progress() as say:
        done = pipeline.run(
            loaded, command="predict", stages=["compute", "predict"], as_of=day(as_of), refit=refit, wait_s=wait,
            publish=True, progress=say,
        )  # fmt: skip
    with pipeline.open_snapshot(loaded) as warehouse:
        model, sums = known(warehouse, str(done.stage("predict").get("fitted_on", "")))
    if as_json:
        console.card({"as_of": done.as_of, "model": _plain(model), "sums": sums, **done.stage("predict")}, as_json=True)
    elif model is not None:
        _show(model, sums)
    finish(done.failures, () if model is not None and not as_json else done.notes)


def _plain(model: Model | None) -> dict[str, Any] | None:
    return None if model is None else asdict(model)


def _show(model: Model, sums: Mapping[str, Any] | None) -> None:
    from smc.metric.predict.words import explained

    if model.parameters:
        console.table(
            [asdict(one) for one in model.parameters], title=f"Parameters, from receipts up to {model.fitted_on}"
        )
        console.line("")
    if model.checks:
        rows = [
            {
                "repeat visits before": f"{row.repeat_visits}{'+' if row is model.checks[-1] else ''}",
                "customers": row.customers,
                "came": row.observed,
                "expected": round(row.expected, 1),
            }
            for row in model.checks
        ]
        console.table(
            rows, title=f"Visits from {model.checked_from} to {model.fitted_on}, which the model did not know"
        )
        console.line("")
    for sentence in explained(model, sums):
        console.line(sentence)
