"""The tree of a campaign with who went which way: as lines of text, and as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from smc.config.specs.campaign import CampaignSpec
from smc.report import show
from smc.report.campaigns import on_record, records, steps_of
from smc.report.words import Branch, Node, tree
from smc.warehouse import Warehouse

_OTHERWISE = frozenset({"refused", "control", "no code"})
"""Outcomes of those who took the branch ``otherwise``; arms have outcomes of their own names."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one version: who reached each step, who stands there, and outcomes by step. Empty before its first run."""

    entered: int
    reached: Mapping[int, int]
    inside: Mapping[int, int]
    outcomes: Mapping[int, Mapping[str, int]]

    def taken(self, step: int, label: str) -> int:
        """How many took a branch of a step."""
        wanted = _OTHERWISE if label == "otherwise" else {label}
        return sum(entries for outcome, entries in self.outcomes.get(step, {}).items() if outcome in wanted)


@dataclass(frozen=True, slots=True)
class Graph:
    """``counts`` None: this text has not run yet."""

    title: str
    trigger: str
    nodes: tuple[Node, ...]
    version: int | None
    counts: Counts | None

    def who(self, node: Node) -> str:
        """``120 came, 4 are here``."""
        if self.counts is None:
            return ""
        came, here = self.counts.reached.get(node.number, 0), self.counts.inside.get(node.number, 0)
        return f"{show.number(came)} came" + (
            f", {show.number(here)} {'is' if here == 1 else 'are'} here" if here else ""
        )

    def way(self, node: Node, branch: Branch) -> str:
        """``otherwise: 40 of 100, 40.0%``."""
        if self.counts is None:
            return branch.label
        came, took = self.counts.reached.get(node.number, 0), self.counts.taken(node.number, branch.label)
        share = f", {show.share(took / came)}" if came else ""
        return f"{branch.label}: {show.number(took)} of {show.number(came)}{share}"


def graph(
    warehouse: Warehouse | None, name: str, spec: CampaignSpec, *, segments: Mapping[str, str], as_of: date
) -> Graph:
    """The campaign as it is written now; counted when the text is that of the last run."""
    item, version = on_record(warehouse, name, spec, segments=segments, as_of=as_of)
    counts = None if version is None else _counts(warehouse, name, version, as_of)
    return Graph(item.title, item.trigger, tree(steps_of(spec), segments), version, counts)


def _counts(warehouse: Warehouse | None, name: str, version: int, as_of: date) -> Counts:
    rows = [
        row
        for row in records(warehouse, "campaign_steps", kind="campaign", campaign=name, as_of=as_of)
        if row["version"] == version
    ]
    outcomes: dict[int, dict[str, int]] = {}
    for row in records(warehouse, "campaign_outcomes", campaign=name, version=version, as_of=as_of):
        outcomes.setdefault(row["step"], {})[row["outcome"]] = row["entries"]
    reached = {row["step"]: row["reached"] for row in rows}
    inside = {row["step"]: row["inside"] for row in rows}
    return Counts(reached.get(1, 0), reached, inside, outcomes)


def lines(found: Graph) -> Iterator[str]:
    """The tree as text, a step or a branch a line."""
    yield f"{found.trigger}"
    yield from _lines(found, found.nodes, "")


def _lines(found: Graph, nodes: Sequence[Node], before: str) -> Iterator[str]:
    for node in nodes:
        who = found.who(node)
        yield f"{before}{node.number}  {node.text}{f'  ({who})' if who else ''}"
        for at, branch in enumerate(node.branches):
            last = at + 1 == len(node.branches)
            nowhere = "" if branch.nodes else "  (no steps)"
            yield f"{before}{'└─' if last else '├─'} {found.way(node, branch)}{nowhere}"
            yield from _lines(found, branch.nodes, f"{before}{'   ' if last else '│  '}")


def as_data(found: Graph) -> dict[str, Any]:
    """The graph for programs."""
    return {
        "title": found.title, "trigger": found.trigger, "counted_version": found.version,
        "steps": [_node(found, node) for node in found.nodes],
    }  # fmt: skip


def _node(found: Graph, node: Node) -> dict[str, Any]:
    counts = found.counts
    return {
        "step": node.number, "kind": node.kind, "what": node.text,
        "reached": counts.reached.get(node.number, 0) if counts else None,
        "inside": counts.inside.get(node.number, 0) if counts else None,
        "branches": [
            {
                "label": branch.label, "taken": counts.taken(node.number, branch.label) if counts else None,
                "steps": [_node(found, one) for one in branch.nodes],
            }
            for branch in node.branches
        ],
    }  # fmt: skip
