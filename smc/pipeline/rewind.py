"""The scratch copy of a simulation: as the warehouse was before the first day, and day by day what came.

Facts have days, and figures of a day look no further; what else changes with time is taken back: stays, messages,
members, lists, permissions, and customers who had not registered yet. What has no history is taken as it is now: the
rest of the profile, the catalogue, stores.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp, parse_one

from smc.campaign.plan import rules_needed, watches_needed
from smc.campaign.triggers import hits
from smc.campaign.watches import rows_counted
from smc.config.facts import facts_of, watched_facts
from smc.config.specs.rule import SqlRule, rule_key
from smc.config.specs.step import FilterStep, every
from smc.metric.columns import ACTIVITY, own_columns
from smc.project import Project
from smc.segment.atoms import Sql
from smc.segment.evaluate import Evaluation, evaluation
from smc.segment.resolve import resolve
from smc.segment.walk import conditions
from smc.warehouse import Warehouse, statement
from smc.warehouse.marts import marts_ready

_NAMED = (
    "rewind_steps", "rewind_messages", "rewind_entries", "rewind_open", "rewind_versions", "rewind_switched",
    "rewind_limits", "rewind_variants", "rewind_code_uses", "rewind_code_holders", "rewind_codes", "rewind_tasks",
)  # fmt: skip
_BACK = (
    "rewind_accruals",
    "rewind_watermarks", "rewind_members", "rewind_rules", "rewind_changes", "rewind_tags", "rewind_tags_past",
    "rewind_tags_ended", "rewind_rfm_changes", "rewind_rfm_days", "rewind_rfm_boundaries", "rewind_permissions_log",
    "rewind_permissions", "rewind_permissions_then", "rewind_customers", "rewind_customers_gone",
)  # fmt: skip
_WITHOUT_DAY = frozenset(
    {
        "rewind_versions",
        "rewind_switched",
        "rewind_variants",
        "rewind_watermarks",
        "rewind_members",
        "rewind_rules",
        "rewind_permissions_then",
    }
)
_OF_DAY = ("day_customers", "day_touched", "day_permissions_gone", "day_permissions")
_LEFT_OUT = (
    "receipt_line", "customer_order", "order_line", "event", "web_event", "past_message", "past_message_event",
    "container", "bonus_balance", "poll_answer", "promocode_use", "promocode_seen", "product",
)  # fmt: skip
"""Facts, and the catalogue: a scratch copy does without what nobody asks for."""
_OF_LINES = ("items", "lines_amount", "favourite_category", "favourite_brand")
"""Columns of customer_metric that are over lines, with their windows behind them."""


def query(name: str) -> str:
    """A statement of ``queries/``."""
    return statement("smc.pipeline", name)


def rewind(warehouse: Warehouse, names: Sequence[str], since: date) -> None:
    """Take the copy back to the day before ``since`` for the campaigns and mailings of these names."""
    with warehouse.transaction():
        for name in (*_NAMED, *_BACK):
            of_names = {"names": list(names)} if name in _NAMED else {}
            of_days = {} if name in _WITHOUT_DAY else {"since": since}
            warehouse.run(query(name), **of_names, **of_days)


def bring(warehouse: Warehouse, day: date) -> None:
    """What a day brings beside facts: customers who register, permissions that are given and taken."""
    with warehouse.transaction():
        for name in _OF_DAY:
            warehouse.run(query(name), day=day)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rules of a project ask for: predictions or not, and which columns; None is all."""

    predictions: bool
    columns: frozenset[str] | None


def lighten(warehouse: Warehouse, project: Project, as_of: date) -> Asked:
    """Empty facts that the segments, filters, metrics and triggers of the project do not read; what they ask for."""
    with marts_ready(warehouse, project.fields):
        found = _evaluation(warehouse, project, as_of)
        columns = _columns(project, found, as_of)
        if columns is None:
            return Asked("p" in found.needs, None)
        watched = _watched(warehouse, project, as_of)
        if watched is None:
            return Asked("p" in found.needs, None)
        read = _tables(project, found, as_of) | {*_behind(warehouse, project, columns), *_counted(project)} | watched
    for table in _LEFT_OUT:
        if table not in read:
            warehouse.run(f"truncate {table}")
    return Asked("p" in found.needs, columns)


def _evaluation(warehouse: Warehouse, project: Project, as_of: date) -> Evaluation:
    filters = {rule_key(rule): rule for rule in rules_needed(warehouse, project.campaigns)[0]}
    resolved = resolve(
        warehouse, segments=project.segments, rules=filters, fields=project.fields, metrics=project.metrics,
        as_of=as_of, categories=project.settings.categories, defined=project.defined,
    )  # fmt: skip
    return evaluation(resolved)


def _trees(project: Project, found: Evaluation, as_of: date) -> list[exp.Expr]:
    """Everything that rules and triggers execute."""
    triggers = [hits(spec, as_of, as_of) for spec in project.programmes.values() if spec.active]
    return [found.flags, *(scan.query for scan in found.scans), *triggers]


def _tables(project: Project, found: Evaluation, as_of: date) -> set[str]:
    return {table.name for tree in _trees(project, found, as_of) for table in tree.find_all(exp.Table)}


def _columns(project: Project, found: Evaluation, as_of: date) -> frozenset[str] | None:
    """Columns that are read; None when nobody can say, for SQL of the project's own may read any."""
    leaves = (leaf for spec in project.segments.values() for _, leaf in conditions(spec.rule))
    if any(isinstance(atom, Sql) for atom in found.atoms) or any(isinstance(leaf, SqlRule) for leaf in leaves):
        return None
    return frozenset(one.name for tree in _trees(project, found, as_of) for one in tree.find_all(exp.Column))


def _watched(warehouse: Warehouse, project: Project, as_of: date) -> frozenset[str] | None:
    """Tables of the rows that campaigns wait for; None where more is asked of a row than that it is there: then what
    its fields read is not looked for."""
    rows = [watch.row for watch in watches_needed(warehouse, project.campaigns, as_of)[0].values()]
    steps = (step for spec in project.campaigns.values() if spec.active for _, step in every(spec.steps))
    if any(isinstance(step, FilterStep) and step.filter.trigger for step in steps):
        return None
    if any(row.where is not None or any(row.tests()) for row in rows):
        return None
    facts = watched_facts(project.fields)
    return frozenset(table for row in rows for table in facts[row.over].reads)


def _counted(project: Project) -> Iterator[str]:
    """Tables of what receipts must be to count for a mailing."""
    facts = watched_facts(project.fields)
    for spec in project.mailings.values():
        yield from (table for _, row in rows_counted(spec) if spec.active for table in facts[row.over].reads)


def _behind(warehouse: Warehouse, project: Project, columns: Collection[str]) -> Iterator[str]:
    """Tables behind the stored figures that are read."""
    if any(column.startswith(_OF_LINES) for column in columns):
        yield "receipt_line"
    facts = facts_of(project.fields)
    own = [column for group in own_columns(warehouse, project.metrics, facts).values() for column in group]
    for column in (*(one for one in ACTIVITY if one.name in columns), *own):
        fact = facts[column.aggregate.over]
        yield from fact.reads
        tree = parse_one(f"select 1 from {fact.table} as t", dialect="duckdb")
        yield from (table.name for table in tree.find_all(exp.Table))
        if any(test.field in {"category", "category_id", "product", "brand"} for test in column.aggregate.where):
            yield "receipt_line"
