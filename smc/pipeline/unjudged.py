"""What a simulation cannot judge: data without a history, which stay as they are now, and moments between nights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from sqlglot import exp

from smc.campaign.plan import every_rule
from smc.campaign.triggers import delay, hits
from smc.campaign.watches import rows_of
from smc.config.facts import facts_of, watched_facts
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.delay import length_of
from smc.config.specs.metric import AggregateMetric
from smc.config.specs.rows import MartCondition, RowsCondition
from smc.config.specs.rule import MetricRule, ReachableRule, RowsRule, Rule, SqlRule
from smc.config.specs.step import WaitForStep, WaitStep, WaitUntilStep, every
from smc.model.metrics import ACTIVITY_METRICS
from smc.project import Project
from smc.segment.walk import conditions

_NOW = {
    "container": "carts and other lists", "bonus_balance": "bonus accounts", "contact_point": "addresses",
    "card": "cards",
}  # fmt: skip
"""Tables without a history, and what is in them."""
_MART = "mart_"
BETWEEN = "hours and minutes end between two nights, which are all that is run"
_DAY = 24 * 60


def unjudged(project: Project, spec: CampaignSpec | MailingSpec, as_of: date) -> tuple[str, ...]:
    """Why the figures of a campaign are not those of the days. ``project``: cut down to what it asks for."""
    tables = {*_of_trigger(project, spec, as_of), *_of_rules(project, _rules(project, spec))}
    marts = sorted(f"data mart {one.removeprefix(_MART)}" for one in tables if one.startswith(_MART))
    found = [*(words for table, words in _NOW.items() if table in tables), *marts]
    kept = (f"it reads {', '.join(found)} as they are now",) if found else ()
    return (*kept, *((BETWEEN,) if _between(spec) else ()))


def _rules(project: Project, spec: CampaignSpec | MailingSpec) -> Iterator[Rule]:
    yield from every_rule(spec)
    yield from (segment.rule for segment in project.segments.values())


def _of_trigger(project: Project, spec: CampaignSpec | MailingSpec, as_of: date) -> Iterator[str]:
    """Also what is read for the rows that it waits for."""
    yield from (table.name for table in hits(spec, as_of, as_of).find_all(exp.Table))
    if isinstance(spec, CampaignSpec):
        facts = watched_facts(project.fields)
        yield from (table for _, row in rows_of(spec) for table in facts[row.over].reads)


def _of_rules(project: Project, rules: Iterator[Rule]) -> Iterator[str]:
    """Tables that rules read, those behind the metrics too."""
    facts = facts_of(project.fields)
    over: Mapping[str, str] = {
        **{one.name: one.aggregate.over for one in ACTIVITY_METRICS if one.aggregate is not None},
        **{name: one.over for name, one in project.metrics.metrics.items() if isinstance(one, AggregateMetric)},
    }
    for name in project.metrics.metrics:  # those of expressions are among them
        yield from facts[over[name]].reads if name in over else ()
    for _, leaf in (one for rule in rules for one in conditions(rule)):
        match leaf:
            case RowsRule():
                yield from facts[_fact(leaf.condition)].reads
            case MetricRule(metric=metric) if metric.name in over:
                yield from facts[over[metric.name]].reads
            case ReachableRule():
                yield "contact_point"
            case SqlRule(sql=text):
                yield from re.findall(r"\w+", text.casefold())
            case _:
                pass


def _fact(condition: RowsCondition) -> str:
    return condition.name if isinstance(condition, MartCondition) else condition.fact


def _between(spec: CampaignSpec | MailingSpec) -> bool:
    """Whether a wait, or the time after which it lets in, is no number of days."""
    steps = [step for _, step in every(spec.steps)]
    waits = [step.wait for step in steps if isinstance(step, WaitStep)]
    waits += [step.wait_for.within for step in steps if isinstance(step, WaitForStep)]
    clocks = any(step.wait_until.at for step in steps if isinstance(step, WaitUntilStep))
    return clocks or bool((delay(spec) or 0) % _DAY) or any(length_of(one).minutes for one in waits)
