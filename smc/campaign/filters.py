"""Filters on what a trigger knew, as SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from smc.campaign.data import fields_of, kind_in
from smc.campaign.program import program
from smc.config.facts import watched_facts
from smc.config.positive import POSITIVE
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.comparison import RowTest, Where
from smc.config.specs.project import FieldsSpec
from smc.config.values import Kind, Mistake, typed_by
from smc.model.facts import CONTEXT
from smc.warehouse import all_of, sql
from smc.warehouse.compare import test_of

_SQL_TYPE: Mapping[Kind, str] = {
    "integer": "bigint", "decimal": "decimal(24, 4)", "quantity": "decimal(24, 4)", "boolean": "boolean",
    "date": "date", "datetime": "timestamptz",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter on data at a step of a version; ``test`` None: it can no longer be evaluated."""

    campaign: str
    version: int
    step: int
    test: exp.Expr | None


Filters = Sequence[Filter]


def filters_of(
    versions: Iterable[tuple[str, int, CampaignSpec | MailingSpec]], fields: FieldsSpec, as_of: date
) -> list[Filter]:
    """The filters on data of some versions: campaign, version and text."""
    facts = watched_facts(fields)
    return [
        Filter(campaign, version, line.step, _compiled(line.data, fields_of(spec.trigger, facts), as_of))
        for campaign, version, spec in versions
        if isinstance(spec, CampaignSpec)
        for line in program(spec).instructions
        if line.data is not None
    ]


def _compiled(where: Where, fields: Mapping[str, Kind], as_of: date) -> exp.Expr | None:
    try:
        return test_sql(where, fields, as_of)
    except (KeyError, Mistake):
        return None


def tested(filters: Filters) -> exp.Expr:
    """Leave in ``tested`` who of those standing at these filters passes; null where nobody can say."""
    cases = [
        exp.If(
            this=sql("s.campaign = $campaign and s.version = $version and s.step = $step",
                     campaign=one.campaign, version=one.version, step=one.step),
            true=one.test if one.test is not None else sql("cast(null as boolean)"),
        )
        for one in filters
    ]  # fmt: skip
    return sql(
        """
        create or replace temp table tested as
        select s.entry_key, $passed as passed
        from standing as s
        join entry as e on e.entry_key = s.entry_key
        where s.action = 'filter'
        """,
        passed=exp.Case(ifs=cases, default=exp.true()),
    )


def test_sql(where: Where, fields: Mapping[str, Kind], as_of: date) -> exp.Expr:
    """Whether the data in the column ``context`` of ``e`` are as asked: true or false, never null.

    Raises ``KeyError`` for a field that is not there and ``Mistake`` for an operand that does not fit.
    """
    return all_of([part for name, test in where.items() for part in _tests(name, test, fields, as_of)])


def _tests(name: str, test: RowTest, fields: Mapping[str, Kind], as_of: date) -> list[exp.Expr]:
    return [_test(name, operator, operand, fields, as_of) for operator, operand in test.given]


def _test(name: str, operator: str, operand: object, fields: Mapping[str, Kind], as_of: date) -> exp.Expr:
    kind = kind_in(name, operator, operand, fields)
    values = typed_by(kind, operator, operand, as_of)
    known, positive = POSITIVE[operator]
    held = sql("coalesce($test, false)", test=test_of(_read(name, kind), known, values, time=kind == "datetime"))
    wanted = bool(operand) if operator == "empty" else positive
    return held if wanted else sql("not $held", held=held)


def _read(name: str, kind: Kind) -> exp.Expr:
    """A value of the JSON text, as its type. By a JSON pointer, in which no sign of a key is a wildcard."""
    steps = ("context", name.removeprefix(CONTEXT)) if name.startswith(CONTEXT) else (name,)
    path = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    text = exp.Anonymous(this="json_extract_string", expressions=[exp.column("context", table="e"), sql("$p", p=path)])
    return exp.TryCast(this=text, to=exp.DataType.build(_SQL_TYPE[kind])) if kind in _SQL_TYPE else text
