"""The tests of a project: each on an empty warehouse of its own, by the way of a night: import, compute, segments."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from smc.config.objects import MART, objects_of
from smc.config.problem import Problem
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import MetricsSpec
from smc.config.specs.rule import InSegmentRule, MetricRule, SegmentSpec, SqlRule
from smc.errors import ConfigError, FeedError, SmcError
from smc.pipeline.moment import Moment
from smc.pipeline.session import Session
from smc.pipeline.stages import BY_NAME
from smc.project import Project
from smc.segment.trial.check import Case
from smc.segment.trial.outcome import Verdict, judge
from smc.segment.trial.own import KEYED, OWN
from smc.segment.trial.rows import Row
from smc.segment.walk import conditions
from smc.warehouse import Warehouse
from smc.warehouse.marts import marts_ready

_MEMORY = "1GB"
_STATE = ("schema_version",)
_TABLES = "select table_name, temporary, estimated_size from duckdb_tables() where not internal"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """``problem``: why the test could not be judged at all; then there may be verdicts missing."""

    case: Case
    verdicts: tuple[Verdict, ...]
    seconds: float
    problem: str = ""

    @property
    def passed(self) -> bool:
        return not self.problem and all(verdict.passed for verdict in self.verdicts)


def run_cases(project: Project, cases: Sequence[Case], say: Callable[..., None]) -> Iterator[CaseResult]:
    """Run each test and say how it went. They share one warehouse in memory, which is emptied between them.

    Raises ``ConfigError`` for rows that the import would refuse, each with its place.
    """
    opened = Warehouse.open(Path(":memory:"), timezone=project.settings.timezone, memory=_MEMORY, threads=1)
    with opened as warehouse:
        for number, case in enumerate(cases):
            say(f"Test {case.name}", number / len(cases))
            yield _run(project, warehouse, case)


def _run(project: Project, warehouse: Warehouse, case: Case) -> CaseResult:
    started = time.perf_counter()
    verdicts: list[Verdict] = []
    problem = ""
    try:
        clear(warehouse)
        tested = needed(project, case.expect)
        fill(project, warehouse, case, tested)
        with marts_ready(warehouse, project.fields):
            verdicts = list(judged(project, warehouse, case, tested))
    except ConfigError:
        raise
    except SmcError as error:
        problem = error.what
    return CaseResult(case, tuple(verdicts), round(time.perf_counter() - started, 3), problem)


def clear(warehouse: Warehouse) -> None:
    """Every row goes, and the tables that a project makes. The size of a table that never had a row is 0."""
    for name, temporary, size in warehouse.rows(_TABLES):
        if temporary or name.startswith(MART):
            warehouse.run(f'drop table "{name}"')
        elif size and name not in _STATE:
            warehouse.run(f'delete from "{name}"')


def needed(project: Project, segments: Iterable[str]) -> dict[str, SegmentSpec]:
    """The segments that are tested and those that they ask for."""
    found: dict[str, SegmentSpec] = {}
    waiting = list(segments)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = project.segments[name]
            asked = (leaf for _, leaf in conditions(found[name].rule))
            waiting += [leaf.in_segment for leaf in asked if isinstance(leaf, InSegmentRule)]
    return found


def fill(project: Project, warehouse: Warehouse, case: Case, tested: Mapping[str, SegmentSpec]) -> None:
    """Load the rows of a test as a night would load feeds that bring them."""
    from smc.config.metrics import catalog
    from smc.import_.load.follow import keep_order_codes
    from smc.segment.trial.names import lacking, named

    keep_order_codes(warehouse, project.fields)
    metrics = used_metrics(project, tested)
    figures = catalog(metrics, project.fields)
    names = [*named({name: spec.rule for name, spec in tested.items()}, figures), *named(metrics, {})]
    rows = (*case.rows, *lacking(case.rows, iter(names)))
    for name in objects_of(project.fields):
        if chosen := [row for row in rows if row.object == name]:
            _load(project, warehouse, case, name, chosen)
    for name in OWN:
        for row in rows:
            if row.object == name:
                _put(warehouse, row)


def judged(project: Project, warehouse: Warehouse, case: Case, tested: Mapping[str, SegmentSpec]) -> Iterator[Verdict]:
    """Compute what the rules read, and compare."""
    from smc.segment.evaluate import evaluation
    from smc.segment.ground import Ground
    from smc.segment.resolve import resolve

    metrics = used_metrics(project, tested)
    asked = resolve(
        warehouse, segments=tested, rules={}, fields=project.fields, metrics=metrics, as_of=case.as_of,
        categories=project.settings.categories,
    )  # fmt: skip
    if needs := evaluation(asked).needs:
        _compute(replace(project, metrics=metrics), warehouse, case, predictions="p" in needs)
    ground = Ground(warehouse, tested, project.fields, metrics, case.as_of, project.settings.categories)
    yield from judge(ground, case.expect)


def used_metrics(project: Project, tested: Mapping[str, SegmentSpec]) -> MetricsSpec:
    """The project's own metrics that the rules name, and those that these are made of."""
    from smc.config.expression import names, parse
    from smc.config.specs.project import ExpressionMetric

    leaves = [leaf for spec in tested.values() for _, leaf in conditions(spec.rule)]
    if any(isinstance(leaf, SqlRule) for leaf in leaves):
        return project.metrics  # SQL may read any of them
    own = project.metrics.metrics
    found: dict[str, Any] = {}
    waiting = [leaf.metric.name for leaf in leaves if isinstance(leaf, MetricRule)]
    while waiting:
        name = waiting.pop()
        if name in own and name not in found:
            found[name] = spec = own[name]
            if isinstance(spec, ExpressionMetric):
                waiting += names(parse(spec.expression))
    return project.metrics.model_copy(update={"metrics": {name: own[name] for name in own if name in found}})


def _compute(project: Project, warehouse: Warehouse, case: Case, *, predictions: bool) -> None:
    """By the stages of a night."""
    midnight = datetime.combine(case.as_of, datetime.min.time(), UTC)
    moment = Moment(case.as_of, midnight, midnight, lambda: midnight)
    session = Session(project, moment, lambda *_: None, full=True, _open=warehouse)
    for name in ("compute", *(["predict"] if predictions and "predict" in BY_NAME else [])):
        BY_NAME[name].work(session)


def _load(project: Project, warehouse: Warehouse, case: Case, name: str, rows: list[Row]) -> None:
    from smc.import_.load.loader import Loader

    header = list(dict.fromkeys(field for row in rows for field in row.cells))
    feed = FeedSpec.model_validate(
        {
            "title": case.name, "object": name, "fields": {field: field for field in header},
            "source": {"local": {"path": "."}}, "format": {"date": "iso", "datetime": "iso"},
        }
    )  # fmt: skip
    loader = Loader(warehouse, case.name, feed, project.fields, project.settings.country, case.as_of)
    try:
        refused = loader.given([[row.cells.get(field) for field in header] for row in rows], header)
    except FeedError as error:
        raise ConfigError([case.document.problem((*case.path, "given", name), error.what, error.remedy)]) from error
    if refused:
        raise ConfigError([_refusal(case, rows[line - 1], field, reason) for line, field, reason in refused])


def _refusal(case: Case, row: Row, field: str, reason: str) -> Problem:
    path = (*(row.path or (*case.path, "given")), field.removeprefix("custom."))
    return case.document.problem(path, f"{row.object} cannot be taken: {field}: {reason}", "Correct it.")


def _put(warehouse: Warehouse, row: Row) -> None:
    """A row of an object of smc's own: as text into its table, which knows the types."""
    from smc.warehouse import name, sql

    item = OWN[row.object]
    columns, values = [], []
    for field in item.fields:
        text = row.cells.get(field.name)
        if text is None:
            continue
        keyed = field.refers is not None and field.refers not in KEYED
        columns.append(field.column if keyed else field.name)
        find = "(select customer_key from customer_ident where customer_id = $text)"
        values.append(sql(find, text=text) if keyed else sql("$text", text=text))
    from sqlglot import exp

    query = exp.insert(exp.select(*values), item.table or item.name, columns=[name(column) for column in columns])
    warehouse.run(query)
