"""Receipts that are what a mailing asks of those that count for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from smc.config.facts import facts_of
from smc.config.metrics import catalog
from smc.config.profile import profile_fields
from smc.config.specs.attribution import Receipts
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.watch import Row
from smc.config.values import Mistake
from smc.errors import RunError, SmcError
from smc.segment.names import look_up_rows
from smc.segment.operators import field_test, joined, needs_of
from smc.segment.resolve_rows import field_tests
from smc.segment.rows import asked_of
from smc.segment.scope import Scope
from smc.segment.vocabulary import Defined
from smc.warehouse import Warehouse, all_of, sql

Asked = Mapping[str, tuple[Receipts, date]]
"""What receipts must be, and the first day of those that matter, by mailing."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A SELECT of ``receipt_key`` by mailing, each key once; ``problems``: of mailings that name what is not there."""

    queries: Mapping[str, exp.Expr] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


def counted(
    warehouse: Warehouse,
    asked: Asked,
    *,
    fields: FieldsSpec,
    metrics: MetricsSpec,
    as_of: date,
    defined: Defined | None = None,
) -> Counted:
    """All names are looked up together; only when one is wrong each mailing by itself."""
    facts, figures = facts_of(fields), catalog(metrics, fields)

    def resolved(names: Iterable[str]) -> dict[str, exp.Expr]:
        rows = [row for name in names for _, row in asked[name][0].parts]
        known = look_up_rows(warehouse, rows, facts, defined=defined)
        scope = Scope(fields, metrics, profile_fields(fields), figures, facts, known, {}, as_of)
        return {name: _meeting(*asked[name], scope) for name in names}

    if not asked:
        return Counted()
    try:
        return Counted(resolved(asked))
    except SmcError:
        found: dict[str, exp.Expr] = {}
        problems: dict[str, str] = {}
    for name in asked:
        try:
            found |= resolved([name])
        except SmcError as error:
            problems[name] = error.short
    return Counted(found, problems)


def _meeting(receipts: Receipts, since: date, scope: Scope) -> exp.Expr:
    """The receipts themselves and their lines are asked apart, and both must be so."""
    first, *rest = (_rows(row, since, scope) for _, row in receipts.parts)
    text = "select a.receipt_key from $one as a join $other as b on b.receipt_key = a.receipt_key"
    for other in rest:
        first = sql(text, one=first, other=other)
    return first


def _rows(row: Row, since: date, scope: Scope) -> exp.Expr:
    """Rows that are in sums, for what is brought back is taken off. With a status in ``where``, those of it."""
    fact = scope.facts[row.over]
    try:
        tests = field_tests(asked_of(row), fact, scope)
    except Mistake as mistake:
        raise RunError(mistake.message, where="receipts that count", remedy=mistake.remedy) from None
    counts = [] if any(test.field in fact.decides for test in tests) else [sql(fact.counts)]
    joins = joined(fact, needs_of(fact, [test.field for test in tests]), tests)
    return sql(
        f"select distinct t.receipt_key from {fact.table} as t {joins} where t.day >= $since and $met",
        since=since, met=all_of([*counts, *(field_test(test, fact) for test in tests)]),
    )  # fmt: skip
