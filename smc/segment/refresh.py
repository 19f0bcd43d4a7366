"""All segments and campaign filters of a day, and the history of who entered and left.

What is new or has another definition is evaluated for everyone; the rest only for those who can have changed since the
last refresh (``moved.py``). The tables are the same, row for row, as if everyone had been evaluated every time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

from smc.config.specs.project import CategorySettings, FieldsSpec, MetricsSpec
from smc.config.specs.rule import Rule, SegmentSpec, rule_key
from smc.errors import RunError, SmcError
from smc.segment.atoms import atoms_of
from smc.segment.night import Looked, Refresh
from smc.segment.pairs import nodes_of
from smc.segment.resolve import Resolved, resolve
from smc.segment.state import ANY_DAY, definitions, remember, state_of
from smc.segment.trust import surroundings
from smc.segment.vocabulary import Defined
from smc.warehouse import Warehouse, statement
from smc.warehouse.marts import marts_ready


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """One segment after a refresh. A first computation gives members of whom nobody entered."""

    segment: str
    members: int
    entered: int
    left: int


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """Counts of a refresh; ``atoms`` are the different conditions that were computed.

    ``anew``: segments and rules that were evaluated for everyone; the others for at most ``evaluated`` customers. How
    much had to be evaluated is no part of what came out, and results are equal without it.
    """

    segments: int
    rules: int
    atoms: int
    anew: int = field(compare=False)
    evaluated: int = field(compare=False)
    members: int
    entered: int
    left: int
    changes: tuple[SegmentChange, ...]
    problems: tuple[str, ...] = ()


def refresh(
    warehouse: Warehouse,
    *,
    segments: Mapping[str, SegmentSpec],
    rules: Sequence[Rule],
    old_rules: Sequence[Rule] = (),
    fields: FieldsSpec,
    metrics: MetricsSpec,
    as_of: date,
    categories: Mapping[str, CategorySettings] | None = None,
    defined: Defined | None = None,
    full: bool = False,
    verify: bool = False,
) -> SegmentResult:
    """Bring segment_member and rule_member to ``as_of``, in one transaction.

    ``old_rules`` come from campaign texts that only customers in flight still have. A rule that names something that is
    not there stops nothing else: it is written to rule_problem, has no members, and is said in the result if it is old.
    Segments that do so stop everything: ``RunError``. So does a day before the last one: history is not rewritten.
    Running again for a day changes nothing; after a change of rules it gives what one run with the new rules had given.

    ``full`` evaluates everyone. ``verify`` does so after a refresh as of any night, and raises ``RunError`` when the
    two differ; then nothing is changed.
    """
    filters, old = ({rule_key(rule): rule for rule in some} for some in (rules, old_rules))
    with marts_ready(warehouse, fields), warehouse.transaction():
        _refuse_past(warehouse, as_of)
        _apply_tags(warehouse, as_of)
        given: dict[str, Any] = {"fields": fields, "metrics": metrics, "categories": categories, "defined": defined}
        of_day = partial(resolve, warehouse, segments=segments, **given)
        problems = _problems(partial(of_day, as_of=as_of), old | filters)
        _keep_problems(warehouse, old | filters, problems)
        told = tuple(problem for key, problem in problems.items() if key not in filters)
        filters = {key: rule for key, rule in (filters | old).items() if key not in problems}

        def ask(day: date) -> Resolved:
            return of_day(rules=filters, as_of=day)

        lasting = ask(ANY_DAY)
        wanted = definitions(
            warehouse, lasting, segments, filters,
            fields=fields, metrics=metrics, around=surroundings(warehouse, lasting),
        )  # fmt: skip
        work = Refresh(warehouse, ask, ask(as_of), state_of(warehouse), wanted)
        looked = work.run(full=full and not verify)
        if verify:
            work.require_same()
        remember(warehouse, wanted, as_of)
        work.clean()
        return replace(_result(warehouse, work.now, looked), problems=told)


def _apply_tags(warehouse: Warehouse, as_of: date) -> None:
    """Tags that campaigns of earlier days changed."""
    for step in ("tags_past", "tags_take_out", "tags_put_in", "tags_done"):
        _run(warehouse, step, as_of=as_of)


def _keep_problems(warehouse: Warehouse, asked: Mapping[str, Rule], problems: Mapping[str, str]) -> None:
    """What is wrong with the rules that were asked for, in the place of what was."""
    _run(warehouse, "forget_rule_problems", rules=list(asked))
    _run(warehouse, "add_rule_problems", rules=list(problems), problems=list(problems.values()))


def _problems(ask: Callable[..., Resolved], rules: Mapping[str, Rule]) -> dict[str, str]:
    """Which rules of campaigns cannot be resolved, and why. With a bad segment none can, and then that is said."""
    if len(rules) > 1 and not _problem(ask, rules):
        return {}
    found = {key: _problem(ask, {key: rule}) for key, rule in rules.items()}
    return {key: problem for key, problem in found.items() if problem}


def _problem(ask: Callable[..., Resolved], rules: Mapping[str, Rule]) -> str:
    try:
        ask(rules=rules)
    except SmcError as error:
        return error.short
    return ""


def _refuse_past(warehouse: Warehouse, as_of: date) -> None:
    last = _run_value(warehouse, "watermark", name="segment")
    if isinstance(last, date) and as_of < last:
        raise RunError(
            f"segments have already been computed for {last}; the members of {as_of} are history and stay as they are",
            remedy=f"Use --as-of {last} or a later day. To look at a rule on an earlier day, use segment count.",
        )


def _result(warehouse: Warehouse, resolved: Resolved, looked: Looked) -> SegmentResult:
    names, as_of = sorted(resolved.segments), resolved.scope.as_of
    rows = {row[0]: row[1:] for row in warehouse.rows(statement("smc.segment", "changes"), segments=names, as_of=as_of)}
    changes = tuple(SegmentChange(name, *rows[name]) for name in names)
    return SegmentResult(
        segments=len(names),
        rules=len(resolved.rules),
        atoms=len(atoms_of({f"{one.kind} {one.name}": node for one, node in nodes_of(resolved).items()})),
        anew=looked.anew,
        evaluated=looked.evaluated,
        members=sum(change.members for change in changes),
        entered=sum(change.entered for change in changes),
        left=sum(change.left for change in changes),
        changes=changes,
    )


def _run(warehouse: Warehouse, query: str, **params: object) -> None:
    warehouse.run(statement("smc.segment", query), **params)


def _run_value(warehouse: Warehouse, query: str, **params: object) -> object:
    return warehouse.value(statement("smc.segment", query), **params)
