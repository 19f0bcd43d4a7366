"""Walking a rule as it is written, with the YAML path of each condition. Light imports only."""

from __future__ import annotations

from collections.abc import Iterator

from smc.config.specs.rule import (
    AllRule,
    AnyRule,
    AttributeRule,
    BoughtRule,
    ContactedRule,
    ControlGroupRule,
    DictionaryRule,
    InSegmentRule,
    MetricRule,
    NotRule,
    ReachableRule,
    RfmRule,
    RowsRule,
    Rule,
    SampleRule,
    SqlRule,
    SubscribedRule,
    TagRule,
)

Path = tuple[str | int, ...]
Leaf = (
    AttributeRule
    | MetricRule
    | RfmRule
    | BoughtRule
    | RowsRule
    | ContactedRule
    | TagRule
    | SubscribedRule
    | ReachableRule
    | ControlGroupRule
    | DictionaryRule
    | InSegmentRule
    | SampleRule
    | SqlRule
)


def conditions(rule: Rule, path: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    """Every condition of a rule with its path, from top to bottom."""
    match rule:
        case AllRule():
            yield from _nested(rule.all, (*path, "all"))
        case AnyRule():
            yield from _nested(rule.any, (*path, "any"))
        case NotRule():
            yield from conditions(rule.not_, (*path, "not"))
        case _:
            yield path, rule


def _nested(rules: tuple[Rule, ...], path: Path) -> Iterator[tuple[Path, Leaf]]:
    for index, part in enumerate(rules):
        yield from conditions(part, (*path, index))


def cycle(edges: dict[str, list[str]], start: str) -> list[str] | None:
    """A way from ``start`` back to itself along ``edges``, both ends included; None when there is none."""
    stack: list[tuple[str, list[str]]] = [(start, [start])]
    seen: set[str] = set()
    while stack:
        at, way = stack.pop()
        for target in edges.get(at, []):
            if target == start:
                return [*way, start]
            if target not in seen:
                seen.add(target)
                stack.append((target, [*way, target]))
    return None
